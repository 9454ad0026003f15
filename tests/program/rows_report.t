#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What is told of half an hour that stored results remember: alerts whose windows
# are minutes long, and the report of the week, from files alone.
use strict;
use warnings;
use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use Assay;
use Loads;

my $origin = start_origin();
my $dir = temp_dir('week');
my $body = url_encode('{"jobs": ') . '${jobs}' . url_encode(', "hits": ')
    . '${hits}' . url_encode('}');
my $url = $origin->http_url("/reply?status=\${status}&body=$body");
my $file = scenario(<<"YAML", 'shop.yaml');
name: shop
vars: { status: '200', jobs: '1', hits: '0.5' }
checks:
  api:
    every: 20s
    steps:
      - get: $url
        expect: { status: 200 }
        series:
          propagation_jobs: { json: \$.jobs, kind: counter }
          cache_hit_rate: { json: \$.hits }
alerts:
  channels:
    ops: { exec: { command: [/bin/sh, -c, 'cat >> $dir/told; echo >> $dir/told'] } }
  rules:
    CF21: { when: 'p95(latency, 5m) > 2s for 5m', severity: warning, cooldown: 15m }
    AT12: { when: 'p95(latency, 5m) > 2s for 10m', severity: warning }
YAML

sub stamp {
    my ($at) = @_;
    return strftime('%Y-%m-%dT%H:%M:%S', gmtime int $at) . '.000000000Z';
}

# One run, as it would have been at that time with an answer after so long.
my $n = 0;
sub moved {
    my ($name, $at, $took_s, %vars) = @_;
    my $made = "$dir/made.json";
    my $probed = run_assay("probe", $file, "--json", $made, "-q",
        map { ('--var', "$_=$vars{$_}") } sort keys %vars);
    die "no result: $probed->{err}" if !-e $made;
    my $run = json_file($made);
    my $check = $run->{checks}[0];
    my $step = $check->{steps}[0];
    my $more = $took_s * 1e9 - $step->{total_ns};
    $step->{phases_ns}{wait} += $more;
    $_->{total_ns} += $more for $run, $check, $check->{attempts}[0], $step;
    $_->{started_at} = stamp($at)
        for $run, $check, $check->{attempts}[0], $step;
    return write_file("$dir/$name.json", JSON::PP->new->canonical->encode($run));
}

my $now = int time;
my $fast = json_file(moved('fast', $now, 0.1));
my $slow = json_file(moved('slow', $now, 2.5));

# The same at another time, without asking anybody.
sub at {
    my ($run, $at) = @_;
    my $check = $run->{checks}[0];
    $_->{started_at} = stamp($at)
        for $run, $check, $check->{attempts}[0], $check->{steps}[0];
    return write_file("$dir/at-$at.json", JSON::PP->new->encode($run));
}

# From minute to minute of the last half hour, three a minute.
sub played {
    my ($run, $from_min, $to_min) = @_;
    my $begin = $now - 1800;
    my @files = map { at($run, $begin + 20 * $_) } 3 * $from_min .. 3 * $to_min - 1;
    my $taken = run_assay('take', @files, '--scenario', $file, '--state', "$dir/state.db");
    is $taken->{exit}, 0, "minutes $from_min to $to_min are taken"
        or diag $taken->{err};
    my @told = -e "$dir/told" ? map { @{ decode_json($_)->{notices} } }
        grep { /\S/ } split /\n/, read_file("$dir/told") : ();
    return { map { ("$_->{kind}:$_->{rule}" => $_) } @told };
}

my $told = played($fast, 0, 6);
is_deeply $told, {}, 'nothing while it is fast';
$told = played($slow, 6, 10);
is_deeply $told, {}, 'nothing while it has been slow for less than five minutes';
my $five = played($slow, 10, 13);
my $ten = played($slow, 13, 18);

row 'CF21', 'p95 over 2 s in 5 minutes, for 5 minutes' => sub {
    my $it = $five->{'firing:CF21'};
    ok $it, 'fires' or return;
    is $it->{severity}, 'warning', 'a warning';
    like $it->{value} || $it->{message}, qr/2\.5/, 'with what was seen';
    ok !$five->{'firing:AT12'}, 'the one that waits ten minutes does not, yet';
};

row 'AT12', 'p95 over 2 s, sustained for more than 10 minutes' => sub {
    my $it = $ten->{'firing:AT12'};
    ok $it, 'fires' or return;
    is $it->{severity}, 'warning', 'a warning';
};

$told = played($fast, 18, 30);
row $_, 'it is over when the window is fast again' => sub {
    my ($id) = $_[0] || $_;
    ok $told->{"resolved:$id"}, 'resolved';
} for qw(CF21 AT12);

# ---- the week, from files

my $week = 86400;
my @files = (
    moved('w1', $now - 6 * $week, 0.1, jobs => 10, hits => 0.8),
    moved('w2', $now - 5 * $week, 0.3, jobs => 25, hits => 0.6),
    moved('w3', $now - 4 * $week, 0.1, jobs => 4, hits => 0.7, status => 503),
    moved('w4', $now - 60, 0.1, jobs => 9, hits => 0.7),
    moved('old', $now - 9 * $week, 30, jobs => 1000, hits => 0.1),
);

row 'TX24', 'the performance report from result files, exactly in its form' => sub {
    # the order of files is not that of time
    my $run = run_assay('report', 'summary', reverse(@files), '--since', '7d', '--json', '-');
    is $run->{exit}, 0, 'exit code' or diag $run->{err};
    my $json = json_ok($run);
    is_deeply [sort keys %$json], [qw(metrics period)], 'two members';
    is_deeply [sort keys %{ $json->{period} }], [qw(days end start)], 'of the period';
    is $json->{period}{days}, 7, 'days';
    like $json->{period}{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, $_ for qw(start end);
    my $metrics = $json->{metrics};
    is_deeply [sort keys %$metrics], [qw(average_response_time cache_hit_rate error_rate
        propagation_jobs string_generations)], 'of the metrics';
    is $metrics->{propagation_jobs}, 15 + 4 + 5, 'a counter, in the order of time';
    cmp_ok abs($metrics->{average_response_time} - 0.15), '<', 0.001,
        'response time in seconds, without what is older';
    is $metrics->{error_rate}, 0.25, 'errors of all requests';
    cmp_ok abs($metrics->{cache_hit_rate} - 0.7), '<', 1e-9, 'the mean of a gauge';
    is $metrics->{string_generations}, undef, 'what nobody keeps is null';
    like $run->{err}, qr/string_generations is not known/, 'and said why';
};

row 'TX24', 'requests of loads count as well' => sub {
    my $load;
    for my $try (1 .. 6) {
        # one in which this machine was the limit does not count
        $load = load_url($origin->http_url("/sequence/tx24-$try?list=200,200,200,503&cycle=1"),
            qw(-n 396 -c 4), '--limit', 'ratio(errors) < 50%');
        last if $load->{exit} == 0;
    }
    my $run = run_assay('report', 'summary', @files, $load->{file}, '--json', '-');
    my $metrics = json_ok($run)->{metrics};
    is $metrics->{error_rate}, (1 + 99) / (4 + 396), 'errors of both';
    cmp_ok $metrics->{average_response_time}, '<', 0.15, 'and their time';
};

row 'TX25', 'the week in words, from files' => sub {
    my $run = run_assay('report', 'summary', @files);
    is $run->{exit}, 0, 'exit code' or diag $run->{err};
    like $run->{out}, qr/^4 results, 1 more outside of this time; /m, 'which';
    like $run->{out}, qr/^  api: 4 runs, 1 failed$/m, 'each check';
    like $run->{out}, qr/^slowest.*\n  api: 300 ms; /m, 'the slowest';
    like $run->{out}, qr/availability and incidents need a state file/, 'what is not there';
    my $copy = write_file("$dir/copy.json", read_file($files[0]));
    $run = run_assay('report', 'summary', @files, $copy, $copy);
    like $run->{out}, qr/^4 results, 1 more outside of this time, 2 more of runs that are counted already; /m,
        'a run counts once, however many files it has';
    like $run->{out}, qr/^  api: 4 runs, 1 failed$/m, 'for each check';
};

row 'AT19', 'thresholds are reviewed each quarter' => sub {
    my $run = run_assay('report', 'rules', '--since', '90d', '--state', "$dir/state.db",
        '--scenario', $file, '--json', '-');
    is $run->{exit}, 0, 'exit code' or diag $run->{err};
    my %of = map { $_->{rule} => $_ } @{ json_ok($run)->{rules} };
    is $of{$_}{fired}, 1, "$_ fired once" for qw(CF21 AT12);
};

subtest 'mistakes' => sub {
    my $none = write_file("$dir/none.json", "{}");
    for my $case (
        [[@files, '--state', "$dir/state.db"], qr/leave --state and --scenario out/],
        [["$dir/nowhere.json"], qr/nowhere\.json/],
        [[$none, @files], qr/none\.json/],
    ) {
        my ($args, $like) = @$case;
        my $run = run_assay('report', 'summary', @$args);
        cmp_ok $run->{exit}, '>=', 2, "refused: $like";
        like $run->{err}, $like, 'with the reason';
    }
};

done_testing;

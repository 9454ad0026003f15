#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Our rules against a running Prometheus: it scrapes a page whose numbers follow
# a script and evaluates its own alerting rules; what it has stored is then
# played to our evaluator and machine, at the moments of its evaluations.  Each
# rule that both can express is pending, firing and over at the same steps.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep);
use Assay;

my $STEPS = 34;        # seconds of the script
my $GAP_MS = 100;      # between a sample and the evaluation that sees it
my $tool = Assay::binary('CONDITION_TOOL', 'build/condition_tool');
my ($prometheus) = grep { -x } '/usr/bin/prometheus', '/usr/local/bin/prometheus';
$prometheus or die "prometheus is missing: install it\n";

# ---- the page: numbers by the scrape

# Rises by so much in each scrape of from..to.
sub rise {
    my ($k, @spans) = @_;
    my $sum = 0;
    for my $span (@spans) {
        my ($from, $to, $step) = @$span;
        for my $i (1 .. $k) { $sum += $step if $i >= $from && $i <= $to }
    }
    return $sum;
}

sub page_of {
    my ($k) = @_;
    my $errors_a = 3 + rise($k, [8, 16, 2], [24, 26, 5]);
    # a restart at the 20th scrape
    my $errors_b = $k < 20 ? 40 + rise($k, [1, 19, 1]) : rise($k, [20, 99, 1]);
    my $fast = 100 + rise($k, [1, 99, 10]);
    my $slow = 7 + rise($k, [10, 18, 4]);
    my $all = $fast + $slow;
    my $memory = $k >= 6 && $k <= 15 ? 95 : $k >= 20 && $k <= 21 ? 93 : 50 + $k;
    my $took = $k >= 12 && $k <= 19 ? 2.5 : 0.4;
    return <<"PAGE";
# TYPE errors_total counter
errors_total{pod="a"} $errors_a
errors_total{pod="b"} $errors_b
# TYPE served_total counter
served_total $all
# TYPE memory gauge
memory $memory
# TYPE pool_used gauge
pool_used @{[ $k >= 11 && $k <= 14 ? 20 : $k % 20 ]}
# TYPE pool_size gauge
pool_size 20
# TYPE duration histogram
duration_bucket{le="0.5"} $fast
duration_bucket{le="2"} $fast
duration_bucket{le="5"} $all
duration_bucket{le="+Inf"} $all
duration_sum $all
duration_count $all
# TYPE took summary
took{quantile="0.95"} $took
took_sum 1
took_count 1
PAGE
}

# ---- rules that both can express: ours, and Prometheus's expression and for

my @rules = (
    { row => 'AT16', ours => 'rate(errors_total, 5s) > 1.6/s for 2s',
      expr => 'sum(rate(errors_total[5s])) > 1.6', for => '2s' },
    { row => 'TX10', ours => 'rate(errors_total, 7s) > 1.2/s',
      expr => 'sum(rate(errors_total[7s])) > 1.2' },
    { row => 'CF17', ours => 'increase(errors_total, 5s) > 10',
      expr => 'sum(increase(errors_total[5s])) > 10' },
    { row => 'TX12', ours => 'rate(errors_total, 10s) > 1.5/s for 3s',
      expr => 'sum(rate(errors_total[10s])) > 1.5', for => '3s' },
    { row => 'AT11',
      ours => 'rate(errors_total, 5s) / rate(served_total, 5s) > 20% for 1s',
      expr => 'sum(rate(errors_total[5s])) / sum(rate(served_total[5s])) > 0.2',
      for => '1s' },
    { row => 'TX14', ours => 'value(memory) > 90 for 4s',
      expr => 'memory > 90', for => '4s' },
    { row => 'AT13', ours => 'mean(memory, 4s) > 85 for 2s',
      expr => 'avg_over_time(memory[4s]) > 85', for => '2s' },
    { row => 'DA11', ours => 'max(memory, 3s) > 90',
      expr => 'max_over_time(memory[3s]) > 90' },
    { row => 'CF22', ours => 'min(memory, 3s) > 90',
      expr => 'min_over_time(memory[3s]) > 90' },
    { row => 'AT14', ours => 'value(pool_used) >= value(pool_size)',
      expr => 'pool_used >= pool_size' },
    { row => 'TX11', ours => 'p95(duration, 5s) > 2.5 for 2s',
      expr => 'histogram_quantile(0.95, sum by (le) '
          . '(rate(duration_bucket[5s]))) > 2.5', for => '2s' },
    { row => 'AT12', ours => 'p95(took) > 2s for 3s',
      expr => 'took{quantile="0.95"} > 2', for => '3s' },
);

# ---- the page is served by a child, which counts

sub serve {
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8,
        ReuseAddr => 1) or die "cannot listen: $!\n";
    my $port = $listener->sockport;
    my $pid = fork;
    defined $pid or die "cannot fork: $!\n";
    return ($pid, $port) if $pid;
    $SIG{TERM} = 'DEFAULT';
    my $k = 0;
    while (my $peer = $listener->accept) {
        my $asked = '';
        while (defined(my $line = <$peer>)) {
            $asked .= $line;
            last if $line =~ /^\r?\n/;
        }
        if ($asked =~ m{^GET /metrics}) {
            my $body = page_of(++$k);
            print {$peer} "HTTP/1.1 200 OK\r\nContent-Type: text/plain; "
                . "version=0.0.4\r\nContent-Length: " . length($body)
                . "\r\nConnection: close\r\n\r\n$body";
        }
        close $peer;
    }
    POSIX::_exit(0);
}

sub config_of {
    my ($port, $job) = @_;
    my $dir = temp_dir('prometheus');
    my $list = '';
    for my $i (0 .. $#rules) {
        my $r = $rules[$i];
        $list .= "      - alert: rule$i\n        expr: '$r->{expr}'\n"
            . ($r->{for} ? "        for: $r->{for}\n" : '');
    }
    write_file("$dir/rules.yml", "groups:\n  - name: all\n    interval: 1s\n"
        . "    rules:\n      - record: evaluated\n        expr: vector(1)\n"
        . $list);
    return ($dir, write_file("$dir/prometheus.yml",
        "global: { scrape_interval: 1s, scrape_timeout: 900ms, "
        . "evaluation_interval: 1s }\nrule_files: [rules.yml]\n"
        . "scrape_configs:\n  - job_name: $job\n    static_configs:\n"
        . "      - targets: ['127.0.0.1:$port']\n"));
}

# Everything stored of what a selector names: [{ metric, values }].
sub stored {
    my ($port, $selector) = @_;
    my $got = http_get($port, '/api/v1/query?query='
        . url_encode("$selector\[1h]"));
    my $body = $got->{body};
    if ($got->{headers} =~ /^Transfer-Encoding: chunked/mi) {
        my ($whole, $rest) = ('', $body);
        while ($rest =~ s/\A([0-9a-fA-F]+)\r\n//) {
            $whole .= substr $rest, 0, hex $1;
            $rest = substr $rest, hex($1) + 2;
            last unless length $rest;
        }
        $body = $whole;
    }
    my $answer = eval { decode_json($body) }
        or die "prometheus said: " . substr($got->{bytes}, 0, 300) . "\n";
    return $answer->{data}{result} || [];
}

sub to_ms { return int($_[0] * 1000 + 0.5) }

# The gaps between each evaluation and the newest sample before it.
sub least_gap_ms {
    my ($port) = @_;
    my ($evaluated, $up) = map { stored($port, $_)->[0] } 'evaluated', 'memory';
    return unless $evaluated && $up && @{ $up->{values} } >= 3;
    my $least = 1000;
    for my $e (@{ $evaluated->{values} }) {
        for my $s (@{ $up->{values} }) {
            my $gap = to_ms($e->[0]) - to_ms($s->[0]);
            $least = $gap if $gap > -10 && $gap < $least;
        }
    }
    return $least;
}

# Scrapes and evaluations have offsets by name: one is taken where a scrape is
# surely over when the rules look at it.
my ($peer, $port, $server);
for my $try (1 .. 12) {
    ($server, my $page_port) = serve();
    $port = free_port();
    my ($dir, $config) = config_of($page_port, "job$try");
    $peer = start_peer('prometheus', [ $prometheus, "--config.file=$config",
            "--storage.tsdb.path=$dir/data", "--web.listen-address=127.0.0.1:$port",
            '--log.level=warn' ],
        { dir => $dir, seconds => 60, stop_signal => 'TERM',
          ready => sub { (http_get($port, '/-/ready')->{status} || 0) == 200 } });
    my $gap;
    until_true(within(20), sub { defined($gap = least_gap_ms($port)) });
    last if defined $gap && $gap >= $GAP_MS && $gap <= 900;
    stop_peer($peer);
    kill 'TERM', $server;
    waitpid $server, 0;
    undef $peer;
}
ok($peer, 'prometheus scrapes and evaluates') or BAIL_OUT('no prometheus');
ok(until_true(within($STEPS + 60), sub {
    my $up = stored($port, 'memory')->[0];
    return $up && @{ $up->{values} } >= $STEPS;
}), 'the script was scraped');

# ---- what it stored, and what it said

my %kinds = (errors_total => 'counter', served_total => 'counter',
    memory => 'gauge', pool_used => 'gauge', pool_size => 'gauge',
    duration_bucket => 'bucket', took => 'quantile');
my @lines;
for my $name (sort keys %kinds) {
    for my $s (@{ stored($port, $name) }) {
        my %label = %{ $s->{metric} };
        my $bound = $label{le} // $label{quantile} // 0;
        $bound = 'inf' if $bound eq '+Inf';
        my $ours = $name eq 'duration_bucket' ? 'duration' : $name;
        my $labels = join ',', map { "$_=$label{$_}" }
            grep { !/^(le|quantile|__name__)$/ } sort keys %label;
        push @lines, map { [ to_ms($_->[0]), 0, "sample $ours $kinds{$name} "
            . "$bound " . to_ms($_->[0]) . " $_->[1] $labels" ] }
            @{ $s->{values} };
    }
}
my @evaluated = map { to_ms($_->[0]) }
    @{ (stored($port, 'evaluated')->[0] || { values => [] })->{values} };
my %said;
for my $s (@{ stored($port, 'ALERTS') }) {
    $said{ $s->{metric}{alertname} }{ to_ms($_->[0]) } =
        $s->{metric}{alertstate} for @{ $s->{values} };
}
stop_peer($peer);
kill 'TERM', $server;
waitpid $server, 0;

# ---- ours, at the same moments

my $input = join '', map { "$_->[2]\n" } sort { $a->[0] <=> $b->[0]
        || $a->[1] <=> $b->[1] }
    @lines, map { [ $_, 1, "eval $_" ] } @evaluated;

for my $i (0 .. $#rules) {
    my $r = $rules[$i];
    row $r->{row}, $r->{ours}, sub {
        my $run = run_command($tool, $r->{ours}, { stdin => $input });
        is($run->{exit}, 0, 'exit code') or diag $run->{err};
        my (@ours, @theirs);
        for my $line (split /\n/, $run->{out}) {
            my ($at, $truth, $value, $phase) = split ' ', $line;
            push @ours, "$at $phase";
            push @theirs, "$at " . ($said{"rule$i"}{$at} || 'quiet');
        }
        is(scalar @ours, scalar @evaluated, 'as many evaluations');
        is_deeply(\@ours, \@theirs, 'the same state at each step')
            or diag $run->{out};
        my %seen = map { (split ' ')[1] => 1 } @theirs;
        ok($seen{firing} && $seen{quiet}, 'it fired, and was quiet')
            or diag join "\n", @theirs;
    };
}

done_testing;

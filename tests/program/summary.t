#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What is told of the last days: the summary, the review of rules, the digest.
use strict;
use warnings;
use Test::More;
use Assay;

my $dir = temp_dir();
my $state = "$dir/state.db";
my $origin = start_origin();
my $reply = $origin->http_url('/reply');
my $body = url_encode('{"jobs": ') . '${jobs}' . url_encode('}');
my $file = scenario(<<"YAML");
name: shop
vars: { status: '200', jobs: '10' }
checks:
  home:
    every: 5m
    steps:
      - get: $reply?status=\${status}&body=$body
        expect: { status: 200 }
        series:
          propagation_jobs: { json: \$.jobs, kind: counter }
  cart:
    every: 5m
    steps: [ { get: '$reply?status=200' } ]
alerts:
  channels: { log: { exec: [/bin/true] } }
  rules:
    down: { when: consecutive(fail) >= 1, severity: error, cooldown: 0s }
    slow: { when: 'p95(latency, 5m) > 20s', severity: warning }
YAML
my @both = ('--state', $state, '--scenario', $file);

sub probe {
    my ($jobs, $status) = @_;
    my $run = run_assay('probe', $file, '--state', $state, '-q', '--var',
        "jobs=$jobs", '--var', "status=$status");
    is($run->{exit}, $status == 200 ? 0 : 1, "a run with $status")
        or diag $run->{err};
}

sub report {
    my $run = run_assay('report', @_, @both);
    is($run->{exit}, 0, "report @_") or diag $run->{err};
    return $run;
}

probe(10, 200);
probe(25, 200);
probe(4, 503);     # it was started anew: 4 more
probe(9, 200);

row 'TX24', 'the performance report, exactly in its form' => sub {
    my $run = report('summary', '--since', '7d', '--json', '-');
    my $json = json_ok($run);
    is_deeply([sort keys %$json], [qw(metrics period)], 'two members');
    is_deeply([sort keys %{ $json->{period} }], [qw(days end start)],
        'of the period');
    is($json->{period}{days}, 7, 'days');
    like($json->{period}{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, $_)
        for qw(start end);
    my $metrics = $json->{metrics};
    is_deeply([sort keys %$metrics], [qw(average_response_time
        cache_hit_rate error_rate propagation_jobs string_generations)],
        'of the metrics');
    is($metrics->{propagation_jobs}, 15 + 4 + 5,
        'a counter: what it rose by, also after a new start');
    cmp_ok($metrics->{average_response_time}, '>', 0, 'response time');
    cmp_ok($metrics->{average_response_time}, '<', 60, 'in seconds');
    is($metrics->{error_rate}, 1 / 8, 'errors of all requests');
    is($metrics->{string_generations}, undef, 'what nobody keeps is null');
    like($run->{err}, qr/string_generations is not known: no check keeps/,
        'and said why');
    unlike($run->{err}, qr/propagation_jobs/, 'nothing of what is known');
};

row 'AT19', 'the week in words' => sub {
    my $text = report('summary')->{out};
    like($text, qr/^availability: .* of what was observed; .*not observed 9/m,
        'availability says what was not observed');
    like($text, qr/^  home: .* 4 runs, 1 failed$/m, 'each check');
    like($text, qr/^incidents: 1$/m, 'incidents');
    like($text, qr/^  \S+Z  home \(error\), \S+ \S+: /m, 'with their length');
    like($text, qr/^slowest.*\n  (?:home|cart): .* 4 requests$/m,
        'the slowest');
    like($text, qr/^  propagation_jobs: 24$/m, 'what is kept');
    unlike($text, qr/cache_hit_rate/, 'not what is not known');
};

row 'AT19', 'which rules never fired, and which too often' => sub {
    my $text = report('rules', '--since', '90d')->{out};
    like($text, qr/^slow: never fired$/m, 'one that never did');
    like($text, qr/^down: fired 1 time, told 1, .*last \S+Z$/m, 'one that did');
    like($text, qr/observed only since/, 'how much was observed');
    probe(9, 503);
    my $json = json_ok(report('rules', '--often', '1', '--json', '-'));
    my %of = map { $_->{rule} => $_ } @{ $json->{rules} };
    is($of{down}{fired}, 2, 'twice');
    is($of{down}{review}, 'often', 'too often');
    is($of{slow}{review}, 'never', 'never');
    is($of{slow}{last}, undef, 'with no last time');
    like(report('rules', '--often', '1')->{out},
        qr/^down: .*more than 1 time: raise it/m, 'what to do');
};

row 'TX25', 'what is due each week, month and quarter is a command' => sub {
    report('summary', '--since', '7d');
    is(run_assay('report', 'clean', '--state', $state)->{exit}, 0, 'monthly');
    report('rules', '--since', '90d');
};

row 'CF28', 'all warnings and errors of the last day' => sub {
    my @lines = split /\n/, report('digest')->{out};
    is(shift @lines, 'Daily summary: shop', 'the title');
    like(shift @lines, qr/^2 errors and 0 warnings in 24 h; 1 alert fires now/,
        'in one line');
    is(scalar @lines, 3, 'then each: fired, resolved, fired');
    like($lines[1], qr/Z  error     resolved: .*home after /, 'how long');
    my $json = json_ok(report('digest', '--json', '-'));
    is($json->{kind}, 'digest', 'as JSON the notice itself');
    is(scalar @{ $json->{lines} }, 3, 'with its lines');
};

subtest 'mistakes' => sub {
    for my $command (qw(summary rules digest)) {
        my $run = run_assay('report', $command, '--state', $state);
        is($run->{exit}, 2, "$command without a scenario");
        like($run->{err}, qr/--scenario FILE/, 'said');
        $run = run_assay('report', $command, '--scenario', $file);
        is($run->{exit}, 2, "$command without a state");
        like($run->{err}, qr/--state FILE/, 'said');
        $run = run_assay('report', $command, '--scenario', $file, '--state',
            "$dir/none.db");
        is($run->{exit}, 4, "$command of a state that is not there");
    }
    my $over = run_assay("report", "summary", "tests/golden/render/load.json", "--json",
        "./tests/golden/render/load.json");
    is($over->{exit}, 2, "what is read is not written over");
    like($over->{err}, qr/would write over/, "said");
    my $run = run_assay('report', 'summary', @both, '--json',
        "$dir/none/x.json");
    is($run->{exit}, 4, 'a file that cannot be written');
    $run = run_assay('report', 'summary', '--scenario', $file,
        { env => { ASSAY_STATE => $state } });
    is($run->{exit}, 0, 'the state from the environment') or diag $run->{err};
};

done_testing();

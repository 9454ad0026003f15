#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# assay probe as people call it: from a container, from cron, from CI.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Assay;

my $origin = start_origin(raw => ['silent'], certs => ['expired']);
my $dead = free_port();

sub checks {
    my (%steps) = @_;
    return scenario("checks:\n" . join('', map {
        "  $_:\n    steps:\n      - $steps{$_}\n" } sort keys %steps));
}

for my $row (['FH1', '/reply?body=ok', 10], ['FH2', '/reply?body=page', 10],
    ['FH3', '/reply?body=healthy%0A', 10]) {
    my ($id, $path, $timeout) = @$row;
    row $id, 'a URL as the health check of a container', sub {
        my $url = $origin->http_url($path);
        my $run = run_assay('probe', $url, '--timeout', "${timeout}s");
        is($run->{exit}, 0, 'a 200 is healthy');
        $run = run_assay('probe', $origin->http_url('/status/503'),
            '--timeout', '10s');
        is($run->{exit}, 1, 'a 503 is not');
        like($run->{out}, qr/503/, 'and the code is said');
        $run = run_assay('probe', "http://127.0.0.1:$dead/");
        is($run->{exit}, 1, 'nobody listens');
        like($run->{out}, qr/refused/, 'and it is said');
        $run = run_assay('probe', 'http://127.0.0.1:' .
            $origin->raw_port('silent') . '/', '--timeout', '300ms');
        is($run->{exit}, 1, 'no answer in time');
        like($run->{out}, qr/300 ms/, 'the limit is said');
        $run = run_assay('probe', scenario("checks:\n  a:\n    every: 30s\n" .
            "    timeout: 10s\n    retries: 3\n    start_period: 30s\n" .
            "    steps:\n      - get: '$url'\n"));
        is($run->{exit}, 0, 'the same figures as fields of a check');
    };
}

row 'FH17', 'a status that is not 200 is said with its code, exit 1', sub {
    my $path = checks(api => "get: '" . $origin->http_url('/status/502') .
        "'\n        expect: { status: 200 }");
    my $run = run_assay('probe', $path);
    is($run->{exit}, 1, 'exit code');
    like($run->{out}, qr/502/, 'the code');
    like($run->{out}, qr/expected 200/, 'what was expected');
};

row 'FH18', 'every check runs whatever fails, then one exit code', sub {
    my $path = checks(
        a => "get: http://127.0.0.1:$dead/",
        b => "get: '" . $origin->http_url('/reply?body=b') . "'",
        c => "get: '" . $origin->http_url('/status/500') . "'",
        d => "get: '" . $origin->http_url('/reply?body=d') . "'");
    my $run = run_assay('probe', $path, '--json', '-');
    is($run->{exit}, 1, 'exit code');
    my %verdict = map { $_->{name} => $_->{verdict} }
        @{ decode_json($run->{out})->{checks} };
    is_deeply(\%verdict, { a => 'failed', b => 'ok', c => 'failed',
        d => 'ok' }, 'all four were observed');
};

row 'FH20', 'the same file against another base URL', sub {
    my $path = scenario("vars: { api: http://127.0.0.1:$dead }\n" .
        "environments:\n  staging: { api: '" . $origin->http_url('') . "' }\n" .
        "checks:\n  a:\n    steps:\n      - get: \${api}/reply?body=x\n");
    is(run_assay('probe', $path)->{exit}, 1, 'nothing is there');
    is(run_assay('probe', $path, '--var', 'api=' .
        $origin->http_url(''))->{exit}, 0, '--var');
    is(run_assay('probe', $path, '--env', 'staging')->{exit}, 0, '--env');
    my $run = run_assay('probe', $path, '--env', 'stagin');
    is($run->{exit}, 2, 'an unknown environment');
    like($run->{err}, qr/staging/, 'with a suggestion');
    $run = run_assay('probe', $path, '--var', 'apj=x');
    is($run->{exit}, 2, 'an unknown var');
    like($run->{err}, qr/did you mean "api"/, 'with a suggestion');
};

row 'AT5', 'from cron: silent when all is well', sub {
    my $good = checks(a => "get: '" . $origin->http_url('/reply') . "'");
    my $run = run_assay('probe', '-q', $good);
    is($run->{exit}, 0, 'exit code');
    is($run->{out} . $run->{err}, '', 'not a byte');
    my $bad = checks(a => "get: '" . $origin->http_url('/status/500') . "'");
    $run = run_assay('probe', '-q', $bad);
    is($run->{exit}, 1, 'exit code of a failure');
    like($run->{out} . $run->{err}, qr/500/, 'and the mail says why');
};

my $answer = { CF29 => '/reply?body=%7B%22status%22%3A%22ok%22%7D',
    CF30 => '/reply?body=%7B%22status%22%3A%22ok%22%2C%22services%22%3A%7B' .
        '%22db%22%3A%22ok%22%7D%7D', CF31 => '/reply?body=hello' };
for my $id (sort keys %$answer) {
    row $id, 'a monitor of the list', sub {
        my $step = $id eq 'CF31' ? 'get' : 'health';
        my $path = scenario("checks:\n  m:\n    every: 5m\n    steps:\n" .
            "      - $step: '" . $origin->http_url($answer->{$id}) . "'\n");
        is(run_assay('probe', $path)->{exit}, 0, 'well');
        $path = scenario("checks:\n  m:\n    every: 5m\n    steps:\n" .
            "      - $step: '" . $origin->http_url('/status/500') . "'\n");
        is(run_assay('probe', $path)->{exit}, 1, 'not well');
    };
}

subtest 'what failed, what was expected, where, and which phase' => sub {
    my $path = scenario("checks:\n  slow:\n    steps:\n      - get: '" .
        $origin->http_url('/reply?delay=400&body=secret-free') . "'\n" .
        "        expect:\n          time: { total: { lt: 100ms } }\n" .
        "          body: { contains: missing }\n");
    my $run = run_assay('probe', $path);
    is($run->{exit}, 1, 'exit code');
    like($run->{out}, qr/\Q$path\E:\d+/, 'file and line');
    like($run->{out}, qr/less than 100 ms/, 'what was expected');
    like($run->{out}, qr/wait took/, 'the phase that took the time');
    like($run->{out}, qr/secret-free/, 'what came instead');
};

subtest 'retries confirm, and a check that needed one is flaky' => sub {
    my $url = $origin->http_url("/flaky/p$$?fail=2");
    my $path = scenario("checks:\n  a:\n    retries: " .
        "{ attempts: 3, every: 10ms }\n    steps:\n      - get: '$url'\n");
    my $run = run_assay('probe', $path, '--json', '-');
    is($run->{exit}, 0, 'exit code');
    my $result = decode_json($run->{out});
    my $check = $result->{checks}[0];
    is($check->{verdict}, 'flaky', 'verdict');
    is(scalar @{ $check->{attempts} }, 3, 'every attempt is in the result');
    is($check->{attempts}[0]{steps}[0]{status}, 503, 'with its evidence');
    is($result->{counts}{flaky}, 1, 'counted');
};

subtest 'the deadline ends the run, and says what was not observed' => sub {
    my $port = $origin->raw_port('silent');
    my $path = scenario("checks:\n" . join('', map { "  c$_:\n    retries: 3\n" .
        "    timeout: 60s\n    steps:\n      - get: http://127.0.0.1:$port/\n" }
        1 .. 5) . "  fine:\n    steps:\n      - get: '" .
        $origin->http_url('/reply') . "'\n");
    my $run = run_assay('probe', $path, '--deadline', '1s', '--json', '-');
    is($run->{exit}, 3, 'inconclusive');
    my $result = decode_json($run->{out});
    ok($result->{partial}, 'partial');
    my %verdict = map { $_->{name} => $_->{verdict} } @{ $result->{checks} };
    is($verdict{fine}, 'ok', 'what was observed is judged');
    is($verdict{c1}, 'not-observed', 'what was not is said');
    cmp_ok($run->{seconds}, '<', within(30), 'it ended');
};

subtest 'a failure that the deadline leaves unconfirmed is not observed' => sub {
    my $path = scenario("checks:\n  a:\n    retries: " .
        "{ attempts: 5, every: 60s }\n    steps:\n      - get: '" .
        $origin->http_url('/status/500') . "'\n");
    my $run = run_assay('probe', $path, '--deadline', '1s', '--json', '-');
    is($run->{exit}, 3, 'inconclusive');
    my $check = decode_json($run->{out})->{checks}[0];
    is($check->{verdict}, 'not-observed', 'verdict');
    like($check->{message}, qr/1 of 5 attempts made.*not confirmed/,
        'and why');
    is($check->{attempts}[0]{steps}[0]{status}, 500, 'what was seen is kept');
};

subtest '^C stops, writes what was seen, and says so' => sub {
    my $port = $origin->raw_port('silent');
    my $dir = temp_dir();
    my $path = scenario("checks:\n  a:\n    timeout: 60s\n    steps:\n" .
        "      - get: http://127.0.0.1:$port/\n  b:\n    steps:\n" .
        "      - get: '" . $origin->http_url('/reply') . "'\n");
    for my $signal ('INT', 'TERM') {
        my $run = run_assay('probe', $path, '--json', "$dir/r-$signal.json",
            { signal => $signal, signal_after => 1 });
        is($run->{exit}, 3, "$signal: exit code");
        like($run->{out}, qr/interrupted/, "$signal: it is said");
        my $result = json_file("$dir/r-$signal.json");
        ok($result->{partial}, "$signal: the file says partial");
        is($result->{checks}[1]{verdict}, 'ok', "$signal: what was seen");
    }
};

subtest 'output goes where it is asked to, and nowhere else' => sub {
    my $dir = temp_dir();
    my $path = checks(a => "get: '" . $origin->http_url('/reply') . "'");
    my $run = run_assay('probe', $path, '--json', "$dir/r.json", '--junit',
        "$dir/r.xml", '--tap', "$dir/r.tap", '--markdown', "$dir/r.md");
    is($run->{exit}, 0, 'exit code');
    ok(-s "$dir/$_", $_) for qw(r.json r.xml r.tap r.md);
    is(run_command('xmllint', '--noout', '--schema', 'tests/junit.xsd',
        "$dir/r.xml")->{exit}, 0, 'JUnit is valid');
    unlike($run->{out}, qr/\e/, 'no colour in a pipe');
    $run = run_assay('probe', $path, '--json', '/nonexistent/x.json');
    is($run->{exit}, 4, 'a file that cannot be written');
    like($run->{err}, qr/nonexistent/, 'is named');
    $run = run_assay('probe', $path, '--json', '-', '--junit', '-');
    is($run->{exit}, 2, 'two outputs cannot share standard output');
};

subtest 'usage mistakes' => sub {
    my $url = $origin->http_url('/reply');
    for my $case (
        [['probe'], 'scenario'],
        [['probe', '--tiemout', '1s', $url], 'did you mean'],
        [['probe', '--timeout', '5', $url], 'unit'],
        [['probe', 'ftp://x/'], ''],
        [['probe', '/nonexistent.yaml'], 'nonexistent'],
        [['prob', $url], 'did you mean "probe"'],
        [['probe', '--only', 'nobody', checks(a => "get: '$url'")], 'nobody'],
    ) {
        my ($args, $part) = @$case;
        my $run = run_assay(@$args);
        is($run->{exit}, 2, "@$args: exit code");
        like($run->{err}, qr/\Q$part\E/, "@$args: message");
    }
};

subtest 'in GitHub Actions, and only there' => sub {
    my $dir = temp_dir();
    my $path = checks(a => "get: '" . $origin->http_url('/status/500') . "'",
        b => "get: '" . $origin->http_url('/reply') . "'");
    my %env = (GITHUB_STEP_SUMMARY => "$dir/summary",
        GITHUB_OUTPUT => "$dir/output", GITHUB_WORKSPACE => $dir);
    my $run = run_assay('probe', $path, { env => \%env });
    ok(!-e "$dir/summary", 'nothing elsewhere');
    unlike($run->{out} . $run->{err}, qr/::error/, 'no annotation elsewhere');
    $run = run_assay('probe', $path,
        { env => { %env, GITHUB_ACTIONS => 'true' } });
    is($run->{exit}, 1, 'exit code');
    like($run->{out} . $run->{err}, qr/^::error file=[^,]+,line=\d+/m,
        'annotation with its line');
    like(read_file("$dir/summary"), qr/\|/, 'a table in the summary');
    like(read_file("$dir/output"), qr/verdict=failed|verdict<</, 'outputs');
};

subtest 'the log' => sub {
    my $path = checks(a => "get: '" . $origin->http_url('/reply?x=1') . "'");
    my $run = run_assay('probe', $path, '--log-level', 'info',
        '--log-format', 'json');
    my ($line) = grep { /status_code/ } split /\n/, $run->{err};
    my $log = $line ? decode_json($line) : {};
    ok(defined $log->{$_}, $_) for qw(timestamp level logger message
        request_id method path status_code duration_ms service environment);
    is($log->{status_code}, 200, 'the status');
    is($log->{environment}, 'development', 'default environment');
    $run = run_assay('probe', $path, '--log-format', 'json',
        { env => { LOG_LEVEL => 'INFO' } });
    like($run->{err}, qr/status_code/, 'LOG_LEVEL counts');
    $run = run_assay('probe', $path, { env => { LOG_LEVEL => 'LOUD' } });
    is($run->{exit}, 2, 'a level that is none');
};

subtest 'a path is relative to the file that says it' => sub {
    my $dir = temp_dir('paths');
    mkdir "$dir/parts";
    write_file("$dir/parts/body.txt", 'from the file');
    write_file("$dir/parts/token", "s3cret-of-a-file\n");
    chmod 0600, "$dir/parts/token";
    write_file("$dir/parts/more.yaml", "secrets: [{ name: T, file: token }]\n" .
        "checks:\n  b:\n    steps:\n      - post: '" .
        $origin->http_url('/echo') . "'\n        file: body.txt\n" .
        "        headers: { X-T: '\${secret.T}' }\n        expect: " .
        "{ body: { contains: from the file } }\n");
    my $path = write_file("$dir/main.yaml", "include: parts/more.yaml\n");
    my $run = run_assay('probe', $path, { cwd => '/' });
    is($run->{exit}, 0, 'body and secret, from another folder')
        or diag $run->{out}, $run->{err};
    unlike($run->{out} . $run->{err}, qr/s3cret/, 'and the secret is none');
};

subtest 'nothing to compare with: reading the result back' => sub {
    my $dir = temp_dir();
    my $path = checks(a => "get: '" . $origin->http_url('/reply') . "'");
    run_assay('probe', $path, '--json', "$dir/r.json");
    my $run = run_assay('report', "$dir/r.json", '--junit', "$dir/again.xml");
    is($run->{exit}, 0, 'exit code of the stored result');
    ok(-s "$dir/again.xml", 'rendered later');
    my $npm = run_command('sh', 'tests/npm.sh', { timeout => 240 });
    write_file("$dir/schema.json", run_assay('schema', 'result')->{out});
    $run = run_command('node', 'tests/validate.js', "$dir/schema.json",
        "$dir/r.json", { timeout => 60 });
    like($run->{out}, qr/^valid /, 'valid by its own schema')
        or diag $run->{out}, $run->{err};
};

done_testing();

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The small commands, the help, the man page, the installation, the demo, and
# what the README says.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Assay;
use Loads;

my $dir = temp_dir();
my @commands = qw(probe watch loadgen report silence ack event run take lint
    try init schema doctor);

subtest 'try prints the matches as one JSON array' => sub {
    my $body = write_file("$dir/body.json",
        '{"a":[{"b":1},{"b":2},{"b":3}],"s":"x"}');
    for my $case (
        ['$.a[?@.b > 1]', '[{"b":2},{"b":3}]'],
        ['$.s', '["x"]'], ['$.none', '[]'], ['$..b', '[1,2,3]'],
        ['$.a[::-1].b', '[3,2,1]'], ['$["s","s"]', '["x","x"]'],
        ['$[?length(@) == 3]', '[[{"b":1},{"b":2},{"b":3}]]'],
    ) {
        my ($path, $want) = @$case;
        my $run = run_assay('try', $path, $body);
        is($run->{exit}, 0, "$path: exit code");
        is($run->{out}, "$want\n", "$path: matches");
    }
    my $run = run_assay('try', '$.s', { stdin => '{"s":1}' });
    is($run->{out}, "[1]\n", 'from standard input');
    $run = run_assay('try', '--paths', '$..b', $body);
    like($run->{out}, qr/\$\['a'\]\[0\]\['b'\]/, 'normalized paths');
    $run = run_assay('try', '$.a[', $body);
    is($run->{exit}, 2, 'an expression that is none: exit code');
    like($run->{err}, qr/^expression:1:5: .*\n    \$\.a\[\n        \^$/m,
        'and a caret');
    $run = run_assay('try', '$.a', { stdin => '{"a":}' });
    is($run->{exit}, 2, 'a body that is no JSON');
    like($run->{err}, qr/not JSON/, 'is said');
};

subtest 'init writes a scenario that passes lint and runs' => sub {
    my $path = "$dir/new/assay.yaml";
    mkdir "$dir/new";
    my $run = run_assay('init', $path);
    is($run->{exit}, 0, 'exit code') or diag $run->{err};
    $run = run_assay('lint', '--strict', $path);
    is($run->{exit}, 0, 'passes lint without a warning') or diag $run->{err};
    my $origin = start_origin();
    $run = run_assay('probe', $path, '--var',
        'api=' . $origin->http_url('/reply?x='));
    is($run->{exit}, 0, 'runs') or diag $run->{out}, $run->{err};
    $run = run_assay('init', $path);
    is($run->{exit}, 2, 'it does not overwrite');
    like($run->{err}, qr/there already/, 'and says so');
    is(run_assay('init', '--force', $path)->{exit}, 0, 'unless it must');
    is(run_assay('init', '-')->{out}, read_file($path), 'or to a pipe');
    is(run_assay('init', "$dir/none/x.yaml")->{exit}, 4, 'no such folder');
};

subtest 'lint' => sub {
    my $path = scenario("checks:\n  a:\n    steps:\n" .
        "      - get: http://127.0.0.1:1/\n");
    my $run = run_assay('lint', $path);
    is($run->{exit}, 0, 'a warning is no mistake');
    like($run->{err}, qr/warning: check "a" expects nothing/, 'but it is said');
    is(run_assay('lint', '--strict', $path)->{exit}, 2, '--strict');
    for my $case (
        ["        headers: { Authorization: Bearer abcdef }\n", 'clear'],
        ["        auth: { basic: { user: a, password: hunter22 } }\n",
            'clear'],
        ["        query: { token: abcdef }\n", 'clear'],
        ["      - get: http://127.0.0.1:1/?a=1&token=abcdef\n",
            '"token" stands here in clear'],
        ["        proxy: http://joe:hunter22\@127.0.0.1:1\n",
            'password of the proxy stands here in clear'],
        ["        key_password: hunter22\n",
            '"key_password" stands here in clear'],
    ) {
        $run = run_assay('lint', scenario("checks:\n  a:\n    steps:\n" .
            "      - get: http://127.0.0.1:1/\n        expect: " .
            "{ status: 200 }\n$case->[0]"));
        like($run->{err}, qr/$case->[1]/, 'a secret in clear');
    }
    $run = run_assay('lint', scenario("checks:\n  a:\n    steps:\n" .
        "      - get: http://127.0.0.1:1/\n        expect: { json: " .
        "{ '\$[?match(@, \"(\")]': { any: 1 } } }\n" .
        "      - health: http://127.0.0.1:1/\n        bounds: " .
        "{ '\$[?search(@, \"[\")]': { any: 1 } }\n"));
    is(scalar(() = $run->{err} =~ /warning: this never matches/g), 2,
        'a pattern that is none, in an expectation and a bound')
        or diag $run->{err};
    $run = run_assay('lint', scenario("checks:\n  a:\n    every: 5s\n" .
        "    steps:\n      - get: http://127.0.0.1:1/\n        expect: " .
        "{ status: 200 }\n        timeout: 30s\n"));
    like($run->{err}, qr/longer than "every"/, 'timeout over the interval');
    my $missing = run_assay('lint', $path, "$dir/none.yaml");
    isnt($missing->{exit}, 0, 'the worst of several files');
};

subtest 'help, from the table of commands' => sub {
    my $run = run_assay('help');
    is($run->{exit}, 0, 'exit code');
    like($run->{out}, qr/^  $_ /m, $_) for @commands;
    for my $command (@commands) {
        my $one = run_assay($command, '--help');
        is($one->{exit}, 0, "$command --help");
        is($one->{out}, run_assay('help', $command)->{out}, "help $command");
        like($one->{out}, qr/^usage: assay $command/m, "$command: usage");
    }
    is(run_assay()->{exit}, 2, 'nothing asked');
    like(run_assay('version')->{out}, qr/^assay \d+\.\d+\.\d+$/, 'version');
};

subtest 'the man page' => sub {
    my $page = run_assay('help', '--man')->{out};
    my $path = write_file("$dir/assay.1", $page);
    my $lint = run_command('mandoc', '-T', 'lint', '-W', 'warning', $path);
    is($lint->{out} . $lint->{err}, '', 'has no mistake');
    my $text = run_command('mandoc', '-T', 'ascii', $path)->{out};
    $text =~ s/.\x08//g;
    like($text, qr/assay $_\b/, "says $_") for @commands;
    for my $command (@commands) {
        my $help = run_assay('help', $command)->{out};
        like($text, qr/\Q$_\E/, "$command: $_") for $help =~ /(--[a-z-]+)/g;
    }
};

subtest 'make install' => sub {
    my $run = run_command('make', '-s', 'install', "DESTDIR=$dir/root",
        'PREFIX=/usr', { timeout => 300 });
    is($run->{exit}, 0, 'exit code') or diag $run->{err};
    for my $file ('bin/assay', 'share/man/man1/assay.1',
        'share/assay/schema.json', 'share/assay/examples/first.yaml') {
        ok(-s "$dir/root/usr/$file", $file);
    }
    like(run_command("$dir/root/usr/bin/assay", 'version')->{out},
        qr/^assay /, 'it runs from there');
};

subtest 'the demo' => sub {
    my $run = run_command('sh', 'tests/demo.sh', 'build', { timeout => 60 });
    is($run->{exit}, 0, 'ends well') or diag $run->{out}, $run->{err};
    like($run->{out}, qr/fails on purpose/, 'says what fails on purpose');
    my $result = json_file('build/demo/result.json');
    my %verdict = map { $_->{name} => $_->{verdict} } @{ $result->{checks} };
    is_deeply(\%verdict, { website => 'ok', health => 'ok',
        certificate => 'ok', 'sign-in' => 'ok', 'warm-up' => 'flaky',
        checkout => 'failed' }, 'and only that');
    my @loads = @{ json_file('build/demo/load.json')->{loads} };
    is_deeply([map { $_->{name} } @loads], ['rush', 'sign-ins'],
        'and then the loads');
    is(run_command('xmllint', '--noout', '--schema', 'tests/junit.xsd',
        'build/demo/junit.xml')->{exit}, 0, 'JUnit is valid');
};

subtest 'what the README says' => sub {
    my $readme = read_file('README.md');
    my ($first) = $readme =~ /\A((?:.*\n){1,20})/;
    like($first, qr/^    make demo/m, 'the first screen has make demo');
    like($first, qr/^    make check/m, 'and make check');
    like($readme, qr/^\| `assay $_[` ]/m, "names $_") for @commands;
    my ($yaml) = $readme =~ /```yaml\n(name: .*?)```/s;
    my $run = run_assay('lint', scenario($yaml));
    is($run->{exit}, 0, 'its scenario passes lint') or diag $run->{err};
    my $origin = start_origin();
    my $url = $origin->http_url('/reply');
    my $slow = $origin->http_url('/spin?us=5000');
    my @lines = $readme =~ /^    (?:[\d*\/ ]+ )?((?:build\/)?assay .*)$/mg;
    ok(@lines >= 4, 'it has commands');
    my $assay = assay_binary();
    my $here = "$dir/readme";
    mkdir $here;
    write_file("$here/shop.yaml", "checks:\n  home:\n    steps:\n" .
        "      - get: $url\nalerts:\n  channels:\n    log: { exec: " .
        "[/bin/true] }\n  rules:\n    down: { when: consecutive(fail) >= 1 }\n" .
        "    deploy: { when: event(deploy) fails, severity: error }\n" .
        "loads:\n  visit: { flow: { steps: [ { get: $url } ] }, arrivals: " .
        "{ rate: 50/s, for: 2s } }\n");
    my $server = Assay::binary('WORK_SERVER', 'build/work_server');
    for my $line (@lines) {
        $line =~ s/\s+#.*//;
        $line =~ s{^(?:build/)?assay}{$assay};
        # a search ends where the target does, and sooner for a lower quantile
        $line =~ s{http://localhost:8000/( --find-max 'p)99}
                  {'$slow' --trial 1s${1}50};
        $line =~ s{http://localhost:8000/(?:health/)?}{$url};
        # one second says nothing of two builds, which is no mistake
        $line =~ s{'\./(?:main|branch)/server'}{'exec $server --steps 100000'}g;
        $line =~ s{-d \d+s}{-d 1s};
        $line =~ s{/(?:etc|var/lib)/assay/}{$here/}g;
        my $make = sub { return run_command('sh', '-c', "cd '$here' && $line",
            { env => { API_BASE => $url } }) };
        # a load says itself when this machine was too busy for it
        my $ran = $line =~ / loadgen / ? when_calm($make, sub { ($_[0]{exit} // -1) == 0 })
            : $make->();
        is($ran->{exit}, 0, $line) or diag $ran->{out}, $ran->{err};
    }
    my @exits = $readme =~ /^\| (\d) \| /mg;
    is("@exits", '0 1 2 3 4', 'exit codes');
};

done_testing();

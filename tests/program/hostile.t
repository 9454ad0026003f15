#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# assay where everything around it is wrong: its arguments, its files, its
# streams, its limits and the moment at which somebody presses ^C.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Assay;

my $origin = start_origin(raw => ['silent']);
my $ok = $origin->http_url('/ok');
my $assay = assay_binary();
my $dir = temp_dir('hostile');

# A command line of sh with the program as $0: redirections and limits.
sub shell {
    my ($line, $opt) = @_;
    return run_command('sh', '-c', $line, $assay, $opt || {});
}

sub steps {
    return scenario("checks:\n  a:\n    steps:\n" .
        join('', map { "      - $_\n" } @_));
}

sub many {
    my ($n) = @_;
    return scenario("checks:\n" . join('', map {
        "  c$_: { steps: [ { get: '$ok', expect: { status: 200 } } ] }\n" }
        1 .. $n));
}

# No run may end in a signal, a crash of a sanitizer or a hang.
sub ended {
    my ($run, $exit, $says, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($run->{exit}, $exit, "$name: exit code")
        or diag "out: $run->{out}\nerr: $run->{err}";
    like($run->{err}, $says, "$name: message") if $says;
    unlike($run->{err}, qr/Sanitizer|runtime error/, "$name: no crash");
    return;
}

sub left_over { return grep { /^\.assay/ } map { s{.*/}{}r } glob "$dir/.*" }

subtest 'options that cannot be meant' => sub {
    for my $case (
        [['--concurrency', '0', $ok], qr/at least 1, got 0/],
        [['--concurrency', '100000', $ok], qr/at most 10000, got 100000/],
        [['-c', '1', '-c', '2', $ok], qr/given twice/],
        [['--timeout', '5x', $ok], qr/"x" is not a unit/],
        [['--timeout', '-1s', $ok], qr/negative/],
        [['--timeout', '0s', $ok], qr/at least 1ms, got 0s/],
        [['--retries', '0', $ok], qr/at least 1, got 0/],
        [['--every', '0s', $ok], qr/at least 1ms/],
        [['--color', 'purple', $ok], qr/auto, always, never/],
        [['--expect-status', '999', $ok], qr/got "999"/],
        [['-X', 'GE T', $ok], qr/method like GET/],
        [['-H', "A: b\nC: d", $ok], qr/Name: value/],
        [['--json', '', $ok], qr/--json needs the name/],
        [['--json'], qr/needs an argument/],
        [['-q', '-v', $ok], qr/exclude each other/],
        [[$ok, $ok], qr/one URL, got 2/],
        [['--env', 'x', $ok], qr/"--env" is for a scenario/],
    ) {
        my ($args, $says) = @$case;
        my $run = run_assay('probe', @$args);
        my $name = join ' ', map { s/\n.*//r } @$args;
        ended($run, 2, $says, $name);
        like($run->{err}, qr/^assay: /, "$name: who says so");
        is($run->{out}, '', "$name: nothing on standard output");
    }
};

subtest 'files that are no scenarios' => sub {
    my $c = 'checks: { a: { steps: [ { get: "http://x/" } ] } }';
    for my $case (
        ['nothing', '', qr/is empty/],
        ['comments', "# a\n", qr/nothing but comments/],
        ['null', "null\n", qr/must be a map, got nothing/],
        ['list', "[]\n", qr/must be a map, got a list/],
        ['tab', "checks:\n\ta: 1\n", qr/:2:1: a tab cannot indent/],
        ['NUL', "$c\n\0\0", qr/:2:1: .*NUL/],
        ['UTF-16', "\xff\xfec\0", qr/UTF-16/],
        ['Latin-1', "name: \xe4\n$c\n", qr/:1:7: .*not UTF-8/],
        ['two documents', "$c\n---\n$c\n", qr/:2:1: a second document/],
        ['twice', "checks: { a: {}, a: {} }\n", qr/"a" stands here twice/],
        ['its own anchor', "checks: &a\n  a: *a\n", qr/its own anchor/],
        ['deep', 'a: ' . '[' x 5000, qr/too deep: the limit is 64/],
        ['laughs', "a: &a [1]\n" . join('', map { my $b = chr(ord($_) - 1);
            "$_: &$_ [" . join(',', ("*$b") x 10) . "]\n" } 'b' .. 'h'),
            qr/the limit is 200000/],
        ['long', 'name: ' . 'x' x 2_000_000 . "\n$c\n",
            qr/limit is 1048576/],
    ) {
        my ($name, $text, $says) = @$case;
        my $path = write_file("$dir/bad.yaml", $text);
        my $run = run_assay('lint', $path);
        ended($run, 2, $says, $name);
        cmp_ok(length $run->{err}, '<', 8192, "$name: said in short");
        is(run_assay('probe', $path)->{exit}, 2, "$name: nothing is sent");
    }
    for my $case ([$dir, qr/is a directory/], ['/dev/zero', qr/too large/],
        ['/dev/null', qr/is empty/], ["$dir/gone.yaml", qr/no such file/],
        ["$dir/bad.yaml/x.yaml", qr/not a directory/]) {
        my ($path, $says) = @$case;
        ended(run_assay('lint', $path), 2, $says, "lint $path");
        ended(run_assay('probe', $path), 2, $says, "probe $path");
    }
    my $bom = write_file("$dir/bom.yaml", "\xef\xbb\xbf$c\r\n");
    is(run_assay('lint', '-q', $bom)->{exit}, 0, 'a BOM and CRLF are no harm');
};

subtest 'YAML habits and targets that cannot be' => sub {
    for my $case (
        ["get: http://x/\n        timeout: 10", qr/:5:18: .*write 10s or 10ms/],
        ["get: http://x/\n        timeout: 1:30", qr/duration like 10s/],
        ["get: http://x/\n        verify: no", qr/no is a text here; write false/],
        ["get: http://x/\n        redirects: 010", qr/"010" has leading zero/],
        ["get: http://x/\n        expect: { status: '200' }", qr/in quotes/],
        ["get: http://x/\n        expects: { status: 200 }",
            qr/did you mean "expect"/],
        ['get: on', qr{begins with http:// or https://, got "on"}],
        ['get: example.org/health?key=hunter22', qr{got "example.org/health\.\.\."}],
        ['health: /health', qr{got "/health"}],
        ['minio: localhost:9000', qr{got "localhost:9000"}],
        ['get: user:hunter22@h/', qr/got "\.\.\."/],
        ['get: "${env.NOPE:-h}/"', qr{got "h/"}],
        ['tcp: localhost', qr/must be host:port: localhost/],
        ['tcp: localhost:99999', qr/port must be 1 to 65535/],
        ['tcp: "::1:80"', qr/IPv6 address needs/],
        ['tls: https://localhost/', qr/must be host:port/],
        ['get: "http://${nope}/"', qr/"nope" is not defined/],
        ['get: "http://${env.A"', qr/not closed with "}"/],
    ) {
        my ($step, $says) = @$case;
        ended(run_assay('lint', steps($step)), 2, $says,
            $step =~ s/\s*\n\s*/, /gr);
    }
    my $dir = temp_dir('include');
    for my $case (['gone.yaml', qr/gone\.yaml": there is no such file/],
        ['/', qr/is a directory/], ['main.yaml', qr/includes itself/]) {
        my ($file, $says) = @$case;
        write_file("$dir/main.yaml", "name: x\ninclude: [$file]\n");
        my $run = run_assay('lint', "$dir/main.yaml");
        ended($run, 2, $says, "include $file");
        like($run->{err}, qr/main\.yaml:2:11: /, "include $file: its place");
    }
};

subtest 'URLs' => sub {
    my $port = $origin->port;
    for my $case (
        [0, "HTTP://127.0.0.1:$port/ok"], [0, "http://127.0.0.1:$port/ok#x"],
        [0, "http://user:hunter22\@127.0.0.1:$port/ok"],
        [1, "http://127.0.0.1:$port/a b"],
        [1, "http://127.0.0.1:$port/" . 'a' x 9000],
        [1, 'http://127.0.0.1:' . free_port() . '/', qr/refused/],
        [1, 'http://nope.invalid/', qr/could not be resolved/],
        [1, "http://b\xc3\xbccher.invalid/", qr/xn--bcher-kva\.invalid/],
        [1, 'http://' . 'a' x 300 . '.invalid/'],
        [2, 'http://'], [2, 'http://[::1/'], [2, 'http://127.0.0.1:99999/'],
        [2, 'http://127.0.0.1:abc/'], [2, "http://127.0.0.1/\x01"],
        [2, '127.0.0.1:80/'], [2, 'ftp://x/'], [2, ''],
    ) {
        my ($exit, $url, $says) = @$case;
        my $run = run_assay('probe', $url, '--timeout', '10s');
        my $name = length $url > 60 ? substr($url, 0, 60) . '...' : $url;
        is($run->{exit}, $exit, "$name: exit code") or diag $run->{err};
        like($run->{out}, $says, "$name: message") if $says;
        unlike($run->{out} . $run->{err}, qr/hunter22/, "$name: no password");
    }
};

subtest 'what this machine lacks says nothing of the target' => sub {
    for my $step ("post: '$ok'\n        file: $dir/gone",
        "get: 'https://127.0.0.1:1/'\n        ca_file: $dir/gone") {
        my $run = run_assay('probe', steps($step));
        is($run->{exit}, 4, "exit code") or diag $run->{out};
        like($run->{out}, qr{/gone"}, 'the file is named');
    }
    my $run = shell("ulimit -n 20; exec \"\$0\" probe '" . many(200) . "'");
    is($run->{exit}, 4, 'too few files: exit code');
    like($run->{out}, qr/Too many open files/, 'and why');
    for my $files (4 .. 8) {
        $run = shell("ulimit -n $files; exec \"\$0\" probe -q '" . many(1) . "'");
        ok(defined $run->{exit} && $run->{exit} =~ /^[04]$/,
            "$files files: it ends by itself") or diag explain $run;
    }
    $run = shell("ulimit -S -n 20; exec \"\$0\" probe -q '" . many(200) . "'");
    is($run->{exit}, 0, 'a soft limit is raised') or diag $run->{out};
    SKIP: {
        skip 'sanitizers need address space', 2
            if shell('ulimit -v 100000; "$0" version')->{exit};
        $run = shell("ulimit -v 40000; exec \"\$0\" probe -q '" . many(10_000) .
            "'");
        is($run->{exit}, 4, 'no memory: exit code');
        is($run->{err}, "assay: out of memory\n", 'said once');
    }
};

subtest 'streams that are closed, full, or read by somebody in a hurry' => sub {
    my $scenario = many(2000);
    my $result = "$dir/r.json";
    run_assay('probe', $ok, '--json', $result);
    my $lint = steps("get: '$ok'\n        expect: { status: 200 }");
    for my $args ("probe $ok", "probe $ok --json -", "probe $ok --tap -",
        'help', 'help probe', 'help --man', 'version', 'schema result',
        "lint $lint", "try '\$' $result", "report $result",
        "report $result --markdown -") {
        ended(shell("exec \"\$0\" $args >/dev/full"), 4,
            qr/standard output.*No space left/, "full: $args");
        ended(shell("exec \"\$0\" $args >&-"), 4,
            qr/standard output.*Bad file/, "closed: $args");
    }
    ended(shell("exec \"\$0\" probe $ok 2>&-"), 0, undef, 'no stderr');
    is(shell("exec \"\$0\" probe -q $ok <&- >&- 2>&-")->{exit}, 0,
        'quiet needs no streams');
    ended(shell('exec "$0" probe - <&-'), 4, qr/cannot be read/, 'no stdin');
    # the log must not become what standard output was
    shell("exec \"\$0\" probe $ok --log-level info --log-file $dir/log" .
        " --json $dir/own.json <&- >&- 2>&-");
    is(scalar(grep { !/^\{.*\}$/ } split /\n/, read_file("$dir/log")), 0,
        'a log has log lines only');
    is(eval { json_file("$dir/own.json")->{verdict} }, 'ok',
        'and a result is one');
    my $run = shell("{ \"\$0\" probe -v $scenario --json $dir/head.json;" .
        " echo \$? >$dir/code; } | head -n 1");
    is($run->{err}, '', 'a reader that had enough hears nothing more');
    ok(json_file("$dir/head.json")->{checks}, 'the file is whole');
    like(read_file("$dir/code"), qr/^4$/, 'and what was lost is in the code');
};

subtest 'files that cannot be written, or should not be' => sub {
    mkdir "$dir/folder";
    symlink "$dir/nowhere/x", "$dir/dangling";
    symlink 'loop', "$dir/loop";
    write_file("$dir/target", 'old');
    symlink 'target', "$dir/link";
    for my $path ('/dev/full', "$dir/folder", "$dir/dangling", "$dir/loop",
        "$dir/no/x", "$dir/target/x", "$dir/" . 'n' x 300) {
        my $run = run_assay('probe', $ok, '--json', $path);
        ended($run, 4, qr/cannot write "\Q$path\E"/, substr $path, 0, 60);
        like($run->{out}, qr/1 ok/, 'what was seen is told');
    }
    is(run_assay('probe', $ok, '--json', "$dir/link")->{exit}, 0, 'a link');
    ok(-l "$dir/link" && json_file("$dir/target"), 'is followed');
    my $path = write_file("$dir/s.yaml", read_file(many(1)));
    my $before = read_file($path);
    for my $case ([['--json', $path, $path], 'the scenario'],
        [['--json', "$dir/./s.yaml", $path], 'the scenario by another name'],
        [['--json', "$dir/x", '--junit', "$dir/./x", $path], 'two results'],
        [['--tap', "$dir/y", '--log-file', "$dir/y", $path], 'the log']) {
        my ($args, $name) = @$case;
        ended(run_assay('probe', @$args), 2, qr/would (both )?write/, $name);
    }
    is(read_file($path), $before, 'the scenario is as it was');
    run_assay('probe', $ok, '--json', "$dir/kept.json");
    ended(run_assay('report', "$dir/kept.json", '--junit', "$dir/kept.json"),
        2, qr/would write over/, 'a stored result');
    is(json_file("$dir/kept.json")->{verdict}, 'ok', 'is as it was');
    ended(shell("ulimit -f 1; exec \"\$0\" probe -q " . many(200) .
        " --json $dir/limited.json"), 4, qr/File too large/, 'ulimit -f');
    ok(!-e "$dir/limited.json", 'no half of a file');
    ended(run_assay('probe', $ok, '--log-level', 'info', '--log-file',
        '/dev/full'), 4, qr{"/dev/full" lacks lines}, 'a log that is lost');
    is_deeply([left_over()], [], 'nothing is left lying about');
};

subtest '^C at any moment: all of a file or none' => sub {
    my $scenario = many(1000);
    my $hanging = steps('get: http://127.0.0.1:' .
        $origin->raw_port('silent') . "/\n        timeout: 60s");
    for my $signal (qw(INT TERM HUP)) {
        my $run = run_assay('probe', $hanging, '--json', "$dir/h-$signal.json",
            { signal => $signal, signal_after => 0.5 });
        is($run->{exit}, 3, "$signal: inconclusive");
        like($run->{out}, qr/interrupted by SIG$signal/, "$signal: it is said");
        ok(json_file("$dir/h-$signal.json")->{partial}, "$signal: and kept");
    }
    my $whole = run_assay('probe', $scenario, '--json', "$dir/all.json");
    my %seen;
    for my $i (0 .. 9) {
        my ($json, $xml) = ("$dir/c$i.json", "$dir/c$i.xml");
        my $run = run_assay('probe', $scenario, '--json', $json, '--junit',
            $xml, { signal => ('INT', 'TERM')[$i % 2],
            signal_after => 0.004 + $whole->{seconds} * $i / 8 });
        my $code = defined $run->{exit} ? $run->{exit} : 'signal';
        $seen{$code}++;
        my $result = -e $json ? eval { json_file($json) } : undef;
        ok(!-e $json || $result, "moment $i ($code): no half of a file");
        next if $code eq 'signal';
        is($result ? $result->{exit_code} : -1, $code,
            "moment $i: the file says the same");
        is(!!$result->{partial}, $code == 3, "moment $i: partial when it was");
        ok(-e $xml, "moment $i: all files");
    }
    ok($seen{3} || $seen{0}, join ', ', map { "$_: $seen{$_}" } sort keys %seen);
    is_deeply([left_over()], [], 'nothing is left lying about');
    my $run = shell("trap '' HUP; exec \"\$0\" probe $hanging --deadline 1s",
        { signal => 'HUP', signal_after => 0.4 });
    is($run->{exit}, 3, 'nohup: exit code');
    like($run->{out}, qr/the deadline of 1s came first/, 'nohup: it went on');
};

subtest 'surroundings' => sub {
    my $path = many(1);
    my ($plain) = run_assay('probe', $path)->{out} =~ /^(1 check: 1 ok)/m;
    for my $env ({ LC_ALL => 'C' }, { LC_ALL => 'de_DE.UTF-8' },
        { LC_ALL => 'xx_YY' }, { TZ => '/etc/passwd' }, { HOME => undef },
        { COLUMNS => '1' }, { COLUMNS => '-1' }, { TERM => '' },
        { PATH => undef }) {
        my ($name) = keys %$env;
        my $run = run_assay('probe', $path, { env => $env });
        is($run->{exit}, 0, "$name: exit code");
        like($run->{out}, qr/^\Q$plain\E/m, "$name: the same");
        unlike($run->{out}, qr/\e/, "$name: no colour");
    }
    my $run = run_command('env', '-i', $assay, 'probe', $path);
    is($run->{exit}, 0, 'an empty environment');
    $run = run_assay('report', '--color', 'always', '-', { stdin =>
        run_assay('probe', $path, '--json', '-')->{out},
        env => { LC_ALL => 'de_DE.UTF-8' } });
    is($run->{exit}, 0, 'a result by way of pipes');
    like($run->{out}, qr/\e\[/, 'colour when it is asked for');
    my $home = temp_dir('cwd');
    mkdir "$home/sub";
    write_file("$home/main.yaml", "include: [sub/more.yaml]\n");
    write_file("$home/sub/more.yaml", read_file($path));
    for my $case (['main.yaml', $home], ['../main.yaml', "$home/sub"],
        ["$home/main.yaml", '/']) {
        my ($file, $cwd) = @$case;
        is(run_assay('probe', $file, { cwd => $cwd })->{exit}, 0,
            "include from $cwd");
    }
    $run = run_assay('probe', '-', { stdin => read_file($path) });
    is($run->{exit}, 0, 'a scenario from standard input');
    $run = run_assay('probe', many(10_000), '-q', '-c', '10000', '--json',
        "$dir/big.json");
    is($run->{exit}, 0, '10,000 checks') or diag substr $run->{out}, 0, 2000;
    my $names = () = read_file("$dir/big.json") =~ /"name": "c\d+"/g;
    is($names, 10_000, 'all of them');
};

done_testing();

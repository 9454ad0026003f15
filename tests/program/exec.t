#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Commands of this machine as steps: what they get, how they end, what of it is
# judged and kept.  Nothing of them stays behind.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use Assay;
use Steps;

my $dir = temp_dir('exec');

sub sh { return ('sh', '-c', @_) }

sub kept {
    my ($step) = @_;
    return { map { $_->{name} . ($_->{labels} || '') => $_->{value} }
        @{ $step->{kept} || [] } };
}

subtest 'exit code, output and time are judged' => sub {
    my $seen = probe({
        ok => [{ exec => 'true' }],
        bad => [{ exec => [sh('echo first >&2; echo disk full >&2; exit 3')] }],
        other => [{ exec => [sh('exit 3')], expect => { exit => 3 } }],
        one_of => [{ exec => [sh('exit 1')],
            expect => { exit => { in => [0, 1] } } }],
        out => [{ exec => [sh('echo hello; echo oops >&2')],
            expect => { stdout => { matches => '^hell' },
                stderr => "oops\n", time => { total => { lt => '30s' } } } }],
        err => [{ exec => [sh('echo oops >&2')], expect => { stderr => '' } }],
        json => [{ exec => [sh(q(echo '{"lag":0.5,"state":"up"}'))],
            expect => { json => { '$.lag' => { lt => 1 },
                '$.state' => 'up' } },
            series => { lag => '$.lag', up => { regex => 'lag":([0-9.]+)' } } }],
    });
    judged($seen, [ok => 'ok'],
        [bad => 'exit', qr/^exit code 3: disk full$/],
        [other => 'ok'], [one_of => 'ok'], [out => 'ok'],
        [err => 'expect', qr/stderr "oops\\n"/], [json => 'ok']);
    is(step($seen, 'bad')->{name}, 'exec sh', 'a step has the name of it');
    is_deeply(kept(step($seen, 'json')), { lag => 0.5, up => 0.5 }, 'kept');
    is($seen->{exit}, 1, 'exit code of the run');
};

subtest 'values flow out of one command into another' => sub {
    my $seen = probe({ a => [
        { exec => [sh('echo 4711; echo warn >&2; exit 2')],
          expect => { exit => 2 },
          capture => { id => { regex => '([0-9]+)' }, code => { exit => true },
              all => { stdout => true }, said => { stderr => true } } },
        { exec => ['printf', '%s|%s|%s', '${id}', '${code}', '${said}'],
          expect => { stdout => "4711|2|warn\n" } },
        { exec => ['cat'], stdin => '${all}', expect => { stdout => "4711\n" } },
    ] });
    judged($seen, [a => 'ok']);
};

subtest 'it gets what it is given, and nothing else' => sub {
    my $seen = probe({
        env => [{ exec => [sh('env | cut -d= -f1 | sort | tr "\n" " "')],
            env => { GIVEN => 'x' },
            expect => { stdout => { matches =>
                '^GIVEN HOME (LANG )?(OLDPWD )?PATH PWD (SHLVL )?(_ )?$' } } }],
        secret => [{ exec => [sh('test "$TOKEN" = s3cret-value && ' .
                'echo "got $TOKEN"; exit 1')],
            env => { TOKEN => '${secret.TOKEN}' } }],
        folder => [{ exec => ['pwd'], folder => $dir,
            expect => { stdout => "$dir\n" } }],
        quiet => [{ exec => ['cat'], expect => { stdout => '' } }],
        shell => [{ exec => ['echo', '$HOME; `id` | x > y'],
            expect => { stdout => "\$HOME; `id` | x > y\n" } }],
        files => [{ exec => [sh('ls /proc/self/fd | tr "\n" " "')],
            expect => { stdout => '0 1 2 3 ' } }],
    }, { top => "secrets: [TOKEN]\n", env => { TOKEN => 's3cret-value',
        OTHER => 'x' } });
    judged($seen, [env => 'ok'], [secret => 'exit', qr/got \[redacted\]/],
        [folder => 'ok'], [quiet => 'ok'], [shell => 'ok'], [files => 'ok']);
    unlike($seen->{out} . $seen->{err}, qr/s3cret-value/, 'no secret is shown');
};

# Whether a process of that number lives.
sub lives {
    my ($pid) = @_;
    my $stat = -e "/proc/$pid/stat" ? read_file("/proc/$pid/stat") : '';
    return $stat =~ /\) [^Z]/ ? 1 : 0;
}

subtest 'its time is limited, and all that it started ends' => sub {
    my $seen = probe({
        sleeps => [{ exec => [sh("sleep 60 & echo \$! > $dir/one; wait")],
            timeout => '300ms' }],
        stubborn => [{ exec => [sh("trap '' TERM; sh -c 'trap \"\" TERM; " .
                "sleep 60; sleep 60' & echo \$! > $dir/two; " .
                'sleep 60; sleep 60')],
            timeout => '300ms', grace => '100ms' }],
        left => [{ exec => [sh("sleep 60 >/dev/null 2>&1 & echo \$! > $dir/three")] }],
        much => [{ exec => [sh('yes')], max_output => '64KiB' }],
        killed => [{ exec => [sh('kill -SEGV $$')] }],
        none => [{ exec => ["$dir/none"] }],
        wait => [{ wait => [{ exec => ['false'] }], for => '400ms',
            every => '50ms' }],
    });
    judged($seen,
        [sleeps => 'timeout', qr/^it did not end within 300 ms$/],
        [stubborn => 'timeout', qr/SIGTERM did not end it/],
        [left => 'ok'],
        [much => 'too-large', qr/it wrote more than is allowed/],
        [killed => 'killed', qr/^signal 11 \(Segmentation fault\)$/],
        [none => 'local-fail', qr/cannot be run: No such file/],
        [wait => 'exit', qr/waited for 400 ms/]);
    is($seen->{exit}, 4, 'a command that is not there says nothing');
    for my $name (qw(one two three)) {
        (my $pid = read_file("$dir/$name")) =~ s/\s//g;
        ok($pid && until_true(5, sub { !lives($pid) }), "$name has ended");
    }
};

subtest 'an interrupted run takes its commands with it' => sub {
    my $path = scenario("checks:\n  a:\n    steps:\n      - exec: [sh, -c, " .
        "'sleep 60 & echo \$! > $dir/four; wait']\n");
    my $pid = fork;
    if (!$pid) {
        $SIG{INT} = 'DEFAULT'; # in the background it is ignored
        open STDOUT, '>', "$dir/out";
        open STDERR, '>', "$dir/err";
        exec assay_binary(), 'probe', $path or die;
    }
    ok(until_true(10, sub { -s "$dir/four" }), 'it runs');
    kill 'INT', $pid;
    waitpid $pid, 0;
    is($? >> 8, 3, 'exit code: inconclusive');
    (my $child = read_file("$dir/four")) =~ s/\s//g;
    ok(until_true(5, sub { !lives($child) }), 'the command has ended');
    like(read_file("$dir/out"), qr/interrupted by SIGINT/, 'it is said');
};

subtest 'plugins of Nagios' => sub {
    my $plugin = sub { [{ exec => [sh($_[0])], plugin => true }] };
    my $seen = probe({
        ok => $plugin->(q(echo "DISK OK - free: / 3326 MB | /=2643MB;5948;5958;0;5968 'a b'=20%;;;0;100"; exit 0)),
        warning => $plugin->(q(echo "LOAD WARNING - 5.1 | load1=5.1;5;10;0 took=12ms jobs=7c"; exit 1)),
        critical => $plugin->('echo "PING CRITICAL - gone"; exit 2'),
        unknown => $plugin->('echo "could not connect"; exit 3'),
        other => $plugin->('echo "sh: not found"; exit 127'),
        broken => $plugin->(q(echo "OK | a=1 b= 'c=2 d=U e=1.5s"; exit 0)),
        more => $plugin->(q(printf 'OK | a=1\nlong text\nmore | b=2\nc=3\n'; exit 0)),
    });
    judged($seen, [ok => 'ok'],
        [warning => 'unhealthy', qr/plugin warning, expected ok: LOAD WARNING - 5\.1$/],
        [critical => 'unhealthy', qr/critical.*PING CRITICAL/],
        [unknown => 'unknown', qr/could not connect/],
        [other => 'unknown', qr/exit code 127 is none of a plugin/],
        [broken => 'ok'], [more => 'ok']);
    is($seen->{check}{$_}{verdict}, 'not-observed', "$_ is not observed")
        for qw(unknown other);
    is($seen->{check}{$_}{worst}, $_, "$_ is the severity")
        for qw(warning critical);
    is_deeply(kept(step($seen, 'ok')), { '_{label="/",uom="MB"}' => 2643,
        'a_b{label="a b"}' => 20 }, 'performance data by label');
    is_deeply(kept(step($seen, 'warning')), { load1 => 5.1, took => 0.012,
        jobs => 7 }, 'times in seconds');
    is_deeply(kept(step($seen, 'broken')), { a => 1 }, 'what is right is kept')
        or diag explain step($seen, 'broken');
    is_deeply(kept(step($seen, 'more')), { a => 1, b => 2, c => 3 },
        'also behind the long text');
};

subtest 'real plugins' => sub {
    my $at = '/usr/lib/nagios/plugins';
    my $port = free_port();
    my $origin = start_origin();
    my $seen = probe({
        disk => [{ exec => ["$at/check_disk", '-w', '1', '-c', '1', '-p', '/'],
            plugin => true }],
        load => [{ exec => ["$at/check_load", '-w', '9999', '-c', '99999'],
            plugin => true }],
        tcp => [{ exec => ["$at/check_tcp", '-H', '127.0.0.1', '-p', $port],
            plugin => true }],
        http => [{ exec => ["$at/check_tcp", '-H', '127.0.0.1', '-p',
            $origin->port], plugin => true }],
    });
    judged($seen, [load => 'ok'], [tcp => 'unhealthy', qr/refused/i],
        [http => 'ok']);
    is(step($seen, 'disk')->{outcome}, 'ok', 'disk')
        or diag explain step($seen, 'disk');
    is(scalar grep({ /^load(?:1|5|15)$/ } keys %{ kept(step($seen, 'load')) }),
        3, 'three loads');
    my $time = kept(step($seen, 'http'))->{time};
    ok(defined $time && $time >= 0 && $time < 10, 'the time that it took');
};

times_add_up();
done_testing();

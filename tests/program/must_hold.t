#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What must hold of the memory and the notices of one-shot runs: the same history
# gives the same log whoever plays it; kills, two runs at a time, a full disk, a
# file that is locked, lost or from yesterday lose nothing and double nothing.
#
# ASSAY_FULL=1 plays all 10,000 steps and 1,000 kills; ASSAY_SEED another history.
use strict;
use warnings;
use Encode ();
use File::Basename qw(dirname);
use File::Copy qw(copy);
use JSON::PP ();
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Assay;
use History;
use Receivers;

my $full = $ENV{ASSAY_FULL};
my $seed = $ENV{ASSAY_SEED} || 7;
my $steps = $full ? 10_000 : 1_000;

# ---- a history, played

sub play {
    my ($how, $n) = @_;
    my $got = play_history($how, $n, $seed);
    note sprintf '%s: %d steps of history %d, %.1f s of CPU', $how, $n, $seed,
        $got->{cpu_s};
    return $got;
}

my $daemon = play('daemon', $steps);
cmp_ok(scalar @{ $daemon->{entry} }, '>', $steps / 20, 'much happens in it');
cmp_ok(scalar @{ $daemon->{letter} }, '>', $steps / 20, 'and is told');

subtest 'a process a step and one process for all give the same log' => sub {
    my $alone = play('one-shot', $steps);
    ok(is_same_log($alone, $daemon, 'entry'), 'the log of the alerts');
    ok(is_same_log($alone, $daemon, 'letter'), 'the outbox');
};

subtest 'kills lose no notice, and repeat one at most once' => sub {
    my $killed = play('kill', $steps);
    cmp_ok($killed->{killed}, '>=', $steps / 10 * 0.95, 'so many were killed');
    ok(is_same_log($killed, $daemon, 'entry'), 'the log of the alerts');
    my $told = told_how_often($daemon, $killed);
    is($told->{lost}, 0, 'none is lost');
    is($told->{made_up}, 0, 'none is made up');
    is($told->{more}, 0, 'none is told more than twice');
    note "$told->{twice} of $told->{all} were told twice, "
        . "$killed->{killed} kills";
};

row 'AT10', 'a thousand blips raise no notice, 61 s do' => sub {
    my $blips = play('blips', 1001);
    is(scalar @{ $blips->{letter} }, 1, 'one notice');
    like($blips->{letter}[0], qr{long/ready@\d+#1 }, 'of the outage');
};

# ---- real runs

my $hook = start_receiver();
my $url = $hook->url;
my %plan;
sub answers {
    my ($path, @answers) = @_;
    $plan{$path} = [ map { ref $_ ? $_ : { status => $_ } } @answers ];
    $hook->plan(\%plan);
}

# Checks that ask the receiver, one channel that tells it.
my $n_shops = 0;
sub shop {
    my (%opt) = @_;
    my $name = $opt{name} || 'shop' . ++$n_shops;
    my $text = "name: $name\nchecks:\n";
    for my $check (@{ $opt{checks} || ['ready'] }) {
        $text .= "  $check:\n    every: 5m\n" . ($opt{keys} || '')
            . "    steps:\n      - get: $url/$name/$check\n"
            . "        timeout: 5s\n        expect: { status: 200 }\n";
    }
    $text .= "alerts:\n" . ($opt{alerts} || '')
        . "  channels:\n    hook: { webhook: { url: '$url/$name/hook' } }\n"
        . "  rules:\n" . ($opt{rules} || '    down: { when: consecutive(fail)'
            . " >= 1, severity: critical, cooldown: 0s }\n");
    return { name => $name, state => temp_dir($name) . '/state.db',
        file => scenario($text) };
}

sub probe {
    my ($shop, @more) = @_;
    my $opt = @more && ref $more[-1] eq 'HASH' ? pop @more : {};
    return run_assay('probe', $shop->{file}, '--state', $shop->{state},
        '--log-format', 'text', @more, $opt);
}

sub sql {
    my ($file, $text) = @_;
    my $run = run_command('sqlite3', $file, { stdin => $text });
    is($run->{exit}, 0, 'sqlite3') or diag $run->{err};
    return $run->{out};
}

# The notices that a shop has told: "firing down/ready".
sub told {
    my ($shop) = @_;
    my @all;
    for my $request ($hook->requests("/$shop->{name}/hook")) {
        my $body = JSON::PP::decode_json(Encode::encode_utf8($request->{body}));
        push @all, map { { %$_, key => $_->{episode} . ' ' . $_->{kind} } }
            @{ $body->{notices} };
    }
    return @all;
}
sub kinds { return [ map { $_->{kind} } told($_[0]) ] }
sub set { answers("/$_[0]{name}/" . ($_[2] || 'ready'), ref $_[1] eq 'ARRAY' ? @{ $_[1] } : $_[1]) }

subtest 'what is down long enough is told by the same run, a blip by none' => sub {
    my ($rule, $every) = $full ? (60, 10) : (2, 0.5);
    my $attempts = $full ? 8 : 7;
    my $shop = shop(rules => "    long: { when: down_for() > ${rule}s }\n",
        keys => "    retries: { attempts: $attempts, every: "
            . ($full ? '10s' : '500ms') . " }\n");
    for my $n (1 .. 3) {
        # the receiver counts requests since it began
        my $before = () = $hook->requests("/$shop->{name}/ready");
        set($shop, [ (200) x $before, (503) x $n, 200 ]);
        is(probe($shop)->{exit}, 0, "a blip of $n attempts: ok in the end");
    }
    is_deeply(kinds($shop), [], 'no notice');
    set($shop, 503);
    is(probe($shop)->{exit}, 1, 'down');
    is_deeply(kinds($shop), ['firing'], 'told by that run');
};

row 'FH17', 'what would be told together with what comes later is told at once' => sub {
    my $shop = shop(alerts => "  group: 5m\n");
    set($shop, 503);
    is(probe($shop)->{exit}, 1, 'down');
    is_deeply(kinds($shop), ['firing'], 'a run that is alone waits for nothing');
    my $run = run_assay('event', 'deploy', '--exit', '1', '--state',
        "$shop->{state}.event", '--scenario', shop(name => 'deploys',
            alerts => "  group: 5m\n", rules =>
            "    deploy: { when: event(deploy) fails, severity: error }\n")
            ->{file});
    is($run->{exit}, 0, 'an event') or diag $run->{err};
    is_deeply(kinds({ name => 'deploys' }), ['event'], 'neither does an event');
};

subtest 'real runs that are killed lose nothing' => sub {
    my $shop = shop();
    my $rng = $seed;
    my $kills = 0;
    my $length = 0.05;
    for my $i (1 .. ($full ? 60 : 16)) {
        set($shop, $i % 2 ? 503 : 200);
        my $began = time;
        my $pid = fork;
        if ($pid == 0) {
            open STDOUT, '>', '/dev/null';
            open STDERR, '>', '/dev/null';
            exec assay_binary(), 'probe', $shop->{file}, '--state',
                $shop->{state} or POSIX::_exit(127);
        }
        $rng = ($rng * 1103515245 + 12345) % 2147483648;
        sleep $length * ($rng / 2147483648);
        kill 'KILL', $pid;
        waitpid $pid, 0;
        $kills++ if ($? & 127) == 9;
        my $again = time;
        my $run = probe($shop);
        is($run->{exit}, $i % 2 ? 1 : 0, "turn $i: the next run is as ever");
        $length = time - $again;
    }
    note "$kills were killed";
    cmp_ok($kills, '>', 0, 'some were killed');
    # a lease of one that is gone ends by itself
    sql($shop->{state}, "UPDATE letter SET lease_until = 1 WHERE status = 1;"
        . ' UPDATE letter SET not_before = 0 WHERE status = 0;');
    probe($shop);
    my %n;
    $n{ $_->{key} }++ for told($shop);
    my @logged = split /\n/, sql($shop->{state},
        "SELECT kind FROM entry WHERE kind IN ('firing', 'resolved') ORDER BY id");
    is(scalar keys %n, scalar @logged, 'each is told');
    is_deeply([ grep { $n{$_} > 2 } sort keys %n ], [], 'at most twice');
    is(scalar(grep { $logged[$_] eq $logged[ $_ - 1 ] } 1 .. $#logged), 0,
        'firing and resolved take turns');
    is(sql($shop->{state}, 'SELECT count(*) FROM letter WHERE status < 2'),
        "0\n", 'nothing waits');
    is(sql($shop->{state}, 'PRAGMA integrity_check'), "ok\n", 'the file is whole');
};

# ---- two at a time

# So many at once, each [arguments]; their exit codes.
sub at_once {
    my (@commands) = @_;
    my @pids;
    for my $command (@commands) {
        my $pid = fork;
        if ($pid == 0) {
            open STDOUT, '>', '/dev/null';
            open STDERR, '>', '/dev/null';
            exec assay_binary(), @$command or POSIX::_exit(127);
        }
        push @pids, $pid;
    }
    return map { waitpid $_, 0; $? & 127 ? "signal $?" : $? >> 8 } @pids;
}

subtest 'two runs at a time lose and double nothing' => sub {
    my $pairs = $full ? 40 : 8;
    my $shop = shop();
    my $other = shop();
    $other->{state} = $shop->{state};
    my @probe = map { [ 'probe', $_->{file}, '--state', $shop->{state} ] }
        $shop, $other;
    my %exits;
    for my $i (1 .. $pairs) {
        set($_, $i % 2 ? 503 : 200) for $shop, $other;
        $exits{$_}++ for at_once($probe[0], $probe[0]);
        at_once(@probe);
    }
    is_deeply([ sort keys %exits ], [ 0, 1 ], 'all of them ran');
    my @want = map { $_ % 2 ? 'firing' : 'resolved' } 1 .. $pairs;
    is_deeply(kinds($shop), \@want, 'each change is told once');
    is_deeply(kinds($other), \@want, 'of the other scenario as well');
    is(sql($shop->{state}, 'SELECT count(*) FROM run'), $pairs * 4 . "\n",
        'every run is there');
    is(sql($shop->{state}, 'SELECT count(*) FROM seen'), $pairs * 4 . "\n",
        'with what it has seen');
};

subtest 'two events at a time are two' => sub {
    my $state = temp_dir('events') . '/state.db';
    my $n = $full ? 40 : 10;
    for (1 .. $n) {
        my @exits = at_once(([ 'event', 'deploy', '--exit', '1', '--state',
            $state ]) x 2);
        is("@exits", '0 0', 'both are taken down');
    }
    is(sql($state, 'SELECT count(*) FROM event'), 2 * $n . "\n", 'all are there');
};

# ---- a state that cannot be used

# The checks are told whatever becomes of the memory.
sub is_told_without_memory {
    my ($run, $pattern, $says) = @_;
    is($run->{exit}, 4, "$says: exit code of the machine");
    like($run->{err}, $pattern, "$says: said");
    like($run->{out}, qr/status 503, expected 200/, "$says: the checks are told");
    ok(!$run->{timed_out}, "$says: it ends");
    return;
}

sub small_disk {
    my ($dir, $bytes, @command) = @_;
    return ('unshare', $> == 0 ? '-m' : '-rm', 'sh', '-c',
        'mount -t tmpfs -o size="$1" none "$2" && cp "$2.db" "$2/state.db" '
        . '&& cat /dev/zero > "$2/full" 2>/dev/null; shift 2; "$@"; code=$?; '
        . 'rm -f "$2/full"; exit $code', 'sh', $bytes, $dir, @command);
}

subtest 'a full disk' => sub {
    my $shop = shop();
    set($shop, 200);
    is(probe($shop)->{exit}, 0, 'all is well');
    my $dir = temp_dir('disk');
    copy($shop->{state}, "$dir.db");
    my $works = run_command(small_disk($dir, '400k', 'true'));
    SKIP: {
        skip 'no file system of our own here', 1 if $works->{exit};
        set($shop, 503);
        my $run = run_command(small_disk($dir, '400k', assay_binary(), 'probe',
            $shop->{file}, '--state', "$dir/state.db"), { timeout => 60 });
        is_told_without_memory($run, qr/state\.db.*(?:full|space)/i, 'ENOSPC');
        $run = run_command(small_disk($dir, '400k', assay_binary(), 'probe',
            $shop->{file}, '--state', "$dir/new.db"), { timeout => 60 });
        is_told_without_memory($run, qr/new\.db.*(?:full|space)/i,
            'ENOSPC, a new file');
    }
    my $before = read_file($shop->{state});
    my $run = run_command('sh', '-c', 'trap "" XFSZ; ulimit -f 8; exec "$@"',
        'sh', assay_binary(), 'probe', $shop->{file}, '--state',
        $shop->{state}, { timeout => 60 });
    set($shop, 503);
    $run = run_command('sh', '-c', 'trap "" XFSZ; ulimit -f 8; exec "$@"',
        'sh', assay_binary(), 'probe', $shop->{file}, '--state',
        $shop->{state}, { timeout => 60 });
    is_told_without_memory($run, qr/state\.db/, 'a file that may not grow');
    is(sql($shop->{state}, 'PRAGMA integrity_check'), "ok\n", 'the file is whole');
    $run = probe($shop);
    is($run->{exit}, 1, 'with room again: as ever');
    is_deeply(kinds($shop), ['firing'], 'and it is told, once');
};

subtest 'a file that may only be read' => sub {
    my $shop = shop();
    set($shop, 503);
    probe($shop);
    chmod 0444, $shop->{state};
    chmod 0555, dirname($shop->{state});
    # root may write all the same, so it is somebody else who tries
    my @as = $> == 0 ? ('setpriv', '--reuid=65534', '--regid=65534',
        '--clear-groups') : ();
    chmod 0755, temp_dir() if $> == 0;
    chmod 0644, $shop->{file};
    my $run = run_command(@as, assay_binary(), 'probe', $shop->{file},
        '--state', $shop->{state}, { timeout => 60 });
    SKIP: {
        skip 'another user cannot run it here', 4
            if ($run->{exit} // 0) > 4 || $run->{err} =~ /^setpriv/;
        is_told_without_memory($run, qr/state\.db/, 'read-only');
    }
    chmod 0755, dirname($shop->{state});
    chmod 0644, $shop->{state};
    is_deeply(kinds($shop), ['firing'], 'nothing is told twice');
    is(probe($shop)->{exit}, 1, 'writable again: as ever');
};

subtest 'a database that stays locked' => sub {
    my $shop = shop();
    set($shop, 200);
    probe($shop);
    my $locker = start_peer('locker', [ 'python3', '-c', <<'PYTHON', $shop->{state} ], {
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('BEGIN IMMEDIATE')
open(sys.argv[1] + '.held', 'w').close()
time.sleep(600)
PYTHON
        ready => sub { -e "$shop->{state}.held" } });
    set($shop, 503);
    my $run = probe($shop, { timeout => 90 });
    note sprintf 'it took %.1f s', $run->{seconds};
    cmp_ok(scalar(() = $run->{err} =~ /locked/g), '<=', 2, 'not for all it tried');
    is_told_without_memory($run, qr/state\.db.*locked/, 'locked');
    stop_peer($locker);
    is(probe($shop)->{exit}, 1, 'free again: as ever');
    is_deeply(kinds($shop), ['firing'], 'and it is told, once');
};

# ---- a state that is carried about

subtest 'the one file is all, carried as a workflow does' => sub {
    my @checks = map { "c$_" } 1 .. 20;
    my $shop = shop(checks => \@checks);
    my $cache = temp_dir('cache') . '/state.db';
    # what a fresh machine has: nothing but what the cache brings
    my $carry = sub {
        $shop->{state} = temp_dir('machine') . '/state.db';
        copy($cache, $shop->{state}) if -e $cache;
        my $run = probe($shop, '--log-level', 'ERROR');
        my $name = $shop->{state};
        is_deeply([ grep { -e "$name$_" } qw(-wal -journal -shm) ], [],
            'nothing is beside the file');
        copy($shop->{state}, $cache);
        return $run;
    };
    my $run = $carry->();
    like($run->{err}, qr/\A[^\n]*state\.db" is new: nothing is remembered[^\n]*\n\z/,
        'a missing file: one line');
    is_deeply(kinds($shop), [], 'and no notice');
    my $old = "$cache.old";
    copy($cache, $old);
    set($shop, 503, $_) for @checks[ 0 .. 2 ];
    $run = $carry->();
    is($run->{exit}, 1, 'three are down');
    unlike($run->{err}, qr/is new/, 'the file was resumed');
    is(scalar(told($shop)), 3, 'three notices');
    $carry->() for 1 .. 3;
    is(scalar(told($shop)), 3, 'and no more');

    # the cache was lost but for an older one: told again, once
    copy($old, $cache);
    $run = $carry->();
    unlike($run->{err}, qr/is new/, 'an older copy: resumed');
    is(scalar(told($shop)), 6, 'what is down is told once more');
    $carry->();
    is(scalar(told($shop)), 6, 'and no more');

    # an old one with an outage that ended long ago
    copy($cache, $old);
    set($shop, 200, $_) for @checks[ 0 .. 2 ];
    $carry->();
    my @told = told($shop);
    is(scalar(grep { $_->{kind} eq 'resolved' } @told), 3, 'resolved, once each');
    sql($old, 'UPDATE seen SET at = at - 864000000000000;'
        . ' UPDATE letter SET made_at = made_at - 864000000000000,'
        . ' expires_at = 1;');
    copy($old, $cache);
    $run = $carry->();
    is($run->{exit}, 0, 'a copy of ten days ago') or diag $run->{err};
    cmp_ok(scalar(told($shop)) - @told, '<=', 3, 'no flood');

    # nothing at all is left
    unlink $cache;
    @told = told($shop);
    $run = $carry->();
    like($run->{err}, qr/is new: nothing is remembered/, 'lost: said');
    is(scalar(told($shop)), scalar @told, 'and nobody is told anything');
};

subtest 'what was not observed is not up' => sub {
    my $shop = shop();
    set($shop, 200);
    probe($shop);
    # the schedule slept for a day
    sql($shop->{state}, 'UPDATE seen SET at = at - 86400000000000;'
        . ' UPDATE run SET started_at = started_at - 86400000000000;');
    probe($shop);
    my $run = run_assay('report', 'clean', '--state', $shop->{state});
    is($run->{exit}, 0, 'rolled up') or diag $run->{err};
    is(probe($shop)->{exit}, 0, 'it goes on');
    is_deeply(kinds($shop), [], 'and nobody is told');
};

subtest 'a file that nobody else looks after stays small' => sub {
    my $shop = shop();
    set($shop, 200);
    probe($shop);
    my $tidied = sub {
        return sql($shop->{state},
            "SELECT body FROM note WHERE name = 'state.tidied'");
    };
    my $first = $tidied->();
    like($first, qr/^\d+\n$/, 'the first run cleans');
    sql($shop->{state}, "WITH RECURSIVE m(i) AS (SELECT 1 UNION ALL SELECT i + 1
        FROM m WHERE i < 5000) INSERT INTO seen SELECT watched,
        at - 864000000000000 + i * 60000000000, vantage, mark, verdict, worst,
        outcome, failing_since, cert_days, message, zeroblob(0), zeroblob(100)
        FROM seen, m;");
    my $large = -s $shop->{state};
    probe($shop);
    is($tidied->(), $first, 'not each run');
    sql($shop->{state}, "UPDATE note SET body = '1' WHERE name = 'state.tidied'");
    probe($shop);
    isnt($tidied->(), "1\n", 'but after an hour');
    cmp_ok(-s $shop->{state}, '<', $large, 'and the file is smaller');
    is(sql($shop->{state}, 'SELECT count(*) < 10 FROM seen'), "1\n",
        'what is too old has gone');
};

done_testing();

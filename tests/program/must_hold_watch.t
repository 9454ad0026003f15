#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What must hold of the watch, whatever hangs, is full, locked or slow: checks
# start as in a run where nothing does.  Nothing here has a bound in seconds: each
# run is held against a control run on the same machine.
use strict;
use warnings;
use JSON::PP;
use List::Util qw(sum0);
use POSIX ();
use Test::More;
use Assay;
use Receivers;

my $origin = start_origin(raw => ['silent']);
my $hook = start_receiver();
my $url = $origin->http_url('');

sub start_watch {
    my ($file, @more) = @_;
    my $opt = @more && ref $more[-1] eq 'HASH' ? pop @more : {};
    my $port = free_port();
    my $dir = temp_dir('watch');
    return start_peer('watch', [ @{ $opt->{under} || [] }, assay_binary(), 'watch',
            $file, '--listen', "127.0.0.1:$port", '--log-format', 'json', @more ],
        { dir => $dir, facts => { port => $port }, seconds => 40,
          ready => sub { read_file("$dir/err") =~ /checks? (?:is|are) watched/ } });
}

sub metric {
    my ($watch, $name) = @_;
    my $body = http_get($watch->{port}, '/metrics')->{body} || '';
    my ($value) = $body =~ /^\Q$name\E (\S+)$/m;
    return $value;
}

sub checks_of {
    my ($watch) = @_;
    my $body = http_get($watch->{port}, '/api/v1/checks')->{body};
    return @{ (eval { decode_json($body) } || { checks => [] })->{checks} };
}

sub check_of {
    my ($watch, $name) = @_;
    my ($check) = grep { $_->{name} eq $name } checks_of($watch);
    return $check || {};
}

sub says {
    my ($watch, $pattern) = @_;
    return until_true(20, sub { read_file("$watch->{dir}/err") =~ $pattern });
}

# Ends it; its exit code, or undef when it did not end.
sub end_watch {
    my ($watch) = @_;
    my $status;
    kill 'TERM', $watch->{pid};
    until_true(30, sub {
        $status = $? if waitpid($watch->{pid}, POSIX::WNOHANG()) == $watch->{pid};
        return defined $status;
    });
    return defined $status ? $status >> 8 : undef;
}

# What the healthy checks are like when each has run so often.
sub manner {
    my ($watch, $runs) = @_;
    my @well;
    ok(until_true(60, sub {
        @well = grep { $_->{name} =~ /^well/ } checks_of($watch);
        return @well && !grep { $_->{runs} < $runs } @well;
    }), "each has run $runs times");
    return { missed => sum0(map { $_->{missed_slots} } @well),
        bad => scalar(grep { $_->{verdict} ne 'ok' } @well),
        late => metric($watch, 'assay_late_starts_total')
            / (sum0(map { $_->{runs} } checks_of($watch)) || 1),
        latest => metric($watch, 'assay_late_start_max_seconds') };
}

# It is late as in the control run, with what such a machine adds.
sub is_as_good {
    my ($got, $control, $says) = @_;
    is($got->{missed}, $control->{missed}, "$says: none is skipped")
        unless $control->{missed};
    is($got->{bad}, 0, "$says: all are well");
    # of what waits for another one nearly all are late
    cmp_ok($got->{late}, '<=', 2 * $control->{late} + 0.25,
        "$says: no more are late than in the control run");
    note sprintf '%s: %.2f %% late, the latest %.1f ms; control: %.2f %%, %.1f ms',
        $says, 100 * $got->{late}, 1000 * $got->{latest}, 100 * $control->{late},
        1000 * $control->{latest};
    return;
}

sub steps {
    my ($name, $get, @keys) = @_;
    return "  $name:\n    every: 1s\n" . join('', map { "    $_\n" } @keys)
        . "    steps:\n      - get: '$get'\n        timeout: 900ms\n";
}

my $well = "checks:\n" . join '', map { steps("well$_", "$url/reply?body=$_") }
    1 .. 90;
my $silent = $origin->raw_port('silent');
my $dead = steps('dead', 'http://127.0.0.1:1/');
sub alerts {
    my ($to) = @_;
    return "alerts:\n  channels:\n    hook: { webhook: { url: '$to' } }\n"
        . "  rules:\n    down: { when: consecutive(fail) >= 2, on: [dead],"
        . " severity: critical }\n";
}
sub told { return scalar $hook->requests("/$_[0]") }

my $control = do {
    my $watch = start_watch(scenario($well . $dead . alerts($hook->url . '/control')),
        '--state', temp_dir('control') . '/state.db');
    my $got = manner($watch, 5);
    ok(until_true(20, sub { told('control') == 1 }), 'the control run tells');
    is(end_watch($watch), 0, 'and ends well');
    $got;
};

subtest 'checks that hang delay no other' => sub {
    my $watch = start_watch(scenario($well . join '', map {
        steps("hangs$_", "http://127.0.0.1:$silent/$_") } 1 .. 10));
    is_as_good(manner($watch, 6), $control, 'ten of a hundred hang');
    my @hang = grep { $_->{name} =~ /^hangs/ } checks_of($watch);
    is(scalar(grep { $_->{verdict} eq 'failed' } @hang), 10, 'they do hang');
    is(end_watch($watch), 0, 'it ends well');
};

subtest 'a channel that takes its time delays none' => sub {
    $hook->plan({ '/slow' => [ { hang => 30 } ] });
    my $watch = start_watch(scenario($well . $dead . alerts($hook->url . '/slow')),
        '--state', temp_dir('slow') . '/state.db');
    ok(until_true(30, sub { told('slow') > 0 }), 'the channel was asked');
    my $got = manner($watch, 5);
    is(metric($watch, 'assay_outbox_waiting'), 1, 'its answer is still awaited');
    is_as_good($got, $control, 'a channel hangs');
    is(end_watch($watch), 0, 'it ends well');
    is(told('slow'), 1, 'asked once');
};

# ---- the memory fails

# Ends with everything told, as soon as it can be.
sub is_caught_up {
    my ($watch, $name) = @_;
    ok(says($watch, qr/results are taken down again/), "$name: over, it is said");
    ok(until_true(40, sub { told($name) == 1 }), "$name: then it is told");
    is(metric($watch, 'assay_dropped_total{what="results"}'), 0,
        "$name: no result is lost");
    is(end_watch($watch), 0, "$name: it ends well");
    is(told($name), 1, "$name: once");
    return;
}

subtest 'a database that is locked' => sub {
    my $state = temp_dir('locked') . '/state.db';
    my $text = $well . $dead . alerts($hook->url . '/locked');
    # it is locked before it is down, so that nothing is told before
    my $up = $text =~ s{http://127\.0\.0\.1:1/}{$url/reply?body=dead}r;
    my $path = scenario($up, 'locked.yaml');
    my $watch = start_watch($path, '--state', $state);
    ok(until_true(20, sub { (check_of($watch, 'dead')->{runs} || 0) > 0 }), 'it runs');
    my $locker = start_peer('locker', [ 'python3', '-c', <<'PYTHON', $state ], {
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
db.execute('BEGIN IMMEDIATE')
open(sys.argv[1] + '.held', 'w').close()
time.sleep(600)
PYTHON
        ready => sub { -e "$state.held" } });
    write_file($path, $text);
    kill 'HUP', $watch->{pid};
    ok(says($watch, qr/reloaded/), 'what is asked is down now');
    ok(says($watch, qr/results could not be taken down, trying again: [^"]*\\"[^"]*state\.db\\"[^"]*locked/),
        'it is said');
    is_as_good(manner($watch, 8), $control, 'locked');
    is(told('locked'), 0, 'nothing could be told yet');
    stop_peer($locker);
    is_caught_up($watch, 'locked');
};

subtest 'a full disk' => sub {
    my $dir = temp_dir('disk');
    my @own = ('unshare', $> == 0 ? '-m' : '-rm', 'sh', '-c',
        'mount -t tmpfs -o size=3m none "$1" && shift && exec "$@"', 'sh', $dir);
    my $works = run_command(@own, 'true');
    plan skip_all => 'no file system of our own here' if $works->{exit};
    my $text = $well . $dead . alerts($hook->url . '/full');
    my $path = scenario($text =~ s{http://127\.0\.0\.1:1/}{$url/reply?body=dead}r,
        'full.yaml');
    my $watch = start_watch($path, '--state', "$dir/state.db", { under => \@own });
    ok(until_true(20, sub { (check_of($watch, 'dead')->{runs} || 0) > 0 }), 'it runs');
    # its own view of the folder
    my $inside = "/proc/$watch->{pid}/root$dir";
    ok(-e "$inside/state.db", 'its disk is here') or return end_watch($watch);
    my $fill = sub {
        open my $f, '>>', "$inside/full" or return;
        1 while syswrite $f, "\0" x 4096;
        close $f;
    };
    $fill->();
    write_file($path, $text);
    kill 'HUP', $watch->{pid};
    ok(says($watch, qr/reloaded/), 'what is asked is down now');
    ok(until_true(40, sub { $fill->();
        read_file("$watch->{dir}/err") =~ /results could not be taken down[^\n]*no space/ }),
        'it is said');
    is_as_good(manner($watch, 8), $control, 'full');
    cmp_ok(scalar(() = read_file("$watch->{dir}/err") =~ /no space/g), '<=', 20,
        'not again and again: the disk may be that of the log');
    unlink "$inside/full";
    is_caught_up($watch, 'full');
};

subtest 'a state file that cannot be used is told before anything runs' => sub {
    my $state = temp_dir('readonly') . '/state.db';
    my $path = scenario($dead =~ s/\A/checks:\n/r . alerts($hook->url . '/no'));
    run_assay('probe', $path, '--state', $state, '--no-alerts');
    my $run = run_assay('watch', $path, '--state', '/proc/state.db', '--listen',
        'none', { timeout => 30 });
    is($run->{exit}, 4, 'no place for one: exit code');
    like($run->{err}, qr{/proc/state\.db}, 'said');
    write_file("$state.bad", substr(read_file($state), 0, 5000) . 'x' x 20000);
    $run = run_assay('watch', $path, '--state', "$state.bad", '--listen', 'none',
        { timeout => 30 });
    is($run->{exit}, 2, 'a damaged one: exit code');
    like($run->{err}, qr/damaged|begin anew/, 'said, with the remedy');
};

subtest 'a watch that is killed again and again loses and doubles nothing' => sub {
    my $state = temp_dir('killed') . '/state.db';
    my $target = $hook->url . '/target';
    my $text = "checks:\n" . steps('target', $target)
        . (alerts($hook->url . '/killed') =~ s/on: \[dead\], severity: critical/severity: critical, cooldown: 0s/r);
    my $path = scenario($text, 'killed.yaml');
    my ($rng, $n_kills) = ($ENV{ASSAY_SEED} || 7, $ENV{ASSAY_FULL} ? 60 : 10);
    my $watch;
    for my $i (1 .. $n_kills) {
        # the plan is by the number of the request: the last one stays
        $hook->plan({ '/target' => [ { status => $i % 4 < 2 ? 503 : 200 } ] });
        $watch = start_watch($path, '--state', $state);
        until_true(10, sub { (check_of($watch, 'target')->{runs} || 0) >= 2 });
        $rng = ($rng * 1103515245 + 12345) % 2147483648;
        select undef, undef, undef, 0.3 * $rng / 2147483648;
        kill 'KILL', $watch->{pid};
        waitpid $watch->{pid}, 0;
    }
    # what one that is gone had claimed is given back in time
    my $run = run_command('sqlite3', $state, { stdin =>
        'UPDATE letter SET lease_until = 1 WHERE status = 1;'
        . ' UPDATE letter SET not_before = 0 WHERE status = 0;' });
    is($run->{exit}, 0, 'time passes') or diag $run->{err};
    $watch = start_watch($path, '--state', $state);
    ok(until_true(30, sub { (check_of($watch, 'target')->{runs} || 0) >= 2
        && metric($watch, 'assay_outbox_waiting') == 0 }), 'nothing waits');
    is(end_watch($watch), 0, 'it ends well');
    my %told;
    for my $request ($hook->requests('/killed')) {
        $told{"$_->{kind} $_->{episode}"}++
            for @{ decode_json($request->{body})->{notices} };
    }
    my $logged = run_command('sqlite3', $state, { stdin => 'SELECT kind FROM '
        . "entry WHERE kind IN ('firing', 'resolved') ORDER BY id" });
    my @logged = split /\n/, $logged->{out};
    note "$n_kills kills, " . scalar(@logged) . ' notices';
    cmp_ok(scalar @logged, '>', 1, 'it was down and up');
    is(scalar keys %told, scalar @logged, 'each is told');
    is(scalar(grep { $_ > 2 } values %told), 0, 'at most twice');
    is(scalar(grep { $logged[$_] eq $logged[ $_ - 1 ] } 1 .. $#logged), 0,
        'firing and resolved take turns');
};

done_testing();

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# assay watch: the daemon, with real targets, real signals and real readers.
use strict;
use warnings;
use IO::Socket::UNIX;
use IO::Uncompress::Gunzip qw(gunzip);
use JSON::PP;
use List::Util qw(max);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);
use Assay;

my $origin = start_origin(raw => ['silent']);
my $url = $origin->http_url('');
my $token = 'correct-horse-battery';

# A daemon that has its pages: ->{port}, ->{pid}, ->{dir}; ->log gives its
# lines, decoded.
sub start_watch {
    my ($scenario, @more) = @_;
    my $opt = @more && ref $more[-1] eq 'HASH' ? pop @more : {};
    my $port = free_port();
    my $dir = temp_dir('watch');
    my @listen = $opt->{no_listen} ? () : ('--listen', "127.0.0.1:$port");
    return start_peer('watch', [assay_binary(), 'watch', $scenario, @listen,
            '--log-format', 'json', @more], {
        dir => $dir, env => $opt->{env}, cwd => $opt->{cwd},
        facts => { port => $port },
        ready => $opt->{ready} || sub {
            return read_file("$dir/err") =~ /checks? (?:is|are) watched/;
        },
    });
}

sub log_of {
    my ($watch, $file) = @_;
    return map { decode_json($_) }
        grep { /^\{.*\}$/ } split /\n/, read_file($file || "$watch->{dir}/err");
}

sub says {
    my ($watch, $pattern, $seconds) = @_;
    return until_true($seconds || 10, sub {
        return scalar grep { $_->{message} =~ $pattern } log_of($watch);
    });
}

sub page {
    my ($watch, $path, %opt) = @_;
    return http_get($watch->{port}, $path, %opt);
}

sub api { return decode_json(page($_[0], "/api/v1/$_[1]")->{body}) }

sub check_of {
    my ($watch, $name) = @_;
    my ($check) = grep { $_->{name} eq $name } @{ api($watch, 'checks')->{checks} };
    return $check;
}

sub metric {
    my ($watch, $name) = @_;
    my ($value) = page($watch, '/metrics')->{body} =~ /^\Q$name\E (\S+)$/m;
    return $value;
}

# Ends it and gives its exit code.
sub end_watch {
    my ($watch, $signal) = @_;
    kill $signal || 'TERM', $watch->{pid};
    my $status;
    until_true(20, sub {
        return 1 if defined $status;
        $status = $? if waitpid($watch->{pid}, POSIX::WNOHANG()) == $watch->{pid};
        return defined $status;
    });
    return defined $status ? $status >> 8 : undef;
}

sub checks {
    my (%steps) = @_;
    return "checks:\n" . join '', map {
        my ($step, @keys) = ref $steps{$_} ? @{ $steps{$_} } : $steps{$_};
        "  $_:\n    every: 1s\n" . join('', map { "    $_\n" } @keys) .
            "    steps:\n      - $step\n" } sort keys %steps;
}

# ---- the schedule

row 'DA14', 'checks run at their interval, without drift', sub {
    my $watch = start_watch(scenario(checks(
        ready => "get: $url/counter/ready",
        odd => ["get: $url/counter/odd", 'start_offset: 300ms'],
        loose => ["get: $url/counter/loose", 'jitter: 400ms'])),
        '--log-level', 'info');
    ok(until_true(20, sub { check_of($watch, 'ready')->{runs} >= 5 }),
        'five runs');
    my @at = map { $_->{timestamp} =~ /:(\d\d\.\d+)Z/ ? $1 : () }
        grep { ($_->{path} || '') eq '/counter/ready' } log_of($watch);
    my @gaps = map { my $g = $at[$_] - $at[$_ - 1]; $g < 0 ? $g + 60 : $g }
        1 .. $#at;
    ok(@gaps >= 4, 'their times are in the log');
    my $drift = abs(eval { my $s = 0; $s += $_ for @gaps; $s } - @gaps);
    cmp_ok($drift, '<', within(0.5), 'sum of the gaps');
    my $check = check_of($watch, 'ready');
    is($check->{missed_slots}, 0, 'none was missed');
    is($check->{every}, '1s', 'the interval is shown');
    is(end_watch($watch), 0, 'SIGTERM ends it well');
};

row 'FH1', 'start_period, retries and interval in the daemon, as Docker has '
    . 'them', sub {
    my $watch = start_watch(scenario(checks(
        warm => ["get: $url/flaky/warm?fail=3", 'start_period: 20s',
            'retries: { attempts: 1, every: 100ms }'])));
    ok(until_true(15, sub { (check_of($watch, 'warm') || {})->{verdict} eq 'ok' }),
        'failures while it starts do not count');
    is(check_of($watch, 'warm')->{failed_runs}, 0, 'not one');
    end_watch($watch);
};

subtest 'the log says how long it was down' => sub {
    my $watch = start_watch(scenario(checks(site => "get: $url/flaky/was-down?fail=2")));
    ok(says($watch, qr/^check "site" is failed: status 503/, 20), 'that it is');
    ok(says($watch, qr/^check "site" is ok \(it was failed for [1-9].* s\)$/, 20), 'and was');
    end_watch($watch);
};

row 'TX19', 'what hangs keeps no other check waiting, and is asked less often',
    sub {
    my $silent = 'http://127.0.0.1:' . $origin->raw_port('silent') . '/';
    my %steps = (good => "get: $url/reply?body=ok");
    $steps{"hang$_"} = ["get: $silent$_", 'timeout: 500ms'] for 1 .. 5;
    my $watch = start_watch(scenario(checks(%steps)), '--concurrency', '6');
    ok(until_true(30, sub { (check_of($watch, 'hang1') || {})->{backoff_slots} > 1 }),
        'the target that times out is left alone more and more');
    ok(says($watch, qr/keeps timing out: check "hang\d" uses one of/), 'it is said');
    like(page($watch, '/')->{body}, qr/keeps timing out/, 'on the page, too');
    my $good = check_of($watch, 'good');
    is($good->{missed_slots}, 0, 'the other one missed nothing');
    is($good->{backoff_slots}, 1, 'and keeps its schedule');
    cmp_ok(metric($watch, 'assay_late_starts_total'), '<=', 2, 'no late starts');
    ok(defined metric($watch, "assay_$_"), "assay_$_ is told") for
        qw(loop_lag_seconds late_starts_total queue_depth outbox_waiting
           missed_slots_total);
    end_watch($watch);
};

# ---- reload

row 'TX27', 'a reload takes a good scenario and refuses a bad one', sub {
    my $path = scenario(checks(one => "get: $url/reply?body=1",
        two => "get: $url/reply?body=2"), 'reload.yaml');
    my $audit = temp_dir() . '/audit.log';
    my $log = "log: { audit: '$audit' }\n";
    write_file($path, $log . read_file($path));
    my $watch = start_watch($path);
    ok(until_true(10, sub { check_of($watch, 'one')->{runs} >= 2 }), 'it runs');
    write_file($path, $log . checks(one => "get: $url/reply?body=1",
        three => "get: $url/reply?body=3"));
    my $before = check_of($watch, 'one')->{runs};
    kill 'HUP', $watch->{pid};
    ok(says($watch, qr/^reloaded: 2 checks/), 'a good one is taken');
    is_deeply([map { $_->{name} } @{ api($watch, 'checks')->{checks} }],
        ['one', 'three'], 'its checks are there');
    cmp_ok(check_of($watch, 'one')->{runs}, '>=', $before,
        'what is known of a check stays');
    ok(until_true(10, sub { (check_of($watch, 'three')->{runs} || 0) > 0 }),
        'the new one runs');

    write_file($path, "checks:\n  one:\n    evry: 1s\n");
    kill 'HUP', $watch->{pid};
    ok(says($watch, qr/^reload refused/), 'a bad one is refused');
    ok(says($watch, qr/reload\.yaml:3:5: .*did you mean "every"/),
        'with its place and what was meant');
    ok(until_true(10, sub {
        metric($watch, 'assay_config_last_reload_successful') == 0 }),
        'as a number');
    my $runs = check_of($watch, 'three')->{runs};
    ok(until_true(10, sub { check_of($watch, 'three')->{runs} > $runs }),
        'the old one goes on');
    is(end_watch($watch), 0, 'and ends well');
    my @audit = map { decode_json($_) } split /\n/, read_file($audit);
    is_deeply([map { $_->{success} ? 1 : 0 } @audit], [1, 0],
        'DA2: both are in the audit log');
    is_deeply([sort keys %{ $audit[0] }], [qw(action details resource success
        timestamp user)], 'in its form');
};

# ---- the log

row 'CF11', 'the log is opened anew at SIGUSR1, rotates by itself, mode 0640',
    sub {
    my $dir = temp_dir('log');
    my $watch = start_watch(scenario(checks(a => "get: $url/reply?body=a")),
        '--log-file', "$dir/log", { ready => sub {
            -e "$dir/log" && read_file("$dir/log") =~ / watched/ } });
    rename "$dir/log", "$dir/moved";
    kill 'USR1', $watch->{pid};
    ok(until_true(10, sub { -e "$dir/log" &&
        read_file("$dir/log") =~ /opened anew/ }), 'a new file');
    is((stat "$dir/log")[2] & 0777, 0640, 'its mode');
    unlike(read_file("$dir/moved"), qr/opened anew/, 'the moved one is left');
    end_watch($watch);
};

for my $case (['FH11', 3, 0], ['AT3', 5, 0], ['TX7', 5, 0], ['CF12', 30, 1],
    ['DA15', 10, 1]) {
    my ($id, $keep, $packs) = @$case;
    row $id, "files by size, $keep of them" . ($packs ? ', compressed' : ''),
        sub {
        my $dir = temp_dir('rotate');
        my $rotate = "{ size: 1500B, keep: $keep" .
            ($packs ? ', compress_after: 0s, delete_after: 90d' : '') . ' }';
        my $text = "log:\n  file: '$dir/log'\n  errors: '$dir/errors'\n" .
            "  level: debug\n  rotate: $rotate\n" .
            checks(map { ("c$_" => "get: http://127.0.0.1:1/") } 1 .. 12);
        my $watch = start_watch(scenario($text), { ready => sub {
            -e "$dir/log" } });
        my $last = "$dir/log.$keep" . ($packs ? '.gz' : '');
        $last = "$dir/log.2.gz" if $packs;
        ok(until_true(25, sub { -e $last }), 'older files are there');
        ok(until_true(25, sub { -s "$dir/errors" }), 'errors, too');
        is(end_watch($watch), 0, 'it ends well');
        my @files = glob("$dir/log.*");
        cmp_ok(scalar @files, '<=', $keep, 'not more than that');
        cmp_ok(max(map { -s } grep { !/gz$/ } @files, "$dir/log"), '<=', 1500,
            'none is larger');
        if ($packs) {
            my $plain;
            gunzip("$dir/log.2.gz" => \$plain);
            ok(scalar(() = $plain =~ /^\{.*\}$/mg) > 0, 'gzip of whole lines');
        }
        my @errors = log_of(undef, "$dir/errors");
        ok(@errors > 0, 'a second file');
        is(scalar(grep { $_->{level} !~ /ERROR|CRITICAL/ } @errors), 0,
            'of ERROR and above only');
        my ($line) = grep { $_->{function} } log_of(undef, "$dir/log");
        ok($line->{module} && $line->{line}, 'at DEBUG with module and line')
            if $id eq 'TX7';
    };
}

row 'CF8', 'no DEBUG in production', sub {
    my $scenario = scenario("environments: { production: {} }\n" .
        checks(a => "get: $url/reply?body=a"));
    my $watch = start_watch($scenario, '--env', 'production', '--log-level',
        'debug');
    ok(says($watch, qr/level DEBUG is not written/), 'it says so');
    is(scalar(grep { $_->{level} eq 'DEBUG' } log_of($watch)), 0, 'not a line');
    end_watch($watch);
};

for my $id (qw(CF7 FH12 AT4 TX6 DA1)) {
    row $id, 'names of the log', sub {
        my $watch = start_watch(scenario("service: shop-watch\n" .
            checks(slow => "get: $url/reply?delay=1100")),
            { env => { LOG_LEVEL => $id eq 'DA1' ? 'warning' : 'info' },
              no_listen => 1, ready => sub { 1 } });
        ok(says($watch, qr/request is slow/), 'a slow request');
        my ($line) = grep { $_->{message} eq 'request is slow' } log_of($watch);
        is($line->{level}, 'WARNING', 'is a warning');
        is($line->{service}, 'shop-watch', 'service');
        is($line->{environment}, 'development', 'environment');
        like($line->{timestamp}, qr/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/, 'time');
        ok(defined $line->{$_}, $_) for qw(logger request_id method path
            status_code duration_ms);
        is(scalar(grep { $_->{level} eq 'INFO' } log_of($watch)) > 0,
            $id ne 'DA1', 'LOG_LEVEL is honoured');
        end_watch($watch);
    };
}

# One whose standard error is a pipe that nobody reads.
sub start_unread {
    my ($path) = @_;
    pipe my $read, my $write or die;
    my $port = free_port();
    my $pid = fork;
    if ($pid == 0) {
        close $read;
        open STDERR, '>&', $write;
        open STDOUT, '>', '/dev/null';
        exec assay_binary(), 'watch', $path, '--listen', "127.0.0.1:$port",
            '--log-level', 'debug' or POSIX::_exit(127);
    }
    close $write;
    return { pid => $pid, port => $port, pipe => $read };
}

# What it does instead: where each of its threads waits.
sub tell_of {
    my ($watch) = @_;
    for my $task (glob "/proc/$watch->{pid}/task/*") {
        diag join ' ', map { eval { read_file("$task/$_") } || '' } qw(comm wchan);
    }
}

row 'DA17', 'a log that nobody reads delays nothing, and drops are counted',
    sub {
    my $path = scenario(checks(map { ("a$_" => "get: $url/reply?body=$_") }
        1 .. 80));
    my ($watch, $goes_on);
    # a port that was free may be taken by the time it listens: exit code 4
    for (1 .. 3) {
        $watch = start_unread($path);
        my ($gone, $runs) = (0, 0);
        until_true(30, sub {
            $gone = waitpid($watch->{pid}, POSIX::WNOHANG()) == $watch->{pid};
            $runs = (eval { check_of($watch, 'a1') } || {})->{runs} || 0;
            return $gone || $runs >= 6;
        });
        $goes_on = !$gone && $runs >= 6;
        last if !$gone || $? != 4 << 8;
    }
    tell_of($watch) if !$goes_on;
    ok($goes_on, 'checks go on behind a full pipe') or return;
    is(check_of($watch, 'a1')->{missed_slots}, 0, 'none was missed');
    is(end_watch($watch), 0, 'it ends all the same');
};

# ---- the pages

row 'CF35', 'a few words for a dashboard', sub {
    my $watch = start_watch(scenario(checks(good => "get: $url/reply?body=ok",
        bad => 'get: http://127.0.0.1:1/')));
    ok(until_true(10, sub { api($watch, 'status')->{errors_24h} > 0 &&
        check_of($watch, 'good')->{runs} }), 'both ran');
    my $status = api($watch, 'status');
    is($status->{api_status}, 'down', 'api_status');
    like($status->{last_run}, qr/^\d{4}-.*Z$/, 'last_run');
    is($status->{checks}{total}, 2, 'how many checks');
    is(check_of($watch, 'good')->{status_code}, 200, 'what one answered');
    like(check_of($watch, 'bad')->{message}, qr/refused/, 'why one failed');
    end_watch($watch);
};

row 'AT7', 'metrics that Prometheus can scrape', sub {
    my $watch = start_watch(scenario(checks(good => "get: $url/reply?body=ok")));
    ok(until_true(10, sub { check_of($watch, 'good')->{runs} }), 'it ran');
    my $got = page($watch, '/metrics');
    like($got->{headers}, qr{Content-Type: text/plain; version=0\.0\.4}i, 'type');
    for my $name (qw(probe_success probe_duration_seconds
        probe_http_status_code)) {
        like($got->{body}, qr/^$name\{check="good"\} \S+$/m, $name);
    }
    like($got->{body},
        qr/^probe_http_duration_seconds\{check="good",phase="processing"\}/m,
        'phases');
    my $dir = temp_dir();
    my $run = run_command('promtool', 'check', 'metrics',
        { stdin => $got->{body} });
    is($run->{exit}, 0, 'promtool finds nothing') or diag $run->{err};
    end_watch($watch);
};

row 'TX29', 'what the watch itself costs', sub {
    my $watch = start_watch(scenario(checks(good => "get: $url/reply?body=ok")));
    ok(until_true(10, sub { (metric($watch, 'process_cpu_seconds_total') || 0) > 0 }),
        'CPU time');
    cmp_ok(metric($watch, 'process_resident_memory_bytes'), '>', 1 << 20, 'memory');
    ok(until_true(10, sub { metric($watch, 'assay_log_bytes_total') > 0 }),
        'bytes of the log');
    end_watch($watch);
};

row 'TX17', 'loopback, token, read-only', sub {
    my $run = run_assay('watch', scenario(checks(a => "get: $url/")),
        '--listen', '0.0.0.0:0');
    is($run->{exit}, 2, 'open to others without a token: refused');
    like($run->{err}, qr/"token"/, 'and what to write is said');
    my $text = "secrets: [WATCH_TOKEN]\nwatch: { token: '\${secret.WATCH_TOKEN}' }\n";
    my $watch = start_watch(scenario($text . checks(a => "get: $url/ok")),
        '--log-level', 'debug', { env => { WATCH_TOKEN => $token } });
    is(page($watch, '/metrics')->{status}, 401, 'without the token');
    like(page($watch, '/')->{headers}, qr/WWW-Authenticate: Bearer/i, 'how');
    is(page($watch, '/', headers => "Authorization: Bearer nothing\r\n")->{status},
        401, 'with another one');
    my %known = (headers => "Authorization: Bearer $token\r\n");
    is(page($watch, $_, %known)->{status}, 200, "with it: $_") for
        qw(/ /metrics /api/v1/status /api/v1/checks /api/v1/alerts /badge.svg
           /badge/a.json);
    is(page($watch, '/healthz')->{status}, 200, '/healthz needs none');
    is(page($watch, '/', method => $_, %known)->{status}, 405, "$_ is refused")
        for qw(POST PUT DELETE PATCH);
    like(page($watch, '/', method => 'POST', %known)->{headers},
        qr/^Allow: GET, HEAD/mi, 'with what is allowed');
    is(page($watch, '/nothing', %known)->{status}, 404, 'no such page');
    end_watch($watch);
    unlike(read_file("$watch->{dir}/err"), qr/\Q$token\E/,
        'the token is in no log');
};

# ---- what is remembered and told

# A scenario that tells a counter of the origin, and how often it was told.
my $alerts = "alerts:\n  channels:\n    hook: { webhook: { url: " .
    "'$url/counter/HOOK' } }\n  rules:\n    down: { when: " .
    "consecutive(fail) >= 2, severity: critical }\n";
sub told {
    my ($name) = @_;
    my $stats = decode_json(http_get($origin->port, '/stats')->{body});
    return $stats->{paths}{"/counter/$name"} || 0;
}
sub with_alerts { my ($name, %steps) = @_; (my $a = $alerts) =~ s/HOOK/$name/;
    return scenario(checks(%steps) . $a) }

subtest 'what was under way at a reload is judged by the rules of now' => sub {
    my $state = temp_dir('state') . '/state.db';
    my $slow = "checks:\n  slow:\n    every: 5s\n    steps:\n" .
        "      - think: 3s\n      - get: http://127.0.0.1:1/\n";
    (my $old = $alerts) =~ s/HOOK/reload/;
    $old =~ s/>= 2/>= 1/;
    (my $new = $old) =~ s/down:/other:/;
    $new =~ s/>= 1/>= 99/;
    my $path = scenario($slow . $old, 'rules.yaml');
    my $watch = start_watch($path, '--state', $state);
    ok(until_true(20, sub { told('reload') == 1 }), 'it fires');
    # as of each second
    ok(until_true(20, sub { metric($watch, 'assay_checks_active') == $_ }),
        'the next run is under way') for 0, 1;
    write_file($path, $slow . $new);
    my $runs = check_of($watch, 'slow')->{runs};
    kill 'HUP', $watch->{pid};
    ok(says($watch, qr/^reloaded: 1 check\b/), 'the rule is gone');
    ok(until_true(20, sub { check_of($watch, 'slow')->{runs} >= $runs + 2 }),
        'that run ends, and another one');
    end_watch($watch);
    my $log = run_command('sqlite3', $state,
        { stdin => 'SELECT kind, key FROM entry ORDER BY id;' });
    is($log->{out}, "firing|down/slow\nresolved|down/slow\n",
        'it is closed once, and does not fire again');
};

subtest 'an outage is told once, also across kills' => sub {
    my $state = temp_dir('state') . '/state.db';
    my $path = with_alerts('kills', bad => 'get: http://127.0.0.1:1/');
    my $watch = start_watch($path, '--state', $state);
    ok(until_true(20, sub { told('kills') == 1 }), 'somebody is told');
    my ($alert) = @{ api($watch, 'alerts')->{alerts} };
    is($alert->{phase}, 'firing', 'the pages know');
    my $html = page($watch, '/')->{body};
    like($html, qr/http-equiv="refresh" content="60"/, 'a page for people');
    like($html, qr/not observed \d+(?:\.\d+)? %/, 'with what is remembered');
    is(metric($watch, 'assay_alerts_firing'), 1, 'the metrics, too')
        if until_true(5, sub { metric($watch, 'assay_alerts_firing') == 1 });
    my $errors = api($watch, 'status')->{errors_24h};
    for (1 .. 3) {
        kill 'KILL', $watch->{pid};
        waitpid $watch->{pid}, 0;
        $watch = start_watch($path, '--state', $state);
        ok(until_true(15, sub { check_of($watch, 'bad')->{runs} >= 2 }),
            'it goes on behind a kill');
    }
    is(told('kills'), 1, 'nobody is told again');
    ok(until_true(10, sub { api($watch, 'status')->{errors_24h} > $errors }),
        'errors of the last day survive');
    my $second = run_assay('watch', $path, '--state', $state, '--listen', 'none',
        { timeout => 10 });
    is($second->{exit}, 4, 'a second watch on the same state is refused');
    like($second->{err}, qr/another watch/, 'and told why');
    is(end_watch($watch), 0, 'it ends well');
};

subtest 'a locked state file delays no check, and nothing is lost' => sub {
    my $state = temp_dir('locked') . '/state.db';
    my $watch = start_watch(with_alerts('locked',
        bad => 'get: http://127.0.0.1:1/', good => "get: $url/reply?body=ok"),
        '--state', $state);
    ok(until_true(10, sub { check_of($watch, 'good')->{runs} }), 'it runs');
    my $locker = start_peer('locker', ['python3', '-c', <<'PYTHON', $state], {
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
while True:
    try:
        db.execute('BEGIN IMMEDIATE')
        break
    except sqlite3.OperationalError:
        time.sleep(0.01)
open(sys.argv[1] + '.held', 'w').close()
time.sleep(60)
PYTHON
        ready => sub { -e "$state.held" } });
    my $runs = check_of($watch, 'good')->{runs};
    ok(until_true(20, sub { check_of($watch, 'good')->{runs} >= $runs + 5 }),
        'checks go on');
    is(check_of($watch, 'good')->{missed_slots}, 0, 'none was missed');
    is(metric($watch, 'assay_dropped_total{what="results"}'), 0,
        'nothing is dropped');
    ok(until_true(5, sub { metric($watch, 'assay_queue_depth') > 0 }),
        'results wait');
    stop_peer($locker);
    ok(until_true(30, sub { told('locked') == 1 }), 'then they are taken down');
    is(end_watch($watch), 0, 'it ends well');
};

subtest 'a channel that does not answer delays no check' => sub {
    my $silent = $origin->raw_port('silent');
    (my $a = $alerts) =~ s{\Q$url\E/counter/HOOK}{http://127.0.0.1:$silent/};
    my $watch = start_watch(scenario(checks(bad => 'get: http://127.0.0.1:1/',
        good => "get: $url/reply?body=ok") . $a), '--state',
        temp_dir('slow') . '/state.db');
    ok(until_true(15, sub { (metric($watch, 'assay_outbox_waiting') || 0) > 0 }),
        'a notice is under way');
    my $runs = check_of($watch, 'good')->{runs};
    ok(until_true(20, sub { check_of($watch, 'good')->{runs} >= $runs + 4 }),
        'checks go on');
    is(check_of($watch, 'good')->{missed_slots}, 0, 'none was missed');
    my $begin = time;
    is(end_watch($watch), 0, 'it ends well');
    cmp_ok(time - $begin, '<', within(5), 'and soon');
};

# ---- systemd

subtest 'systemd is told, and its watchdog fed' => sub {
    my $dir = temp_dir('notify');
    my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
        Local => "$dir/socket") or die "socket: $!";
    $socket->blocking(0);
    my @told;
    my $hears = sub {
        my ($what) = @_;
        return until_true(10, sub {
            while (defined $socket->recv(my $text, 4096)) { push @told, $text }
            return scalar grep { $_ =~ $what } @told;
        });
    };
    my $watch = start_watch(scenario(checks(a => "get: $url/reply?body=a")),
        { env => { NOTIFY_SOCKET => "$dir/socket",
                   WATCHDOG_USEC => '200000' } });
    ok($hears->(qr/^READY=1$/m), 'READY=1');
    ok($hears->(qr/^STATUS=1 checks? /m), 'and what it does');
    ok($hears->(qr/^WATCHDOG=1$/m), 'WATCHDOG=1');
    my $fed = grep { /WATCHDOG/ } @told;
    ok(until_true(10, sub { $hears->(qr/./);
        $fed + 3 < grep { /WATCHDOG/ } @told }), 'again and again');
    @told = ();
    kill 'HUP', $watch->{pid};
    ok($hears->(qr/^RELOADING=1\nMONOTONIC_USEC=\d+/m), 'RELOADING=1');
    ok($hears->(qr/^READY=1$/m), 'and READY=1 behind it');
    end_watch($watch);
    ok($hears->(qr/^STOPPING=1$/m), 'STOPPING=1');
};

# ---- ends and mistakes

subtest 'it ends soon, whatever hangs' => sub {
    my $silent = 'http://127.0.0.1:' . $origin->raw_port('silent') . '/';
    for my $signal (qw(TERM INT)) {
        my $watch = start_watch(scenario(checks(
            map { ("hang$_" => ["get: $silent", 'timeout: 60s']) } 1 .. 20)));
        until_true(10, sub { metric($watch, 'assay_checks_active') > 0 });
        my $begin = time;
        is(end_watch($watch, $signal), 0, "SIG$signal");
        cmp_ok(time - $begin, '<', within(5), 'soon');
    }
};

subtest 'mistakes are told before anything runs' => sub {
    my $good = checks(a => "get: $url/");
    my @bad = (
        ['no file', ['watch'], qr/name one scenario file/],
        ['from standard input', ['watch', '-'], qr/must be a file/],
        ['no checks', ['watch', scenario("loads: {}\n")], qr/./],
        ['an address that is none', ['watch', scenario($good), '--listen',
            'nowhere'], qr/an address and a port/],
        ['alerts without a memory', ['watch', scenario($good .
            "alerts:\n  rules:\n    down: { when: consecutive(fail) >= 3 }\n")],
            qr/--state/],
        ['rotation of standard error', ['watch', scenario($good),
            '--log-daily'], qr/--log-file/],
        ['rotation without a when', ['watch', scenario($good), '--log-file',
            temp_dir() . '/x', '--log-keep', '3'], qr/--log-size/],
        ['a token that is none', ['watch', scenario("watch: { token: abc }\n"
            . $good)], qr/at least 8/],
    );
    for my $case (@bad) {
        my ($says, $command, $pattern) = @$case;
        my $run = run_assay(@$command, { timeout => 10 });
        is($run->{exit}, 2, $says);
        like($run->{err}, $pattern, "$says: what to do");
    }
    my $run = run_assay('watch', scenario($good), '--log-file', '/proc/no/log');
    is($run->{exit}, 4, 'a log that cannot be opened');
};

subtest 'one-shot runs publish the same' => sub {
    my $dir = temp_dir() . '/public';
    my $run = run_assay('probe', scenario(checks(good => "get: $url/reply?body=ok",
        bad => 'get: http://127.0.0.1:1/')), '--publish', $dir);
    is($run->{exit}, 1, 'its exit code is the run\'s');
    like(read_file("$dir/index.html"), qr/<html.*good/s, 'index.html');
    is(json_file("$dir/status.json")->{api_status}, 'down', 'status.json');
    is(scalar @{ json_file("$dir/checks.json")->{checks} }, 2, 'checks.json');
    is(json_file("$dir/badges/good.json")->{message}, 'up', 'a badge');
    like(read_file("$dir/badge.svg"), qr/^<svg /, 'and its picture');
    $run = run_command('promtool', 'check', 'metrics',
        { stdin => read_file("$dir/metrics.prom") });
    is($run->{exit}, 0, 'metrics.prom') or diag $run->{err};
};

done_testing();

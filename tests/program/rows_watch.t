#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What the five systems need of a watch and have no test elsewhere: several
# places, a small disk, one log for any shipper, numbers for a dashboard.
use strict;
use warnings;
use JSON::PP;
use POSIX ();
use Test::More;
use Assay;
use Receivers;

my $origin = start_origin();
my $url = $origin->http_url('');

# What came to an exec channel: a notice a line.
my $n = 0;
sub told_file { return temp_dir() . '/told' . ++$n }
sub channel { return "    ops: { exec: { command: [/bin/sh, -c, 'cat >> $_[0]; echo >> $_[0]'] } }\n" }

sub told {
    my ($file) = @_;
    return () unless -e $file;
    return map { @{ decode_json($_)->{notices} } }
        grep { /\S/ } split /\n/, read_file($file);
}

sub told_words { return join ' ', map { "$_->{kind}:$_->{rule}" } told($_[0]) }

sub sql {
    my ($file, $text) = @_;
    my $run = run_command('sqlite3', $file, { stdin => $text });
    is($run->{exit}, 0, 'sqlite3') or diag $run->{err};
    return $run->{out};
}

# ---- several places

row 'TX26', 'two of three places must say so' => sub {
    my $dir = temp_dir('places');
    my $told = told_file();
    my $channel = channel($told);
    my $file = sub {
        my ($status) = @_;
        return scenario("name: shop\nchecks:\n  home:\n    steps:\n" .
            "      - get: $url/status/$status\n        expect: { status: 200 }\n" .
            "alerts:\n  channels:\n$channel  rules:\n    down: { when: " .
            "consecutive(fail) >= 1, quorum: 2, severity: critical }\n");
    };
    my %file = (ok => $file->(200), down => $file->(503));
    my $see = sub {
        my ($round, %as) = @_;
        return map {
            run_assay('probe', $file{ $as{$_} }, '--vantage', $_, '--json',
                "$dir/$round-$_.json");
            "$dir/$round-$_.json" } sort keys %as;
    };
    my $take = sub {
        return run_assay('take', @_, '--scenario', $file{ok}, '--state',
            "$dir/state.db");
    };
    my @first = $see->(1, fra => 'down', nyc => 'ok', sgp => 'ok');
    my $run = $take->(@first);
    is($run->{exit}, 0, 'one says down: taken') or diag $run->{err};
    is($run->{out}, "taken: 3; alerts that fire: 0, notices made: 0\n", 'said');
    is(told_words($told), '', 'one of three is not told');

    my @second = $see->(2, fra => 'down', nyc => 'down', sgp => 'ok');
    $run = $take->(reverse @second);
    like($run->{out}, qr/^taken: 3; alerts that fire: 1, notices made: 1$/,
        'two say down');
    is(told_words($told), 'firing:down', 'two of three are, at once');
    $run = $take->(@first, @second);
    like($run->{out}, qr/^taken: 0, known before or too old: 6$/,
        'what was taken before is passed over');
    is(told_words($told), 'firing:down', 'and not told again');

    $run = $take->($see->(3, fra => 'ok', nyc => 'ok', sgp => 'down'));
    is($run->{exit}, 0, 'up again');
    is(told_words($told), 'firing:down resolved:down', 'resolved');
    is(sql("$dir/state.db", "SELECT count(DISTINCT vantage) FROM seen"),
        "3\n", 'each place by its name');
};

row 'TX26', 'a file that is none of ours, and the others' => sub {
    my $dir = temp_dir('bad');
    my $scenario = scenario("name: shop\nchecks:\n  home:\n    steps:\n" .
        "      - get: $url/ok\n");
    my $other = scenario("name: mail\nchecks:\n  home:\n    steps:\n" .
        "      - get: $url/ok\n");
    run_assay('probe', $scenario, '--json', "$dir/good", '--vantage', 'a');
    run_assay('probe', $other, '--json', "$dir/other");
    write_file("$dir/noise", "{\"format\":\"assay-result\",\"version\":1,\x01");
    write_file("$dir/ahead", read_file("$dir/good")
        =~ s/"started_at": "\d{4}/"started_at": "2190/r);
    my ($run_of, $checks_of) = split /(?="checks")/, read_file("$dir/good"), 2;
    write_file("$dir/within", $run_of
        . $checks_of =~ s/"started_at": "\d{4}/"started_at": "2191/r);
    my @state = ('--state', "$dir/db");
    my $run = run_assay('take',
        (map { "$dir/$_" } qw(noise other good ahead within none)),
        '--scenario', $scenario, @state);
    is($run->{exit}, 2, 'with some that are wrong: exit code');
    like($run->{out}, qr/^taken: 1; /, 'the good one is taken');
    like($run->{err}, qr/noise/, 'the noise is named');
    like($run->{err}, qr/other" is a result of "mail", and the scenario is "shop"/,
        'that of another scenario');
    like($run->{err}, qr/ahead" says that its run ended at 2190-.*clock/, 'that of a wrong clock');
    like($run->{err}, qr/within" says that its run ended at 2191-.*clock/,
        'also in one check of it');
    is(sql("$dir/db", 'SELECT count(*) FROM seen'), "1\n", 'once');
    $run = run_assay('take', "$dir/other", '--scenario', $scenario, @state);
    is($run->{exit}, 2, 'only a wrong one: exit code');
    for my $args (["$dir/good", @state], ["$dir/good", '--scenario', $scenario],
        ['--scenario', $scenario, @state]) {
        is(run_assay('take', @$args, { env => { ASSAY_STATE => '' } })->{exit}, 2,
            "usage: @$args[-1]");
    }
};

row 'TX26', 'a run that is not taken down is no silence' => sub {
    my $db = temp_dir() . '/clock.db';
    my $file = scenario("name: shop\nchecks:\n  home:\n    every: 1s\n    steps:\n" .
        "      - get: $url/ok\n");
    is(run_assay('probe', $file, '--state', $db)->{exit}, 0, 'a run');
    # as a clean leaves it whose clock was a year ahead
    sql($db, 'UPDATE scenario SET raw_from_at = ' . (time + 31_536_000)
        . '000000000');
    my $run = run_assay('probe', $file, '--state', $db);
    is($run->{exit}, 4, 'exit code');
    like($run->{err}, qr/clock\.db": what was seen was not taken down: .*is the clock right/,
        'it is said');
    my $watch = start_watch($file, '--state', $db);
    ok(until_true(20, sub { metrics($watch) =~ /^assay_check_runs_total\{check="home"\} [3-9]/m }),
        'the watch goes on');
    stop_peer($watch);
    is(scalar(() = read_file("$watch->{dir}/err") =~ /is the clock right/g), 1,
        'and says it once');
};

# ---- a small disk

row 'AT20', 'a state that only one-shot runs use stays small, at most once an hour' => sub {
    my $db = temp_dir() . '/tidy.db';
    my $file = scenario("name: shop\nstate:\n  keep: { raw: 2h, minute: 3h, " .
        "hour: 24h, day: 24h }\nchecks:\n  home:\n    every: 1m\n    steps:\n" .
        "      - get: $url/ok\n");
    my $probe = sub { return run_assay('probe', $file, '--state', $db,
        '--log-level', 'info', '--log-format', 'json', @_) };
    is($probe->()->{exit}, 0, 'a first run');
    # a year of one a minute would be 500,000: ten days do
    my $fill = sub {
        my ($days, $shift) = @_;
        my $from = (time - $days * 86400) * 1_000_000_000 + $shift;
        sql($db, "WITH RECURSIVE m(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM m "
            . "WHERE i < $days * 1440 - 200) INSERT OR IGNORE INTO seen SELECT "
            . "(SELECT min(id) FROM watched WHERE name = 'home'), $from + "
            . "60000000000 * i, 1, 0, 0, 2, 0, 0, NULL, 1, zeroblob(0), "
            . "zeroblob(300) FROM m;");
        return sql($db, 'SELECT count(*) FROM seen');
    };
    my $many = $fill->(10, 0);
    my $before = -s $db;
    $probe->();
    cmp_ok(sql($db, 'SELECT count(*) FROM seen'), '>', $many, 'not within the hour');
    sql($db, "UPDATE note SET body = body - 3600000000000 WHERE name = 'state.tidied'");
    my $run = $probe->();
    is($run->{exit}, 0, 'an hour later');
    like($run->{err}, qr/cleaned .*tidy\.db.*: \d+ rows removed, \d+ bytes/, 'it is said');
    cmp_ok(sql($db, 'SELECT count(*) FROM seen'), '<', 500, 'what is old is gone');
    cmp_ok(-s $db, '<', $before / 5, 'and the file is small');
    # again and again: it does not grow
    my $small = -s $db;
    for my $round (1 .. 3) {
        $fill->(3, $round);
        sql($db, "UPDATE note SET body = body - 3600000000000 WHERE name = 'state.tidied'");
        $probe->();
    }
    cmp_ok(-s $db, '<', 3 * $small + 100_000, 'nor does it grow with time');
    ok(!-e "$db-wal" || -s "$db-wal" == 0, 'nothing beside it');
};

# A daemon that is ready.
sub start_watch {
    my ($scenario, @more) = @_;
    my $opt = @more && ref $more[-1] eq 'HASH' ? pop @more : {};
    my $port = free_port();
    my $dir = temp_dir('watch');
    return start_peer('watch', [assay_binary(), 'watch', $scenario, '--listen',
            "127.0.0.1:$port", @more], {
        dir => $dir, facts => { port => $port },
        ready => $opt->{ready} || sub {
            return read_file("$dir/err") =~ /checks? (?:is|are) watched/;
        },
    });
}

sub metrics { return http_get($_[0]->{port}, '/metrics')->{body} }

sub checks_of {
    my (%steps) = @_;
    return "checks:\n" . join '', map { "  $_:\n    every: 1s\n    steps:\n" .
        "      - $steps{$_}\n" } sort keys %steps;
}

row 'AT20', 'what the watch takes on the disk is a number' => sub {
    my $db = temp_dir() . '/watch.db';
    my $watch = start_watch(scenario(checks_of(a => "get: $url/ok")), '--state', $db);
    my $bytes = until_true(20, sub {
        return metrics($watch) =~ /^assay_state_bytes (\d+)$/m && $1 });
    cmp_ok($bytes, '>=', -s $db, 'the state with its log');
    like(metrics($watch), qr/^assay_log_bytes_total \d+$/m, 'bytes of the log');
    stop_peer($watch);
};

# ---- one log for any shipper

for my $id (qw(CF13 AT21)) {
    row $id, 'the log is one JSON object a line on standard error, with no agent' => sub {
        my $watch = start_watch(scenario(checks_of(a => "get: $url/ok",
            b => "get: $url/status/500")), '--log-level', 'debug');
        until_true(20, sub { metrics($watch) =~ /^assay_check_runs_total\{check="b"\} [2-9]/m });
        stop_peer($watch);
        my @lines = split /\n/, read_file("$watch->{dir}/err");
        cmp_ok(scalar @lines, '>', 5, 'lines');
        my @records = map { eval { decode_json($_) } } @lines;
        is(scalar(grep { ref eq 'HASH' } @records), scalar @lines,
            'each of them is an object') or diag grep { !/^\{/ } @lines;
        for my $name (qw(timestamp level logger message service environment)) {
            is(scalar(grep { !defined $_->{$name} } @records), 0, "each has $name");
        }
        like(read_file("$watch->{dir}/out"), qr/\A(?:\{.*\}\n)*\z/,
            'nothing else on standard output');
        # a one-shot run, as from cron
        my $run = run_assay('probe', scenario(checks_of(a => "get: $url/status/500")),
            '--log-level', 'debug', '-q');
        my @all = grep { /\S/ } split /\n/, $run->{err};
        cmp_ok(scalar @all, '>', 0, 'a one-shot run logs');
        is(scalar(grep { !eval { decode_json($_) } } @all), 0, 'in the same form')
            or diag $run->{err};
    };
}

# ---- numbers for a dashboard

row 'TX15', 'what the panels of a dashboard need is exported' => sub {
    my $dir = temp_dir('publish');
    my $body = $origin->json({ status => 'ok', cache => { hits => 90, misses => 10 } });
    my $file = scenario("name: tux\nchecks:\n  api:\n    every: 1s\n    steps:\n" .
        "      - get: '$body'\n        series: { cache_hits: \$.cache.hits }\n");
    my $run = run_assay('probe', $file, '--state', "$dir/db", '--publish', $dir);
    is($run->{exit}, 0, 'a one-shot run') or diag $run->{err};
    my $watch = start_watch($file, '--state', "$dir/watch.db");
    until_true(20, sub { metrics($watch) =~ /^assay_check_runs_total\{check="api"\} [2-9]/m });
    my %page = (watch => metrics($watch), publish => read_file("$dir/metrics.prom"));
    stop_peer($watch);
    for my $where (sort keys %page) {
        like($page{$where}, qr/^$_\{check="api"\} [0-9.e+-]+$/m, "$where: $_") for
            qw(probe_success probe_duration_seconds probe_http_status_code
               assay_check_last_run_timestamp_seconds);
        like($page{$where}, qr/^probe_http_duration_seconds\{check="api",phase="$_"\} /m,
            "$where: phase $_") for qw(resolve connect processing transfer);
        is(run_command('promtool', 'check', 'metrics', { stdin => $page{$where} })->{exit},
            0, "$where: promtool takes it");
    }
    # a rate is the increase of a counter, errors over all a ratio of two
    like($page{watch}, qr/^# TYPE $_ counter$/m, "$_ is a counter") for
        qw(assay_check_runs_total assay_check_failed_runs_total assay_notices_sent_total);
};

row 'DA18', 'response times and error rates of own requests, and numbers of the answer' => sub {
    my $db = temp_dir() . '/rules.db';
    my $told = told_file();
    my $file = sub {
        my ($delay, $status, $query_ms, $hits) = @_;
        my $body = $origin->json({ db_ms => $query_ms, hits => $hits },
            delay => $delay, status => $status);
        return scenario("name: dermai\nchecks:\n  api:\n    steps:\n" .
            "      - get: '$body'\n        expect: { status: [200, 500] }\n" .
            "        series:\n          db_time: { json: \$.db_ms, unit: ms }\n" .
            "          cache_hits: \$.hits\n" .
            "alerts:\n  channels:\n" . channel($told) . "  rules:\n" .
            "    slow: { when: 'max(latency, 1h) > 300ms', severity: warning }\n" .
            "    errors: { when: 'ratio(5xx, 1h) > 30%', severity: error }\n" .
            "    queries: { when: value(db_time) > 100ms, severity: warning }\n" .
            "    cache: { when: value(cache_hits) < 50, severity: info }\n");
    };
    my $see = sub {
        my $run = run_assay('probe', $file->(@_), '--state', $db);
        diag $run->{err} if $run->{err};
    };
    $see->(0, 200, 5, 90) for 1 .. 2;
    is(told_words($told), '', 'all is well');
    $see->(400, 200, 5, 90);
    is(told_words($told), 'firing:slow', 'a slow answer');
    $see->(0, 200, 250, 20);
    is(join(' ', sort split / /, told_words($told)),
        'firing:cache firing:queries firing:slow', 'what the answer says of others');
    $see->(0, 500, 5, 90) for 1 .. 2;
    my $words = told_words($told);
    like($words, qr/firing:errors/, 'two of six failed');
    my ($notice) = grep { $_->{rule} eq 'errors' } told($told);
    like($notice->{message}, qr/33/, 'with the number');
};

# ---- privacy, and who may read what is on the way

row 'TX16', 'what is remembered holds no personal data, and not for ever' => sub {
    my $db = temp_dir() . '/privacy.db';
    my $tux = start_receiver();
    $tux->plan({ '/me' => [{ status => 500, body => encode_json({
        user => 'jane.doe@example.org', phone => '+49 170 1234567',
        password => 'hunter2hunter2', token => 'abcd1234efgh' }) }] });
    my $file = scenario("name: tux\nstate:\n  keep: { raw: 1h, minute: 1h, hour: 24h, " .
        "day: 24h }\nchecks:\n  api:\n    every: 1m\n    steps:\n      - get: " . $tux->url .
        "/me\n        expect: { status: 500, json: { \$.user: nobody } }\n" .
        "alerts:\n  channels:\n" . channel(told_file()) .
        "  rules:\n    down: { when: consecutive(fail) >= 1 }\n");
    my $run = run_assay('probe', $file, '--state', $db);
    is($run->{exit}, 1, 'it fails, and says why');
    my $all = join '', map { read_file($_) } grep { -e } $db, "$db-wal";
    for my $part ('jane.doe', '1234567', 'hunter2', 'abcd1234efgh') {
        ok(index($all, $part) < 0, "no \"$part\" in a byte of the state");
    }
    ok(index($all, '[email]') >= 0, 'a mark in its place');
    # of everything that has an age: two days pass
    my $day = 2 * 86400 * 1_000_000_000;
    sql($db, "UPDATE seen SET at = at - $day; UPDATE entry SET at = at - $day; "
        . "UPDATE run SET started_at = started_at - $day; UPDATE letter SET made_at = made_at - $day;");
    is(run_assay('report', 'clean', '--state', $db)->{exit}, 0, 'cleaned');
    is(sql($db, "SELECT count(*) FROM $_"), "0\n", "$_ is forgotten") for qw(seen entry run letter);
};

row 'TX18', 'notices go under TLS' => sub {
    my $rules = "  rules:\n    down: { when: consecutive(fail) >= 1, cooldown: 0s }\n";
    my $top = "name: shop\nchecks:\n  home:\n    steps:\n      - get: $url/status/503\n" .
        "        expect: { status: 200 }\nalerts:\n  channels:\n";
    my $lint = run_assay('lint', scenario("$top    far: { webhook: { url: 'http://hooks.example.org/x' } }\n" .
        "    user: { webhook: { url: 'http://a:b\@[2001:db8::1]:80/x' } }\n" .
        "    near: { webhook: { url: 'http://[::1]:80/x' } }\n" .
        "    also: { webhook: { url: 'HTTP://localhost/x' } }\n" .
        "    safe: { webhook: { url: 'https://hooks.example.org/x' } }\n$rules"));
    my @clear = $lint->{err} =~ /notices to channel "(\w+)" go to (\S+) in clear/g;
    is("@clear", 'far hooks.example.org user [2001:db8::1]',
        'in clear only to this machine') or diag $lint->{err};
    # a certificate that nobody vouches for: nothing is sent
    my $tls = start_origin(tls => 1);
    my $file = scenario("$top    hook: { webhook: { url: '" .
        $tls->https_url('/reply') . "' } }\n$rules");
    my $db = temp_dir() . '/tls.db';
    run_assay('probe', $file, '--state', $db, '--deadline', '2s');
    my $tries = json_ok(run_assay('report', 'notices', '--state', $db, '--json', '-'));
    ok(@{ $tries->{tries} } > 0, 'it was tried');
    like($tries->{tries}[0]{detail}, qr/tls-untrusted: .*not trusted/, 'and refused for its certificate')
        or diag explain $tries->{tries};
    is(@{ $tries->{waiting} }, 1, 'it waits');
    $db = temp_dir() . '/tls-good.db';
    run_assay('probe', $file, '--state', $db, { env => { SSL_CERT_FILE => $tls->ca } });
    $tries = json_ok(run_assay('report', 'notices', '--state', $db, '--json', '-'));
    is($tries->{tries}[0]{status}, 'sent', 'one that is vouched for is taken')
        or diag explain $tries->{tries};
};

# ---- a container's checks

row 'CF6', 'interval, timeout, retries and start period of a container' => sub {
    my $api = sub {
        my ($path, $more) = @_;
        return scenario("checks:\n  fastapi:\n    every: 30s\n    timeout: 10s\n" .
            "    retries: { attempts: 3, every: 50ms }\n$more    steps:\n" .
            "      - get: $url$path\n        expect: { status: 200 }\n");
    };
    my $look = sub {
        my $run = run_assay('probe', $api->(@_), '--json', '-');
        my ($check) = @{ json_ok($run)->{checks} };
        return ($run->{exit}, $check->{verdict}, scalar @{ $check->{attempts} });
    };
    is_deeply([$look->('/flaky/two?fail=2', '')], [0, 'flaky', 3],
        'two failures of three are forgiven');
    is_deeply([$look->('/flaky/three?fail=3', '')], [1, 'failed', 3], 'three are not');
    my $watch = start_watch(scenario("checks:\n  fastapi:\n    every: 1s\n" .
        "    timeout: 10s\n    start_period: 60s\n    steps:\n" .
        "      - get: $url/flaky/start?fail=2\n        expect: { status: 200 }\n"));
    ok(until_true(20, sub { metrics($watch) =~ /^probe_success\{check="fastapi"\} 1$/m }),
        'it comes up');
    like(metrics($watch), qr/^assay_check_failed_runs_total\{check="fastapi"\} 0$/m,
        'what failed in the start period does not count');
    stop_peer($watch);
};

row 'CF6', 'mc ready: MinIO is asked until its cluster has quorum' => sub {
    my $minio = start_receiver();
    my $path = '/minio/health/cluster';
    my $file = sub {
        my ($for) = @_;
        return scenario("checks:\n  minio:\n    timeout: 30s\n    steps:\n      - wait:\n" .
            "          - minio: " . $minio->url . "\n            probe: cluster\n" .
            "        for: $for\n        every: 50ms\n");
    };
    $minio->plan({ $path => [{ status => 503 }, { status => 503 }, { status => 200 }] });
    my $run = run_assay('probe', $file->('20s'));
    is($run->{exit}, 0, 'ready at last') or diag $run->{out};
    is(scalar(my @asked = $minio->requests($path)), 3, 'asked until it was');
    $minio->plan({ $path => [{ status => 503 }] });
    $run = run_assay('probe', $file->('500ms'));
    is($run->{exit}, 1, 'and one that never is fails');
    like($run->{out}, qr/minio/, 'by name');
};

done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The health endpoints of the five systems, row by row, good and broken.  Five
# of them answer 200 while they are broken; each must be caught.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use Assay;

my $origin = start_origin();
my $json = JSON::PP->new->canonical;

# A check of one health step against a body that the origin gives.
sub health {
    my ($shape, $body, %more) = @_;
    my $text = ref $body ? $json->encode($body) : $body;
    my $url = $origin->reply(body => $text, status => $more{status} || 200,
        type => $more{type} || (ref $body ? 'application/json' : 'text/plain'));
    my $keys = $more{keys} || '';
    my $path = scenario("checks:\n  health:\n    severity: critical\n" .
        "    steps:\n      - health: '$url'\n" .
        ($shape ? "        shape: $shape\n" : '') . $keys);
    my $run = run_assay('probe', $path, '--json', '-');
    my $result = eval { decode_json($run->{out}) };
    diag($run->{err}, $run->{out}) if !$result;
    my $check = $result->{checks}[0];
    my %part = map { my $e = $_; (my $n = $e->{subject}) =~ s/^part //;
        ($n => $e) } grep { $_->{part} }
        @{ $check->{steps}[0]{expectations} || [] };
    return { exit => $run->{exit}, check => $check, part => \%part,
        step => $check->{steps}[0], result => $result };
}

sub holds {
    my ($name, @args) = @_;
    my $seen = health(@args);
    is($seen->{exit}, 0, "$name holds") or diag explain $seen->{step};
    return $seen;
}

sub fails {
    my ($name, $part, @args) = @_;
    my $seen = health(@args);
    is($seen->{exit}, 1, "$name fails") or diag explain $seen->{step};
    ok($seen->{part}{$part} && !$seen->{part}{$part}{ok},
        "$name: part $part says so") or diag explain $seen->{part};
    return $seen;
}

sub fh {
    my (%change) = @_;
    my $body = { status => 'healthy', version => '1.4.2', checks => {
        database => { status => 'healthy' }, redis => { status => 'healthy' },
        celery => { status => 'healthy', workers => 2 },
        disk => { status => 'healthy', free_gb => 41.5 } } };
    $body->{status} = delete $change{overall} if exists $change{overall};
    $body->{checks}{$_} = $change{$_} for keys %change;
    return $body;
}

row 'FH6', 'a body of checks is judged part by part, also on a 503', sub {
    my $seen = holds('all healthy', 'checks', fh());
    ok($seen->{part}{$_}{ok}, "$_ is a result of its own")
        for qw(database redis celery disk);
    my $body = fh(overall => 'unhealthy', database => {
        status => 'unhealthy', error => 'connection refused' });
    $seen = fails('database down', 'database', 'checks', $body, status => 503);
    like($json->encode($seen->{part}{database}), qr/connection refused/,
        'the error text is kept');
    ok($seen->{part}{redis}{ok}, 'the others are judged all the same');
};

row 'FH7', 'a full disk that answers 200 healthy is caught', sub {
    my $seen = fails('disk full', 'disk', 'checks',
        fh(disk => { status => 'unhealthy', free_gb => 0.4 }));
    is($seen->{step}{status}, 200, 'although the status was 200');
    $seen = health('checks', fh(disk => { status => 'healthy',
        free_gb => 0.4 }));
    is($seen->{exit}, 1, 'the number counts too');
};

row 'FH8', 'the worst part decides, not the overall word', sub {
    my $seen = fails('overall word overwritten', 'database', 'checks',
        fh(overall => 'degraded', database => { status => 'unhealthy' },
            redis => { status => 'unhealthy' }), status => 503);
    is($seen->{check}{worst}, 'critical', 'severity of the worst part');
};

row 'FH9', 'no workers means degraded', sub {
    fails('none active', 'celery', 'checks', fh(overall => 'degraded',
        celery => { status => 'unhealthy', error => 'No workers active' }),
        status => 503);
    my $seen = health('checks', fh(celery => { status => 'healthy',
        workers => 0 }));
    is($seen->{exit}, 1, 'a count of 0 is not enough');
};

row 'FH10', 'the version is recorded, and may be demanded', sub {
    my $seen = holds('any version', 'checks', fh());
    like($json->encode($seen->{step}), qr/1\.4\.2/, 'recorded');
    holds('the right one', 'checks', fh(), keys => "        version: 1.4.2\n");
    is(health('checks', fh(), keys => "        version: 1.5.0\n")->{exit}, 1,
        'another one fails');
};

row 'FH13', 'a plain text health page', sub {
    holds('healthy', 'text', "healthy\n");
    is(health('text', "healthy\nwarning: disk\n")->{exit}, 1,
        'exactly that text');
    my $url = $origin->reply(body => "healthy\n", type => 'text/plain');
    my $path = scenario("checks:\n  a:\n    steps:\n      - get: '$url'\n" .
        "        expect:\n          status: 200\n          headers: " .
        "{ Content-Type: { starts_with: text/plain } }\n" .
        "          body: \"healthy\\n\"\n");
    is(run_assay('probe', $path)->{exit}, 0, 'status, type and exact body');
};

row 'CF1', 'liveness with a version', sub {
    holds('ok', 'liveness', { status => 'ok', version => '1.0.0' });
    is(health('liveness', { status => 'ok', version => 'latest' })->{exit}, 1,
        'the version must be one');
    is(health('liveness', { status => 'down', version => '1.0.0' })->{exit},
        1, 'the status must be ok');
};

for my $id ('CF2', 'CF3') {
    row $id, 'status with a latency', sub {
        my $seen = holds('ok', 'latency', { status => 'ok',
            latency_ms => 5 });
        like($json->encode($seen->{step}{expectations}), qr/\b5\b/,
            'the latency is recorded');
        is(health('latency', { status => 'ok' })->{exit}, 1,
            'it must be there');
        is(health('latency', { status => 'ok', latency_ms => 90 },
            keys => "        bounds: { \$.latency_ms: { lt: 50 } }\n")
            ->{exit}, 1, 'it may be bounded');
    };
}

row 'CF4', 'a list of buckets', sub {
    my $want = "        expect: { json: { '\$.buckets': { any: " .
        "{ eq: uploads } } } }\n";
    is(health('buckets', { status => 'ok', buckets => ['uploads'] },
        keys => $want)->{exit}, 0, 'uploads is there');
    is(health('buckets', { status => 'ok', buckets => ['other'] },
        keys => $want)->{exit}, 1, 'uploads is missing');
    is(health('buckets', { status => 'ok', buckets => [] })->{exit}, 1,
        'no bucket at all');
};

row 'CF5', 'services whose names nobody knows in advance', sub {
    my $seen = holds('all ok', 'services', { status => 'ok', services =>
        { database => 'ok', redis => 'ok', xyzzy => 'ok' } });
    ok($seen->{part}{xyzzy}, 'an unknown part has a result of its own');
    fails('an unknown one is down', 'xyzzy', 'services', { status => 'ok',
        services => { database => 'ok', xyzzy => 'error' } });
    fails('an unknown word is not ok', 'redis', 'services', { status => 'ok',
        services => { redis => 'flummoxed' } });
    is(health('services', { status => 'ok', services => {} })->{exit}, 1,
        'no service at all is not ok');
};

row 'AT1', 'the shortest health body', sub {
    holds('ok', 'status', { status => 'ok' });
    is(health('status', { status => 'error' })->{exit}, 1, 'error');
    is(health('status', { state => 'fine' })->{exit}, 1, 'no status');
    is(health('status', '<html>ok</html>')->{exit}, 1, 'no JSON');
};

sub tux {
    my (%change) = @_;
    my $body = { status => 'healthy', timestamp => time, services => {
        database => { status => 'healthy', response_time => 'fast' },
        cache => { status => 'healthy' },
        string_propagation => { status => 'healthy' },
        workspace_isolation => { status => 'healthy' } } };
    $body->{timestamp} += delete $change{skew} if exists $change{skew};
    $body->{status} = delete $change{overall} if exists $change{overall};
    $body->{services}{$_} = { status => $change{$_}, error => 'x' }
        for keys %change;
    return $body;
}

row 'TX1', 'services with a timestamp that must be fresh', sub {
    holds('fresh', 'services-timestamp', tux());
    is(health('services-timestamp', tux(skew => -600))->{exit}, 1,
        'a stale page');
    is(health('services-timestamp', tux(skew => 600))->{exit}, 1,
        'a clock ahead');
    holds('a wider bound', 'services-timestamp', tux(skew => -600),
        keys => "        max_age: 20m\n");
    fails('database', 'database', 'services-timestamp',
        tux(overall => 'unhealthy', database => 'unhealthy'), status => 503);
};

row 'TX2', 'a dead cache that answers 200 healthy is caught', sub {
    for my $part (qw(cache string_propagation workspace_isolation)) {
        my $seen = fails($part, $part, 'services-timestamp',
            tux($part => 'unhealthy'));
        is($seen->{step}{status}, 200, "$part: although the status was 200");
    }
};

row 'TX3', 'readiness: both states, and starting within its period', sub {
    holds('ready', 'ready', { status => 'ready' });
    my $seen = health('ready', { status => 'not_ready' }, status => 503);
    is($seen->{step}{outcome}, 'starting', 'not_ready is starting');
    isnt($seen->{exit}, 0, 'and not ok');
    my $name = "up$$";
    my $path = scenario("checks:\n  a:\n    start_period: 20s\n" .
        "    retries: { attempts: 1, every: 200ms }\n    steps:\n" .
        "      - health: '" . $origin->http_url(
            "/sequence/$name?list=503,503,200&type=application/json") .
        "'\n");
    my $run = run_assay('probe', $path, '--json', '-');
    my $check = decode_json($run->{out})->{checks}[0];
    cmp_ok(scalar @{ $check->{attempts} }, '>', 1,
        'it is tried again inside its start period');
    is($check->{attempts}[0]{verdict}, 'starting',
        'a failure inside it does not count');
};

row 'TX4', 'liveness', sub {
    holds('alive', 'alive', { status => 'alive' });
    is(health('alive', { status => 'dead' })->{exit}, 1, 'dead');
};

row 'DA4', 'a system that is not healthy and answers 200 is caught', sub {
    my %good = (cpu => 12.5, memory_percent => 40, disk_percent => 50,
        healthy => JSON::PP::true);
    my $seen = holds('healthy', 'system', { %good });
    like($json->encode($seen->{step}{expectations}), qr/12\.5/, 'recorded');
    $seen = health('system', { %good, cpu => 93,
        healthy => JSON::PP::false });
    is($seen->{exit}, 1, 'not healthy');
    is($seen->{step}{status}, 200, 'although the status was 200');
    is(health('system', { %good, $_->[0] => $_->[1] })->{exit}, 1,
        "$_->[0] of $_->[1]") for ['cpu', 80], ['memory_percent', 85],
        ['disk_percent', 90];
};

row 'DA5', 'a database that is not healthy and answers 200 is caught', sub {
    holds('healthy', 'pool', { status => 'healthy',
        connections => { size => 5, checkedout => 1 } });
    is(health('pool', { status => 'unhealthy', error => 'timeout' })->{exit},
        1, 'unhealthy');
    is(health('pool', { status => 'healthy',
        connections => { size => 5, checkedout => 5 } })->{exit}, 1,
        'the pool is exhausted');
    my $url = $origin->json({ connections => { size => 5, checkedout => 5 } });
    my $path = scenario("checks:\n  a:\n    steps:\n      - get: '$url'\n" .
        "        expect: { json: { \$.connections.checkedout: " .
        "{ lt: { path: \$.connections.size } } } }\n");
    my $run = run_assay('probe', $path);
    is($run->{exit}, 1, 'two paths of one body, by hand');
    like($run->{out}, qr/\$\.connections\.size/, 'the message names both');
};

row 'CF34', 'metrics as JSON', sub {
    my $body = { users => { total => 5, active_today => 1 },
        bookings => { pending => 0, today => 2 },
        donations => { total_amount => 10, today_count => 1 },
        system => { uptime_seconds => 99, version => '1.0.0' } };
    is(health('metrics', $body)->{exit}, 0, 'as documented');
    is(health('metrics', {})->{exit}, 1, 'nothing in it');
};

subtest 'no shape named: every part is found all the same' => sub {
    holds('checks', '', fh());
    fails('disk', 'disk', '', fh(disk => { status => 'unhealthy' }));
    fails('cache', 'cache', '', tux(cache => 'unhealthy'));
    holds('a word', '', "ok\n");
    is(health('', { colour => 'blue' })->{exit}, 1,
        'a body without any status');
};

row 'CF32', 'a MinIO server that is offline and answers 200 is caught', sub {
    my $minio = sub {
        my ($keys, %reply) = @_;
        my $server = start_nginx('location /minio/health/ { ' .
            ($reply{status} && $reply{status} != 200
                ? "add_header X-Minio-Server-Status $reply{word} always; "
                . "return $reply{status};"
                : "add_header X-Minio-Server-Status $reply{word} always; "
                . 'return 200;') . ' }');
        my $path = scenario("checks:\n  a:\n    steps:\n      - minio: " .
            $server->url . "\n$keys");
        my $run = run_assay('probe', $path, '--json', '-');
        $server->stop;
        return ($run->{exit}, $run->{out});
    };
    my ($exit) = $minio->('', word => 'online');
    is($exit, 0, 'online');
    ($exit, my $out) = $minio->('', word => 'offline');
    is($exit, 1, 'offline');
    like($out, qr/offline/, 'the word is shown');
    ($exit) = $minio->("        probe: cluster\n", word => 'online',
        status => 503);
    is($exit, 1, 'no quorum');
    ($exit, $out) = $minio->("        probe: cluster\n" .
        "        maintenance: true\n", word => 'online', status => 412);
    is($exit, 1, 'maintenance would lose it');
    like($out, qr/quorum/, 'and says so');
};

row 'FH14', 'two different 503s behind nginx are told apart', sub {
    my $port = free_port();
    my $dead = free_port();
    my $conf = sub {
        my ($upstream) = @_;
        return 'location /health { access_log off; default_type text/plain; ' .
            "return 200 \"healthy\\n\"; }\n" .
            "location /ready { access_log off; proxy_pass $upstream; " .
            'proxy_connect_timeout 5s; proxy_read_timeout 10s; ' .
            "error_page 502 503 504 = \@fallback; }\n" .
            'location @fallback { default_type text/plain; ' .
            'return 503 "not ready"; }';
    };
    my $check = sub {
        my ($url) = @_;
        my $path = scenario("checks:\n  ready:\n    steps:\n" .
            "      - health: $url\n        shape: proxied-ready\n" .
            "        timeout: 16s\n");
        my $run = run_assay('probe', $path, '--json', '-');
        return (decode_json($run->{out})->{checks}[0], $run->{exit});
    };
    my $gone = start_nginx($conf->("http://127.0.0.1:$dead/health/"));
    my ($seen, $exit) = $check->($gone->url('/ready'));
    is($exit, 1, 'backend unreachable: fails');
    my $unreachable = $seen->{message};
    like($unreachable, qr/not ready|reach/i, 'and says that it is not reached');

    my $body = url_encode($json->encode(fh(overall => 'unhealthy',
        database => { status => 'unhealthy', error => 'no connection' })));
    my $sick = start_nginx($conf->($origin->http_url(
        "/reply?status=503&type=application/json&body=$body")));
    ($seen, $exit) = $check->($sick->url('/ready'));
    is($exit, 1, 'backend unhealthy: fails');
    isnt($seen->{message}, $unreachable, 'and says something else');
    like($json->encode($seen), qr/no connection/, 'with the part that failed');

    my $path = scenario("checks:\n  a:\n    steps:\n      - get: " .
        $sick->url('/health') . "\n        expect:\n          status: 200\n" .
        "          headers: { Content-Type: { starts_with: text/plain } }\n" .
        "          body: \"healthy\\n\"\n");
    is(run_assay('probe', $path)->{exit}, 0, 'FH13 on real nginx');
};

done_testing();

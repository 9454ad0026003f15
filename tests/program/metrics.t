#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Pages of metrics and numbers of bodies: read, judged, kept.  What Prometheus
# itself serves is read whole, and promtool holds the same opinion of a table
# of good and bad pages.
use strict;
use warnings;
use Test::More;
use Assay;
use Steps;

my $origin = start_origin();
my $text = 'text/plain; version=0.0.4; charset=utf-8';
my $open = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

sub page {
    my ($body, %more) = @_;
    return $origin->reply(body => $body, type => $more{type} || $text, %more);
}

# What a step kept: { NAME => { LABELS => VALUE } }, a bound behind the labels.
sub kept {
    my ($step) = @_;
    my %kept;
    for my $k (@{ $step->{kept} || [] }) {
        my $at = ($k->{labels} || '') . (defined $k->{bound} ? "<$k->{bound}"
            : $k->{kind} eq 'bucket' || $k->{kind} eq 'quantile' ? '<0' : '');
        $kept{ $k->{name} }{$at} = $k->{kind} eq 'text' ? $k->{text}
                                                        : $k->{value};
    }
    return \%kept;
}

sub kinds {
    my ($step) = @_;
    return { map { $_->{name} => $_->{kind} } @{ $step->{kept} || [] } };
}

sub row_of {
    my ($step, $subject) = @_;
    my ($found) = grep { $_->{subject} eq $subject }
        @{ $step->{expectations} || [] };
    return $found || {};
}

# ---- the systems

my $financehub = <<'PAGE';
# HELP http_requests_total Requests by method, endpoint and status.
# TYPE http_requests_total counter
http_requests_total{method="GET",endpoint="/api/accounts",status="200"} 1027
http_requests_total{method="GET",endpoint="/api/accounts",status="500"} 3
http_requests_total{method="POST",endpoint="/api/accounts",status="503"} 4
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{method="GET",endpoint="/",le="0.01"} 5
http_request_duration_seconds_bucket{method="GET",endpoint="/",le="2.5"} 30
http_request_duration_seconds_bucket{method="GET",endpoint="/",le="+Inf"} 31
http_request_duration_seconds_sum{method="GET",endpoint="/"} 12.25
http_request_duration_seconds_count{method="GET",endpoint="/"} 31
# TYPE active_users gauge
active_users 42
PAGE

row 'FH15', 'counters, a histogram and a gauge of a page are kept', sub {
    my $seen = probe({ page => [{ metrics => page($financehub),
        keep => { requests => 'http_requests_total',
            errors => 'http_requests_total{status=~"5.."}',
            duration => 'http_request_duration_seconds',
            users => 'active_users' },
        expect => { metrics => {
            'http_requests_total{status=~"5.."}' => { le => 7 },
            'http_requests_total' => { eq => 1034, length => 3,
                each => { gt => 0 } },
            'http_request_duration_seconds_count' => { ge => 31 },
            active_users => 42 } } }] });
    judged($seen, [page => 'ok']);
    my $step = step($seen, 'page');
    my $kept = kept($step);
    is_deeply($kept->{errors}, {
        '{endpoint="/api/accounts",method="GET",status="500"}' => 3,
        '{endpoint="/api/accounts",method="POST",status="503"}' => 4,
    }, 'each series by its labels, sorted');
    is(scalar keys %{ $kept->{requests} }, 3, 'all of a name');
    is_deeply($kept->{duration}, {
        '{endpoint="/",method="GET"}<0.01' => 5,
        '{endpoint="/",method="GET"}<2.5' => 30,
        '{endpoint="/",method="GET"}<+Inf' => 31,
    }, 'the buckets of a histogram by the name of its family');
    is_deeply(kinds($step), { requests => 'counter', errors => 'counter',
        duration => 'bucket', users => 'gauge' }, 'by their type');
    is(row_of($step, 'active_users')->{seen}, '42', 'the value is evidence');
    is(row_of($step, 'exposition')->{seen}, '9 samples', 'and their number');
};

row 'TX9', 'any counter, gauge, histogram and summary quantile', sub {
    my $tux = <<'PAGE';
# TYPE tux_string_generations_total counter
tux_string_generations_total{workspace="1"} 17
# TYPE tux_propagation_jobs_total counter
tux_propagation_jobs_total{status="ok"} 5
tux_propagation_jobs_total{status="error"} 1
# TYPE tux_propagation_duration_seconds summary
tux_propagation_duration_seconds{quantile="0.5"} 0.25
tux_propagation_duration_seconds{quantile="0.95"} 1.5
tux_propagation_duration_seconds{quantile="0.99"} NaN
tux_propagation_duration_seconds_sum 8
tux_propagation_duration_seconds_count 6
# TYPE tux_workspace_active_users gauge
tux_workspace_active_users 3
# TYPE tux_dimension_catalog_queries_total counter
tux_dimension_catalog_queries_total{cache_hit="true"} 90
tux_dimension_catalog_queries_total{cache_hit="false"} 10
PAGE
    my $seen = probe({ page => [{ metrics => page($tux),
        keep => { jobs => 'tux_propagation_jobs_total{status="error"}',
            duration => 'tux_propagation_duration_seconds',
            users => 'tux_workspace_active_users',
            cache => '{__name__=~"tux_.*_queries_total",cache_hit!="false"}' },
        expect => { metrics => {
            'tux_propagation_duration_seconds{quantile="0.95"}' =>
                { lt => 2 },
            'tux_propagation_jobs_total{status="error"}' => { lt => 2 },
        } } }] });
    judged($seen, [page => 'ok']);
    my $kept = kept(step($seen, 'page'));
    is_deeply($kept->{duration}, { '<0.5' => 0.25, '<0.95' => 1.5 },
        'quantiles that are numbers');
    is_deeply($kept->{cache}, { '{cache_hit="true"}' => 90 },
        'by a pattern over the name');
    is_deeply($kept->{jobs}, { '{status="error"}' => 1 }, 'a counter');
};

row 'AT8', 'rates and quantiles of exposed metrics have what they need', sub {
    my $seen = probe({ page => [{ metrics => page($financehub),
        keep => { connections => { select => 'pg_stat_activity_count',
            required => false }, latency => 'http_request_duration_seconds' } }] });
    judged($seen, [page => 'ok']);
    my $row = row_of(step($seen, 'page'), 'series connections');
    ok($row->{ok}, 'what is not there is said and does not fail');
    like($row->{note}, qr/pg_stat_activity_count: it is not there/, 'by name');
    $seen = probe({ page => [{ metrics => page($financehub),
        keep => { connections => { select => 'pg_stat_activity_count',
            required => true } } }] });
    judged($seen, [page => 'expect', qr/series connections nothing/]);
};

row 'CF2', 'latency_ms of a health body is a series', sub {
    my $seen = probe({ db => [{
        get => $origin->json({ status => 'ok', latency_ms => 5 }),
        series => { db_latency => { json => '$.latency_ms', unit => 'ms' },
            raw => '$.latency_ms' },
        expect => { json => { '$.status' => 'ok',
            '$.latency_ms' => { lt => 100 } } } }] });
    judged($seen, [db => 'ok']);
    is_deeply(kept(step($seen, 'db')), { db_latency => { '' => 0.005 },
        raw => { '' => 5 } }, 'as it is, and in seconds');
};

row 'CF3', 'and so is that of the cache, in a health step', sub {
    my $seen = probe({ redis => [{
        health => $origin->json({ status => 'ok', latency_ms => 2 }),
        series => { redis_latency => '$.latency_ms' } }] });
    judged($seen, [redis => 'ok']);
    is_deeply(kept(step($seen, 'redis')), { redis_latency => { '' => 2 } },
        'kept');
};

row 'CF34', 'numbers of any path, and a version that may change', sub {
    my $body = { users => { total => 120, active_today => 17 },
        bookings => { pending => 3, today => 5 },
        donations => { total_amount => 1250000.5, today_count => 2 },
        system => { uptime_seconds => 86400, version => '1.4.2' } };
    my $seen = probe({ metrics => [{ get => $origin->json($body),
        series => { users => '$.users.*', amount => '$.donations.total_amount',
            uptime => { json => '$.system.uptime_seconds', kind => 'counter' },
            version => '$.system.version', gone => '$.system.load',
            text => { json => '$.users.total', kind => 'text' } } }] });
    judged($seen, [metrics => 'ok']);
    my $step = step($seen, 'metrics');
    is_deeply(kept($step), {
        users => { q({path="$['users']['active_today']"}) => 17,
            q({path="$['users']['total']"}) => 120 },
        amount => { '' => 1250000.5 }, uptime => { '' => 86400 },
        version => { '' => '1.4.2' }, text => { '' => '120' },
    }, 'all of them');
    is(kinds($step)->{uptime}, 'counter', 'as what it was said to be');
    is(kinds($step)->{version}, 'text', 'a text is a text');
    like(row_of($step, 'series gone')->{note}, qr/\$\.system\.load: it is not/,
        'what is not there is said');
};

row 'CF22', 'the share of a full disk is a gauge', sub {
    my $seen = probe({ disk => [{
        get => $origin->json({ disk_percent => 87.5, full => JSON::PP::true }),
        series => { disk => '$.disk_percent', full => '$.full' } }] });
    judged($seen, [disk => 'ok']);
    is_deeply(kept(step($seen, 'disk')), { disk => { '' => 87.5 },
        full => { '' => 1 } }, 'kept as written; true is 1');
};

row 'DA3', 'a header is a series in seconds', sub {
    my $seen = probe({ a => [{
        get => $origin->http_url('/x-process-time?seconds=0.125'),
        series => { process => { header => 'X-Process-Time', unit => 's' },
            missing => { header => 'X-None' } } }] });
    judged($seen, [a => 'ok']);
    is_deeply(kept(step($seen, 'a')), { process => { '' => 0.125 } }, 'kept');
};

row 'DA4', 'cpu, memory and disk are three series', sub {
    my $seen = probe({ system => [{
        get => $origin->json({ cpu => 12.5, memory_percent => 61,
            disk_percent => 40, healthy => JSON::PP::true }),
        series => { cpu => '$.cpu', memory => '$.memory_percent',
            disk => '$.disk_percent' },
        expect => { json => { '$.healthy' => JSON::PP::true } } }] });
    judged($seen, [system => 'ok']);
    is_deeply(kept(step($seen, 'system')), { cpu => { '' => 12.5 },
        memory => { '' => 61 }, disk => { '' => 40 } }, 'kept');
};

row 'DA5', 'two numbers of one body are of one sample', sub {
    my $seen = probe({ pool => [{
        get => $origin->json({ status => 'healthy',
            connections => { size => 5, checkedout => 5 } }),
        series => { size => '$.connections.size',
            checkedout => '$.connections.checkedout' },
        expect => { json => { '$.connections.checkedout' =>
            { lt => { path => '$.connections.size' } } } } }] });
    judged($seen, [pool => 'expect', qr/checkedout 5/]);
    is_deeply(kept(step($seen, 'pool')), { size => { '' => 5 },
        checkedout => { '' => 5 } }, 'kept although the check failed');
};

row 'DA6', 'a page that a JSON framework quoted is said to be one', sub {
    my $quoted = JSON::PP->new->allow_nonref->encode($financehub);
    my $seen = probe({
        quoted => [{ metrics => page($quoted, type => 'application/json') }],
        json => [{ metrics => $origin->json({ users => 5 }) }],
        html => [{ metrics => page('<html></html>', type => 'text/html') }],
        empty => [{ metrics => page('') }],
        broken => [{ metrics => page("a 1\nb{x=\"1} 2\n") }],
        refused => [{ metrics => page('no', status => 503) }],
    });
    judged($seen,
        [quoted => 'expect', qr/JSON string that holds exposition text: the handler returns the text through a JSON encoder/],
        [json => 'expect', qr/is JSON, not exposition text.*"series"/],
        [html => 'expect', qr/HTML or XML, not exposition text/],
        [empty => 'expect', qr/the body is empty/],
        [broken => 'expect', qr/line 2, column 5: this value is not closed/],
        [refused => 'status', qr/503/]);
};

# ---- judging

subtest 'what the selectors find is judged' => sub {
    my $m = page($financehub);
    my $one = sub { [{ metrics => $m, expect => { metrics => { @_ } } }] };
    my $seen = probe({
        sum => $one->('http_requests_total{status=~"5.."}' => { lt => 7 }),
        each => $one->('http_requests_total' => { each => { lt => 1000 } }),
        any => $one->('http_requests_total{status="500"}' =>
            { any => { gt => 2 } }),
        none => $one->('http_requests_total' => { none => { gt => 1000 } }),
        absent => $one->(nothing => { gt => 0 }),
        gone => $one->(nothing => { exists => false }),
        there => $one->(active_users => { exists => false }),
        bucket => $one->('http_request_duration_seconds' => { lt => 1 }),
        one => $one->('http_request_duration_seconds_bucket{le="2.5"}' => 30),
    });
    judged($seen,
        [sum => 'expect', qr/status=~"5\.\."\} 7, expected less than 7/],
        [each => 'expect', qr/2 of 3 hold; .*status="200".* is 1027/],
        [any => 'ok'], [none => 'expect'],
        [absent => 'expect', qr/nothing nothing, expected more than 0/],
        [gone => 'ok'], [there => 'expect'],
        [bucket => 'expect', qr/a histogram has no one value/],
        [one => 'ok']);
};

subtest 'OpenMetrics is asked for and read' => sub {
    my $seen = probe({ a => [{ metrics => $origin->http_url('/echo') }],
        b => [{ metrics => $origin->http_url('/echo'),
            headers => { accept => 'text/plain' } }] });
    like(step($seen, 'a')->{excerpt}, qr{application/openmetrics-text}, 'asked');
    unlike(step($seen, 'b')->{excerpt}, qr{application/openmetrics-text},
        'unless something else is');
    my $body = <<'PAGE';
# TYPE requests counter
# UNIT requests_seconds seconds
# EOF
PAGE
    $seen = probe({
        ok => [{ metrics => page(<<'PAGE', type => $open),
# TYPE requests counter
# HELP requests All of them.
requests_total{path="a\"b\\c\nd"} 17 1700000000.5 # {trace_id="abc"} 0.5 1700000000
requests_created{path="a\"b\\c\nd"} 1600000000
# TYPE ready stateset
ready{ready="a"} 1
# TYPE build info
build_info{version="1"} 1
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
wait_seconds_bucket{le="1.0"} 2 # {} 0.5
wait_seconds_bucket{le="+Inf"} 3
wait_seconds_count 3
wait_seconds_sum 4.5
# EOF
PAGE
            keep => { requests => 'requests', wait => 'wait_seconds',
                build => 'build' } }],
        unit => [{ metrics => page($body, type => $open) }],
        cut => [{ metrics => page("a 1\n", type => $open) }],
        more => [{ metrics => page("a 1\n# EOF\nb 1\n", type => $open) }],
        total => [{ metrics => page("# TYPE a counter\na 1\n# EOF\n",
            type => $open) }],
        apart => [{ metrics => page(
            "# TYPE a gauge\na{x=\"1\"} 1\n# TYPE b gauge\nb 1\n" .
            "a{x=\"2\"} 1\n# EOF\n", type => $open) }],
    });
    judged($seen, [ok => 'ok'],
        [unit => 'ok'],
        [cut => 'expect', qr/no # EOF at the end/],
        [more => 'expect', qr/more behind # EOF/],
        [total => 'expect', qr/is a counter, whose samples end in _total/],
        [apart => 'expect', qr/stands apart from its family/]);
    my $kept = kept(step($seen, 'ok'));
    is_deeply($kept, { requests => { '{path="a\"b\\\\c\nd"}' => 17 },
        wait => { '<1' => 2, '<+Inf' => 3 },
        build => { '{version="1"}' => 1 } }, 'kept');
};

# ---- Prometheus's own opinion

sub promtool {
    my ($body) = @_;
    my $run = run_command('promtool', 'check', 'metrics',
        { stdin => $body, timeout => 20 });
    # 3: it can be read, and its style is not liked
    return $run->{exit} == 0 || $run->{exit} == 3 ? 1 : 0;
}

subtest 'promtool holds the same opinion' => sub {
    my @pages = (
        "a 1\n", "a{} 1\n", "a{b=\"c\"} 1\n", "a{b=\"c\",} 1\n",
        "a { b = \"c\" , d = \"e\" } 1\n", "a{b=\"c\"}1\n", "a 1 1700000000000\n",
        "a 1 -5\n", "a +Inf\n", "a -Inf\n", "a NaN\n", "a nan\n",
        "a 1e3\n", "a .5\n", "a 5.\n", "a +5\n", "a 0x10\n", "a 1_000\n",
        "a 1e999\n", "a\n", "a b\n", "a 1 b\n", "a 1 2 3\n", "a 1 1.5\n",
        "1a 1\n", "a-b 1\n", "a{1b=\"c\"} 1\n", "a{b=c} 1\n", "a{b} 1\n",
        "a{b=\"c\" 1\n", "a{b=\"c} 1\n", "a{b=\"c\"d=\"e\"} 1\n",
        "a{b=\"\\n\\\\\\\"\"} 1\n", "a{b=\"\\t\"} 1\n", "a{b=\"c\",b=\"d\"} 1\n",
        "a 1", "", "\n\n", "# a comment\n", "#\n", "#a\na 1\n", " a 1\n",
        "\ta\t1\n", "# HELP a b\\n\\\\c\n", "# HELP a b\\d\n", "# HELP\n",
        "# HELP a\n", "# TYPE a\n", "# TYPE a counter\na 1\n",
        "# TYPE a COUNTER\na 1\n", "# TYPE a other\na 1\n",
        "# TYPE a untyped\na 1\n", "# TYPE a gauge\n# TYPE a gauge\na 1\n",
        "a 1\n# TYPE a gauge\n", "# HELP a b\n# HELP a b\na 1\n",
        "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1\n" .
            "a_sum 1\na_count 1\n",
        "# TYPE a histogram\na_bucket{le=\"x\"} 1\n",
        "# TYPE a summary\na{quantile=\"0.5\"} 1\na_sum 1\na_count 1\n",
        "# TYPE a summary\na{quantile=\"x\"} 1\n", "a{b=\"\xff\"} 1\n",
        "a{b=\"\xc3\xa9\"} 1\n", "\xc3\xa9 1\n", "a 1\n\nb 2\n",
        "a:b:c 1\n", "_ 1\n", "a{__x__=\"1\"} 1\n", "a\r\n", "a 1\r\n",
        "{a=\"b\"} 1\n", "a{b=\"c\n\"} 1\n", "a 1\nb",
    );
    my %checks = map { ("p$_" => [{ metrics => page($pages[$_]) }]) }
        0 .. $#pages;
    my $seen = probe(\%checks);
    for my $i (0 .. $#pages) {
        my $step = step($seen, "p$i");
        # a page without any sample is nothing to monitor
        my $message = $step->{message} || '';
        my $ours = $step->{outcome} eq 'ok' || $message =~ /is empty/ ? 1 : 0;
        (my $shown = $pages[$i]) =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ge;
        is($ours, promtool($pages[$i]), $shown) or diag $message;
    }
};

subtest 'what Prometheus and its exporters serve' => sub {
    my $dir = temp_dir('prometheus');
    my ($port, $blackbox) = (free_port(), free_port());
    write_file("$dir/p.yml", "global: { scrape_interval: 1s }\n" .
        "scrape_configs:\n  - job_name: self\n    static_configs:\n" .
        "      - targets: ['127.0.0.1:$port']\n");
    my $answers = sub {
        my ($at, $path) = @_;
        return sub { (http_get($at, $path)->{status} || 0) == 200 };
    };
    my $prometheus = start_peer('prometheus', [ '/usr/bin/prometheus',
            "--config.file=$dir/p.yml", "--storage.tsdb.path=$dir/data",
            "--web.listen-address=127.0.0.1:$port", '--log.level=error' ],
        { dir => $dir, seconds => 40, ready => $answers->($port, '/-/ready') });
    my $exporter = start_peer('blackbox', [ '/usr/bin/prometheus-blackbox-exporter',
            '--config.file=/etc/prometheus/blackbox.yml',
            "--web.listen-address=127.0.0.1:$blackbox" ],
        { seconds => 20, ready => $answers->($blackbox, '/metrics') });
    my $target = url_encode($origin->http_url('/ok'));
    my $seen = probe({
        prometheus => [{ metrics => "http://127.0.0.1:$port/metrics",
            keep => { requests => 'prometheus_http_requests_total',
                duration => 'prometheus_http_request_duration_seconds',
                gc => 'go_gc_duration_seconds', info => 'prometheus_build_info' },
            expect => { metrics => {
                'prometheus_build_info' => 1,
                'go_goroutines' => { gt => 1 },
                'prometheus_http_requests_total{code="999"}' =>
                    { exists => false } } } }],
        as_text => [{ metrics => "http://127.0.0.1:$port/metrics",
            headers => { Accept => 'text/plain;version=0.0.4' },
            expect => { metrics => { prometheus_build_info => 1 } } }],
        blackbox => [{
            metrics => "http://127.0.0.1:$blackbox/probe?target=$target&module=http_2xx",
            keep => { phases => 'probe_http_duration_seconds' },
            expect => { metrics => { probe_success => 1,
                probe_http_duration_seconds => { length => 5,
                    each => { lt => 5 } } } } }],
        own => [{ metrics => "http://127.0.0.1:$blackbox/metrics" }],
    });
    judged($seen, map { [ $_ => 'ok' ] } qw(prometheus as_text blackbox own));
    my $step = step($seen, 'prometheus');
    is_deeply(kinds($step), { requests => 'counter', duration => 'bucket',
        gc => 'quantile', info => 'gauge' }, 'kinds');
    is(scalar keys %{ kept(step($seen, 'blackbox'))->{phases} }, 5,
        'the phases of a probe');
};

subtest 'what the client library of Python serves as OpenMetrics' => sub {
    my $port = free_port();
    my $served = start_peer('client', [ '/usr/bin/python3', '-c', <<'PYTHON', $port ],
import sys, time
from prometheus_client import (start_http_server, Counter, Gauge, Histogram,
                               Summary, Info, Enum)
c = Counter('jobs', 'Jobs, "quoted" and \\ more.', ['state'])
c.labels('ok "1"\n\\').inc(3, exemplar={'trace_id': 'abc'})
Gauge('depth_bytes', 'Depth.', unit='bytes').set(-1.5)
h = Histogram('took_seconds', 'Took.', buckets=(0.1, 1))
h.observe(0.05, exemplar={'trace_id': 'def'})
h.observe(5)
Summary('size', 'Size.').observe(7)
Info('build', 'Build.').info({'version': '1.2'})
Enum('phase', 'Phase.', states=['up', 'down']).state('up')
start_http_server(int(sys.argv[1]), '127.0.0.1')
time.sleep(300)
PYTHON
        { ready => sub {
            (http_get($port, '/metrics')->{status} || 0) == 200 } });
    my $seen = probe({ a => [{ metrics => "http://127.0.0.1:$port/metrics",
        keep => { jobs => 'jobs', took => 'took_seconds', phase => 'phase',
            size => 'size_sum', build => 'build_info', depth => 'depth_bytes' },
        expect => { headers => { 'Content-Type' =>
                    { contains => 'openmetrics' } },
            metrics => { jobs_total => 3, took_seconds_count => 2 } } }] });
    judged($seen, [a => 'ok']);
    is_deeply(kept(step($seen, 'a')), {
        jobs => { '{state="ok \"1\"\n\\\\"}' => 3 },
        took => { '<0.1' => 1, '<1' => 1, '<+Inf' => 2 },
        phase => { '{phase="up"}' => 1, '{phase="down"}' => 0 },
        size => { '' => 7 }, build => { '{version="1.2"}' => 1 },
        depth => { '' => -1.5 },
    }, 'kept');
};

subtest 'the shipped examples' => sub {
    my %env = (API => $origin->http_url);
    for my $name (qw(metrics series exec)) {
        is(run_assay('lint', "scenarios/examples/$name.yaml",
            { env => \%env })->{exit}, 0, "$name: lint");
    }
};

times_add_up();
done_testing();

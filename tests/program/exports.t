#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The forms of a result that other systems read: each is read back by the system
# itself, and what it then says is what the result said.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use Test::More;
use Assay;
use Loads;

my $o = start_origin();
my $dir = temp_dir('exports');
my $npm = run_command('sh', 'tests/npm.sh', { timeout => 240 });
is($npm->{exit}, 0, 'the judges of npm are there') or diag $npm->{err};
my ($python) = grep { -x } '/usr/bin/python3', '/usr/local/bin/python3';

# ---- one run, with two steps that fail in known ways, and a hostile name ------

my %form = (prometheus => 'prom', openmetrics => 'om', influx => 'lp',
    otlp => 'otlp.json', csv => 'csv', 'csv-percentiles' => 'percentiles.csv',
    'hdr-log' => 'hlog');
my %file = map { $_ => "$dir/run.$form{$_}" } keys %form;
my $odd = qq(odd "name", a=b \\ c\\);
my $run;
for (1 .. 4) {
    $run = load_file({
        booking => {
            flow => flow_of(
                { name => 'list', get => $o->http_url(
                    '/sequence/list?list=200,200,200,404&cycle=1&delay=2'),
                  expect => { status => 200 } },
                { name => 'book', post => $o->http_url(
                    '/sequence/book?list=200,200,500,502,200&cycle=1&delay=5'),
                  expect => { status => 200 } }),
            limits => ['p50(latency) < 1m', 'count(5xx) < 1'],
            users => { count => 4, iterations => 400 } },
        $odd => {
            flow => flow_of($o->http_url('/reply?body=x')),
            users => { count => 2, iterations => 300 } } },
        { name => 'exports, "a=b"', args => ['--csv', $file{csv}, map {
            ("--$_", $file{$_}) } grep { $_ ne 'csv' } sort keys %file] });
    last if $run->{exit} != 4;    # this machine was too busy, it says
}
is($run->{exit}, 1, 'the run, in which a limit is crossed') or diag $run->{err};
my %load = %{ $run->{loads} };
my %step = map { $_->{name} => $_ } @{ $load{booking}{steps} };
my $nano = 1e9;

subtest 'a stored result says the same' => sub {
    my %again = map { $_ => "$dir/again.$form{$_}" } keys %form;
    my $report = run_assay('report', $run->{file},
        map { ("--$_", $again{$_}) } sort keys %again);
    is($report->{exit}, 1, 'exit code') or diag $report->{err};
    for my $name (sort keys %form) {
        ok(-s $file{$name}, "--$name wrote something");
        ok(read_file($again{$name}) eq read_file($file{$name}),
            "--$name is the same from the file");
    }
};

# ---- Prometheus: promtool, and a server that scrapes both forms ---------------

subtest 'promtool finds nothing to say' => sub {
    my $lint = run_command('promtool', 'check', 'metrics',
        { stdin => read_file($file{prometheus}) });
    is($lint->{exit}, 0, 'exit code');
    is($lint->{out} . $lint->{err}, '', 'no complaint');
    my $read = run_command($python, 'tests/tool/openmetrics_judge.py',
        { stdin => read_file($file{openmetrics}) });
    is($read->{exit}, 0, 'the strict parser of OpenMetrics takes the other')
        or diag $read->{err};
    like($read->{out}, qr/^\d\d+ \d\d\d+$/, 'all of it');
};

my %page = (
    '/prom' => ['text/plain; version=0.0.4', read_file($file{prometheus})],
    '/om' => ['application/openmetrics-text; version=1.0.0; charset=utf-8',
        read_file($file{openmetrics})],
);

sub serve_pages {
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8,
        ReuseAddr => 1) or die "cannot listen: $!\n";
    my $port = $listener->sockport;
    my $pid = fork;
    defined $pid or die "cannot fork: $!\n";
    return ($pid, $port) if $pid;
    $SIG{TERM} = 'DEFAULT';
    while (my $peer = $listener->accept) {
        my ($path) = (<$peer> || '') =~ /^GET (\S+)/;
        while (defined(my $line = <$peer>)) { last if $line =~ /^\r?\n/ }
        my $page = $page{ $path || '' };
        print {$peer} "HTTP/1.1 200 OK\r\nContent-Type: $page->[0]\r\n"
            . 'Content-Length: ' . length($page->[1])
            . "\r\nConnection: close\r\n\r\n$page->[1]" if $page;
        close $peer;
    }
    POSIX::_exit(0);
}

# What a server answers, by curl, which unpacks it.
sub ask {
    my ($url, @args) = @_;
    my $got = run_command('curl', '-sS', '--max-time', within(20), @args, $url);
    return $got->{exit} == 0 ? $got->{out} : '';
}

sub ask_json { return eval { decode_json(ask(@_)) } || {} }

my ($server, $page_port) = serve_pages();
my $prom_port = free_port();
my $prom_dir = temp_dir('prometheus');
write_file("$prom_dir/prometheus.yml", "global: { scrape_interval: 1s }\n"
    . "scrape_configs:\n" . join '', map {
    "  - { job_name: $_, metrics_path: /$_, static_configs: [{ targets: "
    . "['127.0.0.1:$page_port'] }] }\n" } qw(prom om));
my $prometheus = start_peer('prometheus', ['prometheus',
        "--config.file=$prom_dir/prometheus.yml",
        "--storage.tsdb.path=$prom_dir/data",
        "--web.listen-address=127.0.0.1:$prom_port", '--log.level=warn'],
    { dir => $prom_dir, seconds => 60,
      ready => sub { (http_get($prom_port, '/-/ready')->{status} || 0) == 200 } });

# { what $by says of a series => its value }
sub query {
    my ($expr, $by) = @_;
    my $answer = ask_json("http://127.0.0.1:$prom_port/api/v1/query?query="
        . url_encode($expr));
    return { map { ($by ? $_->{metric}{$by} || '' : '') => 0 + $_->{value}[1] }
        @{ $answer->{data}{result} || [] } };
}

sub near {
    my ($got, $want, $share, $what) = @_;
    ok(defined $got && abs($got - $want) <= $share * $want, $what)
        or diag sprintf '%s, want %s', $got // 'nothing', $want;
}

for my $job (qw(prom om)) {
    until_true(within(60), sub {
        my $up = query("up{job=\"$job\"}");
        my $is = query("assay_run_exit_code{job=\"$job\"}");
        return ($up->{''} || 0) == 1 && %$is;
    });
    subtest "prometheus reads /$job" => sub {
        my $in = "job=\"$job\"";
        is_deeply(query("assay_run_exit_code{$in,scenario='exports, \"a=b\"'}"),
            { '' => 1 }, 'the exit code, by the name of the scenario');
        is_deeply(query("assay_load_verdict_info{$in}", 'load'),
            { booking => 1, $odd => 1 }, 'the names of the loads');
        is_deeply(query("assay_load_limit_held{$in,load='booking'}", 'limit'),
            { 'p50(latency) < 1m' => 1, 'count(5xx) < 1' => 0 }, 'limits');
        is_deeply(query("sum(assay_load_arrivals_total{$in}) by (load)",
                'load'), { map { $_ => $load{$_}{accounting}{planned} }
                keys %load }, 'outcomes add up to the plan');
        for my $name (keys %load) {
            my $of = "$in,load='" . ($name =~ s/(['\\])/\\$1/gr) . q(');
            my $want = $load{$name}{service_ns};
            is(query("assay_load_service_seconds_count{$of}")->{''},
                $want->{count}, "$name: count");
            near(query("assay_load_service_seconds_sum{$of} / "
                    . "assay_load_service_seconds_count{$of}")->{''},
                $want->{mean} / $nano, 1e-6, "$name: mean");
            near(query("assay_load_service_quantile_seconds{$of,q='0.9'}")->{''},
                $want->{p90} / $nano, 1e-9, "$name: p90 as it was told");
            next if $job eq 'prom';
            # buckets are 9 % wide, and ranks differ by one
            near(query("histogram_quantile(0.5, "
                    . "assay_load_service_seconds_bucket{$of})")->{''},
                $want->{p50} / $nano, 0.1, "$name: p50 from the buckets");
        }
    };
}

sub quantiles_of {
    my ($step) = @_;
    return { map { $_ => query('assay_load_step_latency_quantile_seconds'
        . "{job='om',step='$step',q='$_'}")->{''} } qw(0.5 0.95) };
}

row 'CF33', 'p50, p95, p99 and 4xx, 5xx per endpoint, in Prometheus' => sub {
    my $in = q(job='prom');
    for my $name (qw(list book)) {
        my $of = "$in,step='$name'";
        my $want = $step{$name};
        is(query("assay_load_step_error_answers_total{$of,class='4xx'}")->{''},
            $want->{status_4xx} || 0, "$name: 4xx");
        is(query("assay_load_step_error_answers_total{$of,class='5xx'}")->{''},
            $want->{status_5xx} || 0, "$name: 5xx");
        is_deeply(query("assay_load_step_answers_total{$of}", 'status'),
            counts($want->{statuses}), "$name: each status");
        is_deeply(query("assay_load_step_requests_total{$of}", 'outcome'),
            counts($want->{outcomes}), "$name: each outcome");
        is_deeply(query("assay_load_step_info{$of}", 'method'),
            { $want->{method} => 1 }, "$name: its method");
        my $seen = quantiles_of($name);
        near($seen->{'0.5'}, $want->{latency_ns}{p50} / $nano, 1e-9,
            "$name: p50");
        near($seen->{'0.95'}, $want->{latency_ns}{p95} / $nano, 1e-9,
            "$name: p95");
        # 400 answers cannot bear a p99; the buckets tell one all the same
        near(query("histogram_quantile(0.99, assay_load_step_latency_seconds"
                . "_bucket{job='om',step='$name'})")->{''},
            $want->{latency_ns}{p99} / $nano, 0.15, "$name: p99");
        my ($line) = read_file($file{'csv-percentiles'}) =~
            /^"booking","$name","latency",0\.99,(.*)$/m;
        my @cell = split /,/, $line // '';
        near($cell[0], $want->{latency_ns}{p99} / 1e6, 1e-9,
            "$name: p99 in the table");
        is($cell[3], $want->{latency_ns}{count}, "$name: of so many");
    }
    is($step{list}{status_4xx}, 100, 'a quarter of the first');
    is($step{book}{status_5xx}, 120, 'two fifths of what came to the second');
};
stop_peer($prometheus);
kill 'TERM', $server;
waitpid $server, 0;

# ---- Pushgateway ----------------------------------------------------------------

subtest 'the line of the README pushes it' => sub {
    my $port = free_port();
    my $gateway = start_peer('pushgateway', ['prometheus-pushgateway',
            "--web.listen-address=127.0.0.1:$port"],
        { seconds => 60, ready => sub {
            (http_get($port, '/-/ready')->{status} || 0) == 200 } });
    my ($line) = read_file('README.md') =~ /^    (curl .*metrics\/job\/.*)$/m;
    ok($line, 'the README has one') or return;
    $line =~ s/\s+#.*//;
    $line =~ s/\bload\.prom\b/$file{prometheus}/;
    $line =~ s/localhost:9091/127.0.0.1:$port/;
    my $push = run_command('sh', '-c', $line);
    is($push->{exit}, 0, $line) or diag $push->{out}, $push->{err};
    is($push->{out}, '', 'it is taken');
    my $page = ask("http://127.0.0.1:$port/metrics");
    my ($count) = $page =~
        /^assay_load_service_seconds_count\{[^\n]*load="booking"[^\n]* (\d+)$/m;
    is($count, $load{booking}{service_ns}{count}, 'a count comes back');
    like($page, qr/^push_failure_time_seconds\{[^\n]*\} 0$/m, 'no failure');
    stop_peer($gateway);
};

# ---- InfluxDB -------------------------------------------------------------------

# Lines by the letter of the reference: [measurement, {tags}, {fields}, time].
sub influx_line {
    my ($line) = @_;
    my $word = qr/(?:[^,= ]|(?<=\\)[,= ])+/;   # it looks back one byte
    my ($name, $tags, $rest) = $line =~ /\A($word)((?:,$word=$word)*) (.*)\z/
        or return;
    my %tag = map { s/\\([,= ])/$1/gr } $tags =~ /,($word)=($word)/g;
    my ($fields, $time) = $rest =~ /\A(.*) (\d+)\z/ or return;
    my %field;
    while ($fields =~ /\G,?([a-z0-9_]+)=("(?:[^"\\]|\\.)*"|[^,"]+)/gc) {
        $field{$1} = $2;
    }
    return unless ($fields =~ /\G(.*)/gc) && $1 eq '';
    for my $value (values %field) {
        return unless $value =~
            /\A(?:"|-?\d+i\z|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?\z|true\z|false\z)/;
    }
    return [$name, \%tag, \%field, $time];
}

subtest 'the line protocol, by its reference' => sub {
    my @line = split /\n/, read_file($file{influx});
    my @seen = map { influx_line($_) || () } @line;
    is(scalar @seen, scalar @line, 'every line is one');
    my @rows = grep { $_->[0] eq 'assay_load_timeline' } @seen;
    is(scalar @rows, scalar(map { @{ $_->{timeline} } } values %load),
        'a point for each row of the timelines');
    my ($odd_one) = grep { $_->[0] eq 'assay_load'
        && ($_->[1]{load} // '') =~ /^odd/ } @seen;
    is($odd_one->[1]{load}, $odd =~ s/\\\z/\//r,
        'a name, but for the backslash at its end');
    is($odd_one->[1]{scenario}, 'exports, "a=b"', 'another');
};

my ($influxd) = grep { -x } map { "$_/influxd" } qw(/usr/bin /usr/local/bin);
SKIP: {
    skip 'this system has no package of influxdb', 1 unless $influxd;
    subtest 'influxd takes it and tells it' => sub {
        my ($port, $rpc) = (free_port(), free_port());
        my $data = temp_dir('influxd');
        write_file("$data/conf", <<"CONF");
reporting-disabled = true
bind-address = "127.0.0.1:$rpc"
[meta]
dir = "$data/meta"
[data]
dir = "$data/data"
wal-dir = "$data/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:$port"
log-enabled = false
CONF
        my $influx = start_peer('influxd', [$influxd, '-config', "$data/conf"],
            { dir => $data, seconds => 60, ready => sub {
                (http_get($port, '/ping')->{status} || 0) == 204 } });
        my $at = "http://127.0.0.1:$port";
        ask("$at/query", '--data-urlencode', 'q=CREATE DATABASE perf');
        is(ask("$at/write?db=perf", '--data-binary', "\@$file{influx}", '-w',
            '%{http_code}'), '204', 'all is written');
        my $select = sub {
            my $answer = ask_json("$at/query?db=perf&epoch=ns", '-G',
                '--data-urlencode', "q=$_[0]");
            my $series = $answer->{results}[0]{series}[0] || { values => [[]] };
            return @{ $series->{values}[0] };
        };
        my (undef, $count, $p90, $verdict) = $select->('SELECT service_count, '
            . 'service_p90_seconds, verdict FROM assay_load '
            . q(WHERE load = 'booking' AND outcome = ''));
        is($count, $load{booking}{service_ns}{count}, 'a count');
        near($p90, $load{booking}{service_ns}{p90} / $nano, 1e-9, 'a quantile');
        is($verdict, 'failed', 'a text');
        my (undef, $sent) = $select->('SELECT sum(sent) FROM '
            . q(assay_load_timeline WHERE load = 'booking'));
        is($sent, $load{booking}{accounting}{sent}, 'the timeline adds up');
        my (undef, $crossed) = $select->('SELECT held FROM assay_load_limit '
            . q(WHERE "limit" = 'count(5xx) < 1'));
        is($crossed, 0, 'a limit by its text');
        stop_peer($influx);
    };
}

# ---- OpenTelemetry ---------------------------------------------------------------

subtest 'OTLP, by the schema of OpenTelemetry' => sub {
    my $judge = run_command('node', 'tests/tool/otlp_judge.js',
        { stdin => read_file($file{otlp}), timeout => 60 });
    is($judge->{exit}, 0, 'it is an ExportMetricsServiceRequest')
        or diag substr $judge->{err}, 0, 2000;
    my ($count) = $judge->{out} =~
        /^assay\.load\.service exponentialHistogram (\d+) .*load="booking"/m;
    is($count, $load{booking}{service_ns}{count}, 'a count');
    my ($sent) = $judge->{out} =~ 
        /^assay\.load\.step\.requests sum (\d+) .*step="book".*outcome="ok"/m;
    is($sent, counts($step{book}{outcomes})->{ok}, 'a sum');
    # the greatest bucket but 1 % holds what the result calls p99
    my ($metric) = grep { $_->{name} eq 'assay.load.step.latency' } @{
        json_file($file{otlp})->{resourceMetrics}[0]{scopeMetrics}[0]{metrics} };
    for my $p (@{ $metric->{exponentialHistogram}{dataPoints} }) {
        my %label = map { $_->{key} => $_->{value}{stringValue} }
            @{ $p->{attributes} };
        next unless $label{load} eq 'booking';
        my $want = $step{ $label{step} }{latency_ns};
        my ($left, $i) = (0.95 * $p->{count}, 0);
        my @bucket = @{ $p->{positive}{bucketCounts} };
        $left -= $bucket[$i++] while $left - $bucket[$i] > 1e-6;
        my $low = 2**(($p->{positive}{offset} + $i) / 2**$p->{scale});
        my $high = 2**(($p->{positive}{offset} + $i + 1) / 2**$p->{scale});
        my $p95 = $want->{p95} / $nano;
        ok($low * 0.998 <= $p95 && $p95 <= $high * 1.002,
            "$label{step}: p95 from the buckets")
            or diag "$low < $p95 <= $high";
        is($p->{count}, $want->{count}, "$label{step}: count");
        cmp_ok($p->{scale}, '>=', 3, "$label{step}: as fine as can be");
    }
};

# ---- HdrHistogram ------------------------------------------------------------------

subtest 'the log of a stored result, by two other implementations' => sub {
    my $log = read_file($file{'hdr-log'});
    my %told = map {
        my $judge = run_command(@{ $_->[1] }, 'log-read',
            { stdin => $log, timeout => 60 });
        is($judge->{exit}, 0, "$_->[0] reads it") or diag $judge->{err};
        ($_->[0] => $judge->{out});
    } ['ours', [Assay::binary('HIST_TOOL', 'build/hist_tool')]],
        ['js', ['node', 'tests/tool/hist_judge.js']],
        ['java', ['java', '-XX:TieredStopAtLevel=1', '-cp',
            '/usr/share/java/hdrhistogram.jar', 'tests/tool/HistJudge.java']];
    # one tells times to the millisecond, one to the nanosecond
    s/^(log|interval)(?: \d+)+/$1/mg for values %told;
    is($told{js}, $told{ours}, 'js tells the same');
    is($told{java}, $told{ours}, 'java tells the same');
    my %count;
    $count{$1} += $2 while $told{ours} =~ /^interval (\S+)\ntotal (\d+)/mg;
    is($count{'booking/service'}, $load{booking}{service_ns}{count}, 'service');
    is($count{'booking/latency'}, $load{booking}{latency_ns}{count}, 'latency');
    is($count{'booking'}, $load{booking}{latency_ns}{count},
        'and row by row');
    is($count{'booking/book/service'}, $step{book}{service_ns}{count}, 'a step');
};

# ---- CSV -----------------------------------------------------------------------------

subtest 'CSV, by a reader that knows RFC 4180' => sub {
    my $reader = 'import csv, json, sys; print(json.dumps(list(csv.DictReader('
        . 'sys.stdin, strict=True))))';
    my %rows = map {
        my $read = run_command($python, '-c', $reader,
            { stdin => read_file($file{$_}) });
        is($read->{exit}, 0, "--$_") or diag $read->{err};
        ($_ => decode_json($read->{out}));
    } qw(csv csv-percentiles);
    my $sent = 0;
    $sent += $_->{sent} for grep { $_->{load} eq 'booking' } @{ $rows{csv} };
    is($sent, $load{booking}{accounting}{sent}, 'the timeline adds up');
    my ($odd_p90) = grep { $_->{load} eq $odd && $_->{step} eq ''
        && $_->{time} eq 'latency' && $_->{quantile} == 0.9 }
        @{ $rows{'csv-percentiles'} };
    near($odd_p90->{value_ms}, $load{$odd}{latency_ns}{p90} / 1e6, 1e-9,
        'a quantile of an odd name');
    cmp_ok($odd_p90->{low_ms}, '<=', $odd_p90->{value_ms}, 'its interval');
    cmp_ok($odd_p90->{high_ms}, '>=', $odd_p90->{value_ms}, 'on both sides');
    is($odd_p90->{count}, 300, 'its count');
    my ($p999) = grep { $_->{quantile} == 0.999 } @{ $rows{'csv-percentiles'} };
    is($p999->{enough}, 0, 'and one that the sample cannot bear says so');
};

books_balance();
done_testing;

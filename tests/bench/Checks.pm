# SPDX-License-Identifier: MIT
package Checks;

# Checks - what checks cost: one beside curl, a thousand beside a thousand
# probes of prometheus-blackbox-exporter, sites that never answer, and the
# same thousand requests by a bare loop of libcurl on libev.

use strict;
use warnings;

use Assay;
use Bench;

my $ONE_ROUNDS = 41;           # of one check, a few milliseconds each
my $MANY_ROUNDS = 15;          # of a thousand
my $CHECKS = 1_000;
my $CONCURRENCY = 100;
my $PAGE = 'all is well';
my $STUCK_BOUND_S = 45;
my $PEAK_BOUND_MB = 30;

sub sections {
    return ([ one => \&bench_one ], [ thousand => \&bench_thousand ],
        [ stuck => \&bench_stuck ]);
}

sub start_pages {
    return start_nginx('location / { default_type text/plain;'
        . " return 200 \"this is \$uri, $PAGE\\n\"; }");
}

sub start_blackbox {
    my $program = need('prometheus-blackbox-exporter',
        'prometheus-blackbox-exporter');
    my $port = free_port();
    my $dir = temp_dir('blackbox');
    my $file = write_file("$dir/conf.yml", <<"CONF");
modules:
  http_2xx:
    prober: http
    timeout: 10s
    http:
      preferred_ip_protocol: ip4
      fail_if_body_not_matches_regexp: ["$PAGE"]
CONF
    return start_peer('blackbox', [ $program, "--config.file=$file",
            "--web.listen-address=127.0.0.1:$port", '--log.level=error' ],
        { dir => $dir,
          ready => sub { (http_get($port, '/-/healthy', seconds => 1)
                  ->{status} || 0) == 200 },
          facts => { port => $port } });
}

# A thousand probes, over connections that are kept, as Prometheus keeps
# them; only the exporter's own CPU counts.
sub probe_by_blackbox {
    my ($blackbox, $nginx) = @_;
    my $before = cpu_of_pid($blackbox->pid);
    my $took = usage_ok(build() . '/bench/bare_loop', $CHECKS, $CONCURRENCY,
        'keep', $blackbox->url('/probe?module=http_2xx&target='
            . url_encode($nginx->url('/page/'))), '', 'probe_success 1');
    return { cpu_us => cpu_of_pid($blackbox->pid) - $before,
        wall_us => $took->{wall_us} };
}

sub many_checks {
    my ($nginx) = @_;
    my $text = "name: Many pages\nchecks:\n";
    for my $n (0 .. $CHECKS - 1) {
        $text .= <<"CHECK";
  page-$n:
    steps:
      - get: @{[ $nginx->url("/page/$n") ]}
        expect: { status: 200, body: { contains: 'page/$n, $PAGE' } }
CHECK
    }
    return scenario($text);
}

# 40 sites that are well, 5 that swallow the connection, 5 that stay silent.
sub stuck_checks {
    my ($nginx, $origin) = @_;
    my $text = "name: Stuck sites\ndefaults:\n  timeout: 5s\n"
        . "  retries: { attempts: 3, every: 1s }\nchecks:\n";
    my %site = (
        swallows => [ 5, 'http://127.0.0.1:' . $origin->raw_port('full') ],
        silent => [ 5, 'http://127.0.0.1:' . $origin->raw_port('silent') ],
        well => [ 40, $nginx->url ],
    );
    # the stuck ones come first, where they would be most in the way
    for my $kind (qw(swallows silent well)) {
        my ($n, $url) = @{ $site{$kind} };
        $text .= "  $kind-$_:\n    steps:\n      - get: $url/page/$_\n"
            for 1 .. $n;
    }
    return scenario($text);
}

sub bench_one {
    my $nginx = start_pages();
    my $url = $nginx->url('/page/one');
    my $runs = rounds($ONE_ROUNDS,
        [ ours => sub { usage_ok(build() . '/assay', 'probe', '-q', $url) } ],
        [ peer => sub { usage_ok('curl', '-s', $url) } ]);
    for my $kind ([ wall => 'wall_us' ], [ CPU => 'cpu_us' ]) {
        compare("one check | curl -s: $kind->[0]",
            median_of($kind->[1], $runs->{ours}),
            median_of($kind->[1], $runs->{peer}), 1.5);
    }
}

sub bench_thousand {
    my $nginx = start_pages();
    my $blackbox = start_blackbox();
    my $file = many_checks($nginx);
    my $runs = rounds($MANY_ROUNDS,
        [ ours => sub { usage_ok(build() . '/assay', 'probe', '-q', '-c',
            $CONCURRENCY, $file) } ],
        [ peer => sub { probe_by_blackbox($blackbox, $nginx) } ],
        [ bare => sub { usage_ok(build() . '/bench/bare_loop', $CHECKS,
            $CONCURRENCY, 'fresh', $nginx->url('/page/'), '', $PAGE) } ]);
    my $ours = median_of('cpu_us', $runs->{ours});
    compare("$CHECKS checks | blackbox-exporter: CPU", $ours,
        median_of('cpu_us', $runs->{peer}), 1 / 8);
    at_most("$CHECKS checks: peak memory",
        median_of('peak_kb', $runs->{ours}) / 1024, $PEAK_BOUND_MB, 'MB');
    compare("$CHECKS checks | bare libcurl on libev: CPU", $ours,
        median_of('cpu_us', $runs->{bare}));
}

sub bench_stuck {
    my $nginx = start_pages();
    my $origin = start_origin(raw => [ 'full', 'silent' ]);
    my $file = temp_dir() . '/stuck.json';
    my $took = usage_of(build() . '/assay', 'probe', '-q', '--json', $file,
        stuck_checks($nginx, $origin));
    my $result = json_file($file);
    my @failed = grep { $_->{verdict} eq 'failed' } @{ $result->{checks} };
    my @confirmed = grep { @{ $_->{attempts} } == 3 } @failed;
    die "10 of 50 sites should have failed 3 times each, got "
        . @confirmed . "\n"
        unless @confirmed == 10 && @{ $result->{checks} } == 50;
    at_most('50 sites, 10 of them stuck: wall', $took->{wall_us} / 1e6,
        $STUCK_BOUND_S, 's');
}

1;

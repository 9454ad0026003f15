#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# bench.pl [BUILD]: what assay costs beside its peers, in one run, as ratios
# of medians.  The runs are interleaved, so that whatever else the machine
# does meets both sides alike.  Exit code 1 when a bound is missed.
#
# One check beside curl, a thousand checks beside a thousand probes of
# prometheus-blackbox-exporter, sites that never answer, and the same thousand
# requests by a bare loop of libcurl on libev.

use strict;
use warnings;

use Assay;
use POSIX ();

my $BUILD = shift @ARGV || 'build';

my $ONE_ROUNDS = 41;           # of one check, a few milliseconds each
my $MANY_ROUNDS = 15;          # of a thousand
my $CHECKS = 1_000;
my $CONCURRENCY = 100;
my $PAGE = 'all is well';
my $STUCK_BOUND_S = 45;
my $PEAK_BOUND_MB = 30;
my $TICKS_PER_S = POSIX::sysconf(POSIX::_SC_CLK_TCK());

my $out = temp_dir() . '/out';
my @lines;
my $is_over = 0;

# ---- measuring

# What a command took: { exit, cpu_us, wall_us, peak_kb, out }.
sub usage_of {
    my @command = @_;
    open my $line, '-|', "$BUILD/bench/usage", $out, @command
        or die "cannot run $BUILD/bench/usage: $!\n";
    my $text = <$line>;
    close $line;
    die "cannot run $command[0]\n" unless defined $text;
    my ($exit, $user, $system, $wall, $peak) = split ' ', $text;
    return { exit => $exit, cpu_us => $user + $system, wall_us => $wall,
        peak_kb => $peak, out => read_file($out) };
}

sub usage_ok {
    my $took = usage_of(@_);
    die "@_ ended with $took->{exit}:\n" . substr($took->{out}, 0, 2000) . "\n"
        if $took->{exit} != 0;
    return $took;
}

# The CPU that a running process has used so far, its threads included, in
# nanoseconds where the kernel keeps them and in ticks where it does not.
sub cpu_of_pid {
    my ($pid) = @_;
    my $ns = 0;
    for my $file (glob "/proc/$pid/task/*/schedstat") {
        $ns += (split ' ', read_file($file))[0];
    }
    return $ns / 1000 if $ns;
    my $stat = read_file("/proc/$pid/stat");
    $stat =~ s/\A.*\) //s or die "no process $pid\n";
    my @field = split ' ', $stat;   # the first of these is the third of all
    return ($field[11] + $field[12]) * 1e6 / $TICKS_PER_S;
}

sub median {
    my @sorted = sort { $a <=> $b } @_;
    my $half = int @sorted / 2;
    return @sorted % 2 ? $sorted[$half]
                       : ($sorted[$half - 1] + $sorted[$half]) / 2;
}

sub median_of {
    my ($key, @runs) = @_;
    return median(map { $_->{$key} } @runs);
}

# ---- telling

sub say_row {
    my ($what, $ours, $peer, $ratio, $bound, $verdict) = @_;
    push @lines, sprintf '%-42s %12s %12s %7s %8s  %s', $what, $ours, $peer,
        $ratio, $bound, $verdict;
    print "$lines[-1]\n";
}

sub verdict {
    my ($is_ok) = @_;
    $is_over ||= !$is_ok;
    return $is_ok ? 'ok' : 'OVER';
}

sub ms { return sprintf '%.2f ms', $_[0] / 1000 }

# One quantity of both sides; without a bound it is for information.
sub compare {
    my ($what, $ours, $peer, $bound) = @_;
    my $ratio = $ours / $peer;
    say_row($what, ms($ours), ms($peer), sprintf('%.3f', $ratio),
        defined $bound ? sprintf('%.3f', $bound) : '-',
        defined $bound ? verdict($ratio <= $bound) : '');
}

sub at_most {
    my ($what, $value, $bound, $unit) = @_;
    say_row($what, sprintf('%.1f %s', $value, $unit), '-', '-', "$bound $unit",
        verdict($value <= $bound));
}

# ---- the peers

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

sub need { return Assay::need(@_) }

# A thousand probes, over connections that are kept, as Prometheus keeps
# them; only the exporter's own CPU counts.
sub probe_by_blackbox {
    my ($blackbox, $nginx) = @_;
    my $before = cpu_of_pid($blackbox->pid);
    my $took = usage_ok("$BUILD/bench/bare_loop", $CHECKS, $CONCURRENCY,
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

# ---- the rows

sub bench_one {
    my ($nginx) = @_;
    my $url = $nginx->url('/page/one');
    my (@ours, @peer);
    for my $round (0 .. $ONE_ROUNDS) {
        my $a = usage_ok("$BUILD/assay", 'probe', '-q', $url);
        my $b = usage_ok('curl', '-s', $url);
        next if $round == 0;    # warms the page cache
        push @ours, $a;
        push @peer, $b;
    }
    compare('one check | curl -s: wall', median_of('wall_us', @ours),
        median_of('wall_us', @peer), 1.5);
    compare('one check | curl -s: CPU', median_of('cpu_us', @ours),
        median_of('cpu_us', @peer), 1.5);
}

sub bench_many {
    my ($nginx, $blackbox) = @_;
    my $file = many_checks($nginx);
    my (@ours, @peer, @bare);
    for my $round (0 .. $MANY_ROUNDS) {
        my $a = usage_ok("$BUILD/assay", 'probe', '-q', '-c', $CONCURRENCY,
            $file);
        my $b = probe_by_blackbox($blackbox, $nginx);
        my $c = usage_ok("$BUILD/bench/bare_loop", $CHECKS, $CONCURRENCY,
            'fresh', $nginx->url('/page/'), '', $PAGE);
        next if $round == 0;
        push @ours, $a;
        push @peer, $b;
        push @bare, $c;
    }
    my $ours = median_of('cpu_us', @ours);
    compare("$CHECKS checks | blackbox-exporter: CPU", $ours,
        median_of('cpu_us', @peer), 1 / 8);
    at_most("$CHECKS checks: peak memory",
        median_of('peak_kb', @ours) / 1024, $PEAK_BOUND_MB, 'MB');
    compare("$CHECKS checks | bare libcurl on libev: CPU", $ours,
        median_of('cpu_us', @bare));
}

sub bench_stuck {
    my ($nginx, $origin) = @_;
    my $took = usage_of("$BUILD/assay", 'probe', '-q', '--json',
        temp_dir() . '/stuck.json', stuck_checks($nginx, $origin));
    my $result = json_file(temp_dir() . '/stuck.json');
    my @failed = grep { $_->{verdict} eq 'failed' } @{ $result->{checks} };
    my @confirmed = grep { @{ $_->{attempts} } == 3 } @failed;
    die "10 of 50 sites should have failed 3 times each, got "
        . @confirmed . "\n"
        unless @confirmed == 10 && @{ $result->{checks} } == 50;
    at_most('50 sites, 10 of them stuck: wall', $took->{wall_us} / 1e6,
        $STUCK_BOUND_S, 's');
}

$| = 1;
my $nginx = start_nginx('location / { default_type text/plain;'
    . " return 200 \"this is \$uri, $PAGE\\n\"; }");
my $origin = start_origin(raw => [ 'full', 'silent' ]);
my $blackbox = start_blackbox();

say_row('what', 'ours', 'peer', 'ratio', 'bound', '');
bench_one($nginx);
bench_many($nginx, $blackbox);
bench_stuck($nginx, $origin);
exit $is_over;

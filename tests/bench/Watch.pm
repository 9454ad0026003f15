# SPDX-License-Identifier: MIT
package Watch;

# Watch - a thousand checks every ten seconds, a hundred of them hanging to
# their timeout: whether the others start in time, and what it costs beside
# prometheus-blackbox-exporter for the same probes at the same pace.
#
# And ten thousand steps of a history, by one process, by one a step, and by
# processes of which a thousand are killed.
#
# ASSAY_WATCH_S is how long each side is measured, in seconds.

use strict;
use warnings;

use Assay;
use Bench;
use Checks;
use History;
use JSON::PP;
use List::Util qw(sum0);
use Time::HiRes qw(sleep time);

my $CHECKS = 1_000;
my $HANGING = 100;
my $EVERY_S = 10;
my $TIMEOUT = '9900ms';        # else every other slot finds its run under way
my $LATE_BOUND = 0.01;         # of the starts, by 50 ms and more: p99
my $RSS_BOUND_MB = 30;
my $CPU_BOUND = 0.5;
my $STEPS = 10_000;
my $SEED = 11;
my $WARM_S = 11;               # all of them have run once
my $SECONDS = $ENV{ASSAY_WATCH_S} || 60;

sub sections {
    return ([ watch => \&bench_watch ], [ history => \&bench_history ]);
}

sub bench_history {
    $ENV{ASSAY} = build() . '/assay';
    my ($daemon, $alone, $killed) = map { play_history($_, $STEPS, $SEED) }
        qw(daemon one-shot kill);
    my $told = told_how_often($daemon, $killed);
    my $differ = grep { !is_same_log($daemon, $alone, $_) } qw(entry letter);
    $differ += !is_same_log($daemon, $killed, 'entry');
    my $what = "$STEPS steps, $killed->{killed} kills";
    at_most("$what: logs that differ", $differ, 0, '');
    at_most("$what: notices lost", $told->{lost} + $told->{made_up}, 0, '');
    at_most("$what: told more than twice", $told->{more}, 0, '');
    printf "  %d of %d notices were told twice; CPU of a step %.2f ms by one "
        . "process, %.2f ms by one each\n", $told->{twice}, $told->{all},
        map { 1000 * $_->{cpu_s} / $STEPS } $daemon, $alone;
    die "only $killed->{killed} were killed\n"
        if $killed->{killed} < $STEPS / 10 * 0.95;
    return;
}

# So many addresses of the loopback that take connections and say nothing.
sub start_silent {
    my $dir = temp_dir('silent');
    return start_peer('silent', [ need('python3', 'python3', '/usr/bin'), '-c',
            <<'PYTHON', $HANGING, "$dir/port" ],
import os, socket, sys, time
held, port = [], 0
for n in range(1, int(sys.argv[1]) + 1):
    s = socket.socket()
    s.bind(('127.0.1.%d' % n, port))
    s.listen(4096)
    port = s.getsockname()[1]
    held.append(s)
with open(sys.argv[2] + '.part', 'w') as f:
    f.write(str(port))
os.rename(sys.argv[2] + '.part', sys.argv[2])
time.sleep(3600)
PYTHON
        { dir => $dir, ready => sub { -e "$dir/port" } });
}

sub scenario_of {
    my ($nginx, $silent) = @_;
    my $text = "name: A thousand\ndefaults: { timeout: $TIMEOUT }\nchecks:\n";
    for my $n (1 .. $CHECKS) {
        my $hangs = $n % ($CHECKS / $HANGING) == 0;
        # each hanging one is a target of its own
        my $url = $hangs ? sprintf('http://127.0.1.%d:%d/', $n * $HANGING / $CHECKS, $silent)
            : $nginx->url("/page/$n");
        my $expect = "{ status: 200, body: { contains: 'all is well' } }";
        $text .= ($hangs ? "  hangs-$n" : "  well-$n") . ":\n"
            . "    every: ${EVERY_S}s\n    steps:\n      - get: $url\n"
            . "        expect: $expect\n";
    }
    return scenario($text);
}

sub metric {
    my ($watch, $name) = @_;
    my ($value) = http_get($watch->port, '/metrics', seconds => 10)->{body}
        =~ /^\Q$name\E (\S+)$/m;
    die "no metric $name\n" unless defined $value;
    return $value;
}

sub checks_of {
    my ($watch) = @_;
    my $got = http_get($watch->port, '/api/v1/checks', seconds => 20);
    return @{ decode_json($got->{body})->{checks} };
}

# What a watch of that file is like: { cpu_us, rss_mb, late, starts, missed }.
sub watched {
    my ($file, @more) = @_;
    my $port = free_port();
    my $dir = temp_dir('watch');
    my $watch = start_peer('watch', [ build() . '/assay', 'watch', $file,
            '--listen', "127.0.0.1:$port", '--log-level', 'ERROR',
            '--log-file', "$dir/log", @more ],
        { dir => $dir, facts => { port => $port },
          ready => sub { (http_get($port, '/healthz', seconds => 1)->{status}
                  || 0) == 200 } });
    sleep $WARM_S;
    my $before = cpu_of_pid($watch->pid);
    sleep $SECONDS;
    my $cpu = cpu_of_pid($watch->pid) - $before;
    my ($rss_kb) = read_file('/proc/' . $watch->pid . '/status')
        =~ /^VmHWM:\s+(\d+)/m;
    my @all = checks_of($watch);
    my @well = grep { $_->{name} =~ /^well/ } @all;
    my @hanging = grep { $_->{name} =~ /^hangs/ } @all;
    my %took = (cpu_us => $cpu, rss_mb => $rss_kb / 1024,
        starts => sum0(map { $_->{runs} } @all),
        late => metric($watch, 'assay_late_starts_total'),
        latest_ms => 1000 * metric($watch, 'assay_late_start_max_seconds'),
        failed => scalar(grep { $_->{verdict} ne 'ok' } @well),
        hung => sum0(map { $_->{runs} } @hanging),
        missed => sum0(map { $_->{missed_slots} } @well));
    $watch->stop;
    die "$took{failed} healthy checks failed\n" if $took{failed};
    die "the hanging ones did not hang\n"
        if grep { $_->{verdict} eq 'ok' } @hanging;
    return \%took;
}

# The exporter, asked at the pace of that watch, which asks what keeps timing
# out less often; only its own CPU counts.
sub exported {
    my ($nginx, $silent, $watched) = @_;
    my $blackbox = Checks::start_blackbox();
    my $probe = $blackbox->url('/probe?module=http_2xx&target=');
    my %url = (well => url_encode($nginx->url('/page/1')),
        hangs => url_encode("http://127.0.1.1:$silent/"));
    my %per_s = (well => ($CHECKS - $HANGING) / $EVERY_S,
        hangs => sprintf('%.2f', $watched->{hung} / ($WARM_S + $SECONDS)));
    my $text = "name: Asked\nchecks:\n" . join('', map {
            "  $_:\n    steps:\n      - get: '$probe$url{$_}'\n"
            . "        timeout: 15s\n        expect: { body: { contains: "
            . "'probe_success " . ($_ eq 'well' ? 1 : 0) . "' } }\n" }
            sort keys %url) . "loads:\n" . join('', map {
            "  $_:\n    flow: { run: $_ }\n    arrivals: { rate: $per_s{$_}/s, "
            . "for: @{[ $WARM_S + $SECONDS ]}s }\n" } sort keys %url);
    my $dir = temp_dir('asked');
    my $asking = start_peer('loadgen', [ build() . '/assay', 'loadgen', '-q',
            '--json', "$dir/result", scenario($text) ],
        { dir => $dir, ready => sub { 1 } });
    sleep $WARM_S;
    my $before = cpu_of_pid($blackbox->pid);
    sleep $SECONDS;
    my $cpu = cpu_of_pid($blackbox->pid) - $before;
    my ($rss_kb) = read_file('/proc/' . $blackbox->pid . '/status')
        =~ /^VmHWM:\s+(\d+)/m;
    until_true(60, sub { -s "$dir/result" }) or die "loadgen did not end\n";
    for my $load (@{ json_file("$dir/result")->{loads} }) {
        die "the exporter answered $load->{requests_ok} of "
            . "$load->{requests} of $load->{name} well\n"
            if $load->{requests_ok} < 0.99 * $load->{requests}
                || $load->{requests} < 0.9 * $per_s{ $load->{name} } * $SECONDS;
    }
    $blackbox->stop;
    return { cpu_us => $cpu, rss_mb => $rss_kb / 1024 };
}

sub bench_watch {
    my $nginx = Checks::start_pages();
    my $hole = start_silent();
    my $silent = read_file($hole->dir . '/port');
    my $file = scenario_of($nginx, $silent);
    set_apart($nginx, $hole);
    my $ours = watched($file);
    my $peer = exported($nginx, $silent, $ours);
    my $kept = watched($file, '--state', temp_dir('kept') . '/state.db');
    my $what = "$CHECKS checks, $HANGING hang";
    for my $row ([ '', $ours ], [ ', kept', $kept ]) {
        my ($name, $took) = @$row;
        at_most("$what$name: late by 50 ms",
            100 * $took->{late} / $took->{starts}, 100 * $LATE_BOUND, '%');
        at_most("$what$name: skipped", $took->{missed}, 0, 'times');
        at_most("$what$name: peak memory", $took->{rss_mb}, $RSS_BOUND_MB, 'MB');
        compare("$what$name | blackbox-exporter: CPU", $took->{cpu_us},
            $peer->{cpu_us}, $CPU_BOUND);
        printf "  %d starts, %d hung, the latest %.1f ms late; CPU %.2f %% of a "
            . "core; the exporter: %.1f MB\n", $took->{starts}, $took->{hung},
            $took->{latest_ms}, $took->{cpu_us} / $SECONDS / 1e4, $peer->{rss_mb};
    }
    return;
}

1;

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# gate.pl [BUILD [SECTION...]]: whole gates on this machine, all of them or
# those that are named.  Exit code 1 when a bound is missed.
#
#     same-1m same-16k      a server against itself, working set of 1 MB, 16 KB
#     slower                against itself with a tenth more work, 16 KB: a larger
#                           set is fetched anew after each pause, and that does
#                           not become more with the steps
#     stopped               itself, both stopped for 200 ms now and then
#     hog                   itself, and another program that wants the CPU
#     alias                 itself, and one that wants it 5 times a second; also
#                           with slots in a fixed order, which must go wrong
#     first                 itself, the baseline always started first
#
# COUNT is how many gates of each of the first two (100), of the next one 40 or
# COUNT, of the others 20 or COUNT; SECONDS is how long one measures (60), RATE
# its requests a second (400).  A gate takes about SECONDS and a quarter.

use strict;
use warnings;

use Assay;
use Bench;
use JSON::PP;
use POSIX ();
use Time::HiRes qw(time sleep);

$| = 1;
build(shift @ARGV) if @ARGV;
my $COUNT = $ENV{COUNT} || 100;
my $SECONDS = $ENV{SECONDS} || 60;
my $RATE = $ENV{RATE} || 400;
our $LAUNCH_S = 6;
my $WORK_US = 1000;     # of one answer: four fifths of its latency, and 40 % of the time
my $MORE = 1.10;        # times the steps
my ($STOPS_PER_S, $STOP_S) = (0.2, 0.2);
my ($ALIAS_HZ, $ALIAS_S) = (5, 0.010);
my $mark = "bench-gate-$$";
my $n_files = 0;

sub least { my ($x, @more) = @_; $_ < $x and $x = $_ for @more; return $x }

# ---- sides

my @cores = do {
    my ($list) = read_file('/proc/self/status') =~ /^Cpus_allowed_list:\s*(\S+)/m;
    map { /(\d+)-(\d+)/ ? $1 .. $2 : $_ } split /,/, $list || '0';
};
# The sides share a core, as nothing else than their work is to differ; what
# disturbs them is there as well.
my @apart = @cores > 1 ? ('taskset', '-c', $cores[-1]) : ();
my @others = @cores > 1 ? ('taskset', '-c', join ',', @cores[0 .. $#cores - 1]) : ();

sub side {
    my ($bytes, $steps) = @_;
    return join ' ', 'exec', @apart, build() . '/work_server', '--name', $mark,
        '--bytes', $bytes, '--steps', int($steps);
}

# What an answer takes at the rate of a gate, in microseconds: of several tries
# the one that was disturbed least.
sub answer_us {
    my ($bytes, $steps) = @_;
    my ($port, $file) = (Assay::free_port(), temp_dir() . '/steps.json');
    my $pid = Assay::spawn([@apart, build() . '/work_server', '--name', $mark,
        '--bytes', $bytes, '--steps', int($steps)], { env => { PORT => $port } });
    until_true(10, sub { Assay::port_answers($port) }) or die "no work_server\n";
    my @us = map {
        run_command(@others, build() . '/assay', 'loadgen', "http://127.0.0.1:$port/",
            '-r', $RATE, '-d', '2s', '-q', '--json', $file);
        json_file($file)->{loads}[0]{service_ns}{p50} / 1000;
    } 1 .. 3;
    Assay::finish($pid);
    return least(@us);
}

# Steps whose work takes so long here.  A busy machine can make more work look
# like less: what was found has to take about that time when it is tried.
sub steps_for {
    my ($bytes) = @_;
    for (1 .. 5) {
        my ($steps, $none) = (20_000, answer_us($bytes, 1));
        for (1 .. 3) {
            my $us = answer_us($bytes, $steps) - $none;
            return $steps if $us > $WORK_US / 1.5 && $us < $WORK_US * 1.5;
            last if $us < $WORK_US / 100;
            $steps *= $WORK_US / $us;
        }
    }
    die "bench-gate: this machine is too busy to tell what work takes\n";
}

# ---- one gate

# Those that run by now.
sub pids {
    my @found;
    for my $file (glob '/proc/[0-9]*/cmdline') {
        open my $f, '<', $file or next;
        my $line = do { local $/; <$f> };
        push @found, $file =~ m{/(\d+)/}
            if defined $line && $line =~ m{work_server\0.*\Q$mark\E};
    }
    return @found;
}

# What disturbs goes when this one does.
my ($owner, $other) = ($$);
sub calm {
    local $?;
    if ($other && $$ == $owner) { kill 'TERM', $other; waitpid $other, 0 }
    undef $other;
    return;
}
END { calm() }

# { exit, gate }; $disturb runs in a process of its own meanwhile.
sub gate {
    my ($a, $b, $disturb, @args) = @_;
    my $n = ++$n_files;
    my $file = scenario(JSON::PP->new->encode({ loads => { work => {
        flow => { steps => [{ get => 'http://localhost:9/' }] },
        arrivals => { rate => "$RATE/s", for => '1s' },
        gate => { for => "${SECONDS}s", launch_every => "${LAUNCH_S}s" } } } }));
    my $result = temp_dir() . "/gate-$n.json";
    undef $other;
    if ($disturb) {
        $other = fork;
        die "fork: $!\n" unless defined $other;
        if (!$other) {
            $SIG{$_} = 'DEFAULT' for qw(TERM INT);
            $disturb->();
            POSIX::_exit(0);
        }
    }
    my $run = run_command(@others, build() . '/assay', 'loadgen', $file,
        '--baseline', $a, '--candidate', $b, '--json', $result, '-q', @args,
        { timeout => 3 * $SECONDS + 120 });
    calm();
    my $gate = -s $result ? json_file($result)->{gate} : undef;
    unlink $result, $file;
    print STDERR "bench-gate: exit ", $run->{exit} // 'none', ': ',
        $gate ? $gate->{message} : $run->{err}, "\n";
    return { exit => $run->{exit} // -1, gate => $gate || {} };
}

sub is_regression { return ($_[0]{gate}{verdict} || '') eq 'regression' }

sub has_verdict {
    return scalar grep { $_->{gated} && $_->{verdict} =~ /^(?:regression|improvement)$/ }
        @{ $_[0]{gate}{metrics} || [] };
}

# What a number of gates said: [n that counted, n of them, n that said
# nothing].
sub gates {
    my ($n, $counts, @how) = @_;
    my ($hits, $done, $lost) = (0, 0, 0);
    for (1 .. $n) {
        my $it = gate(@how);
        if ($it->{exit} == 4 || $it->{exit} < 0) { $lost++; next }
        $done++;
        $hits++ if $counts->($it);
    }
    return ($hits, $done, $lost);
}

sub seldom {
    my ($what, $share, $n, $counts, @how) = @_;
    my ($hits, $done, $lost) = gates($n, $counts, @how);
    my $most = POSIX::floor($share * $n + 0.5);
    $most = 1 if $most < 1;
    at_most("$what" . ($lost ? ", $lost invalid" : ''), $hits, $most, "of $done");
    missed($what, "all of them were invalid\n") if !$done;
    return;
}

sub mostly {
    my ($what, $share, $n, $counts, @how) = @_;
    my ($hits, $done, $lost) = gates($n, $counts, @how);
    at_most("$what: not" . ($lost ? ", $lost invalid" : ''), $done - $hits,
        POSIX::floor((1 - $share) * $n + 1e-9), "of $done");
    missed($what, "all of them were invalid\n") if !$done;
    return;
}

# ---- what disturbs

# Both at once, at moments that nobody knows.
sub stop_both {
    while (1) {
        sleep(-log(1 - rand) / $STOPS_PER_S);
        my @pids = pids();
        kill 'STOP', @pids;
        sleep $STOP_S;
        kill 'CONT', @pids;
    }
}

sub pin_here { run_command('taskset', '-c', '-p', $cores[-1], $$) if @cores > 1; return }

sub burn_until { my ($end) = @_; 1 while time < $end; return }

# For the middle third.
sub hog {
    pin_here();
    sleep $SECONDS / 3;
    burn_until(time + $SECONDS / 3);
    sleep 1 while 1;
}

sub beat {
    pin_here();
    while (1) {
        my $now = time;
        my $next = (POSIX::floor($now * $ALIAS_HZ) + 1) / $ALIAS_HZ;
        sleep $next - $now;
        burn_until($next + $ALIAS_S);
    }
}

# ---- sections

my %bytes = ('1m' => 1 << 20, '16k' => 16 << 10);
my %steps;

sub sides {
    my ($size, $times) = @_;
    my $steps = $steps{$size} ||= steps_for($bytes{$size});
    return (side($bytes{$size}, $steps), side($bytes{$size}, $steps * $times));
}

my $few = least(20, $COUNT);
my @sections = (
    (map { my $size = $_; [ "same-$size" => sub {
        seldom("the same build, $size: a regression", 0.03, $COUNT, \&is_regression,
            sides($size, 1)) } ] } qw(1m 16k)),
    [ slower => sub { mostly('a tenth more work: a regression', 0.90,
        least(40, $COUNT), \&is_regression, sides('16k', $MORE)) } ],
    [ stopped => sub { seldom('both stopped now and then: a regression', 0.05, $few,
        \&is_regression, sides('16k', 1), \&stop_both) } ],
    [ hog => sub { seldom('a hog for a third of the time: a regression', 0.05, $few,
        \&is_regression, sides('16k', 1), \&hog) } ],
    [ alias => sub {
        seldom('5 beats a second: any verdict', 0.05, $few, \&has_verdict,
            sides('16k', 1), \&beat);
        # one launch, as each of several meets the beats at another moment
        local $LAUNCH_S = $SECONDS;
        mostly('5 beats a second, slots in a fixed order: a verdict', 0.90, $few,
            \&has_verdict, sides('16k', 1), \&beat, '--fixed-order', 'slots') } ],
    [ first => sub { seldom('the baseline always started first: a regression', 0.05,
        $few, \&is_regression, sides('16k', 1), undef, '--fixed-order', 'starts') } ],
);

my %known = map { $_->[0] => 1 } @sections;
for my $name (@ARGV) {
    next if $known{$name};
    print STDERR "bench-gate: no section \"$name\"; there are: "
        . join(' ', map { $_->[0] } @sections) . "\n";
    exit 2;
}
my %asked = map { $_ => 1 } @ARGV ? @ARGV : keys %known;
for my $section (grep { $asked{ $_->[0] } } @sections) {
    my ($name, $bench) = @$section;
    eval { $bench->(); 1 } or missed($name, $@);
}
exit is_over();

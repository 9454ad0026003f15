# SPDX-License-Identifier: MIT
package Bench;

# Bench - how the bench measures, compares and tells.
#
#     use Bench;
#     my $runs = rounds(5, [ours => sub { usage_ok(...) }],
#         [peer => sub { usage_ok(...) }]);
#     compare('one check | curl -s: CPU', median_of('cpu_us', $runs->{ours}),
#         median_of('cpu_us', $runs->{peer}), 1.5);
#     exit is_over();
#
# Sides of a comparison are run in turns, so that whatever else the machine
# does meets all of them alike, and medians are compared.

use strict;
use warnings;

use Assay;
use Exporter qw(import);
use POSIX ();

our @EXPORT = qw(build usage_of usage_ok cpu_of_pid set_apart together rounds
    median median_of compare at_most say_row missed is_over ms us need);

my $TICKS_PER_S = POSIX::sysconf(POSIX::_SC_CLK_TCK());
my $END_S = 900;    # no program of the bench runs for so long

my $build = 'build';
my $is_over = 0;
my @ours = cores();
my @prefix;

# The folder of what is built; the origin comes from the same.
sub build {
    ($build, $ENV{ORIGIN}) = ($_[0], "$_[0]/origin") if @_;
    return $build;
}

sub need { return Assay::need(@_) }

# ---- cores

# The cores that this process may use.
sub cores {
    my ($list) = read_file('/proc/self/status')
        =~ /^Cpus_allowed_list:\s*(\S+)/m or return (0);
    return map { /(\d+)-(\d+)/ ? $1 .. $2 : $_ } split /,/, $list;
}

# The last core for these servers, the others for what is measured, until
# together(); with a single core all share it.
sub set_apart {
    my (@servers) = @_;
    return if @ours < 2;
    for my $server (@servers) {
        my $run = run_command('taskset', '-a', '-c', '-p', $ours[-1],
            $server->pid);
        die "taskset: $run->{err}\n" if $run->{exit};
    }
    @prefix = ('taskset', '-c', join(',', @ours[0 .. $#ours - 1]));
    return;
}

sub together { @prefix = (); return }

# ---- measuring

# What a command took: { exit, cpu_us, wall_us, peak_kb, out }.
sub usage_of {
    my @command = @_;
    my $out = temp_dir() . '/out';
    open my $line, '-|', 'timeout', $END_S, @prefix, "$build/bench/usage",
        $out, @command or die "cannot run $build/bench/usage: $!\n";
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

# rounds(N, [NAME => sub], ...): { NAME => [what the sub gave, N times] }.  One
# round more goes first and is not kept; every other one is run backwards.
sub rounds {
    my ($n, @sides) = @_;
    my %runs;
    for my $round (0 .. $n) {
        for my $side ($round % 2 ? reverse @sides : @sides) {
            my $took = $side->[1]->();
            push @{ $runs{ $side->[0] } }, $took if $round > 0;
        }
    }
    return \%runs;
}

sub median {
    my @sorted = sort { $a <=> $b } @_;
    my $half = int @sorted / 2;
    return @sorted % 2 ? $sorted[$half]
                       : ($sorted[$half - 1] + $sorted[$half]) / 2;
}

sub median_of {
    my ($key, $runs) = @_;
    return median(map { $_->{$key} } @$runs);
}

# ---- telling

# A row: what, ours, peer, ratio, bound, verdict.
sub say_row {
    my @cells = map { defined $_ ? $_ : '-' } @_[0 .. 4];
    printf "%-42s %12s %12s %7s %8s  %s\n", @cells,
        defined $_[5] ? $_[5] : '';
    return;
}

sub verdict {
    my ($is_ok) = @_;
    $is_over ||= !$is_ok;
    return $is_ok ? 'ok' : 'OVER';
}

# A section that could not be measured is no section that held.
sub missed {
    my ($name, $why) = @_;
    $is_over = 1;
    $why =~ s/\s+\z//;
    print "$name: not measured: $why\n";
    return;
}

sub is_over { return $is_over ? 1 : 0 }

sub ms { return sprintf '%.2f ms', $_[0] / 1000 }
sub us { return sprintf '%.2f us', $_[0] }

# One quantity of both sides, in microseconds; without a bound it is for
# information.
sub compare {
    my ($what, $ours, $peer, $bound, $show) = @_;
    $show ||= \&ms;
    my $ratio = $ours / $peer;
    say_row($what, $show->($ours), $show->($peer), sprintf('%.3f', $ratio),
        defined $bound ? sprintf('%.3f', $bound) : undef,
        defined $bound ? verdict($ratio <= $bound) : '');
    return;
}

sub at_most {
    my ($what, $value, $bound, $unit) = @_;
    say_row($what, sprintf('%.2f %s', $value, $unit), undef, undef,
        "$bound $unit", verdict($value <= $bound));
    return;
}

1;

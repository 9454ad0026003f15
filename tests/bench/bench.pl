#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# bench.pl [BUILD [SECTION...]]: what assay costs beside its peers, in one run,
# as ratios of medians, all sections or those that are named.  Exit code 1 when
# a bound is missed or a section could not be measured.
#
# ASSAY_BENCH_S is how long a run of a load lasts, in seconds.

use strict;
use warnings;

use Bench;
use Checks;
use GateSim;
use LoadCost;
use LoadTimes;
use Results;
use Watch;

$| = 1;
build(shift @ARGV) if @ARGV;
my @sections = map { $_->sections }
    qw(Checks GateSim LoadCost LoadTimes Results Watch);
my %known = map { $_->[0] => 1 } @sections;
for my $name (@ARGV) {
    next if $known{$name};
    print STDERR "bench: no section \"$name\"; there are: "
        . join(' ', map { $_->[0] } @sections) . "\n";
    exit 2;
}
my %asked = map { $_ => 1 } @ARGV ? @ARGV : keys %known;

say_row('what', 'ours', 'peer', 'ratio', 'bound');
for my $section (grep { $asked{ $_->[0] } } @sections) {
    my ($name, $bench) = @$section;
    eval { $bench->(); 1 } or missed($name, $@);
    together();
}
exit is_over();

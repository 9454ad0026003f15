# SPDX-License-Identifier: MIT
package GateSim;

# GateSim - the gate against a thousand runs of which the truth is known: false
# alarms on the same build, and how often a tenth is seen.  And what it costs to
# judge 150 cells by 20 metrics, inside and by the program that reads a file.

use strict;
use warnings;

use Assay;
use Bench;
use Time::HiRes qw(time);

my $COST_MS = 100;
my $COST_MB = 32;
my $ROUNDS = 5;
my $END_S = 3600;

sub sections {
    return ([ 'gate-sim' => \&bench_sim ], [ 'gate-cost' => \&bench_cost ]);
}

# What a row promises, as a number that may be at most so large.
sub bench_sim {
    my $began = time;
    my $run = run_command('nice', build() . '/gate_sim', 'all',
        { timeout => $END_S });
    die $run->{err} if $run->{exit} > 1;
    for my $line (split /\n/, $run->{out}) {
        my ($what, $hits, $n, $side, $bound) = $line
            =~ /^(?:not )?ok - (.*) (\d+) of (\d+), at (most|least) (\d+)$/
            or next;
        if ($side eq 'most') {
            at_most($what, $hits, $bound, "of $n");
        } else {
            at_most("$what: not", $n - $hits, $n - $bound, "of $n");
        }
    }
    printf "  %.0f s for all of them\n", time - $began;
    return;
}

sub bench_cost {
    my $sim = build() . '/gate_sim';
    my $run = run_command($sim, 'cost', { timeout => $END_S });
    my ($metrics, $ms) = $run->{out} =~ /^metrics (\d+) .* ms ([\d.]+)/
        or die "gate_sim cost: $run->{err}$run->{out}\n";
    at_most("150 cells, $metrics metrics: judging", $ms, $COST_MS, 'ms');

    my $file = temp_dir() . '/gate.json';
    $run = run_command($sim, 'cost-result', { timeout => $END_S });
    write_file($file, $run->{out});
    my $took = rounds($ROUNDS, [ ours => sub {
        usage_ok(build() . '/assay', 'report', 'gate', $file, '--json', '-');
    } ])->{ours};
    at_most('  the program, with reading: CPU', median_of('cpu_us', $took)
            / 1000, $COST_MS, 'ms');
    at_most('  and all of its memory', median_of('peak_kb', $took) / 1024,
        $COST_MB, 'MB');
    return;
}

1;

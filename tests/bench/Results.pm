# SPDX-License-Identifier: MIT
package Results;

# Results - what result files cost: the size of one of ten minutes of 5,000
# requests a second over 20 steps, rendering it, and merging a hundred of them.
#
# Times are of the clock: what somebody waits for.

use strict;
use warnings;

use Assay;
use Bench;

my $SHARDS = 100;
my $ROUNDS = 5;
my $SIZE_BOUND_MB = 2;
my $HTML_BOUND_S = 1;
my $MERGE_BOUND_S = 2;

sub sections { return ([ results => \&bench_results ]) }

sub wall_s { return median_of('wall_us', $_[0]) / 1e6 }

sub bench_results {
    my $dir = temp_dir('results');
    my $assay = build() . '/assay';
    my $made = usage_of(build() . '/result_tool', $dir, $SHARDS);
    die "result_tool: $made->{out}\n" if $made->{exit};
    my @shards = sort glob "$dir/shard-*.json";
    my $what = '10 min, 5,000/s, 20 steps';
    at_most("$what: size", (-s $shards[0]) / (1 << 20), $SIZE_BOUND_MB, 'MB');
    my ($help) = usage_ok($assay, 'report', '--help')->{out};
    my %forms = map { $_ => scalar($help =~ /--\Q$_\E\b/) } qw(json junit html);
    for my $form (grep { $forms{$_} } sort keys %forms) {
        my $runs = rounds($ROUNDS, [ ours => sub { usage_ok($assay, 'report',
            $shards[0], '-q', "--$form", "$dir/out") } ]);
        at_most("$what: --$form", wall_s($runs->{ours}), $HTML_BOUND_S, 's');
        printf "  %s has %.2f MB\n", $form, (-s "$dir/out") / (1 << 20);
    }
    my $runs = rounds($ROUNDS, [ ours => sub { usage_ok($assay, 'report',
        'merge', @shards, '-q', '--json', "$dir/all.json") } ]);
    at_most("$SHARDS of them merged", wall_s($runs->{ours}), $MERGE_BOUND_S, 's');
    printf "  CPU %.2f s, peak memory %.0f MB, the merged one has %.2f MB\n",
        median_of('cpu_us', $runs->{ours}) / 1e6, median_of('peak_kb', $runs->{ours}) / 1024, (-s "$dir/all.json") / (1 << 20);
    return;
}

1;

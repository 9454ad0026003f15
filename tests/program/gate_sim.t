#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The gate against runs of which the truth is known: how often it cries for
# nothing, and how often it sees what is there.
use strict;
use warnings;
use Assay;
use Test::More;

my $run = run_command(Assay::binary('GATE_SIM', 'build/gate_sim'), 'few',
    { timeout => 900 });
for my $line (split /\n/, $run->{out}) {
    my ($is_ok, $what) = $line =~ /^((?:not )?ok) - (.*)/ or next;
    ok($is_ok eq 'ok', $what);
}
is($run->{exit}, 0, 'every experiment was made and held')
    or diag $run->{err};

done_testing;

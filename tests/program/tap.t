#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What the TAP renderer writes is read as it was meant by the parser of prove.
use strict;
use warnings;
use Test::More;
use TAP::Parser;

my %want = (	# passed (skipped ones pass), failed, skipped
	ok       => [2, 0, 1],
	partial  => [2, 0, 1],
	broken   => [2, 0, 1],
	empty    => [0, 0, 0],
	rich     => [6, 7, 4],
	load     => [3, 0, 0],
	loads    => [10, 4, 3],
);

for my $name (sort keys %want) {
	open my $in, '<', "tests/golden/render/$name.tap" or die "$name: $!";
	my $text = do { local $/; <$in> };
	# the parser of older perls knows version 13, which differs in subtests
	$text =~ s/^TAP version 14/TAP version 13/;
	my $parser = TAP::Parser->new({ tap => $text });
	my ($diagnostics, $unknown, $bailed) = (0, 0, 0);
	while (my $result = $parser->next) {
		$diagnostics++ if $result->is_yaml;
		$unknown++ if $result->is_unknown;
		$bailed++ if $result->is_bailout;
	}
	is(join(',', $parser->parse_errors), '', "$name: no parse error");
	is($unknown, 0, "$name: every line is understood");
	is_deeply([scalar $parser->passed, scalar $parser->failed, scalar $parser->skipped],
		$want{$name}, "$name: passed, failed, skipped");
	cmp_ok($diagnostics, '>=', scalar $parser->failed, "$name: a diagnostic for each failure");
	is($bailed, $name eq 'broken' ? 1 : 0, "$name: only a broken machine ends the reading");
	is(scalar $parser->todo, 0, "$name: nothing is to do");
}
done_testing();

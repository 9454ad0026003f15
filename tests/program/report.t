#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `assay report`: result files in, any other form out, and the exit codes.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $assay = $ENV{ASSAY} // 'build/assay';
my $golden = 'tests/golden/render';
my $dir = tempdir(CLEANUP => 1);
delete @ENV{qw(NO_COLOR CLICOLOR_FORCE)};
$ENV{LC_ALL} = 'C.UTF-8';

sub slurp {
	my ($path) = @_;
	open my $in, '<', $path or return undef;
	local $/;
	return scalar <$in>;
}

sub spew {
	my ($path, $text) = @_;
	open my $out, '>', $path or die "$path: $!";
	print $out $text;
	close $out;
	return $path;
}

# exit code, standard output, standard error
sub report {
	my (@arguments) = @_;
	my $command = join ' ', map { "'$_'" } @arguments;
	system("$assay report $command </dev/null >$dir/out 2>$dir/err");
	return ($? >> 8, slurp("$dir/out"), slurp("$dir/err"));
}

my ($code, $out, $err);

my %exit = (ok => 0, rich => 1, partial => 3, empty => 3, broken => 4, load => 0, loads => 4);
for my $name (sort keys %exit) {
	($code, $out, $err) = report("$golden/$name.json");
	is($code, $exit{$name}, "$name: the exit code is that of the run");
	is($err, '', "$name: nothing to complain of");
	like($out, qr/^\d+ (?:check|load)s?\b/m, "$name: a summary");
	unlike($out, qr/\e/, "$name: no colour but on a terminal");
}

# Seals once more, so hostile text may differ; plain runs are the same.
for my $name (qw(ok partial broken)) {
	my %file = map { $_ => "$dir/$name.$_" } qw(xml tap md json);
	($code, $out, $err) = report("$golden/$name.json", '--junit', $file{xml}, '--tap', $file{tap},
		'--markdown', $file{md}, '--json', $file{json});
	is($code, $exit{$name}, "$name: four files at once");
	is(slurp($file{$_}), slurp("$golden/$name.$_"), "$name.$_ is as the run would have written it")
		for sort keys %file;
}

{
	my %file = map { $_ => "$dir/load.$_" } qw(xml tap md json csv hlog);
	($code, $out, $err) = report("$golden/load.json", '--junit', $file{xml}, '--tap', $file{tap},
		'--markdown', $file{md}, '--json', $file{json}, '--csv', $file{csv}, '--hdr-log', $file{hlog});
	is($code, 0, 'a load: six files at once');
	is(slurp($file{$_}), slurp("$golden/load.$_"), "load.$_ is as the run would have written it")
		for sort keys %file;
	like($out, qr/^Success Rate: 100\.00%\nAverage Duration: 0\.001s$/m, 'a load: the two lines for scripts');
	($code, $out, $err) = report('-q', "$golden/load.json");
	is_deeply([$code, $out, $err], [0, '', ''], 'quiet: nothing of a load that holds');
	($code, $out, $err) = report("$golden/loads.json", '--hdr-log', "$dir/loads.hlog", '--csv', "$dir/loads.csv");
	my ($again, $first) = map { join '', slurp($_) =~ /^(?:#|Tag=booking).*\n/mg } "$dir/loads.hlog", "$golden/loads.hlog";
	ok($again eq $first, 'histograms of a stored result are the same');
	is(() = slurp("$dir/loads.csv") =~ /^"/mg, 95, 'a line for each row of the timelines');
	unlike($out, qr/hunter2/, 'what looks like a secret is sealed');
}

($code, $out, $err) = report('-q', "$golden/ok.json");
is_deeply([$code, $out, $err], [0, '', ''], 'quiet: nothing when all is well');
($code, $out) = report('-v', "$golden/ok.json");
like($out, qr/certificate leaf/, 'verbose: more of what is well');
($code, $out) = report('--color=always', "$golden/rich.json");
like($out, qr/\e\[31m/, 'colour when asked for');

($code, $out) = report("$golden/ok.json", "$golden/partial.json", "$golden/rich.json");
is($code, 1, 'several: the worst counts');
is(() = $out =~ /^\d+ checks:/mg, 3, 'several: one after the other');
($code) = report("$golden/ok.json", "$golden/rich.json", '--junit', "$dir/two.xml");
is(() = slurp("$dir/two.xml") =~ /<testsuite /g, 2, 'several: a suite for each in one file');
is($code, 1, 'several: exit code with a file');

($code, $out) = report("$golden/ok.json", '--markdown', '-');
is($out, slurp("$golden/ok.md"), 'a file on standard output, and no text around it');

my @refused = (
	[['usage: no file'], [], qr/at least one result file/],
	[['two of one kind'], ["$golden/ok.json", "$golden/ok.json", '--tap', "$dir/x.tap"], qr/--tap holds one result, got 2/],
	[['one file for two'], ["$golden/ok.json", '--tap', "$dir/x", '--junit', "$dir/x"], qr/would both write/],
	[['-v with -q'], ["$golden/ok.json", '-v', '-q'], qr/exclude each other/],
	[['unknown option'], ["$golden/ok.json", '--jnuit', "$dir/x"], qr/jnuit/],
	[['no JSON'], [spew("$dir/no.json", "{\n  \"format\": oops\n}\n")], qr/no\.json:2:13: /],
	[['no result'], [spew("$dir/other.json", "{\"a\": 1}\n")], qr/other\.json/],
	[['a newer version'], [spew("$dir/new.json", slurp("$golden/ok.json") =~ s/"version": 1/"version": 2/r)], qr/new\.json:\d+:\d+: /],
	[['an empty file'], [spew("$dir/empty.json", '')], qr/empty\.json" is empty/],
);
for my $row (@refused) {
	my ($name, $arguments, $want) = ($row->[0][0], $row->[1], $row->[2]);
	($code, $out, $err) = report(@$arguments);
	is($code, 2, "$name: exit code 2");
	like($err, $want, "$name: says what is wrong");
	is($out, '', "$name: nothing on standard output");
	ok(!-e "$dir/x" && !-e "$dir/x.tap", "$name: nothing written");
}

($code, $out, $err) = report("$dir/missing.json");
is($code, 2, 'a missing file: exit code 2');
like($err, qr/missing\.json: .*no such file/i, 'a missing file: its path and why');
($code, $out, $err) = report($dir);
is($code, 2, 'a folder: exit code 2');
like($err, qr/folder|directory/, 'a folder: says so');
SKIP: {
	skip 'nothing is unreadable for root', 2 if $> == 0;
	chmod 0, spew("$dir/closed.json", slurp("$golden/ok.json"));
	($code, $out, $err) = report("$dir/closed.json");
	is($code, 2, 'an unreadable file: exit code 2');
	like($err, qr/closed\.json: .*permission/i, 'an unreadable file: its path and why');
}

($code, $out, $err) = report("$golden/ok.json", '--tap', "$dir/none/x.tap", '--markdown', "$dir/y.md");
is($code, 4, 'an output that cannot be written: exit code 4');
like($err, qr{none/x\.tap}, 'which one');
is(slurp("$dir/y.md"), slurp("$golden/ok.md"), 'the other is written');
like($out, qr/\n[^\n]*\(exit code 4[^\n]*\n\z/, 'the last line tells the exit code');

is(system("$assay report - <$golden/rich.json >$dir/out") >> 8, 1, 'standard input');
is(system("$assay report $golden/ok.json >/dev/full 2>$dir/err") >> 8, 4, 'a full disk is not success');

done_testing();

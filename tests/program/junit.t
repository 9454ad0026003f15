#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The JUnit files that the unit tests hold the renderer to are valid, and add
# up.
use strict;
use warnings;
use Test::More;

my @files = glob 'tests/golden/render/*.xml';
die "xmllint is missing: install the package libxml2-utils\n"
    if system('command -v xmllint >/dev/null 2>&1');
ok(@files >= 5, 'there are files to look at');

sub xpath {
	my ($file, $expression) = @_;
	open my $in, '-|', 'xmllint', '--xpath', $expression, $file or die "xmllint: $!";
	my $text = <$in>;
	close $in;
	chomp $text;
	return $text;
}

for my $file (@files) {
	my $said = `xmllint --noout --schema tests/junit.xsd \Q$file\E 2>&1`;
	is($?, 0, "$file is valid") or diag $said;
	is(xpath($file, 'count(//testcase)'), xpath($file, 'string(/testsuites/@tests)'), "$file: tests");
	for my $kind (qw(failure error)) {
		is(xpath($file, "count(//$kind)"), xpath($file, "string(/testsuites/\@${kind}s)"), "$file: ${kind}s");
	}
	is(xpath($file, 'count(//skipped)'), xpath($file, 'sum(//testsuite/@skipped)'), "$file: skipped");
}
my $rich = 'tests/golden/render/rich.xml';
is(xpath($rich, 'string(//failure[contains(.,"database")]/@type)'), 'unhealthy', 'the type is the outcome');
is(xpath($rich, 'boolean(//failure[contains(.,"expected 200  seen 503")])'), 'true', 'expected and seen are told');
is(xpath($rich, 'boolean(//failure[contains(.,"wait 4.10 s")])'), 'true', 'phases are told');
is(xpath($rich, 'boolean(//failure[contains(.,"body: ")])'), 'true', 'an excerpt is told');
done_testing();

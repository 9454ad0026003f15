#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A stored gate, told again in every form; limits told with their interval.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Assay;
use Loads;

# Results whose gate was judged by its cells; it is again when they are read.
my $stored = 'tests/golden/gate';
my $dir = temp_dir();

sub report {
    my ($name, @more) = @_;
    return run_assay('report', "$stored/$name.json", @more, { env => { LC_ALL => 'C.UTF-8' } });
}

subtest 'what a script goes by' => sub {
    my %exit = (slower => 1, same => 0, few => 0, 'few-strict' => 3, late => 4);
    for my $name (sort keys %exit) {
        my $run = report($name);
        is $run->{exit}, $exit{$name}, "$name: exit $exit{$name}" or diag $run->{err};
        is $run->{err}, '', "$name: nothing to complain of";
        like $run->{out}, qr/^1 gate: /m, "$name: a summary";
        like $run->{out}, qr/could detect/, "$name: the smallest change that would have been seen";
    }
};

subtest 'the verdict comes first, in one sentence' => sub {
    my @lines = split /\n/, report('slower')->{out};
    my ($at) = grep { $lines[$_] =~ /\bgate  / } 0 .. $#lines;
    like $lines[$at], qr/REGRESSION  \S.*p50/, 'told';
    is scalar(grep { /%/ } @lines[0 .. $at - 1]), 0, 'before any number';
    like report('few')->{out}, qr/^. gate  INCONCLUSIVE  /m, 'and loudly, when it could not be told';
    like report('few')->{out},
        qr/p99\.5: needs 8000 requests of each side, got 5600; 1\.4 times as many: /, 'with what would decide it';
    like report('few', '-q')->{out}, qr/INCONCLUSIVE/, 'also when asked to be quiet';
    is report('same', '-q')->{out}, '', 'which is silent when all is well';
};

subtest 'the same in files' => sub {
    my %file = map { $_ => "$dir/gate.$_" } qw(xml tap md json);
    my $run = report('slower', '--junit', $file{xml}, '--tap', $file{tap}, '--markdown', $file{md},
        '--json', $file{json});
    is $run->{exit}, 1, 'written';
    my $again = run_assay('report', $file{json}, '--json', "$dir/again.json");
    is read_file("$dir/again.json"), read_file($file{json}), 'once more, to the byte';
    my $said = `xmllint --noout --schema tests/junit.xsd \Q$file{xml}\E 2>&1`;
    is $?, 0, 'JUnit is valid' or diag $said;
    my $cases = `xmllint --xpath 'count(//testcase[\@classname="gate"])' \Q$file{xml}\E`;
    my $metrics = json_file($file{json})->{gate}{metrics};
    is $cases + 0, 1 + @$metrics, 'a case for each metric';
    my $failures = `xmllint --xpath 'count(//failure[\@type="regression"])' \Q$file{xml}\E`;
    is $failures + 0, scalar(grep { $_->{gated} && $_->{verdict} eq 'regression' } @$metrics),
        'a failure for each that is worse';
    like read_file($file{tap}), qr/^not ok \d+ - gate: p50$/m, 'TAP';
    like read_file($file{md}), qr/^\| \S+ REGRESSION \| p50 \|/m, 'a table for a comment';
    cmp_ok length(read_file($file{md})), '<', 65536, 'that GitHub takes';
};

# Half of the requests fail, whatever the machine does.
sub half_fails {
    my ($o, @limits) = @_;
    return load_file({ half => { allow_hosts => ['127.0.0.1'],
        flow => flow_of({ get => $o->http_url('/status/200') },
            { get => $o->http_url('/status/500'), expect => { status => 200 } }),
        users => { count => 1, iterations => 20 }, limits => \@limits } });
}

subtest 'limits are held, crossed or inconclusive' => sub {
    my $o = start_origin();
    my %want = ('ratio(errors) < 90%' => ['ok', 0, 'held'], 'ratio(errors) < 10%' => ['failed', 1, 'crossed'],
        'ratio(errors) < 55%' => ['inconclusive', 3, 'inconclusive'],
        'count(errors) <= 20' => ['ok', 0, 'held']);
    for my $limit (sort keys %want) {
        my ($verdict, $exit, $word) = @{ $want{$limit} };
        my $run = half_fails($o, $limit);
        ended_with($run, $exit, $verdict, $limit);
        like $run->{out}, qr/^ +limits +$word +\Q$limit\E/m, "$limit: $word";
        my $told = $run->{load}{limits}[0];
        if ($limit =~ /ratio/) {
            is $told->{interval}, '[35.2 %, 64.8 %]', "$limit: its interval in words";
            cmp_ok abs($told->{low} - 0.352), '<', 0.001, "$limit: from";
            cmp_ok abs($told->{high} - 0.648), '<', 0.001, "$limit: to";
            like $run->{out}, qr/seen 50 % \[35\.2 %, 64\.8 %\] in 40 samples/, "$limit: to be read";
        } else {
            is $told->{interval}, undef, "$limit: is what it is";
        }
    }
    my $run = half_fails($o, 'ratio(errors) < 55%');
    like $run->{load}{limits}[0]{note}, qr/about 360 requests would decide it/, 'what would decide it';
    like $run->{load}{message}, qr/"ratio\(errors\) < 55%" is inconclusive: 50 % \[35/, 'said at once';
};
done_testing();

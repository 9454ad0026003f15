#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A stored gate, told again in every form; limits told with their interval.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Assay;
use Loads;

my $golden = 'tests/golden/render';
my $dir = temp_dir();

sub report {
    my ($name, @more) = @_;
    return run_assay('report', "$golden/gate-$name.json", @more, { env => { LC_ALL => 'C.UTF-8' } });
}

subtest 'what a script goes by' => sub {
    my %exit = (regression => 1, 'no-change' => 0, insufficient => 0, strict => 3, invalid => 4,
        urls => 0, groups => 1);
    for my $name (sort keys %exit) {
        my $run = report($name);
        is $run->{exit}, $exit{$name}, "$name: exit $exit{$name}" or diag $run->{err};
        is $run->{err}, '', "$name: nothing to complain of";
        like $run->{out}, qr/^1 gate: /m, "$name: a summary";
    }
};

subtest 'the verdict comes first, in one sentence' => sub {
    my @lines = split /\n/, report('regression')->{out};
    my ($at) = grep { $lines[$_] =~ /\bgate  / } 0 .. $#lines;
    like $lines[$at], qr/REGRESSION  p99 is 12\.4 % slower than the baseline/, 'told';
    is scalar(grep { /%/ } @lines[0 .. $at - 1]), 0, 'before any number';
    like report('insufficient')->{out}, qr/^. gate  INCONCLUSIVE  p99\.9 has too few/m,
        'and loudly, when it could not be told';
    like report('insufficient')->{out},
        qr/needs 40000 requests of each side, got 30000; 1\.3 times as many: 80\.0 s, or 1333 req\/s/,
        'with what would decide it';
    like report('insufficient', '-q')->{out}, qr/INCONCLUSIVE/, 'also when asked to be quiet';
    is report('no-change', '-q')->{out}, '', 'which is silent when all is well';
};

subtest 'the same in files' => sub {
    my %file = map { $_ => "$dir/gate.$_" } qw(xml tap md json);
    my $run = report('regression', '--junit', $file{xml}, '--tap', $file{tap}, '--markdown', $file{md},
        '--json', $file{json});
    is $run->{exit}, 1, 'written';
    is read_file($file{$_}), read_file("$golden/gate-regression.$_"), "gate.$_" for sort keys %file;
    my $again = run_assay('report', $file{json}, '--json', "$dir/again.json");
    is read_file("$dir/again.json"), read_file($file{json}), 'and once more, to the byte';
    my $said = `xmllint --noout --schema tests/junit.xsd \Q$file{xml}\E 2>&1`;
    is $?, 0, 'JUnit is valid' or diag $said;
    my $cases = `xmllint --xpath 'count(//testcase[\@classname="gate"])' \Q$file{xml}\E`;
    is $cases + 0, 1 + @{ json_file($file{json})->{gate}{metrics} }, 'a case for each metric';
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

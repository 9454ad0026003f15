#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Our histograms and their log against two other implementations, HdrHistogram
# for Java and hdr-histogram-js: what one writes the others read, and they
# tell the same counts and quantiles.
use strict;
use warnings;
use Test::More;
use Assay;

my $jar = '/usr/share/java/hdrhistogram.jar';
-e $jar or die "$jar is missing: install libhdrhistogram-java\n";
my $npm = run_command('sh', 'tests/npm.sh', { timeout => 240 });
is($npm->{exit}, 0, 'hdr-histogram-js is there') or diag $npm->{err};

my %judge = (
    ours => [Assay::binary('HIST_TOOL', 'build/hist_tool')],
    java => ['java', '-XX:TieredStopAtLevel=1', '-cp', $jar,
        'tests/tool/HistJudge.java'],
    js => ['node', 'tests/tool/hist_judge.js'],
);
my @others = qw(java js);

# What that judge prints, given a text.
sub ask {
    my ($who, $in, @arg) = @_;
    my $run = run_command(@{ $judge{$who} }, @arg,
        { stdin => $in, timeout => 60 });
    is($run->{exit}, 0, "$who @arg: exit code") or diag $run->{err};
    return $run->{out};
}

# Values of a sample, as "VALUE COUNT" lines.
sub values_of { return join '', map { "$_->[0] $_->[1]\n" } @_ }

my $seed = 7;

sub next_random {
    $seed = ($seed * 1103515245 + 12345) % 2147483648;
    return $seed / 2147483648;
}

my %sample = (
    'one value' => values_of([5_000_000, 1]),
    'one bucket' => values_of([5_000_000, 1_000_000]),
    'below a millisecond' => values_of(map { [200_000 + $_ * 997, 1] } 1 .. 90),
    'edges' => values_of(map { [$_, 3] } 1, 2, 999, 1000, 1023, 1024, 2047,
        2048, 4095, 4096, 65_535, 65_536, 3_599_999_999_999, 3_600_000_000_000),
    'every magnitude' => values_of(map {
        [int(1000 * 1.8e9**next_random()), 1 + int(100 * next_random())]
    } 1 .. 3000),
    'large counts' => values_of([1_000_000, 2_000_000_000], [2_000_000, 1],
        [3_000_000, 100_000_000]),
);

subtest 'what we encode they read' => sub {
    my (@name, $encoded);
    for my $name (sort keys %sample) {
        for my $digits (1 .. 4) {
            push @name, "$name, $digits digits";
            $encoded .= ask('ours', $sample{$name}, 'encode', $digits);
        }
    }
    my $told = ask('ours', $encoded, 'decode');
    is(scalar(() = $told =~ /^total/mg), scalar @name, 'all are told');
    for my $who (@others) {
        my @want = split /^(?=total)/m, $told;
        my @got = split /^(?=total)/m, ask($who, $encoded, 'decode');
        is($got[$_], $want[$_], "$who: $name[$_]") for 0 .. $#name;
    }
};

subtest 'what they encode we read' => sub {
    my %range = (
        'our range' => [1, 3_600_000_000_000, 3],
        'coarse units' => [1000, 3_600_000_000_000, 4],
        'a range that grew' => [0, 0, 3],
        'few digits' => [1, 4_000_000_000_000, 1],
    );
    for my $who (@others) {
        my (@name, $in);
        for my $name (sort keys %sample) {
            for my $range (sort keys %range) {
                push @name, "$name, $range";
                $in .= "@{ $range{$range} } 0\n$sample{$name}";
            }
        }
        my $encoded = ask($who, $in, 'encode');
        is(scalar(() = $encoded =~ /\n/g), scalar @name, "$who encodes all");
        my @want = split /^(?=total)/m, ask($who, $encoded, 'decode');
        my @got = split /^(?=total)/m, ask('ours', $encoded, 'decode');
        is(scalar @got, scalar @name, 'all are told');
        is($got[$_], $want[$_], "$who: $name[$_]") for 0 .. $#name;
    }
    my $shifted = ask('java', "1 100000 3 2\n1000 5\n3000 2\n", 'encode');
    is(ask('ours', $shifted, 'decode'), ask('java', $shifted, 'decode'),
        'an offset in memory is theirs alone');
};

my $second = 1_000_000_000;
my $begin = 1_700_000_000 * $second + 250_000_000;
my $intervals = join '', map { "$_\n" } (
    "$begin $second 3 - 1000000 2000000 70000000",
    join(' ', $begin + $second, $second, '3 login 5000 6000 7000'),
    join(' ', $begin + 2 * $second, 500_000_000, '3 - 1'),
    join(' ', $begin + 3 * $second, $second, '2 log/in 3600000000000'),
);

sub want_log {
    my ($told) = @_;
    like($told, qr/\Alog $begin\n/, 'the start');
    my @seen = $told =~ /^interval (.*)$/mg;
    my @want = map { my @w = split / /; "$w[0] $w[1] $w[3]" }
        split /\n/, $intervals;
    is_deeply(\@seen, \@want, 'the intervals');
}

subtest 'the log that we write they read' => sub {
    my $log = ask('ours', $intervals, 'log-write');
    my $told = ask('ours', $log, 'log-read');
    want_log($told);
    is(ask($_, $log, 'log-read'), $told, "$_ reads the same") for @others;
};

subtest 'the log that they write we read' => sub {
    for my $how (['java'], ['java', 'base'], ['js']) {
        my ($who, @arg) = @$how;
        my $log = ask($who, $intervals, 'log-write', @arg);
        my $told = ask('ours', $log, 'log-read');
        want_log($told);
        is($told, ask($who, $log, 'log-read'), "@$how: the same");
    }
};

subtest 'tags that the format cannot have' => sub {
    my $in = "$begin $second 3 100%,\tsure 5\n";
    my $log = ask('ours', $in, 'log-write');
    like($log, qr/^Tag=100%25%2C%09sure,0\.000,1\.000,0\.000005,HIST/m, 'encoded');
    like(ask($_, $log, 'log-read'), qr/ 100%25%2C%09sure$/m, "$_ reads it")
        for qw(ours java js);
};

subtest 'a broken log is told by line' => sub {
    my $log = ask('ours', $intervals, 'log-write');
    $log =~ s/^Tag=login,1\.000/Tag=login,one/m or die $log;
    my $run = run_command(@{ $judge{ours} }, 'log-read', { stdin => $log });
    is($run->{exit}, 1, 'exit code');
    like($run->{err}, qr/^-:7:11: the start must be seconds .*"one"/m, 'place');
    is(scalar(() = $run->{out} =~ /^interval/mg), 3, 'the others are read');
};

done_testing();

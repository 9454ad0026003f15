#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A result among those before it: as before or not, changes, and what may not be
# made of that.
use strict;
use warnings;
use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use Assay;
use Loads;

my $o = start_origin();
my $dir = temp_dir('history');
my $run = when_calm(sub { return load_file({ booking => { flow => flow_of($o->http_url('/ok')),
    arrivals => { rate => '400/s', for => '1s' } } }) });
is $run->{exit}, 0, 'a run' or diag $run->{err};
my $now = int time;

# The same run so many days ago, with latencies times that factor.
sub ago {
    my ($days, $factor, $change) = @_;
    my $copy = decode_json($run->{json});
    my $load = $copy->{loads}[0];
    my @base = (p50 => 10e6, p90 => 20e6, p95 => 30e6, p99 => 50e6, p999 => 60e6,
        max => 70e6, mean => 12e6);
    while (my ($key, $value) = splice @base, 0, 2) {
        $load->{latency_ns}{$key} = int $value * $factor;
    }
    $_->{started_at} = strftime('%Y-%m-%dT%H:%M:%S', gmtime $now - 86400 * $days)
        . '.000000000Z' for $copy, $load;
    $change->($copy, $load) if $change;
    return write_file("$dir/" . sprintf('%03d', $days) . '.json',
        JSON::PP->new->canonical->encode($copy));
}

sub history { return run_assay('report', 'gate', @_) }

# A spread of some percent that is the same each time.
my @spread = map { 1 + 0.02 * (($_ * 7) % 5 - 2) } 0 .. 40;
ago($_, $spread[$_]) for 6 .. 25;
my $same = ago(0, 1.01);
my $text = history($same, '--history', $dir);
is $text->{exit}, 0, 'a folder: exit 0' or diag $text->{err};
like $text->{out}, qr/load booking: 20 runs before this one/, 'all of them';
like $text->{out}, qr/^    $_ .*as before \(20 runs\)$/m, "$_ is as before"
    for qw(p50 p95 p99);
like $text->{out}, qr/^not fit to block a merge: runs of other times and machines/m,
    'and why it may not block a merge';
is history($same, '--history', "$dir/0*.json")->{out}, $text->{out}, 'a pattern';
like history($same, map { ('--history', $_) } glob "$dir/01*.json")->{out},
    qr/load booking: 10 runs/, 'files';

subtest 'the same run in another file counts once' => sub {
    my $twice = temp_dir('twice');
    write_file("$twice/again.json", read_file("$dir/010.json"));
    my $told = history($same, '--history', $dir, '--history', $twice,
        '--history', "$dir/../" . ($dir =~ s{.*/}{}r) . '/011.json');
    like $told->{out}, qr/load booking: 20 runs before this one/, 'no more runs';
    like $told->{out}, qr/^left out: 2 files with the run of another one$/m, 'said once';
};

subtest 'worse is said, and blocks nothing' => sub {
    my $worse = history(ago(0, 2), '--history', $dir);
    is $worse->{exit}, 0, 'exit 0';
    like $worse->{out}, qr/^    p95 .*HIGHER than before/m, 'p95 is higher';
};

subtest 'a change' => sub {
    ago($_, 1.5 * $spread[$_]) for 1 .. 5;
    my $changed = history(ago(0, 1.5), '--history', $dir);
    my $day = strftime('%Y-%m-%d', gmtime $now - 5 * 86400);
    like $changed->{out}, qr/^    p95 changed with the run of ${day}T/m, 'its first run';
};

subtest 'what does not count' => sub {
    my $left = temp_dir('left');
    write_file("$left/other.json", '{}');
    write_file("$left/text.txt", 'x');
    for my $case ([-1, undef], [1, sub {
            $_[1]{instrument}{doubts} = [{ what => 'busy', remedy => 'rest', fatal => true }];
            $_->{verdict} = 'invalid' for @_;
            $_[0]{exit_code} = 4 }],
        [2, sub { $_[1]{plan} = '7/s for 1 s' }], [3, undef]) {
        my ($days, $change) = @$case;
        rename ago($days, 1, $change), "$left/$days.json";
    }
    my $cut = read_file("$left/3.json");
    write_file("$left/copy.json", $cut);
    write_file("$left/cut.json", substr $cut, 0, length($cut) / 2);
    rename ago(4, 1, sub { $_[1]{name} = 'elsewhere' }), "$left/4.json";
    my $told = history(ago(0, 1), '--history', $left);
    is $told->{exit}, 0, 'exit 0' or diag $told->{err};
    like $told->{out}, qr/load booking: 1 run before this one/, 'one is left';
    like $told->{out}, qr/not known: 1 of 8 runs/, 'which is not enough';
    like $told->{out}, qr/left out: 2 files that cannot be read as a result, 1 file without these loads, 1 load whose instrument .*, 1 load with another plan, 1 file with the run of another one, 1 run after this one/,
        'the others are counted';
};

subtest 'the checks of a state file, by the hour' => sub {
    my $state = "$dir/checks.db";
    my $yaml = scenario(<<"YAML", 'shop.yaml');
name: shop
checks:
  api: { every: 20m, steps: [{ get: '@{[$o->http_url('/ok')]}' }] }
YAML
    my $made = "$dir/probe.result";
    run_assay('probe', $yaml, '--json', $made, '-q');
    my $probe = json_file($made);
    my $hour = $now - $now % 3600;
    my @files;
    for my $k (0 .. 62) { # three in each hour, 21 of them
        my $copy = decode_json(JSON::PP->new->encode($probe));
        my $check = $copy->{checks}[0];
        my $step = $check->{steps}[0];
        my $more = int(50e6 * $spread[$k / 3] * ($k >= 60 ? 3 : 1)) - $step->{total_ns};
        $step->{phases_ns}{wait} += $more;
        $_->{total_ns} += $more for $copy, $check, $check->{attempts}[0], $step;
        my $at = $hour - 3600 * 21 + 1200 * $k + 60;
        $_->{started_at} = strftime('%Y-%m-%dT%H:%M:%S', gmtime $at) . '.000000000Z'
            for $copy, $check, $check->{attempts}[0], $step;
        push @files, write_file("$dir/taken-$k", JSON::PP->new->canonical->encode($copy));
    }
    my $taken = run_assay('take', @files, '--scenario', $yaml, '--state', $state);
    is $taken->{exit}, 0, 'remembered' or diag $taken->{err};
    my $told = history($files[-1], '--history', $state);
    is $told->{exit}, 0, 'exit 0' or diag $told->{err};
    like $told->{out}, qr/^check api: 20 hours before the newest one, since /m, 'its hours';
    like $told->{out}, qr/^    p50 .*HIGHER than before \(20 hours\)$/m, 'the newest is slower';
    like $told->{out}, qr/^    errors .*\b0\.00 %/m, 'and without errors';
    like $told->{out}, qr/^not fit to block a merge/m, 'no verdict';
    like history($files[30], '--history', $state)->{out}, qr/^    p50 .*as before/m,
        'an earlier one is told by what was before it';
    my $alone = history($files[0], '--history', $dir);
    is $alone->{exit}, 2, 'checks have no history in files';
    like $alone->{err}, qr/the history of its checks is in a state file/, 'which is said';
    my $other = decode_json(JSON::PP->new->encode($probe));
    $other->{name} = 'another';
    my $unknown = history(write_file("$dir/another.result", encode_json($other)),
        '--history', $state);
    is $unknown->{exit}, 2, 'another scenario';
    like $unknown->{err}, qr/remembers none of the checks of "another"/, 'is not known';
};

subtest 'mistakes' => sub {
    my $state = "$dir/state.db";
    run_command('sqlite3', $state, 'create table t (x)');
    my $none = write_file(temp_dir('none') . '/none.json', '{}');
    for my $case (
        [[$state], qr/is a state file: it remembers checks, and the result has none/],
        [["$dir/nowhere"], qr/nowhere/],
        [["$dir/x*.json"], qr/no such file/],
        [[$none], qr/none\.json/],
    ) {
        my ($paths, $like) = @$case;
        my $bad = history($same, map { ('--history', $_) } @$paths);
        cmp_ok $bad->{exit}, '>=', 2, "refused: $like";
        like $bad->{err}, $like, 'with the reason';
    }
};

done_testing;

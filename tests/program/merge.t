#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `assay report merge`, `slice` and `compare`: results of loads put together,
# cut and shown side by side; and files that are not what they say.
use strict;
use warnings;

use Assay;
use Compress::Zlib qw(compress);
use JSON::PP;
use List::Util qw(sum0);
use MIME::Base64 qw(encode_base64);
use Test::More;

my $dir = temp_dir('merge');
my $json = JSON::PP->new->canonical;
my $n_files = 0;

sub report { return run_assay('report', @_) }

sub shards {
    my ($where, @plan) = @_;
    my $made = run_command('build/result_tool', $where, @plan);
    die "result_tool: $made->{err}" if $made->{exit} != 0;
    return sort glob "$where/shard-*.json";
}

# A copy of a result with something changed: the path of a new file.
sub changed {
    my ($from, $change) = @_;
    my $run = json_file($from);
    $change->($run, $run->{loads}[0]);
    return write_file("$dir/changed-" . ++$n_files . '.json', $json->encode($run));
}

sub balanced {
    my ($load) = @_;
    my %all = %{ $load->{accounting} };
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $all{planned}, sum0(@all{qw(sent dropped not_started)}), 'planned is balanced';
    is $all{sent}, sum0(@all{qw(ok failed timed_out in_flight)}), 'sent is balanced';
}

my @shard = shards(temp_dir('shards'), 3, 20, 100, 3);

# ---- merge

my $all = "$dir/all.json";
row 'TX26', 'results of several vantages become one', sub {
    my @from = map { my $where = $_; changed($shard[$_], sub { $_[0]{vantage} = "region-$where" }) } 0 .. 2;
    my $run = report('merge', @from, '--json', $all, '--csv', "$dir/all.csv",
        '--hdr-log', "$dir/all.hlog", '--junit', "$dir/all.xml", '--markdown', "$dir/all.md");
    is $run->{exit}, 0, 'exit 0' or diag $run->{err};
    is $run->{err}, '', 'nothing to complain of';
    my $got = json_file($all);
    my ($load, $one) = ($got->{loads}[0], json_file($from[0])->{loads}[0]);
    is $load->{requests}, 3 * $one->{requests}, 'three times the requests';
    is $load->{latency_ns}{count}, 3 * $one->{latency_ns}{count}, 'and times';
    is $load->{latency_ns}{$_}, $one->{latency_ns}{$_}, "the same $_ as each of the equal shards"
        for qw(min p50 p95 p99 max);
    balanced($load);
    balanced($_) for @{ $load->{steps} };
    cmp_ok abs($load->{rate_per_s} / $one->{rate_per_s} - 3), '<', 1e-6, 'three times the rate';
    is $load->{cost}{cpu_s}, 3 * $one->{cost}{cpu_s}, 'their costs add up';
    is scalar @{ $load->{timeline} }, scalar @{ $one->{timeline} }, 'one timeline';
    is $got->{vantage}, 'region-0, region-1, region-2', 'all vantages';
    is $got->{host}, 'runner-0, runner-1, runner-2', 'all hosts';
    is_deeply [ map { $_->{host} } @{ $got->{parts} } ], [qw(runner-0 runner-1 runner-2)], 'and parts';
    like $run->{out}, qr/merged from 3 results that ran at the same time/, 'it says so';
    is report($all)->{exit}, 0, 'what was written is read';
    ok -s "$dir/all.$_", "$_ is written" for qw(csv hlog xml md);
};

{
    my $ab = "$dir/ab.json";
    is report('merge', @shard[0, 1], '-q', '--json', $ab)->{exit}, 0, 'two of them';
    is report('merge', $ab, $shard[2], '-q', '--json', "$dir/abc.json")->{exit}, 0, 'and the third';
    is report('merge', reverse(@shard), '-q', '--json', "$dir/cba.json")->{exit}, 0, 'backwards';
    my ($x, $y) = map { json_file("$dir/$_.json") } qw(abc cba);
    is_deeply $x->{loads}[0]{$_}, $y->{loads}[0]{$_}, "in any order: $_"
        for qw(accounting latency_ns service_ns timeline rate_per_s);
    my $run = report('merge', $ab, $shard[1]);
    is $run->{exit}, 2, 'a part that is in it already: exit 2';
    like $run->{err}, qr/shard-1\.json: it is in it already: the same host "runner-1"/, 'said so';
}

{
    my $later = changed($shard[0], sub {
        my ($run, $load) = @_;
        $_->{started_at} =~ s/00:00:00/01:00:00/ for $run, $load;
    });
    my $run = report('merge', $shard[0], $later, '--json', "$dir/row.json");
    is $run->{exit}, 0, 'parts one after the other' or diag $run->{err};
    my ($load, $one) = map { json_file($_)->{loads}[0] } "$dir/row.json", $shard[0];
    cmp_ok abs($load->{rate_per_s} / $one->{rate_per_s} - 1), '<', 1e-6, 'the rate is that of each';
    is scalar @{ $load->{timeline} }, 2 * @{ $one->{timeline} }, 'their rows stay, and the hour between has none';
    like $run->{out}, qr/one after the other/, 'it says so';
}

# ---- what cannot be merged

my @unlike = (
    ['another scenario', sub { $_[0]{name} = 'Other' }, qr/the name "Other", the first has "Shop"/],
    ['another environment', sub { $_[0]{environment} = 'live' }, qr/environment "live"/],
    ['another load', sub { $_[1]{name} = 'other' }, qr/no load "shop"/],
    ['another plan', sub { $_[1]{plan} = '7/s for 20 s' }, qr{the plan "7/s for 20 s", the first has "100/s for 20 s"}],
    ['another model', sub { $_[1]{model} = 'closed' }, qr/the model "closed"/],
    ['another target', sub { $_[1]{target} = 'http://other' }, qr{the target "http://other"}],
    ['another step', sub { $_[1]{steps}[1]{url} = 'http://other' }, qr{step 2 of load "shop" has the url "http://other"}],
    ['a step less', sub { pop @{ $_[1]{steps} } }, qr/has 2 steps, the first has 3/],
    ['another limit', sub { $_[1]{limits}[0]{text} = 'max(latency) < 9s' }, qr/the limit "max\(latency\) < 9s"/],
    ['a search', sub { $_[1]{max_rate_per_s} = 7 }, qr/a search for the highest rate/],
    ['no load', sub { @{ $_[0] }{qw(loads verdict exit_code)} = ([], 'inconclusive', 3) }, qr/it has no load/],
    ['fewer times than counted', sub { $_[1]{latency_ns}{count}-- }, qr/"loads\[0\]\.latency_ns" has a count of 1999, but its histogram holds 2000/],
    ['no histogram', sub { $_[1]{service_ns}{hdr} = '' }, qr/service_ns" has a count of 2000 and no histogram/],
    ['a max that is not in it', sub { $_[1]{latency_ns}{max} *= 9 }, qr/latency_ns" goes from \d+ to \d+ ns, but its histogram/],
    ['statuses that do not add up', sub { $_[1]{steps}[0]{statuses}[0]{count} += 5 }, qr/steps\[0\]\.statuses" add up to \d+, but \d+ were sent/],
    ['a status that is none', sub { $_[1]{steps}[0]{statuses}[0]{name} = 'abc' }, qr/statuses\[0\]\.name" is "abc", which is none/],
    ['an outcome that is none', sub { $_[1]{steps}[0]{outcomes}[0]{name} = 'abc' }, qr/outcomes\[0\]\.name" is "abc", which is none/],
    ['other digits', sub { $_[1]{latency_ns}{hdr} = $_[1]{timeline}[0]{hdr} }, qr/has 2 digits, the others have 3/],
    ['a sum too large', sub { $_[1]{requests} = 9007199254740991 }, qr/the sums would be larger than 9007199254740991/],
);
for my $row (@unlike) {
    my ($name, $change, $want) = @$row;
    my $file = changed($shard[1], $change);
    my $run = report('merge', $shard[0], $file, '--json', "$dir/no.json");
    is $run->{exit}, 2, "$name: exit 2";
    like $run->{err}, qr/\Q$file\E: .*$want/s, "$name: says which file, and why";
    ok !-e "$dir/no.json" && $run->{out} eq '', "$name: nothing is written";
}

my @usage = (
    ['one file', [ 'merge', $shard[0] ], qr/at least two result files to merge, got 1/],
    ['over what is read', [ 'merge', @shard, '--json', $shard[1] ], qr/would write over/],
    ['the same file twice', [ 'merge', @shard[0, 0] ], qr/it is in it already/],
    ['checks', [ 'merge', $shard[0], 'tests/golden/render/ok.json' ], qr/ok\.json: it has 2 checks: only results of loads/],
    ['slice of two', [ 'slice', @shard ], qr/name one result file to take a slice of, got 3/],
    ['slice backwards', [ 'slice', $shard[0], '--from', '9s', '--to', '3s' ], qr/--to must lie behind --from/],
    ['slice to its begin', [ 'slice', $shard[0], '--to', '0s' ], qr/--to must lie behind --from/],
    ['slice of nothing', [ 'slice', $shard[0], '--from', '2m' ], qr/no row of a timeline lies behind 2 min: the run took 20.0 s/],
    ['slice of checks', [ 'slice', 'tests/golden/render/ok.json' ], qr/it has no load/],
    ['compare one', [ 'compare', $shard[0] ], qr/name 2 to 7 result files/],
    ['compare checks', [ 'compare', $shard[0], 'tests/golden/render/ok.json' ], qr/ok\.json: it has no load/],
    ['compare over it by another path', [ 'compare', @shard, '--csv', "/.$shard[1]" ],
        qr/would be written over/],
    ['compare over what is read', [ 'compare', @shard, '--csv', $shard[1] ], qr/would be written over/],
);
for my $row (@usage) {
    my ($name, $args, $want) = @$row;
    my $run = report(@$args);
    is $run->{exit}, 2, "$name: exit 2";
    like $run->{err}, $want, "$name: says why";
}
is report('merge', @shard, '-q', '--json', "$dir/none/x.json")->{exit}, 4, 'an output that cannot be written: exit 4';

# ---- files that are not what they say

sub packed {
    my ($plain) = @_;
    my $zipped = compress($plain);
    return encode_base64(pack('NN', 0x1c849314, length $zipped) . $zipped, '');
}

sub with_hdr {
    my ($hdr) = @_;
    return changed($shard[1], sub { $_[1]{steps}[0]{latency_ns}{hdr} = $hdr });
}

sub with_text {
    my ($change) = @_;
    my $text = read_file($shard[1]);
    local $_ = $text;
    $change->();
    die 'nothing was changed' if $_ eq $text;
    return write_file("$dir/text-" . ++$n_files . '.json', $_);
}

my $huge = write_file("$dir/huge.json", '');
truncate $huge, 100 << 20 or die;
my @bad = (
    ['empty', write_file("$dir/empty.json", ''), qr/empty\.json" is empty/],
    ['version 99', with_text(sub { s/"version": 1\b/"version": 99/ }), qr/:\d+:\d+: "version" is 99, this program reads up to 1/],
    ['other JSON', write_file("$dir/other.json", '{"a": 1}'), qr/this is no result/],
    ['100 MB', $huge, qr/huge\.json/],
    ['a thousand deep', write_file("$dir/deep.json", '{"x":' . '[' x 1000 . ']' x 1000 . '}'), qr/deep\.json:1:\d+: /],
    ['a number that is none', with_text(sub { s/"p50": \d+/"p50": NaN/ }), qr/:\d+:\d+: expected a value/],
    ['a number too large', with_text(sub { s/"sent": \d+/"sent": 1e999/ }), qr/:\d+:\d+: /],
    ['a negative count', with_text(sub { s/"ok": \d+/"ok": -1/ }), qr/must be a whole number from 0/],
    ['garbage in a histogram', with_hdr('AAAA'), qr/steps\[0\]\.latency_ns\.hdr": histogram is cut/],
    ['no base64', with_hdr('!!!!'), qr/must be base64/],
    ['a bomb', with_hdr(packed("\0" x (64 << 20))), qr/histogram unpacks to more than/],
    ['a header alone', with_hdr(packed(pack('N3N', 0x1c849313, 0, 0, 3))), qr/histogram is cut/],
    ['other bytes packed', with_hdr(packed('x' x 100)), qr/histogram is not of the V2 encoding/],
);
for my $row (@bad) {
    my ($name, $file, $want) = @$row;
    my $run = report('merge', $shard[0], $file, '--json', "$dir/no.json");
    is $run->{exit}, 2, "$name: exit 2" or diag $run->{err};
    like $run->{err}, $want, "$name: says where and why";
    ok !-e "$dir/no.json" && $run->{out} eq '', "$name: nothing is written";
    next if $name =~ /histogram|bomb|header|packed/;
    for my $command ([ 'slice', $file ], [ 'compare', $shard[0], $file ]) {
        my $other = report(@$command);
        is $other->{exit}, 2, "$name: $command->[0]: exit 2";
        is $other->{out}, '', "$name: $command->[0]: nothing is said";
    }
}

{
    my $text = read_file($shard[1]);
    my @wrong = grep {
        my $file = write_file("$dir/cut.json", substr $text, 0, length($text) * $_ / 20);
        my $run = report('merge', $shard[0], $file, '--json', "$dir/no.json");
        !($run->{exit} == 2 && $run->{err} =~ /cut\.json:\d+:\d+: /
            && !-e "$dir/no.json" && $run->{out} eq '');
    } 1 .. 19;
    is "@wrong", '', 'cut at every twentieth: refused with its place, and nothing written';
}

# ---- slice

{
    my $part = "$dir/part.json";
    my $run = report('slice', $shard[0], '--from', '5s', '--to', '15s', '--json', $part);
    is $run->{exit}, 0, 'a slice: exit 0' or diag $run->{err};
    my $load = json_file($part)->{loads}[0];
    balanced($load);
    is scalar @{ $load->{timeline} }, 10, 'ten rows of a second';
    is $load->{requests}, 1000, 'a thousand requests';
    is_deeply $load->{steps}, [], 'no steps';
    like $run->{out}, qr/a slice from 5\.00 s to 15\.0 s of a run/, 'it says so';
    is report($part)->{exit}, 0, 'what was written is read';
    my ($whole, $one) = map { json_file($_)->{loads}[0] }
        do { report('slice', $shard[0], '-q', '--json', "$dir/whole.json"); "$dir/whole.json" }, $shard[0];
    is_deeply $whole->{accounting}, $one->{accounting}, 'a slice of all has the books of all';
    is $whole->{latency_ns}{count}, $one->{latency_ns}{count}, 'and all times';
    my $failed = changed($shard[0], sub { $_->{text} = 'max(latency) < 1us' for $_[1]{limits}[0] });
    $run = report('slice', $failed, '--to', '3s');
    is $run->{exit}, 1, 'a limit that does not hold there: exit 1';
    my $steps = changed($shard[0], sub { $_->{text} = 'p50(service) < 1s' for $_[1]{limits}[0] });
    $run = report('slice', $steps);
    is $run->{exit}, 3, 'a limit that rows do not know: exit 3';
    like $run->{out}, qr/not known of a slice: the rows of the timeline have no times but latency/, 'and why';
}

# ---- compare

{
    my $other = changed($shard[1], sub {
        $_[0]{environment} = 'stage';
        $_[1]{plan} = '7/s';
        $_[1]{name} =~ s/x/x/;
        $_[1]{latency_ns}{quantiles}[0]{value_ns} *= 2;
    });
    my $run = report('compare', $shard[0], $other, '--markdown', "$dir/c.md", '--csv', "$dir/c.csv");
    is $run->{exit}, 0, 'compare: exit 0, whatever they say' or diag $run->{err};
    like $run->{out}, qr/This is no verdict\./, 'it is no verdict';
    like $run->{out}, qr/assay loadgen\s+--baseline .* --candidate/, 'and says what would be';
    like $run->{out}, qr/environment  A  -\n\s+B  stage/, 'what is not the same';
    like $run->{out}, qr{plan  A  100/s for 20 s\n\s+B  7/s}, 'of a load, too';
    like $run->{out}, qr/p50 .*\+100 %/, 'a difference';
    like read_file("$dir/c.md"), qr/\| p50 \|.*\+100 %/, 'in Markdown';
    like read_file("$dir/c.csv"), qr/^"shop","",p50,ns,.*,100,/m, 'and CSV';
    like read_file("$dir/c.md"), qr/This is no verdict/, 'with the same word of caution';
}

# ---- the largest that is promised

{
    my ($large) = shards(temp_dir('large'), 1);
    cmp_ok -s $large, '<=', 2 << 20, 'ten minutes of 5,000 requests a second over 20 steps take 2 MB at most';
    note sprintf 'it has %.2f MB', (-s $large) / (1 << 20);
    is report($large, '-q')->{exit}, 0, 'and are read';
}

done_testing;

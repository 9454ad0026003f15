# SPDX-License-Identifier: MIT
package Loads;

# Loads - runs of assay loadgen, and what every one of them must keep.
#
#     use Loads;
#     my $run = load_url($o->http_url('/ok'), qw(-n 100 -c 10));
#     my $run = load_file({ a => { flow => ..., users => ... } },
#         { checks => {}, data => {}, args => [] });
#     is $run->{load}{accounting}{ok}, 100;      # the first load
#     is $run->{loads}{a}{accounting}{ok}, 100;  # that one
#     my $run = when_calm(sub { load_url(...) });  # again while this machine is
#                                                  # too busy for it
#     books_balance();                           # last test of a file
#
# A scenario is written as Perl data and reaches assay as JSON, which is YAML.

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP;
use List::Util qw(sum0);
use Test::More;
use Assay;

our @EXPORT = qw(load_url load_file flow_of ended_with limit_like counts
    books_balance paths_seen median when_calm true false);

my $json = JSON::PP->new->canonical->allow_nonref;
my @results;
my $n_runs = 0;

sub true { return JSON::PP::true }
sub false { return JSON::PP::false }

sub load_run {
    my ($target, $args, $opt) = @_;
    my $file = temp_dir() . '/result-' . ++$n_runs . '.json';
    my $run = run_assay('loadgen', $target, '--json', $file, @$args,
        { timeout => 120, %$opt });
    $run->{file} = $file;
    $run->{json} = -e $file ? read_file($file) : '';
    $run->{result} = eval { decode_json($run->{json}) } || {};
    diag("no result: $run->{err}$run->{out}")
        if !%{ $run->{result} } && !$opt->{broken};
    my $loads = $run->{result}{loads} || [];
    # without a result the tests of it fail, and the others go on
    $run->{load} = $loads->[0] || { steps => [{}], map { $_ => {} } qw(accounting
        latency_ns service_ns warm_up instrument cost) };
    $run->{loads} = { map { $_->{name} => $_ } @$loads };
    push @results, ["@$args", $_] for @$loads;
    return $run;
}

# load_url(URL, ARGS..., { env => {}, broken => 1 })
sub load_url {
    my ($url, @args) = @_;
    my $opt = @args && ref $args[-1] eq 'HASH' ? pop @args : {};
    return load_run($url, \@args, $opt);
}

# load_file({ NAME => LOAD }, { args => [], and any other top-level key })
sub load_file {
    my ($loads, $opt) = @_;
    my %opt = %{ $opt || {} };
    my %of_run = map { exists $opt{$_} ? ($_ => delete $opt{$_}) : () }
        qw(args env broken timeout cwd signal signal_after);
    my $text = $json->pretty->encode({ %opt, loads => $loads });
    return load_run(scenario($text), $of_run{args} || [], \%of_run);
}

# A flow of its own: flow_of($url) or flow_of({ get => ... }, { ... }).
sub flow_of {
    return { steps => [map { ref $_ ? $_ : { get => $_ } } @_] };
}

# The run ended with that code, and its load with that verdict.
sub ended_with {
    my ($run, $exit, $verdict, $says) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $ok = is($run->{exit}, $exit, ($says ? "$says: " : '') . "exit $exit");
    $ok &= is($run->{load}{verdict}, $verdict, "verdict $verdict") if $verdict;
    diag($run->{err} . $run->{out}) if !$ok;
    return $ok;
}

# The limit whose text is like that.
sub limit_like {
    my ($load, $like) = @_;
    my ($limit) = grep { $_->{text} =~ $like } @{ $load->{limits} || [] };
    return $limit || {};
}

# { 200 => 98, 503 => 2 } of a list of named counts.
sub counts {
    return { map { $_->{name} => $_->{count} } @{ $_[0] || [] } };
}

# How often the origin was asked for each path.
sub paths_seen {
    my ($origin) = @_;
    return $origin->stats->{paths};
}

sub median {
    my @sorted = sort { $a <=> $b } @_;
    return $sorted[$#sorted / 2];
}

# ---- a machine that has other things to do

my $TRIES = 4;
my $LATE_NS = 1e6; # p99 of a bare timer; a quiet machine has a tenth of it

# A program beside it that does nothing but wait for the next of 200 times a
# second: how late it was woken is what this machine does to everybody.
sub begin_timer {
    my $dir = temp_dir('timer');
    my $pid = Assay::spawn(['build/bench/timer_loop', 200, 120],
        { out => "$dir/out", err => "$dir/err", stop_signal => 'INT' });
    return { pid => $pid, dir => $dir };
}

sub end_timer {
    my ($timer) = @_;
    Assay::finish($timer->{pid});
    return (split ' ', read_file("$timer->{dir}/out"))[2] || 0;
}

# Whether a run does not call itself invalid.
sub is_valid {
    my ($run) = @_;
    return 0 if !defined $run->{exit};
    return 1 if $run->{exit} != 4;
    # nothing was sent at all: that is no doubt
    return $run->{result} && !grep { $_->{fatal} } map {
        @{ $_->{instrument}{doubts} || [] } } @{ $run->{result}{loads} || [] };
}

# Makes a run again while it is not fine (not invalid, if nothing is said), if
# it says itself that it was not in time or a bare timer beside it was not.
# Gives the last, which is judged like any other; when it was not fine either and
# the timer was late, that is said beside the failures.
sub when_calm {
    my ($make, $is_fine) = @_;
    $is_fine ||= \&is_valid;
    my ($run, $late);
    for (1 .. $TRIES) {
        my $timer = begin_timer();
        $run = $make->();
        $late = end_timer($timer);
        return $run if $is_fine->($run);
        last if is_valid($run) && $late <= $LATE_NS;
    }
    diag(sprintf 'this machine is too busy: it wakes a bare timer %.1f ms late',
        $late / 1e6) if $late > $LATE_NS;
    return $run;
}

my @ENDS = qw(ok failed timed_out in_flight);

# What is wrong with the books of one load; nothing when nothing is.
sub trouble {
    my ($load) = @_;
    my %all = %{ $load->{accounting} };
    my @steps = @{ $load->{steps} };
    my @bad;
    my $same = sub {
        my ($what, $left, $right) = @_;
        push @bad, "$what: $left is not $right" if $left != $right;
    };
    $same->('planned', $all{planned}, sum0(@all{qw(sent dropped not_started)}));
    $same->('sent', $all{sent}, sum0(@all{@ENDS}));
    for my $step (@steps) {
        my %one = %{ $step->{accounting} };
        my $name = "step $step->{name}";
        $same->("$name, sent", $one{sent}, sum0(@one{@ENDS}));
        $same->("$name, outcomes", $one{sent},
            sum0(values %{ counts($step->{outcomes}) }));
        $same->("$name, statuses", $one{sent},
            sum0(values %{ counts($step->{statuses}) }));
        $same->("$name, latency", $step->{latency_ns}{count}, $one{sent})
            if !$load->{warm_up}{requests};
        $same->("$name, service", $step->{service_ns}{count},
            $step->{latency_ns}{count});
        # the phases are means, each cut to whole nanoseconds
        my $phases = sum0(values %{ $step->{mean_phases_ns} });
        my $mean = $step->{latency_ns}{mean};
        push @bad, "$name, phases: $phases is not $mean"
            if abs($phases - $mean) > 20;
    }
    $same->('requests', $load->{requests},
        sum0(map { $_->{accounting}{sent} } @steps))
        if !$load->{warm_up}{requests};
    $same->('timeline, planned',
        sum0(map { $_->{planned} } @{ $load->{timeline} }), $all{planned});
    $same->('timeline, sent',
        sum0(map { $_->{sent} } @{ $load->{timeline} }), $all{sent});
    for my $times (grep { $_ && $_->{count} } @{$load}{qw(latency_ns service_ns)}) {
        my @order = @{$times}{qw(min p50 p90 p95 p99 p999 max)};
        push @bad, "quantiles: @order" if grep {
            $order[$_] > $order[$_ + 1] } 0 .. $#order - 1;
    }
    return @bad;
}

# One test: all results of this file add up.
sub books_balance {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @bad = map { my ($args, $load) = @$_;
        map { "$load->{name} ($args): $_" } trouble($load) } @results;
    ok(@results && !@bad, 'the books of all ' . @results . ' loads balance')
        or diag join "\n", @bad;
}

1;

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A program that is stopped sees nothing of its target: it does not tell its own
# absence as the target's slowness, and goes on to look.
use strict;
use warnings;
use JSON::PP;
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep);
use Assay;

# A request waits 2 s for its answer, may take 3 s, and 4 s go by.
my ($DELAY_MS, $TIMEOUT, $STOP_S) = (2000, '3s', 4);
my $LEAST_NS = 3.5e9; # of the stop, that has to be found

my $origin = start_origin(tls => 1);
my $ca = $origin->ca;

sub asked {
    my $paths = $origin->stats->{paths} || {};
    my $n = 0;
    $n += $paths->{$_} for grep { m{^/(reply|fault/never|flaky/)} } keys %$paths;
    return $n;
}

# Runs checks, stops the program once all have asked, and lets it go on:
# { exit, said, step => { check => its step } }.  Undef when it was all over
# before the stop.
sub try_stopped {
    my ($checks) = @_;
    my $dir = temp_dir('stopped');
    my $text = "checks:\n" . join '', map {
        "  $_:\n    timeout: $TIMEOUT\n    steps:\n$checks->{$_}" } sort keys %$checks;
    my $before = asked();
    my $pid = Assay::spawn([assay_binary(), 'probe', scenario($text), '--json',
        "$dir/json"], { out => "$dir/out", err => "$dir/err" });
    until_true(20, sub { asked() - $before >= grep { /get:/ } values %$checks });
    kill 'STOP', $pid;
    sleep $STOP_S;
    my $late = waitpid($pid, WNOHANG) == $pid;
    kill 'CONT', $pid unless $late;
    $late || until_true(30, sub { waitpid($pid, WNOHANG) == $pid })
        or die "it does not end\n";
    my $code = $? >> 8;
    return if $late;
    my $run = decode_json(read_file("$dir/json"));
    return { exit => $code, said => read_file("$dir/out") . read_file("$dir/err"),
        step => { map { $_->{name} => $_->{steps}[-1] } @{ $run->{checks} } } };
}

sub stopped {
    for (1 .. 5) {
        my $run = try_stopped(@_);
        return $run if $run;
    }
    die "the machine is too slow to stop it in time\n";
}

my $later = $origin->reply(delay => $DELAY_MS, body => 'x');
(my $tls = $later) =~ s{^.*?(?=/reply)}{$origin->https_url}e;
my %way = (native => '', libcurl => "        resolve: { 'any:1': 127.0.0.1 }\n",
    tls => "        ca_file: $ca\n");

subtest 'an answer that came while it was stopped' => sub {
    my %check = map { $_ => '      - get: ' . ($_ eq 'tls' ? $tls : $later) .
        "\n$way{$_}        expect: { body: x, time: { total: { lt: $TIMEOUT } } }\n" } keys %way;
    my $run = stopped(\%check);
    is($run->{exit}, 0, 'they are ok') or diag $run->{said};
    for my $name (sort keys %way) {
        my $step = $run->{step}{$name};
        is($step->{outcome}, 'ok', $name);
        my $own = $step->{phases_ns}{lateness} || 0;
        cmp_ok($own, '>', $LEAST_NS, "$name: the stop is this program's")
            or diag explain $step;
        cmp_ok($step->{total_ns} - $own, '<', 3e9, "$name: and not the target's");
    }
};

subtest 'a command that ended while it was stopped' => sub {
    my $exec = sub {
        my ($seconds) = @_;
        return "      - exec: [sleep, '$seconds']\n";
    };
    my $run = stopped({ a => "      - get: $later\n", quick => $exec->(2),
        slow => $exec->(60) });
    is($run->{exit}, 1, 'one fails') or diag $run->{said};
    is($run->{step}{quick}{outcome}, 'ok', 'not this one');
    is($run->{step}{slow}{outcome}, 'timeout', 'this one');
    for my $name (qw(quick slow)) {
        cmp_ok($run->{step}{$name}{phases_ns}{lateness} || 0, '>', $LEAST_NS,
            "$name: the stop") or diag explain $run->{step}{$name};
    }
};

# It asks each second, for 3 s in all, and the third answer is the right one; it
# is stopped behind the first.
subtest 'a wait that it was stopped in' => sub {
    my $flaky = $origin->http_url('/flaky/stalls?fail=2');
    my $run = stopped({ a => "      - wait:\n          - get: $flaky\n" .
        "        every: 1s\n        for: $TIMEOUT\n" });
    is($run->{exit}, 0, 'it asks again') or diag $run->{said};
};

subtest 'an answer that never comes' => sub {
    my $never = $origin->http_url('/fault/never');
    my %check = map { $_ => "      - get: $never\n$way{$_}" } qw(native libcurl);
    my $run = stopped(\%check);
    is($run->{exit}, 1, 'they fail');
    for my $name (sort keys %check) {
        my $step = $run->{step}{$name};
        is($step->{outcome}, 'timeout', "$name: in time of its own");
        like($step->{message}, qr/wait took .* s of .* s, the limit is 3\.00 s/,
            "$name: which is told") or diag $step->{message};
        cmp_ok($step->{phases_ns}{lateness} || 0, '>', $LEAST_NS, "$name: the stop");
    }
};

# What a load measures is not corrected: a stop is in its latency and in its
# service time, and the instrument tells that it was late.
subtest 'a load takes the time as it is' => sub {
    my $dir = temp_dir('load');
    my $get = $origin->reply(delay => 300, body => 'x');
    for my $way (['by the transport', ''], ['as a journey', ', redirects: 1']) {
        my ($name, $keys) = @$way;
        my $file = scenario("loads:\n  l:\n    flow: { steps: [{ get: '$get'$keys }] }\n" .
            "    users: { count: 1, for: 4s }\n");
        my $before = asked();
        my $pid = Assay::spawn([assay_binary(), 'loadgen', $file, '-q', '--json',
            "$dir/json"], { out => "$dir/out", err => "$dir/err" });
        ok(until_true(20, sub { asked() > $before }), "$name: it has asked");
        kill 'STOP', $pid;
        sleep 2;
        kill 'CONT', $pid;
        until_true(30, sub { waitpid($pid, WNOHANG) == $pid }) or die "it does not end\n";
        my $load = decode_json(read_file("$dir/json"))->{loads}[0];
        cmp_ok($load->{$_}{max}, '>', 1.8e9, "$name: $_") or diag read_file("$dir/err")
            for qw(latency_ns service_ns);
    }
};

done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What a load can be made of: users and arrivals, flows and data, connections,
# limits, the search for the highest rate; and that each does what it says.
use strict;
use warnings;
use List::Util qw(sum0 uniq);
use Test::More;
use Assay;
use Loads;

my $socket = temp_dir('models') . '/origin.sock';
my $o = start_origin(tls => 1, unix => $socket);
my $url = $o->http_url('/ok');
my $dir = temp_dir('files');

# A run against an origin that counts from zero.
sub counted_url {
    my @args = @_;
    return when_calm(sub { $o->reset_stats; return load_url(@args, '-q') });
}
sub counted_file {
    my ($loads, $opt) = @_;
    push @{ $opt->{args} }, '-q';
    return when_calm(sub { $o->reset_stats; return load_file($loads, $opt) });
}

# One number of each row of the timeline.
sub rows_of {
    my ($run, $key) = @_;
    return map { $_->{$key} } @{ $run->{load}{timeline} || [] };
}

# Connections since reset_stats, without the one that asks; so nothing else may
# have been asked before.
sub connections { return $o->stats->{connections} - 1 }

# ---- closed

subtest 'so many requests' => sub {
    my $run = counted_url($url, qw(-n 100 -c 10));
    ended_with($run, 0, 'ok', '-n 100 -c 10');
    is $run->{load}{model}, 'closed', 'closed';
    is $run->{load}{ended}, 'iterations', 'ended by its number';
    is $run->{load}{accounting}{ok}, 100, '100 went well';
    is connections(), 10, 'on 10 connections';
    is paths_seen($o)->{'/ok'}, 100, 'the origin saw 100';
    is $run->{load}{instrument}{open_connections_max}, 10, 'as the result says';
    ok !$run->{load}{planned_per_s}, 'there is no planned rate';
    $run = counted_url($url, qw(-n 101 -c 10 -t 2));
    is connections(), 10, 'two workers: as many connections';
    is paths_seen($o)->{'/ok'}, 101, 'and as many requests';
    $run = counted_url($url, qw(-n 3 -c 10));
    is $run->{load}{accounting}{sent}, 3, 'fewer requests than users';
    $run = counted_url($url, qw(-n 5000000 -c 4 -d 1s));
    is $run->{load}{ended}, 'plan', 'whichever comes first';
};

subtest 'so long' => sub {
    my $run = counted_url($o->http_url('/reply?delay=50'), qw(-d 1s -c 4));
    ended_with($run, 0, 'ok', '-d 1s');
    is $run->{load}{ended}, 'plan', 'ended by its time';
    cmp_ok $run->{load}{total_ns}, '>=', 1e9, 'not before';
    cmp_ok $run->{load}{accounting}{sent}, '<=', 84, 'each waits for its answer';
    cmp_ok $run->{load}{accounting}{sent}, '>=', 20, 'and asks again';
    is $run->{load}{accounting}{in_flight}, 0, 'the last ones were waited for';
};

subtest 'users come and go' => sub {
    my $slow = $o->http_url('/reply?delay=20');
    my $run = counted_url($slow, qw(-c 10 --ramp 2s -d 1s));
    my @users = rows_of($run, 'users');
    cmp_ok $users[0], '<', $users[2], 'more and more';
    cmp_ok $users[0], '<=', 6, 'about half of them in the middle of the ramp';
    is $users[2], 10, 'all of them at its end' if @users > 3;
    $run = counted_file({ a => { flow => flow_of($slow), users => { stages => [
        { users => 8, for => '1s' }, { to => 1, for => '1s' },
        { users => 1, for => '1s' }] } } });
    @users = rows_of($run, 'sent');
    cmp_ok $users[0], '>', $users[1], 'fewer';
    cmp_ok $users[1], '>', $users[2], 'and fewer';
    cmp_ok $users[2], '<=', 52, 'one alone at the end';
};

subtest 'rounds of each user, and thinking' => sub {
    my $run = counted_file({ a => { flow => flow_of($url),
        users => { count => 5, iterations_each => 7 } } });
    is $run->{load}{accounting}{ok}, 35, '7 rounds of 5 users';
    is $run->{load}{ended}, 'iterations', 'then it is over';
    is connections(), 5, 'each on its connection';
    $run = counted_file({ a => { flow => flow_of($url),
        users => { count => 4, iterations_each => 3, think => '200ms' } } });
    is $run->{load}{accounting}{ok}, 12, '3 rounds of 4 users';
    cmp_ok $run->{load}{total_ns}, '>=', 400e6, 'two pauses between them';
    $run = counted_file({ a => { flow => flow_of($url),
        users => { count => 4, for => '1s', think => { between => ['50ms', '150ms'] } } } });
    my $sent = $run->{load}{accounting}{sent};
    ok $sent >= 24 && $sent <= 84, "4 users who think 50 to 150 ms: $sent rounds a second";
};

# ---- open

subtest 'rates' => sub {
    my $run = counted_url($url, qw(-r 50 -d 2s));
    ended_with($run, 0, 'ok', '-r 50');
    is $run->{load}{model}, 'open', 'open';
    is $run->{load}{accounting}{planned}, 100, '100 arrivals';
    is $run->{load}{planned_per_s}, 50, 'the planned rate';
    is paths_seen($o)->{'/ok'}, 100, 'the origin saw them';
    $run = counted_url($url, qw(-r 100 --ramp 2s -d 1s));
    is $run->{load}{accounting}{planned}, 200, 'a ramp is half of it';
    my @planned = rows_of($run, 'planned');
    ok abs($planned[0] - 25) <= 3 && abs($planned[1] - 75) <= 3
        && abs($planned[2] - 100) <= 3, 'more and more' or diag "@planned";
    $run = counted_file({ a => { flow => flow_of($url), arrivals => { stages => [
        { rate => '50/s', for => '1s' }, { to => '150/s', for => '1s' },
        { rate => '0/s', for => '1s' }, { rate => '20/s', for => '500ms' }] } } });
    is $run->{load}{accounting}{planned}, 160, 'stages';
    @planned = rows_of($run, 'planned');
    cmp_ok $planned[2], '<=', 3, 'with a pause' or diag "@planned";
    $run = counted_url($url, qw(-r 1000 -n 250));
    is $run->{load}{accounting}{planned}, 250, 'so many and no more';
    is $run->{load}{ended}, 'iterations', 'ended by its number';
    $run = counted_url($url, qw(-r 120/m -d 1s));
    is $run->{load}{accounting}{planned}, 2, 'a rate a minute';
};

subtest 'bursts and files' => sub {
    my $run = counted_file({ a => { flow => flow_of($url),
        arrivals => { burst => { size => 20, every => '400ms' }, for => '1600ms' } } });
    is $run->{load}{accounting}{planned}, 80, '4 bursts of 20';
    is paths_seen($o)->{'/ok'}, 80, 'all arrived';
    is((rows_of($run, 'planned'))[0], 60, 'three of them in the first second');
    write_file("$dir/times.csv", "# when\n0\n0.1\n\n250ms\n1.2\n1.2\n");
    $run = counted_file({ a => { flow => flow_of($url),
        arrivals => { file => "$dir/times.csv" } } });
    is $run->{load}{accounting}{planned}, 5, 'a file of five times';
    is_deeply [(rows_of($run, 'planned'))[0, 1]], [3, 2], 'when it says';
    is paths_seen($o)->{'/ok'}, 5, 'all arrived';
};

# The same draws whoever makes them.
# A request that is the same each time and one that is not share a user.
subtest 'flows of both kinds' => sub {
    for my $transport (qw(native libcurl)) {
        my $run = load_file({ a => {
            flow => [
                { steps => [{ get => $o->http_url('/echo?first'), expect => {
                    status => 200, json => { '$.method' => 'GET',
                        '$.query' => { contains => 'first' } } } }] },
                { steps => [{ post => $o->http_url('/echo'),
                    body => '${uuid()}', expect => { status => 200,
                        json => { '$.method' => 'POST' } } }] }],
            users => { count => 2, iterations => 600 } } },
            { args => ['--transport', $transport] });
        is $run->{exit}, 0, "$transport: each gets the answer to its own"
            or diag $run->{out};
        is sum0(map { $_->{accounting}{ok} } @{ $run->{load}{steps} }), 600,
            'all of them';
    }
};

subtest 'flows by weight' => sub {
    my @flows = map { { %{ flow_of($o->http_url("/reply/w$_->[0]")) },
        weight => $_->[1] } } [7 => 7], [2 => 2], [1 => 1];
    my %seen;
    for my $workers (1, 2) {
        my $run = counted_file({ a => { flow => \@flows,
            arrivals => { rate => '2000/s', iterations => 2000, seed => 11 } } },
            { args => ['-t', $workers] });
        is $run->{load}{seed}, 11, 'the seed is kept';
        my $paths = paths_seen($o);
        my @got = map { $paths->{"/reply/w$_"} } 7, 2, 1;
        is sum0(@got), 2000, '2000 in all';
        ok abs($got[0] - 1400) < 80 && abs($got[1] - 400) < 72
            && abs($got[2] - 200) < 55, 'near their weights' or diag "@got";
        $seen{$workers} = "@got";
        is_deeply [map { $_->{accounting}{sent} } @{ $run->{load}{steps} }], \@got,
            'the result counts the same';
    }
    is $seen{1}, $seen{2}, 'one worker or two: the same choices';
};

# ---- several loads

subtest 'one after the other' => sub {
    my %few = (users => { count => 2, iterations => 10 });
    my %loads = (
        first => { %few, flow => flow_of($o->http_url('/reply?delay=30')) },
        later => { %few, flow => flow_of($url), start => '300ms' },
        behind => { %few, flow => flow_of($url), after => 'first' },
        far => { %few, flow => flow_of($url), after => 'behind', start => '200ms' });
    my $run = counted_file(\%loads);
    is $run->{exit}, 0, 'all went well' or diag $run->{err}, $run->{out};
    is scalar keys %{ $run->{loads} }, 4, 'four loads';
    my %at = map { my $start = $run->{loads}{$_}{start_ns} || 0;
        $_ => [$start, $start + $run->{loads}{$_}{total_ns}] } keys %loads;
    cmp_ok $at{later}[0] - $at{first}[0], '>=', 290e6, 'start: later';
    cmp_ok $at{later}[0] - $at{first}[0], '<', 290e6 + within(1) * 1e9, 'but not much';
    cmp_ok $at{behind}[0], '>=', $at{first}[0] + 150e6, 'after: when the other is over';
    cmp_ok $at{far}[0], '>=', $at{behind}[1] + 190e6, 'after and start: both';
    is paths_seen($o)->{'/ok'}, 30, 'all were sent';
    $run = counted_file(\%loads, { args => [qw(--only later --only first)] });
    is_deeply [sort keys %{ $run->{loads} }], [qw(first later)], '--only';
    $loads{first}{flow} = flow_of({ get => $o->http_url('/status/500'),
        expect => { status => 200 } });
    $run = counted_file(\%loads);
    is $run->{exit}, 1, 'the first fails';
    is $run->{loads}{first}{verdict}, 'failed', 'it says so';
    is $run->{loads}{later}{verdict}, 'ok', 'who does not wait is not touched';
    for my $name (qw(behind far)) {
        my $load = $run->{loads}{$name};
        is $load->{ended}, 'not started', "$name: not started";
        is $load->{verdict}, 'inconclusive', "$name: nobody knows";
        is $load->{accounting}{sent}, 0, "$name: nothing was sent";
        like $load->{message} || '', qr/not started/, "$name: says so";
    }
    is paths_seen($o)->{'/ok'}, 10, 'nothing else was sent';
    $run = counted_file(\%loads, { args => [qw(--only behind)], timeout => 10,
        broken => 1 });
    ok !$run->{timed_out}, 'alone it does not wait for ever';
};

subtest 'side by side' => sub {
    my $run = counted_file({
        open => { flow => flow_of($o->http_url('/reply/open')),
            arrivals => { rate => '100/s', for => '1s' } },
        closed => { flow => flow_of($o->http_url('/reply/closed?delay=5')),
            users => { count => 3, for => '1s' } },
        slow => { flow => flow_of($o->http_url('/reply/slow')),
            arrivals => { rate => '10/s', for => '1s' } } }, { args => ['-t', 2] });
    is $run->{exit}, 0, 'all went well' or diag $run->{err};
    my $paths = paths_seen($o);
    is $paths->{'/reply/open'}, 100, 'open';
    is $paths->{'/reply/slow'}, 10, 'slow';
    for my $name (qw(open closed slow)) {
        is $run->{loads}{$name}{accounting}{ok}, $paths->{"/reply/$name"},
            "$name: as many as the origin saw";
    }
};

# ---- data

write_file("$dir/ids.csv", join '', "id,name\n", map { "$_,n$_\n" } 1 .. 10);
write_file("$dir/ids.jsonl", join '', map { qq({"id":$_,"name":"n$_"}\n) } 1 .. 10);

# How often each row came to the origin; its two columns stay together.
sub fed {
    my ($data, $users, @args) = @_;
    my $run = counted_file({ a => { flow => flow_of(
        $o->http_url('/reply/${data.id}-${data.name}')), %$users } },
        { data => { rows => $data }, args => [@args], timeout => 20 });
    my $paths = paths_seen($o);
    my %seen = map { m{^/reply/(\d+)-n(\d+)$} ? (($1 == $2 ? $1 : 'torn') =>
        $paths->{$_}) : () } keys %$paths;
    return ($run, \%seen);
}

subtest 'rows of data' => sub {
    my %once = map { $_ => 1 } 1 .. 10;
    my @kinds = ({ users => { count => 3, iterations => 10 } },
        { arrivals => { rate => '200/s', iterations => 10 } });
    for my $users (@kinds) {
        for my $file (qw(ids.csv ids.jsonl)) {
            my ($run, $seen) = fed("$dir/$file", $users);
            is_deeply $seen, \%once, "$file: each row once";
        }
    }
    my %some = (users => { count => 3, iterations => 25 });
    my ($run, $seen) = fed("$dir/ids.csv", \%some, '-t', 2);
    is_deeply $seen, { map { $_ => $_ <= 5 ? 3 : 2 } 1 .. 10 },
        'from the beginning again';
    for my $order (qw(sequential shuffle)) {
        for my $share (qw(all worker)) {
            for my $users (@kinds[0, 1]) {
                my ($kind) = keys %$users;
                ($run, $seen) = fed({ file => "$dir/ids.csv", order => $order,
                    share => $share, at_end => 'stop', seed => 3 },
                    { $kind => { %{ $users->{$kind} }, iterations => 100 } }, '-t', 2);
                is_deeply $seen, \%once, "$order, $share, $kind: each row once, then stop";
                is $run->{load}{ended}, 'data', 'as the result says';
                is $run->{load}{accounting}{sent}, 10, 'ten were sent';
            }
        }
    }
    ($run, $seen) = fed({ file => "$dir/ids.csv", order => 'shuffle' }, \%some);
    is_deeply [sort { $a <=> $b } values %$seen], [(2) x 5, (3) x 5],
        'shuffled: none a third time before all were there twice';
    my @draws = map { (fed({ file => "$dir/ids.csv", order => 'random', seed => $_ },
        { users => { count => 1, iterations => 200 } }))[1] } 5, 5, 6;
    is sum0(values %{ $draws[0] }), 200, 'random: 200 rows';
    is_deeply $draws[1], $draws[0], 'the same seed draws the same';
    ok join(',', map { $draws[2]{$_} // 0 } 1 .. 10)
        ne join(',', map { $draws[0]{$_} // 0 } 1 .. 10), 'another one does not';
};

# ---- connections

subtest 'connections' => sub {
    counted_url($url, qw(-n 50 -c 5 --fresh));
    is connections(), 50, '--fresh: one each';
    counted_url($url, qw(-n 100 -c 2 --max-requests 5));
    my $n = connections();
    ok $n >= 20 && $n <= 22, "--max-requests: $n connections";
    my $run = counted_url($o->http_url('/reply?delay=100'), qw(-r 200 -d 1s -c 7
        --timeout 20s));
    is $o->stats->{open_peak} <= 8, 1, '-c is a ceiling of an open load';
    cmp_ok $run->{load}{instrument}{waited}, '>', 50, 'who waits for one is counted';
    is $run->{load}{instrument}{open_connections_max}, 7, 'the result says how many';
    $run = counted_url('http://some.test:' . $o->port . '/ok', qw(-n 5), '--resolve',
        'some.test:' . $o->port . ':127.0.0.1');
    is paths_seen($o)->{'/ok'}, 5, '--resolve';
    $run = counted_url('http://other.test/ok', qw(-n 5), '--unix-socket', $socket);
    is paths_seen($o)->{'/ok'}, 5, '--unix-socket';
    $run = counted_file({ a => { flow => flow_of($o->http_url('/reply?delay=5')),
        users => { count => 4, iterations => 40 }, connections => { per_user => true } } });
    is connections(), 4, 'per_user: each keeps its own';
};

subtest 'source addresses' => sub {
    my $log = "$dir/sources.log";
    my $nginx = start_nginx(<<"CONF", { whole => 1 });
log_format who '\$remote_addr \$server_protocol \$connection';
server { listen 127.0.0.1:PORT; access_log $log who; location / { return 200 "ok"; } }
CONF
    my $run = load_url($nginx->url('/'), qw(-n 40 -c 4 -q --source 127.0.0.2
        --source 127.0.0.3));
    is $run->{load}{accounting}{ok}, 40, 'all went well';
    until_true(3, sub { my @n = read_file($log) =~ /\n/g; @n >= 40 });
    my %from;
    my $text = read_file($log);
    $from{$1}{$2} = 1 while $text =~ /^(\S+) \S+ (\d+)$/mg;
    is_deeply { map { $_ => scalar keys %{ $from{$_} } } keys %from },
        { '127.0.0.2' => 2, '127.0.0.3' => 2 }, 'two connections from each';
};

subtest 'HTTP/2' => sub {
    my $log = "$dir/h2.log";
    my $c = certs();
    my $nginx = start_nginx(<<"CONF", { whole => 1 });
log_format who '\$remote_addr \$server_protocol \$connection';
server { listen 127.0.0.1:PORT ssl http2; access_log $log who;
    ssl_certificate $c/good.pem; ssl_certificate_key $c/good.key;
    location = /missing { return 404 "no"; }
    location / { return 200 "ok"; } }
CONF
    my $clear = start_nginx('server { listen 127.0.0.1:PORT http2; location / '
        . '{ return 200 "ok"; } }', { whole => 1 });
    my $secure = 'https://localhost:' . $nginx->port . '/';
    my @ca = ('--ca-file', $o->ca, '-q');
    my $run = load_url($secure, qw(-n 200 -c 2 --http 2), @ca);
    ended_with($run, 0, 'ok', 'TLS');
    is $run->{load}{transport}, 'http2', 'by its own transport';
    is_deeply counts($run->{load}{steps}[0]{statuses}), { 200 => 200 }, 'statuses';
    until_true(3, sub { my @n = read_file($log) =~ /\n/g; @n >= 200 });
    is_deeply [uniq(read_file($log) =~ m{ (HTTP\S+) }g)], ['HTTP/2.0'], 'as nginx saw it';
    $run = load_url("${secure}missing", qw(-n 20 -c 2 --http 2), @ca);
    is_deeply counts($run->{load}{steps}[0]{statuses}), { 404 => 20 }, 'a status';
    ended_with($run, 1, 'failed', '404');
    $run = load_url($secure, qw(-n 50 -c 5 --http 2 --fresh), @ca);
    is $run->{load}{accounting}{ok}, 50, 'a connection each';
    $run = load_url($clear->url('/'), qw(-r 500 -d 1s -c 1 --streams 8 -q),
        qw(--http 2-prior));
    is $run->{load}{accounting}{ok}, 500, 'without TLS';
    is $run->{load}{instrument}{open_connections_max}, 1, 'all on one connection';
    $run = load_url($o->https_url('/ok'), qw(-n 5 -c 1 --http 2), @ca);
    ended_with($run, 1, 'failed', 'a server that speaks HTTP/1.1 only');
    is $run->{load}{accounting}{failed}, 5, 'is not taken for HTTP/2';
};

subtest 'TLS sessions' => sub {
    my @args = (qw(-n 20 -c 1 --fresh --ca-file), $o->ca);
    my $run = counted_url($o->https_url('/ok'), @args);
    is $run->{load}{accounting}{ok}, 20, 'all went well' or diag $run->{load}{steps}[0]{sample};
    my $stats = $o->stats;
    cmp_ok $stats->{resumed}, '>=', 18, 'are used again';
    is $stats->{handshakes}, 20, 'with each connection';
    $run = counted_url($o->https_url('/ok'), @args, '--no-resumption');
    is $o->stats->{resumed}, 0, '--no-resumption: never';
    is $run->{load}{accounting}{ok}, 20, 'all went well';
    cmp_ok $run->{load}{steps}[0]{connect_ns}{count}, '==', 20, 'connects were timed';
};

# ---- limits that end a load

subtest 'limits that end it' => sub {
    my $bad = { get => $o->http_url('/status/500'), expect => { status => 200 } };
    my %open = (flow => flow_of($bad), arrivals => { rate => '50/s', for => '30s' });
    my $run = counted_file({ a => { %open, limits => [
        { limit => 'ratio(errors) < 5%', abort => true, hold => '2s' },
        'p50(latency) < 10s'] } });
    ended_with($run, 1, 'failed', 'aborted');
    is $run->{load}{ended}, 'aborted', 'as the result says';
    my $limit = limit_like($run->{load}, qr/errors/);
    ok $limit->{aborted}, 'by this limit';
    cmp_ok $run->{load}{total_ns}, '>=', 2e9, 'not before it was held';
    cmp_ok $run->{load}{total_ns}, '<', within(10) * 1e9, 'long before its end';
    $run = counted_file({ a => { %open, arrivals => { rate => '50/s', for => '2s' },
        limits => [{ limit => 'ratio(errors) < 5%', abort => true, hold => '20s' }] } });
    is $run->{load}{ended}, 'plan', 'not held long enough: goes on to its end';
    is $run->{load}{accounting}{sent}, 100, 'all were sent';
};

# ---- the highest rate

subtest 'the highest rate that holds' => sub {
    # 4 ms of work each, one after the other: 250 a second, and 278 for a
    # second until a tenth of them has waited 100 ms
    my $run = when_calm(sub {
        return load_url($o->http_url('/spin?us=4000'), '--find-max',
            'p90(latency) < 100ms, ratio(errors) < 1%', qw(-r 110 --trial 1s),
            { timeout => 120 });
    }, sub { ($_[0]{load}{max_rate_per_s} || 0) >= 50 });
    my $load = $run->{load};
    is $run->{exit}, 0, 'found' or diag $run->{err}, $run->{out};
    my $max = $load->{max_rate_per_s};
    ok $max >= 50 && $max <= 280, 'near what it can do' or diag "$max";
    my @trials = @{ $load->{trials} || [] };
    cmp_ok scalar @trials, '>=', 4, 'the trials are listed';
    cmp_ok scalar @trials, '<=', 30, 'and not too many';
    my @held = grep { $_->{holds} } @trials;
    ok((grep { abs($_->{rate_per_s} - $max) < 1e-6 } @held), 'the answer is one that held');
    ok((grep { $_->{confirms} && abs($_->{rate_per_s} - $max) < 1e-6 } @held),
        'and was confirmed');
    my @not = grep { !$_->{holds} } @trials;
    ok @not && !(grep { !length $_->{why} } @not), 'the others say why';
    like $run->{out}, qr/\Q$trials[0]{rate_per_s}\E/, 'in the text too';
    my $said = sprintf '%.0f', $max;
    like $run->{out}, qr/\b\Q$said\E/, 'with the answer';
};

subtest 'no rate holds' => sub {
    my $run = load_url($o->http_url('/reply?delay=30'), '--find-max',
        'p50(latency) < 10ms', qw(-r 100 --trial 1s -q --deadline 5s));
    isnt $run->{exit}, 0, 'is no success';
    ok !$run->{load}{max_rate_per_s}, 'there is no answer';
    ok !(grep { $_->{holds} } @{ $run->{load}{trials} }), 'no trial held';
};

# ---- warm-up

subtest 'warm-up' => sub {
    http_get($o->port, '/freeze?in=300&ms=700');
    my $run = load_url($url, qw(-r 200 -d 3s --warm-up 2s -c 50), '-q');
    my %warm = %{ $run->{load}{warm_up} };
    my %all = %{ $run->{load}{accounting} };
    is $all{planned}, 600, 'all were planned';
    is $warm{how}, 'fixed', 'fixed';
    ok abs($warm{requests} - 400) <= 8, "two seconds of it: $warm{requests}";
    is $run->{load}{latency_ns}{count} + $warm{requests}, $all{sent},
        'the others are in the times';
    cmp_ok $warm{p99_ns}, '>', 300e6, 'the first ones were slow';
    cmp_ok $run->{load}{latency_ns}{p99}, '<', $warm{p99_ns} / 3,
        'which is measured, but not judged';
    ok((grep { $_->{warm_up} } @{ $run->{load}{timeline} }) == 2,
        'two rows of the timeline are marked');
    $run = load_url($url, qw(-r 200 -d 9s --find-warm-up), '-q');
    %warm = %{ $run->{load}{warm_up} };
    like $warm{how}, qr/^(?:found|not found)$/, "auto: $warm{how}";
    ok length($warm{why}), 'says why';
    is $run->{load}{latency_ns}{count} + ($warm{requests} || 0),
        $run->{load}{accounting}{sent}, 'each request is on one side';
};

books_balance();
done_testing;

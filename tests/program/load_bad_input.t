#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Mistakes about loads: exit code 2, where it is, what is right, and nothing
# was sent.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Assay;
use Loads;

my $o = start_origin();
my $other = start_origin();
my $url = $o->http_url('/ok');
my $dir = temp_dir('bad');

# ---- the command line

my @lines = (
    # arguments, what must be said
    [[qw(-r 0)], qr/"?--rate"? .*0\.001.*"0"/],
    [[qw(-r -1)], qr/--rate/],
    [[qw(-r 1e12)], qr/--rate/],
    [[qw(-r 1000000000000)], qr/--rate.*1(?:e\+07|0000000).*"1000000000000"/],
    [[qw(-r fast)], qr/--rate.*number/],
    [[qw(-r 5/fortnight)], qr/--rate/],
    [[qw(-r nan)], qr/--rate/],
    [['-r', ''], qr/--rate/],
    [[qw(-n 0)], qr/--requests.*at least 1/],
    [[qw(-n many)], qr/--requests/],
    [[qw(-c 0)], qr/--connections.*at least 1/],
    [[qw(-c 1000001)], qr/--connections.*at most 1000000/],
    [[qw(-t 0)], qr/--threads/],
    [[qw(-t 257)], qr/--threads.*256/],
    [[qw(-d 0s)], qr/--duration/],
    [[qw(-d 10)], qr/--duration.*(?:unit|10s)/],
    [[qw(-d 2000h)], qr/--duration/],
    [[qw(--digits 5)], qr/--digits.*at most 4/],
    [[qw(--http 3)], qr/--http.*"3"/],
    [[qw(--transport carrier-pigeon)], qr/--transport.*native/],
    [[qw(--limit), 'p99(latencies) < 1s'], qr/latencies.*did you mean "latency"/s],
    [[qw(--limit), 'p99(latency) < 300'], qr/300ms/],
    [[qw(--limit), 'p101(latency) < 1s'], qr/p101|quantile|100/],
    [[qw(--limit), 'ratio(errors) < 5s'], qr/share like/],
    [[qw(--limit), 'rate(ok) >= 95% of plan'], qr/of planned/],
    [[qw(--limit), 'p99(latency, step: nowhere) < 1s'], qr/nowhere/],
    [['--limit', ''], qr/--limit/],
    [['--find-max', 'p99(latency) < 1s', qw(-d 5s)], qr/--find-max.*--duration/],
    [['--find-max', 'p99(latency) < 1s', qw(-n 5)], qr/--find-max.*--requests/],
    [['--find-max', 'p99(latency)'], qr/--find-max/],
    [[qw(--trial 5s)], qr/--trial is for --find-max/],
    [[qw(-b x --body-file y)], qr/exclude each other/],
    [['--body-file', "$dir/not-there"], qr/not-there/],
    [[qw(-H nocolon)], qr/"Name: value"/],
    [[qw(--source localhost)], qr/localhost/],
    [[qw(--resolve nonsense)], qr/nonsense/],
    [[qw(--expect-status 1000)], qr/1000/],
    [[qw(--env staging)], qr/"--env" is for a scenario/],
    [[qw(--var a=b)], qr/"--var" is for a scenario/],
    [[qw(--only a)], qr/"--only" is for a scenario/],
    [[qw(-v -q)], qr/exclude each other/],
    [['extra'], qr/one scenario file or one URL/],
    [[qw(--seed 0)], qr/--seed/],
    [[qw(--warm-up 20s -d 10s)], qr/warm-up/],
    [[qw(--warm-up 300ms -d 1s)], qr/"--warm-up" must be whole seconds/],
);

subtest 'the command line' => sub {
    for my $row (@lines) {
        my ($args, $says) = @$row;
        my $run = run_assay('loadgen', $url, @$args, { timeout => 20 });
        is $run->{exit}, 2, "@$args" or diag $run->{err}, $run->{out};
        like $run->{err}, $says, 'says why';
        is $run->{out}, '', 'nothing on stdout';
    }
    for my $target ('', 'nowhere.yaml', 'ftp://127.0.0.1/', 'localhost:80',
        'http://', 'http://[::1', "http://127.0.0.1:99999/") {
        my $run = run_assay('loadgen', $target, '-n', 1, { timeout => 20 });
        is $run->{exit}, 2, "target \"$target\"" or diag $run->{err}, $run->{out};
        like $run->{err}, qr/\S/, 'says why';
    }
    is run_assay('loadgen')->{exit}, 2, 'no target at all';
};

# ---- scenarios

my $flow = flow_of($url);
my %users = (flow => $flow, users => { count => 1, iterations => 1 });

sub file_of {
    my ($load, %top) = @_;
    return JSON::PP->new->canonical->pretty->encode({ %top,
        loads => { a => $load } });
}

sub open_load { return { flow => $flow, arrivals => { @_ } } }
sub closed_load { return { flow => $flow, users => { @_ } } }

write_file("$dir/empty.csv", '');
write_file("$dir/header.csv", "id,name\n");
write_file("$dir/short.csv", "id,name\n1,a\n2\n3,c\n");
write_file("$dir/long.csv", "id,name\n1,a\n2,b,c\n");
write_file("$dir/twice.csv", "id,id\n1,2\n");
write_file("$dir/bytes.csv", "id\n\xff\xfe\n");
write_file("$dir/ok.csv", "id,name\n1,a\n");
write_file("$dir/more.csv", "id\n7\n");
write_file("$dir/nul.csv", "id\n\0\n");
write_file("$dir/bad.jsonl", qq({"id":1}\n{"id":\n));
write_file("$dir/missing.jsonl", qq({"id":1,"name":"a"}\n{"id":2}\n));
write_file("$dir/unsorted.txt", "0.1\n0.5\n0.3\n");
write_file("$dir/words.txt", "0.1\nsoon\n");
write_file("$dir/nothing.txt", "# nothing\n\n");

sub fed {
    my ($file, $column) = @_;
    return file_of({ flow => flow_of($o->http_url('/echo?v=${data.'
                . ($column || 'id') . '}')),
            users => { count => 1, iterations => 1 } },
        data => { rows => "$dir/$file" });
}

my @files = (
    # text, what must be said besides a line
    [open_load(rate => '0/s', for => '1s'), qr/"rate" must be at least 0\.001/],
    [open_load(rate => '-1/s', for => '1s'), qr/"rate"/],
    [open_load(rate => '1000000000000/s', for => '1s'), qr/"rate" must be at most 10000000/],
    [open_load(rate => 'fast', for => '1s'), qr/"rate" must be a rate like 200\/s/],
    [open_load(rate => '5/s'), qr/would never end.*"for".*"iterations"/],
    [closed_load(count => 5), qr/would never end/],
    [closed_load(count => 0, for => '1s'), qr/"count" must be at least 1/],
    [closed_load(count => 1000001, for => '1s'), qr/"count" must be at most 1000000/],
    [open_load(rate => '5/s', for => '1s', stages => [{ rate => '1/s', for => '1s' }]),
        qr/"arrivals" has "rate" already: "stages" is another plan/],
    [open_load(rate => '5/s', for => '1s', file => "$dir/words.txt"), qr/another plan/],
    [open_load(stages => []), qr/"stages" must be a list of 1/],
    [open_load(stages => [{ for => '1s' }]), qr/"rate" or "to"/],
    [open_load(stages => [{ rate => '0/s', for => '1s' }]), qr/nothing at all/],
    [open_load(burst => { size => 0, every => '1s' }, for => '5s'), qr/"size"/],
    [open_load(burst => { size => 1000000, every => '1ms' }, for => '5s'),
        qr/"burst" must be at most 10000000\/s/],
    [open_load(rate => '5/s', for => '1s', process => 'random'), qr/even.*poisson/],
    [open_load(file => "$dir/unsorted.txt"), qr/unsorted\.txt:3:.*before the one above/],
    [open_load(file => "$dir/words.txt"), qr/words\.txt:2:.*seconds like 0\.25/],
    [open_load(file => "$dir/nothing.txt"), qr/no time of arrival/],
    [open_load(file => "$dir/not-there.txt"), qr/not-there\.txt/],
    [{ %users, arrivals => { rate => '1/s', for => '1s' } },
        qr/either "arrivals" or "users"/],
    [{ flow => $flow }, qr/needs "arrivals" or "users"/],
    [{ users => { count => 1, iterations => 1 } }, qr/"flow"/],
    [{ %users, flow => { run => 'nobody' } }, qr/no check "nobody"/],
    [{ %users, flow => { %$flow, weight => 0 } }, qr/"weight"/],
    [{ %users, limits => 'p99(latencies) < 1s' }, qr/latencies/],
    [{ %users, limits => 'p99(latency, step: nowhere) < 1s' }, qr/no step "nowhere"/],
    [{ %users, limits => 'rate(ok) >= 95% of planned' }, qr/no planned rate/],
    [{ %{ open_load(rate => '5/s', for => '1s') },
            flow => { steps => [{ get => $url }, { get => $url }] },
            limits => 'rate(2xx) >= 95% of planned' },
        qr/several requests with a status each: name a step/],
    [{ %users, limits => 'p99(lateness) < 1ms' }, qr/lateness/],
    [{ %users, limits => [{ limit => 'p99(latency) < 1s', hold => '2s' }] },
        qr/"hold" goes with "abort: true"/],
    [{ %users, after => 'a' }, qr/waits for itself/],
    [{ %users, after => 'b' }, qr/no load "b"/],
    [{ %users, warm_up => 'soon' }, qr/"warm_up"/],
    [{ %users, connections => { reuse => false, max_requests => 3 } },
        qr/does not go with "reuse: false"/],
    [{ %users, connections => { sources => ['localhost'] } }, qr/in numbers/],
    [{ %users, allow_hosts => ['http://x.example'] }, qr/"allow_hosts"/],
    [{ %users, colour => 'red' }, qr/colour/],
    [fed('empty.csv'), qr/empty\.csv.*is empty/],
    [fed('header.csv'), qr/header\.csv.*no row of values/],
    [fed('short.csv'), qr/short\.csv:3:.*2 values.*got 1/],
    [fed('long.csv'), qr/long\.csv:3:.*2 values.*got 3/],
    [fed('twice.csv'), qr/twice\.csv:1:.*columns 1 and 2 have the same name/],
    [fed('bytes.csv'), qr/bytes\.csv:2:.*UTF-8/],
    [fed('nul.csv'), qr/nul\.csv:2:.*NUL/],
    [fed('bad.jsonl'), qr/bad\.jsonl:2:/],
    [fed('missing.jsonl', 'name'), qr/missing\.jsonl:2:.*name/],
    [fed('not-there.csv'), qr/not-there\.csv/],
    [fed('unsorted.txt'), qr/must end in \.csv, \.jsonl/],
    [fed('ok.csv', 'nam'), qr/nam\b.*did you mean.*name/s],
    [file_of({ %users, flow => flow_of($o->http_url('/echo?v=${data.id}')) },
        data => { one => "$dir/ok.csv", two => "$dir/more.csv" }), qr/one.*two/s],
    [file_of(\%users, data => { one => { file => "$dir/ok.csv", order => 'random',
        at_end => 'stop' } }), qr/no end/],
);

subtest 'scenarios' => sub {
    for my $row (@files) {
        my ($load, $says) = @$row;
        my $path = scenario(ref $load ? file_of($load) : $load);
        my $run = run_assay('loadgen', $path, { timeout => 20 });
        is $run->{exit}, 2, "$says" or diag $run->{err}, $run->{out};
        like $run->{err}, $says, 'says why';
        like $run->{err}, qr/^\S+:\d+(?::\d+)?: |is empty|no row|no time/m, 'and where';
        is $run->{out}, '', 'nothing on stdout';
    }
};

subtest 'a file and options of a URL' => sub {
    my $path = scenario(file_of(\%users));
    for my $args ([qw(-c 5)], [qw(-d 5s)], [qw(-n 5)], [qw(-r 5)], [qw(--ramp 5s)],
        ['--poisson'], [qw(-m POST)], [qw(-H a:b)], [qw(-b x)], [qw(--timeout 5s)],
        [qw(--limit count(all)>1)], ['--fresh'], [qw(--source 127.0.0.1)],
        ['-k'], [qw(--unix-socket x)], [qw(--seed 5)], [qw(--digits 2)]) {
        my $run = run_assay('loadgen', $path, @$args, { timeout => 20 });
        is $run->{exit}, 2, "@$args" or diag $run->{err};
        like $run->{err}, qr/"--[a-z-]+" is for a URL, and .* is a scenario/, 'says why';
    }
    my $run = run_assay('loadgen', $path, '--only', 'b');
    is $run->{exit}, 2, '--only of a load that is not there';
    like $run->{err}, qr/there is no load "b"/, 'says so';
    $path = scenario(JSON::PP->new->encode({ loads => { aa => \%users, bb => \%users } }));
    $run = run_assay('loadgen', $path, '--find-max', 'p99(latency) < 1s');
    is $run->{exit}, 2, '--find-max of two loads';
    like $run->{err}, qr/--only/, 'says what to do';
    $path = scenario(JSON::PP->new->encode({ checks => { c => { steps => [{ get => $url }] } } }));
    $run = run_assay('loadgen', $path);
    is $run->{exit}, 2, 'a scenario without loads';
    like $run->{err}, qr/assay probe/, 'says what to do';
};

# ---- hosts that nobody allowed

subtest 'hosts' => sub {
    my $foreign = 'http://load.example.org/';
    my %run = (users => { count => 1, iterations => 3 });
    my $run = run_assay('loadgen', scenario(file_of({ %run, flow => flow_of($foreign) })));
    is $run->{exit}, 2, 'a foreign host';
    like $run->{err}, qr/:\d+:\d+: .*"a" may not send to load\.example\.org.*"allow_hosts"/,
        'where, and what to write';
    $run = run_assay('loadgen', scenario(file_of({ %run, flow => flow_of($foreign),
        allow_hosts => ['other.example.org'] })));
    is $run->{exit}, 2, 'another host is allowed';
    # this one is, and is sent here by a row of resolve
    my $by_name = { get => 'http://load.example.org:' . $o->port . '/ok',
        resolve => { 'load.example.org:' . $o->port => '127.0.0.1' } };
    for my $hosts (['load.example.org'], ['*.example.org'],
        ['load.example.org:' . $o->port]) {
        my $seen = load_file({ a => { %run, flow => flow_of($by_name),
            allow_hosts => $hosts } });
        is $seen->{load}{accounting}{ok}, 3, "@$hosts";
    }
    $run = run_assay('loadgen', scenario(file_of({ %run, flow => flow_of($by_name),
        allow_hosts => ['load.example.org:1'] })));
    is $run->{exit}, 2, 'another port is allowed';
};

# This machine is allowed, but not what it stands for: the places these lead to
# are names that nobody has, and nothing is to be sent there or here.
subtest 'a way to elsewhere' => sub {
    my $here = '127.0.0.1:' . $o->port;
    my $local = 'localhost:' . $o->port;
    my %run = (users => { count => 1, iterations => 3 });
    $o->reset_stats;
    for my $row (
        [{ get => "http://$here/ok", connect_to => { $here => 'load.invalid:80' } },
            qr/load\.invalid:80, where "connect_to" leads/],
        [{ get => "http://$local/ok", resolve => { $local => '192.0.2.1' } },
            qr/192\.0\.2\.1, where "resolve" leads/],
        [{ get => "http://$here/ok", proxy => 'http://load.invalid:3128' },
            qr/load\.invalid, its proxy/],
        [{ tcp => $here, send => 'x', connect_to => { $here => 'load.invalid:80' } },
            qr/load\.invalid:80, where "connect_to" leads/],
        [{ get => "http://$here/ok", redirects => 1,
            connect_to => { $here => 'load.invalid:80' } },
            qr/load\.invalid:80, where "connect_to" leads/]) {
        my ($step, $says) = @$row;
        my $run = run_assay('loadgen', scenario(file_of({ %run, flow => flow_of($step) })),
            { timeout => 20 });
        is $run->{exit}, 2, 'refused' or diag $run->{out}, $run->{err};
        like $run->{err}, qr/:\d+:\d+: load "a" may not send to .*$says.*"allow_hosts"/,
            'where, and what leads there';
    }
    my $to_other = { get => "http://$here/ok",
        connect_to => { $here => '127.0.0.1:' . $other->port } };
    $other->reset_stats;
    my $seen = load_file({ a => { %run, flow => flow_of($to_other) } });
    is $seen->{load}{accounting}{ok}, 3, 'another port of this machine is allowed';
    is paths_seen($other)->{'/ok'}, 3, 'these went there';
    is paths_seen($o)->{'/ok'} || 0, 0, 'and nothing came here';
};

subtest 'a data file is not quoted' => sub {
    write_file("$dir/people.csv", "name,password\nann,hunter2,x\n\"bob,hunter3\n");
    my $run = run_assay('loadgen', scenario(fed('people.csv', 'name')));
    is $run->{exit}, 2, 'refused';
    like $run->{err}, qr/people\.csv:2:1: /, 'says where';
    unlike "$run->{err}$run->{out}", qr/hunter/, 'but quotes nothing';
};

# A port, or a host, that is known only when it is sent.
subtest 'hosts that vary' => sub {
    $other->reset_stats;
    my $port = $other->port;
    write_file("$dir/hosts.csv", "host\n127.0.0.1:$port\nload.example.org:$port\n");
    my $load = { flow => flow_of({ get => 'http://${data.host}/ok',
            resolve => { "load.example.org:$port" => '127.0.0.1' } }),
        users => { count => 1, iterations => 4 } };
    my $run = load_file({ a => $load }, { data => { hosts => "$dir/hosts.csv" },
        broken => 1 });
    isnt $run->{exit}, 0, 'is no success';
    my $seen = paths_seen($other)->{'/ok'} || 0;
    if ($run->{exit} == 2) {
        is $seen, 0, 'refused before anything was sent';
        like $run->{err}, qr/load\.example\.org/, 'says which';
    } else {
        is $seen, 2, 'only this machine was asked';
        is $run->{load}{accounting}{failed}, 2, 'the others failed';
        is $run->{load}{verdict}, 'failed', 'which is no fault of this machine';
        is_deeply [map { $_->{name} } @{ $run->{load}{steps}[0]{outcomes} }],
            [qw(ok redirect-refused)], 'they led where they may not';
        like $run->{load}{steps}[0]{sample} || '', qr/allow_hosts/, 'says why';
    }
};

subtest 'a redirect to elsewhere' => sub {
    $_->reset_stats for $o, $other;
    my $far = 'http://load.example.org:' . $other->port . '/ok';
    my $load = sub { return { flow => flow_of({
            get => $o->http_url('/redirect-to?url=' . url_encode($_[0])),
            redirects => 5,
            resolve => { 'load.example.org:' . $other->port => '127.0.0.1' } }),
        users => { count => 2, iterations => 6 } } };
    my $run = load_file({ a => $load->($far) });
    ended_with($run, 1, 'failed', 'refused');
    is $run->{load}{accounting}{failed}, 6, 'each of them failed';
    like $run->{load}{steps}[0]{sample}, qr/allow_hosts|not allowed|load\.example\.org/,
        'says why';
    is paths_seen($other)->{'/ok'} || 0, 0, 'nothing arrived there';
    $run = load_file({ a => { %{ $load->($far) },
        allow_hosts => ['load.example.org'] } });
    is $run->{load}{accounting}{ok}, 6, 'allowed, it is followed';
    $run = load_file({ a => $load->($other->http_url('/ok')) });
    is $run->{load}{accounting}{ok}, 6, 'to this machine too';
    is paths_seen($other)->{'/ok'}, 12, 'these arrived';
};

my $seen = paths_seen($o);
is $seen->{'/echo'} || 0, 0, 'none of the mistakes sent anything';
done_testing;

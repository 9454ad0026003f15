#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What the five systems ask of a load test, row by row.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Assay;
use Loads;

my $o = start_origin();
my $token = 'JWT eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.k3Vw-Zr8Qx1Lm6Np';

# ---- TX23: success and mean time, as a script of twenty lines tells them

sub two_lines {
    my ($text) = @_;
    my ($success) = $text =~ /^Success Rate: (\d+\.\d\d)%$/m;
    my ($average) = $text =~ /^Average Duration: (\d+\.\d{3})s$/m;
    return ($success, $average);
}

sub script {
    my ($url) = @_;
    my $run = run_command('python3', 'tests/tool/load_test.py', $url, 100, 10, 10,
        { env => { LOAD_TEST_AUTH => $token } });
    is $run->{exit}, 0, 'the script ran' or diag $run->{err};
    return two_lines($run->{out});
}

row 'TX23', 'success rate and average duration with a token' => sub {
    my $nginx = start_nginx("location / {\n"
        . "if (\$http_authorization != '$token') { return 401; }\n"
        . "return 200 'healthy'; }");
    my $url = $nginx->url('/api/v1/health/');
    my $junit = temp_dir() . '/tx23.xml';
    my @usual = qw(-n 100 -c 10 --timeout 10s);
    # as it is typed: the shell puts the token there
    my $shell = run_command('sh', '-c', '"$0" loadgen "$1" -n 100 -c 10 '
        . '--timeout 10s -H "Authorization: $TOKEN" --json "$2" --junit "$3"',
        assay_binary(), $url, temp_dir() . '/tx23.json', $junit,
        { env => { TOKEN => $token } });
    is $shell->{exit}, 0, 'from a shell' or diag $shell->{err};
    my ($success, $average) = two_lines($shell->{out});
    is $success, '100.00', 'Success Rate: 100.00%';
    cmp_ok $average, '<', 10, 'Average Duration: in seconds';
    my $file = load_file({ health => { allow_hosts => ['127.0.0.1'],
            flow => flow_of({ get => $url, headers => {
                Authorization => '${secret.TOKEN}' }, expect => { status => 200 } }),
            users => { count => 10, iterations => 100 } } },
        { secrets => ['TOKEN'], env => { TOKEN => $token },
          args => ['--junit', "$junit.2"] });
    ended_with($file, 0, 'ok', 'as a scenario');
    is((two_lines($file->{out}))[0], '100.00', 'the same rate');
    is((script($url))[0], '100.00', 'as the script says');
    my $without = load_url($url, @usual);
    ended_with($without, 1, 'failed', 'without the token');
    is((two_lines($without->{out}))[0], '0.00', 'nothing went well');
    is_deeply counts($without->{load}{steps}[0]{statuses}), { 401 => 100 }, '401';
    my $all = join "\n", map { $_->{out}, $_->{err} } $shell, $file;
    $all .= join "\n", read_file(temp_dir() . '/tx23.json'), read_file($junit),
        $file->{json}, read_file("$junit.2");
    for my $part ($token, map { substr $token, $_, 12 } 4, 20, 40) {
        is index($all, $part), -1, 'the token is nowhere';
    }
};

row 'TX23', 'both agree with the script' => sub {
    # three of four, and 20 ms for each
    my $url = sub { $o->http_url("/sequence/$_[0]?list=200,200,200,503&cycle=1"
        . '&delay=20') };
    my ($success, $average) = script($url->('script'));
    my $run = load_url($url->('assay'), qw(-n 100 -c 10 --timeout 10s));
    my ($own_success, $own_average) = two_lines($run->{out});
    is $success, '75.00', 'the script says 75 %';
    is $own_success, $success, 'so do we';
    is $run->{load}{success}, 0.75, 'in the file too';
    cmp_ok $own_average, '>=', 0.020, 'it takes at least the delay';
    cmp_ok $own_average, '<=', 2 * $average, 'no more than twice of what it says';
    cmp_ok $average, '<=', 10 * $own_average, 'and nothing is left out';
    for my $key (qw(p50 p95 p99)) {
        cmp_ok $run->{load}{latency_ns}{$key}, '>=', 20e6, "$key besides";
        like $run->{out}, qr/\b$key\b/, "$key in the text";
    }
};

row 'CF33', 'quantiles, 4xx and 5xx of each step' => sub {
    my $run = load_file({ booking => {
        flow => flow_of(
            { name => 'list', get => $o->http_url(
                '/sequence/list?list=200,200,200,404&cycle=1&delay=2'),
              expect => { status => 200 } },
            { name => 'book', post => $o->http_url(
                '/sequence/book?list=200,200,500,502,200&cycle=1&delay=10'),
              expect => { status => 200 } }),
        users => { count => 1, iterations => 40 } } });
    my %step = map { $_->{name} => $_ } @{ $run->{load}{steps} };
    my ($list, $book) = @step{qw(list book)};
    is_deeply counts($list->{statuses}), { 200 => 30, 404 => 10 }, 'list: statuses';
    is $list->{status_4xx}, 10, 'list: 4xx';
    is $list->{status_5xx}, 0, 'list: 5xx';
    is_deeply counts($book->{statuses}), { 200 => 18, 500 => 6, 502 => 6 },
        'book: statuses';
    is $book->{status_4xx}, 0, 'book: 4xx';
    is $book->{status_5xx}, 12, 'book: 5xx';
    is $book->{skipped}, 10, 'book: skipped where list failed';
    is $list->{method}, 'GET';
    is $book->{method}, 'POST';
    for my $q (qw(p50 p95 p99)) {
        cmp_ok $list->{latency_ns}{$q}, '>=', 2e6, "list: $q";
        cmp_ok $book->{service_ns}{$q}, '>=', 10e6, "book: $q of service";
    }
    my %all = %{ $run->{load}{accounting} };
    is $all{sent}, 40, 'rounds';
    is $all{ok}, 18, 'rounds that went well';
    for my $name ('list', 'book') {
        my ($line) = $run->{out} =~ /^(.*\b$name\b.*\d.*)$/m;
        ok $line, "a line of $name in the text" or diag $run->{out};
    }
    like $run->{out}, qr/p50.*p95.*p99.*4xx.*5xx/, 'with these columns';
};

# ---- limits: what holds and what is crossed, all at the same time

my $slow = '/reply?body=x&delay=60';
my $down = start_origin();
my $short = start_origin();
my $rate = '300/s';

# ID => [rule, what holds, what is crossed, how its value is told]
my %rows = (
    CF17 => ['count(status>=500, 2s) <= 10', $o->http_url('/ok'),
        $o->http_url('/sequence/cf17?list=200,200,200,200,500,502&cycle=1'),
        qr/\A\d\d+\z/],
    CF21 => ['p95(latency, 1s) < 50ms for 2s', $o->http_url('/reply?body=x&delay=5'),
        $o->http_url($slow), qr/\A(?:[6-9]\d|\d{3,})(?:\.\d+)? ms\z/],
    AT9 => ['count(status != 200) == 0', $o->http_url('/status/200'),
        $o->http_url('/sequence/at9?list=200,200,200,200,200,200,200,200,204&cycle=1'),
        qr/\A\d+\z/],
    AT10 => ['down_for() < 2s', $short->http_url('/ok'), $down->http_url('/ok'),
        qr/\A\d+(?:\.\d+)? s\z/],
    AT11 => ['ratio(5xx, 1s) <= 5% for 2s',
        $o->http_url('/sequence/at11?list=' . join(',', (200) x 39, 500) . '&cycle=1'),
        $o->http_url('/sequence/at11b?list=' . join(',', (200) x 9, 500) . '&cycle=1'),
        qr/\A\d+(?:\.\d+)? ?%\z/],
    AT12 => ['p95(latency, 1s) <= 40ms for 2s', $o->http_url('/reply?body=x&delay=8'),
        $o->http_url("$slow&jitter=5"), qr/\A(?:[5-9]\d|\d{3,})(?:\.\d+)? ms\z/],
);

sub loads_of {
    my ($side) = @_;
    return { map { $_ => {
        flow => flow_of({ get => $rows{$_}[$side],
            expect => { status => '2xx' } }),
        arrivals => { rate => $rate, for => '5s' },
        connections => { max => 100 },
        limits => $rows{$_}[0] } } keys %rows };
}

my %got;
for my $side (1, 2) {
    my $junit = temp_dir() . "/rows-$side.xml";
    $got{$side} = when_calm(sub {
        http_get($down->port, '/freeze?in=1500&ms=3300');
        http_get($short->port, '/freeze?in=1500&ms=600');
        return load_file(loads_of($side), { args => ['-v', '--junit', $junit] });
    }, sub { $_[0]{exit} == $side - 1 });
    $got{$side}{junit} = read_file($junit);
    my $says = $side == 1 ? 'all limits hold: exit 0'
        : 'all limits are crossed: exit 1';
    is $got{$side}{exit}, $side - 1, $says
        or diag $got{$side}{out}, $got{$side}{err};
}

# What is told of one limit in all three places.
sub told {
    my ($id, $side, $verdict) = @_;
    my ($rule, undef, undef, $seen) = @{ $rows{$id} };
    my $run = $got{$side};
    my $load = $run->{loads}{$id} || {};
    my $limit = limit_like($load, qr/\A\Q$rule\E\z/);
    is $limit->{verdict}, $verdict, "$rule: $verdict"
        or diag explain $limit, $load->{instrument}{doubts};
    cmp_ok $limit->{samples} || 0, '>', 100, 'the number of samples';
    is $load->{verdict}, $verdict, 'the verdict of the load';
    (my $xml = $rule) =~ s/</&lt;/g;
    $xml =~ s/>/&gt;/g;
    like $run->{out}, qr/\Q$rule\E/, 'in the text';
    like $run->{junit}, qr/\Q$xml\E/, 'in the JUnit file';
    return if $verdict eq 'ok';
    like $limit->{seen}, $seen, 'what was seen, with its unit';
    cmp_ok $limit->{crossed_at_ns}, '>', 0, 'and when it was crossed';
    for my $text (@{$run}{qw(out junit)}) {
        like $text, qr/\Q$limit->{seen}\E/, 'what was seen is told';
        like $text, qr/(?:\b$limit->{samples} samples|samples: $limit->{samples})\b/,
            'out of how many';
    }
    my ($case) = $run->{junit} =~
        m{(<testcase classname="$id" name="\Q$xml\E".*?</testcase>)}s;
    like $case || '', qr/<failure/, 'a failure in the JUnit file';
}

my %says = (
    CF17 => 'more than so many 5xx in a window',
    CF21 => 'p95 above a bound, all the time',
    AT9 => 'any answer but 200',
    AT10 => 'down for too long',
    AT11 => 'a share of 5xx, sustained',
    AT12 => 'p95 above a bound, sustained',
);
for my $id (sort keys %rows) {
    row $id, "$says{$id}: holds" => sub { told($id, 1, 'ok') };
    row $id, "$says{$id}: crossed" => sub { told($id, 2, 'failed') };
}

books_balance();
done_testing;

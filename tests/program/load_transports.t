#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The transports of a load come to the same verdicts: whatever the origin can
# do, asked for by each of them.
use strict;
use warnings;
use List::Util qw(sum0 uniq);
use Test::More;
use Assay;
use Loads;

my @certs = qw(good-long expired not-yet-valid wrong-name self-signed
    expired-intermediate missing-intermediate extra-root untrusted-root weak sha1);
my $socket = temp_dir('load-transports') . '/origin.sock';
my $o = start_origin(certs => \@certs, mtls => 1, unix => $socket, ipv6 => 1,
    protocols => { old => ['good-long', 'TLSv1', 'TLSv1.1'],
        twelve => ['good-long', 'TLSv1.2', 'TLSv1.2'] },
    raw => ['silent', 'full', 'closer', 'reset', 'flood', 'echo',
        'banner:220 here\r\n', 'say:HTTP/1.1 200 OK\r\n\r\nhello']);

# All cases of one kind are loads of one run, side by side, three requests one
# after the other: { NAME => { outcomes, statuses } }.
sub seen_by {
    my ($transport, $cases, $opt) = @_;
    my @names = sort keys %$cases;
    my %load_of = map { $names[$_] => "case-$_" } 0 .. $#names;
    my %loads = map { $load_of{$_} => { flow => { steps => [$cases->{$_}] },
        users => { count => 1, iterations => 3 }, limits => 'count(all) >= 0' } } @names;
    my $run = load_file(\%loads, { args => ['-q', '--transport', $transport],
        timeout => 60, %$opt });
    ok !$run->{timed_out}, "$transport: ends";
    return map { my $step = $run->{loads}{$load_of{$_}}{steps}[0] || {};
        $_ => { outcomes => counts($step->{outcomes}),
            statuses => counts($step->{statuses}), said => $step->{sample} || '',
            transport => $step->{transport} || '' } } @names;
}

my $BATCH = 20; # loads of one run

# same({ NAME => step }, [transports])
sub same {
    my ($cases, $transports, $opt) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @names = sort keys %$cases;
    my %seen;
    while (my @some = splice @names, 0, $BATCH) {
        my %some = map { $_ => { timeout => '500ms',
            expect => { status => '2xx' }, %{ $cases->{$_} } } } @some;
        for my $transport (@$transports) {
            my %got = seen_by($transport, \%some, $opt || {});
            $seen{$_}{$transport} = $got{$_} for @some;
        }
    }
    my ($first, @others) = @$transports;
    for my $name (sort keys %seen) {
        my $right = $seen{$name}{$first};
        is sum0(values %{ $right->{outcomes} }), 3, "$name: "
            . join ' ', sort keys %{ $right->{outcomes} };
        is $right->{transport}, $first, "by $first";
        for my $other (@others) {
            my $got = $seen{$name}{$other};
            is_deeply [@{$got}{qw(outcomes statuses)}],
                [@{$right}{qw(outcomes statuses)}], "$name: $other"
                or diag "$first: $right->{said}\n$other: $got->{said}\n",
                    explain [map { @{$_}{qw(outcomes statuses)} } $right, $got];
            is $got->{transport}, $other, "by $other";
        }
    }
    return \%seen;
}

my @all = qw(libcurl native journey);

sub at { return { get => $o->http_url($_[0]) } }

my $help = `@{[Assay::binary('ORIGIN', 'build/origin')]} --help`;

subtest 'every fault' => sub {
    my ($list) = $help =~ m{^/fault/NAME\n(.*?)\n\n}ms;
    my %cases;
    for my $fault ($list =~ /^  (\S+)/mg) {
        $cases{$fault} = at("/fault/$fault");
        next unless $list =~ /^  \Q$fault\E +\?at=/m;
        $cases{"$fault $_"} = at("/fault/$fault?at=$_") for qw(accept headers body);
    }
    cmp_ok scalar keys %cases, '>', 40, 'there are many';
    same(\%cases, \@all);
};

subtest 'replies' => sub {
    my @keys = ('gzip=1&body=hello', 'chunked=1&body=hello', 'chunked=1&size=200000',
        'chunk=bad&chunked=1&body=x', 'chunk=cut&chunked=1&body=hello',
        (map { "length=$_&body=hello" } qw(%2B5 -5 1000 abc none)),
        'length=2&body=hello', 'delay=50', 'body_delay=50&body=hi',
        'drip=1&interval=1&body=hello', 'close=1&body=hello',
        (map { "end=$_&body=hello" } qw(close reset cut keep)),
        (map { "end=$_&length=none&body=hello" } qw(close reset cut)),
        'http=1.0&body=hello', 'http=1.0&length=none&body=hello&end=close',
        'size=0', 'size=3000000', 'reason=Very%20Bad', 'type=',
        'header=Transfer-Encoding:identity&body=plain&end=close',
        'header=Content-Length:7&body=hello', 'header=Connection:close&body=hello');
    my %cases = map { $_ => at("/reply?$_") } @keys;
    $cases{"status $_"} = at("/status/$_")
        for 200, 201, 204, 205, 301, 304, 400, 401, 404, 500, 503, 599;
    $cases{"HEAD $_"} = { head => $o->http_url("/reply?$_") }
        for 'body=hello', 'chunked=1&body=hello', 'status=204', 'length=1000';
    for my $method (qw(post put patch delete)) {
        $cases{$method} = { $method => $o->http_url('/ok'), body => 'x' x 3000 };
    }
    $cases{large} = { post => $o->http_url('/ok'), body => 'x' x 300000 };
    same(\%cases, \@all);
};

subtest 'certificates' => sub {
    my %cases;
    for my $name (@certs, 'good', 'mtls', 'old', 'twelve') {
        $cases{$name} = { get => $o->https_url($name, '/ok'), ca_file => $o->ca,
            timeout => '2s' };
        $cases{"$name, not verified"} = { %{ $cases{$name} }, verify => false };
    }
    $cases{'no authority'} = { get => $o->https_url('/ok'), timeout => '2s' };
    $cases{'another name'} = { %{ $cases{good} }, verify_name => 'other.test' };
    $cases{'plain at a TLS port'} = { get => 'http://127.0.0.1:' . $o->tls_port . '/ok' };
    $cases{'TLS at a plain port'} = { get => 'https://127.0.0.1:' . $o->port . '/ok',
        timeout => '2s' };
    $cases{"TLS $_"} = { get => $o->https_url("/fault/$_"), ca_file => $o->ca }
        for qw(reset close truncated-tls garbage never cut-chunk);
    same(\%cases, \@all);
};

subtest 'ways' => sub {
    (my $six = $o->http_url('/ok')) =~ s/127\.0\.0\.1/[::1]/;
    my %cases = (
        six => { get => $six },
        socket => { get => 'http://127.0.0.1/ok', unix_socket => $socket },
        'no socket' => { get => 'http://127.0.0.1/', unix_socket => "$socket.not" },
        refused => { get => 'http://127.0.0.1:' . free_port() . '/' });
    $cases{"raw $_"} = { get => 'http://127.0.0.1:' . $o->raw_port($_) . '/' }
        for qw(silent full closer flood echo banner say);
    same(\%cases, \@all);
};

# What comes on a connection that is kept for the next request.
subtest 'connections that end between requests' => sub {
    my %cases = map { $_ => at("/reply?body=x&$_") } qw(close=1 end=close http=1.0);
    for my $how (\%cases, { map { $_ => { %{ $cases{$_} } } } keys %cases }) {
        same($how, \@all);
    }
};

subtest 'HTTP/2' => sub {
    my $c = certs();
    my $nginx = start_nginx(<<"CONF", { whole => 1 });
upstream origin { server 127.0.0.1:@{[$o->port]}; }
server { listen 127.0.0.1:PORT ssl http2;
    ssl_certificate $c/good.pem; ssl_certificate_key $c/good.key;
    client_max_body_size 10m;
    location / { proxy_pass http://origin; proxy_http_version 1.1;
        proxy_set_header Connection ""; } }
CONF
    my $base = 'https://localhost:' . $nginx->port;
    my %common = (ca_file => $o->ca, http => '2', timeout => '1500ms');
    my %cases = map { $_ => { get => "$base$_", %common } } qw(/ok /status/404
        /status/204 /status/503 /status/304 /reply?size=300000 /reply?chunked=1&size=200000
        /fault/garbage /fault/close?at=accept /fault/never /fault/cut-chunk
        /reply?length=1000&body=hello&end=close /fault/huge-header);
    $cases{HEAD} = { head => "$base/ok", %common };
    $cases{post} = { post => "$base/ok", body => 'x' x 300000, %common };
    $cases{name} = { %{ $cases{'/ok'} }, verify_name => 'other.test' };
    $cases{authority} = { get => "$base/ok", http => '2' };
    $cases{refused} = { get => 'https://127.0.0.1:' . free_port() . '/', http => '2' };
    same(\%cases, [qw(libcurl http2 journey)]);
    # none of the loads may take another version for it
    my %not = seen_by('http2', { old => { get => $o->https_url('/ok'), %common,
        expect => { status => '2xx' } } }, {});
    ok !$not{old}{outcomes}{ok}, 'a server without HTTP/2'
        or diag explain \%not;
};

# What each was asked to do must be what it does.
subtest 'requests' => sub {
    my %cases = map { $_->[0] => { post => $o->http_url('/echo'),
            headers => { 'X-A' => 'b c', 'x-empty' => '', 'User-Agent' => 'me' },
            body => 'some text', expect => { json => {
                '$.method' => 'POST', '$.headers["x-a"]' => 'b c',
                '$.headers["user-agent"]' => 'me', '$.body' => 'some text',
                '$.headers.host' => '127.0.0.1:' . $o->port } }, %{ $_->[1] } } }
        (['plain', {}], ['query', { query => { a => '1 &', b => "\x{e4}" } }],
         ['bearer', { auth => { bearer => 'tok' } }],
         ['basic', { auth => { basic => { user => 'u', password => 'p' } } }],
         ['form', { body => undef }]);
    delete $cases{form}{body};
    $cases{form}{form} = { a => 1, b => 'x y' };
    $cases{form}{expect}{json}{'$.body'} = 'a=1&b=x%20y';
    my $seen = same(\%cases, \@all);
    is_deeply $seen->{$_}{native}{outcomes}, { ok => 3 }, "$_ was as it should be"
        or diag $seen->{$_}{native}{said} for sort keys %cases;
};

books_balance();
done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The transports of a load come to the same verdicts: whatever the origin can
# do, asked for by each of them.
use strict;
use warnings;
use JSON::PP;
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

# Whether the transports differ, and one of them only waited too briefly.
sub is_late {
    my ($seen) = @_;
    my @all = map { JSON::PP->new->canonical->encode([@{$_}{qw(outcomes statuses)}]) }
        values %$seen;
    return uniq(@all) > 1 && grep { grep { /timeout/ } keys %{ $_->{outcomes} } } values %$seen;
}

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
        # a busy machine needs more time; then all of them get it
        for my $timeout ('4s', '12s') {
            my %late = map { $_ => { %{ $some{$_} }, timeout => $timeout } }
                grep { is_late($seen{$_}) } @some;
            for my $transport (%late ? @$transports : ()) {
                my %got = seen_by($transport, \%late, $opt || {});
                $seen{$_}{$transport} = $got{$_} for keys %late;
            }
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

# ---- flows of several requests

# What a flow looks like from outside: the same for chains and journeys.
sub rounds {
    my ($transport, $steps, $opt) = @_;
    my %opt = %{ $opt || {} };
    my $load = { flow => { steps => $steps }, limits => 'count(all) >= 0',
        %{ delete $opt{load} || { users => { count => 2, iterations => 6 } } } };
    $o->reset_stats;
    my $run = load_file({ a => $load }, { args => ['-q', '--transport', $transport],
        timeout => 60, %opt });
    my %all = %{ $run->{load}{accounting} };
    my $paths = paths_seen($o);
    return { exit => $run->{exit}, transport => $run->{load}{transport} || '',
        load => $run->{load},
        by => [uniq(map { $_->{transport} || '' } @{ $run->{load}{steps} })],
        is => { all => { map { $_ => $all{$_} } qw(planned sent ok failed timed_out) },
            paths => { map { $_ => $paths->{$_} } grep { !/stats/ } keys %$paths },
            steps => [map { { name => $_->{name}, skipped => $_->{skipped},
                sent => $_->{accounting}{sent}, ok => $_->{accounting}{ok},
                timed_out => $_->{accounting}{timed_out},
                outcomes => counts($_->{outcomes}), statuses => counts($_->{statuses}) } }
                @{ $run->{load}{steps} }] } };
}

# Also says what the first failure of each step was, which may differ in words.
sub same_rounds {
    my ($name, $steps, $want, $opt) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $journey = rounds('journey', $steps, $opt);
    my $chain = rounds('auto', $steps, $opt);
    is_deeply $journey->{by}, ['journey'], "$name: by journeys";
    is_deeply $chain->{by}, ['native'], "$name: by chains";
    is_deeply $chain->{is}, $journey->{is}, "$name: the same"
        or diag explain [$chain->{is}, $journey->{is}],
            map { map { $_->{sample} || () } @{ $_->{load}{steps} } } $chain, $journey;
    is $chain->{exit}, $journey->{exit}, "$name: exit code";
    is_deeply [@{ $chain->{is}{all} }{qw(ok failed timed_out)}], $want,
        "$name: as it should be" or diag map { $_->{sample} || '' }
            @{ $chain->{load}{steps} };
    return ($chain, $journey);
}

sub post_echo { return { post => $o->http_url('/echo'), expect => { status => 200,
    json => $_[0] } } }

subtest 'flows of several requests' => sub {
    my $get = sub { return { get => $o->http_url($_[0]), @_[1 .. $#_] } };
    my $ok = $get->('/ok');
    my ($chain) = same_rounds('all is well', [$ok, $get->('/reply?body=x',
        expect => { body => 'x' }), { head => $o->http_url('/reply') },
        { post => $o->http_url('/echo'), body => 'b' }], [6, 0, 0]);
    is $chain->{load}{instrument}{open_connections_max}, 2,
        'a connection for each user';
    same_rounds('one fails', [$ok, $get->('/status/500'), $ok, $ok], [0, 6, 0]);
    same_rounds('the first fails', [$get->('/status/404'), $ok], [0, 6, 0]);
    same_rounds('the last fails', [$ok, $get->('/ok', expect => { body => 'no' })],
        [0, 6, 0]);
    same_rounds('closed', [$ok, $get->('/fault/close?at=accept'), $ok], [0, 6, 0]);
    same_rounds('garbage', [$ok, $get->('/fault/garbage'), $ok], [0, 6, 0]);
    same_rounds('too late', [$ok, $get->('/fault/never', timeout => '100ms'), $ok],
        [0, 0, 6]);
    same_rounds('never there', [$ok, { get => 'http://127.0.0.1:' . free_port() . '/' },
        $ok], [0, 6, 0]);
    same_rounds('sometimes', [$ok, $get->('/flaky/rounds?fail=2', expect => {
        status => 200 }), $ok], [4, 2, 0]) ;
    same_rounds('pauses', [{ think => '1ms' }, $ok, { think => { between =>
        ['1ms', '4ms'] } }, $ok, { think => '1ms' }], [6, 0, 0]);
    same_rounds('connections that end', [map { $get->("/reply?$_") }
        qw(close=1 http=1.0 end=close chunked=1&body=x)], [6, 0, 0]);
    same_rounds('TLS', [map { { get => $o->https_url('/ok'), ca_file => $o->ca } }
        1, 2], [6, 0, 0]);
    same_rounds('TLS and clear', [{ get => $o->https_url('/ok'), ca_file => $o->ca },
        $ok, { get => $o->https_url('/ok') }, $ok], [0, 6, 0]);
    same_rounds('a socket between', [$ok, { get => 'http://some.test/ok',
        unix_socket => $socket }, $ok], [6, 0, 0]);
    same_rounds('open', [$ok, $get->('/status/500'), $ok], [0, 50, 0],
        { load => { arrivals => { rate => '100/s', for => '500ms' } } });
};

subtest 'connections of a flow' => sub {
    my @three = map { at($_) } qw(/ok /reply /ok);
    my %users = (users => { count => 1, iterations => 4 });
    for my $case ([{}, 1, 'kept'], [{ reuse => false }, 12, 'one for each request'],
            [{ max_requests => 2 }, 6, 'so many requests on each']) {
        my ($how, $want, $says) = @$case;
        my $seen = rounds('native', \@three, { load => { %users, connections => $how } });
        is $seen->{is}{all}{ok}, 4, "$says: all is well";
        is sum0(map { $_->{connections} || 0 } @{ $seen->{load}{steps} }), $want, $says;
    }
    my $run = load_file({ a => { flow => { steps => [@three, { get => $o->http_url('/ok'),
        redirects => 1 }] }, %users } }, { args => [qw(-q --transport native)], broken => 1 });
    is $run->{exit}, 2, 'a flow that is more than requests: refused';
    like $run->{err}, qr/--transport native cannot make this flow: a step follows redirects/,
        'with its reason';
};

subtest 'what differs from round to round' => sub {
    my $dir = temp_dir('chains');
    write_file("$dir/rows.csv", "id,name\n" . join '', map { "$_,n$_\n" } 1 .. 6);
    my %data = (data => { rows => "$dir/rows.csv" });
    my @steps = map { { get => $o->http_url("/reply/$_-\${data.id}-\${data.name}") } } 1, 2;
    my ($chain) = same_rounds('rows of data', \@steps, [6, 0, 0], { %data });
    is_deeply $chain->{is}{paths}, { map { my $step = $_;
        map { ("/reply/$step-$_-n$_" => 1) } 1 .. 6 } 1, 2 },
        'all requests of a round have its row';
    same_rounds('request IDs', [(post_echo({ '$.headers["x-request-id"]' =>
        { matches => '^[0-9a-f]{8}-[0-9a-f]{4}-4' } })) x 2], [6, 0, 0]);
    same_rounds('its own ID', [{ %{ post_echo({ '$.headers["x-request-id"]' => 'mine' }) },
        headers => { 'X-Request-ID' => 'mine' } }, post_echo({})], [6, 0, 0]);
    write_file("$dir/lines.jsonl", qq({"v":"a"}\n{"v":"b\\nc"}\n));
    same_rounds('a value that cannot be sent', [at('/ok'), { get => $o->http_url('/ok'),
        headers => { 'X-A' => '${data.v}' } }, at('/ok')], [3, 3, 0],
        { data => { lines => "$dir/lines.jsonl" } });
};

subtest 'cookies of a flow' => sub {
    my $set = sub { return at("/cookies/set?$_[0]") };
    my $show = sub { my ($want, %more) = @_;
        return { get => $o->http_url('/cookies/show'), %more,
            expect => { status => 200, body => { eq => $want } } } };
    my $line = sub { my ($want) = @_;
        return post_echo({ '$.headers.cookie' => $want }) };
    my $none = post_echo({ '$.headers.cookie' => { exists => false } });
    my @sides = ($show->("{}\n"), $show->("{}\n"));
    my %cases = (
        none => [@sides],
        one => [$none, $set->('sid=one&Path=/'), $line->('sid=one'), $line->('sid=one')],
        'two in order' => [$set->('a=1&b=2&Path=/'), $line->('b=2; a=1')],
        'another value' => [$set->('a=1&Path=/'), $set->('a=2&Path=/'), $line->('a=2')],
        'longer names' => [$set->('a=1&long=2&Path=/'), $line->('long=2; a=1')],
        'by path' => [$set->('a=1&Path=/'), $set->('b=2&Path=/echo'), $line->('b=2; a=1'),
            $show->(qq({"a":"1"}\n))],
        'default path' => [$set->('a=1'), $none, $show->(qq({"a":"1"}\n))],
        'another path' => [$set->('a=1&Path=/other'), $none],
        deleted => [$set->('a=1&Path=/'), $line->('a=1'), $set->('a=&Path=/&Max-Age=0'),
            $none],
        'long ago' => [$set->('a=1&Path=/&Expires=Thu,%2001%20Jan%201970%2000:00:01%20GMT'),
            $none],
        later => [$set->('a=1&Path=/&Max-Age=1000&HttpOnly=1'), $line->('a=1')],
        secure => [$set->('a=1&Path=/&Secure=1'), $line->('a=1')],
        foreign => [$set->('a=1&Path=/&Domain=example.org'), $none],
        'this domain' => [$set->('a=1&Path=/&Domain=127.0.0.1'), $line->('a=1')],
        'beside its own' => [$set->('a=1&Path=/'), { post => $o->http_url('/echo'),
            headers => { Cookie => 'x=y' }, expect => { status => 200 } }, $line->('a=1')],
        'with a body that varies' => [$set->('a=1&Path=/'), { post => $o->http_url('/echo'),
            json => { x => '${uuid()}' }, expect => { status => 200,
                json => { '$.headers.cookie' => 'a=1' } } }],
        'an answer of any kind' => [(map { at("/reply?header=Set-Cookie:"
            . "$_%3Dv%3BPath%3D/&$_=1") } qw(chunked close gzip)),
            $line->('chunked=v; close=v; gzip=v')],
        'of a failing step' => [{ %{ $set->('a=1&Path=/') }, expect => { status => 404 } },
            $none],
        'other hosts' => [$set->('a=1&Path=/'), { post => 'http://localhost:' . $o->port
            . '/echo', expect => { status => 200, json => { '$.headers.cookie' =>
            { exists => false } } } }, $line->('a=1')],
    );
    for my $name (sort keys %cases) {
        my $fails = $name eq 'of a failing step' || 0;
        same_rounds($name, $cases{$name}, $fails ? [0, 6, 0] : [6, 0, 0]);
    }
    # a hundred rounds of one user: more than libcurl reads from one handle
    same_rounds('again and again', [$none, $set->('a=1&b=2&Path=/'), $line->('b=2; a=1')],
        [100, 0, 0], { load => { users => { count => 1, iterations => 100 } } });
};

# What a target set is not told, whoever says it again.
subtest 'cookies of a flow are not told' => sub {
    for my $transport (qw(auto journey)) {
        my $run = load_file({ a => { flow => { steps => [
            at('/cookies/set?sid=hush-hush-1234&Path=/'),
            { post => $o->http_url('/echo'), expect => { body => 'nothing' } }] },
            users => { count => 1, iterations => 2 } } },
            { args => ['--transport', $transport] });
        is $run->{exit}, 1, "$transport: it fails";
        unlike $run->{json} . $run->{out} . $run->{err}, qr/hush-hush/,
            "$transport: it is not told";
    }
};

books_balance();
done_testing;

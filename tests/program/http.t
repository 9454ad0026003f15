#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# HTTP steps: what goes out, by which way, what comes back and how it is judged.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Assay;
use Steps;

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

my $dir = temp_dir('http');
my $socket = "$dir/origin.sock";
my $origin = start_origin(tls => 1, ipv6 => 1, unix => $socket,
    raw => ['silent', 'full']);
my $other = start_origin();
my $ca = $origin->ca;
my $uuid = qr/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;

# What /echo said, captured piece by piece: a result keeps the start of a value.
my %echo = (capture => { map { ("seen_$_" => { json => "\$.$_" }) }
    qw(method target query http headers body length chunked) });

sub echoed {
    my ($run, $name, $at) = @_;
    my $step = step($run, $name, $at);
    my %echo = map { my $c = $_; $c->{name} =~ /^seen_(.*)/ ?
        ($1 => $c->{value}) : () } @{ $step->{captures} || [] };
    my $headers = eval { JSON::PP->new->decode($echo{headers}) };
    ok($headers, "$name: the request was seen") or diag explain $step;
    $echo{headers} = $headers || {};
    return \%echo;
}

# ---- what goes out

subtest 'every method' => sub {
    my %checks = map { my $m = $_; (lc $m => [{ lc $m =>
        $origin->http_url('/echo'), %echo }]) }
        qw(GET POST PUT PATCH DELETE OPTIONS);
    $checks{head} = [{ head => $origin->reply(body => 'four') }];
    $checks{purge} = [{ request => $origin->http_url('/echo'),
        method => 'PURGE', %echo }];
    my $run = probe(\%checks);
    is($run->{exit}, 0, 'all of them hold');
    for my $method (qw(GET POST PUT PATCH DELETE OPTIONS PURGE)) {
        my $echo = echoed($run, lc $method);
        is($echo->{method}, $method, $method);
        is($echo->{length}, 0, "$method: no body");
        is(step($run, lc $method)->{method}, $method, "$method: in the result");
        is($echo->{headers}{'content-length'},
            $method =~ /^P(?:OST|UT|ATCH)/ ? '0' : undef,
            "$method: says so only where a body is usual");
        is($echo->{headers}{'content-type'}, undef, "$method: no type");
    }
    is(step($run, 'head')->{received_bytes} || 0, 0, 'HEAD brings no body');
};

subtest 'headers and the query' => sub {
    my $run = probe({
        headers => [{ get => $origin->http_url('/echo'), headers => {
            'X-One' => 'a: b, "c"', 'X-Two' => ['1', '2'], 'X-Var' => '${v}',
            'User-Agent' => 'mine', 'X-Empty' => '' }, %echo }],
        query => [{ get => $origin->http_url('/echo?first=1'), query => {
            'a b' => 'x&y=z', 'ü' => 'é/?#%', list => ['1', '2'],
            var => '${v}', empty => '' }, %echo }],
        defaults => [{ get => $origin->http_url('/echo'), %echo }],
    }, { top => "vars: { v: 'va lue' }\n" });
    is($run->{exit}, 0, 'hold');
    my $echo = echoed($run, 'headers');
    is($echo->{headers}{'x-one'}, 'a: b, "c"', 'as written');
    is($echo->{headers}{'x-two'}, '1, 2', 'a list is sent one by one');
    is($echo->{headers}{'x-var'}, 'va lue', 'a var');
    is($echo->{headers}{'user-agent'}, 'mine', 'User-Agent replaced');
    is($echo->{headers}{'x-empty'}, '', 'an empty one');
    $echo = echoed($run, 'query');
    my %pair = map { my ($n, $v) = split /=/, $_, 2; push @{ $a->{$n} }, $v;
        ($n => $v) } split /&/, $echo->{query};
    is($pair{first}, '1', 'what the URL had is kept');
    is($pair{'a%20b'}, 'x%26y%3Dz', 'names and values are encoded');
    is($pair{'%C3%BC'}, '%C3%A9%2F%3F%23%25', 'UTF-8 too');
    is($pair{var}, 'va%20lue', 'a var');
    is($pair{empty}, '', 'an empty one');
    like($echo->{query}, qr/list=1&list=2/, 'a list');
    $echo = echoed($run, 'defaults');
    like($echo->{headers}{'user-agent'}, qr{^assay/\d}, 'User-Agent');
    like($echo->{headers}{'accept-encoding'}, qr/gzip/, 'compression offered');
};

subtest 'bodies' => sub {
    my $file = write_file("$dir/upload.bin", join '', map { chr } 0 .. 255);
    my $small = write_file("$dir/small", 'small');
    my $url = $origin->http_url('/echo');
    my $tricky = 'quote " backslash \\ line' . "\n" . 'end';
    my $run = probe({
        text => [{ post => $url, body => 'plain ü ${v}', %echo }],
        type => [{ post => $url, body => '<a/>',
            headers => { 'Content-Type' => 'text/xml' }, %echo }],
        json => [{ put => $url, json => { s => 'a ${tricky} z', n => 1.5,
            i => 3, t => true, z => undef, l => [1, '1', {}], o => {} },
            %echo }],
        form => [{ post => $url, form => { 'a b' => 'x&y', u => 'ü',
            v => '${v}' }, %echo }],
        file => [{ post => $url, file => $file, %echo }],
        multipart => [{ post => $url, multipart => { note => 'a ${v}',
            doc => { file => $small, filename => 'd.bin',
                type => 'application/x-test' },
            json => { text => '{}', type => 'application/json' } },
            expect => { json => {
                '$.headers["content-type"]' =>
                    { starts_with => 'multipart/form-data; boundary=' },
                '$.body' => { matches => '(?s)^(?=.*name="note"\r\n\r\n' .
                    'a va lue\r\n)(?=.*name="doc"; filename="d.bin"\r\n' .
                    'Content-Type: application/x-test\r\n\r\nsmall\r\n)' .
                    '(?=.*name="json"\r\nContent-Type: application/json' .
                    '\r\n\r\n{}\r\n)' } } } }],
        large => [{ post => $url, body => 'x' x 200_000,
            expect => { json => { '$.length' => 200_000 } } }],
        delete => [{ delete => $url, json => [1], %echo }],
    }, { top => "vars: { v: 'va lue', tricky: " .
        JSON::PP->new->allow_nonref->encode($tricky) . " }\n" });
    is($run->{exit}, 0, 'hold') or diag $run->{out};
    my $echo = echoed($run, 'text');
    is($echo->{body}, 'plain ü va lue', 'text');
    is($echo->{headers}{'content-type'}, 'text/plain; charset=utf-8', 'type');
    is($echo->{chunked}, 'false', 'with its length');
    is($echo->{headers}{expect}, undef, 'without Expect');
    is(echoed($run, 'type')->{headers}{'content-type'}, 'text/xml',
        'another type');
    $echo = echoed($run, 'json');
    is($echo->{headers}{'content-type'}, 'application/json', 'JSON type');
    is_deeply(JSON::PP->new->decode($echo->{body}), { s => "a $tricky z",
        n => 1.5, i => 3, t => true, z => undef, l => [1, '1', {}], o => {} },
        'JSON: what a template brings is escaped');
    like($echo->{body}, qr/"l":\[1,"1",\{\}\]/, 'numbers and texts stay so');
    $echo = echoed($run, 'form');
    is($echo->{headers}{'content-type'}, 'application/x-www-form-urlencoded',
        'form type');
    is_deeply([sort split /&/, $echo->{body}],
        ['a%20b=x%26y', 'u=%C3%BC', 'v=va%20lue'], 'form');
    $echo = echoed($run, 'file');
    is($echo->{length}, 256, 'a file, byte for byte');
    is($echo->{headers}{'content-type'}, 'application/octet-stream', 'type');
    is(echoed($run, 'delete')->{body}, '[1]', 'DELETE with a body');
    is(step($run, 'large')->{sent_bytes}, 200_000, 'bytes sent are counted');
};

subtest 'what cannot be sent is found before anything is sent' => sub {
    for my $case (
        [{ request => $origin->http_url('/'), method => 'CONNECT' },
            qr/"CONNECT"/],
        [{ request => $origin->http_url('/'), method => 'A B' }, qr/"A B"/],
        [{ head => $origin->http_url('/'), body => 'x' }, qr/HEAD/],
        [{ get => '127.0.0.1:1/x' }, qr{http://}],
        [{ get => '${base}/x' }, qr{http://}],
    ) {
        my ($step, $says) = @$case;
        my $run = probe({ a => [$step] }, { broken => 1,
            top => "vars: { base: 'ftp://127.0.0.1' }\n" });
        is($run->{exit}, 2, 'a mistake of the file');
        like($run->{err}, $says, 'and what is wrong');
    }
};

subtest 'what cannot be made while running is said as such' => sub {
    my $url = $origin->http_url('/echo');
    my $take = sub {
        my ($body, @steps) = @_;
        return [{ get => $origin->reply(body => $body), capture => { v =>
            { body => true } } }, @steps];
    };
    my $line = "a\r\nX-Evil: 1";
    my $run = probe({
        file => [{ post => $url, file => "$dir/missing" }],
        folder => [{ post => $url, file => $dir }],
        part => [{ post => $url, multipart => { a =>
            { file => "$dir/missing" } } }],
        'part-folder' => [{ post => $url, multipart => { a =>
            { file => $dir } } }],
        header => $take->($line, { get => $url, headers =>
            { 'X-A' => '${v}' } }),
        url => $take->($line, { get => $url . '?x=${v}' }),
        query => $take->($line, { get => $url, query => { x => '${v}' },
            expect => { json => { '$.headers["x-evil"]' =>
            { exists => false } } } }),
        empty => $take->('', { get => '${v}' }),
        other => $take->('file:///etc/passwd', { get => '${v}' }),
        nul => [{ get => $origin->http_url('/reply?body=a%00b'), capture =>
            { v => { body => true } } }, { get => $url . '?x=${v}' }],
    });
    judged($run, [file => 'local-fail', qr{/missing}],
        [folder => 'local-fail', qr/dir/],
        [part => 'local-fail', qr{/missing}],
        ['part-folder' => 'local-fail', qr/dir/],
        [header => 'value', qr/X-A/], [url => 'value'], [query => 'ok'],
        [empty => 'value', qr/empty/], [other => 'value', qr{http://.*file}],
        [nul => 'value', qr/NUL/]);
    isnt($run->{exit}, 0, 'not ok');
};

# ---- who asks

subtest 'who asks' => sub {
    my $run = probe({
        basic => [{ get => $origin->http_url('/auth/basic/al/pa%20ss'),
            auth => { basic => { user => 'al', password => 'pa ss' } } }],
        userinfo => [{ get => 'http://al:pa%20ss@127.0.0.1:' . $origin->port .
            '/auth/basic/al/pa%20ss' }],
        wrong => [{ get => $origin->http_url('/auth/basic/al/pass'),
            auth => { basic => { user => 'al', password => 'no!!' } } }],
        bearer => [{ get => $origin->http_url('/auth/bearer/tok'),
            auth => { bearer => 'tok' } }],
        md5 => [{ get => $origin->http_url('/auth/digest/al/secret'),
            auth => { digest => { user => 'al', password => 'secret' } } }],
        sha256 => [{ get => $origin->http_url(
            '/auth/digest/al/secret?algorithm=SHA-256'),
            auth => { digest => { user => 'al', password => 'secret' } } }],
        post => [{ post => $origin->http_url('/auth/digest/al/secret'),
            body => 'x', auth => { digest => { user => 'al',
                password => 'secret' } } }],
        'digest-wrong' => [{ get => $origin->http_url('/auth/digest/al/x'),
            auth => { digest => { user => 'al', password => 'secret' } } }],
        none => [{ get => $origin->http_url('/auth/basic/al/pass') }],
    });
    judged($run, (map { [$_ => 'ok'] } qw(basic userinfo bearer md5 sha256
        post)), (map { [$_ => 'status', qr/401/] } qw(wrong digest-wrong
        none)));
    unlike($run->{out}, qr/pa ss|pa%20ss|secret/, 'no password is told');
};

# ---- by which way

subtest 'by which way' => sub {
    my $port = $origin->port;
    my $echo = "http://shop.test:$port/echo";
    my $tls = $origin->tls_port;
    my $run = probe({
        resolve => [{ get => $echo, resolve =>
            { "shop.test:$port" => '127.0.0.1' }, %echo }],
        'resolve-var' => [{ get => $echo, resolve =>
            { 'shop.test:${port}' => ['127.0.0.1', '::1'] }, %echo }],
        connect_to => [{ get => 'http://shop.test:81/echo', connect_to =>
            { 'shop.test:81' => "127.0.0.1:$port" }, %echo }],
        proxy => [{ get => 'http://far.test/echo', proxy =>
            "http://127.0.0.1:$port", %echo,
            expect => { headers => { 'Content-Type' =>
                { contains => 'json' } } } }],
        'dead-proxy' => [{ get => 'http://far.test/echo', proxy =>
            'http://127.0.0.1:' . free_port() }],
        ip4 => [{ get => "http://localhost:$port/echo", ip => 4,
            expect => { ip => '127.0.0.1' } }],
        ip6 => [{ get => "http://localhost:$port/echo", ip => 6,
            expect => { ip => '::1' } }],
        'ip6-literal' => [{ get => "http://[::1]:$port/echo",
            expect => { ip => { eq => '::1' } }, %echo }],
        'ip-fails' => [{ get => $origin->http_url('/echo'),
            expect => { ip => '10.0.0.1' } }],
        socket => [{ get => 'http://origin/echo', unix_socket => $socket,
            %echo }],
        'no-socket' => [{ get => 'http://origin/echo',
            unix_socket => "$dir/none.sock" }],
        ca => [{ get => "https://localhost:$tls/echo", ca_file => $ca }],
        'no-ca' => [{ get => "https://localhost:$tls/echo" }],
        unverified => [{ get => "https://localhost:$tls/echo",
            verify => false }],
        sni => [{ get => "https://127.0.0.1:$tls/echo", ca_file => $ca,
            sni => 'localhost', verify_name => 'localhost', %echo }],
        refused => [{ get => 'http://127.0.0.1:' . free_port() . '/' }],
        'no-name' => [{ get => 'http://no-such-name.invalid/' }],
        full => { timeout => '400ms', steps => [{
            get => 'http://127.0.0.1:' . $origin->raw_port('full') . '/' }] },
    }, { top => "vars: { port: $port }\n",
        env => { http_proxy => 'http://127.0.0.1:1',
        https_proxy => 'http://127.0.0.1:1', ALL_PROXY =>
        'http://127.0.0.1:1' } });
    judged($run, (map { [$_ => 'ok'] } qw(resolve resolve-var connect_to proxy ip4 ip6
        ip6-literal socket ca unverified sni)),
        ['dead-proxy' => 'proxy-fail'], ['ip-fails' => 'expect', qr/10\.0/],
        ['no-socket' => 'connect-fail'],
        ['no-ca' => 'tls-untrusted'], [refused => 'refused'],
        ['no-name' => 'dns-fail'],
        [full => 'connect-timeout', qr/connect took .* of /]);
    is(echoed($run, 'resolve')->{headers}{host}, "shop.test:$port",
        'resolve keeps the name');
    is(echoed($run, 'connect_to')->{headers}{host}, 'shop.test:81',
        'connect_to keeps the name');
    is(echoed($run, 'proxy')->{target}, 'http://far.test/echo',
        'the proxy is asked for the whole URL');
    is(echoed($run, 'socket')->{headers}{host}, 'origin', 'unix socket');
    ok(step($run, 'unverified')->{unverified}, 'the result says unverified');
    ok(!step($run, 'ca')->{unverified}, 'and only then');
};

subtest 'versions of HTTP' => sub {
    my $c = certs();
    my $front = start_nginx(<<"CONF", { whole => 1 });
server { listen 127.0.0.1:PORT ssl http2;
    ssl_certificate $c/good.pem; ssl_certificate_key $c/good.key;
    location = /big { return 200 "@{[ 'x' x 4000 ]}"; }
    location = /slow { proxy_pass @{[ $origin->http_url('/fault/never') ]}; }
    location / { add_header X-Seen \$server_protocol; return 200 "ok"; } }
CONF
    my $clear = start_nginx(
        'server { listen 127.0.0.1:PORT http2; location / { return 200 "ok"; } }',
        { whole => 1 });
    my $url = 'https://localhost:' . $front->port . '/';
    my %says = (any => 'HTTP/2', '1.0' => 'HTTP/1.0', '1.1' => 'HTTP/1.1',
        2 => 'HTTP/2', '2-prior' => 'HTTP/2');
    my %tls = (ca_file => $ca);
    my $run = probe({
        (map { ("v$_" => [{ get => $url, http => $_, %tls,
            expect => { headers => { 'X-Seen' => $_ eq '1.0' ? 'HTTP/1.0'
                : $_ eq '1.1' ? 'HTTP/1.1' : 'HTTP/2.0' } } }]) } keys %says),
        expected => [{ get => $url, %tls, expect => {
            protocol => { in => ['HTTP/2', 'HTTP/3'] }, size => '2B' } }],
        unexpected => [{ get => $url, %tls, http => '1.1',
            expect => { protocol => 'HTTP/2' } }],
        twice => [{ get => $url, %tls }, { get => "${url}big", %tls }],
        slow => { timeout => '300ms', steps => [{ get => "${url}slow", %tls }] },
        prior => [{ get => $clear->url('/'), http => '2-prior' }],
        clear => [{ get => $origin->http_url('/echo'), %echo,
            expect => { protocol => 'HTTP/1.1' } }],
        old => [{ get => $origin->http_url('/echo'), http => '1.0', %echo }],
        answer => [{ get => $origin->reply(http => '1.0', body => 'x'),
            expect => { protocol => 'HTTP/1.0' } }],
        'not-spoken' => [{ get => $origin->http_url('/echo'),
            http => '2-prior' }],
        'not-offered' => [{ get => $origin->https_url('/echo'), %tls,
            http => '2', expect => { protocol => 'HTTP/2' } }],
    });
    judged($run, (map { ["v$_" => 'ok'] } sort keys %says),
        (map { [$_ => 'ok'] } qw(expected twice prior clear old answer)),
        [unexpected => 'expect', qr{HTTP/1\.1}],
        [slow => 'timeout', qr/wait took/], ['not-spoken' => 'closed'],
        ['not-offered' => 'expect', qr{HTTP/1\.1}]);
    is(step($run, "v$_")->{protocol}, $_ eq '1.0' ? 'HTTP/1.1' : $says{$_},
        "$_: in the result") for sort keys %says;
    is(echoed($run, 'old')->{http}, '1.0', '1.0 is said');
    ok(step($run, 'twice', 1)->{hops}[0]{reused} ||
        step($run, 'twice', 1)->{phases_ns}{connect} == 0,
        'one connection for two steps');
};

# ---- redirects

subtest 'redirects' => sub {
    my %follow = (redirects => 5);
    my $to = sub {
        my ($url, %more) = @_;
        return $origin->http_url('/redirect-to?' . join '&',
            'url=' . url_encode($url), map { "$_=$more{$_}" } keys %more);
    };
    my %method = (get => [301, 302, 303, 307, 308], post => [301, 302, 303, 307,
        308], put => [301, 302, 303, 307, 308], head => [303]);
    my %by_status;
    for my $method (keys %method) {
        $by_status{"$method-$_"} = [{ $method => $to->('/echo', status => $_),
            %follow, $method =~ /^p/ ? (json => { a => 1 }) : (),
            $method eq 'head' ? () : %echo }] for @{ $method{$method} };
    }
    my $run = probe({ %by_status,
        none => [{ get => $to->('/ok') }],
        expected => [{ get => $to->('/ok'), expect => { status => 302,
            headers => { Location => '/ok' } } }],
        three => [{ get => $origin->http_url('/redirect/3'), redirects => 3,
            expect => { redirects => 3, url => $origin->http_url('/ok') } }],
        absolute => [{ get => $origin->http_url('/redirect/2?absolute=1'),
            %follow, expect => { redirects => { le => 2 } } }],
        relative => [{ get => $origin->http_url('/redirect-relative/here'),
            %follow, expect => { url => { ends_with => '/ok' } } }],
        four => [{ get => $origin->http_url('/redirect/4'), redirects => 3 }],
        loop => [{ get => $origin->http_url('/redirect-loop'),
            redirects => 10 }],
        'other-scheme' => [{ get => $to->('ftp://127.0.0.1/x'), %follow }],
        file => [{ get => $to->('file:///etc/passwd'), %follow }],
        bad => [{ get => $to->('http://[bad/'), %follow }],
        downgrade => [{ get => $origin->https_url('/redirect-http/ok'),
            ca_file => $ca, %follow }],
        upgrade => [{ get => $origin->http_url('/redirect-https/ok'),
            ca_file => $ca, %follow, expect => { certificate =>
                { chain => 'trusted' } } }],
        wrong => [{ get => $origin->http_url('/redirect/1'), %follow,
            expect => { redirects => 0, url => { ends_with => '/never' } } }],
        elsewhere => [{ get => $to->('//127.0.0.1:' . $other->port . '/ok#f'),
            %follow, expect => { url => $other->http_url('/ok') } }],
        nowhere => [{ get => $origin->reply(status => 302,
            header => 'Location:'), %follow }],
        odd => [{ get => $origin->http_url('/reply?status=302&header=' .
            'Location:/e%FF%1B%7F%20x'), %follow }],
        'to-nobody' => [{ get => $to->('http://127.0.0.1:' . free_port() . '/'),
            %follow }],
    });
    judged($run, (map { [$_ => 'ok'] } sort(keys %by_status), qw(expected three
        absolute relative upgrade elsewhere)),
        [nowhere => 'status', qr/302/], [odd => 'redirect-refused'],
        [none => 'status', qr/302/], [four => 'redirects', qr/too many/],
        [loop => 'redirects'], ['other-scheme' => 'redirect-refused', qr/ftp/],
        [file => 'redirect-refused', qr/file/], [bad => 'redirect-refused'],
        [downgrade => 'redirect-refused', qr/https to http/],
        [wrong => 'expect', qr/and 1 more/], ['to-nobody' => 'refused']);
    for my $name (grep { !/^head/ } sort keys %by_status) {
        my ($method, $status) = split /-/, $name;
        my $becomes_get = $status == 303 ||
            ($method eq 'post' && $status < 303);
        my $echo = echoed($run, $name);
        is($echo->{method}, $becomes_get ? 'GET' : uc $method, "$name: method");
        my $has_body = $method ne 'get' && !$becomes_get;
        is($echo->{body}, $has_body ? '{"a":1}' : '', "$name: body");
        is($echo->{headers}{'content-type'},
            $has_body ? 'application/json' : undef, "$name: type");
    }
    is(step($run, 'head-303')->{hops}[-1]{method}, 'HEAD', 'HEAD stays HEAD');
    my $hops = step($run, 'three')->{hops};
    is(scalar @$hops, 4, 'each hop is recorded');
    is_deeply([map { $_->{status} } @$hops], [302, 302, 302, 200], 'status');
    like($hops->[1]{url}, qr{/redirect/2$}, 'address');
    is(scalar @{ step($run, 'loop')->{hops} }, 11, 'the loop ends at its limit');
};

subtest 'credentials stay with the host that they are for' => sub {
    my $there = $other->http_url('/echo');
    my $away = $origin->http_url('/redirect-to?url=' . url_encode($there));
    my $home = $origin->http_url('/redirect-to?url=/echo');
    my %with = (redirects => 2, %echo);
    my %private = (Authorization => 'Bearer private-1',
        Cookie => 'c=private-2', 'X-Token' => '${secret.TOKEN}',
        'X-Api-Key' => 'private-4', 'X-Plain' => 'plain', Host => 'named.test');
    my $run = probe({
        away => [{ get => $away, headers => { %private }, %with }],
        home => [{ get => $home, headers => { %private }, %with }],
        basic => [{ get => $away, %with, auth =>
            { basic => { user => 'u', password => 'private-5' } } }],
        'basic-home' => [{ get => $home, %with, auth =>
            { basic => { user => 'u', password => 'private-5' } } }],
        bearer => [{ get => $away, auth => { bearer => 'private-6' }, %with }],
        body => [{ post => $away . '&status=307', redirects => 2,
            json => { t => '${secret.TOKEN}' } }],
        'body-303' => [{ post => $away . '&status=303',
            json => { t => '${secret.TOKEN}' }, %with }],
        cookie => [
            { get => $origin->http_url('/cookies/set?sid=private-7&Path=/') },
            { get => $origin->http_url('/redirect-to?url=' . url_encode(
                'http://elsewhere.test:' . $other->port . '/echo')),
              resolve => { 'elsewhere.test:' . $other->port => '127.0.0.1' },
              %with },
            { get => $origin->http_url('/echo'), %echo }],
    }, { top => "secrets: [TOKEN]\n", env => { TOKEN => 'private-3' } });
    judged($run, (map { [$_ => 'ok'] } qw(away home basic basic-home bearer
        body-303 cookie)), [body => 'redirect-refused', qr/secret/]);
    my $seen = JSON::PP->new->encode(echoed($run, 'away'));
    unlike($seen, qr/private|redacted/, 'nothing private left');
    is(echoed($run, 'away')->{headers}{'x-plain'}, 'plain', 'the rest did');
    is(echoed($run, 'away')->{headers}{host}, '127.0.0.1:' . $other->port,
        'under its own name');
    ok(defined echoed($run, 'home')->{headers}{$_}, "home: $_")
        for qw(authorization cookie x-token x-api-key);
    ok(!defined echoed($run, $_)->{headers}{authorization}, "$_ left not")
        for qw(basic bearer);
    ok(defined echoed($run, 'basic-home')->{headers}{authorization},
        'basic at home');
    is(echoed($run, 'body-303')->{body}, '', 'the body was dropped');
    ok(!defined echoed($run, 'cookie', 1)->{headers}{cookie},
        'a cookie of the journey stays too');
    ok(defined echoed($run, 'cookie', 2)->{headers}{cookie},
        'and goes where it belongs');
    unlike($run->{out}, qr/private-\d/, 'none of them is in the result');
};

# ---- what comes back

subtest 'compression, sizes and hashes' => sub {
    my $text = 'compress me ' x 500;
    my $sha = sha256_hex($text);
    my $zip = $origin->reply(body => $text, gzip => 1);
    my $run = probe({
        gzip => [{ get => $zip, expect => { size => '6000B', sha256 => $sha,
            body => $text, headers => { 'Content-Encoding' => 'gzip' } } }],
        plain => [{ get => $origin->http_url('/echo'), compressed => false,
            %echo }],
        'size-fails' => [{ get => $zip, expect => { size => { lt => '1KB' } } }],
        'hash-fails' => [{ get => $zip, expect => { sha256 => '0' x 64 } }],
        small => [{ get => $origin->reply(size => 1000), max_body => '1000B',
            expect => { size => '1000B' } }],
        large => [{ get => $origin->reply(size => 1001), max_body => '1000B' }],
        unpacked => [{ get => $zip, max_body => '5999B' }],
        chunks => [{ get => $origin->reply(body => $text, chunked => 1),
            expect => { sha256 => $sha } }],
    });
    judged($run, (map { [$_ => 'ok'] } qw(gzip plain small chunks)),
        ['size-fails' => 'expect', qr/size/], ['hash-fails' => 'expect'],
        [large => 'too-large', qr/1000 bytes/], [unpacked => 'too-large']);
    is(echoed($run, 'plain')->{headers}{'accept-encoding'}, undef,
        'compression is not offered');
};

subtest 'a time limit for each phase, and the phase is named' => sub {
    my $silent = $origin->raw_port('silent');
    # the kernel takes the connection, and nobody reads from it
    my $deaf = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5);
    my $big = write_file("$dir/big", 'x' x 30_000_000);
    my $get = sub {
        my ($url, $limits, %more) = @_;
        return [{ get => $url, timeout => $limits, %more }];
    };
    my $run = probe({
        first => $get->($origin->reply(delay => 3000),
            { total => '5s', first_byte => '150ms' }),
        idle => $get->($origin->reply(body => 'abcdef', body_delay => 3000),
            { total => '5s', idle => '150ms' }),
        total => $get->($origin->http_url('/fault/trickle-body'), '400ms'),
        wait => $get->($origin->http_url('/fault/never'), '300ms'),
        tls => $get->("https://localhost:$silent/", { total => '5s',
            tls => '150ms' }, ca_file => $ca),
        connect => $get->('http://127.0.0.1:' . $origin->raw_port('full') . '/',
            { total => '5s', connect => '150ms' }),
        send => [{ post => 'http://127.0.0.1:' . $deaf->sockport . '/',
            file => $big, timeout => '500ms' }],
        enough => $get->($origin->reply(delay => 100, body => 'x'),
            { total => '20s', first_byte => '10s', idle => '10s' }),
        hops => [{ get => $origin->http_url('/redirect-to?delay=250&url=' .
            url_encode('/reply?delay=3000')), redirects => 2,
            timeout => '500ms' }],
    });
    judged($run, [first => 'timeout', qr/wait took .* of .* limit is 150 ms/],
        [idle => 'timeout', qr/receive took .* of .* limit is 150 ms/],
        [total => 'timeout', qr/receive took .* of .* limit is 400 ms/],
        [wait => 'timeout', qr/wait took \d+ ms of \d+ ms, .* 300 ms/],
        [tls => 'tls-timeout', qr/tls took .* of .* limit is 150 ms/],
        [connect => 'connect-timeout',
            qr/connect took .* of .* limit is 150 ms/],
        [send => 'timeout', qr/send took .* of .* limit is 500 ms/],
        [enough => 'ok'],
        [hops => 'timeout', qr/limit is 500 ms/]);
    cmp_ok(step($run, 'first')->{total_ns}, '<', within(2.5) * 1e9,
        'the limit of the phase counts');
    my $hops = step($run, 'hops');
    my $own = $hops->{phases_ns}{lateness} + $hops->{phases_ns}{queue};
    cmp_ok($hops->{total_ns} - $own, '<', within(0.7) * 1e9,
        'the hops share one limit');
};

subtest 'everything that can be broken in an answer' => sub {
    my %outcome = (
        ok => ['100-continue-many?count=3', 'no-headers', 'extra-bytes',
            'length-and-chunks', 'truncated-tls'],
        reset => ['reset', 'reset?at=headers', 'reset?at=body',
            'reset?at=accept'],
        closed => ['close', 'close?at=accept', 'close?at=headers',
            'close?at=body', 'half-close', 'half-close?at=headers',
            'half-close?at=body', 'cut-headers', 'cut-chunk'],
        timeout => ['never', 'never?at=headers', 'never?at=body', 'no-read',
            'no-read?at=body', 'trickle-headers', 'trickle-body',
            'endless-headers?ms=100', 'endless-body?ms=100'],
        'too-large' => ['endless-headers', 'endless-line',
            'endless-status-line', 'endless-body', 'endless-chunks',
            'endless-trailers', '100-continue-many', 'huge-header',
            'many-headers?count=20000', 'gzip-bomb'],
        protocol => ['garbage', 'http09', 'empty-status', 'bad-status',
            'bad-version', 'no-colon', 'nul-header', 'two-lengths',
            'negative-length', 'huge-length', 'bad-chunk', 'huge-chunk'],
        encoding => ['bad-gzip', 'cut-gzip', 'unknown-encoding'],
        status => ['upgrade'],
    );
    my (%checks, @rows);
    for my $outcome (sort keys %outcome) {
        for my $fault (@{ $outcome{$outcome} }) {
            (my $name = $fault) =~ s/\W/-/g;
            $checks{$name} = { timeout => '2s', steps =>
                [{ get => $origin->http_url("/fault/$fault"),
                   max_body => '1MB' }] };
            push @rows, [$name => $outcome];
            # the same over TLS, where a body without length has to be ended
            $outcome = 'closed' if $fault eq 'truncated-tls';
            $checks{"tls-$name"} = { timeout => '2s', steps =>
                [{ get => $origin->https_url("/fault/$fault"),
                   ca_file => $ca, max_body => '1MB' }] };
            push @rows, ["tls-$name" => $outcome];
        }
    }
    my $run = probe(\%checks);
    judged($run, @rows);
    is($run->{exit}, 1, 'exit code');
    ok((!grep { !length $_->{message} } grep { $_->{outcome} ne 'ok' }
        values %{ $run->{check} }), 'each says why');
};

# ---- how it is judged

subtest 'every expectation, holding and not' => sub {
    my $body = { status => 'ok', n => 5, half => 0.5, list => [1, 2, 3],
        none => [], yes => true, nil => undef, empty => '',
        parts => { db => 'ok', cache => 'down' }, max => 10 };
    my $url = $origin->json($body, header => 'X-Name:value');
    my @rows = (    # expect, holds
        [{ status => 200 }, 1], [{ status => 201 }, 0],
        [{ status => [200, 204] }, 1], [{ status => [404, '5xx'] }, 0],
        [{ status => '2xx' }, 1], [{ status => { ge => 300 } }, 0],
        [{ headers => { 'x-name' => 'value' } }, 1],
        [{ headers => { 'X-Name' => { starts_with => 'w' } } }, 0],
        [{ headers => { 'X-None' => { exists => false } } }, 1],
        [{ headers => { 'X-None' => 'value' } }, 0],
        [{ body => { contains => '"status":"ok"' } }, 1],
        [{ body => { matches => '"n":\s*[6-9]' } }, 0],
        [{ size => { between => ['10B', '1KB'] } }, 1],
        [{ size => { gt => '1MB' } }, 0],
        [{ redirects => 0 }, 1], [{ redirects => { ge => 1 } }, 0],
        [{ protocol => 'HTTP/1.1' }, 1], [{ protocol => 'HTTP/2' }, 0],
        [{ url => $url }, 1], [{ url => { ends_with => '/x' } }, 0],
        [{ ip => '127.0.0.1' }, 1], [{ ip => '::1' }, 0],
        [{ time => { total => { lt => '30s' } } }, 1],
        [{ time => { total => { lt => '1us' } } }, 0],
        [{ time => { connect => { gt => '1us' }, dns => { lt => '20s' },
            first_byte => { gt => '0s' } } }, 1],
        [{ time => { tls => { lt => '1s' } } }, 0],
        [{ time => { wait => { gt => '20s' } } }, 0],
        [{ time => { receive => { gt => '20s' } } }, 0],
        [{ certificate => { chain => 'trusted' } }, 0],
        [{ cookies => { sid => 'x' } }, 0],
        [{ cookies => { sid => { exists => false } } }, 1],
    );
    my %path = (    # path => [matcher, holds] ...
        '$.status' => [['ok', 1], ['nok', 0], [{ ne => 'nok' }, 1],
            [{ ne => 'ok' }, 0], [{ in => ['ok', 'fine'] }, 1],
            [{ in => ['bad'] }, 0], [{ not_in => ['bad'] }, 1],
            [{ not_in => ['ok'] }, 0], [{ matches => '^o' }, 1],
            [{ matches => '^k' }, 0], [{ contains => 'k' }, 1],
            [{ contains => 'x' }, 0], [{ starts_with => 'o' }, 1],
            [{ starts_with => 'k' }, 0], [{ ends_with => 'k' }, 1],
            [{ ends_with => 'o' }, 0], [{ length => 2 }, 1],
            [{ length => { gt => 2 } }, 0], [{ type => 'string' }, 1],
            [{ type => 'number' }, 0], [{ eq => '${word}' }, 1]],
        '$.n' => [[5, 1], ['5', 0], [{ lt => 6 }, 1], [{ lt => 5 }, 0],
            [{ le => 5 }, 1], [{ le => 4 }, 0], [{ gt => 4 }, 1],
            [{ gt => 5 }, 0], [{ ge => 5 }, 1], [{ ge => 5.5 }, 0],
            [{ between => [5, 6] }, 1], [{ between => [6, 7] }, 0],
            [{ type => 'integer' }, 1], [{ lt => { path => '$.max' } }, 1],
            [{ gt => { path => '$.max' } }, 0],
            [{ gt => { path => '$.nothing' } }, 0], [{ ge => 1, lt => 5 }, 0]],
        '$.half' => [[0.5, 1], [{ type => 'integer' }, 0]],
        '$.list' => [[{ eq => [1, 2, 3] }, 1], [{ eq => [1, 2] }, 0], [{ length => 3 }, 1],
            [{ each => { ge => 1 } }, 1], [{ each => { ge => 2 } }, 0],
            [{ any => 3 }, 1], [{ any => 4 }, 0], [{ none => 4 }, 1],
            [{ none => 3 }, 0], [{ type => 'array' }, 1],
            [{ contains => 2 }, 1], [{ contains => 9 }, 0]],
        '$.none' => [[{ each => { ge => 1 } }, 0], [{ length => 0 }, 1]],
        '$.yes' => [[true, 1], [false, 0], [{ type => ['boolean', 'null'] }, 1]],
        '$.nil' => [[undef, 1], [{ exists => true }, 1], [{ exists => false }, 0],
            [{ type => 'null' }, 1]],
        '$.nothing' => [[{ exists => false }, 1], [{ exists => true }, 0],
            ['x', 0], [{ ne => 'x' }, 0]],
        '$.parts' => [[{ eq => { db => 'ok', cache => 'down' } }, 1],
            [{ eq => { db => 'ok' } }, 0], [{ type => 'object' }, 1]],
        '$.parts.*' => [[{ each => { in => ['ok', 'down'] } }, 1],
            [{ each => 'ok' }, 0], [{ length => 2 }, 1], [{ any => 'ok' }, 1],
            [{ none => 'lost' }, 1]],
        '$.list[?@ > 1]' => [[{ length => 2 }, 1], [{ each => { gt => 2 } },
            0]],
        '$..db' => [[{ any => 'ok' }, 1]],
    );
    for my $p (sort keys %path) {
        push @rows, [{ json => { $p => $_->[0] } }, $_->[1]] for @{ $path{$p} };
    }
    my (%checks, %says);
    for my $i (0 .. $#rows) {
        my $name = sprintf 'e%03d', $i;
        $checks{$name} = [{ get => $url, expect => $rows[$i][0] }];
        $says{$name} = JSON::PP->new->canonical->encode($rows[$i][0]);
    }
    my $run = probe(\%checks, { top => "vars: { word: ok }\n" });
    for my $i (0 .. $#rows) {
        my $name = sprintf 'e%03d', $i;
        my $step = step($run, $name);
        my $ok = ($run->{check}{$name}{verdict} || '') eq 'ok';
        is($ok ? 1 : 0, $rows[$i][1], $says{$name})
            or diag explain $step->{expectations};
        next if $ok || $rows[$i][1];
        my ($bad) = grep { !$_->{ok} } @{ $step->{expectations} };
        ok(length $bad->{expected} && length $bad->{seen}, "$says{$name}: " .
            'what was expected and seen');
    }
};

subtest 'all that does not hold is told, in one go' => sub {
    my $run = probe({ a => [{ get => $origin->json({ a => 1 }), expect => {
        status => 404, headers => { 'X-No' => 'x' }, json => { '$.a' => 2,
        '$.b' => 3 }, body => { contains => 'zzz' } } }] });
    is(scalar(grep { !$_->{ok} } @{ step($run, 'a')->{expectations} }), 5,
        'five rows');
    is(step($run, 'a')->{outcome}, 'status', 'the status comes first');
    is($run->{result}{counts}{expectations_failed}, 5, 'counted');
};

subtest 'a body that is no JSON' => sub {
    my %json = (expect => { json => { '$.status' => 'ok', '$.x' => 1 } });
    my $run = probe({
        html => [{ get => $origin->reply(body => '<html>bad gateway</html>'),
            %json }],
        empty => [{ get => $origin->reply(body => ''), %json }],
        cut => [{ get => $origin->reply(body => '{"status":"ok"'), %json }],
        latin => [{ get => $origin->http_url('/reply?body={"status":"%FF"}'),
            %json }],
        deep => [{ get => $origin->reply(body => '[', repeat => 100_000), %json }],
        absent => [{ get => $origin->reply(body => 'x'), expect =>
            { json => { '$.status' => { exists => false } } } }],
    });
    judged($run, map { [$_ => 'expect', qr/not JSON/] } qw(html empty cut latin
        deep absent));
    like(step($run, 'html')->{excerpt}, qr/bad gateway/, 'what came is shown');
    like($run->{check}{empty}{message}, qr/empty/, 'that it is empty');
    like($run->{check}{cut}{message}, qr/line 1/, 'where it breaks off');
};

subtest 'bytes that are no text harm nobody' => sub {
    my $run = probe({ a => [{ get => $origin->http_url('/reply?status=500&' .
        'header=X-Bin:%FF%FE%1B[31m&reason=%1B]0;x%07&type=%1B[2J&' .
        'body=%1B[31mred%07%FF%00end') }] });
    judged($run, [a => 'status', qr/500/]);
    my $file = write_file("$dir/bytes.json", $run->{out});
    for my $format (qw(markdown junit tap)) {
        my $text = run_assay('report', $file, "--$format", '-')->{out};
        unlike($text, qr/[^\n\t -~\x80-\xff]/, "no control bytes: $format");
    }
    unlike(run_assay('report', $file, '-v')->{out}, qr/[\e\a]/, 'nor in text');
};

row 'FH6', 'the body of a 503 is judged by hand, too' => sub {
    my $url = $origin->json({ status => 'unhealthy', checks => {
        database => { status => 'unhealthy', error => 'no route' } } },
        status => 503);
    my $run = probe({
        told => [{ get => $url, expect => { status => 503, json => {
            '$.checks.database.status' => 'unhealthy' } } }],
        both => [{ get => $url, expect => { status => 200, json => {
            '$.checks.database.status' => 'healthy' } } }],
        kept => [{ get => $url, expect => { status => 503 }, capture => {
            why => { json => '$.checks.database.error' } } },
            { get => $origin->http_url('/echo?why=${why}'), %echo }],
    });
    judged($run, [told => 'ok'], [both => 'status', qr/503/], [kept => 'ok']);
    is(scalar(grep { !$_->{ok} } @{ step($run, 'both')->{expectations} }), 2,
        'status and part both tell');
    like(echoed($run, 'kept')->{query}, qr/no%20route/, 'and captured');
};

row 'TX5', 'a request identifier goes out, comes back and is recorded' => sub {
    my $url = $origin->http_url('/echo');
    my $matches = { matches => "^$uuid\$" };
    my $run = probe({
        sent => [{ get => $url, %echo, expect => { headers =>
            { 'X-Request-ID' => $matches } } },
            { get => $url, %echo }],
        own => [{ get => $url, headers => { 'x-request-id' => 'mine-1' },
            expect => { headers => { 'X-Request-ID' => 'mine-1' } } }],
        off => [{ get => $url, request_id => false, %echo }],
        made => [{ get => $origin->reply(request_id => 1), request_id => false,
            expect => { headers => { 'X-Request-ID' => $matches } } }],
        missing => [{ get => $url, request_id => false,
            expect => { headers => { 'X-Request-ID' => $matches } } }],
        failed => [{ get => $origin->http_url('/status/500') }],
        bad => [{ get => $origin->reply(header => 'X-Request-ID:7'),
            request_id => false,
            expect => { headers => { 'X-Request-ID' => $matches } } }],
    }, { args => ['--log-format', 'json', '--log-level', 'info'] });
    judged($run, (map { [$_ => 'ok'] } qw(sent own off made)),
        [missing => 'expect', qr/X-Request-ID/], [bad => 'expect', qr/7/]);
    my ($one, $two) = map { step($run, 'sent', $_) } 0, 1;
    like($one->{request_id}, qr/^$uuid$/, 'a UUID, in the result');
    is(echoed($run, 'sent', 0)->{headers}{'x-request-id'}, $one->{request_id},
        'it is the one that was sent');
    isnt($one->{request_id}, $two->{request_id}, 'each request has its own');
    is(step($run, 'own')->{request_id}, 'mine-1', 'a given one is kept');
    is(echoed($run, 'off')->{headers}{'x-request-id'}, undef, 'off');
    like($run->{err}, qr/"request_id":\s*"\Q$one->{request_id}\E"/,
        'it is in the log');
    my $file = write_file("$dir/r.json", $run->{out});
    my $failed = step($run, 'failed')->{request_id};
    like(run_assay('report', $file, @$_)->{out}, qr/\Q$failed\E/,
        'and in the report of what failed') for [], ['--junit', '-'];
};

row 'DA3', 'what the server says it took, and the network\'s share' => sub {
    my $server = sub {
        my ($seconds, %more) = @_;
        return [{ get => $origin->http_url(
            "/x-process-time?seconds=$seconds"), server_time =>
            { header => 'X-Process-Time', %{ $more{unit} || {} } },
            expect => $more{expect} || {} }];
    };
    my $slow = { get => $origin->reply(delay => 300, body => 'x',
        header => 'X-Process-Time:0.100'),
        server_time => { header => 'X-Process-Time' } };
    my $run = probe({
        fast => $server->('0.002', expect => { time => {
            server => { eq => '2ms' } } }),
        slow => $server->('0.25', expect => { time =>
            { server => { lt => '200ms' } } }),
        ms => $server->('30', unit => { unit => 'ms' }, expect => { time =>
            { server => { eq => '30ms' } } }),
        network => [{ %$slow, expect => { time => { total => { gt => '300ms' },
            network => { gt => '200ms' }, server => { eq => '100ms' } } } }],
        'network-slow' => [{ %$slow, expect => { time =>
            { network => { lt => '150ms' } } } }],
        both => [{ %$slow, expect => { time => { network =>
            { lt => '20s' } } } }],
        none => [{ get => $origin->http_url('/ok'), server_time =>
            { header => 'X-Process-Time' }, expect => { time =>
            { server => { lt => '1s' } } } }],
        word => $server->('soon', expect => { time =>
            { server => { lt => '1s' } } }),
        negative => $server->('-1', expect => { time =>
            { server => { lt => '1s' } } }),
        captured => [{ get => $origin->http_url(
            '/x-process-time?seconds=0.5'), capture => { took =>
            { header => 'X-Process-Time' } } },
            { get => $origin->http_url('/echo?took=${took}'), %echo }],
    });
    judged($run, (map { [$_ => 'ok'] } qw(fast ms network both captured)),
        [slow => 'expect', qr/time server 250 ms, expected less than 200 ms/],
        ['network-slow' => 'expect', qr/time network .* took .* of /],
        map { [$_ => 'expect'] } qw(none word negative));
    like(echoed($run, 'captured')->{query}, qr/took=0\.5/, 'captured');
};

times_add_up();
done_testing();

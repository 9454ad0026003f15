#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The origin does what its help says: what every other test relies on.
use strict;
use warnings;

use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time sleep);

use Assay;

my $curl = '/usr/bin/curl';
die "curl is missing: install the package curl\n" unless -x $curl;

my $socket = temp_dir() . '/origin.sock';
my $o = start_origin(
    certs => [qw(expired not-yet-valid wrong-name self-signed expired-intermediate
        missing-intermediate extra-root untrusted-root weak sha1 expires-soon)],
    protocols => { old => [ 'good', 'TLSv1', 'TLSv1.1' ],
        twelve => [ 'good', 'TLSv1.2', 'TLSv1.2' ] },
    mtls => 1, unix => $socket, ipv6 => 1,
    raw => [qw(silent echo closer reset redis full flood), 'smtp=banner:220 hi\r\n',
        'bye=say:no\n']);

# { exit, out, err, code } of curl with these arguments
sub curl {
    my @args = @_;
    my $run = run_command($curl, '-sS', '-m', within(8), '-w', "\n%{http_code}",
        @args, { timeout => 20 });
    ($run->{code}) = $run->{out} =~ s/\n(\d{3})\z// ? $1 : 0;
    return $run;
}

subtest 'replies are what the query asks for' => sub {
    my $run = curl('-i', $o->reply(status => 503, reason => 'Very Bad',
        type => 'application/json', header => 'X-A: 1', header => 'X-B:2',
        body => '{"a":1}'));
    is $run->{exit}, 0;
    like $run->{out}, qr{^HTTP/1\.1 503 Very Bad\r\n}, 'status and reason';
    like $run->{out}, qr{^Content-Type: application/json\r$}m;
    like $run->{out}, qr{^X-A: 1\r\nX-B: 2\r$}m, 'headers, repeated';
    like $run->{out}, qr{\r\n\r\n\{"a":1\}\z}, 'body';

    is curl($o->http_url('/status/418'))->{code}, 418, '/status/N';
    is curl($o->http_url('/nowhere'))->{code}, 404, 'unknown path';
    is curl($o->json({ a => [1] }))->{out}, '{"a":[1]}', 'json helper';
    is length curl($o->reply(size => 100000))->{out}, 100000, 'size';
    is curl($o->reply(body => 'ab', repeat => 3))->{out}, 'ababab', 'repeat';
    is curl('--compressed', $o->reply(body => 'hello', gzip => 1))->{out},
        'hello', 'gzip is real';
    is curl($o->reply(body => 'hello', chunked => 1, drip => 2, interval => 1))
        ->{out}, 'hello', 'chunked and dripped';
    my $begin = time;
    is curl($o->reply(body => 'late', delay_us => 30500))->{out}, 'late', 'delay_us';
    cmp_ok time - $begin, '>=', 0.0305, 'waits so long';
    like curl('-i', $o->reply(http => '1.0'))->{out}, qr{^HTTP/1\.0 200}, 'HTTP/1.0';
    unlike curl('-i', $o->reply(type => ''))->{out}, qr{Content-Type}, 'no type';
    is curl('-I', $o->reply(body => 'hello'))->{exit}, 0, 'HEAD';
    is curl($o->reply(status => 204, body => 'x'))->{out}, '', '204 has no body';
};

subtest 'lengths, chunks and ends that are wrong' => sub {
    my %exit = (
        'body=hello&length=%2B5' => 18, 'body=hello&chunk=bad' => 56,
        'body=hello&chunk=cut' => 18, 'body=hello&length=9&end=reset' => 56,
    );
    is curl($o->http_url("/reply?$_"))->{exit}, $exit{$_}, $_ for sort keys %exit;
    is curl($o->http_url('/reply?body=hello&length=-2'))->{out}, 'hel', 'too short';
    is curl($o->http_url('/reply?body=hello&length=none'))->{out}, 'hello',
        'no length: the end is the FIN';
};

subtest 'times' => sub {
    my $plain = curl($o->reply(delay => 150))->{seconds};
    cmp_ok $plain, '>=', 0.15, 'delay';
    my $got = http_get($o->port, '/reply?body=x&body_delay=200',
        until => qr/\r\n\r\n/);
    unlike $got->{bytes}, qr/x\z/, 'headers come before the body';
    my $rest = raw_talk($got->{socket}, '');
    like $rest->{bytes}, qr/x\z/, 'the body comes later';
    cmp_ok http_get($o->port, '/reply?size=10&drip=2&interval=30')->{seconds},
        '>=', 0.12, 'drip';
    my $begin = time;
    is http_get($o->port, '/freeze?ms=200')->{status}, 200;
    cmp_ok time - $begin, '>=', 0.2, 'freeze';
};

subtest 'echo shows request and connection' => sub {
    my $run = curl('-X', 'PUT', '-H', 'X-Two: a', '-H', 'X-Two: b',
        '--data-binary', "h\xc3\xa4\x00\xff", $o->http_url('/echo/deep?q=1%20'));
    my $e = json_ok($run);
    is $e->{method}, 'PUT';
    is $e->{path}, '/echo/deep';
    is $e->{query}, 'q=1%20';
    is $e->{headers}{'x-two'}, 'a, b';
    is $e->{request}, 1;

    my @two = map { decode_json($_) }
        curl($o->http_url('/echo'), $o->http_url('/echo'))->{out} =~ /(\{.*\})/g;
    is $two[0]{connection}, $two[1]{connection}, 'connection is reused';
    is $two[1]{request}, 2;
    is $two[0]{port}, $two[1]{port};

    my $body = temp_dir() . '/body';
    write_file($body, join '', map { chr($_ % 251) } 1 .. 300000);
    for my $how ([], ['-H', 'Transfer-Encoding: chunked']) {
        my $big = json_ok(curl('-H', 'Expect: 100-continue', @$how, '-T', $body,
            $o->http_url('/echo')), "upload @$how");
        is $big->{length}, 300000;
    }
    is http_get($o->port, '/echo', headers => "X-Reply: status=500&delay=1\r\n")
        ->{status}, 500, 'X-Reply bends any answer';
    like http_get($o->port, '/ok', headers => "X-Request-ID: abc\r\n")->{headers},
        qr/^X-Request-ID: abc\r?$/m, 'request id is echoed';
    like http_get($o->port, '/ok?request_id=1')->{headers},
        qr/^X-Request-ID: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/m, 'or made';
};

subtest 'pipelining and pieces' => sub {
    my $get = "GET /counter/pipe HTTP/1.1\r\nHost: x\r\n\r\n";
    my $post = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        . "\r\n3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n";
    my $last = "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    my $got = raw_talk($o->port, $get . $get . $post . $get . $last);
    ok $got->{eof}, 'closed when asked';
    is join(' ', $got->{bytes} =~ /\{"n":(\d+)\}/g), '1 2 3', 'in order';
    like $got->{bytes}, qr/"body":"abcde"/, 'chunked request';

    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $o->port);
    for my $byte (split //, $post . $last) { syswrite $s, $byte }
    $got = raw_talk($s, '');
    like $got->{bytes}, qr/"body":"abcde"/, 'byte by byte';
    ok $got->{eof};
    is raw_talk($o->port, "GET /ok HTTP/1.0\r\n\r\n")->{eof}, 1, 'HTTP/1.0 closes';
    like raw_talk($o->port, "GET http://far.example/echo HTTP/1.1\r\nHost: far.example\r\n"
        . "Connection: close\r\n\r\n")->{bytes}, qr{"path":"/echo"}, 'as a proxy is asked';
};

subtest 'bad requests are refused' => sub {
    my %row = (
        "NONSENSE\r\n\r\n" => 400,
        "GET /ok HTTP/2.0\r\n\r\n" => 400,
        "GET /ok HTTP/1.1\r\nNo colon\r\n\r\n" => 400,
        "GET /ok HTTP/1.1\r\nA: \0\r\n\r\n" => 400,
        "G\@T /ok HTTP/1.1\r\n\r\n" => 400,
        "POST /ok HTTP/1.1\r\nContent-Length: -1\r\n\r\n" => 400,
        "POST /ok HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n" => 413,
        "POST /ok HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" => 400,
        "POST /ok HTTP/1.1\r\nTransfer-Encoding: odd\r\n\r\n" => 501,
        "GET /ok HTTP/1.1\r\nA: " . 'x' x 70000 . "\r\n\r\n" => 431,
        "GET /ok HTTP/1.1\r\n" . "A: b\r\n" x 300 . "\r\n" => 431,
    );
    for my $bytes (sort keys %row) {
        my $got = raw_talk($o->port, $bytes);
        my $name = substr($bytes, 0, 60) =~ s/[^ -~]/./gr;
        like $got->{bytes}, qr{\AHTTP/1\.1 $row{$bytes} }, "$row{$bytes}: $name";
    }
};

subtest 'redirects and cookies' => sub {
    my @follow = ('-L', '-o', '/dev/null', '-w', '%{num_redirects} %{url_effective}');
    my $url = $o->http_url('/ok');
    is curl(@follow, $o->http_url('/redirect/3'))->{out}, "3 $url", 'N hops';
    is curl(@follow, $o->http_url('/redirect/2?absolute=1'))->{out}, "2 $url";
    is curl(@follow, $o->http_url('/redirect-relative/here'))->{out}, "1 $url", 'relative';
    is curl(@follow, $o->http_url('/redirect-to?url=%2Fok&status=307'))->{out}, "1 $url";
    is curl('-L', '--max-redirs', 4, $o->http_url('/redirect-loop'))->{exit}, 47, 'loop';
    is curl('-k', @follow, $o->http_url('/redirect-https/ok'))->{out},
        '1 https://127.0.0.1:' . $o->tls_port . '/ok', 'to https';

    my $jar = temp_dir() . '/jar';
    my $run = curl('-i', '-c', $jar,
        $o->http_url('/cookies/set?a=1&b=x%20y&Path=%2Fcookies&HttpOnly'));
    like $run->{out}, qr{^Set-Cookie: a=1; Path=/cookies; HttpOnly\r$}m;
    is_deeply json_ok(curl('-b', $jar, $o->http_url('/cookies/show'))),
        { a => '1', b => 'x y' }, 'and back';
};

subtest 'authentication' => sub {
    my $code = sub { curl(@_)->{code} };
    is $code->('-u', 'me:p w', $o->http_url('/auth/basic/me/p%20w')), 200, 'basic';
    is $code->('-u', 'me:no', $o->http_url('/auth/basic/me/pw')), 401;
    is $code->($o->http_url('/auth/basic/me/pw')), 401;
    is $code->('-H', 'Authorization: Bearer t1', $o->http_url('/auth/bearer/t1')), 200;
    is $code->('-H', 'Authorization: Bearer t2', $o->http_url('/auth/bearer/t1')), 401;
    for my $algorithm (qw(MD5 SHA-256)) {
        my $url = $o->http_url("/auth/digest/me/pw?algorithm=$algorithm");
        is $code->('--digest', '-u', 'me:pw', $url), 200, "digest $algorithm";
        is $code->('--digest', '-u', 'me:no', $url), 401, 'and refused';
    }
};

subtest 'answers that change' => sub {
    my $status = sub { http_get($o->port, $_[0])->{status} };
    is join(' ', map { $status->('/flaky/a?fail=2') } 1 .. 4), '503 503 200 200', 'flaky';
    is join(' ', map { $status->('/sequence/a?list=200,500,404') } 1 .. 5),
        '200 500 404 404 404', 'sequence';
    is join(' ', map { $status->('/sequence/b?list=200,500&cycle=1') } 1 .. 4),
        '200 500 200 500', 'in a cycle';
    is $status->('/after?up=3600000'), 503, 'not up yet';
    is $status->('/after?up=1'), 200, 'up';
    my $now = decode_json(http_get($o->port, '/now?skew=-300')->{body});
    cmp_ok abs(time - 300 - $now->{timestamp}), '<', within(5), 'skewed clock';
    like http_get($o->port, '/x-process-time?seconds=0.012')->{headers},
        qr/^X-Process-Time: 0\.012\r?$/m;
};

subtest 'faults' => sub {
    # curl's exit code for each: 1 unsupported, 7 refused, 8 weird, 18 partial,
    # 23 write, 27 memory (its word for headers that are too large), 28 timeout,
    # 52 empty, 56 receive, 61 encoding
    my @row = (
        [ 'reset', 56 ], [ 'reset?at=headers', 56 ], [ 'reset?at=body', 56 ],
        [ 'close', 52 ], [ 'close?at=body', 18 ], [ 'half-close', 52 ],
        [ 'half-close?at=body', 18 ], [ 'garbage', 1 ], [ 'http09', 1 ],
        [ 'no-headers', 0 ], [ 'bad-gzip', 61 ], [ 'cut-gzip', '18|23|56|61|0' ],
        [ 'nul-header', '8|43' ], [ 'bad-chunk', 56 ], [ 'huge-chunk', 56 ],
        [ 'cut-chunk', 18 ], [ 'huge-header', '27|56|100' ],
        [ 'endless-headers', '27|56' ], [ 'endless-line', '27|56|100' ],
        [ 'endless-trailers?limit=100000', '0|18|56' ],
        [ '100-continue-many', '27|56' ], [ '100-continue-many?count=50', 0 ],
        [ 'empty-status', '1|8|56' ], [ 'extra-bytes', 0 ],
        [ 'endless-body?limit=100000', 0 ], [ 'gzip-bomb?size=100000', 0 ],
        [ 'many-headers?count=50', 0 ], [ 'trickle-headers?ms=1', 0 ],
        [ 'trickle-body?ms=0', 0 ],
    );
    for (@row) {
        my ($fault, $exit) = @$_;
        my $run = curl('--compressed', '-o', '/dev/null', $o->http_url("/fault/$fault"));
        like $run->{exit}, qr/\A(?:$exit)\z/, "$fault is curl's $exit"
            or diag $run->{err};
    }
    for my $fault (qw(never no-read never?at=headers trickle-headers?ms=500
        endless-body?ms=100 endless-headers?ms=100 endless-chunks?ms=100)) {
        my $run = curl('-m', 0.4, '-o', '/dev/null', $o->http_url("/fault/$fault"));
        is $run->{exit}, 28, "$fault does not end";
    }
    my $got = http_get($o->port, '/fault/half-close');
    ok $got->{eof}, 'half-close: end of what we hear';
    ok syswrite($got->{socket}, 'more'), 'but not of what we say';
    is http_get($o->port, '/fault/no-such')->{status}, 404;
};

subtest 'certificates' => sub {
    my %row = (
        https => '', 'expires-soon' => '', 'extra-root' => '', twelve => '',
        expired => 'certificate has expired',
        'not-yet-valid' => 'not yet valid',
        'wrong-name' => 'no alternative certificate subject name matches',
        'self-signed' => 'self[- ]signed certificate',
        'expired-intermediate' => 'certificate has expired',
        'missing-intermediate' => 'unable to get local issuer',
        'untrusted-root' => 'unable to get local issuer',
        weak => 'key too (weak|small)|EE certificate key',
        sha1 => 'CA md too weak|CA signature digest algorithm too weak|signature',
        old => 'protocol version|unsupported protocol|alert|wrong version|legacy sigalg',
    );
    for my $name (sort keys %row) {
        my $run = curl('--cacert', $o->ca, '--ciphers', 'DEFAULT@SECLEVEL=2',
            $o->https_url($name, '/ok'));
        if ($row{$name} eq '') { is $run->{out}, "ok\n", "$name is trusted" or diag $run->{err} }
        else { like $run->{err}, qr/$row{$name}/, "$name is refused" }
    }
    my $e = json_ok(curl('--cacert', $o->ca, $o->https_url('twelve', '/echo')));
    is $e->{tls}{version}, 'TLSv1.2', 'protocol of a port';
    is curl('-k', '--ciphers', 'ALL:@SECLEVEL=0', '--tlsv1.0', $o->https_url('old', '/ok'))
        ->{out}, "ok\n", 'old TLS is really served';

    isnt curl('--cacert', $o->ca, $o->https_url('mtls', '/ok'))->{exit}, 0,
        'a client without certificate is refused';
    $e = json_ok(curl('--cacert', $o->ca, '--cert', cert_file('client.pem'), '--key',
        cert_file('client.key'), $o->https_url('mtls', '/echo')));
    is $e->{tls}{client}, 'test client', 'a client with one is known';
    is curl('-k', '-o', '/dev/null', $o->https_url('/fault/reset?at=body'))->{exit}, 56;
    is length curl('-k', $o->https_url('/reply?size=3000000'))->{out}, 3000000, 'a large body';
    my $stats = $o->stats;
    cmp_ok $stats->{handshakes}, '>', 0, 'handshakes are counted';
    cmp_ok $stats->{handshakes_failed}, '>', 0, 'and failed ones';
};

subtest 'raw ports' => sub {
    my $talk = sub { raw_talk($o->raw_port(shift), @_) };
    is $talk->('smtp', '', until => qr/\n/)->{bytes}, "220 hi\r\n", 'banner';
    is $talk->('echo', "abc\n", until => qr/\n/)->{bytes}, "abc\n", 'echo';
    my $run = $talk->('bye', '');
    is $run->{bytes} . $run->{eof}, "no\n1", 'say and close';
    ok $talk->('closer', '')->{eof}, 'closer';
    ok $talk->('reset', '')->{reset}, 'reset';
    is $talk->('redis', "PING\r\n", until => qr/\n/)->{bytes}, "+PONG\r\n", 'redis';
    is $talk->('redis', "*1\r\n\$4\r\nPING\r\n", until => qr/\n/)->{bytes}, "+PONG\r\n";
    like $talk->('redis', "GET x\r\n", until => qr/\n/)->{bytes}, qr/\A-ERR/;
    $run = $talk->('silent', "hello\r\n", seconds => 0.2);
    is $run->{bytes} . $run->{eof}, '0', 'silent: nothing, and no end';
    cmp_ok length $talk->('flood', '', bytes_max => 20000)->{bytes}, '>=', 20000, 'flood';
    for (1 .. 3) {
        my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => $o->raw_port('full'), Timeout => 0.3);
        ok !$s, 'full: the connection is never made';
        like "$@$!", qr/time|progress/i, 'and not refused either';
    }
};

subtest 'other ways in' => sub {
    is curl('--unix-socket', $socket, 'http://x/ok')->{out}, "ok\n", 'unix socket';
    SKIP: {
        skip 'no IPv6 loopback', 1 unless $o->{line}{ipv6};
        is curl('-g', 'http://[::1]:' . $o->port . '/ok')->{out}, "ok\n", 'IPv6';
    }
};

subtest 'hostile clients do no harm' => sub {
    for my $n (1 .. 40) {
        my $port = $n % 2 ? $o->port : $o->tls_port;
        my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or next;
        syswrite $s, join '', map { chr int rand 256 } 1 .. 50 * $n;
        setsockopt $s, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0 if $n % 3;
        close $s;
    }
    my @open = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $o->port) } 1 .. 200;
    is scalar(grep { $_ } @open), 200, 'many connections at once';
    syswrite $_, "GET /fault/endless-body HTTP/1.1\r\n\r\n" for @open[ 0 .. 9 ];
    is http_get($o->port, '/ok')->{status}, 200, 'others are served meanwhile';
    @open = ();
    ok until_true(10, sub { $o->stats->{open} <= 20 }), 'closed ones are let go'
        or diag $o->stats->{open};
};

subtest 'counts' => sub {
    $o->reset_stats;
    http_get($o->port, '/ok') for 1 .. 3;
    my $stats = $o->stats;
    is $stats->{paths}{'/ok'}, 3, 'by path';
    cmp_ok $stats->{connections}, '>=', 4, 'connections';
};

subtest 'start and end' => sub {
    my $origin = $ENV{ORIGIN} || 'build/origin';
    my $run = run_command($origin, '--stdin-eof', { timeout => 10 });
    is $run->{exit}, 0, 'ends with its input';
    is decode_json($run->{out})->{https}, 0, 'one line of JSON';
    is run_command($origin, '--seconds', 1, { timeout => 10 })->{exit}, 0, 'ends by itself';
    $run = run_command($origin, '--help');
    like $run->{out}, qr{/fault/NAME}, 'help has the tables';
    is run_command($origin, '--nonsense')->{exit}, 2, 'a wrong option';
    is run_command($origin, '--raw', 'nonsense')->{exit}, 2, 'a wrong mode';
    is run_command($origin, '--cert', '/nonexistent', '--key', '/nonexistent')->{exit}, 2;
    my $pid = $o->pid;
    my $errors = "$o->{dir}/err";
    $o->stop;
    ok !kill(0, $pid), 'ends when told';
    is read_file($errors), '', 'and had nothing to complain about';
};

done_testing;

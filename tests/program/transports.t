#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The two transports come to the same verdicts: whatever the origin can do,
# asked for by both.
use strict;
use warnings;
use IPC::Open2;
use JSON::PP;
use Test::More;
use Assay;

my $socket = temp_dir('transports') . '/origin.sock';
my $origin = start_origin(ipv6 => 1, unix => $socket,
    raw => ['silent', 'full', 'closer', 'reset', 'flood', 'echo',
        'banner:220 here\r\n', 'say:HTTP/1.1 200 OK\r\n\r\nhello']);
my $json = JSON::PP->new->canonical;
my $LIMIT_MS = within(400);

my %talk = map { my $name = $_;
    my $pid = open2(my $out, my $in, Assay::binary('EXCHANGE', 'build/exchange'), $name);
    ($name => { pid => $pid, in => $in, out => $out }) } qw(native libcurl);

sub ask {
    my ($name, $request) = @_;
    my $t = $talk{$name};
    print { $t->{in} } $json->encode($request), "\n";
    $t->{in}->flush;
    my $line = readline $t->{out};
    die "$name has ended\n" unless defined $line;
    return $json->decode($line);
}

# What has to be equal.  Bodies only of whole answers: how much came of a
# broken one is a matter of time.
sub seen {
    my ($answer) = @_;
    my %seen = map { ($_ => $answer->{$_}) }
        qw(outcome status protocol headers remote limit sent);
    @seen{qw(sha256 received)} = @{$answer}{qw(sha256 received)}
        if $answer->{outcome} eq 'ok';
    # these say when, or which one
    $seen{headers} = [grep { $_->[0] !~ /^(?:date|x-count)$/i }
        @{ $seen{headers} }];
    return \%seen;
}

# same(NAME => { url => ... }, OUTCOME)
sub same {
    my ($name, $request, $outcome) = @_;
    my %request = (ms => $LIMIT_MS, %$request);
    my ($native, $libcurl) = map { ask($_, \%request) } qw(native libcurl);
    # out of time, and not in the same way or not as it should be: a busy machine
    if ((grep { $_->{outcome} eq 'timeout' } $native, $libcurl)
        && ($json->encode(seen($native)) ne $json->encode(seen($libcurl))
            || ($outcome && $outcome ne 'timeout'))) {
        $request{ms} *= 10;
        ($native, $libcurl) = map { ask($_, \%request) } qw(native libcurl);
    }
    is($native->{transport}, 'native', "$name: natively");
    is($libcurl->{transport}, 'libcurl', "$name: by libcurl");
    is_deeply(seen($native), seen($libcurl), "$name: $libcurl->{outcome}")
        or diag "native: $native->{detail}\nlibcurl: $libcurl->{detail}";
    is(!$native->{detail}, !$libcurl->{detail}, "$name: both say why, or none");
    is($native->{outcome}, $outcome, "$name: $outcome") if $outcome;
    return $native;
}

sub url { return $origin->http_url($_[0]) }

subtest 'every fault' => sub {
    my $help = `@{[Assay::binary('ORIGIN', 'build/origin')]} --help`;
    my ($list) = $help =~ m{^/fault/NAME\n(.*?)\n\n}ms;
    my @faults = $list =~ /^  (\S+)/mg;
    cmp_ok(scalar @faults, '>', 30, 'there are many');
    for my $fault (@faults) {
        same($fault, { url => url("/fault/$fault"), compressed => \1 });
        next unless $list =~ /^  \Q$fault\E +\?at=/m;
        same("$fault at $_", { url => url("/fault/$fault?at=$_") })
            for qw(accept headers body);
    }
};

subtest 'statuses and methods' => sub {
    for my $status (200, 201, 204, 205, 301, 304, 400, 401, 404, 500, 503, 599) {
        same("status $status", { url => url("/status/$status") }, 'ok');
        same("HEAD $status", { url => url("/status/$status"),
            method => 'HEAD' }, 'ok');
    }
    for my $method (qw(GET POST PUT PATCH DELETE OPTIONS PURGE)) {
        same($method, { url => url('/ok'), method => $method }, 'ok');
        same("$method with a body", { url => url('/ok'), method => $method,
            body => 'x' x 3000 }, 'ok');
    }
};

subtest 'replies' => sub {
    my @keys = ('gzip=1&body=hello', 'gzip=1&size=1000000',
        'gzip=1&chunked=1&size=100000', 'chunked=1&body=hello',
        'chunked=1&size=200000', 'chunked=1&drip=3&interval=1&body=hello%20you',
        'chunk=bad&chunked=1&body=x', 'chunk=cut&chunked=1&body=hello',
        (map { "length=$_&body=hello" } qw(%2B5 -5 1000 abc none)),
        'length=2&body=hello', 'delay=50', 'body_delay=50&body=hi',
        'drip=1&interval=1&body=hello', 'close=1&body=hello',
        (map { "end=$_&body=hello" } qw(close reset cut hold keep)),
        (map { "end=$_&length=none&body=hello" } qw(close reset cut)),
        'http=1.0&body=hello', 'http=1.0&length=none&body=hello&end=close',
        'size=0', 'size=3000000', 'size=70000&repeat=3', 'reason=Very%20Bad',
        'type=', 'header=A:1&header=a:2&header=Empty:',
        'header=Content-Encoding:gzip&body=plain',
        'header=Content-Encoding:identity&body=plain',
        'header=Content-Encoding:rot13&body=plain',
        'header=Transfer-Encoding:identity&body=plain&end=close',
        'header=Content-Length:7&body=hello',
        'header=Content-Length:5&body=hello',
        'header=Connection:close&body=hello');
    for my $keys (@keys) {
        for my $compressed (\1, \0) {
            same("$keys" . ($$compressed ? '' : ' plainly'),
                { url => url("/reply?$keys"), compressed => $compressed });
        }
        same("HEAD $keys", { url => url("/reply?$keys"), method => 'HEAD' });
    }
};

subtest 'limits' => sub {
    same("body of at most $_", { url => url('/reply?size=1000'),
        body_max => $_ }) for 1, 999, 1000, 1001;
    same("head of at most $_", { url => url('/ok'), header_max => $_ })
        for 1, 4, 6, 20, 60, 5000;
    same('bomb', { url => url('/reply?gzip=1&size=20000000'),
        compressed => \1, body_max => 100000 }, 'too-large');
};

subtest 'ways' => sub {
    (my $ip6 = url('/ok')) =~ s/127\.0\.0\.1/[::1]/;
    same('IPv6', { url => $ip6 });
    # no address that is known to be near
    (my $mapped = url('/reply?size=100000')) =~ s/127\.0\.0\.1/[::ffff:127.0.0.1]/;
    same('an address further off', { url => $mapped }, 'ok');
    same('refused further off', { url => 'http://[::ffff:127.0.0.1]:'
        . free_port() . '/' }, 'refused');
    same('a socket', { url => 'http://some.name/ok', unix => $socket }, 'ok');
    same('a socket that is not there', { url => 'http://a/',
        unix => "$socket.not" }, 'connect-fail');
    same('refused', { url => 'http://127.0.0.1:' . free_port() . '/' },
        'refused');
    same('no way', { url => 'http://255.255.255.255/' });
    for my $mode (qw(silent full closer flood echo banner say)) {
        same("raw $mode", { url => 'http://127.0.0.1:'
            . $origin->raw_port($mode) . '/' });
    }
    # whether it was seen to stand before that is a matter of time
    is(ask($_, { url => 'http://127.0.0.1:' . $origin->raw_port('reset') })
        ->{outcome}, 'reset', "raw reset: $_") for qw(native libcurl);
};

# What /echo said, without what tells one connection from another.
sub echoed {
    my ($text) = @_;
    my $echo = eval { $json->decode($text) } || { broken => $text };
    delete @{$echo}{qw(port connection)};
    # that of libcurl offers more
    $echo = $json->encode($echo);
    $echo =~ s/deflate, gzip(?:, br)?(?:, zstd)?/deflate, gzip/g;
    return $echo;
}

subtest 'requests' => sub {
    my %rows = (
        plain => {},
        query => { path => '/echo/a/../b;c?x=%20&y=[1]&z' },
        bare => { path => '' },
        compressed => { compressed => \1 },
        fields => { headers => [['X-A', ' 1 '], ['X-B', ''], ['x-a', '2']] },
        host => { headers => [['host', 'other.name']] },
        usual => { headers => [['user-agent', 'me'], ['accept', 'text/plain'],
            ['Accept-Encoding', 'gzip'], ['Cookie', 'a=1'],
            ['Connection', 'close'], ['Content-Type', 'a/b']] },
        none => { headers => [['User-Agent', ''], ['Host', '']] },
        basic => { auth => 'basic', user => 'u:x', password => "p\x{e4}" },
        nobody => { auth => 'basic' },
        bearer => { auth => 'bearer', password => 'tok' },
        both => { auth => 'bearer', password => 'tok',
            headers => [['authorization', 'Mine']] },
        large => { method => 'POST', body => 'b' x 1000 },
    );
    for my $name (sort keys %rows) {
        my %row = %{ $rows{$name} };
        my $path = delete $row{path} // '/echo';
        my ($n, $l) = map { my $a = ask($_, { ms => 2000,
            url => url($path), %row }); [$a->{outcome}, $a->{transport},
                pack 'H*', $a->{body}] } qw(native libcurl);
        is_deeply([map { $_->[1] } $n, $l], ['native', 'libcurl'], $name);
        is(echoed($n->[2]), echoed($l->[2]), "$name: the same was sent");
    }
};

subtest 'times add up' => sub {
    my $seen = same('slow', { url => url('/reply?delay=30&body_delay=30&body=x') });
    my %phase = %{ $seen->{phases} };
    cmp_ok($phase{wait}, '>=', 29e6, 'waited');
    cmp_ok($phase{receive}, '>=', 29e6, 'received');
    cmp_ok($phase{connect}, '>', 0, 'connected');
    is($phase{dns} + $phase{tls}, 0, 'nothing to look up');
};

for my $t (values %talk) {
    close $t->{in};
    waitpid $t->{pid}, 0;
    is($?, 0, 'ended well');
}
done_testing;

# SPDX-License-Identifier: MIT
package Generators;

# Generators - one load by assay, by a peer or by a bare loop; and their server.
#
#     use Generators;
#     my $web = start_web();
#     set_apart($web);
#     my $took = by_assay($web->url('/'), 100_000, qw(-c 64));
#     $took->{us}      # CPU of the whole process per request, microseconds
#
# A load is of so many requests; wrk, which cannot count, gets seconds.  Each
# gives what usage_of gives, with {requests} and {us}, and dies when the server
# did not answer all of them well: a failed request is a cheap one.  So are
# bytes that never came: what assay says it received must be what was sent.

use strict;
use warnings;

use Assay;
use Bench;
use Exporter qw(import);

our @EXPORT = qw(start_web by_assay by_wrk by_h2load by_hey by_bare_loop
    by_epoll_loop result_of run_seconds raise_files);

my $SMALL = '0123456789012345678901';   # and two line ends: 24 bytes
my $LARGE_BYTES = 100 * 1024;
my $WEB_CONNECTIONS = 32_000;
my $EXIT_INVALID = 4;   # the generator was the limit: here it ought to be

sub run_seconds { return $ENV{ASSAY_BENCH_S} || 2 }

# As many open files as the machine allows, for all that is started from now
# on; how many those are.
sub raise_files {
    my ($most) = map { /^Max open files\s+\S+\s+(\S+)/m ? $1 : () }
        read_file('/proc/self/limits');
    my $run = run_command('prlimit', '--pid', $$, "--nofile=$most:$most");
    die "prlimit: $run->{err}\n" if $run->{exit};
    return $most;
}

# nginx with one worker and four ports: ->url is plain, ->at('tls', PATH),
# ->at('h2c', PATH), ->at('h2', PATH).  /large has 100 KB, the others 24 bytes.
# It leaves no choice of cipher, as the clients would not choose the same.
sub start_web {
    my $dir = temp_dir('www');
    write_file("$dir/large", 'x' x $LARGE_BYTES);
    my %port = map { $_ => free_port() } qw(tls h2c h2);
    my ($cert, $key) = map { cert_file("good.$_") } qw(pem key);
    my $web = start_nginx(<<"CONF", { whole => 1, connections => $WEB_CONNECTIONS });
sendfile on; tcp_nopush on; open_file_cache max=10;
keepalive_timeout 600s;
ssl_certificate $cert; ssl_certificate_key $key; ssl_protocols TLSv1.3;
ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384;
server {
    listen 127.0.0.1:PORT backlog=4096;
    listen 127.0.0.1:$port{tls} ssl;
    listen 127.0.0.1:$port{h2c} http2;
    listen 127.0.0.1:$port{h2} ssl http2;
    root $dir;
    location / { default_type text/plain; return 200 "$SMALL\\n\\n"; }
    location = /large { }
}
CONF
    $web->{at} = \%port;
    return bless $web, 'Generators::Web';
}

# What one load took, when all that was asked went well.
sub load_of {
    my ($name, $took, $requests, $asked) = @_;
    die "$name ended with $took->{exit}:\n" . substr($took->{out}, 0, 2000)
        . "\n" unless $requests && (!$asked || $requests == $asked);
    return { %$took, requests => $requests, us => $took->{cpu_us} / $requests };
}

sub result_of { return json_file(temp_dir() . '/load.json')->{loads}[0] }

# by_assay(URL, N or '3s', ARGS...); ->{load} is from the result file.
sub by_assay {
    my ($url, $much, @args) = @_;
    my $file = temp_dir() . '/load.json';
    unlink $file;
    push @args, '--ca-file', cert_file('ca.pem') if $url =~ /^https:/;
    my $took = usage_of(build() . '/assay', 'loadgen', '-q', '--json', $file,
        $much =~ /s\z/ ? '-d' : '-n', $much, @args, $url);
    die "assay ended with $took->{exit}:\n$took->{out}\n"
        unless -e $file && ($took->{exit} == 0
            || $took->{exit} == $EXIT_INVALID);
    my $load = result_of();
    $took->{load} = $load;
    die "assay: $load->{requests_ok} of $load->{requests} went well\n"
        if $load->{requests_ok} != $load->{requests};
    my $body = $url =~ m{/large\z} ? $LARGE_BYTES : length($SMALL) + 2;
    die "assay received $load->{steps}[0]{received_bytes} bytes\n"
        if $url !~ m{/reply\?} && $load->{steps}[0]{received_bytes}
            != $body * $load->{requests};
    return load_of('assay', $took, $load->{requests_ok},
        $much =~ /s\z/ ? undef : $much);
}

sub by_wrk {
    my ($url, $seconds, @args) = @_;
    my $took = usage_ok(need('wrk', 'wrk'), '-t1', "-d${seconds}s", @args, $url);
    die "wrk: $1\n" if $took->{out} =~ /((?:Socket errors|Non-2xx).*)/;
    return load_of('wrk', $took, $took->{out} =~ /(\d+) requests in/);
}

sub by_h2load {
    my ($url, $n, @args) = @_;
    my $took = usage_ok(need('h2load', 'nghttp2-client'), '-t1',
        $n =~ /s\z/ ? ('-D', $n =~ /(\d+)/) : ('-n', $n), @args, $url);
    my ($good) = $took->{out} =~ /(\d+) succeeded/;
    return load_of('h2load', $took, $good, $n =~ /s\z/ ? undef : $n);
}

# Each of its users makes the same number of requests, so it may make fewer.
sub by_hey {
    my ($url, $much, @args) = @_;
    my $took = usage_ok(need('hey', 'hey'),
        $much =~ /s\z/ ? '-z' : '-n', $much, @args, $url);
    die "hey: $1\n" if $took->{out} =~ /(Error distribution.*)/s;
    return load_of('hey', $took, $took->{out} =~ /\[200\]\s+(\d+) responses/);
}

sub by_bare_loop {
    my ($url, $n, $connections) = @_;
    return load_of('bare_loop', usage_ok(build() . '/bench/bare_loop', $n,
        $connections, 'same', $url), $n);
}

sub by_epoll_loop {
    my ($port, $n, $connections) = @_;
    return load_of('epoll_loop', usage_ok(build() . '/bench/epoll_loop', $n,
        $connections, $port), $n);
}

package Generators::Web;

our @ISA = ('Assay::Peer');

sub at {
    my ($self, $kind, $path) = @_;
    return ($kind eq 'h2c' ? 'http' : 'https')
        . "://127.0.0.1:$self->{at}{$kind}$path";
}

1;

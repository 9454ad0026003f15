# SPDX-License-Identifier: MIT
package LoadCost;

# LoadCost - what a request of a load costs: CPU of the whole process, and
# memory.  The server has a core to itself where there are two.

use strict;
use warnings;

use Assay;
use Bench;
use Generators;

my $ROUNDS = 5;
my $USERS = 64;
my @FEW = (100, 10_000);    # connections
my $OPEN_REQUESTS = 500_000;
my $OPEN_WRK_S = 4;
my @LONG = (100_000, 10_000_000);   # requests
my $FILES_SPARE = 200;      # open files besides the connections

sub sections {
    return ([ plain => \&bench_plain ], [ tls => \&bench_tls ],
        [ large => \&bench_large ], [ libcurl => \&bench_libcurl ],
        [ connections => \&bench_connections ], [ http2 => \&bench_http2 ],
        [ memory => \&bench_memory ], [ workers => \&bench_workers ]);
}

# As many requests as take about the time of a run.
sub requests_for {
    my ($url, @args) = @_;
    my $took = by_assay($url, run_seconds() . 's', @args);
    return $took->{requests};
}

sub per_request {
    my ($what, $ours, $peer, $bound) = @_;
    compare($what, median_of('us', $ours), median_of('us', $peer), $bound,
        \&us);
}

# One load by assay and by each of its peers: [NAME, BOUND, sub of URL and N].
sub beside {
    my ($what, $url, $args, @peers) = @_;
    my $n = requests_for($url, @$args);
    my $runs = rounds($ROUNDS,
        [ ours => sub { by_assay($url, $n, @$args) } ],
        map { my ($name, undef, $run) = @$_;
            [ $name => sub { $run->($url, $n) } ] } @peers);
    for my $peer (@peers) {
        my ($name, $bound) = @$peer;
        per_request("$what | $name", $runs->{ours}, $runs->{$name}, $bound);
    }
    return $runs;
}

sub wrk_row {
    my ($bound) = @_;
    return [ wrk => $bound, sub { by_wrk($_[0], run_seconds(), "-c$USERS") } ];
}

sub bench_plain {
    my $web = start_web();
    set_apart($web);
    beside('a request', $web->url('/'), [ '-c', $USERS ],
        wrk_row(0.90),
        [ 'h2load --h1' => 0.82, sub { by_h2load(@_, '--h1', "-c$USERS") } ],
        [ hey => undef, sub { by_hey(@_, '-c', $USERS) } ],
        [ 'bare sockets on libev' => undef,
          sub { by_epoll_loop($web->port, $_[1], $USERS) } ]);
}

sub bench_tls {
    my $web = start_web();
    set_apart($web);
    beside('a request over TLS', $web->at('tls', '/'), [ '-c', $USERS ],
        wrk_row(1.0));
}

sub bench_large {
    my $web = start_web();
    set_apart($web);
    beside('a body of 100 KB', $web->url('/large'), [ '-c', $USERS ],
        wrk_row(1.0));
}

sub bench_libcurl {
    my $web = start_web();
    set_apart($web);
    beside('a request by libcurl', $web->url('/'),
        [ '-c', $USERS, '--transport', 'libcurl' ],
        [ 'bare libcurl on libev' => 1.15,
          sub { by_bare_loop(@_, $USERS) } ]);
}

# Connecting is counted too.  What wrk pays more on many connections, and what
# bare sockets on libev do, which record nothing, tells how much of it is the
# kernel's; both are for information.
sub bench_connections {
    my ($few, $many) = @FEW;
    my $files = raise_files();
    if ($files < $many + $FILES_SPARE) {
        $many = $files - $FILES_SPARE;
        print "connections: only $many, as \"ulimit -Hn\" is $files\n";
        die "that is too few to compare\n" if $many < 10 * $few;
    }
    my $web = start_web();
    set_apart($web);
    my $runs = rounds($ROUNDS, map { my $c = $_;
        [ $c => sub { opened($c, by_assay($web->url('/'), $OPEN_REQUESTS,
            '-c', $c)) } ] } $few, $many);
    per_request("a request on $many | on $few connections", $runs->{$many},
        $runs->{$few}, 1.3);
    my $peer = rounds($ROUNDS, map { my $c = $_;
        [ $c => sub { by_wrk($web->url('/'), $OPEN_WRK_S, "-c$c") } ] }
        $few, $many);
    per_request('... the same by wrk', $peer->{$many}, $peer->{$few});
    my $bare = rounds($ROUNDS, map { my $c = $_;
        [ $c => sub { by_epoll_loop($web->port, $OPEN_REQUESTS, $c) } ] }
        $few, $many);
    per_request('... the same by bare sockets on libev', $bare->{$many},
        $bare->{$few});
    at_most("a connection, of $many: memory",
        (median_of('peak_kb', $runs->{$many})
            - median_of('peak_kb', $runs->{$few})) / ($many - $few), 24, 'KB');
}

# That load, if it was on so many connections.
sub opened {
    my ($connections, $took) = @_;
    my $seen = $took->{load}{steps}[0]{connections};
    die "$seen connections instead of $connections\n"
        if $seen != $connections;
    return $took;
}

sub bench_http2 {
    my $web = start_web();
    my ($connections, $streams) = (8, 8);
    my @how = ('-c', $connections * $streams, '--streams', $streams);
    set_apart($web);
    for my $kind ([ h2c => '2-prior', 'HTTP/2' ],
        [ h2 => '2', 'HTTP/2 over TLS' ]) {
        my ($port, $version, $what) = @$kind;
        my $runs = beside("a request, $what", $web->at($port, '/'),
            [ @how, '--http', $version ],
            [ h2load => 1.1, sub { by_h2load(@_, "-c$connections",
                "-m$streams") } ]);
        opened($connections, $_) for @{ $runs->{ours} };
    }
}

sub bench_memory {
    my $web = start_web();
    my ($short, $long) = @LONG;
    set_apart($web);
    my @peak = map { by_assay($web->url('/'), $_, '-c', $USERS)->{peak_kb} }
        $short, $long;
    at_most(sprintf('memory of %d M requests over %d K', $long / 1e6,
        $short / 1e3), ($peak[1] - $peak[0]) / 1024, 1, 'MB');
}

# 1.8 times the requests of one, where each of the two has a core: in CPU per
# request, which few cores can tell as well, 2 / 1.8.
sub bench_workers {
    my $web = start_web();
    my $n = requests_for($web->url('/'), '-c', $USERS);
    set_apart($web);
    my $runs = rounds($ROUNDS, map { my $t = $_;
        [ $t => sub { by_assay($web->url('/'), $n, '-c', $USERS, '-t', $t) } ]
    } 1, 2);
    per_request('a request, two workers | one', $runs->{2}, $runs->{1},
        2 / 1.8);
}

1;

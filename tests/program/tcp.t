#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# TCP steps against real servers.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Assay;

my $dead = free_port();
my $origin = start_origin(raw => ['silent', 'echo', 'closer',
    'banner:220 hello', 'flood']);

sub tcp {
    my ($target, $keys) = @_;
    my $path = scenario("checks:\n  port:\n    timeout: 5s\n    steps:\n" .
        "      - tcp: $target\n" . ($keys || ''));
    my $run = run_assay('probe', $path, '--json', '-');
    my $step = eval { decode_json($run->{out})->{checks}[0]{steps}[0] } || {};
    diag($run->{err}) if $run->{err};
    return ($run->{exit}, $step);
}

row 'FH4', 'real PostgreSQL', sub {
    my $pg = start_postgres();
    my $at = '127.0.0.1:' . $pg->port;
    is((tcp($at))[0], 0, 'the port is open');
    my ($exit, $step) = tcp($at, "        protocol: postgres\n" .
        "        user: financehub\n        database: finance_hub\n");
    is($exit, 0, 'it accepts connections') or diag explain $step;
    ($exit) = tcp($at, "        send: { hex: '0000000804d2162f' }\n" .
        "        expect: { answer: { matches: '^[SN]' } }\n");
    is($exit, 0, 'a start-up packet by hand');
    ($exit, $step) = tcp("127.0.0.1:$dead", "        protocol: postgres\n");
    is($exit, 1, 'nobody there');
    is($step->{outcome}, 'refused', 'refused');
    ($exit, $step) = tcp('127.0.0.1:' . $origin->raw_port('echo'),
        "        protocol: postgres\n        timeout: 1s\n");
    is($exit, 1, 'something else listens');
};

row 'FH5', 'real Redis', sub {
    my $redis = start_redis();
    my $at = '127.0.0.1:' . $redis->port;
    my ($exit, $step) = tcp($at, "        protocol: redis\n");
    is($exit, 0, 'PING is answered') or diag explain $step;
    ($exit) = tcp($at, "        send: \"PING\\r\\n\"\n" .
        "        expect: { answer: \"+PONG\\r\\n\" }\n");
    is($exit, 0, 'the same by hand');
    ($exit, $step) = tcp($at, "        send: \"PONG\\r\\n\"\n" .
        "        expect: { answer: { starts_with: '+PONG' } }\n" .
        "        timeout: 1s\n");
    is($exit, 1, 'another answer fails');
    like(JSON::PP->new->encode($step), qr/ERR/, 'and is shown');
    ($exit) = tcp($at, "        dialogue:\n" .
        "          - { send: \"SET k v\\r\\n\", expect: { contains: OK } }\n" .
        "          - { send: \"GET k\\r\\n\", expect: { contains: v } }\n");
    is($exit, 0, 'several turns');
    $redis->stop;
    is((tcp($at, "        protocol: redis\n"))[0], 1, 'stopped');
};

subtest 'servers that misbehave' => sub {
    my $port = sub { '127.0.0.1:' . $origin->raw_port($_[0]) };
    my ($exit, $step) = tcp($port->('banner'),
        "        expect: { answer: { starts_with: '220' } }\n");
    is($exit, 0, 'a banner without asking') or diag explain $step;
    ($exit, $step) = tcp($port->('silent'), "        timeout: 300ms\n" .
        "        expect: { answer: { contains: x } }\n");
    is($exit, 1, 'silence');
    is($step->{outcome}, 'timeout', 'is a timeout');
    ($exit, $step) = tcp($port->('closer'),
        "        expect: { answer: { contains: x } }\n");
    is($exit, 1, 'closed at once');
    ($exit, $step) = tcp($port->('flood'), "        max_answer: 10kB\n" .
        "        expect: { answer: { contains: never-there } }\n");
    is($exit, 1, 'more than allowed');
};

done_testing();

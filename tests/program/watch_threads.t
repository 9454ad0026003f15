#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# All threads of the watch at once: checks, state, pages, log and channels, with
# reloads meanwhile.  Under ThreadSanitizer nothing is reported.
use strict;
use warnings;

use lib 'tests/lib';
use Assay;
use List::Util qw(sum0);
use POSIX qw(WNOHANG);
use Test::More;

my $origin = start_origin();
my $dir = temp_dir('threads');
my $CHECKS = 12;
my $RUNS = 60; # of checks, in all

sub text_with {
    my ($severity) = @_;
    my $text = "name: threads\nlog: { file: $dir/log, errors: $dir/errors, "
        . "level: debug, rotate: { size: 20kB, keep: 2, compress_after: 0s } }\n"
        . "alerts:\n  group: 1s\n  channels:\n    hook: { webhook: { url: '"
        . $origin->http_url('/counter/hook') . "' } }\n"
        . "    run: { exec: [/bin/true] }\n"
        . "  rules:\n    down: { when: consecutive(fail) >= 2, severity: $severity }\n"
        . "checks:\n";
    for my $i (1 .. $CHECKS) {
        my $path = $i % 3 ? "/json/$i" : "/sequence/$i?list=503,503,200&cycle=1";
        $text .= "  c$i:\n    every: 1s\n    steps: [ { get: '"
            . $origin->http_url($path) . "' } ]\n";
    }
    return $text;
}

my $file = scenario(text_with('error'));
my $port = free_port();
my $watch = start_peer('watch', [ assay_binary(), 'watch', $file, '--listen',
        "127.0.0.1:$port", '--state', "$dir/state.db" ],
    { dir => $dir, seconds => 60, ready => sub {
        return (http_get($port, '/healthz')->{status} || 0) == 200 } });

my @pages = qw(/ /metrics /api/v1/status /api/v1/checks /api/v1/alerts
    /badge.svg /badge.json /healthz);
my ($asked, $well, $reloads) = (0, 0, 0);
ok(until_true(120, sub {
    for my $page (@pages) {
        $asked++;
        $well++ if (http_get($port, $page)->{status} || 0) == 200;
    }
    if ($asked % 40 == 0) {
        write_file($file, text_with($reloads++ % 2 ? 'error' : 'critical'));
        kill $_, $watch->{pid} for qw(HUP USR1);
    }
    my $metrics = http_get($port, '/metrics')->{body};
    my $runs = sum0($metrics =~ /^assay_check_runs_total\{[^}]*\} (\d+)$/mg);
    return $runs >= $RUNS && $reloads > 1;
}), 'checks go on meanwhile');
is($well, $asked, 'every page was given');

kill 'TERM', $watch->{pid};
my $code;
ok(until_true(60, sub {
    return 0 if waitpid($watch->{pid}, WNOHANG) != $watch->{pid};
    $code = $? >> 8;
    return 1;
}), 'it ends');
is($code, 0, 'exit code');
unlike(read_file("$dir/err"), qr/Sanitizer/, 'nothing to report');
done_testing;

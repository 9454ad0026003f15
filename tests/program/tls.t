#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Certificates: every one that is sent, its role and the days it has left.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Assay;

my @certs = qw(good good-long expires-soon expires-today expired not-yet-valid
    wrong-name self-signed expired-intermediate missing-intermediate
    extra-root weak sha1);
my $origin = start_origin(certs => \@certs,
    protocols => { old => ['good-long', 'TLSv1', 'TLSv1.1'] }, mtls => 1);
my $ca = $origin->ca;

sub tls {
    my ($name, $keys) = @_;
    my $path = scenario("checks:\n  cert:\n    timeout: 5s\n    steps:\n" .
        '      - tls: 127.0.0.1:' . $origin->tls_port($name) . "\n" .
        "        ca_file: $ca\n" . ($keys || ''));
    my $run = run_assay('probe', $path, '--json', '-');
    diag($run->{err}) if $run->{err};
    my $step = eval { decode_json($run->{out})->{checks}[0]{steps}[0] } || {};
    $step->{text} = run_assay('report', json($run->{out}))->{out};
    return ($run->{exit}, $step);
}

my $n = 0;
sub json { return write_file(temp_dir() . '/r' . $n++ . '.json', $_[0]) }

subtest 'a good one' => sub {
    my ($exit, $step) = tls('good-long');
    is($exit, 0, 'holds') or diag explain $step;
    my $facts = $step->{tls};
    ok($facts->{trusted}, 'trusted');
    ok($facts->{name_ok}, 'right name');
    is($facts->{certs}[0]{role}, 'leaf', 'the leaf first');
    is($facts->{certs}[1]{role}, 'intermediate', 'then the intermediate');
    like($facts->{protocol}, qr/^TLSv1\.[23]$/, 'protocol');
    cmp_ok($facts->{certs}[0]{days}, '>', 300, 'days');
    cmp_ok($facts->{days}, '<=', $facts->{certs}[0]{days}, 'the earliest');
};

my %bad = (
    'expired' => ['tls-expired', qr/expired \d+ days? ago/],
    'not-yet-valid' => ['tls-not-yet-valid', qr/becomes valid in/],
    'wrong-name' => ['tls-name', qr/is for "other.example/],
    'self-signed' => ['tls-self-signed', qr/self-signed/],
    'expired-intermediate' => ['tls-expired', qr/intermediate/],
    'missing-intermediate' => ['tls-untrusted', qr/intermediate/],
    'weak' => ['tls-weak', qr/1024/],
    'sha1' => ['tls-weak', qr/sha-?1/i],
);
for my $name (sort keys %bad) {
    subtest $name => sub {
        my ($exit, $step) = tls($name);
        is($exit, 1, 'fails');
        is($step->{outcome}, $bad{$name}[0], 'for this reason');
        like($step->{message}, $bad{$name}[1], 'and says so');
        ok($step->{tls} && @{ $step->{tls}{certs} }, 'its facts are there');
    };
}

subtest 'days left' => sub {
    my ($exit, $step) = tls('expires-soon');
    is($exit, 1, 'five days are fewer than fourteen');
    like($step->{text}, qr/14 d/, 'the limit is said');
    ($exit) = tls('expires-soon', "        expect: { expires_in: { gt: 2d } }\n");
    is($exit, 0, 'another limit');
    ($exit, $step) = tls('expires-today');
    is($exit, 1, 'day 0');
    like($step->{text}, qr/expires today/, 'is said as such');
    is($step->{tls}{days}, 0, 'no days left');
};

subtest 'an extra root is told and does not count' => sub {
    my ($exit, $step) = tls('extra-root',
        "        expect: { expires_in: { gt: 1d } }\n");
    is($exit, 0, 'holds') or diag explain $step;
    cmp_ok(scalar @{ $step->{tls}{certs} }, '>=', 3, 'every one that was sent');
};

subtest 'old protocols are observed, and refused' => sub {
    my ($exit, $step) = tls('old');
    is($exit, 1, 'fails');
    like($step->{text}, qr/TLSv1/, 'and says which');
};

subtest 'asked of an HTTPS exchange too' => sub {
    for my $case (['good-long', 0], ['expired', 1], ['wrong-name', 1],
        ['self-signed', 1]) {
        my ($name, $want) = @$case;
        my $url = $origin->https_url($name, '/reply');
        my $path = scenario("checks:\n  a:\n    steps:\n      - get: $url\n" .
            "        ca_file: $ca\n        expect: { certificate: " .
            "{ expires_in: { gt: 14d }, chain: trusted } }\n");
        my $run = run_assay('probe', $path, '--json', '-');
        is($run->{exit}, $want, $name) or diag $run->{out};
    }
    my $url = $origin->https_url('expired', '/reply');
    my $path = scenario("checks:\n  a:\n    steps:\n      - get: $url\n" .
        "        verify: false\n");
    my $run = run_assay('probe', $path, '--json', '-');
    is($run->{exit}, 0, 'not verified when asked');
    ok(decode_json($run->{out})->{checks}[0]{steps}[0]{unverified},
        'and the result says so');
    like(run_assay('probe', $path)->{out}, qr/not verified/,
        'the text too');
};

subtest 'client certificates, SNI and verify name' => sub {
    my $dir = $origin->{certs};
    my $url = $origin->https_url('mtls', '/reply');
    my $keys = "        ca_file: $ca\n";
    my $run = sub {
        my ($more) = @_;
        return run_assay('probe', scenario("checks:\n  a:\n    steps:\n" .
            "      - get: $url\n$keys$more"))->{exit};
    };
    is($run->(''), 1, 'without one');
    is($run->("        cert_file: $dir/client.pem\n" .
        "        key_file: $dir/client.key\n"), 0, 'with one');
    my ($exit) = tls('good-long', "        verify_name: localhost\n");
    is($exit, 0, 'another name of the certificate');
    ($exit, my $step) = tls('good-long', "        verify_name: other.example\n");
    is($exit, 1, 'a name that it is not for');
    is($step->{outcome}, 'tls-name', 'is the reason');
};

done_testing();

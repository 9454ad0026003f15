#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The files of the five systems: they load without a warning, and what changes
# from one machine to another is an address.
use strict;
use warnings;
use Test::More;
use Assay;

my @systems = glob('scenarios/systems/*.yaml');
is(scalar @systems, 5, 'five systems');

# rules that the documents have, and those that each file adds
my %rules = (accreditrack => 14, clicky => 15, dermai => 10, financehub => 4,
    tux => 5);

subtest 'each loads without a warning, on any machine' => sub {
    delete local @ENV{grep { /URL|API|BASE|SITE|HOST|SMTP|TOKEN/ } keys %ENV};
    for my $path (@systems) {
        my ($name) = $path =~ m{(\w+)\.yaml$};
        my $run = run_assay('lint', '--strict', $path);
        is($run->{exit}, 0, "$name: exit code") or diag $run->{err};
        like($run->{out}, qr/ok, \d+ checks, $rules{$name} rules$/,
            "$name: rules");
    }
};

sub json_url {
    my ($origin, $body) = @_;
    $body =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge;
    # what the scenario puts behind it is one parameter more
    return $origin->http_url("/json?body=$body&rest=");
}

my $well = '{"status":"healthy","version":"1.2.3","checks":{"database":' .
    '{"status":"healthy"},"redis":{"status":"healthy"},"celery":{"status":' .
    '"healthy","workers":2},"disk":{"status":"healthy","free_gb":40.5}}}';

row 'FH20', 'the same file runs against another base with only a var changed', sub {
    my $origin = start_origin();
    my @probe = ('probe', '--tag', 'uptime', '--var',
        'site=' . $origin->http_url('/ok?rest='));
    my $run = run_assay(@probe, '--var', 'api=' . json_url($origin, $well),
        'scenarios/systems/financehub.yaml');
    is($run->{exit}, 0, 'well: exit code') or diag $run->{out} . $run->{err};
    like($run->{out}, qr/2 checks/, 'the two of the workflow');
    (my $full = $well) =~ s/40\.5/0.4/;
    $run = run_assay(@probe, '--var', 'api=' . json_url($origin, $full),
        'scenarios/systems/financehub.yaml');
    is($run->{exit}, 1, 'a full disk behind a 200: exit code');
    like($run->{out}, qr/disk/, 'and what it is');
};

row 'AT18', 'a preset of the recommended minimum: uptime, compose, mail and Slack', sub {
    my $text = read_file('scenarios/systems/accreditrack.yaml');
    like($text, qr/^    email:.*\n      email: /m, 'mail');
    like($text, qr/slack: \{ slack: \{\} \}/, 'Slack');
    like($text, qr/^  $_:\n    tags: \[compose\]/m, "docker compose: $_")
        for qw(frontend nginx postgres);
    like($text, qr/^  uptime:\n    tags: .*\n    severity: critical\n    every: 5m$/m,
        'external uptime, every 5 minutes');
};

done_testing();

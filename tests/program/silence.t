#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Silences and acknowledgements, from outside: what they hold back, who did
# it, and what is said of mistakes.
use strict;
use warnings;
use Test::More;
use Assay;

my $dir = temp_dir();
my $state = "$dir/state.db";
my $origin = start_origin();

# Two checks, and a channel that notes each title in a file.
my $told = "$dir/told";
my $note = write_file("$dir/note", "#!/bin/sh\ncat >/dev/null\n"
    . "echo \"\$ASSAY_STATUS \$ASSAY_RULE/\$ASSAY_CHECK\" >> $told\n");
chmod 0755, $note;
my $url = $origin->http_url('/reply');
my $file = scenario(<<"YAML");
name: shop
vars: { status: '200' }
checks:
  home:
    steps: [ { get: '$url?status=\${status}' } ]
  cart:
    steps: [ { get: '$url?status=200' } ]
alerts:
  channels:
    log: { exec: [$note] }
  rules:
    down: { when: consecutive(fail) >= 1, severity: error }
    slow: { when: 'p95(latency, 5m) > 20s', on: cart, severity: warning }
YAML
my @state = ('--state', $state);
my @both = (@state, '--scenario', $file);
my %who = (env => { USER => 'ana', GITHUB_ACTOR => '', SUDO_USER => '' });

sub probe {
    my ($status) = @_;
    my $run = run_assay('probe', $file, @state, '-q', '--var',
        "status=$status");
    is($run->{exit}, $status == 200 ? 0 : 1, "a run with $status")
        or diag $run->{err};
}

sub told { return -e $told ? [split /\n/, read_file($told)] : [] }

# The newest audit record.
sub audited {
    return json_ok(run_assay('report', 'audit', @state, '--json', '-'))->[-1];
}

probe(200);

row 'DA2', 'a silence is taken down with its author' => sub {
    my $run = run_assay('silence', 'down/ho*', '--for', '2h', '--reason',
        'new rack', @both, \%who);
    is($run->{exit}, 0, 'exit code') or diag $run->{err};
    like($run->{out}, qr{^1  down/ho\*  until \d{4}-\S+Z  ana: new rack$}m,
        'what it is');
    like($run->{out}, qr/about 1 alert;/, 'how much it is about');
    my $record = audited();
    is($record->{user}, 'ana', 'who');
    is($record->{action}, 'silence.add', 'did what');
    is($record->{resource}, 'down/ho*', 'to what');
    like($record->{details}, qr/^until .*Z: new rack$/, 'and why');
    ok($record->{success}, 'and it was done');
};

subtest 'what is silent is told of afterwards' => sub {
    probe(503);
    is_deeply(told(), [], 'nobody is told');
    my $list = json_ok(run_assay('silence', '--list', @state, '--json', '-'));
    is(scalar @$list, 1, 'one is in force');
    is_deeply([sort keys %{ $list->[0] }],
        [qw(author check from id reason rule until)], 'its members');
    my $run = run_assay('silence', '--end', $list->[0]{id}, @state,
        '--author', 'bo');
    is($run->{exit}, 0, 'it is ended') or diag $run->{err};
    is(audited()->{action}, 'silence.end', 'and that is taken down');
    is(audited()->{user}, 'bo', 'by the one who did');
    like(run_assay('silence', '--list', @state)->{out},
        qr/^nothing is silent now$/, 'none is in force');
    probe(503);
    is_deeply(told(), ['firing down/home'], 'now somebody is told');
};

row 'DA2', 'an acknowledgement is taken down with its author' => sub {
    my $run = run_assay('ack', 'down/home', @both,
        { env => { GITHUB_ACTOR => 'octo' } });
    is($run->{exit}, 0, 'exit code') or diag $run->{err};
    like($run->{out}, qr{^down/home  error since \S+Z, taken on by octo$}m,
        'what is taken on');
    my $record = audited();
    is($record->{user}, 'octo', 'who started the workflow');
    is($record->{resource}, 'down/home', 'what');
    is($record->{action}, 'acknowledge', 'did');
    my $list = json_ok(run_assay('ack', 'd*', '--author', 'eve', @both,
        '--json', '-'));
    is_deeply([map { "$_->{rule}/$_->{check} $_->{author}" } @$list],
        ['down/home eve'], 'a pattern takes on what fires of it');
    $run = run_assay('ack', 'down/cart', @both);
    is($run->{exit}, 2, 'what does not fire: exit code');
    like($run->{err}, qr/nothing of "down\/cart" fires/, 'said');
};

subtest 'mistakes' => sub {
    my @new = ('--for', '1h', '--reason', 'x');
    my @cases = (
        ['silence', 'dwon', @new, qr/no rule "dwon"; did you mean "down"\?/],
        ['silence', 'down/hone', @new,
            qr/no check "hone"; did you mean "home"\?/],
        ['silence', 'slow/home', @new, qr/this rule is about no check "home"/],
        ['silence', '/home', @new, qr/names no rule/],
        ['silence', 'down', '--for', '1h', qr/--reason TEXT/],
        ['silence', 'down', '--reason', 'x', qr/either --for 2h or --until/],
        ['silence', 'down', @new, '--until', '2999-01-01T00:00:00Z',
            qr/either --for 2h or --until/],
        ['silence', 'down', '--until', '2020-01-01T00:00:00Z', '--reason',
            'x', qr/is over/],
        ['silence', 'down', '--until', 'tomorrow', '--reason', 'x',
            qr/a time in UTC like/],
        ['silence', 'down', '--until', '2400-01-01T00:00:00Z', '--reason',
            'x', qr/90 days ahead/],
        ['silence', 'down', '--for', '91d', '--reason', 'x', qr/at most/],
        ['silence', @new, qr/RULE or RULE\/CHECK, got 0/],
        ['silence', '--list', '--end', '1', qr/exclude each other/],
        ['silence', '--end', '99', qr/no silence 99 now/],
        ['ack', 'dwon', qr/no rule "dwon"; did you mean "down"\?/],
        ['ack', qr/RULE or RULE\/CHECK, got 0/],
    );
    for my $case (@cases) {
        my $says = pop @$case;
        my $run = run_assay(@$case, @both);
        is($run->{exit}, 2, "@$case: exit code");
        like($run->{err}, $says, "@$case: what is said");
    }
    my $run = run_assay('silence', 'down', @new, @state);
    like($run->{err}, qr/--scenario FILE/, 'without a scenario');
    $run = run_assay('silence', 'down', @new, '--scenario', $file,
        '--state', "$dir/none.db");
    is($run->{exit}, 4, 'a state that is not there: exit code');
    like($run->{err}, qr/is not there/, 'said');
    ok(!-e "$dir/none.db", 'and not made');
    my $bare = scenario("checks: { a: { steps: [ { get: '$url' } ] } }\n");
    $run = run_assay('ack', 'down', @state, '--scenario', $bare);
    like($run->{err}, qr/has no alerts/, 'a scenario without alerts');
};

done_testing();

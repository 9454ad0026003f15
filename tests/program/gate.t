#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Two builds under one load, by turns: what is said of them, what becomes of their
# processes, and what is refused.  How the verdict is computed is looked at
# elsewhere; here a change is so large that no noise hides it, or nothing is
# said of its size.
use strict;
use warnings;
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(time sleep);
use Assay;
use Loads;

my $dir = temp_dir('gate');
my $server = Assay::binary('WORK_SERVER', 'build/work_server');
my $mark = "gate-$$";
my $o = start_origin();
my $n_names = 0;
my $NOBODY = 'http://localhost:9';

# A command that serves; what is in %more are its options.
sub serves { return join ' ', 'exec', $server, '--name', $mark, @_ }

# Processes with the mark of this test.
sub left {
    my $of = shift // $mark;
    my @found;
    for my $file (glob '/proc/[0-9]*/cmdline') {
        open my $f, '<', $file or next;
        my $line = do { local $/; <$f> };
        next unless defined $line && $line =~ /\Q$of\E/ && $line =~ /work_server/;
        push @found, $file =~ m{/(\d+)/};
    }
    return @found;
}

sub load_of {
    my ($load) = @_;
    my %plan = $load->{users} ? () : (arrivals => { rate => '200/s', for => '1s' });
    return { flow => flow_of("$NOBODY/work"), %plan, %$load };
}

# begin_gate({ a => CMD, b => CMD, load => {}, gate => {} }, ARGS...)
sub begin_gate {
    my ($of, @args) = @_;
    my $name = 'g' . ++$n_names;
    my $file = scenario(JSON::PP->new->encode({ name => 'shop', %{ $of->{with} || {} },
        loads => { l => load_of({ %{ $of->{load} || {} }, gate => {
            launch_every => '2s', slot => '50ms', warm_up => '0s', stop_timeout => '1s',
            %{ $of->{gate} || {} } } }) } }), "$name.yaml");
    my @sides = (defined $of->{a} ? ('--baseline', $of->{a}) : (),
        defined $of->{b} ? ('--candidate', $of->{b}) : ());
    my $pid = Assay::spawn([@{ $of->{by} || [] }, assay_binary(), 'loadgen', $file, @sides, '--json',
        "$dir/$name.json", @args], { out => "$dir/$name.out", err => "$dir/$name.err" });
    return { pid => $pid, name => $name };
}

sub end_gate {
    my ($it) = @_;
    my $status;
    until_true(110, sub {
        $status = $? if waitpid($it->{pid}, POSIX::WNOHANG()) == $it->{pid};
        return defined $status;
    });
    Assay::finish($it->{pid}) if !defined $status;
    $it->{exit} = defined $status && !($status & 127) ? $status >> 8 : undef;
    for my $kind (qw(out err json)) {
        my $path = "$dir/$it->{name}.$kind";
        $it->{$kind} = -e $path ? read_file($path) : '';
    }
    $it->{result} = eval { decode_json($it->{json}) } || {};
    $it->{gate} = $it->{result}{gate} || {};
    return $it;
}

sub gate { return end_gate(begin_gate(@_)) }
sub told { my ($it) = @_; return diag("exit " . ($it->{exit} // 'none'), "\n$it->{err}$it->{out}") && 0 }

# A machine that could not send in time says so, and nothing else can be asked
# of that gate.
sub was_busy {
    my ($it) = @_;
    return ($it->{exit} // -1) == 4
        && ($it->{gate}{invalid_why} || '') =~ /requests are sent .* late|worker used/;
}

sub exit_is {
    my ($it, $exit, $says) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return pass("$says (this machine was too busy)") if was_busy($it);
    return is($it->{exit}, $exit, $says) || told($it);
}

# So large a change that nothing hides it, once it is the machine's turn at all:
# a gate that finds its own instrument at fault, or nothing, is made again.
sub gate_until {
    my ($want, $it, @args) = @_;
    for my $try (1 .. 3) {
        $it = $try == 1 ? end_gate($it) : gate(@args);
        return $it if $want->($it);
        note("again: exit " . ($it->{exit} // 'none') . ": " . ($it->{gate}{message} // $it->{err}));
    }
    return $it;
}

my $light = serves('--steps', 100000);
my $heavy = serves('--steps', 800000);
my %apart = (min_effect => '100%', equivalence => '200%', quantiles => ['p50']);

# ---- what is measured -------------------------------------------------------

# They take most of the time, so they go on side by side.
my @worse = ({ a => $light, b => $heavy, gate => \%apart,
    load => { limits => ['p50(latency) < 1us'] } }, '-d', '8s');
my $worse = begin_gate(@worse);
my $calibrates = begin_gate({ a => $light, gate => { quantiles => ['p50'] } },
    '-d', '10s', '--calibrate');
my $by_step = begin_gate({ a => $light, b => $light,
    with => { checks => { shop => { steps => [
        { get => "$NOBODY/one", name => 'first', capture => { it => { status => true } } },
        { get => $o->http_url('/ok'), name => 'elsewhere' },
        { get => "$NOBODY/two", name => 'last' } ] } } },
    load => { flow => { run => 'shop' }, arrivals => { rate => '40/s', for => '1s' } },
    gate => { %apart, by => 'step', ready => '/ready' } }, '-d', '4s', '-t', 2);

my $same = gate({ a => $light, b => $light, gate => { %apart, min_effect => '1000%',
    equivalence => '1000%' } }, '-d', '8s', '--seed', '0x7f3a', '--label-baseline', 'main@1a2b',
    '--fail-fast');
exit_is($same, 0, 'the same build is no regression');
isnt $same->{gate}{verdict}, 'regression', 'which the gate says';
is $same->{gate}{design}{seed}, '0x7f3a', 'the seed is that which was given';
is $same->{gate}{design}{launches}, 4, 'launched four times';
ok !$same->{gate}{design}{fail_fast}, '... which are too few to be looked at on the way';
like $same->{err}, qr/--fail-fast does nothing: .* this gate has 4$/m, '... and it says so';
is $same->{gate}{baseline}{label}, 'main@1a2b', 'the baseline has its label';
is_deeply [map { $_->{name} } @{ $same->{result}{loads} }],
    ['l (baseline)', 'l (candidate)'], 'each side is a load of its own';
for my $load (@{ $same->{result}{loads} }) {
    my $of = $load->{accounting};
    is $of->{planned}, $of->{sent} + $of->{dropped} + $of->{not_started},
        "$load->{name}: its books balance";
    like $load->{target}, qr{^http://127\.0\.0\.1:\d+$}, '... and it says where it went';
    is scalar @{ $load->{limits} }, 0, '... and has no limit that nobody wrote';
}
my %launch = map { $_->{launch} => 1 } @{ $same->{gate}{cells} };
is_deeply [sort keys %launch], [0 .. 3], 'cells of all launches';
my $planned = 0;
$planned += $_->{a}{attempts} + $_->{b}{attempts} for @{ $same->{gate}{cells} };
is $planned, int($same->{gate}{design}{total_ns} / 1e9 * 200 + 0.5),
    'every request of the plan is in a cell';
like $same->{err}, qr/launch 4 of 4: baseline and candidate so far p50/,
    'launches are told while it goes on';

my @fast = ({ a => $light, b => $heavy, gate => \%apart }, '-d', '20s', '--fail-fast');
my $fast = begin_gate(@fast);
my @users = ({ a => $light, b => serves('--steps', 400000), gate => \%apart,
    load => { users => { count => 2, for => '1s' } } }, '-d', '8s');
my $users = begin_gate(@users);
$worse = gate_until(sub { ($_[0]{exit} // -1) == 1 }, $worse, @worse);
row 'TX28', 'a build that is slower than its baseline fails, with the size of it', sub {
    is $worse->{exit}, 1, 'a much slower build fails' or told($worse);
    is $worse->{gate}{verdict}, 'regression', 'as a regression';
    like $worse->{out}, qr/REGRESSION/, 'which people read';
    my ($p50) = grep { $_->{name} eq 'p50' } @{ $worse->{gate}{metrics} };
    cmp_ok $p50->{low}, '>', 0, 'how much slower it is at least';
    cmp_ok $p50->{estimate}, '>=', $p50->{low}, '... and what it probably is';
    cmp_ok $p50->{high}, '>=', $p50->{estimate}, '... and at most';
};
is scalar @{ $worse->{result}{loads}[0]{limits} || [] }, 0, 'the baseline has no limits';
is $worse->{result}{loads}[1]{limits}[0]{verdict}, 'failed', 'those of the candidate are judged';

# What was measured gives the same verdict whenever it is asked.
for my $it ($same, $worse) {
    my $again = run_assay('report', 'gate', "$dir/$it->{name}.json", '--json', "$dir/again.json");
    is $again->{exit}, $it->{exit}, 'judged again: the same exit code' or diag $again->{err};
    is read_file("$dir/again.json"), $it->{json}, '... and the same result, to the byte';
}

$users = gate_until(sub { ($_[0]{exit} // -1) == 1 }, $users, @users);
is $users->{exit}, 1, 'users who wait for answers see it, too' or told($users);
my ($throughput) = grep { $_->{name} eq 'throughput' } @{ $users->{gate}{metrics} || [] };
cmp_ok $throughput->{b} || 0, '<', $throughput->{a} || 0, '... and throughput is compared'
    or told($users);

$calibrates = end_gate($calibrates);
exit_is($calibrates, 0, 'a build is compared with itself');
is $calibrates->{gate}{design}{launches}, 10, 'in ten launches';
like $calibrates->{out}, was_busy($calibrates) ? qr/^calibration: .* was not measured/m
    : qr/^    gate: \{ tau: \d+\.\d% \}$/m, 'what to keep of it' or told($calibrates);

$by_step = end_gate($by_step);
like $by_step->{exit}, qr/^[04]$/, 'journeys go to both sides' or told($by_step);
is_deeply [map { $_->{name} } @{ $by_step->{gate}{groups} || [] }],
    ['', 'first', 'elsewhere', 'last'], '... and each step is told apart';
my %of_step;
for my $load (@{ $by_step->{result}{loads} || [] }) {
    $of_step{ $_->{name} } += $_->{accounting}{ok} for @{ $load->{steps} };
}
cmp_ok $of_step{last}, '>', 0, 'later steps are asked of the side';
cmp_ok $o->stats->{requests}, '>=', $of_step{elsewhere},
    'another origin is asked as it is written';

# One that is surely worse needs no more launches.
$fast = gate_until(sub { ($_[0]{exit} // -1) == 1 }, $fast, @fast);
exit_is($fast, 1, '--fail-fast: worse');
my $ended = $fast->{gate}{design}{ended_after} // 0;
cmp_ok $ended, '>=', 5, '... after enough launches to tell how they differ';
cmp_ok $ended, '<', $fast->{gate}{design}{launches}, '... and before the last';
%launch = map { $_->{launch} => 1 } @{ $fast->{gate}{cells} };
is_deeply [sort { $a <=> $b } keys %launch], [0 .. $ended - 1], '... with the cells of these';
like $fast->{out}, qr/\(ended after $ended, as it was decided\)/, '... which is said';
like $fast->{err}, qr/ends after launch $ended: the candidate is worse/, '... and when it happens';
run_assay('report', 'gate', "$dir/$fast->{name}.json", '--json', "$dir/fast.json");
is_deeply json_file("$dir/fast.json")->{gate}, $fast->{gate}, '... and judged again alike';

# ---- what goes wrong ---------------------------------------------------------

# Each: what it is, the sides and more, further arguments, what is to be said.
my @wrong = (
    ['a command that ends at once', { a => 'echo no config >&2; exit 7', b => $light },
        qr/the baseline ended before it was ready, in launch 1: exit code 7; it said last: no config/],
    ['a command that is none', { a => $light, b => 'no-such-server' },
        qr/the candidate ended before it was ready, in launch 1: exit code 127; it said last: .*not found/],
    ['one that never listens', { a => 'exec sleep 1000', b => $light, gate => { start_timeout => '500ms' } },
        qr/the baseline was not ready within 500 ms: GET http:\S+:(\d+)\S*: the port refused .*, and 2xx is wanted \(does it listen on 127\.0\.0\.1:\$PORT, which was \1\?\)/],
    ['one that goes to the background', { a => $light, b => 'sleep 1000 & exit 0' },
        qr/the candidate ended before it was ready, in launch 1: exit code 0 \(a side has to stay in the foreground\)/],
    ['a path that is not there', { a => $light, b => $light,
            gate => { start_timeout => '500ms', ready => '/missing' } },
        qr{GET http://127\.0\.0\.1:\d+/missing: status 404, and 2xx or 3xx is wanted}],
    # who has children of another kind adopts none
    ['what was left behind', { a => "setsid $server --name $mark --steps 1 & exec sleep 1000", b => $light,
            by => ['sh', '-c', 'PORT=' . free_port() . " $server --name $mark --steps 1 & exec \"\$@\"", 'sh'] },
        qr/port \d+ of the baseline is still taken behind launch 1/, 'measured'],
    ['one that dies', { a => $light, b => 'test $ASSAY_LAUNCH = 3 && die="--die-after 20"; ' . "exec $server --name $mark \$die" },
        qr/the candidate ended by itself in launch 3: exit code 7; it said last: work_server: that was request 20/, 'measured'],
    ['memory that is too little for the threads of a later launch', { a => $light, b => 'if [ $ASSAY_LAUNCH = 3 ]; '
            . 'then n=$(cut -d" " -f1 /proc/$PPID/statm); prlimit --pid $PPID --as=$(((n + 8192) * 4096)): '
            . '|| exit 9; fi; ' . $light },
        qr/^it could not go on in launch 3: \S/, 'measured', '-t', 16],
    ['a baseline that answers nothing well', { a => serves('--fail-every', 1), b => $light,
            gate => { ready => '/missing-never', start_timeout => '500ms' } },
        qr/was not ready|the baseline failed/],
);
my @running = map { begin_gate($_->[1], '-d', '8s', @$_[4 .. $#$_]) } @wrong;
my %few = (a => $light, b => $light, load => { arrivals => { rate => '20/s', for => '1s' } },
    gate => { quantiles => ['p99.9'] });
my $few = begin_gate(\%few, '-d', '3s');
my $strict = begin_gate(\%few, '-d', '3s', '--strict');
my $stubborn = "trap '' TERM; ($server --name $mark-cut --steps 1 --keep &) ; "
    . "sh -c 'set -m; sleep 1000 & wait # $mark-cut work_server' & wait; sleep 1000";
my $cut = begin_gate({ a => $stubborn, b => $light,
    gate => { launch_every => '2s', stop_timeout => '200ms' } }, '-d', '40s');

# What a side starts in sessions of their own goes with it: a server that leaves
# its shell, and somebody who listens nowhere.
my $orphan = "$mark-orphan work_server";
my $leaves = begin_gate({ a => "(setsid sh -c 'while :; do sleep 0.1; done # $orphan' >/dev/null 2>&1 &); "
    . "setsid $server --name $mark-orphan --steps 100000 & exec sleep 1000", b => $light }, '-d', '8s');

# One that takes a second SIGTERM for "at once": it counts them.
my $asked_to_end = "$dir/asked-to-end";
open my $counts, '>', "$dir/counts.pl" or die $!;
print {$counts} <<'END';
my ($n, $to, @server) = (0, @ARGV);
$SIG{TERM} = sub { $n++ };
my $pid = fork // die;
exec @server if !$pid;
1 until waitpid($pid, 0) == $pid;
select undef, undef, undef, 0.2;
open my $out, '>>', $to or die;
syswrite $out, "$n\n";
END
close $counts;
my $counted = "exec $^X $dir/counts.pl $asked_to_end $server --name $mark --steps 1";
my $polite = begin_gate({ a => $counted, b => $counted, gate => { launch_every => '1s' } }, '-d', '5s');

# Who is interrupted, and what is left of a side that does not want to go.
ok until_true(60, sub { -e "$dir/$cut->{name}.err"
    && read_file("$dir/$cut->{name}.err") =~ /launch 2 of/ }), 'it is on its way';
kill 'INT', $cut->{pid};
end_gate($cut);
exit_is($cut, 3, 'interrupted: inconclusive');
ok $cut->{result}{partial}, '... as a part';
cmp_ok scalar @{ $cut->{gate}{cells} || [] }, '>', 0, '... with what was measured';
ok until_true(5, sub { !left("$mark-cut") }), 'nobody is left: not one that forks, ignores SIGTERM, '
    . 'or has a group of its own' or diag(join ' ', left("$mark-cut"));

end_gate($polite);
my @counts = -e $asked_to_end ? split /\n/, read_file($asked_to_end) : ();
cmp_ok scalar @counts, '>=', 4, 'sides end by themselves when they are asked to' or told($polite);
is_deeply [grep { $_ != 1 } @counts], [], '... and are asked once' or diag("@counts");

end_gate($leaves);
like $leaves->{exit}, qr/^[014]$/, 'a side that goes into another session is compared' or told($leaves);
%launch = map { $_->{launch} => 1 } @{ $leaves->{gate}{cells} || [] };
is_deeply [sort keys %launch], [0 .. 3], '... in all launches' or told($leaves);
unlike $leaves->{gate}{invalid_why} || '', qr/taken|ended|started/, '... which found its port free';
is_deeply [left("$mark-orphan")], [], '... and nobody is left';

# Who was interrupted, or out of time, before anything was compared has seen nothing wrong.
my $early = begin_gate({ a => "touch $dir/began; exec sleep 1000", b => $light }, '-d', '8s');
ok until_true(60, sub { -e "$dir/began" }), 'a side is waited for';
kill 'TERM', $early->{pid};
for ([end_gate($early), 'interrupted by SIGTERM'], [gate({ a => 'exec sleep 1000', b => $light },
        '-d', '8s', '--deadline', '500ms'), 'the deadline came first']) {
    my ($it, $why) = @$_;
    is $it->{exit}, 3, "$why, before anything was compared: inconclusive" or told($it);
    like $it->{result}{partial_why}, qr/^$why, before the (?:baseline|candidate) was ready: \S/,
        '... which is said, with what it was waiting for';
    is_deeply [@{ $it->{gate} }{qw(verdict invalid_why cells)}], ['inconclusive', undef, []],
        '... and the measurement did not fail';
    my $again = run_assay('report', "$dir/$it->{name}.json", '--json', '-');
    is $again->{exit}, 3, '... rendered again: exit 3';
    is $again->{out}, $it->{json}, '... the same';
}

for my $row (@wrong) {
    my ($what, undef, $says, $measured) = @$row;
    my $it = end_gate(shift @running);
    is $it->{exit}, 4, "$what: exit 4" or told($it);
    like $it->{gate}{invalid_why} || '', $says, '... which is said, and kept' or told($it);
    if ($measured) {
        cmp_ok scalar @{ $it->{gate}{cells} || [] }, '>', 0, '... with what was measured';
        next;
    }
    # a pull request is to be told of a build that does not even start
    is_deeply [$it->{gate}{cells}, $it->{gate}{metrics}, $it->{result}{loads} // []],
        [[], [], []], '... and there is nothing else' or told($it);
    is_deeply $it->{result}{counts}{ok}, 0, '... nothing of it is well';
    my %form = map { $_ => "$dir/$it->{name}-$_" } qw(markdown junit tap html);
    my $again = run_assay('report', 'gate', "$dir/$it->{name}.json", map { ("--$_", $form{$_}) } sort keys %form);
    is $again->{exit}, 4, '... judged again: exit 4';
    like $again->{out}, qr/^ *(?:gate: .*)?planned: /m, '... its plan is no measurement';
    unlike $again->{out}, qr/generator late/, '... of which no instrument is told';
    for (sort keys %form) {
        my $text = read_file($form{$_});
        like $text, qr/invalid|not ok/, "... $_ says that it is invalid";
        like $text, qr/nothing was compared/, "... $_ says why";
    }
}
kill 'KILL', left();

# ---- what is not enough ------------------------------------------------------

my $many = begin_gate({ a => $light, b => $light, load => {
    arrivals => { rate => '400000/s', for => '1s' }, connections => { max => 64 } } }, '-d', '3s');
exit_is(end_gate($few), 0, 'too few requests: no verdict, exit 0');
exit_is(end_gate($strict), 3, '... and 3 with --strict');
for my $it ($few, $strict) {
    is $it->{gate}{verdict}, 'inconclusive', '... as inconclusive';
    my ($m) = grep { $_->{name} eq 'p99.9' } @{ $it->{gate}{metrics} || [] };
    ok $m && $m->{verdict} eq 'inconclusive', '... and of p99.9 nothing is said' or told($it);
}
is end_gate($many)->{exit}, 4, 'a rate that this machine cannot send: exit 4' or told($many);
isnt $many->{gate}{invalid_why} || $many->{err}, '', '... with the reason';

# ---- where something runs already ----------------------------------------------

my @ports = map { free_port() } 1 .. 2;
my @pids = map { Assay::spawn([$server, '--name', $mark, '--steps', 100000],
    { env => { PORT => $_ } }) } @ports;
ok until_true(10, sub { Assay::port_answers($ports[0]) && Assay::port_answers($ports[1]) }), 'both are up';
my $urls = run_assay('loadgen', "http://127.0.0.1:$ports[0]/some/path", '-r', 400, '-d', '6s',
    '--baseline', "http://127.0.0.1:$ports[0]", '--candidate', "http://127.0.0.1:$ports[1]/",
    '--json', "$dir/urls.json");
my $of_urls = json_file("$dir/urls.json")->{gate};
like $urls->{exit}, qr/^[014]$/, 'two URLs are compared';
is $of_urls->{design}{launches}, 1, '... in one launch';
like join(' ', map { $_->{text} } @{ $of_urls->{warnings} }),
    qr/variation between launches is assumed/, '... and the assumption is said';
is $of_urls->{candidate}{target}, "http://127.0.0.1:$ports[1]", '... and where they are';
Assay::finish(@pids);

# ---- what is refused -------------------------------------------------------------

my $file = scenario(JSON::PP->new->encode({ loads => { a => load_of({}), b => load_of({}),
    burst => { flow => flow_of("$NOBODY/x"), arrivals => {
        burst => { size => 3, every => '1s' }, for => '2s' } } } }), "refused.yaml");
for my $row (
    [['--candidate', 'x'], qr/--candidate needs a --baseline/],
    [['--baseline', 'x'], qr/--baseline needs a --candidate, or --calibrate/],
    [['--calibrate'], qr/--calibrate is for a --baseline alone/],
    [['--only', 'a', '--calibrate', '--baseline', 'http://localhost:1'],
        qr/--calibrate needs a command .* not launched/],
    [['--fail-fast'], qr/--fail-fast is for a --baseline and a --candidate/],
    [['--only', 'a', '--baseline', 'x', '--candidate', 'http://localhost:1', '--fail-fast'],
        qr/--fail-fast needs commands/],
    [['--strict'], qr/--strict is for a --baseline and a --candidate/],
    [['--baseline', 'x', '--candidate', 'y'], qr/choose it with --only/],
    [['--only', 'a', '--baseline', 'http://localhost/x', '--candidate', 'y'],
        qr{"--baseline" is a scheme, a host and a port, as in "http://localhost:8001"}],
    [['--only', 'a', '--baseline', 'http://me@localhost', '--candidate', 'y'],
        qr/"--baseline" is a scheme, a host and a port/],
    [['--only', 'a', '--baseline', ' ', '--candidate', 'y'],
        qr/"--baseline" is a URL, or a command that starts a server/],
    [['--only', 'burst', '--baseline', 'x', '--candidate', 'y'],
        qr/bursts have no rate of their own/],
    [['--only', 'a', '--baseline', 'x', '--candidate', 'y', '--seed', '0x7g'],
        qr/"--seed" must be a whole number/],
    [['--only', 'a', '--baseline', 'x', '--candidate', 'y', '--find-max', 'p99(latency) < 1s'],
        qr/--find-max and --baseline exclude each other/],
) {
    my ($args, $says) = @$row;
    my $run = run_assay('loadgen', $file, @$args);
    is $run->{exit}, 2, "@$args: exit 2";
    like $run->{err}, $says, '... with what is wrong';
}
for my $row (
    [{ ready => 'health' }, qr/"ready" is a path/],
    [{ warm_up => '1500ms' }, qr/"warm_up" must be whole seconds/],
    [{ quantiles => ['p99', 'p50'] }, qr/"quantiles" must rise/],
    [{ quantiles => ['99'] }, qr/like p50 or p99\.9/],
    [{ alpha => '50%' }, qr/"alpha" must be from 0\.0001% to 25%/],
    [{ min_effect => '10%', equivalence => '5%' },
        qr/^\S+:1:\d+: "equivalence" must not be less than "min_effect": a change between/m],
    [{ min_effect => '15%' }, qr/"equivalence" must not be less than "min_effect"; not written, it is 10%: a change/],
    [{ equivalence => '3%' }, qr/"equivalence" must not be less than "min_effect", which is 5% when not written/],
    [{ tau => 0.013 }, qr/"tau"/],
    [{ by => 'steps' }, qr/"by"/],
    [{ lanch_every => '6s' }, qr/did you mean "launch_every"/],
) {
    my ($gate, $says) = @$row;
    my $run = run_assay('lint', scenario(JSON::PP->new->encode({
        loads => { l => load_of({ gate => $gate }) } }), "lint.yaml"));
    is $run->{exit}, 2, join(' ', 'gate:', %$gate) . ': exit 2';
    like $run->{err} . $run->{out}, $says, '... with what is wrong';
}

my $lint = run_assay('lint', scenario(JSON::PP->new->encode({ loads => {
    l => load_of({ arrivals => { rate => '50/s', for => '1s' },
        gate => { quantiles => ['p50', 'p99'], for => '60s', alpha => '25%', min_effect => '15%',
            equivalence => '15%' } }),
    b => load_of({ arrivals => { burst => { size => 3, every => '1s' }, for => '2s' },
        gate => { by => 'step' } }) } }), "lint.yaml"));
is $lint->{exit}, 0, 'what cannot be told is a warning';
like $lint->{err}, qr/p99 cannot decide: it needs 4000 requests of each build, and there are at most 1500/,
    '... that of p99 has its numbers';
like $lint->{err}, qr/load "b" cannot compare two builds/, '... and bursts cannot be compared';
unlike $lint->{err}, qr/has no "limits"|p50 cannot/, '... and nothing else';

ok !left(), 'no process is left';
done_testing;

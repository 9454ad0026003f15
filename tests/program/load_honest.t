#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A load says what it does not know: when this machine was the limit, when
# somebody stopped it, when the sample is too small, when the target is broken.
use strict;
use warnings;
use JSON::PP;
use List::Util qw(sum0);
use Test::More;
use Time::HiRes qw(sleep time);
use Assay;
use Loads;

my $o = start_origin(tls => 1, raw => ['silent', 'full', 'closer', 'reset', 'flood',
    'echo', 'banner:220 hello\r\n', 'say:HTTP/1.1 200 OK\r\n\r\nhello',
    'hello=say:no HTTP at all\r\n\r\n']);
my $url = $o->http_url('/ok');
my $slow = $o->http_url('/reply?delay=400');
my $n = 0;

# A load that is left alone, and what it left: { out, err, result, ... }.
sub begin_load {
    my (@args) = @_;
    my $dir = temp_dir('alone');
    my $pid = Assay::spawn([assay_binary(), 'loadgen', @args, '--json', "$dir/json"],
        { out => "$dir/out", err => "$dir/err" });
    return { pid => $pid, dir => $dir, begin => time };
}

sub end_load {
    my ($it, $seconds) = @_;
    my $status;
    until_true($seconds, sub {
        return 1 if defined $status;
        $status = $? if waitpid($it->{pid}, POSIX::WNOHANG()) == $it->{pid};
        return defined $status;
    });
    $it->{timed_out} = !defined $status;
    Assay::finish($it->{pid}) if $it->{timed_out};
    $it->{seconds} = time - $it->{begin};
    $it->{exit} = defined $status && !($status & 127) ? $status >> 8 : undef;
    $it->{$_} = read_file("$it->{dir}/$_") for qw(out err);
    $it->{json} = -e "$it->{dir}/json" ? read_file("$it->{dir}/json") : '';
    $it->{result} = eval { decode_json($it->{json}) } || {};
    $it->{load} = $it->{result}{loads}[0] || {};
    return $it;
}

# ---- this machine is the limit

subtest 'a rate that nobody here can make' => sub {
    my $run = load_url($url, qw(-r 3000000 -d 2s -c 20), '--limit',
        'p50(latency) < 1h', { timeout => 60 });
    ended_with($run, 4, 'invalid', 'invalid');
    my @doubts = @{ $run->{load}{instrument}{doubts} || [] };
    my ($fatal) = grep { $_->{fatal} } @doubts;
    ok $fatal, 'there is a reason';
    like $fatal->{what}, qr/\d/, 'with its value';
    like $fatal->{remedy}, qr/-t|rate|taskset/, 'and what to change';
    like $run->{out}, qr/invalid.*\Q$fatal->{remedy}\E/s, 'in the text';
    like $run->{load}{message}, qr/\Q$fatal->{what}\E/, 'in the message';
    my %all = %{ $run->{load}{accounting} };
    is $all{planned}, 6000000, 'all that was planned is accounted for';
};

subtest 'open files' => sub {
    $o->reset_stats;
    my $run = run_command('sh', '-c', 'ulimit -n 64; exec "$0" loadgen "$1" -c 500 -n 1000',
        assay_binary(), $url, { timeout => 30 });
    is $run->{exit}, 4, 'refused' or diag $run->{out}, $run->{err};
    my ($command) = $run->{err} =~ /(ulimit -n \d+)/;
    ok $command, 'says the exact command' or diag $run->{err};
    is paths_seen($o)->{'/ok'} || 0, 0, 'nothing was sent';
    $run = run_command('sh', '-c', "ulimit -S -n 64; $command && exec "
        . '"$0" loadgen "$1" -c 500 -n 1000', assay_binary(), $url, { timeout => 30 });
    is $run->{exit}, 0, 'with that command it works' or diag $run->{out}, $run->{err};
    is paths_seen($o)->{'/ok'}, 1000, 'all was sent';
};

# A connection at a time needs no more ports than there are; this many do.
subtest 'ports' => sub {
    $o->reset_stats;
    my $run = run_assay('loadgen', $url, qw(-c 70000 -d 1s), { timeout => 30 });
    is $run->{exit}, 4, 'more connections than ports: refused'
        or diag $run->{out}, $run->{err};
    like $run->{err}, qr/port|open files/, 'says why';
    like $run->{err}, qr/--source|ip_local_port_range|ulimit -n/, 'says what to do';
    is paths_seen($o)->{'/ok'} || 0, 0, 'nothing was sent';
};

# ---- stopped by somebody

sub closed_books {
    my ($it, $says) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my %all = %{ $it->{load}{accounting} || {} };
    ok %all, "$says: the file is whole" or return diag $it->{err}, $it->{out};
    is $all{planned}, sum0(@all{qw(sent dropped not_started)}), "$says: what was planned";
    is $all{sent}, sum0(@all{qw(ok failed timed_out in_flight)}), "$says: what was sent";
    return;
}

for my $signal (qw(INT TERM)) {
    subtest "SIG$signal once" => sub {
        my $it = begin_load($slow, qw(-r 50 -d 60s));
        sleep within(1.5);
        kill $signal, $it->{pid};
        end_load($it, 15);
        ok !$it->{timed_out}, 'ends';
        closed_books($it, 'once');
        ok $it->{result}{partial}, 'partial';
        is $it->{load}{ended}, 'interrupted', 'interrupted';
        is $it->{load}{accounting}{in_flight}, 0, 'what was under way was waited for';
        cmp_ok $it->{load}{accounting}{ok}, '>=', 10, 'and seen';
        isnt $it->{exit}, 0, 'not a success';
        is $it->{exit}, 3, 'inconclusive: exit 3' or diag $it->{out};
        is run_assay('report', "$it->{dir}/json")->{exit}, $it->{exit},
            'the same is read back';
    };
}

subtest 'twice' => sub {
    my $it = begin_load($o->http_url('/reply?delay=30000'), qw(-c 20 -d 60s
        --timeout 60s));
    sleep within(1);
    kill 'INT', $it->{pid};
    sleep 0.3;
    my $told = time;
    kill 'INT', $it->{pid};
    end_load($it, 10);
    ok !$it->{timed_out}, 'ends';
    cmp_ok time - $told, '<', within(5), 'at once';
    closed_books($it, 'twice');
    is $it->{load}{accounting}{in_flight}, 20, 'all of them were in flight';
    cmp_ok $it->{load}{latency_ns}{min}, '>=', 0.9e9, 'and are in the times';
    isnt $it->{exit}, 0, 'not a success';
};

subtest 'a deadline' => sub {
    my $run = load_url($slow, qw(-r 50 -d 60s --deadline 1s -q));
    cmp_ok $run->{seconds}, '<', within(8), 'ends';
    ok $run->{result}{partial}, 'partial';
    like $run->{result}{partial_why} || '', qr/deadline/, 'says why';
    cmp_ok $run->{load}{accounting}{in_flight}, '>', 5, 'what was under way is counted';
    isnt $run->{exit}, 0, 'not a success';
};

# ---- what is told meanwhile

subtest 'progress' => sub {
    my $it = begin_load($url, qw(-r 20 -d 11s --limit), 'ratio(errors) < 1%');
    my $quiet = begin_load($url, qw(-r 20 -d 11s -q --limit), 'ratio(errors) < 1%');
    end_load($_, 30) for $it, $quiet;
    is $it->{exit}, 0, 'well' or diag $it->{err};
    my @lines = grep { m{\d/s} } split /\n/, $it->{err};
    is scalar @lines, 1, 'one line every ten seconds' or diag $it->{err};
    like $lines[0] || '', qr{20(?:\.\d+)?/s.*p50.*p99.*0 errors}, 'with rate, times, errors';
    unlike $it->{err}, qr/[\e\r]/, 'nothing that only a terminal understands';
    is $quiet->{exit}, 0, '-q: well';
    is $quiet->{out} . $quiet->{err}, '', '-q: silent';
};

# ---- too small a sample

subtest 'a quantile that the sample cannot bear' => sub {
    my $run = load_url($url, qw(-n 50 -c 1 --limit), 'p99.9(latency) < 10s');
    ended_with($run, 3, 'inconclusive', '50 requests for p99.9');
    my $limit = limit_like($run->{load}, qr/p99\.9/);
    is $limit->{verdict}, 'not-observed', 'not observed';
    like $limit->{note}, qr/10,?000/, 'says how many it needs';
    like $run->{out}, qr/p99\.9\s.*too few: needs 10000/, 'marked in the text';
    my ($q) = grep { $_->{q} == 0.999 } @{ $run->{load}{latency_ns}{quantiles} };
    ok $q && !$q->{enough}, 'and in the file';
    my ($p50) = grep { $_->{q} == 0.5 } @{ $run->{load}{latency_ns}{quantiles} };
    ok $p50->{enough}, 'a median is fine';
    ok $p50->{low_ns} <= $p50->{value_ns} && $p50->{value_ns} <= $p50->{high_ns},
        'within its interval';
    $run = load_url($slow, qw(-n 20 -c 20 --limit), 'p99.9(latency) < 50ms');
    ended_with($run, 1, 'failed', 'but what is surely crossed fails');
};

subtest 'exit codes' => sub {
    ended_with(load_url($url, qw(-n 20 -q)), 0, 'ok', 'ok');
    my $run = load_url($url, qw(-n 20 --limit), 'max(latency) < 1ns');
    ended_with($run, 1, 'failed', 'crossed');
    like $run->{out}, qr/exit code 1/, 'the text says so';
    $run = load_url($o->http_url('/status/500'), qw(-n 20));
    ended_with($run, 1, 'failed', 'nobody wrote a limit, and all fail');
    ok $run->{load}{limits}[0]{built_in}, 'by the limit that is built in';
    like $run->{out}, qr/^Success Rate: 0\.00%$/m, 'no success';
    $run = load_url($o->http_url('/status/404'), qw(-n 20 --expect-status 404));
    ended_with($run, 0, 'ok', 'unless it was expected');
};

# ---- targets that are broken: an outcome each, no hang

sub broken {
    my ($says, $target, $outcomes, @args) = @_;
    my $run = load_url($target, qw(-n 6 -c 2 --timeout 500ms -q), @args, { timeout => 30 });
    ok !$run->{timed_out}, "$says: ends";
    my $got = counts($run->{load}{steps}[0]{outcomes});
    ok !(grep { $_ !~ /\A(?:$outcomes)\z/ } keys %$got), "$says: " . join ' ', keys %$got
        or diag explain $got, $run->{load}{steps}[0]{sample};
    is sum0(values %$got), 6, 'all six ended';
    is $run->{exit}, 1, 'exit 1' or diag $run->{err}, $run->{out};
    ok length $run->{load}{steps}[0]{sample}, 'and a sentence about it';
    return $run;
}

subtest 'nobody there' => sub {
    broken('refused', 'http://127.0.0.1:' . free_port() . '/', 'refused');
    broken('no such socket', 'http://x/', 'connect-fail|refused', '--unix-socket',
        temp_dir() . '/none.sock');
    # the resolver of this machine may be slow to say no
    my $run = load_url('http://no-such-host.invalid/', qw(-n 3 -c 1 --timeout 2s -q),
        { broken => 1, timeout => 60 });
    ok !$run->{timed_out}, 'a name that is none: ends';
    isnt $run->{exit}, 0, 'no success';
    like join(' ', keys %{ counts($run->{load}{steps}[0]{outcomes}) }) . $run->{err},
        qr/dns|look|resolve|host/, 'says that it is the name'
        or diag $run->{err}, $run->{out};
};

subtest 'servers that speak no HTTP' => sub {
    my %raw = (silent => 'timeout', full => 'connect-timeout|timeout',
        closer => 'closed', reset => 'reset|closed|refused|send-fail', flood => '.*',
        echo => '.*', banner => '.*', hello => '.*');
    for my $mode (sort keys %raw) {
        broken($mode, 'http://127.0.0.1:' . $o->raw_port($mode) . '/',
            "(?!ok)(?:$raw{$mode})");
    }
    # a line without a length, and FIN: an answer
    my $run = load_url('http://127.0.0.1:' . $o->raw_port('say') . '/', qw(-n 4 -c 1 -q));
    is $run->{load}{accounting}{ok}, 4, 'say: well enough';
};

subtest 'servers that break off' => sub {
    my $peak = 0;
    for my $fault (qw(close?at=headers close?at=body reset?at=headers never?at=headers
        endless-headers endless-line endless-status-line endless-chunks
        100-continue-many trickle-headers huge-header many-headers garbage bad-status
        bad-version two-lengths negative-length huge-length bad-chunk huge-chunk
        cut-chunk extra-bytes)) {
        my $run = load_url($o->http_url("/fault/$fault"), qw(-n 4 -c 2 --timeout 400ms -q),
            { timeout => 30 });
        ok !$run->{timed_out}, "$fault: ends";
        my $got = counts($run->{load}{steps}[0]{outcomes});
        is sum0(values %$got), 4, 'all four ended: ' . join ' ', keys %$got;
        ok defined $run->{exit} && $run->{exit} =~ /\A[01]\z/, 'an outcome each'
            or diag $run->{exit}, $run->{err};
        my $bytes = $run->{load}{cost}{peak_rss_bytes} || 0;
        $peak = $bytes if $bytes > $peak;
    }
    # sanitizers take their own
    cmp_ok $peak, '<', 300e6, 'memory stays bounded';
};

# ---- the file

subtest 'the result holds by its schema' => sub {
    my $schema = write_file(temp_dir() . '/result.schema.json',
        run_assay('schema', 'result')->{out});
    my @files = map { $_->{file} } (
        load_url($url, qw(-r 100 -d 2s --poisson --warm-up 1s -q)),
        load_url($url, qw(-n 10 -q), '--limit', 'p99.9(latency) < 1s'),
        load_url('http://127.0.0.1:' . free_port() . '/', qw(-n 3 -q)),
        load_file({ a => { flow => flow_of($url, $o->http_url('/status/500')),
                users => { count => 2, for => '300ms', think => '10ms' } },
            b => { flow => flow_of($url), users => { count => 1, iterations => 3 },
                after => 'a' } }, { args => ['-q'] }));
    my $run = run_command('node', 'tests/validate.js', $schema, @files,
        { timeout => 60 });
    is scalar(() = $run->{out} =~ /^valid /mg), scalar @files, 'all are valid'
        or diag $run->{out}, $run->{err};
    for my $file (@files) {
        my $again = run_assay('report', $file, '--json', '-');
        is_deeply eval { decode_json($again->{out}) }, json_file($file),
            'read and written again it is the same' or diag $again->{err};
    }
};

books_balance();
done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# assay doctor: each thing that can be wrong with a machine, made wrong.
use strict;
use warnings;
use Test::More;
use Assay;

my $dir = temp_dir();
my $origin = start_origin();
my $url = $origin->http_url('/reply');
my $now = time;

sub checks { return "name: shop\nchecks:\n  home:\n    every: 5m\n    steps:\n"
    . "      - get: $url\n        expect: { status: 200 }\n@_" }

sub channel { return checks("alerts: { channels: { c: $_[0] } }\n") }

# The findings, and the exit code.
my $code;
sub doctor {
    my $opt = @_ && ref $_[-1] eq 'HASH' ? pop : {};
    my $run = run_assay('doctor', @_, '--json', '-', $opt);
    $code = $run->{exit};
    my $json = json_ok($run);
    return $json;
}

sub found {
    my ($json, $level, $subject, $text, $says) = @_;
    my @hits = grep { $_->{level} eq $level && $_->{subject} eq $subject
        && $_->{text} =~ $text } @{ $json->{findings} };
    ok(scalar @hits, $says || "$level $subject $text")
        or diag explain $json->{findings};
    ok($level eq 'ok' || @hits && length $hits[0]{remedy},
        'with a remedy') if $level ne 'ok' && $subject ne 'schedule';
    return $hits[0];
}

sub sql {
    my ($file, $text) = @_;
    my $run = run_command('sqlite3', $file, { stdin => $text });
    is($run->{exit}, 0, 'sqlite3') or diag $run->{err};
}

my $file = scenario(channel('{ exec: [/bin/true] }'));
my $state = "$dir/state.db";
run_assay('probe', $file, '--state', $state, '-q');

row 'DA17', 'paths, permissions and channels are checked' => sub {
    my $run = run_assay('doctor', $file, '--state', $state);
    is($run->{exit}, 0, 'all is well: exit code') or diag $run->{out};
    like($run->{out}, qr/^ok +state +".*state\.db" is intact/m, 'the state');
    like($run->{out}, qr/^ok +channel +c \(exec\) is complete$/m, 'channels');
    like($run->{out}, qr/^ok +files +\d+ files may be open/m, 'open files');
    like($run->{out}, qr/^\d+ ok, \d+ warnings?, 0 failures$/m, 'in one line');
    my $json = doctor($file, '--state', "$dir/none/state.db");
    is($code, 1, 'a failure: exit code');
    is($json->{verdict}, 'fail', 'verdict');
    found($json, 'fail', 'state', qr/folder ".*none": No such file/,
        'a folder that is not there');
    found(doctor($file), 'warn', 'state', qr/no state file was named/);
    my $log = scenario(checks("log: { file: $dir/nolog/a.log }\n"));
    found(doctor($log), 'fail', 'log', qr/folder ".*nolog"/);
    found(doctor(scenario(checks("log: { file: $dir/a.log }\n"))), 'warn',
        'log', qr/grows without end/);
    found(doctor($file, { env => { LOG_LEVEL => 'LOUD' } }), 'fail', 'log',
        qr/is no level: "LOUD"/);
    found(doctor($file, { env => { LOG_LEVEL => 'debug' } }), 'warn', 'log',
        qr/LOG_LEVEL is debug/);
};

row 'DA17', 'a channel that lacks something says what' => sub {
    my %bare = map { $_ => '' } qw(SLACK_WEBHOOK_URL SMTP_FROM SMTP_USER);
    found(doctor(scenario(channel('{ slack: {} }')), { env => \%bare }),
        'fail', 'channel', qr/\.yaml:\d+:\d+: "url" of channel "c" \(slack\)/);
    is($code, 1, 'exit code');
    my $mail = 'to: a@example.org, from: b@example.org, server: ';
    found(doctor(scenario(channel(
        "{ email: { ${mail}'smtp://mail.example.org:25', tls: none } }"))),
        'warn', 'channel', qr/without TLS/);
    found(doctor(scenario(channel(
        "{ email: { ${mail}'smtp://mail.example.org:587' } }"))),
        'ok', 'channel', qr/complete; nothing is sent without TLS/);
    my $secret = "secrets: [DOCTOR_TOKEN]\n" . channel("{ webhook: { url: "
        . "'$url', headers: { X-Key: '\${secret.DOCTOR_TOKEN}' } } }");
    found(doctor(scenario($secret), { env => { DOCTOR_TOKEN => '' } }), 'fail',
        'secret', qr/DOCTOR_TOKEN/);
    my $run = run_assay('doctor', scenario($secret), '--send',
        { env => { DOCTOR_TOKEN => 'hush-hush-hush' } });
    is($run->{exit}, 0, 'set: exit code') or diag $run->{out};
    like($run->{out}, qr/^ok +sent +test notice to c: /m, 'and sent');
    unlike($run->{out}, qr/hush-hush/, 'and not told');
    my $broken = $origin->http_url('/reply?status=400');
    found(doctor(scenario(channel("{ webhook: '$broken' }")), '--send'),
        'fail', 'sent', qr/test notice to c: /);
};

row 'TX25', 'the monitoring looks at its own certificates' => sub {
    my $certs = certs();
    my $tls = sub { scenario(checks("  web:\n    steps:\n      - tls: "
        . "localhost:1\n        ca_file: $_[0]\n")) };
    found(doctor($tls->("$certs/good.pem")), 'ok', 'certificate',
        qr/good\.pem" is good for \d+ days/);
    found(doctor($tls->("$certs/expires-soon.pem")), 'warn', 'certificate',
        qr/expires-soon\.pem" expires in 5 days/);
    found(doctor($tls->("$certs/expired.pem")), 'fail', 'certificate',
        qr/expired\.pem" has expired/);
    found(doctor($tls->("$certs/good.key")), 'fail', 'certificate',
        qr/holds no certificate/);
    found(doctor($tls->("$dir/gone.pem")), 'fail', 'certificate',
        qr/cannot be read/);
};

row 'AT19', 'rules that can never fire are told' => sub {
    my $json = doctor(scenario(checks("alerts:\n  channels: { c: { exec: "
        . "[/bin/true] } }\n  rules:\n    many: { when: "
        . "'count(errors, 5m) > 100', severity: error }\n")));
    my $hit = found($json, 'warn', 'scenario', qr/can never be true/);
    is($code, 0, 'a warning is no failure');
};

subtest 'how the schedule is really kept' => sub {
    my $ns = '000000000';
    my $with = sub {
        my ($name, @ago) = @_;
        my $copy = "$dir/$name.db";
        write_file($copy, read_file($state));
        sql($copy, 'DELETE FROM seen; ' . join ' ', map {
            'INSERT INTO seen SELECT (SELECT min(id) FROM watched WHERE name '
            . "= 'home'), " . ($now - $_) . "$ns, (SELECT min(vantage) FROM "
            . "run), 0, 0, 0, 0, 0, NULL, (SELECT min(id) FROM text), NULL, "
            . 'NULL;' } @ago);
        return doctor($file, '--state', $copy);
    };
    found($with->('kept', map { 300 * $_ } 0 .. 10), 'ok', 'schedule',
        qr/1 of 1 check is run as often as it says/);
    found($with->('late', map { 720 * $_ } 0 .. 10), 'warn', 'schedule',
        qr/"home": every 5m, really 12.* \(median\), .*\(p95\), longest gap/);
    found($with->('gaps', 0, map { 7200 + 300 * $_ } 0 .. 10), 'warn',
        'schedule', qr/longest gap 2/);
    found($with->('stopped', map { 7200 + 300 * $_ } 0 .. 10), 'warn',
        'schedule', qr/no run for 2/);
    found($with->('few', 0, 300), 'ok', 'schedule', qr/too few runs/);
    found($with->('future', -7200), 'fail', 'clock', qr/from the future/);
};

subtest 'the state file' => sub {
    write_file("$dir/bad.db", 'no state file at all');
    found(doctor($file, '--state', "$dir/bad.db"), 'fail', 'state',
        qr/bad\.db/);
    my $small = scenario("state: { max_size: 256KiB }\n"
        . channel('{ exec: [/bin/true] }'));
    write_file("$dir/large.db", read_file($state));
    sql("$dir/large.db", 'INSERT INTO text (hash, body) VALUES (1, '
        . 'hex(zeroblob(60000)));');
    found(doctor($small, '--state', "$dir/large.db"), 'warn', 'state',
        qr/of the 262 kB that it may have/);
    my $copy = "$dir/waits.db";
    write_file($copy, read_file($state));
    sql($copy, "INSERT INTO letter (scenario, channel, told_with, dedup, "
        . "body, made_at, not_before, expires_at, status) SELECT id, 'c', "
        . "'', 'x', '{}', ${\($now - 9000)}000000000, "
        . "${\($now - 9000)}000000000, ${\($now + 90000)}000000000, 0 FROM "
        . "scenario;");
    found(doctor($file, '--state', $copy), 'fail', 'outbox',
        qr/1 notice is overdue .* 2 h 30 min ago/);
};

subtest 'the clock, against the targets' => sub {
    my $port = free_port();
    my $serve = sub {
        my ($ahead) = @_;
        my $p = free_port();
        my $peer = start_peer('clock', ['python3', '-c', <<'PY', $p, $ahead], {
import http.server, sys, time
class H(http.server.BaseHTTPRequestHandler):
    def date_time_string(self, timestamp=None):
        return super().date_time_string(time.time() + float(sys.argv[2]))
    def do_HEAD(self):
        self.send_response(404)
        self.end_headers()
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), H).serve_forever()
PY
            ready => sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                PeerPort => $p, Timeout => 1) } });
        return doctor(scenario("checks: { a: { steps: [ { get: "
            . "'http://127.0.0.1:$p/x' } ] } }\n"), '--online');
    };
    found($serve->(0), 'ok', 'clock', qr/has the same time/);
    found($serve->(3600), 'fail', 'clock', qr/is (?:59 min|60 min|1 h).* behind that of/);
    is($code, 1, 'an hour is a failure');
    found($serve->(-20), 'warn', 'clock', qr/ahead of that of/);
    found(doctor(scenario("checks: { a: { steps: [ { get: "
        . "'http://127.0.0.1:$port/' } ] } }\n"), '--online'), 'warn', 'clock',
        qr/did not tell the time/);
};

row 'FH16', 'the 60-day rule of scheduled workflows' => sub {
    my $repo = temp_dir('repo');
    mkdir "$repo/$_" for qw(.github .github/workflows checks);
    my $scenario = write_file("$repo/checks/shop.yaml", checks());
    my $git = sub {
        my ($days, @more) = @_;
        my $at = ($now - $days * 86400) . ' +0000';
        my $run = run_command('git', '-C', $repo, '-c', 'user.name=a', '-c',
            'user.email=a@example.org', @more, { env => {
            GIT_AUTHOR_DATE => $at, GIT_COMMITTER_DATE => $at, HOME => $repo } });
        is($run->{exit}, 0, "git $more[0]") or diag $run->{err};
    };
    $git->(0, 'init', '-q');
    my $commit = sub { $git->($_[0], 'commit', '-q', '--allow-empty', '-m',
        'x') };
    $commit->(70);
    ok(!grep({ $_->{subject} eq 'workflow' } @{ doctor($scenario)->{findings} }),
        'nothing without a scheduled workflow');
    write_file("$repo/.github/workflows/up.yml",
        "on:\n  schedule:\n    - cron: '*/5 * * * *'\n");
    found(doctor($scenario), 'fail', 'workflow', qr/70 days old/);
    $commit->(55);
    found(doctor($scenario), 'warn', 'workflow', qr/55 days old/);
    $commit->(3);
    found(doctor($scenario), 'ok', 'workflow', qr/3 days old, scheduled/);
};

subtest 'usage' => sub {
    is(run_assay('doctor', 'a', 'b')->{exit}, 2, 'two scenarios');
    is(run_assay('doctor', '--send')->{exit}, 2, '--send without a scenario');
    found(doctor(scenario("checks: 3\n")), 'fail', 'scenario', qr/:1:9: /,
        'a scenario with a mistake');
    is(run_assay('doctor')->{exit}, 0, 'of the machine alone');
    is(run_assay('doctor', '--json', "$dir/none/x")->{exit}, 4,
        'a file that cannot be written');
};

done_testing();

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Notices on their way: what one-shot runs deliver, to receivers that take it,
# put it off, refuse it, hang or go away.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use Assay;
use Receivers;

my $hook = start_receiver();
my $url = $hook->url;

# One check that fails while the plan says so, and the channels given.
my $n = 0;
sub shop {
    my (%opt) = @_;
    my $name = $opt{name} || 'shop' . ++$n;
    my $channels = join '', map { "    $_\n" } @{ $opt{channels} };
    my $rules = $opt{rules} || '    down: { when: consecutive(fail) >= 1, severity: critical, cooldown: 0s }';
    my $more = $opt{more} || '';
    return { name => $name, state => temp_dir() . "/$name.db", path => "/ready-$name",
        file => scenario(<<"YAML") };
name: $name
secrets: [HOOK_TOKEN]
checks:
  ready:
    steps:
      - get: $url/ready-$name
        timeout: 5s
        expect: { status: 200 }
alerts:
  channels:
$channels  rules:
$rules
$more
YAML
}

my %plan;
sub plan_for {
    my ($path, @answers) = @_;
    $plan{$path} = \@answers;
    $hook->plan(\%plan);
}

sub fails { plan_for($_[0]{path}, { status => 503 }) }
sub works { plan_for($_[0]{path}, { status => 200 }) }

# With a deadline nothing is tried again within the run.
sub probe {
    my ($shop, @more) = @_;
    my $opt = @more && ref $more[-1] eq 'HASH' ? pop @more : {};
    my %env = (HOOK_TOKEN => 'tok-5ecret-value', %{ $opt->{env} || {} });
    return run_assay('probe', $shop->{file}, '--state', $shop->{state},
        '--log-format', 'text', @more, { %$opt, env => \%env });
}

sub notices {
    my ($shop) = @_;
    return json_ok(run_assay('report', 'notices', '--state', $shop->{state}, '--json', '-'));
}

# What time does, without waiting for it: all that waits is due, and what was
# claimed by a process that is gone is given back.
sub time_passes { change_state($_[0], 'UPDATE letter SET not_before = 0 WHERE status = 0',
    'UPDATE letter SET lease_until = 1 WHERE status = 1') }

# The digest was told, and all that was logged happened, a day earlier.
sub a_day_passes { change_state($_[0], 'UPDATE entry SET at = at - 86400000000000',
    "UPDATE note SET body = CAST(CAST(body AS INTEGER) - 86400000000000 AS TEXT) WHERE name LIKE '%digest%'") }

sub change_state {
    my ($shop, @sql) = @_;
    my $run = run_command('/usr/bin/python3', '-c', <<'PY', $shop->{state}, @sql);
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
for sql in sys.argv[2:]:
    c.execute(sql)
c.commit()
PY
    is($run->{exit}, 0, 'time passes') or diag $run->{err};
}

sub webhook { return "hook: { webhook: { url: '$url/$_[0]' } }" }
# The bodies of a path; the log has them as characters.
my $json = JSON::PP->new->canonical;
sub bodies { return map { $json->decode($_->{body}) } $hook->requests($_[0]) }
sub told { return bodies("/$_[0]") }

row 'FH17', 'the alert first, then the exit code' => sub {
    my $shop = shop(channels => [ webhook('first'), 'ops: { slack: { url: "' . "$url/slack" . '" } }' ]);
    fails($shop);
    my $run = probe($shop);
    is($run->{exit}, 1, 'exit 1');
    like($run->{out}, qr/status 503, expected 200/, 'the code is told');
    like($run->{err}, qr/"\S+" is new: nothing is remembered/, 'and that the memory is new');
    is(scalar(my @lines = split /\n/, $run->{err}), 1, 'in one line');
    my @told = told('first');
    is(scalar @told, 1, 'one notice');
    is($told[0]{notices}[0]{kind}, 'firing', 'of the outage');
    like($told[0]{notices}[0]{message}, qr/503/, 'with the code');
    is(scalar $hook->requests('/slack'), 1, 'Slack, too');
    $run = probe($shop);
    is($run->{exit}, 1, 'still down: exit 1');
    is(scalar told('first'), 1, 'and nobody is told again');
    unlike($run->{err}, qr/is new/, 'the memory is resumed');
    works($shop);
    $run = probe($shop);
    is($run->{exit}, 0, 'well again: exit 0');
    @told = told('first');
    is(scalar @told, 2, 'one more notice');
    is($told[1]{notices}[0]{kind}, 'resolved', 'that it is over');
    cmp_ok($told[1]{notices}[0]{lasted_ns}, '>', 0, 'with its length');
};

row 'CF26', 'the same alert is not sent again within its cooldown' => sub {
    my $shop = shop(channels => [ webhook('cool') ],
        rules => '    down: { when: consecutive(fail) >= 1, severity: critical, cooldown: 1h }');
    for my $i (1 .. 4) {
        fails($shop);
        probe($shop);
    }
    is(scalar told('cool'), 1, 'four runs, one notice');
};

row 'CF27', 'resolved is told once, at least once' => sub {
    my $shop = shop(channels => [ webhook('back') ]);
    fails($shop);
    probe($shop);
    works($shop);
    plan_for('/back', { status => 500 }, { status => 500 }, { status => 200 });
    # the first try of "firing" was before this plan
    my $run = probe($shop, '--log-level', 'WARNING');
    is($run->{exit}, 0, 'exit 0');
    probe($shop) for 1 .. 2;
    my @kinds = map { $_->{notices}[0]{kind} } told('back');
    is($kinds[0], 'firing', 'down');
    is((grep { $_ eq 'resolved' } @kinds) >= 1, 1, 'resolved');
    my $seen = notices($shop);
    is_deeply($seen->{waiting}, [], 'nothing waits');
    is(scalar(grep { $_->{kind} eq 'resolved' && $_->{status} eq 'sent' } @{ $seen->{tries} }), 1,
        'delivered once');
};

subtest 'what fails is tried again' => sub {
    my $shop = shop(channels => [ webhook('again') ]);
    fails($shop);
    plan_for('/again', { status => 500, body => 'oops' }, { status => 200 });
    my $run = probe($shop);
    is($run->{exit}, 1, 'exit 1');
    is(scalar told('again'), 2, 'within the same run, when there is time');
    like($run->{err}, qr/channel "hook": not delivered, the next try is in .*: HTTP 500: oops \(firing: down: ready\)/,
        'and said, with what it was');
    my @told = told('again');
    is_deeply($told[0], $told[1], 'the same notice');
    my ($first, $second) = $hook->requests('/again');
    is($first->{headers}{'x-assay-delivery'}, $second->{headers}{'x-assay-delivery'},
        'under the same key');
    cmp_ok($second->{at} - $first->{at}, '>=', 2.4, 'after a pause');
};

subtest 'Retry-After is heeded' => sub {
    my $shop = shop(channels => [ webhook('later') ]);
    fails($shop);
    plan_for('/later', { status => 429, headers => { 'Retry-After' => '3600' } }, { status => 200 });
    my $run = probe($shop);
    is($run->{exit}, 1, 'exit 1');
    is(scalar told('later'), 1, 'one try');
    cmp_ok($run->{seconds}, '<', within(20), 'nobody waits an hour for it');
    my $seen = notices($shop);
    is(scalar @{ $seen->{waiting} }, 1, 'it waits');
    my $wait = sub { my $t = $_[0]; $t =~ /T(\d+):(\d+):(\d+)/; $1 * 3600 + $2 * 60 + $3 };
    my $gap = ($wait->($seen->{waiting}[0]{not_before}) - $wait->($seen->{tries}[0]{timestamp})) % 86400;
    cmp_ok(abs($gap - 3600), '<=', 2, 'for an hour');
    probe($shop);
    is(scalar told('later'), 1, 'the next run leaves it alone');
    time_passes($shop);
    probe($shop);
    is(scalar told('later'), 2, 'when it is over it is sent');
    is_deeply(notices($shop)->{waiting}, [], 'and waits no more');
};

subtest 'what is refused for good is recorded' => sub {
    my $shop = shop(channels => [ webhook('never') ]);
    fails($shop);
    plan_for('/never', { status => 404, body => 'no such hook tok-5ecret-value' });
    my $run = probe($shop);
    is($run->{exit}, 1, 'exit 1');
    is(scalar told('never'), 1, 'one try');
    like($run->{err}, qr/refused for good: HTTP 404/, 'said');
    my $seen = notices($shop);
    is($seen->{tries}[0]{status}, 'refused', 'recorded');
    is($seen->{tries}[0]{code}, 404, 'with the code');
    unlike(encode_json($seen) . $run->{err}, qr/5ecret/, 'no secret in it');
};

subtest 'a redirect is not followed' => sub {
    my $shop = shop(channels => [ webhook('moved') ]);
    fails($shop);
    plan_for('/moved', { status => 302, headers => { Location => "$url/elsewhere" } });
    probe($shop);
    is(scalar $hook->requests('/elsewhere'), 0, 'nobody else is told');
};

subtest 'the connection ends without an answer' => sub {
    my $shop = shop(channels => [ webhook('gone') ]);
    fails($shop);
    plan_for('/gone', { close => JSON::PP::true }, { status => 200 });
    my $run = probe($shop);
    is(scalar told('gone'), 2, 'tried again');
    like($run->{err}, qr/not delivered.*: (?:closed|reset):/, 'said');
};

subtest 'a channel that keeps failing is left alone' => sub {
    my $shop = shop(channels => [ webhook('dead') ]);
    plan_for('/dead', { status => 500 });
    # each a notice: down, up, down ...
    my $run;
    for my $i (1 .. 6) {
        $i % 2 ? fails($shop) : works($shop);
        $run = probe($shop, '--deadline', '2s');
        time_passes($shop);
        last if $run->{err} =~ /left alone/;
    }
    like($run->{err}, qr/failed 5 times in a row or more and is left alone/, 'the breaker opens');
    my $before = told('dead');
    time_passes($shop);
    $run = probe($shop);
    is(scalar told('dead'), $before, 'the next run does not try');
    cmp_ok($run->{seconds}, '<', within(8), 'and does not wait');
};

subtest 'a channel that hangs is given up in time' => sub {
    my $shop = shop(channels => [ webhook('hang'), "other: { webhook: { url: '$url/other' } }" ]);
    fails($shop);
    plan_for('/hang', { hang => 40 });
    my $run = probe($shop, '--deadline', '1s', { timeout => 120 });
    is($run->{exit}, 1, 'exit 1');
    cmp_ok($run->{seconds}, '<', within(12), 'within the bound');
    is(scalar told('other'), 1, 'the other channel was told');
    my ($check) = $hook->requests($shop->{path});
    my ($told) = $hook->requests('/other');
    cmp_ok($told->{at} - $check->{at}, '<', within(5), 'at once');
    my $seen = notices($shop);
    is(scalar @{ $seen->{waiting} }, 1, 'what has no answer waits');
    time_passes($shop);
    $run = probe($shop, { signal => 'TERM', signal_after => within(2) });
    is($run->{exit}, 1, 'SIGTERM takes the result from nobody');
    like($run->{out}, qr/status 503/, 'it is told');
    cmp_ok($run->{seconds}, '<', within(12), 'at once');
    is(scalar @{ notices($shop)->{waiting} }, 1, 'and the notice still waits');
};

subtest 'nobody is told' => sub {
    my $shop = shop(channels => [ webhook('quiet') ]);
    fails($shop);
    my $run = probe($shop, '--no-alerts');
    is($run->{exit}, 1, 'exit 1');
    is(scalar told('quiet'), 0, 'with --no-alerts');
    $run = run_assay('probe', $shop->{file}, { env => { HOOK_TOKEN => 'tok-5ecret' } });
    is(scalar told('quiet'), 0, 'nor without a memory');
    like($run->{err}, qr/warning: nobody is alerted without a memory/, 'which is said');
    $run = probe($shop);
    is(scalar told('quiet'), 1, 'but what was seen counts');
    $run = run_assay('probe', $shop->{file}, { env => { HOOK_TOKEN => 'tok-5ecret', ASSAY_STATE => $shop->{state} } });
    unlike($run->{err}, qr/warning/, 'ASSAY_STATE says it as well');
};

subtest 'a state that cannot be used' => sub {
    my $shop = shop(channels => [ webhook('broken') ]);
    fails($shop);
    write_file($shop->{state}, "this is somebody's letter, not a state\n" x 100);
    my $run = probe($shop);
    is($run->{exit}, 4, 'exit 4');
    like($run->{out}, qr/status 503, expected 200/, 'the checks ran and are told');
    like($run->{err}, qr/\Q$shop->{state}\E/, 'the file is named');
    like(read_file($shop->{state}), qr/^this is somebody's letter/, 'and left alone');
    ok(!-e "$shop->{state}.lock", 'with nothing beside it');
    like($run->{err}, qr/nobody was told of this run/, 'and what that means');
    my $none = { %$shop, state => temp_dir() . '/no/such/folder/state.db' };
    $run = probe($none);
    is($run->{exit}, 4, 'no folder: exit 4');
    like($run->{out}, qr/status 503/, 'the checks ran');
};

subtest 'a state that a clock ahead has written' => sub {
    my $shop = shop(channels => [ webhook('ahead') ]);
    works($shop);
    is(probe($shop)->{exit}, 0, 'all is well');
    fails($shop);
    for my $sql ('UPDATE run SET started_at = started_at + 3600000000000',
        'UPDATE scenario SET raw_from_at = 4000000000000000000') {
        change_state($shop, $sql);
        my $run = probe($shop);
        is($run->{exit}, 4, 'exit 4');
        like($run->{err}, qr/has results from the future/, 'why it is not taken');
        like($run->{err}, qr/nobody was told of this run/, 'and what that means');
    }
};

row 'AT5', 'from plain cron' => sub {
    my $mail = start_mail();
    my $shop = shop(channels => [ "admin: { email: { to: admin\@example.test, from: assay\@example.test, "
        . "server: 'smtp://127.0.0.1:" . $mail->port . "', tls: none } }" ]);
    works($shop);
    my $run = probe($shop, '-q');
    is("$run->{exit}|$run->{out}|$run->{err}", '0||', 'silent on success');
    fails($shop);
    $run = probe($shop, '-q');
    is($run->{exit}, 1, 'exit 1 on failure');
    is(scalar $mail->mails, 1, 'one mail');
    probe($shop, '-q') for 1 .. 2;
    is(scalar $mail->mails, 1, 'and only one');
    like(($mail->mails)[0]{text}, qr/Subject:.*ready/i, 'that says what');

    # two at once: the second waits for the first
    plan_for($shop->{path}, { hang => 1, status => 200 });
    my $pid = fork;
    if (!$pid) { my $r = probe($shop, '-q'); POSIX::_exit($r->{exit}) }
    until_true(10, sub { scalar($hook->requests($shop->{path})) >= 5 });
    my $before = $hook->requests($shop->{path});
    $run = probe($shop, '-q');
    waitpid $pid, 0;
    is($? >> 8, 0, 'the first run ends well');
    is($run->{exit}, 0, 'the second, too');
    my @at = map { $_->{at} } $hook->requests($shop->{path});
    cmp_ok($at[-1] - $at[-2], '>=', 0.9, 'one after the other');
};

row 'CF14', 'by severity: one at once, the other together' => sub {
    my $shop = shop(channels => [
            "now: { webhook: { url: '$url/now' }, severities: [critical, error] }",
            "mail: { webhook: { url: '$url/batch' }, severities: [warning], batch: 1h }" ],
        rules => "    down: { when: consecutive(fail) >= 1, severity: critical }\n"
            . "    odd: { when: 'consecutive(fail) >= 1', severity: warning }\n"
            . "    ugly: { when: 'consecutive(fail) >= 1', severity: warning }");
    fails($shop);
    probe($shop);
    is(scalar told('now'), 1, 'critical: now');
    is(scalar told('batch'), 0, 'warnings: not yet');
    time_passes($shop);
    probe($shop);
    my @told = told('batch');
    is(scalar @told, 1, 'then in one message');
    is(scalar @{ $told[0]{notices} }, 2, 'both of them');
};

row 'CF15', 'Telegram: its layout, and plain text on a 400' => sub {
    my $shop = shop(channels => [ "ops: { telegram: { api: '$url' } }" ]);
    fails($shop);
    plan_for('/bot12345:tok-5ecret-value/sendMessage',
        { status => 400, body => '{"ok":false,"error_code":400,"description":"Bad Request: can\'t parse entities"}' },
        { status => 200, body => '{"ok":true,"result":{"message_id":77}}' });
    my $run = probe($shop, { env => { TELEGRAM_BOT_TOKEN => '12345:tok-5ecret-value', TELEGRAM_CHAT_ID => '-100123' } });
    my @asked = bodies('/bot12345:tok-5ecret-value/sendMessage');
    is(scalar @asked, 2, 'sent again at once');
    is($asked[0]{chat_id}, '-100123', 'the chat');
    like($asked[0]{parse_mode}, qr/^Markdown/, 'marked up first');
    like($asked[0]{text}, qr/\A\x{1F534} \*.*\*\n\n.*\n\n\x{1F550} \d{4}-\d\d-\d\dT/s, 'the layout');
    ok(!defined $asked[1]{parse_mode}, 'then plain');
    is_deeply(notices($shop)->{waiting}, [], 'delivered');
    unlike($run->{err} . $run->{out} . read_file($shop->{state}), qr/5ecret/, 'the token is nowhere');
};

row 'AT15', 'PagerDuty: trigger and resolve under one key' => sub {
    my $shop = shop(channels => [ "duty: { pagerduty: { api: '$url/v2/enqueue', routing_key: '\${secret.HOOK_TOKEN}' } }",
        "sms: { sms: { url: '$url/sms', to: '+628123' } }" ]);
    fails($shop);
    plan_for('/v2/enqueue', { status => 202, body => '{"status":"success","dedup_key":"k"}' });
    probe($shop);
    works($shop);
    probe($shop);
    my @events = bodies('/v2/enqueue');
    is_deeply([ map { $_->{event_action} } @events ], [ 'trigger', 'resolve' ], 'trigger, resolve');
    is($events[0]{dedup_key}, $events[1]{dedup_key}, 'the same key');
    is(scalar $hook->requests('/sms'), 2, 'SMS through the gateway');
};

row 'AT15', 'as many recipients as notices: each is told all of them' => sub {
    my $shop = shop(channels => [ "sms: { sms: { preset: json, url: '$url/two', to: ['+1', '+2'] } }" ],
        rules => "    down: { when: consecutive(fail) >= 1, severity: critical }\n" .
            "    gone: { when: consecutive(fail) >= 1, severity: critical }");
    fails($shop);
    plan_for('/two', { status => 200 }, { status => 503 }, { status => 200 });
    probe($shop, '--deadline', '2s');
    time_passes($shop);
    probe($shop, '--deadline', '2s');
    my %heard = ('+1' => '', '+2' => '');
    $heard{ $_->{to} } .= $_->{text} for (bodies('/two'))[0, 2 .. 3];
    for my $rule (qw(down gone)) {
        like($heard{$_}, qr/$rule: ready/, "$_ hears of $rule") for qw(+1 +2);
    }
    is_deeply(notices($shop)->{waiting}, [], 'delivered');
};

row 'DA8', 'Slack: attachment with colour, title, text, ts' => sub {
    my $shop = shop(channels => [ 'ops: { slack: {} }' ]);
    fails($shop);
    my $run = probe($shop, { env => { SLACK_WEBHOOK_URL => "$url/services/T0/B0/abc" } });
    my ($asked) = $hook->requests('/services/T0/B0/abc');
    ok($asked, 'from SLACK_WEBHOOK_URL') or diag $run->{err};
    my $a = $json->decode($asked->{body})->{attachments}[0];
    is($a->{color}, 'danger', 'danger');
    is($a->{title}, 'Alert: CRITICAL', 'the title');
    ok($a->{text}, 'the text');
    like($a->{ts}, qr/^\d+$/, 'ts');
};

subtest 'an issue: opened, commented, closed' => sub {
    my $shop = shop(channels => [ "issue: { github: { api: '$url', repo: a/b } }" ]);
    my %env = (env => { GITHUB_TOKEN => 'tok-gh-5ecret' });
    fails($shop);
    plan_for('/repos/a/b/issues', { status => 201, body => '{"id":9,"number":42}' });
    probe($shop, \%env);
    works($shop);
    probe($shop, \%env);
    my @asked = grep { $_->{path} =~ m{^/repos/a/b/} } $hook->requests;
    is("$asked[0]{method} $asked[0]{path}", 'POST /repos/a/b/issues', 'opened');
    ok((grep { $_->{method} eq 'PATCH' && $_->{path} eq '/repos/a/b/issues/42'
        && $json->decode($_->{body})->{state} eq 'closed' } @asked), 'and the same one closed')
        or diag explain [ map { "$_->{method} $_->{path}" } @asked ];
};

subtest 'exec' => sub {
    my $out = temp_dir() . '/exec.json';
    my $shop = shop(channels => [ "cmd: { exec: { command: [/bin/sh, -c, 'cat > $out'] } }",
        "bad: { exec: { command: [/no/such/program] } }",
        "no: { exec: { command: [/bin/sh, -c, 'echo it is tok-5ecret-value >&2; exit 3'] } }" ]);
    fails($shop);
    my $run = probe($shop, '--deadline', '2s');
    is(json_file($out)->{notices}[0]{kind}, 'firing', 'the notice is its input');
    like($run->{err}, qr/channel "bad": not delivered.*no\/such\/program/, 'one that is not there');
    like($run->{err}, qr/channel "no": not delivered.*exit code 3: it is \[redacted\]/, 'one that fails');
};

row 'DA7', 'mail under TLS and with a login' => sub {
    my $mail = start_mail('--login', 'ops:app password', '--need-tls', starttls => 1);
    my $bare = start_mail();
    my $shop = shop(channels => [
        "mail: { email: { to: [a\@example.test, b\@example.test], from: x\@example.test, "
            . "server: 'smtp://localhost:" . $mail->port . "' } }",
        "bare: { email: { to: a\@example.test, from: x\@example.test, "
            . "server: 'smtp://localhost:" . $bare->port . "' } }" ]);
    fails($shop);
    my $run = probe($shop, '--deadline', '4s', { env => { SMTP_USER => 'ops', SMTP_PASSWORD => 'app password',
        SSL_CERT_FILE => cert_file('ca.pem') } });
    my ($kept) = $mail->mails;
    ok($kept, 'delivered') or diag $run->{err};
    ok($kept->{tls}, 'under TLS');
    is($kept->{user}, 'ops', 'with the login');
    is_deeply($kept->{to}, [ 'a@example.test', 'b@example.test' ], 'to both');
    like($kept->{text}, qr/^Message-ID: </mi, 'with a Message-ID');
    is(scalar $bare->mails, 0, 'a server without TLS gets nothing');
    like($run->{err}, qr/channel "bare": not delivered.*offers no STARTTLS/, 'which is said');
    unlike($run->{err} . $run->{out} . read_file($shop->{state}), qr/app password/, 'no password anywhere');
};

row 'CF28', 'the digest is one mail' => sub {
    my $mail = start_mail();
    my $shop = shop(channels => [ "sum: { email: { to: a\@example.test, from: x\@example.test, tls: none, "
            . "server: 'smtp://127.0.0.1:" . $mail->port . "' }, severities: [info], digest: true }" ],
        more => "  digest: { at: '00:00' }");
    fails($shop);
    probe($shop);
    is(scalar $mail->mails, 0, 'not in the first hour');
    a_day_passes($shop);
    probe($shop);
    my @mails = $mail->mails;
    is(scalar @mails, 1, 'the next day there is one');
    my $text = $mails[0]{text} || '';
    like($text, qr/Daily summary/, 'a summary');
    like($text, qr/1 error/, 'of what there was');
    like($text, qr/status 503/, 'in words');
    my ($head) = $text =~ s/=?\r?\n//gr =~ /the log of alerts is at ([0-9a-f]{64})/;
    ok($head, 'TX18: the head of the log stands in the mail');
    is(run_assay('report', 'verify', '--state', $shop->{state}, '--head', $head || 'none')->{exit}, 1,
        'TX18: this test moved its times, and that is found');
    probe($shop);
    is(scalar $mail->mails, 1, 'and not another one');
};

subtest 'Alertmanager' => sub {
    my $am = start_alertmanager();
    my $shop = shop(channels => [ "am: { alertmanager: { url: '" . $am->url . "' } }" ]);
    my $active = sub {
        my $got = http_get($am->port, '/api/v2/alerts?active=true');
        $got->{body} =~ s/\A[0-9a-f]+\r\n(.*)\r\n0\r\n\r\n\z/$1/s;
        return @{ decode_json($got->{body}) };
    };
    fails($shop);
    my $run = probe($shop);
    my @alerts = until_true(10, sub { my @a = $active->(); @a ? \@a : 0 });
    is(scalar @{ $alerts[0] || [] }, 1, 'it has the alert') or diag $run->{err};
    is($alerts[0][0]{labels}{alertname}, 'down', 'by its name');
    is($alerts[0][0]{labels}{severity}, 'critical', 'and severity');
    works($shop);
    probe($shop);
    ok(until_true(10, sub { !$active->() }), 'and when it is over, not any more');
};

subtest '--test-alerts' => sub {
    my $shop = shop(channels => [ webhook('try'), "worse: { webhook: { url: '$url/worse' } }" ]);
    plan_for('/worse', { status => 403, body => 'no tok-5ecret-value' });
    my $run = probe($shop, '--test-alerts');
    is($run->{exit}, 1, 'one fails: exit 1');
    like($run->{out}, qr/^ok +hook +HTTP 200\nfailed +worse +HTTP 403: no \[redacted\]\n\z/, 'a line each');
    is((told('try'))[0]{notices}[0]{kind}, 'test', 'it says what it is');
    is(scalar $hook->requests($shop->{path}), 0, 'no check ran');
    ok(!-e $shop->{state}, 'nothing is remembered');
    works($shop);
    plan_for('/worse', { status => 200 });
    is(probe($shop, '--test-alerts')->{exit}, 0, 'all are well: exit 0');
};

subtest 'heartbeat_url' => sub {
    my $shop = shop(channels => [ webhook('beat-hook') ], more => "  heartbeat_url: '$url/beat/\${secret.HOOK_TOKEN}'");
    fails($shop);
    is(probe($shop)->{exit}, 1, 'exit 1');
    is(scalar $hook->requests('/beat/tok-5ecret-value'), 1, 'assay itself runs');
    plan_for('/beat/tok-5ecret-value', { status => 500 });
    works($shop);
    my $run = probe($shop);
    is($run->{exit}, 0, 'its failure changes nothing');
    like($run->{err}, qr/heartbeat_url: HTTP 500/, 'but is logged');
    unlike($run->{err}, qr/5ecret/, 'without its secret');
};

row 'TX21', 'killed at any moment: nothing is lost, at most one is repeated' => sub {
    my $shop = shop(channels => [ webhook('kill') ]);
    plan_for('/kill', map { { hang => 0.02, status => 200 } } 1);
    my %expected;
    for my $i (1 .. 20) {
        $i % 2 ? fails($shop) : works($shop);
        my $run = probe($shop, { signal => 'KILL', signal_after => 0.005 * $i, timeout => 60 });
        # what it had begun is given back, and what it had not seen is seen
        time_passes($shop) if -e $shop->{state};
        probe($shop);
        time_passes($shop);
    }
    works($shop);
    probe($shop);
    my $seen = notices($shop);
    is_deeply($seen->{waiting}, [], 'nothing waits');
    my %times;
    for my $told (told('kill')) {
        $times{"$_->{episode} $_->{kind}"}++ for @{ $told->{notices} };
    }
    my @letters = map { $_->{letter} } grep { $_->{status} eq 'sent' } @{ $seen->{tries} };
    my %letters = map { $_ => 1 } @letters;
    is(scalar(keys %times), scalar(keys %letters), 'each notice was told');
    is(scalar(grep { $_ > 2 } values %times), 0, 'none more than twice');
    cmp_ok(scalar(keys %times), '>=', 20, 'and there were many');
};

done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Mail by the engine, to a real SMTP server.
use strict;
use warnings;
use IPC::Open2;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use Assay;
use Receivers;

my $json = JSON::PP->new->canonical;
my $pid = open2(my $from_tool, my $to_tool,
    Assay::binary('EXCHANGE', 'build/exchange'), 'auto');
my $TEXT = "From: a\@assay.test\r\nTo: ops\@example.test\r\nSubject: =?utf-8?B?w6Q=?=\r\n"
    . "\r\n.a line with a dot\r\n..\r\nthe end\r\n";

sub mail {
    my ($server, %more) = @_;
    my $scheme = delete $more{scheme} || 'smtp';
    print {$to_tool} $json->encode({ url => "$scheme://localhost:" . $server->port,
        from => 'a@assay.test', to => ['ops@example.test'], body => $TEXT,
        ca => cert_file('ca.pem'), ms => within(20_000), %more }), "\n";
    $to_tool->flush;
    my $line = readline $from_tool;
    my $answer = $json->decode($line);
    $answer->{body} = pack 'H*', $answer->{body};
    return $answer;
}

row 'DA7', 'STARTTLS and a login' => sub {
    my $server = start_mail('--login', 'me:app password', '--need-tls', starttls => 1);
    my %login = (user => 'me', password => 'app password', tls => JSON::PP::true);
    my $answer = mail($server, %login);
    is($answer->{outcome}, 'ok', 'delivered') or diag $answer->{detail};
    is($answer->{status}, 250, 'the code of the server');
    is($answer->{protocol}, 'SMTP', 'the protocol');
    like($answer->{body}, qr/queued as TEST1/, 'and its words');
    my ($kept) = $server->mails;
    ok($kept->{tls}, 'under TLS');
    is($kept->{user}, 'me', 'with the login');
    is($kept->{from}, 'a@assay.test', 'the sender');
    is_deeply($kept->{to}, ['ops@example.test'], 'the recipient');
    is($kept->{text}, $TEXT, 'the text, dots and all');

    $answer = mail($server, %login, password => 'wrong');
    is($answer->{outcome}, 'status', 'a wrong password');
    is($answer->{status}, 535, 'its code');
    like($answer->{detail}, qr/^the login was refused: 535/, 'in words');
    unlike($json->encode($answer), qr/wrong|d3Jvbmc/, 'and no word of the password');
};

row 'DA7', 'nothing is sent without TLS' => sub {
    my $server = start_mail();
    my $answer = mail($server, tls => JSON::PP::true, user => 'me', password => 'secret');
    is($answer->{outcome}, 'tls-fail', 'a server without STARTTLS');
    like($answer->{detail}, qr/offers no STARTTLS/, 'is told');
    is(scalar $server->mails, 0, 'and gets nothing');
    is(mail($server)->{outcome}, 'ok', 'where it may be in clear, it is');
    is(scalar $server->mails, 1, 'taken');
};

row 'DA7', 'certificates are verified' => sub {
    for my $case ([ 'expired', 'tls-expired' ], [ 'wrong-name', 'tls-name' ],
        [ 'self-signed', 'tls-self-signed' ]) {
        my ($cert, $outcome) = @$case;
        my $server = start_mail(starttls => 1, cert => $cert);
        for my $needs (JSON::PP::true, JSON::PP::false) {
            my $answer = mail($server, tls => $needs);
            is($answer->{outcome}, $outcome, "$cert, needed: $needs");
            is(scalar $server->mails, 0, 'nothing was sent');
        }
    }
};

subtest 'TLS from the first byte' => sub {
    my $server = start_mail('--implicit', starttls => 1);
    my $answer = mail($server, scheme => 'smtps', tls => JSON::PP::true);
    is($answer->{outcome}, 'ok', 'delivered') or diag $answer->{detail};
    my ($kept) = $server->mails;
    ok($kept->{tls}, 'under TLS');
};

subtest 'several recipients' => sub {
    my $server = start_mail('--refuse', 'gone@example.test', '--busy', 'busy@example.test');
    my $answer = mail($server, to => [ 'gone@example.test', 'a@example.test', 'busy@example.test' ]);
    is($answer->{outcome}, 'ok', 'one that is refused keeps it not from the others');
    like($answer->{detail}, qr/^2 of 3 recipients were refused: gone\@example\.test \(550 5\.1\.1.*busy\@example\.test \(450/,
        'who was refused');
    my ($kept) = $server->mails;
    is_deeply($kept->{to}, ['a@example.test'], 'who was not');
    $answer = mail($server, to => ['gone@example.test']);
    is("$answer->{outcome} $answer->{status}", 'status 550', 'the only one is refused');
    like($answer->{detail}, qr/^every recipient was refused: 550/, 'in words');
    $answer = mail($server, to => ['busy@example.test']);
    is("$answer->{outcome} $answer->{status}", 'status 450', 'the only one is busy');
};

subtest 'servers that do not do their part' => sub {
    my $deaf = start_mail('--deaf', starttls => 1);
    my $begin = time;
    is(mail($deaf, tls => JSON::PP::true)->{outcome}, 'ok', 'one that does not answer QUIT');
    is(scalar $deaf->mails, 1, 'has it');
    cmp_ok(time - $begin, '<', within(10), 'and is not waited for');
    my $hangs = start_mail('--hang-after', 1);
    my $answer = mail($hangs, ms => within(300));
    is($answer->{outcome}, 'timeout', 'one that hangs') or diag $answer->{detail};
    my $closes = start_mail('--close-after', 1);
    $answer = mail($closes);
    like($answer->{outcome}, qr/^(?:closed|reset)$/, 'one that closes') or diag $answer->{detail};
    is($answer->{status}, 0, 'there was no answer');
    my $origin = start_origin(raw => ['banner:554 no mail here\\r\\n', 'silent']);
    $answer = mail($origin, url => 'smtp://127.0.0.1:' . $origin->raw_port('banner'));
    is("$answer->{outcome} $answer->{status}", 'status 554', 'one that takes no mail');
    $answer = mail($origin, url => 'smtp://127.0.0.1:' . $origin->raw_port('silent'), ms => within(300));
    is($answer->{outcome}, 'timeout', 'one that says nothing');
    $answer = mail($origin, url => 'smtp://127.0.0.1:' . free_port());
    is($answer->{outcome}, 'refused', 'none at all');
};

subtest 'what is no mail' => sub {
    my $server = start_mail();
    for my $bad ([ from => "a\@test>\r\nRSET" ], [ from => '' ], [ to => [] ],
        [ to => ["b\@test\r\nDATA"] ], [ to => ['b c@test'] ]) {
        my $answer = mail($server, @$bad);
        is($answer->{outcome}, 'value', "a bad $bad->[0]");
    }
    is(scalar $server->mails, 0, 'nothing was sent');
};

close $to_tool;
waitpid $pid, 0;
is($?, 0, 'the tool ends well');
done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The mails and messages that the unit tests hold fast, as programs of others
# read them: headers, encoded words and parts by Perl's own modules.
use strict;
use warnings;
use Encode qw(decode FB_CROAK);
use FindBin;
use JSON::PP;
use MIME::QuotedPrint qw(decode_qp);
use Test::More;
use Assay;

my $golden = "$FindBin::Bin/../golden/notice";

# name => text of each case of one channel
sub cases {
    my ($channel) = @_;
    my %case;
    my $name;
    for my $piece (split /^=== (\w+)\n\n/m, read_file("$golden/$channel.txt")) {
        if (defined $name) {
            $case{$name} = $piece;
            undef $name;
        } elsif ($piece =~ /^\w+$/) {
            $name = $piece;
        }
    }
    return \%case;
}

# What a mail reader makes of it.
sub mail {
    my ($text) = @_;
    $text =~ s/\A.*?^(?=Date: )//ms;
    my ($head, $body) = split /\r\n\r\n/, $text, 2;
    $head =~ s/\r\n(?=[ \t])//g;
    my %mail;
    for my $line (split /\r\n/, $head) {
        my ($key, $value) = $line =~ /^([A-Za-z-]+): ?(.*)$/
            or die "no header: $line";
        die "$key twice" if exists $mail{head}{$key};
        $mail{head}{$key} = decode('MIME-Header', $value);
    }
    my ($boundary) = $mail{head}{'Content-Type'} =~ /boundary="([^"]+)"/;
    my (undef, @parts) = split /(?:\r\n)?--\Q$boundary\E/, "\r\n$body";
    $mail{last} = pop @parts;
    for my $part (@parts) {
        my ($about, $encoded) = split /\r\n\r\n/, $part, 2;
        my ($type) = $about =~ m{Content-Type: text/(\w+); charset=utf-8};
        $mail{longest} = 0;
        for (split /\r\n/, $encoded) {
            $mail{longest} = length if length > $mail{longest};
        }
        $encoded =~ s/\r\n/\n/g;
        $mail{$type} = decode('UTF-8', decode_qp($encoded), FB_CROAK);
    }
    return \%mail;
}

my %mail = map { $_ => mail(cases('email')->{$_}) }
    qw(firing resolved hostile batch digest);

row 'CF14', 'a mail reads the same in text and HTML', sub {
    my $m = $mail{firing};
    is($m->{head}{Subject},
        '[CRITICAL] Service Down: ready (Clicky Foundation, production)',
        'subject');
    is($m->{head}{To}, "ops\@example.org, \x{c4}rzte Team " .
        '<aerzte@example.org>, b@example.org', 'recipients');
    is($m->{head}{'Auto-Submitted'}, 'auto-generated', 'nobody answers it');
    like($m->{plain}, qr/^503 instead of 200: database is unhealthy$/m,
        'the evidence in text');
    like($m->{html}, qr/503 instead of 200: database is unhealthy/,
        'the evidence in HTML');
    like($m->{last}, qr/\A--\s*\z/, 'both parts end');
};

row 'CF27', 'the end of an outage is in the thread of its beginning', sub {
    my $m = $mail{resolved};
    is($m->{head}{References}, $mail{firing}{head}{'Message-ID'}, 'thread');
    isnt($m->{head}{'Message-ID'}, $mail{firing}{head}{'Message-ID'}, 'own id');
    like($m->{plain}, qr/^Down for: 12 min 4 s$/m, 'its length');
};

row 'CF28', 'the digest is a table', sub {
    my $rows = () = $mail{digest}{html} =~ /<tr><td/g;
    is($rows, 3, 'a row for each thing that happened');
    like($mail{digest}{html}, qr/&lt;no space left&gt; &amp; more/, 'escaped');
};

subtest 'a hostile text stays a text' => sub {
    my $m = $mail{hostile};
    is_deeply([ sort keys %{ $m->{head} } ],
        [ sort 'Auto-Submitted', 'Content-Type', 'Date', 'From', 'In-Reply-To',
            'MIME-Version', 'Message-ID', 'References', 'Subject', 'To' ],
        'no header of another');
    like($m->{head}{Subject}, qr/Bcc: evil\@example\.org/, 'it is in the line');
    unlike($m->{html}, qr/<script|<!channel/, 'no markup of another');
    like($m->{plain}, qr/--=_assay_part_=--/, 'no part ends early');
};

subtest 'lines and batches' => sub {
    cmp_ok($_->{longest}, '<=', 76, 'short lines') for values %mail;
    like($mail{batch}{plain}, qr/^and 3 more:$/m, 'the rest is counted');
};

row 'CF15', 'Telegram is sent what the document shows', sub {
    my ($json) = cases('telegram')->{firing} =~ /^(\{.*\})/ms;
    my $sent = decode_json($json);
    like($sent->{text}, qr/\A\x{1f534} \*Service Down: ready\*\n\n3 failures /,
        'emoji, title and message');
    like($sent->{text}, qr/\n\n\x{1f550} 2026-01-02T03:04:05Z\z/, 'clock');
    is($sent->{parse_mode}, 'Markdown', 'mode');
};

done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Secrets: planted everywhere, then everything that a run leaves behind is
# searched for them, also spelled otherwise and in part.
use strict;
use warnings;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Test::More;
use Assay;

# ---- what is secret

my %secret = (
    TOKEN => 'tk_9fQ2vXr7LmZ4bNc8WsD1yHu6KpT',
    PASS => "gr0ss/f1sch+\"a&b<c>'\\d\xc3\xbc ?#%x",
    LONG => join('', map { chr(33 + ($_ * $_ * 7 + $_ * 31) % 90) } 1 .. 700),
);
$secret{LONG} =~ tr/"'\\\$`{}<>&%/a-k/;
my %captured = (json => 'cj4Wq81-zLp0Xw7', header => 'ch9Tf63_vBn2Qe5',
    cookie => 'cc7Yk05.uMj8Rd1', regex => 'cr2Hs48~iGa6Ov3');
my $pem_body = join "\n", map { substr encode_base64(join('', map {
    chr(($_ * 37 + $_ * $_) % 251) } 1 .. 480), ''), $_ * 64, 64 } 0 .. 9;
my $pem = "-----BEGIN PRIVATE KEY-----\n$pem_body\n-----END PRIVATE KEY-----\n";
# what nobody declared, and what is secret by its place
# (capital letters in the signature: a request's id is hexadecimal and small,
# and seven of its digits are seven of another text's once in a thousand runs)
my %placed = (signature => '5D672D79C15B13162D9279B0855CFBA6',
    credential => 'AKIDQZ7TEXAMPLE9', security => 'FQoGZXIvYXdzEJr2Lw',
    sig => 'hB3nVt6KqWx', query_key => 'q8Kd2Lm5Zp', jwt => 'c2lnbmF0dXJlX3g5',
    userinfo => 'u5erPa55w0rd', cookie => 's3ss10nOfServer',
    json => 'jsonPl4ced77', form => 'formPl4ced88');
my $jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4OTEyMyJ9.' . $placed{jwt};

# ---- how a leak is found

my $RUN = 7; # bytes in a row that must not be seen

sub base64_runs {
    my ($bytes) = @_;
    my @runs;
    for my $before (0 .. 2) {
        my $coded = encode_base64("\0" x $before . $bytes, '');
        $coded =~ s/=+\z//;
        my $first = int((8 * $before + 5) / 6);
        my $n = int(8 * ($before + length $bytes) / 6) - $first;
        my $whole = substr $coded, $first, $n;
        push @runs, map { substr $whole, $_, 10 } 0 .. $n - 10;
    }
    return @runs, map { tr{+/}{-_}r } @runs;
}

sub runs {
    my ($bytes) = @_;
    my %runs;
    for my $at (0 .. length($bytes) - $RUN) {
        my $run = substr $bytes, $at, $RUN;
        $runs{$_} = 1 for $run, unpack('H*', $run), uc unpack('H*', $run);
    }
    $runs{$_} = 1 for base64_runs($bytes);
    return keys %runs;
}

my %name_of;
for my $set (\%secret, \%captured, \%placed) {
    for my $name (keys %$set) { $name_of{$_} = $name for runs($set->{$name}) }
}
$name_of{$_} = 'PEM' for map { runs($_) } (split /\n/, $pem_body)[0, 1, 8, 9];
my $any = join '|', map { quotemeta } sort { length $b <=> length $a || $a cmp $b }
    keys %name_of;
$any = qr/($any)/;

sub from_percent { return $_[0] =~ s/%([0-9a-fA-F]{2})/chr hex $1/ger }

sub from_escapes {
    my ($text) = @_;
    my %plain = (n => "\n", r => "\r", t => "\t", b => "\b", f => "\f");
    $text =~ s{\\(?:u([0-9a-fA-F]{4})|(.))}{
        if (defined $1) { my $c = chr hex $1; utf8::encode($c); $c }
        else { exists $plain{$2} ? $plain{$2} : $2 } }ges;
    return $text;
}

sub from_html {
    my ($text) = @_;
    my %plain = (amp => '&', lt => '<', gt => '>', quot => '"', apos => "'");
    $text =~ s{&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(amp|lt|gt|quot|apos));}{
        if (defined $3) { $plain{$3} }
        else { my $c = chr(defined $1 ? hex $1 : $2); utf8::encode($c); $c } }ge;
    return $text;
}

# Every way to read a text that two decoders in a row give.
sub readings {
    my ($text) = @_;
    my %seen = ($text => 1);
    for (1 .. 2) {
        for my $t (keys %seen) {
            $seen{$_} = 1 for from_percent($t), from_escapes($t), from_html($t),
                $t =~ tr/+/ /r, $t =~ s/\e\[[0-9;]*m//gr;
        }
    }
    return keys %seen;
}

# The first leak, or undef.
sub leak {
    my ($text) = @_;
    for my $t (readings($text)) {
        next unless $t =~ $any;
        my $run = $1;
        my $from = $-[1] > 60 ? $-[1] - 60 : 0;
        return "$name_of{$run} as \"$run\" in ..." . substr $t, $from, 200;
    }
    return;
}

sub hides {
    my ($left, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    for my $where (sort keys %$left) {
        my $leak = leak($left->{$where});
        is($leak, undef, "$name: $where") if defined $leak;
    }
    ok(scalar keys %$left, "$name: " . keys(%$left) . ' texts searched');
}

# ---- a server that says what it is told, byte by byte

my $dir = temp_dir('canned');
write_file("$dir/server.pl", <<'SERVER');
use strict; use warnings; use IO::Socket::INET; use IO::Select;
my ($dir) = @ARGV; $| = 1; $SIG{PIPE} = 'IGNORE';
my $l = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1000) or die;
print $l->sockport, "\n";
while (my $c = $l->accept) {
    my ($in, $name) = ('', 'line');
    while (IO::Select->new($c)->can_read(10) && sysread $c, $in, 65536, length $in) {
        if ($in =~ /\A[A-Z]+ \S+ HTTP/) {
            next unless $in =~ /\r\n\r\n/;
            my ($body) = $in =~ /\r\n\r\n(.*)/s;
            syswrite $c, "HTTP/1.1 100 Continue\r\n\r\n" if $in =~ s/^Expect: 100.*\n//mi;
            next if $in =~ /^content-length: *(\d+)/mi && length $body < $1;
            ($name) = $in =~ m{\A[A-Z]+ (?:https?://[^/]+)?/(\w*)};
            last;
        }
        last if $in =~ /\n/;
    }
    open my $log, '>>:raw', "$dir/requests" or die; print $log $in; close $log;
    if (open my $f, '<:raw', "$dir/say-$name") {
        local $/; my $say = <$f>;
        my $at = 0;
        while ($at < length $say) {
            my $n = syswrite $c, $say, 65536, $at; last unless $n; $at += $n;
        }
    }
    close $c;
}
SERVER
my $server = start_peer('canned', [$^X, "$dir/server.pl", $dir], {
    dir => $dir, ready => sub { read_file("$dir/out") =~ /\n/ } });
my ($port) = read_file("$dir/out") =~ /(\d+)/;
my $base = "http://127.0.0.1:$port";
my $dead = free_port();

# Makes the path /NAME say this; its URL.
sub says {
    my ($name, $body, %opt) = @_;
    my $length = exists $opt{length} ? $opt{length} : length $body;
    write_file("$dir/say-$name", join "\r\n", 'HTTP/1.1 ' .
        ($opt{status} || '200 OK'), 'Content-Type: ' .
        ($opt{type} || 'text/plain'), "Content-Length: $length",
        'Connection: close', @{ $opt{headers} || [] }, '', $body);
    return "$base/$name";
}

# ---- a run, and all that it leaves behind

my $file_long = write_file(temp_dir() . '/long', "$secret{LONG}\n");
my $file_pem = write_file(temp_dir() . '/pem', $pem);
chmod 0600, $file_long, $file_pem;
my %env = (TOKEN => $secret{TOKEN}, PASS => $secret{PASS});
my $head = "secrets:\n  - TOKEN\n  - { name: password, env: PASS }\n" .
    "  - { name: LONG, file: $file_long }\n  - { name: PEM, file: $file_pem }\n";

my $run_count = 0;
sub leaves {
    my ($args, $opt) = @_;
    my $n = temp_dir('left');
    my %all = %{ $opt->{env} || \%env };
    my %left;
    my @files = map { ("--$_", "$n/$_") } qw(json junit tap markdown);
    my $first = run_assay('probe', @$args, @files, '-v', '--color', 'always',
        '--log-level', 'debug', '--log-format', 'json', '--log-file', "$n/log",
        { env => { %all, GITHUB_ACTIONS => 'true', GITHUB_WORKSPACE => $n,
              GITHUB_STEP_SUMMARY => "$n/summary",
              GITHUB_OUTPUT => "$n/output" }, %{ $opt->{run} || {} } });
    my $second = run_assay('probe', @$args, '--log-level', 'debug',
        '--log-format', 'text', { env => \%all, %{ $opt->{run} || {} } });
    @left{qw(out err out-plain log-text)} =
        ($first->{out}, $first->{err}, $second->{out}, $second->{err});
    for my $name (qw(json junit tap markdown log summary output)) {
        $left{$name} = read_file("$n/$name") if -e "$n/$name";
    }
    if (-e "$n/json") {
        my $again = run_assay('report', "$n/json", '-v', '--junit', "$n/j2",
            '--tap', "$n/t2", '--markdown', "$n/m2", '--json', "$n/r2");
        $left{report} = $again->{out} . $again->{err};
        $left{"report-$_"} = read_file("$n/$_") for qw(j2 t2 m2 r2);
    }
    $left{exit} = $first->{exit};
    return \%left;
}

# checks: name => the lines of its steps.
sub file_of {
    my ($top, @checks) = @_;
    my $text = "${top}checks:\n";
    while (@checks) {
        my ($name, $steps) = splice @checks, 0, 2;
        $text .= "  $name:\n    timeout: 5s\n    steps:\n$steps";
    }
    return scenario($text);
}

sub probe_hides {
    my ($name, $exit, @checks) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $left = leaves([file_of($head, @checks)]);
    is(delete $left->{exit}, $exit, "$name: exit code")
        or diag substr $left->{err} . $left->{'out-plain'}, 0, 2000;
    hides($left, $name);
    return $left;
}

subtest 'the search finds what it is to find' => sub {
    my $t = $secret{TOKEN};
    is(leak('nothing of it'), undef, 'nothing');
    ok(leak("x${t}y"), 'as it is');
    ok(leak('x' . substr($t, 0, 7)), 'its start');
    ok(leak(substr($t, -7) . 'y'), 'its end');
    ok(leak(unpack 'H*', $t), 'hexadecimal');
    ok(leak(encode_base64("user:$t", '')), 'base64');
    ok(leak(url_encode($secret{PASS})), 'percent');
    ok(leak(lc url_encode(url_encode($secret{PASS}))), 'percent, twice');
    ok(leak(join '', map { sprintf '\\u%04x', ord } split //, $t), 'escaped');
    ok(leak(join '', map { sprintf '&#%d;', ord } split //, $t), 'entities');
};

# ---- what is sent

my $plain = says('plain', 'ok');
my $user = url_encode($placed{userinfo});
my %sent = (
    path => "get: '$base/plain/\${urlencode(secret.password)}/\${secret.TOKEN}'",
    query => "get: '$plain?a=\${urlencode(secret.password)}&b=\${secret.TOKEN}'",
    query_keys => "get: $plain\n        query: { q: '\${secret.password}', " .
        "r: '\${secret.LONG}', sig: $placed{sig} }",
    userinfo => "get: 'http://joe:\${urlencode(secret.password)}\@127.0.0.1:" .
        "$port/plain'",
    userinfo_clear => "get: 'http://joe:$user\@127.0.0.1:$port/plain'",
    headers => "get: $plain\n        headers:\n" .
        "          Authorization: 'Bearer \${secret.TOKEN}'\n" .
        "          Cookie: 'sid=\${secret.TOKEN}; other=$placed{cookie}'\n" .
        "          X-Api-Key: '\${secret.LONG}'\n" .
        "          X-Whatever: 'a \${secret.password} b'",
    text => "post: $plain\n        body: 'a \${secret.password} b'",
    json => "post: $plain\n        json: { p: '\${secret.password}', " .
        "password: $placed{json}, l: ['\${secret.LONG}'] }",
    form => "post: $plain\n        form: { p: '\${secret.password}', " .
        "password: $placed{form} }",
    multipart => "post: $plain\n        multipart:\n          p: " .
        "'\${secret.PEM}'\n          q: { text: '\${secret.password}', " .
        "filename: '\${secret.TOKEN}' }",
    basic => "get: $plain\n        auth: { basic: { user: '\${secret.TOKEN}', " .
        "password: '\${secret.password}' } }",
    digest => "get: $plain\n        auth: { digest: { user: joe, " .
        "password: '\${secret.password}' } }",
    bearer => "get: $plain\n        auth: { bearer: '\${secret.TOKEN}' }",
    coded => "get: '$plain?a=\${base64(secret.TOKEN)}&b=\${urlencode(" .
        "base64(secret.password))}'",
    name => "get: $plain\n        name: 'step of \${secret.TOKEN}'",
    presigned => "get: '$plain?X-Amz-Algorithm=A&X-Amz-Credential=" .
        "$placed{credential}%2F2026&X-Amz-Signature=$placed{signature}" .
        "&X-Amz-Security-Token=$placed{security}&sig=$placed{sig}" .
        "&key=$placed{query_key}&token=$jwt&password=$placed{form}'",
    tcp => "tcp: 127.0.0.1:$port\n        send: \"LOGIN \${secret.TOKEN} " .
        "\${secret.password}\\n\"",
);
write_file("$dir/say-line", "-ERR $secret{TOKEN} and $secret{PASS}\n");

my %rows = (CF10 => [sort keys %sent], TX8 => [qw(basic bearer digest headers)]);
for my $id (sort keys %rows) {
    row $id, 'what is sent, with good and with bad answers', sub {
        for my $good (1, 0) {
            my @checks = map {
                my $expect = $_ eq 'tcp' ? "{ answer: { starts_with: '" .
                    ($good ? '-' : '+') . "' } }"
                    : '{ status: ' . ($good ? 200 : 299) . ' }';
                ($_, "      - $sent{$_}\n        expect: $expect\n");
            } @{ $rows{$id} };
            my $left = probe_hides($good ? 'good' : 'bad', $good ? 0 : 1,
                @checks);
            next if $id eq 'TX8';
            like($left->{json}, qr/\[redacted\]/, 'something was taken out');
        }
        my $got = read_file("$dir/requests");
        for my $part ($secret{TOKEN}, url_encode($secret{PASS}),
            "X-Whatever: a $secret{PASS} b", "LOGIN $secret{TOKEN}", $pem_body,
            $placed{signature}, 'Basic ' . encode_base64("joe:$secret{PASS}", '')) {
            ok(index($got, $part) >= 0, 'it was really sent');
        }
    };
}

# ---- what comes back

sub json_text { return JSON::PP->new->latin1->encode([$_[0]]) =~ s/\A\[|\]\z//gr }
sub html { return $_[0] =~ s/([&<>"'])/sprintf '&#%d;', ord $1/ger }
sub escaped { return join '', map { sprintf '\\u%04x', ord } split //, $_[0] }

my %spelled = (
    raw => sub { $_[0] },
    json => \&json_text,
    escaped => \&escaped,
    base64 => sub { encode_base64($_[0], '') },
    base64_in => sub { encode_base64("joe:$_[0]", '') },
    base64_on => sub { encode_base64("jo:$_[0]:x", '') },
    base64_lines => sub { encode_base64("{$_[0]}") },
    percent => sub { url_encode($_[0]) },
    percent_low => sub { url_encode($_[0]) =~ s/(%..)/lc $1/ger },
    percent_all => sub { join '', map { sprintf '%%%02x', ord } split //, $_[0] },
    percent_twice => sub { url_encode(url_encode($_[0])) },
    html => \&html,
    html_hex => sub { join '', map { sprintf '&#x%x;', ord } split //, $_[0] },
    hex => sub { unpack 'H*', $_[0] },
    hex_up => sub { uc unpack 'H*', $_[0] },
);

row 'CF10', 'an answer that says it back, in any spelling', sub {
    my @checks;
    for my $how (sort keys %spelled) {
        my %is = map { $_ => $spelled{$how}->($secret{$_}) } keys %secret;
        my $all = "it was $is{TOKEN} then $is{PASS}, $is{LONG}.";
        my $line = $all =~ s/\s+/ /gr;
        my $url = says("echo_$how", $all, status => "500 $is{TOKEN}",
            headers => ["X-Said: $line", "Set-Cookie: back=$is{TOKEN}; path=/",
                "X-$is{TOKEN}: name"]);
        push @checks, "echo_$how", "      - get: $url\n        expect:\n" .
            "          body: nothing\n          headers: { X-Said: nothing, " .
            "Set-Cookie: nothing }\n          cookies: { back: nothing }\n";
        my $text = json_text($all);
        $text = '"' . $is{TOKEN} . $is{LONG} . '"' if $how eq 'escaped';
        $url = says("in_$how", "{\"a\":$text,\"b\":[$text,{\"c\":$text}]," .
            "$text:$text}", type => 'application/json');
        push @checks, "in_$how", "      - get: $url\n        expect:\n" .
            "          json:\n            \$.a: nothing\n            \$.b: " .
            "nothing\n            '\$.b.*': { each: nothing }\n" .
            "            \$: { each: { eq: 3 } }\n";
    }
    probe_hides('said back', 1, @checks);
};

subtest 'a redirect, and an error that holds it' => sub {
    my @checks;
    for my $how (qw(raw percent percent_low percent_all base64 hex)) {
        my $is = $spelled{$how}->($secret{TOKEN});
        for my $to ("$base/plain/$is?sig=$placed{sig}#x", "ftp://h/$is",
            "http://joe:$user\@127.0.0.1:$dead/$is", "http://[$is/",
            "http://$is.invalid./x", "//127.0.0.1:$dead/?key=$is") {
            my $name = 'go_' . scalar @checks;
            my $url = says($name, '', status => '302 Found',
                headers => ["Location: $to"]);
            push @checks, $name, "      - get: $url\n        redirects: 3\n" .
                "        expect: { url: nothing }\n";
        }
    }
    probe_hides('redirects', 1, @checks);
};

# ---- cut by a limit

# Every limit that a text meets, with the cut everywhere in the secret.
subtest 'a limit that cuts through it' => sub {
    my @limits = (120, 200, 300, 512, 700, 780, 2048, 4096);
    for my $round (map { [$_, $secret{TOKEN}],
        [$_, "http://joe:$user\@db.example.org/"] } @limits) {
        my ($limit, $t) = @$round;
        my @checks;
        for my $back (-2 .. 34) {
            my $pad = 'ab ' x (($limit - $back) / 3);
            $pad .= '-' x ($limit - $back - length $pad);
            my $name = "cut_${limit}_" . ($back < 0 ? 'm' . -$back : $back);
            my $flat = $pad =~ tr/ /./r;
            my $url = says($name, "{\"a\":\"$pad$t\",\"b\":[\"$flat$t\"]}",
                type => 'application/json', headers => ["X-Long: $flat$t",
                "Location: /$flat$t"]);
            push @checks, $name, "      - get: $url\n        redirects: 0\n" .
                "        expect:\n          body: nothing\n          headers: " .
                "{ X-Long: nothing, Location: nothing }\n          json:\n" .
                "            \$.a: nothing\n            \$.b: { each: no }\n" .
                "            '\$.b.*': { each: 3 }\n" .
                "        capture: { c: { json: \$.a } }\n" .
                "      - get: '$url/$flat\${secret.TOKEN}?q=\${c}'\n" .
                "        expect: { url: nothing }\n";
        }
        probe_hides("limit $limit", 1, @checks);
    }
};

subtest 'what shrinks when it is redacted does not move the cut' => sub {
    my $t = $secret{TOKEN};
    my @checks;
    for my $n (20 .. 34) {
        for my $gap ("\n" x 190, $secret{LONG}, $t x 8) {
            my $name = 'shrink_' . scalar @checks;
            my $body = ($gap . 'y' x $n) x 60 . $t;
            my $url = says($name, "[\"" . ($body =~ s/\n/\\n/gr) . "\"]",
                type => 'application/json', headers =>
                ['X-Long: ' . substr(($body =~ tr/\n/ /r), 0, 4000) . $t]);
            push @checks, $name, "      - get: $url\n        expect:\n" .
                "          body: nothing\n          headers: { X-Long: no }\n" .
                "          json: { '\$[0]': no, \$: { each: 3 } }\n";
        }
    }
    probe_hides('shrinks', 1, @checks);
};

subtest 'an answer that ends in the middle of it' => sub {
    my @checks;
    for my $n (1 .. length($secret{TOKEN}) - 1) {
        my $part = substr $secret{TOKEN}, 0, $n;
        my $url = says("half_$n", "at $part", length => 500);
        push @checks, "half_$n", "      - get: $url\n";
        $url = says("large_$n", "at $secret{TOKEN} x");
        push @checks, "large_$n", "      - get: $url\n        max_body: " .
            (3 + $n) . "B\n";
        write_file("$dir/say-head_$n", "HTTP/1.1 200 OK\r\nX-A: $part");
        push @checks, "head_$n", "      - get: $base/head_$n\n";
    }
    probe_hides('half', 1, @checks);
};

# What is secret by its place, cut anywhere: by the server, by a limit of ours,
# or as it was written.
subtest 'a place that is cut in the middle' => sub {
    my $basic = encode_base64("joe:$placed{userinfo}", '');
    my %full = (url => "at http://joe:$user\@db.example.org/",
        urlenc => "at http%3A%2F%2Fjoe%3A$user%40db.example.org",
        escaped => "at http:\\/\\/joe:$user\@db.example.org/",
        basic => "Authorization: Basic $basic", token => "t=$jwt ",
        prose => "the header was Basic $basic",
        query => "http://h/?a=1&sig=$placed{sig}&key=$placed{query_key}",
        member => "x\\\"password\\\":\\\"$placed{json}\\\"");
    for my $how (sort keys %full) {
        my @checks;
        my $is = $full{$how};
        for my $n (8 .. length $is) {
            my $part = substr $is, 0, $n;
            next if $part =~ /[^\\]\\\z/;
            my $url = says("half_$n", "{\"a\":\"$part", length => 500);
            my $more = "      - get: $url\n        expect: { body: nothing, " .
                "json: { \$.a: nothing } }\n";
            push @checks, "half_$n", $more;
            $url = says("large_$n", "{\"a\":\"$is x");
            push @checks, "large_$n", "      - get: $url\n        max_body: " .
                (6 + $n) . "B\n";
            write_file("$dir/say-head_$n", "HTTP/1.1 200 OK\r\nX-A: $part");
            push @checks, "head_$n", "      - get: $base/head_$n\n";
            $url = says("whole_$n", "{\"a\":\"$part\"}", headers =>
                ["X-A: $part"], type => 'application/json');
            push @checks, "whole_$n", "      - get: $url\n        expect:\n" .
                "          body: nothing\n          headers: { X-A: b }\n" .
                "          json: { \$.a: nothing }\n";
        }
        probe_hides("cut $how", 1, @checks);
    }
};

# ---- captures

subtest 'a secret that was captured, and used later' => sub {
    my $url = says('login', "{\"access\":\"$captured{json}\"} " .
        "code=<$captured{regex}>", type => 'text/html', headers =>
        ["X-Given: $captured{header}", "Set-Cookie: c=$captured{cookie}; path=/"]);
    my $json = says('access', "{\"access\":\"$captured{json}\"}",
        type => 'application/json');
    my $back = says('back', "you said $captured{json} $captured{regex} " .
        "$captured{header} " . encode_base64("x:$captured{cookie}", ''),
        status => '403 Forbidden', headers => ["X-Back: $captured{header}"]);
    my $steps = "      - get: $json\n        capture: { j: " .
        "{ json: \$.access, secret: true } }\n      - get: $url\n" .
        "        capture:\n          h: { header: X-Given, secret: true }\n" .
        "          c: { cookie: c, secret: true }\n          r: { regex: " .
        "'code=<([^>]*)>', secret: true }\n" .
        "      - get: '$back/\${j}?a=\${h}&b=\${urlencode(c)}'\n" .
        "        name: 'with \${j} and \${r}'\n        headers: " .
        "{ Authorization: 'Bearer \${j}', X-Other: '\${h}', " .
        "Cookie: 'a=\${c}' }\n        expect:\n          status: 200\n" .
        "          body: { contains: '\${c}-\${r}' }\n          headers: " .
        "{ X-Back: { eq: 'no \${j}' } }\n          url: '\${h}'\n";
    my $left = probe_hides('captured', 1, 'login', $steps);
    like($left->{json}, qr/redacted/, 'it was met');
    probe_hides('captured, then a failure', 1, 'login', $steps .
        "      - get: 'http://\${j}.invalid/'\n");
};

subtest 'a captured secret is not forgotten for others' => sub {
    my $json = says('access', "{\"access\":\"$captured{json}\"}",
        type => 'application/json');
    my $many = says('many', 'x', headers => [map {
        "Set-Cookie: n$_=value-number-$_" } 1 .. 600]);
    my $back = says('back', "you said $captured{json}");
    probe_hides('many cookies', 1, 'a', "      - get: $json\n        capture: " .
        "{ j: { json: \$.access, secret: true } }\n      - get: $many\n" .
        "      - get: $many\n      - get: $back\n" .
        "        expect: { body: nothing }\n");
};

subtest 'a cookie is not told, however short' => sub {
    my $url = says('short', 'x', headers => ['Set-Cookie: a=~Q7']);
    my $left = leaves([file_of($head, a => "      - get: $url\n        expect: " .
        "{ cookies: { a: no }, headers: { Set-Cookie: { contains: no } } }\n")]);
    is(delete $left->{exit}, 1, 'exit code');
    unlike(join('', values %$left), qr/~Q7/, 'not a byte');
};

# ---- templates, expectations and names

subtest 'expectations that name it' => sub {
    my $url = says('other', '{"a":"other","n":3}', type => 'application/json',
        headers => ['X-A: other']);
    my @terms = map { "{ $_: '\${secret.TOKEN}' }" }
        qw(eq contains starts_with ends_with);
    push @terms, "{ in: ['\${secret.TOKEN}', '\${secret.password}'] }",
        "'\${secret.TOKEN}'", "{ eq: 'a\${base64(secret.TOKEN)}' }",
        "{ ne: other, in: ['\${sha256(secret.TOKEN)}'] }";
    my $n = 0;
    my @checks = map { ('t' . $n++, "      - get: $url\n        expect:\n" .
        "          body: $_\n          headers: { X-A: $_ }\n          json: " .
        "{ \$.a: $_, \$.n: $_ }\n          url: $_\n") } @terms;
    my $left = probe_hides('operands', 1, @checks);
    like($left->{json}, qr/\$\{secret\.TOKEN\}/, 'it is named as it was written');
};

subtest 'templates that fail' => sub {
    my @bad = ("get: '\${secret.TOKEN}'", "get: 'http://\${secret.password}/'",
        "get: 'ftp://\${secret.TOKEN}/'", "tcp: '\${secret.TOKEN}'",
        "tcp: '127.0.0.1:\${secret.TOKEN}'", "tls: '\${secret.TOKEN}:99999'",
        "get: $plain\n        headers: { X-A: '\${secret.PEM}' }",
        "get: https://127.0.0.1:$port/\n        ca_file: '/none/\${secret.TOKEN}'",
        "get: https://127.0.0.1:$port/\n        cert_file: '/none/\${secret.TOKEN}'",
        "get: $plain\n        unix_socket: '/none/\${secret.TOKEN}'",
        "get: $plain\n        resolve: { '127.0.0.1:$port': '\${secret.TOKEN}' }",
        "post: $plain\n        body: { file: '/none/\${secret.TOKEN}' }",
        "get: https://127.0.0.1:$port/\n        sni: '\${secret.TOKEN}'",
        "get: 'http://\${secret.TOKEN}.invalid/'",
        "get: 'http://\${secret.LONG}.invalid/'",
        "get: 'http://x.invalid/\${secret.TOKEN}'",
        "get: 'http://127.0.0.1:$dead/\${secret.TOKEN}?key=$placed{query_key}'",
        "get: 'https://127.0.0.1:$port/\${secret.TOKEN}'",
        "get: 'http://joe:$user\@127.0.0.1:$dead/'",
        "get: http://x.invalid/\n        proxy: 'http://joe:" .
            "\${urlencode(secret.password)}\@127.0.0.1:$dead'",
        "get: http://x.invalid/\n        proxy: 'http://joe:$user\@127.0.0.1:$dead'",
        "get: http://x.invalid/\n        proxy: 'http://joe:$user\@p.invalid:1'",
        "get: http://x.invalid/\n        proxy: '\${secret.TOKEN}://x'",
        "get: http://127.0.0.1:1/\n        proxy: 'http://joe:$user\@127.0.0.1:$port'",
        "get: https://x.invalid/\n        proxy: 'http://joe:$user\@127.0.0.1:$port'",
        "tcp: 127.0.0.1:$port\n        protocol: redis",
        "tcp: 127.0.0.1:$port\n        protocol: postgres\n        user: " .
            "'\${secret.TOKEN}'",
    );
    my $long = 'x/' x 140;
    push @bad, map { "tcp: '" . substr($long, $_) . "\${secret.TOKEN}'" } 0 .. 40;
    for my $bad (@bad) {
        my $path = file_of($head, a => "      - $bad\n");
        my $left = leaves([$path]);
        my $exit = delete $left->{exit};
        ok(defined $exit && $exit >= 1 && $exit <= 4,
            "exit $exit: " . substr $bad, 0, 60)
            or diag substr $left->{err} . $left->{out}, 0, 600;
        my ($leak) = grep { defined } map { leak($left->{$_}) } sort keys %$left;
        is($leak, undef, 'nothing is told');
    }
};

subtest 'the password of a client key' => sub {
    my $key = temp_dir() . '/client.key';
    my $made = run_command('openssl', 'req', '-x509', '-newkey', 'rsa:2048',
        '-subj', '/CN=client', '-days', '9', '-keyout', $key, '-out', "$key.pem",
        '-passout', 'pass:right-one', { timeout => 60 });
    is($made->{exit}, 0, 'a key') or diag $made->{err};
    my $left = leaves([file_of($head, a => "      - get: https://127.0.0.1:$port/\n" .
        "        cert_file: $key.pem\n        key_file: $key\n" .
        "        key_password: '\${secret.TOKEN}'\n")]);
    isnt(delete $left->{exit}, 0, 'the wrong password');
    hides($left, 'key password');
};

subtest 'URLs on the command line' => sub {
    my @urls = ("http://joe:$user\@127.0.0.1:$dead/", "$plain?token=$jwt&sig=" .
        $placed{sig}, "http://joe:$user\@[bad/", "http://joe:$user\@/",
        "$plain/x?X-Amz-Signature=$placed{signature}&password=$placed{form}");
    push @urls, map { 'http://' . 'j' x $_ . ":$user\@127.0.0.1:99999/" }
        420 .. 450;
    for my $url (@urls) {
        my $left = leaves([$url]);
        ok(defined delete $left->{exit}, 'ran');
        my ($leak) = grep { defined } map { leak($left->{$_}) } sort keys %$left;
        is($leak, undef, substr $url, 0, 40);
    }
    my $left = leaves(['-H', "Authorization: Bearer $placed{cookie}", '-H',
        "Cookie: a=$placed{cookie}", says('cookie', "hi $placed{cookie}",
        status => '500 No')]);
    delete $left->{exit};
    hides($left, 'headers of the command line');
};

# ---- while it runs

subtest 'an interrupted run' => sub {
    my $origin = start_origin(raw => ['silent']);
    my $silent = 'http://127.0.0.1:' . $origin->raw_port('silent');
    my $path = file_of($head, a => "      - get: '$silent/\${secret.TOKEN}'\n" .
        "        headers: { X-A: '\${secret.password}' }\n");
    my $left = leaves([$path], { run => { signal => 'INT', signal_after => 1 } });
    is(delete $left->{exit}, 3, 'exit code');
    hides($left, 'interrupted');

    # the one connection that is open is that of asking for the counts
    until_true(10, sub { $origin->stats->{open} == 1 });
    my $pid = Assay::spawn([assay_binary(), 'probe', $path],
        { env => \%env, out => temp_dir() . '/ps-out',
          err => temp_dir() . '/ps-err' });
    ok(until_true(10, sub { $origin->stats->{open} > 1 }), 'it has asked');
    my %seen = map { $_ => read_file("/proc/$pid/$_") } qw(cmdline comm);
    $seen{"task $_"} = read_file("/proc/$pid/task/$_/comm")
        for map { m{(\d+)\z} } glob "/proc/$pid/task/*";
    Assay::finish($pid);
    like($seen{cmdline}, qr/probe/, 'the process was seen');
    hides(\%seen, 'process list');
};

# ---- what is kept over time

# Texts and labels of series are remembered, told and shown later: nothing of a
# secret is in the state file, in notices or in the pages made from it.
row 'CF10', 'a series holds no secret, in no byte of the state', sub {
    my $n = temp_dir('kept');
    my $t = $secret{TOKEN};
    my $text = json_text("v1 of $t at http://joe:$user\@db/ $secret{PASS}");
    my $step = sub {
        my ($release) = @_;
        my $body = "{\"version\":$text,\"release\":\"$release $jwt\"," .
            "\"all\":{$text:1,\"b\":\"$t\"}}";
        my $page = "up{token=\"$t\",url=\"http://h/?sig=$placed{sig}&a=$t\"} 1\n";
        return [says('kept', $body, type => 'application/json',
                headers => ["X-Build: b $t"]),
            says('kept_page', $page)];
    };
    my ($kept, $page) = @{ $step->('r1') };
    my $file = scenario(<<"YAML");
${head}name: kept
checks:
  a:
    timeout: 5s
    steps:
      - get: $kept
        series: { version: \$.version, release: \$.release, all: '\$.all.*', build: { header: X-Build } }
      - metrics: $page
        keep: { up: up }
alerts:
  channels:
    ops: { exec: { command: [/bin/sh, -c, 'cat >> $n/told'] } }
  rules:
    version: { when: changed(version) }
    release: { when: changed(release) }
    build: { when: changed(build) }
    down: { when: value(up) >= 1 }
YAML
    my %left;
    for my $round (1, 2) {
        $step->("r$round");
        my $run = run_assay('probe', $file, '--state', "$n/db", '--json',
            "$n/json$round", '--publish', "$n/pub", '-v', '--log-level',
            'debug', '--log-format', 'json', { env => \%env });
        is($run->{exit}, 0, "run $round") or diag substr $run->{err}, 0, 2000;
        $left{"run $round"} = $run->{out} . $run->{err};
    }
    # whatever the database still holds, in pages that were given back too
    $left{$_} = read_file($_) for grep { -f } glob "$n/* $n/pub/*";
    for my $command ('notices', 'audit') {
        my $run = run_assay('report', $command, '--state', "$n/db");
        $left{$command} = $run->{out} . $run->{err};
    }
    like($left{"$n/told"}, qr/version/, 'a change was told');
    like($left{"$n/json2"}, qr/\[redacted\]/, 'something was taken out');
    my $run = run_command('sqlite3', "$n/db", {
        stdin => "SELECT count(*) FROM series; SELECT body FROM text;" });
    like($run->{out}, qr/^[5-9]\n/, 'series are kept');
    like($run->{out}, qr/v1 of \[redacted\]/, 'without the secret');
    hides(\%left, 'series');
};

# ---- personal data

row 'DA16', 'personal data in a foreign body is masked', sub {
    my $body = 'mail jane.doe+x@example.org, call +49 170 1234567 or ' .
        '(030) 901820-12, card 4111 1111 1111 1111 or 5500005555555559';
    my $url = says('person', "{\"m\":\"$body\"}", type => 'application/json',
        status => '500 No');
    my $path = file_of($head, a => "      - get: $url\n        expect:\n" .
        "          body: nothing\n          json: { \$.m: nothing, " .
        "\$: { each: { eq: x } } }\n");
    my $left = leaves([$path]);
    delete $left->{exit};
    for my $where (sort keys %$left) {
        for my $t (readings($left->{$where})) {
            my ($part) = $t =~ /(jane\.doe|\@example|1234567|901820|1111 1111|5555555559)/;
            is($part, undef, $where) if defined $part;
        }
    }
    like($left->{json}, qr/\[email\]/, 'e-mail');
    like($left->{json}, qr/\[phone\]/, 'telephone');
    like($left->{json}, qr/\[card\]/, 'card');
    my @checks;
    for my $n (96 .. 122, 176 .. 202, 276 .. 302) {
        my $pad = '- ' x ($n / 2) . ' ' x ($n % 2);
        my $u = says("person_$n", "{\"m\":\"${pad}jane.doe\@example.org\"}",
            type => 'application/json');
        push @checks, "p$n", "      - get: $u\n        expect: { json: " .
            "{ \$.m: no, \$: { each: no } } }\n";
    }
    $left = leaves([file_of($head, @checks)]);
    unlike(join('', values %$left), qr/jane\.do/, 'nor in part');
};

# ---- declaring

subtest 'a declaration that cannot be kept' => sub {
    my $step = "checks:\n  a:\n    steps:\n      - get: $plain/\${secret.S}\n";
    my $from = temp_dir();
    write_file("$from/empty", "\n");
    write_file("$from/short", "qzj\n");
    write_file("$from/nul", "qzjv\0wxyz");
    my @cases = (
        ['- S', { S => 'qzj' }, qr/4 bytes/], ['- S', { S => '' }, qr/empty/],
        ['- S', { S => undef }, qr/not set/], ['- S', { S => "  qzj " }, qr/4 bytes/],
        ["- { name: S, file: $from/short }", {}, qr/4 bytes/],
        ["- { name: S, file: $from/empty }", {}, qr/empty/],
        ["- { name: S, file: $from/none }", {}, qr/none/],
        ["- { name: S, file: $from }", {}, qr/director/],
        ["- { name: S, file: $from/nul }", {}, qr/NUL/],
    );
    for my $case (@cases) {
        my ($line, $vars, $message) = @$case;
        my $before = -e "$dir/requests" ? -s "$dir/requests" : 0;
        my $run = run_assay('probe', scenario("secrets:\n  $line\n$step"),
            { env => { S => undef, %$vars } });
        is($run->{exit}, 2, "$message: exit code") or diag $run->{err};
        like($run->{err}, $message, 'says so');
        like($run->{err}, qr/"S"/, 'and which');
        unlike($run->{out} . $run->{err}, qr/qzj/, 'not the value');
        is(-s "$dir/requests", $before, 'nothing was sent');
    }
    my $path = scenario("secrets: [S]\nvars: { v: 1 }\n$step");
    my $run = run_assay('probe', $path, '--var', 'S=value-on-line',
        { env => { S => 'from-the-env' } });
    is($run->{exit}, 2, '--var of a secret');
    like($run->{err}, qr/secret/, 'says why');
    unlike($run->{err} . $run->{out}, qr/value-on|from-the/, 'not the value');
    for my $name ('secret.S', 'SS') {
        $run = run_assay('probe', $path, '--var', "$name=value-on-line",
            { env => { S => 'from-the-env' } });
        is($run->{exit}, 2, "--var $name");
        unlike($run->{err} . $run->{out}, qr/value-on/, 'not the value');
    }
};

# A name that itself looks like one of a secret takes no reason away.
subtest 'why a secret has no value is told, whatever it is called' => sub {
    my $from = temp_dir();
    my $why = 'secret "API_TOKEN" has no value: ';
    write_file("$from/db_password", '');
    write_file("$from/open_token", 'long enough');
    chmod 0644, "$from/open_token";
    my @cases = (
        ['API_TOKEN', 2, $why . 'the environment variable "API_TOKEN" is not set'],
        ["{ name: API_TOKEN, file: $from/db_password }", 2,
            $why . qq{file "$from/db_password" is empty}],
        ["{ name: API_TOKEN, file: $from/no_password }", 2,
            $why . qq{file "$from/no_password" cannot be read (No such file or directory)}],
        ["{ name: API_TOKEN, file: $from/open_token }", 0,
            qq{who may read "$from/open_token" (mode 644): chmod 600}],
    );
    for my $case (@cases) {
        my ($declared, $exit, $text) = @$case;
        my $run = run_assay('probe', scenario("secrets:\n  - $declared\nchecks:\n" .
            "  a: { steps: [{ get: $plain, headers: { X-A: '\${secret.API_TOKEN}' } }] }\n"),
            { env => { API_TOKEN => undef } });
        is($run->{exit}, $exit, $declared) or diag $run->{err};
        like($run->{err}, qr/\Q$text\E/, 'says why');
    }
};

subtest 'a caret shows the text of the file only' => sub {
    for my $text ("    steps:\n      - get: 'http://x/\${secret.TOKEN + }'\n",
        "    steps:\n      - get: 'http://x/\${secret.TOKEM}'\n",
        "    steps:\n      - get: 'http://x/\${nofunction(secret.TOKEN)}'\n",
        "    timeout: '\${secret.TOKEN}'\n    steps:\n      - get: $plain\n",
        "    steps:\n      - get: $plain\n        expect: { body: { matches: " .
            "'\${secret.TOKEN}(' } }\n",
        "    severity: '\${secret.TOKEN}'\n    steps: []\n") {
        my $path = scenario("${head}vars: { v: '\${secret.TOKEN}' }\n" .
            "checks:\n  a:\n$text");
        for my $command ('probe', 'lint') {
            my $run = run_assay($command, $path, { env => \%env });
            is($run->{exit}, 2, "$command: exit code") or diag $run->{err};
            is(leak($run->{err} . $run->{out}), undef, 'no value');
        }
    }
};

done_testing();

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The status page in a real browser: whatever texts come from outside, no script
# runs, no request leaves, and nothing is wrong with the page.
use strict;
use warnings;

use lib 'tests/lib';
use Assay;
use Browser;
use Test::More;

my $origin = start_origin();
my $leak = $origin->http_url('/counter/leak');

sub page_with {
    my ($text) = @_;
    my $run = run_command('build/page_tool', defined $text ? $text : ());
    is($run->{exit}, 0, 'a page is made') or diag $run->{err};
    return write_file(temp_dir() . '/page.html', $run->{out});
}

# Width and height as the head of a PNG tells them.
sub size_of { return unpack 'x16 N N', read_file($_[0]) }

subtest 'a page with everything on it' => sub {
    for my $width (390, 1280) {
        my $seen = browse(page_with(), width => $width, height => 2000);
        is($seen->{console}, '', "nothing to complain about at $width");
        like($seen->{dom}, qr/1 of 3 checks is down/, 'it is all there');
        like($seen->{dom}, qr{</html>}, 'to its end');
        is((size_of($seen->{picture}))[0], $width, 'and can be seen');
    }
};

# Down in one run, well in the next, and nothing known of the days before.
subtest 'a page made by two runs' => sub {
    my $dir = temp_dir('published');
    my $text = "name: shop\nvars: { status: '200' }\nchecks:\n"
        . "  home:\n    every: 5m\n    steps:\n"
        . "      - get: ${\$origin->http_url('/reply')}?status=\${status}\n"
        . "alerts:\n  channels:\n    log: { exec: [/bin/true] }\n";
    my @run = ('probe', scenario($text), '--state', "$dir/state.db",
        '--publish', $dir, '-q');
    is(run_assay(@run, '--var', 'status=503')->{exit}, 1, 'it fails');
    my $html = read_file("$dir/index.html");
    like($html, qr{<td>goes on</td>}, 'an incident that goes on');
    like($html, qr/1 of 1 check is down/, 'it is down');
    is(run_assay(@run)->{exit}, 0, 'and is well again');
    $html = read_file("$dir/index.html");
    my ($incidents) = $html =~ /id="incidents"(.*)/s;
    like($incidents, qr{<th scope="row">home</th><td>error</td><td>\d+ ?s},
        'the incident with its length');
    unlike($incidents, qr/goes on/, 'it is over');
    like($html, qr/not observed 99\.\d %/, 'how much was not observed');
    unlike($html, qr/http-equiv="refresh"/, 'a file does not ask again');
    is(json_file("$dir/status.json")->{errors_24h}, 1, 'errors of the day');
    my $seen = browse("$dir/index.html", width => 390, height => 1200);
    is($seen->{console}, '', 'nothing to complain about');
    like($seen->{dom}, qr/not observed/, 'and it can be seen');
    my $plain = temp_dir('plain');
    run_assay('probe', $origin->http_url('/reply'), '--publish', $plain);
    unlike(read_file("$plain/index.html"), qr/id="incidents"/,
        'without a memory nothing is told of the past');
};

subtest 'hostile texts' => sub {
    my @texts = ('<script>document.title="owned"</script>',
        "\"><img src=$leak onerror=document.title='owned'>",
        "'></title></style><svg onload=document.title='owned'>"
            . "<image href=$leak />",
        "--><link rel=stylesheet href=$leak><iframe src=$leak></iframe>",
        "javascript:document.title='owned' style=background:url($leak)",
        "\x01\x1b[31m\x{202e}");
    for my $text (@texts) {
        utf8::encode(my $bytes = $text);
        my $seen = browse(page_with($bytes));
        is($seen->{console}, '', 'nothing to complain about');
        unlike($seen->{dom}, qr{<title>owned}, 'no script ran');
        unlike($seen->{dom}, qr{<(?:script|img|iframe|image)\b},
            'no element came from a text');
    }
    my $asked = http_get($origin->port, '/counter/leak');
    is(json_ok($asked->{body})->{n}, 1, 'no request left');
};

done_testing;

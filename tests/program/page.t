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

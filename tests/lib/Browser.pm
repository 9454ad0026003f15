# SPDX-License-Identifier: MIT
package Browser;

# Browser - shows a page to headless Chromium and tells what became of it.
#
#     my $seen = browse($file, width => 390, height => 900);
#     $seen->{dom}       # as it is after all was loaded
#     $seen->{console}   # what the page's console said, one line each
#     $seen->{picture}   # a PNG

use strict;
use warnings;

use Assay;
use Exporter qw(import);

our @EXPORT = qw(browse);

# Debian has the first; runners of GitHub the others.
sub browser {
    for my $name (qw(chromium google-chrome google-chrome-stable)) {
        for my $dir (split /:/, $ENV{PATH}) {
            return "$dir/$name" if -x "$dir/$name";
        }
    }
    die "no browser: install the package chromium\n";
}

sub run_browser {
    my ($dir, @args) = @_;
    my $run = run_command(browser(), qw(--headless --no-sandbox --disable-gpu
        --disable-dev-shm-usage --no-first-run --hide-scrollbars
        --disable-background-networking --disable-component-update
        --disable-sync --disable-extensions --enable-logging=stderr --v=0
        --virtual-time-budget=3000), "--user-data-dir=$dir/profile", @args,
        { timeout => 120, env => { HOME => $dir } });
    die "the browser failed: $run->{err}\n" if !defined $run->{exit}
        || $run->{exit};
    return $run;
}

sub browse {
    my ($file, %opt) = @_;
    my $dir = temp_dir('browser');
    my $size = '--window-size=' . ($opt{width} || 1200) . ','
        . ($opt{height} || 1600);
    my $run = run_browser($dir, $size, '--dump-dom', "file://$file");
    my $picture = "$dir/page.png";
    run_browser($dir, $size, "--screenshot=$picture", "file://$file");
    return { dom => $run->{out}, picture => $picture,
        console => join "\n", grep { /:CONSOLE/ } split /\n/, $run->{err} };
}

1;

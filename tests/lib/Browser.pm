# SPDX-License-Identifier: MIT
package Browser;

# Browser - shows a page to headless Chromium and tells what became of it.
#
#     my $seen = browse($file, width => 390, height => 900);
#     $seen->{dom}       # as it is after all was loaded
#     $seen->{console}   # what the page's console said, one line each
#     $seen->{picture}   # a PNG
#
#     take_picture($file, 'build/page.png', width => 390, dark => 1);
#     my @pages = inspect([$file, ...], width => 390);
#     $pages[0]{wide}       # px it is wider than the window, all details open
#     $pages[0]{title}      # as it is after all was loaded
#     $pages[0]{scripts}    # elements that could run, fetch or frame
#     $pages[0]{trouble}    # what a screen reader would stumble over
#     $pages[0]{console}    # of all pages together

use strict;
use warnings;

use Assay;
use Exporter qw(import);
use JSON::PP;

our @EXPORT = qw(browse inspect take_picture);

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

sub take_picture {
    my ($file, $picture, %opt) = @_;
    my $size = '--window-size=' . ($opt{width} || 1200) . ','
        . ($opt{height} || 1600);
    my @dark = $opt{dark} ? ('--blink-settings=preferredColorScheme=0') : ();
    run_browser(temp_dir('browser'), $size, @dark, "--screenshot=$picture",
        "file://$file");
    return $picture;
}

# Looks at pages from a page around them, as a script in them would be one of
# ours that the policy has to allow.
my $looker = <<'END';
<!DOCTYPE html><html><head><meta charset="utf-8"><link rel="icon" href="data:,">
</head><body><pre id="seen"></pre><script>
const files = FILES, width = WIDTH, seen = [];
function words(d, e) {
  return (e.getAttribute('aria-labelledby') || '').split(' ')
    .map(id => { const x = id && d.getElementById(id); return x ? x.textContent : '' });
}
function trouble(d) {
  const bad = [], ids = {};
  for (const e of d.querySelectorAll('[id]')) {
    if (ids[e.id]) bad.push('two of id ' + e.id);
    ids[e.id] = 1;
  }
  for (const e of d.querySelectorAll('[aria-labelledby]'))
    if (words(d, e).some(w => !w.trim())) bad.push('no label: ' + e.tagName);
  for (const e of d.querySelectorAll('svg')) {
    if (e.closest('[aria-hidden=true]') || e.parentNode.closest('svg')) continue;
    if (e.getAttribute('role') !== 'img' || !e.querySelector(':scope > title')
        || !e.querySelector(':scope > desc'))
      bad.push('a drawing without title or description');
    if (!e.closest('section, article, details, main').querySelector('table'))
      bad.push('a drawing without a table');
  }
  for (const e of d.querySelectorAll('th'))
    if (!e.scope || !e.textContent.trim()) bad.push('a head that is none');
  for (const e of d.querySelectorAll('table'))
    if (!e.caption || !e.tHead) bad.push('a table without caption or head');
  let level = 0;
  for (const e of d.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
    const l = +e.tagName[1];
    if (l > level + 1) bad.push('h' + l + ' after h' + level);
    level = l;
  }
  for (const e of d.querySelectorAll('.wide'))
    if (e.tabIndex !== 0) bad.push('out of reach of the keyboard');
  return bad.slice(0, 5).join('; ');
}
function look(d) {
  const html = d.documentElement, policy = d.querySelector('style') &&
    d.defaultView.getComputedStyle(d.body).maxWidth;
  for (const e of d.querySelectorAll('details')) e.open = true;
  return { title: d.title, wide: html.scrollWidth - width, styled: policy,
    scripts: d.querySelectorAll('script,img,iframe,object,embed,video,audio,' +
      'base,form,image,use,animate,set,foreignObject').length,
    trouble: trouble(d), text: d.body.textContent.length };
}
function next() {
  const file = files.shift();
  if (!file) {
    document.getElementById('seen').textContent = JSON.stringify(seen);
    return;
  }
  const f = document.createElement('iframe');
  f.width = width; f.height = 800; f.style.border = 0;
  f.onload = () => { seen.push(look(f.contentDocument)); f.remove(); next(); };
  f.src = 'file://' + file;
  document.body.append(f);
}
next();
</script></body></html>
END

sub inspect {
    my ($files, %opt) = @_;
    my $width = $opt{width} || 1200;
    my $text = $looker;
    my $list = encode_json($files);
    $text =~ s/FILES/$list/;
    $text =~ s/WIDTH/$width/;
    my $dir = temp_dir('browser');
    my $run = run_browser($dir, '--window-size=' . ($width + 40) . ',900',
        '--allow-file-access-from-files', '--dump-dom',
        'file://' . write_file("$dir/looker.html", $text));
    my ($json) = $run->{out} =~ m{<pre id="seen">(.*?)</pre>}s;
    my %plain = ('&lt;' => '<', '&gt;' => '>', '&amp;' => '&');
    ($json || '[]') =~ /(.*)/s;
    (my $plain = $1) =~ s/(&lt;|&gt;|&amp;)/$plain{$1}/g;
    my @seen = @{ decode_json($plain) };
    my $console = join "\n", grep { /:CONSOLE/ } split /\n/, $run->{err};
    $_->{console} = $console for @seen;
    return @seen;
}

1;

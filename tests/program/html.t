#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Reports as pages, in a real browser: what runs wrote, whatever texts come from
# outside, at the width of a phone and of a desk.
use strict;
use warnings;

use Assay;
use Browser;
use JSON::PP;
use Test::More;

my $origin = start_origin(tls => 1, certs => ['expired']);
my $leak = $origin->http_url('/counter/leak');
my $dir = temp_dir('pages');
my ($PHONE, $DESK) = (390, 1280);
my $MOST = 700_000;    # bytes of a page

# Pages to be looked at together: a browser takes its time to start.
my (%file, %what);
sub keep {
    my ($name, $what, $path) = @_;
    $file{$name} = $path;
    $what{$name} = $what;
    cmp_ok(-s $path, '<=', $MOST, "$what is no larger than a page may be");
    return $path;
}

sub tool {
    my ($name, @args) = @_;
    my $run = run_command('build/html_tool', @args);
    is($run->{exit}, 0, "$name is made") or diag $run->{err};
    return keep($name, $name, write_file("$dir/$name.html", $run->{out}));
}

# ---- runs

my $yaml = <<"END";
name: shop
vars: { api: '@{[ $origin->http_url('') ]}' }
checks:
  home:
    steps:
      - { name: front page, get: '\${api}/reply?status=200', expect: { status: 200 } }
      - { name: slow one, get: '\${api}/reply?delay=30', capture: { word: { header: content-type } } }
  broken:
    retries: { attempts: 2, every: 10ms }
    steps:
      - get: '\${api}/reply?status=503&body=<script>alert(1)</script>'
        expect: { status: 200 }
  certificate:
    steps:
      - tls: '127.0.0.1:@{[ $origin->{line}{tls}{expired} ]}'
loads:
  visitors:
    flow:
      steps:
        - { name: front page, get: '\${api}/reply?delay=2', expect: { status: 200 } }
        - { name: sometimes, get: '\${api}/sequence/html?list=200,200,503&cycle=1', expect: { status: 200 } }
    arrivals: { rate: 100/s, for: 3s, process: poisson, seed: 7 }
    limits: [ 'ratio(errors) < 1%', p95(latency) < 30s ]
END
my $scenario = scenario($yaml);

subtest 'what probe writes' => sub {
    my $run = run_assay('probe', $scenario, '--json', "$dir/probe.json",
        '--html', "$dir/probe.html");
    is($run->{exit}, 1, 'it failed') or diag $run->{err};
    my $html = read_file(keep('probe', 'a page of checks',
        "$dir/probe.html"));
    like($html, qr/a check failed \(exit code 1\)/, 'the verdict');
    cmp_ok(index($html, 'a check failed'), '<', index($html, '<h2'),
        'comes first');
    like($html, qr/2 attempts/, 'attempts');
    like($html, qr/status 503, expected 200/, 'why');
    like($html, qr/expired \d+ days? ago/, 'the certificate');
    like($html, qr/&lt;script&gt;/, 'the body, harmless');
    unlike($html, qr/<script/, 'and nothing of it as markup');
    $run = run_assay('report', "$dir/probe.json", '--html', "$dir/again.html");
    is($run->{exit}, 1, 'rendered again');
    is(read_file("$dir/again.html"), $html, 'to the byte');
};

row 'AT19', 'a load as a page, to be reviewed' => sub {
    my $run = run_assay('loadgen', $scenario, '--json', "$dir/load.json",
        '--html', "$dir/load.html");
    is($run->{exit}, 1, 'a limit was crossed') or diag $run->{err};
    my $html = read_file(keep('load', 'a page of a load', "$dir/load.html"));
    my $load = json_file("$dir/load.json")->{loads}[0];
    my $n = $load->{accounting};
    (my $plain = $html) =~ s/<[^>]*>//g;
    like($plain, qr/(?<!\d)$n->{planned} planned = $n->{sent} sent \+ /,
        'what was planned adds up');
    like($plain, qr/(?<!\d)$n->{sent} sent = $n->{ok} ok \+ $n->{failed} failed/,
        'and what was sent');
    like($html, qr/ratio\(errors\) &lt; 1%/, 'the limit');
    for my $says ('Latency by percentile', 'Where the time went', 'Timeline',
        'Outcomes and statuses', 'The instrument itself', 'latency p99',
        'poisson, seed 7', 'from planned to taken up') {
        like($html, qr/\Q$says\E/, $says);
    }
};

subtest 'several results in one page' => sub {
    my $run = run_assay('report', "$dir/probe.json", "$dir/load.json",
        '--html', '-');
    is($run->{exit}, 1, 'the worse of them');
    my $html = $run->{out};
    keep('both', 'a page of two', write_file("$dir/both.html", $html));
    like($html, qr{<h1>2 results</h1>}, 'its title');
    is(() = $html =~ /<section id="run\d" /g, 2, 'a section for each');
    $run = run_assay('report', "$dir/load.json", '--html', '/nowhere/a.html');
    is($run->{exit}, 4, 'a page that cannot be written');
    like($run->{err}, qr{/nowhere/a\.html}, 'and which');
};

# ---- everything that can be on one, and texts that mean harm

subtest 'pages with everything on them' => sub {
    tool('all', 'all');
    tool('long', 'long');
};

my @hostile = ('<script>document.title="owned"</script>',
    "\"><img src=$leak onerror=document.title='owned'>",
    "'></title></style></svg><svg onload=document.title='owned'>"
        . "<image href=$leak /><use href=$leak#a />",
    "--><link rel=stylesheet href=$leak><iframe src=$leak></iframe>"
        . "<base href=$leak><meta http-equiv=refresh content='0;$leak'>",
    "javascript:document.title='owned' style=background:url($leak)",
    "\x01\x1b[31m\x{202e}\x{2066}\x{feff}",
    'W' x 20_000, "\x{1f680}\x{0301}" x 3_000);

subtest 'hostile texts' => sub {
    for my $i (0 .. $#hostile) {
        utf8::encode(my $bytes = $hostile[$i]);
        tool("hostile-$i", 'all', $bytes);
    }
};

subtest 'what a browser makes of them' => sub {
    for my $width ($PHONE, $DESK) {
        # what is not too wide for a phone has room on a desk
        my @names = sort grep { $width == $PHONE || !/hostile/ } keys %file;
        my @pages = inspect([map { $file{$_} } @names], width => $width);
        is(@pages, @names, "all pages were seen at $width");
        is($pages[0]{console}, '', 'nothing to complain about');
        for my $i (0 .. $#names) {
            my ($name, $seen) = ($what{ $names[$i] }, $pages[$i]);
            cmp_ok($seen->{wide}, '<=', 0, "$name is not wider than $width");
            is($seen->{scripts}, 0, "$name has nothing that runs or fetches");
            isnt($seen->{title}, 'owned', "$name: no script ran");
            is($seen->{trouble}, '', "$name can be read aloud");
            is($seen->{styled}, '1216px', "$name has its style")
        }
    }
    my $asked = http_get($origin->port, '/counter/leak');
    is(json_ok($asked->{body})->{n}, 1, 'no request left');
};

# Width and height as the head of a PNG tells them.
sub size_of { return unpack 'x16 N N', read_file($_[0]) }

subtest 'pictures to look at' => sub {
    for my $case (['load', $PHONE, 2600, 0], ['all', $DESK, 3000, 0],
        ['probe', $DESK, 1600, 1]) {
        my ($name, $width, $height, $dark) = @$case;
        my $picture = "build/report-$name-$width"
            . ($dark ? '-dark' : '-light') . '.png';
        take_picture($file{$name}, $picture, width => $width,
            height => $height, dark => $dark);
        is((size_of($picture))[0], $width, $picture);
    }
};

done_testing;

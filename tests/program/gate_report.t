#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `assay report gate`: a stored gate judged again, as it was and with other
# margins, and what is refused.
use strict;
use warnings;
use Assay;
use JSON::PP;
use Test::More;

my $assay = Assay::binary('ASSAY', 'build/assay');
my $sim = Assay::binary('GATE_SIM', 'build/gate_sim');
my $dir = temp_dir('gate');

my %file;
for my $kind (qw(same slower once insufficient overload)) {
    my $run = run_command($sim, 'result', $kind, { timeout => 120 });
    is($run->{exit}, 0, "$kind: a result") or diag $run->{err};
    $file{$kind} = write_file("$dir/$kind.json", $run->{out});
}

sub gate {
    my ($kind, @arg) = @_;
    return run_command($assay, 'report', 'gate', $file{$kind} // $kind, @arg,
        { timeout => 120 });
}

# With these margins: the exit code and what it says now.
sub judged {
    my ($kind, @arg) = @_;
    my $run = gate($kind, '--json', '-', @arg);
    return ($run->{exit}, $run->{exit} == 2 ? {} : decode_json($run->{out}));
}

sub metric {
    my ($result, $name) = @_;
    my ($found) = grep { $_->{name} eq $name } @{ $result->{gate}{metrics} };
    return $found;
}

row 'TX28', 'a stored comparison is judged again, to the byte' => sub {
    my %exit = (same => 0, slower => 1, once => 0, insufficient => 0,
        overload => 4);
    for my $kind (sort keys %exit) {
        my $run = gate($kind, '--json', "$dir/again.json");
        is($run->{exit}, $exit{$kind}, "$kind: exit code") or diag $run->{err};
        is($run->{err}, '', "$kind: nothing to complain of");
        ok(read_file("$dir/again.json") eq read_file($file{$kind}), "$kind: the bytes");
        my ($code, $result) = judged($kind, '--alpha', '1%', '--min-effect',
            '5%', '--equivalence', '10%', '--min-rate', '0.1%', '--min-ratio',
            '1.2', '--slow-factor', '5', '--tau', '1%');
        is_deeply($result, decode_json(read_file($file{$kind})),
            "$kind: the same margins, said aloud");
    }
};

subtest 'other margins' => sub {
    my ($code, $result) = judged('slower', '--min-effect', '20%',
        '--equivalence', '30%');
    is($code, 0, 'a tenth is little then');
    is($result->{gate}{verdict}, 'no change', 'and no change');
    is($result->{verdict}, 'ok', 'of the run as well');
    like(metric($result, 'p50')->{note}, qr/slower, below the smallest/,
        'but it is said');
    ($code, $result) = judged('slower', '--quantiles', 'p95');
    is($code, 1, 'p95 decides');
    is_deeply([map { "$_->{name} " . ($_->{gated} ? 'gated' : 'told') }
            grep { $_->{kind} eq 'latency' } @{ $result->{gate}{metrics} }],
        ['p50 told', 'p95 gated', 'p99 told'], 'the others are told on');
    ($code, $result) = judged('same', '--quantiles', 'p50,p90');
    is_deeply([map { $_->{name} } grep { $_->{gated} }
            @{ $result->{gate}{metrics} }],
        ['p50', 'p90', 'errors', 'slow'], 'one that was not looked at');
    ($code, $result) = judged('same', '--equivalence', '1%', '--min-effect',
        '1%', '--strict');
    is($code, 3, 'so little cannot be told');
    is($result->{verdict}, 'inconclusive', 'which the run says with --strict');
    ok(metric($result, 'p99')->{could_detect} > 1, 'and what could');
    ($code, $result) = judged('once', '--tau', '10%');
    is($result->{gate}{verdict}, 'inconclusive', 'launches may differ by more');
};

subtest 'what was judged is said' => sub {
    my $run = gate('slower', '--markdown', "$dir/gate.md", '--junit',
        "$dir/gate.xml");
    is($run->{exit}, 1, 'exit code');
    like($run->{out}, qr/p99/, 'as text');
    ok(-s "$dir/gate.md", 'as Markdown');
    ok(-s "$dir/gate.xml", 'as JUnit');
};

# Who reads a verdict must see that it was asked with other margins.
subtest 'other margins are said wherever the verdict is' => sub {
    my %out = map { $_ => "$dir/margins.$_" } qw(html markdown junit);
    my @files = map { ("--$_", $out{$_}) } sort keys %out;
    for my $case ([[], qr/min_effect|equivalence|alpha 0|min_ratio/, 0],
        [['--min-effect', '20%', '--equivalence', '30%', '--alpha', '0.5%',
                '--min-rate', '0.3%', '--min-ratio', '2'],
            qr/, min_effect 20 %, equivalence 30 %, alpha 0\.5 %, min_rate 0\.3 pp, min_ratio 2/, 1]) {
        my ($args, $said, $is) = @$case;
        my $run = gate('slower', @$args, @files);
        for my $form (['text', $run->{out}], map { [$_, read_file($out{$_})] } sort keys %out) {
            my ($name, $text) = @$form;
            $text =~ s/\\_/_/g; # Markdown
            is($text =~ $said || 0, $is, $is ? "$name: said" : "$name: not the usual ones");
        }
    }
};

subtest 'not enough is no verdict' => sub {
    my ($code, $result) = judged('insufficient');
    is($code, 0, 'exit code');
    is($result->{gate}{verdict}, 'inconclusive', 'it cannot be told');
    like(metric($result, 'p99.9')->{note}, qr/^insufficient: \d+ cells/, 'why');
    is(metric($result, 'p99.9')->{verdict}, 'inconclusive', 'no verdict');
    is(metric($result, 'p99.9')->{could_detect}, '+Inf', 'nothing could be seen');
    ok((grep { $_->{text} =~ /^p99\.9 is not gated/ }
            @{ $result->{gate}{warnings} }), 'and a warning');
    ($code) = judged('insufficient', '--strict');
    is($code, 3, 'exit code with --strict');
    ($code, $result) = judged('overload', '--strict');
    is($code, 4, 'a generator that was late');
    like($result->{gate}{message}, qr/^the measurement failed: sends were late/,
        'says so');
    is((grep { $_->{verdict} ne 'inconclusive' }
            @{ $result->{gate}{metrics} }), 0, 'no metric has a verdict');
};

subtest 'launches that were not made' => sub {
    my ($code, $result) = judged('once');
    ok((grep { $_->{text} =~ /^variation between launches is assumed/ }
            @{ $result->{gate}{warnings} }), 'a warning');
    ok(!metric($result, 'p50')->{launch_measured}, 'not measured');
};

# What is in the file, after the change.
sub refused {
    my ($what, $change, $words) = @_;
    my $result = decode_json(read_file($file{same}));
    $change->($result->{gate}, $result);
    my $run = gate(write_file("$dir/bad.json", encode_json($result)));
    is($run->{exit}, 2, "$what: exit code");
    like($run->{err}, qr/bad\.json:1:1: \Q$words\E/, "$what: the path");
}

subtest 'files that cannot be' => sub {
    refused('another verdict', sub { $_[0]{verdict} = 'regression' },
        '"gate.verdict" says regression, but its cells give no change');
    refused('of a metric', sub { $_[0]{metrics}[0]{verdict} = 'improvement' },
        '"gate.metrics[0].verdict" says improvement');
    refused('a metric less', sub { pop @{ $_[0]{metrics} } },
        '"gate.metrics" has 4 elements');
    refused('a launch', sub { $_[0]{cells}[9]{launch} = 10 },
        '"gate.cells[9].launch" must be below 10');
    refused('a group', sub { $_[0]{cells}[9]{group} = 3 },
        '"gate.cells[9].group" must be below 1');
    refused('a histogram', sub { $_[0]{cells}[9]{a}{hdr} = 'AAAA' },
        '"gate.cells[9].a.hdr": histogram is cut');
    refused('its count', sub { $_[0]{cells}[9]{b}{attempts}-- },
        '"gate.cells[9].b.hdr" must count between');
    refused('errors', sub { $_[0]{cells}[0]{a}{errors} = 100_000 },
        '"gate.cells[0].a.errors" must be at most');
    refused('a setting', sub { $_[0]{settings}{alpha} = 'NaN' },
        '"gate.settings.alpha" must be from');
};

subtest 'usage' => sub {
    my $none = write_file("$dir/none.json", read_file('tests/golden/render/ok.json'));
    my $run = gate($none);
    is($run->{exit}, 2, 'a result without a gate');
    like($run->{err}, qr/holds no gate: compare two builds with assay loadgen/,
        'says what to do');
    my @row = (
        [['--quantiles', 'p50;p99'], qr/--quantiles are like p50,p99\.9/],
        [['--quantiles', ''], qr/--quantiles are like/],
        [['--alpha', '0.05'], qr/--alpha/],
        [['--alpha', '60%'], qr/--alpha/],
        [['--min-effect', '20%'], qr/equivalence, 10 %, must not be less/],
        [['--min-ratio', '0.5'], qr/min_ratio" must be from 1/],
        [[$file{same}], qr/name one result file.*got 2/],
        [['--json', $file{same}], qr/which is read/],
    );
    for my $row (@row) {
        my $it = gate('same', @{ $row->[0] });
        is($it->{exit}, 2, "@{ $row->[0] }: exit code");
        like($it->{err}, $row->[1], "@{ $row->[0] }: why");
    }
};

done_testing;

#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A state file from outside: keeping it small, who changed what, and what is
# refused.  Files are made by the program; what it has no command for yet is
# put in by SQL.
use strict;
use warnings;
use Digest::SHA qw(sha256);
use JSON::PP;
use Test::More;
use Assay;

my $dir = temp_dir();
my $now = time;

sub sql {
    my ($file, $text) = @_;
    my $run = run_command('sqlite3', $file, { stdin => $text });
    is($run->{exit}, 0, 'sqlite3') or diag $run->{err};
    return $run->{out};
}

# An empty one of ours: clean brings a file of layout 0 up to date.
sub new_state {
    my ($name) = @_;
    my $file = "$dir/$name";
    sql($file, "PRAGMA application_id = 1634956153; VACUUM;");
    my $run = run_assay('report', 'clean', '--state', $file);
    is($run->{exit}, 0, "$name is made") or diag $run->{err};
    return $file;
}

subtest 'usage' => sub {
    my $run = run_assay('report', 'clean');
    is($run->{exit}, 2, 'no file: exit code');
    like($run->{err}, qr/--state FILE/, 'no file: says what is missing');
    $run = run_assay('report', 'clean', '--state', "$dir/none.db");
    is($run->{exit}, 4, 'missing file: exit code');
    like($run->{err}, qr/none\.db" is not there/, 'missing file: said');
    ok(!-e "$dir/none.db", 'missing file: not made');
    $run = run_assay('report', 'audit', '--state', "$dir/none.db");
    is($run->{exit}, 4, 'audit of a missing file: exit code');
    ok(!-e "$dir/none.db", 'audit of a missing file: not made');
    $run = run_assay('report', 'clean', '--state', 'x', '--older-than', '90');
    is($run->{exit}, 2, 'age without unit: exit code');
    $run = run_assay('report', 'clean', '--help');
    is($run->{exit}, 0, 'help: exit code');
    like($run->{out}, qr/^assay report clean: /, 'help: of the sub-command');
    $run = run_assay('help', 'report', 'audit');
    like($run->{out}, qr/^assay report audit: /, 'help report audit');
    $run = run_assay('help', 'report');
    like($run->{out}, qr/^  report clean +\S/m, 'help report lists it');
    like(run_assay('help', '--man')->{out}, qr/^\.SS assay report clean/m,
        'the man page has it');
};

subtest 'the variable names the file where no option does' => sub {
    my $file = new_state('named.db');
    for my $command (qw(audit clean notices verify)) {
        my $run = run_assay('report', $command,
            { env => { ASSAY_STATE => $file } });
        is($run->{exit}, 0, "$command: exit code") or diag $run->{err};
        $run = run_assay('report', $command, { env => { ASSAY_STATE => '' } });
        is($run->{exit}, 2, "$command: an empty one names none");
    }
};

subtest 'JSON that cannot be written is said, and the text all the same' => sub {
    my $file = new_state('unwritten.db');
    for my $command (qw(audit clean notices verify)) {
        my $text = run_assay('report', $command, '--state', $file)->{out};
        my $run = run_assay('report', $command, '--state', $file, '--json',
            "$dir/nowhere/$command.json");
        is($run->{exit}, 4, "$command: exit code");
        like($run->{err}, qr{nowhere/$command\.json}, "$command: said");
        is($run->{out}, $text, "$command: the text");
        $run = run_assay('report', $command, '--state', $file, '--json',
            "$dir/$command.json");
        is($run->{exit}, 0, "$command: written, exit code");
        is($run->{out}, $text, "$command: with the text");
        $run = run_assay('report', $command, '--state', $file, '--json', '-');
        is($run->{out}, read_file("$dir/$command.json"),
            "$command: or to standard output, without it");
    }
};

subtest 'a file that is not ours is refused and stays as it is' => sub {
    my %file = (
        empty => ['', 'is empty'],
        yaml => ["checks: {}\n", 'is no state file'],
    );
    sql("$dir/foreign", 'CREATE TABLE mine (x); INSERT INTO mine VALUES (1);');
    $file{foreign} = [read_file("$dir/foreign"), 'another program'];
    for my $name (sort keys %file) {
        my ($bytes, $part) = @{ $file{$name} };
        write_file("$dir/$name", $bytes);
        for my $command (qw(clean audit)) {
            my $run = run_assay('report', $command, '--state', "$dir/$name");
            is($run->{exit}, 2, "$command $name: exit code");
            like($run->{err}, qr/\Q$part\E.*left as it is/,
                "$command $name: said");
            is(read_file("$dir/$name"), $bytes, "$command $name: unchanged");
        }
    }
};

row 'DA2', 'who changed what, as records' => sub {
    my $file = new_state('audit.db');
    my $ns = '000000000';
    sql($file, "INSERT INTO audit (at, user, action, resource, details, "
        . "success) VALUES (${\($now - 60)}$ns, 'ana', 'silence.add', "
        . "'down/home', 'deploy, 1 h', 1), (${\($now - 50)}$ns, 'bo', "
        . "'config.reload', 'shop.yaml', 'line 3: no' || char(27) || '[2J', "
        . "0), (${\($now - 999999)}$ns, 'old', 'a', 'b', '', 1);");
    my $run = run_assay('report', 'audit', '--state', $file);
    is($run->{exit}, 0, 'exit code') or diag $run->{err};
    my @lines = split /\n/, $run->{out};
    is(scalar @lines, 2, 'the last seven days');
    like($lines[0], qr/^\d{4}-\d\d-\d\dT[\d:]+Z  ana  silence\.add  down\/home  done: deploy, 1 h$/,
        'one that was done');
    like($lines[1], qr/  bo  config\.reload  shop\.yaml  failed: line 3: no/,
        'one that failed');
    unlike($run->{out}, qr/\e/, 'nothing for the terminal');
    my $json = json_ok(run_assay('report', 'audit', '--state', $file,
        '--since', '30d', '--json', '-'));
    is(scalar @$json, 3, 'further back');
    is_deeply([sort keys %{ $json->[1] }],
        [qw(action details resource success timestamp user)], 'members');
    is($json->[2]{user}, 'bo', 'in order of time');
    ok(!$json->[2]{success}, 'success is true or false');
    $run = run_assay('report', 'audit', '--state', new_state('quiet.db'),
        '--since', '2d');
    like($run->{out}, qr/^nothing was changed in the last 2d$/, 'nothing');
};

row 'TX18', 'what was changed behind its back is found' => sub {
    my $file = "$dir/chain.db";
    my $scenario = scenario(<<"END");
name: shop
checks:
  home:
    steps:
      - get: http://127.0.0.1:@{[free_port()]}/
alerts:
  channels:
    ops: { exec: { command: ['true'] } }
  rules:
    down: { when: consecutive(fail) >= 1 }
END
    run_assay('probe', $scenario, '--state', $file) for 1 .. 2;
    sql($file, 'SELECT 1');
    my $verify = sub { run_assay('report', 'verify', '--state', $file, @_) };
    my $run = $verify->();
    is($run->{exit}, 0, 'as written: exit code') or diag $run->{err};
    like($run->{out}, qr/^alerts of shop: [1-9]\d* rows? fits?, head [0-9a-f]{64}$/m,
        'as written: said');
    my $json = json_ok($verify->('--json', '-'));
    my ($log) = grep { $_->{of} eq 'alerts' } @{ $json->{chains} };
    is($log->{scenario}, 'shop', 'whose log it is');
    is($log->{flaw}, undef, 'no flaw');
    is($verify->('--head', $log->{head})->{exit}, 0, 'a noted head is found');
    $run = $verify->('--head', '0' x 64);
    is($run->{exit}, 1, 'a head of another past: exit code');
    like($run->{out}, qr/NOT FOUND/, 'a head of another past: said');
    is($verify->('--head', 'abc')->{exit}, 2, 'no head at all');
    # the chain is what its description says, so that others can verify it too
    my $rows = sql($file, "SELECT hex(hash), at, hex(key), hex(kind), hex(body) "
        . "FROM entry ORDER BY id");
    my $hash = "\0" x 32;
    for my $row (split /\n/, $rows) {
        my ($is, $at, @texts) = split /\|/, $row;
        my $bytes = $hash . pack('Q>a*Q>Q>', 5, 'entry', 8, $at) . join '',
            map { pack 'Q>/a*', $_ } 'shop', map { pack 'H*', $_ } @texts;
        $hash = sha256($bytes);
        is(lc $is, unpack('H*', $hash), 'a hash made by others');
    }
    sql($file, "UPDATE entry SET body = replace(body, 'down', 'fine') "
        . "WHERE id = 1");
    $run = $verify->();
    is($run->{exit}, 1, 'changed: exit code');
    like($run->{out}, qr/^alerts of shop: CHANGED: row 1 of table entry \(\S+Z \w+ down\/home\) does not follow/m,
        'changed: the row is named');
    is(json_ok($verify->('--json', '-'))->{ok}, JSON::PP::false, 'as JSON');
    is(run_assay('report', 'verify', '--state', "$dir/none.db")->{exit}, 4,
        'a file that is not there');
};

row 'TX20', 'clean rolls up by the minute, hour and day, removes, makes smaller' => sub {
    my $file = new_state('clean.db');
    # a check a minute for three days, up but for one hour
    my $from = $now - 3 * 86400;
    $from -= $from % 86400;
    sql($file, "INSERT INTO scenario (id, name) VALUES (1, 'shop');
        INSERT INTO watched (id, scenario, name, every_ns)
        VALUES (1, 1, 'home', 60000000000);
        INSERT INTO text (id, hash, body) VALUES (1, 0, '');
        WITH RECURSIVE m(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM m
        WHERE i < 4000)
        INSERT INTO seen SELECT 1, ($from + 60 * i) * 1000000000, 1,
        CASE WHEN i BETWEEN 60 AND 119 THEN 2 ELSE 0 END,
        CASE WHEN i BETWEEN 60 AND 119 THEN 5 ELSE 0 END, 2, 0, 0, NULL, 1,
        zeroblob(0), zeroblob(200) FROM m;");
    my $before = -s $file;
    my $json = json_ok(run_assay('report', 'clean', '--state', $file,
        '--json', '-'));
    cmp_ok($json->{rolled_minutes}, '>=', 4000, 'minutes rolled up');
    cmp_ok($json->{removed_rows}, '>', 1000, 'rows removed');
    is($json->{bytes_before}, $before, 'size before');
    is($json->{bytes_after}, -s $file, 'size after');
    cmp_ok(-s $file, '<', $before, 'smaller');
    ok($json->{fits}, 'no maximum is kept');
    my $levels = sql($file, 'SELECT level, count(*) FROM page GROUP BY level');
    like($levels, qr/^1\|\d+\n2\|\d+\n3\|\d+\n\z/, 'three coarser levels');
    my $run = run_assay('report', 'clean', '--state', $file);
    is($run->{exit}, 0, 'again: exit code');
    like($run->{out}, qr/clean\.db: \d+ minutes rolled up, \d+ rows removed, \S+ \S+ before, \S+ \S+ after$/,
        'in words');
    $run = run_assay('report', 'clean', '--state', $file, '--older-than', '1h',
        '--max-size', '100kB');
    like($run->{exit}, qr/^[01]$/, 'as small as it goes');
    my $left = sql($file, 'SELECT count(*) FROM seen');
    cmp_ok($left, '<', 100, 'only the newest observations are left');
    ok(!-e "$file-wal", 'one file is all of it');
};

subtest 'what waits to be told is not removed' => sub {
    my $file = new_state('waits.db');
    sql($file, "INSERT INTO scenario (id, name) VALUES (1, 'shop');
        INSERT INTO letter (scenario, channel, told_with, dedup, body, made_at,
        not_before, expires_at, status) VALUES
        (1, 'ops', '', 'a', '{}', 1, 1, 1, 0),
        (1, 'ops', '', 'b', '{}', 1, 1, 1, 2);");
    my $run = run_assay('report', 'clean', '--state', $file, '--max-size',
        '1B');
    is($run->{exit}, 1, 'over its maximum: exit code');
    like($run->{out}, qr/still over its maximum/, 'over its maximum: said');
    is(sql($file, 'SELECT group_concat(dedup) FROM letter'), "a\n",
        'what was sent is gone, what waits is there');
};

subtest 'a name is a name' => sub {
    for my $name (':memory:', 'file:x?mode=memory', '-', 'a b%20c') {
        write_file("$dir/$name", '');
        my $run = run_assay('report', 'clean', "--state=$name",
            { cwd => $dir });
        is($run->{exit}, 2, "$name: exit code");
        like($run->{err}, qr/"\Q$name\E" is empty/, "$name: said");
    }
};

subtest 'what is no file is said' => sub {
    my $file = new_state('held.db');
    my $run = run_assay('report', 'clean', '--state', "$file/x");
    is($run->{exit}, 4, 'no folder: exit code');
    $run = run_assay('report', 'clean', '--state', $dir);
    is($run->{exit}, 2, 'a folder: exit code');
    like($run->{err}, qr/no regular file/, 'a folder: said');
};

done_testing();

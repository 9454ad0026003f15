#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The scenario language: every mistake has a message with its place, and the
# decoder and the JSON Schema hold the same opinion of every file.
use strict;
use warnings;
use Test::More;
use Assay;

my $head = "checks:\n  a:\n    steps:\n";
my $get = "$head      - get: http://127.0.0.1:1/\n";

# name, text, place, part of the message, whether a schema can see it too
my @bad = (
    ['unknown key', "chekcs: {}\n", '1:1', 'did you mean "checks"', 1],
    ['unknown key of a check', "checks:\n  a:\n    stepz: []\n", '3:5',
     'did you mean "steps"', 1],
    ['unknown key of a step', "${get}        exepct: {}\n", '5:9',
     'did you mean "expect"', 1],
    ['unknown kind of step', "$head      - gett: http://x/\n", '4:9',
     'did you mean "get"', 1],
    ['two kinds in a step', "${get}        tls: x:443\n", '5:9',
     '"get" and "tls"', 1],
    ['unknown expectation', "${get}        expect: { statsu: 200 }\n", '5:19',
     'did you mean "status"', 1],
    ['unknown operator', "${get}        expect: { body: { contians: x } }\n",
     '5:27', 'did you mean "contains"', 1],
    ['duration without unit', "${get}        timeout: 10\n", '5:18',
     'write 10s or 10ms', 1],
    ['duration with a wrong unit', "${get}        timeout: 10sec\n", '5:18',
     '"timeout" must be a duration', 1],
    ['size without unit', "${get}        max_body: 1000\n", '5:19',
     '"max_body" must be a size', 1],
    ['size with an ambiguous unit', "${get}        max_body: 10k\n", '5:19',
     '10', 1],
    ['duration out of range', "${get}        timeout: 30h\n", '5:18',
     'at most 1d', 0],
    ['count out of range', "${get}        redirects: 1000\n", '5:20',
     'at most 50, got 1000', 1],
    ['count that is no number', "${get}        redirects: many\n", '5:20',
     'must be a whole number', 1],
    ['true or false', "${get}        verify: yes\n", '5:17',
     'must be true or false', 1],
    ['choice', "${get}        http: '3'\n", '5:15', 'must be one of', 1],
    ['severity', "checks:\n  a:\n    severity: criticl\n    steps:\n" .
     "      - get: http://127.0.0.1:1/\n", '3:15',
     'did you mean "critical"', 1],
    ['headers must be a map', "${get}        headers: [a, b]\n", '5:18',
     'must be a map', 1],
    ['two bodies', "${get}        body: x\n        json: {}\n", '6:15',
     'cannot both be the body', 0],
    ['two kinds of auth', "${get}        auth: { bearer: x, " .
     "basic: { user: a, password: b } }\n", '5:35', 'not several', 1],
    ['auth without password', "${get}        auth: { basic: { user: a } }\n",
     '5:24', 'needs "password"', 1],
    ['status out of range', "${get}        expect: { status: 999 }\n", '5:27',
     '', 0],
    ['status class', "${get}        expect: { status: 6xx }\n", '5:27', '', 1],
    ['jitter as long as the interval', "checks:\n  a:\n    every: 10s\n" .
     "    jitter: 10s\n    steps:\n      - get: http://127.0.0.1:1/\n", '4:13',
     '"jitter" must be less than "every"', 0],
    ['start_offset without unit', "checks:\n  a:\n    start_offset: 5\n" .
     "    steps:\n      - get: http://127.0.0.1:1/\n", '3:19',
     'write 5s or 5ms', 1],
    ['unknown key of watch', "watch: { lisen: x }\n$get", '1:10',
     'did you mean "listen"', 1],
    ['where a watch listens', "watch: { listen: 9115 }\n$get", '1:18',
        'must be an address and a port'],
    ['a watch that is open to others', "watch: { listen: 0.0.0.0:9115 }\n$get", '1:18',
        'write a "token" under "watch" as well'],
    ['concurrency of watch', "watch: { concurrency: 0 }\n$get", '1:23',
     'at least 1', 1],
    ['a level that is none', "log: { level: loud }\n$get", '1:15',
     'must be one of debug', 1],
    ['a level of a part', "log: { levels: { assay.probe: loud } }\n$get",
     '1:31', 'must be one of debug', 1],
    ['rotation without a when', "log: { file: x, rotate: { keep: 3 } }\n$get",
     '1:25', 'must say when', 0],
    ['rotation of nothing', "log: { rotate: { daily: true } }\n$get",
     '1:16', 'needs a "file"', 0],
    ['delay without compressing',
     "log: { file: x, rotate: { daily: true, delay_compress: true } }\n$get",
     '1:25', 'needs "compress_after"', 0],
    ['a log by a value of the run', "secrets: [S]\nlog: { file: " .
     "'\${secret.S}' }\n$get", '2:14', 'must be known when', 0],
    ['list where one value is meant',
     "${get}        expect: { json: { \$.a: [1, 2] } }\n", '', 'in: [', 1],
    ['impossible range',
     "${get}        expect: { time: { total: { lt: 1s, gt: 5s } } }\n", '',
     'impossible range', 0],
    ['impossible between',
     "${get}        expect: { json: { \$.a: { between: [5, 1] } } }\n", '',
     'impossible range', 0],
    ['time without unit', "${get}        expect: { time: { total: { lt: 2 } } }\n",
     '', 'unit', 1],
    ['JSONPath', "${get}        expect: { json: { '\$.a[': 1 } }\n", '5:',
     '', 0],
    ['path that finds several', "${get}        expect: { json: " .
     "{ \$.a.*: ok } }\n", '', 'each', 0],
    ['capture of several', "${get}        capture: { x: { json: '\$..a' } }\n",
     '5:31', 'needs one value', 0],
    ['capture without source', "${get}        capture: { x: {} }\n", '5:20',
     'needs a source', 0],
    ['capture with two sources',
     "${get}        capture: { x: { header: A, status: true } }\n", '',
     'second one', 0],
    ['capture shadows a var', "vars: { x: 1 }\n${get}        " .
     "capture: { x: { status: true } }\n", '6:20', 'name of "vars"', 0],
    ['regular expression', "${get}        expect: { body: { matches: '(' } }\n",
     '5:', '', 0],
    ['undefined name', "$head      - get: http://\${hots}/\n", '4:23',
     'hots', 0],
    ['undefined name, a near one', "vars: { host: x }\n$head" .
     "      - get: http://\${hots}/\n", '5:23', 'did you mean', 0],
    ['used before it is captured', "${get}      - get: http://x/\${t}\n" .
     "      - get: http://x/\n        capture: { t: { status: true } }\n",
     '5:25', '"t"', 0],
    ['a step uses its own capture', "$head      - get: http://x/\${t}\n" .
     "        capture: { t: { status: true } }\n", '4:25', '"t"', 0],
    ['undeclared secret', "$head      - get: http://\${secret.X}/\n", '4:',
     'X', 0],
    ['a secret as env', "secrets: [TOKEN]\n$head      - get: " .
     "http://\${env.TOKEN}/\n", '5:', '${secret.TOKEN}', 0],
    ['unknown function', "$head      - get: http://x/\${uuidd()}\n", '4:',
     'uuid', 0],
    ['open template', "$head      - get: 'http://x/\${a'\n", '4:', '', 0],
    ['cycle of vars', "vars: { a: '\${b}', b: '\${a}' }\n$get", '1:',
     'a -> b -> a', 0],
    ['cycle through itself', "vars: { a: 'x\${a}' }\n$get", '1:', 'a -> a', 0],
    ['vars of the wrong type', "vars: { a: [1] }\n$get", '1:12',
     'must be a text', 1],
    ['duplicate key', "$get$get", '5:1', 'line 1', 0],
    ['empty list of steps', "checks:\n  a:\n    steps: []\n", '3:12',
     '1 to', 1],
    ['check without steps', "checks:\n  a: {}\n", '2:6', 'needs "steps"', 1],
    ['nothing to check', "name: x\n", '', 'nothing to check', 0],
    ['check of the wrong type', "checks:\n  a: 5\n", '2:6', 'must be a map', 1],
    ['root of the wrong type', "- a\n", '1:1', 'must be a map', 1],
    ['tags', "checks:\n  a:\n    tags: x\n    steps:\n      - think: 1s\n",
     '3:11', 'must be a list', 1],
    ['tls takes no headers', "$head      - tls: x:443\n        headers: {}\n",
     '5:9', 'unknown key "headers"', 1],
    ['wait without for', "$head      - wait:\n          - get: http://x/\n",
     '4:9', 'needs "for"', 1],
    ['steps too deep', $head . join('', map { (' ' x (6 + 4 * $_)) .
     "- group: g$_\n" . (' ' x (8 + 4 * $_)) . "steps:\n" } 0 .. 8) .
     (' ' x 42) . "- think: 1s\n", '', 'at most 8 lists deep', 0],
    ['think range', "$head      - think: { between: [3s, 1s] }\n", '4:',
     'impossible range', 0],
    ['send in two ways', "$head      - tcp: x:1\n        send: { hex: '00', " .
     "base64: AA== }\n", '5:15', 'either', 0],
    ['bad hexadecimal', "$head      - tcp: x:1\n        send: { hex: 0g }\n",
     '5:15', 'no hexadecimal', 0],
    ['shape of health', "$head      - health: http://x/\n        shape: chekcs\n",
     '5:16', 'did you mean "checks"', 1],
    ['a selector with a bad pattern', "$head      - metrics: http://x/\n" .
     "        keep: { a: 'b{c=~\"(\"}' }\n", '5:', 'not a pattern', 0],
    ['a selector without a name', "$head      - metrics: http://x/\n" .
     "        keep: { a: '{b=\"c\"}' }\n", '5:', 'needs the name of a metric', 0],
    ['a selector without quotes', "$head      - metrics: http://x/\n" .
     "        expect: { metrics: { 'a{b=c}': 1 } }\n", '5:34',
     'a text in quotes', 0],
    ['a selector with a range', "$head      - metrics: http://x/\n" .
     "        expect: { metrics: { 'a[5m]': 1 } }\n", '5:31',
     'a name and labels', 0],
    ['a series kept twice', "$head      - metrics: http://x/\n" .
     "        keep: { a: b }\n        series: { a: \$.a }\n", '6:19',
     'keeps a "a" already', 0],
    ['the name of a series', "${get}        series: { a.b: \$.a }\n", '5:19',
     'cannot be the name of a series', 1],
    ['a series of nothing', "${get}        series: { a: {} }\n", '5:19',
     'needs a source', 0],
    ['a series of two things', "${get}        series: { a: { json: \$.a, " .
     "header: B } }\n", '', 'second one', 0],
    ['a path of a series', "${get}        series: { a: '\$.a[' }\n", '5:', '',
     0],
    ['a unit of a series', "${get}        series: { a: { json: \$.a, " .
     "unit: seconds } }\n", '5:41', 'must be one of', 1],
    ['series of a tls step', "$head      - tls: x:443\n" .
     "        series: { a: \$.a }\n", '5:9', 'unknown key "series"', 1],
    ['a command with blanks', "$head      - exec: df -P /\n", '4:15',
     'there is no shell', 1],
    ['no command', "$head      - exec: []\n", '4:15', 'a list of 1 to', 1],
    ['a secret on a command line', "secrets: [T]\n$head      - exec: [curl, " .
     "'-u \${secret.T}']\n", '5:22', 'hand it over in "env" or "stdin"', 0],
    ['a variable with a bad name', "$head      - exec: [a]\n" .
     "        env: { 'A=B': c }\n", '5:16', 'cannot be the name', 0],
    ['the exit code of a plugin', "$head      - exec: [a]\n" .
     "        plugin: true\n        expect: { exit: 1 }\n", '4:9',
     'judged already', 0],
    ['a status of a command', "$head      - exec: [a]\n" .
     "        expect: { status: 200 }\n", '5:19', 'unknown key "status"', 1],
    ['a command as load', "loads:\n  l:\n    flow: { steps: [{ exec: [a] }] }\n" .
     "    arrivals: { rate: 1/s, for: 1s }\n", '', 'cannot run commands', 0],
    ['environment of the wrong type', "environments: { a: 5 }\n$get", '1:20',
     'must be a map', 1],
    ['secret in two places', "secrets: [{ name: A, env: B, file: c }]\n$get",
     '1:11', 'not both', 0],
    ['secret twice', "secrets: [A, A]\n$get", '1:14', 'already', 0],
    ['method', "$head      - request: http://x/\n        method: 'A B'\n", '4:9',
     'no method', 0],
    ['request without method', "$head      - request: http://x/\n", '4:9',
     'needs "method"', 1],
    ['several documents', "${get}---\n$get", '5:', '', 0],
    ['tabs', "checks:\n\ta: 1\n", '2:', '', 0],
    ['not YAML', "checks: [\n", '', '', 0],
    ['way without a port', "${get}        resolve: { x: 127.0.0.1 }\n", '5:23',
     'host:port', 0],
    ['way to no address', "${get}        resolve: { 'x:80': localhost }\n",
     '5:28', 'address', 0],
    ['way to no port', "${get}        connect_to: { 'x:80': y }\n", '5:31',
     'host:port', 0],
    ['retries', "checks:\n  a:\n    retries: 0\n    steps:\n      - think: 1s\n",
     '3:14', 'at least 1', 1],
);

# a load of the check a, with these keys
my $load = "${get}loads:\n  l:\n    flow: a\n";
my $plan = "    arrivals: { rate: 1/s, for: 20s }\n";
push @bad, (
    ['unknown key of a load', "${load}${plan}    limts: []\n", '9:5',
     'did you mean "limits"', 1],
    ['load without a flow', "${get}loads:\n  l:\n$plan", '7:5',
     'needs "flow"', 1],
    ['load without a plan', $load, '6:3', 'needs "arrivals" or "users"', 0],
    ['load with two plans', "${load}${plan}    users: { count: 1, for: 1s }\n",
     '9:5', 'either "arrivals" or "users"', 0],
    ['load of no check', "${get}loads:\n  l:\n    flow: chek\n$plan", '7:11',
     'no check "chek"', 0],
    ['rate without unit', "${load}    arrivals: { rate: 200, for: 1s }\n",
     '8:23', 'write 200/s or 200/min', 1],
    ['rate of nothing', "${load}    arrivals: { rate: 0/s, for: 1s }\n",
     '8:23', 'at least 0.001/s', 0],
    ['negative rate', "${load}    arrivals: { rate: -1/s, for: 1s }\n",
     '8:23', 'negative', 1],
    ['rate beyond all', "${load}    arrivals: { rate: 20000000/s, for: 1s }\n",
     '8:23', 'at most 10000000/s', 0],
    ['load without an end', "${load}    arrivals: { rate: 200/s }\n", '8:15',
     'would never end', 0],
    ['stage without a level', "${load}    arrivals: { stages: [{ for: 1s }] }\n",
     '8:26', 'needs "rate" or "to"', 0],
    ['process', "${load}    arrivals: { rate: 1/s, for: 1s, process: fast }\n",
     '8:46', 'one of even, poisson', 1],
    ['users of no number', "${load}    users: { count: 0, for: 1s }\n", '8:21',
     'at least 1', 1],
    ['limit of the wrong unit', "${load}${plan}    limits: [ratio(errors) < 5s]\n",
     '9:30', 'a share like 1%', 0],
    ['limit of no step',
     "${load}${plan}    limits: ['p95(latency, step: x) < 5s']\n", '9:15',
     'no step "x"', 0],
    ['limit split by a list', "${load}${plan}    limits: [p95(latency, 5m) < 2s]\n",
     '9:25', 'needs quotes', 0],
    ['load waits for itself', "${load}${plan}    after: l\n", '9:12',
     'waits for itself', 0],
    ['host that is not allowed', "${get}loads:\n  l:\n    flow: { steps: " .
     "[{ get: 'http://x.example.org/' }] }\n$plan", '7:21',
     'may not send to x.example.org', 0],
    ['every host allowed', "${load}${plan}    allow_hosts: ['*']\n", '9:19',
     'every host', 0],
    ['data of an unknown kind', "data: { u: users.txt }\n$get", '1:12',
     'must end in .csv', 0],
    ['data that is not there', "data: { u: none.csv }\n$get", '1:12',
     'no such file', 0],
    ['unknown order of data', "data: { u: { file: u.csv, order: any } }\n$get",
     '1:34', 'one of sequential', 1],
    ['unknown column', "${head}      - get: http://x/\${data.user}\n", '4:25',
     'data.user', 0],
);

push @bad, (
    ['unknown key of state', "state: { kepe: {} }\n$get", '1:10',
     'did you mean "keep"', 1],
    ['age without unit', "state: { keep: { raw: 2 } }\n$get", '1:23',
     'write 2s or 2ms', 1],
    ['age of nothing', "state: { keep: { day: 1m } }\n$get", '1:23',
     'at least 1d', 0],
    ['ages that fall', "state: { keep: { raw: 9d, hour: 8d } }\n$get", '1:16',
     '"hour" must be kept at least as long as "raw"', 0],
    ['size of state without unit', "state: { max_size: 50 }\n$get", '1:20',
     '"max_size" must be a size', 1],
    ['size of state of nothing', "state: { max_size: 1kB }\n$get", '1:20',
     'at least', 0],
);

# alerts about the check a
my $alerts = "${get}alerts:\n  channels: { ops: { exec: x } }\n";
push @bad, (
    ['unknown key of alerts', "${get}alerts: { chanels: {} }\n", '5:11',
     'did you mean "channels"', 1],
    ['channel without a kind', "${get}alerts: { channels: { ops: {} } }\n",
     '5:28', 'needs its kind', 0],
    ['unknown kind of channel',
     "${get}alerts: { channels: { ops: { slak: x } } }\n", '5:30',
     'did you mean "slack"', 1],
    ['unknown setting of a channel',
     "${get}alerts: { channels: { ops: { telegram: { chatt: 1 } } } }\n",
     '5:42', 'did you mean "chat"', 1],
    ['mail to nobody', "${get}alerts: { channels: { ops: { email: } } }\n",
     '5:37', 'needs "to"', 1],
    ['severity of a channel', "${get}alerts: { channels: { ops: { exec: x, " .
     "severities: [bad] } } }\n", '5:52', 'must be one of', 1],
    ['rule without a sentence', "${alerts}  rules: { r: {} }\n", '7:12',
     'needs "when" or "tiers"', 0],
    ['rule that is no sentence', "${alerts}  rules: { r: { when: down } }\n",
     '7:23', 'not a function of a rule', 0],
    ['sentence cut by a comma', "${alerts}  rules: { r: { when: p95(latency, " .
     "5m) > 2s } }\n", '7:34', 'needs quotes', 1],
    ['rule of no check', "${alerts}  rules: { r: { when: consecutive(fail) " .
     ">= 3, on: b } }\n", '7:51', 'no check "b"', 0],
    ['rule of no series', "${alerts}  rules: { r: { when: value(x) > 3 } }\n",
     '7:23', 'no check keeps a series "x"', 0],
    ['rule of no heartbeat', "${alerts}  rules: { r: { when: missing(x) } }\n",
     '7:23', 'no heartbeat "x"', 0],
    ['rules in a circle', "${alerts}  rules: { r: { when: cert_days() < 9, " .
     "depends_on: r } }\n", '7:12', 'circle: r -> r', 0],
    ['rule to no channel', "${alerts}  rules: { r: { when: cert_days() < 9, " .
     "channels: op } }\n", '7:50', 'no channel "op"', 0],
    ['cooldown without unit', "${alerts}  rules: { r: { when: cert_days() < 9" .
     ", cooldown: 5 } }\n", '7:50', 'must be a duration', 1],
    ['heartbeat without a period', "${get}alerts: { heartbeats: { b: {} } }\n",
     '5:28', 'needs "every"', 1],
    ['schedule of maintenance', "${get}alerts: { maintenance: [{ cron: " .
     "'60 2 * * *', for: 1h }] }\n", '5:33', 'no minute', 0],
    ['time zone that is not there', "${get}alerts: { maintenance: [{ cron: " .
     "'0 2 * * *', for: 1h, time_zone: Asia/Jakrta }] }\n", '5:66',
     'no time zone "Asia/Jakrta"', 0],
    ['digest at no time', "${get}alerts: { digest: { at: 8 } }\n", '5:25',
     "'08:00'", 1],
    ['checks in a circle', "checks:\n  a:\n    depends_on: a\n    steps: [{ " .
     "think: 1s }]\n", '2:3', 'circle: a -> a', 0],
);

# what no schema is asked about
my @broken = (
    ['empty file', '', 'empty'],
    ['only comments', "# nothing\n", 'nothing but comments'],
    ['NUL bytes', "checks:\0\n", 'NUL'],
    ['binary', join('', map { chr } 0 .. 255), ''],
    ['UTF-16', "\xff\xfec\0h\0", ''],
    ['broken UTF-8', "name: \xff\xfe\n", ''],
    ['alias bomb', "a: &a [x,x,x,x,x,x,x,x,x]\n" . join('', map {
        my $p = chr(ord('a') + $_ - 1);
        my $n = chr(ord('a') + $_);
        "$n: &$n [" . join(',', ("*$p") x 9) . "]\n" } 1 .. 9), 'too many values'],
);

my %file;
my $dir = temp_dir();
for my $row (@bad) {
    (my $slug = $row->[0]) =~ s/\W+/-/g;
    $file{$row->[0]} = write_file("$dir/$slug.yaml", $row->[1]);
}

subtest 'each mistake has a message with its place, and exit code 2' => sub {
    for my $row (@bad) {
        my ($name, $text, $place, $part) = @$row;
        my $run = run_assay('lint', $file{$name});
        is($run->{exit}, 2, "$name: exit code");
        like($run->{err}, qr/^\Q$file{$name}\E:\Q$place\E/m, "$name: place");
        like($run->{err}, qr/\Q$part\E/, "$name: message");
        is($run->{out}, '', "$name: nothing on standard output");
    }
};

subtest 'a caret points at the place' => sub {
    my $run = run_assay('lint', $file{'duration without unit'});
    like($run->{err}, qr/^    \s+timeout: 10\n    \s{17}\^$/m, 'under the 10');
};

subtest 'all mistakes in one go, the rest counted' => sub {
    my $text = $get . join('', map { "        zz$_: 1\n" } 1 .. 80);
    my $run = run_assay('lint', scenario($text));
    is($run->{exit}, 2, 'exit code');
    my $n = () = $run->{err} =~ /unknown key/g;
    is($n, 50, 'fifty are said');
    like($run->{err}, qr/^and 30 more$/m, 'the rest is counted');
};

subtest 'files that are no scenario at all' => sub {
    for my $row (@broken) {
        my ($name, $text, $part) = @$row;
        my $path = write_file("$dir/broken.yaml", $text);
        my $run = run_assay('lint', $path);
        is($run->{exit}, 2, "$name: exit code");
        like($run->{err}, qr/\Q$part\E/, "$name: message");
    }
    my $run = run_assay('lint', $dir);
    is($run->{exit}, 2, 'a directory: exit code');
    like($run->{err}, qr/director/, 'a directory: message');
    $run = run_assay('lint', "$dir/none.yaml");
    like($run->{exit}, qr/^[24]$/, 'a missing file: exit code');
    like($run->{err}, qr/none\.yaml/, 'a missing file: message');
    my $big = "$dir/big.yaml";
    open(my $f, '>', $big) or die;
    truncate($f, 100 << 20);
    close($f);
    $run = run_assay('lint', $big);
    is($run->{exit}, 2, '100 MB: exit code');
    like($run->{err}, qr/4 ?Mi?B|4194304/, 'the limit is said');
};

subtest 'nothing is sent when there is a mistake' => sub {
    my $origin = start_origin();
    my $path = scenario("checks:\n  a:\n    steps:\n      - get: " .
        $origin->http_url('/ok') . "\n      - get: http://x/\n        timeout: 5\n");
    is(run_assay('probe', $path)->{exit}, 2, 'exit code');
    my $stats = $origin->stats;
    ok(!grep({ $_ eq '/ok' } keys %{ $stats->{paths} || {} }), 'no request');
};

subtest 'a check takes the first row of its data' => sub {
    my $origin = start_origin();
    write_file("$dir/rows.csv", "user,word\nfirst,\"a b\"\nsecond,c\n");
    my $yaml = "data: { rows: rows.csv }\nchecks:\n  a:\n    steps:\n" .
        "      - post: " . $origin->http_url('/echo') . "\n" .
        "        body: '\${data.user} \${data.rows.word}'\n" .
        "        expect: { json: { \$.body: first a b } }\n";
    my $path = write_file("$dir/rows.yaml", $yaml);
    my $run = run_assay('probe', $path);
    is($run->{exit}, 0, 'exit code') or diag $run->{out} . $run->{err};
    write_file("$dir/rows.csv", "user,word\nfirst\n");
    $run = run_assay('probe', $path);
    is($run->{exit}, 2, 'a short row: exit code');
    like($run->{err}, qr/^\Q$dir\E\/rows\.csv:2:1: .*2 values/m,
        'a short row: place');
};

subtest 'probe knows what to do with loads alone' => sub {
    my $run = run_assay('probe', 'scenarios/examples/load-users.yaml');
    is($run->{exit}, 2, 'exit code');
    like($run->{err}, qr/assay loadgen/, 'says what runs them');
    $run = run_assay('lint', 'scenarios/examples/load.yaml');
    like($run->{out}, qr/ok, 1 check, 2 loads$/, 'lint counts them');
};

row 'AT16', 'an ambiguous unit is refused with both readings', sub {
    for my $case (
        ['ratio(5xx, 5m) > 0.05', 'ratio(5xx, 5m) > 5%', 'rate(5xx, 5m) > 0.05/s'],
        ['rate(5xx, 5m) > 5%', 'ratio(5xx, 5m) > 5%', 'rate(5xx, 5m) > 0.05/s'],
        ['rate(5xx, 5m) > 0.05', 'ratio(5xx, 5m) > 5%', 'rate(5xx, 5m) > 0.05/s'],
    ) {
        my ($when, @readings) = @$case;
        my $path = scenario("${alerts}  rules:\n    r: { when: '$when' }\n");
        my $run = run_assay('lint', $path);
        is($run->{exit}, 2, "$when: exit code");
        like($run->{err}, qr/^\Q$path\E:8:\d+: /m, "$when: place");
        like($run->{err}, qr/\Q$_\E/, "$when: $_") for @readings;
    }
    my $run = run_assay('lint', scenario("${alerts}  rules:\n" .
        "    share: { when: 'ratio(5xx, 5m) > 5% for 5m' }\n" .
        "    rate: { when: 'rate(5xx, 5m) > 0.05/s for 5m' }\n"));
    is($run->{exit}, 0, 'both readings, written out') or diag $run->{err};
};

subtest 'lint says which alerts nobody will hear of' => sub {
    my $check = "checks:\n  a:\n    every: 5m\n    steps:\n" .
        "      - get: http://127.0.0.1:1/\n        expect: { status: 200 }\n";
    my $channel = "alerts:\n  channels: { ops: { exec: x, severities: error } }\n";
    for my $case (
        ['down_for() > 60s', 'every 5m: let its "retries" last longer than 1m'],
        ["'count(5xx, 5m) > 10'", 'can never be true: check "a" makes at most 2'],
        ["'ratio(5xx, 1m) > 5%'", 'looks back 1m, and check "a" runs every 5m'],
    ) {
        my $run = run_assay('lint', scenario("$check$channel" .
            "  rules: { r: { when: $case->[0], severity: error } }\n"));
        is($run->{exit}, 0, "$case->[0]: exit code");
        like($run->{err}, qr/\Q$case->[1]\E/, "$case->[0]: warning");
    }
    my $run = run_assay('lint', scenario("$check$channel" .
        "  rules: { r: { when: consecutive(fail) >= 3, severity: warning } }\n" .
        "  heartbeats: { b: { every: 1h } }\n  digest: { at: '08:00' }\n"));
    like($run->{err}, qr/nobody is told of rule "r" on check "a": no channel takes severity warning/,
        'a severity that no channel takes');
    like($run->{err}, qr/no rule reaches channel "ops"/, 'a channel');
    like($run->{err}, qr/nobody is told when heartbeat "b" is missing/,
        'a heartbeat');
    like($run->{err}, qr/no channel gets the digest/, 'the digest');
    $run = run_assay('lint', scenario("$check" .
        "alerts: { channels: { ops: { slack: 'https://hooks.example.org/x' } } }\n"));
    like($run->{err}, qr/"url" stands here in clear/, 'a secret in clear');
    $run = run_assay('lint', 'scenarios/examples/alerts.yaml');
    like($run->{out}, qr/ok, 4 checks, 11 rules$/, 'rules are counted');
};

subtest 'rules find the series that checks keep' => sub {
    my $checks = join('', map { "  $_:\n    every: 1m\n    steps:\n" .
        "      - get: http://127.0.0.1:1/\n        expect: { status: 200 }\n" .
        "        series: { mem: \$.mem, errors: \$.errors, only_$_: \$.x }\n" }
        qw(a b));
    my $lint = sub {
        my ($rule) = @_;
        return run_assay('lint', scenario("checks:\n${checks}alerts:\n" .
            "  channels: { ops: { exec: x } }\n  rules: { r: { $rule } }\n"));
    };
    for my $rule ('when: value(mem) > 85%', 'when: value(b.mem) > 512MiB',
        'when: value(only_a) >= value(mem)', 'when: value(mem) > 1, on: [a, b]',
        q(when: 'rate("errors", 5m) > 1/s'), 'when: reset(only_b)') {
        my $run = $lint->($rule);
        is($run->{exit}, 0, "$rule: exit code") or diag $run->{err};
        is($run->{err}, '', "$rule: nothing to warn of");
    }
    for my $case (
        ['when: value(memm) > 1', 'series "memm"; did you mean "mem"?'],
        ['when: value(only_a) > 1, on: b',
            'check "b" keeps no series "only_a"; did you mean "only_b"?'],
        ['when: value(only_a) > value(only_b)', 'no check keeps all the series'],
        ['when: value(b.only_a) > 1', 'check "b" keeps no series "only_a"'],
        ['when: value(errors) > 1', 'own requests, not a series'],
    ) {
        my $run = $lint->($case->[0]);
        is($run->{exit}, 2, "$case->[0]: exit code");
        like($run->{err}, qr/\Q$case->[1]\E/, "$case->[0]: message");
    }
    my $run = $lint->(q(when: 'rate(errors, 5m) > 1/s', on: a));
    like($run->{err}, qr/also keeps a series "errors": the series is meant by quotes/,
        'a word that is a series too');
    $run = $lint->(q(when: 'increase(mem, 1m) > 1', on: a));
    like($run->{err}, qr/seen between two samples: write at least 2m/,
        'a window of one sample');
};

subtest 'alerts of several files are one' => sub {
    write_file("$dir/who.yaml", "alerts:\n  channels: { ops: { exec: x } }\n" .
        "  heartbeats: { backup: { every: 1d } }\n");
    my $main = "include: who.yaml\nvars: { patience: 60s }\n${get}" .
        "        expect: { status: 200 }\nalerts:\n  rules:\n" .
        "    down: { when: 'down_for() > \${patience}', channels: ops }\n" .
        "    late: { when: missing(backup) }\n";
    my $path = write_file("$dir/main.yaml", $main);
    my $run = run_assay('lint', $path);
    is($run->{out}, "$path: ok, 1 check, 2 rules\n", 'both') or diag $run->{err};
    write_file($path, "${main}  channels: { ops: { exec: y } }\n");
    $run = run_assay('lint', $path);
    is($run->{exit}, 2, 'a channel of each: exit code');
    like($run->{err}, qr/channel "ops" stands in another file already/,
        'a channel of each: message');
};

subtest 'a channel needs its secret when it is told, not before' => sub {
    my $origin = start_origin();
    my $path = scenario("checks:\n  a:\n    steps:\n      - get: " .
        $origin->http_url('/ok') . "\n        expect: { status: 200 }\n" .
        "alerts: { channels: { ops: { telegram: '1' } } }\n");
    delete local $ENV{TELEGRAM_BOT_TOKEN};
    my $run = run_assay('probe', $path);
    is($run->{exit}, 0, 'unset: exit code') or diag $run->{err};
    local $ENV{TELEGRAM_BOT_TOKEN} = 'abc';
    $run = run_assay('probe', $path);
    is($run->{exit}, 2, 'too short to be hidden: exit code');
    like($run->{err}, qr/"TELEGRAM_BOT_TOKEN" is too short/, 'and why');
};

my $npm = run_command('sh', 'tests/npm.sh', { timeout => 240 });
is($npm->{exit}, 0, 'the independent validator is there') or diag $npm->{err};
my $schema = "$dir/schema.json";
write_file($schema, run_assay('schema', 'scenario')->{out});

sub opinions {
    my %opinion;
    my $run = run_command('node', 'tests/validate.js', $schema, @_,
        { timeout => 120 });
    is($run->{exit}, 0, 'the validator ran') or diag $run->{err};
    $opinion{$2} = $1 while $run->{out} =~ /^(valid|invalid) (\S+)/mg;
    diag($run->{out}) if $ENV{SHOW};
    return \%opinion;
}

subtest 'decoder and schema agree on mistakes' => sub {
    my @seen = grep { $_->[4] } @bad;
    my $opinion = opinions(map { $file{$_->[0]} } @seen);
    is($opinion->{$file{$_->[0]}}, 'invalid', $_->[0]) for @seen;
};

subtest 'decoder and schema agree on what is shipped' => sub {
    my @shipped = (glob('scenarios/examples/*.yaml'), glob('scenarios/*.yaml'),
        glob('scenarios/systems/*.yaml'));
    my $opinion = opinions(@shipped);
    for my $path (@shipped) {
        is($opinion->{$path}, 'valid', "$path: schema");
        my $run = run_assay('lint', $path);
        is($run->{exit}, 0, "$path: lint") or diag $run->{err};
    }
};

subtest 'the schema in the tree is the one that the program prints' => sub {
    is(read_file('scenarios/schema.json'), read_file($schema), 'scenario');
    is(read_file('report/result.schema.json'),
        run_assay('schema', 'result')->{out}, 'result');
};

done_testing();

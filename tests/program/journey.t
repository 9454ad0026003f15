#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Journeys: values and cookies from step to step, branches, rounds, clean-up; and
# how the checks of a scenario are put together, chosen and run side by side.
use strict;
use warnings;
use Digest::SHA ();
use JSON::PP;
use Test::More;
use Assay;
use Steps;

my $origin = start_origin(tls => 1, raw => ['silent', 'banner:220 hello\r\n']);
my $ca = $origin->ca;
my $name = 0;

sub url { return $origin->http_url(@_) }
sub get { my ($path, %keys) = @_; return { get => url($path), %keys } }

# A step that says what ${...} is just now; said() reads it from the result.
sub say_it {
    my ($text, %keys) = @_;
    return get('/echo', headers => { 'X-Said' => $text }, %keys,
        capture => { said => { json => '$.headers["x-said"]', default => '' } });
}

sub said {
    my ($run, $check) = @_;
    return [map { my $s = $_; map { $_->{value} } grep { $_->{name} eq 'said' }
        @{ $s->{captures} || [] } } @{ $run->{check}{$check}{steps} }];
}

sub outcomes {
    my ($run, $check) = @_;
    return join ' ', map { $_->{outcome} } @{ $run->{check}{$check}{steps} };
}

sub fresh { return "j$$-" . ++$name }

# ---- values from step to step

subtest 'every source of a capture' => sub {
    my $json = $origin->json({ a => { token => 'tok"en', n => 7, half => 0.5,
        yes => JSON::PP::true, list => [1, 'x'], nil => undef, empty => '' } },
        header => 'X-Value:from header');
    my $page = $origin->reply(body => 'id=42; name="al"; id=43');
    my $run = probe({
        json => [{ get => $json, capture => { map { ("c_$_" =>
            { json => "\$.a.$_" }) } qw(token n half yes list nil empty) } },
            map { say_it("<\${c_$_}>") } qw(token n half yes list nil empty)],
        header => [{ get => $json, capture => { v =>
            { header => 'x-value' } } }, say_it('<${v}>')],
        status => [{ get => $json, capture => { v => { status => true } } },
            say_it('<${v}>')],
        url => [get('/redirect/1', redirects => 1, capture => { v =>
            { url => true } }), say_it('<${v}>')],
        body => [{ get => $page, capture => { v => { body => true } } },
            say_it('<${v}>')],
        group => [{ get => $page, capture => { v =>
            { regex => 'id=([0-9]+)' } } }, say_it('<${v}>')],
        whole => [{ get => $page, capture => { v =>
            { regex => 'name="[^"]*"' } } }, say_it('<${v}>')],
        cookie => [get('/cookies/set?sid=abcd&Path=/', capture => { v =>
            { cookie => 'sid' } }), get('/echo', headers => { 'X-V' => '${v}' },
            expect => { json => { '$.headers["x-v"]' => 'abcd' } })],
        certificate => [{ get => $origin->https_url('/ok'), ca_file => $ca,
            capture => { v => { certificate => 'chain' }, left =>
            { certificate => 'expires_in' } } }, say_it('<${v}>'),
            say_it('<${left}>')],
        answer => [{ tcp => '127.0.0.1:' . $origin->raw_port('banner'),
            expect => { answer => { contains => '220' } }, capture => { v =>
            { answer => true } } }, say_it('<${base64(v)}>')],
        again => [{ get => $json, capture => { v => { json => '$.a.n' } } },
            { get => $page, capture => { v => { regex => 'id=([0-9]+)' } } },
            say_it('<${v}>')],
    });
    judged($run, map { [$_ => 'ok'] } qw(json header status url body group whole
        cookie certificate answer again));
    is_deeply(said($run, 'json'), ['<tok"en>', '<7>', '<0.5>', '<true>',
        '<[1,"x"]>', '<null>', '<>'], 'JSON');
    my %says = (header => '<from header>', status => '<200>',
        url => '<' . url('/ok') . '>', body => '<id=42; name="al"; id=43>',
        group => '<42>', whole => '<name="al">', answer => '<MjIwIGhlbGxvDQo=>', again => '<42>');
    is_deeply(said($run, $_), [$says{$_}], $_) for sort keys %says;
    like(said($run, 'certificate')->[0], qr/^<trusted>$/, 'certificate');
    like(said($run, 'certificate')->[1], qr/^<\d+[dh]/, 'time left');
};

subtest 'what is not there' => sub {
    my $json = $origin->json({ a => 1 });
    my @later = ({ get => $json }, say_it('${v}'));
    my $run = probe({
        (map { my ($n, $source) = @$_; ($n => [{ get => $json, capture =>
            { v => $source } }, @later]) }
            [json => { json => '$.b' }], [header => { header => 'X-None' }],
            [cookie => { cookie => 'none' }], [regex => { regex => 'z+' }],
            [certificate => { certificate => 'issuer' }]),
        default => [{ get => $json, capture => { v => { json => '$.b',
            default => 'fall ${back}' } } }, say_it('${v}')],
        'not-json' => [{ get => $origin->reply(body => 'no'), capture =>
            { v => { json => '$.a' } } }, @later],
        both => [{ get => $json, capture => { v => { json => '$.b' } },
            expect => { json => { '$.a' => 2 } } }, @later],
        two => [{ get => $json, capture => { u => { json => '$.a' },
            v => { json => '$.b' }, w => { json => '$.c' } } }, @later],
    }, { top => "vars: { back: back }\n" });
    judged($run, (map { [$_ => 'capture', qr/"v" could not be captured/] }
        qw(json header cookie regex certificate not-json two)),
        [both => 'expect'], [default => 'ok']);
    is_deeply(said($run, 'default'), ['fall back'], 'the default');
    is(outcomes($run, 'json'), 'capture skipped skipped', 'the rest is skipped');
    is($run->{check}{two}{steps}[0]{captures}[0]{value}, '1',
        'what was there is told');
};

subtest 'a secret capture is used and never shown' => sub {
    my $token = 'tok-5f1d88c2a9';
    my $run = probe({ a => [
        { get => $origin->json({ token => $token }), capture => { t =>
            { json => '$.token', secret => true } } },
        get('/auth/bearer/${t}', auth => { bearer => '${t}' }),
        get("/echo?x=\${t}", headers => { 'X-Say' => '${t}' }, expect => {
            json => { '$.headers["x-say"]' => 'other',
                '$.query' => { contains => '${t}' } } }),
    ] }, { args => ['--log-level', 'debug', '--log-format', 'json', '-v'] });
    judged($run, [a => 'expect']);
    is(outcomes($run, 'a'), 'ok ok expect', 'it opened the door');
    # the URL of the first step has it, written by hand
    (my $shown = $run->{out} . $run->{err}) =~ s/body=%7B%22token[^"]*//g;
    unlike($shown, qr/5f1d88c2a9/, 'no trace of it');
};

subtest 'functions and values in every place' => sub {
    my $uuid = qr/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
    my $run = probe({ a => [
        get('/json', name => 'first ${who}', capture => { s =>
            { json => '$.status' } }),
        get('/echo?s=${s}&t=${urlencode(mixed)}', name => 'then ${s}', headers =>
            { 'X-S' => '${s}' }, query => { q => '${mixed}' }, expect => {
            json => { '$.headers["x-s"]' => '${s}', '$.query' =>
                's=ok&t=a%20b%26c&q=a%20b%26c' } }),
        map({ say_it($_) } '${uuid()}', '${uuid()}',
            '${now(\'unix\')}', '${sha256(who)}',
            '${hmac_sha256(\'k\', who)}', '${base64(who)}',
            '${random(5, 5)}', '${upper(s)}', '${concat(who, \'-\', s)}',
            '$${who}', '${env.NOT_SET_HERE:-else}'),
    ] }, { top => "vars: { who: al, mixed: 'a b&c' }\n",
        env => { NOT_SET_HERE => undef } });
    judged($run, [a => 'ok']);
    my $said = said($run, 'a');
    like($said->[0], qr/^$uuid$/, 'uuid');
    isnt($said->[0], $said->[1], 'another one each time');
    cmp_ok(abs($said->[2] - time), '<', within(60), 'now');
    is_deeply([@$said[3 .. 10]], [Digest::SHA::sha256_hex('al'),
        Digest::SHA::hmac_sha256_hex('al', 'k'), 'YWw=', 5, 'OK', 'al-ok',
        '${who}', 'else'], 'computed');
    is($run->{check}{a}{steps}[0]{name}, 'first al', 'in names');
    is($run->{check}{a}{steps}[1]{name}, 'then ok', 'captured ones too');
};

subtest 'cookies belong to the journey' => sub {
    my $port = $origin->port;
    my $set = get('/cookies/set?sid=one&Path=/');
    my $show = sub { return get('/cookies/show', expect => { json => $_[0] }) };
    my $run = probe({
        kept => [$set, $show->({ '$.sid' => 'one' }),
            get('/cookies/set?sid=two&more=x&Path=/', expect =>
                { cookies => { sid => 'two', more => { exists => true } } }),
            $show->({ '$.sid' => 'two', '$.more' => 'x' })],
        alone => [{ think => '100ms' },
            $show->({ '$.sid' => { exists => false } })],
        ended => [$set, get('/cookies/set?sid=x&Path=/&Max-Age=0'),
            $show->({ '$.sid' => { exists => false } })],
        path => [get('/cookies/set?sid=x&Path=/other'),
            $show->({ '$.sid' => { exists => false } })],
        # libcurl, like browsers, takes loopback addresses for safe
        secure => [map { { %$_, get => "http://shop.test:$port$_->{get}",
            resolve => { "shop.test:$port" => '127.0.0.1' } } }
            { get => '/cookies/set?sid=x&Path=/&Secure=1' },
            { get => '/cookies/show', expect =>
                { json => { '$.sid' => { exists => false } } } }],
        domain => [get('/cookies/set?sid=x&Path=/&Domain=other.test'),
            $show->({ '$.sid' => { exists => false } })],
        redirect => [get('/redirect-to?url=/cookies/show&header=' .
            url_encode('Set-Cookie:hop=yes; Path=/'), redirects => 1,
            expect => { json => { '$.hop' => 'yes' } })],
        wrong => [$set, get('/ok', expect => { cookies => { sid => 'two' } })],
        'by-hand' => [get('/cookies/show', headers => { Cookie => 'a=b' },
            expect => { json => { '$.a' => 'b' } })],
        attempts => { retries => { attempts => 2, every => '10ms' }, steps => [
            $show->({ '$.sid' => { exists => false } }), $set,
            get('/flaky/' . fresh() . '?fail=1')] },
    });
    judged($run, (map { [$_ => 'ok'] } qw(kept alone ended path secure domain
        redirect by-hand attempts)), [wrong => 'expect', qr/cookie sid/]);
    is($run->{check}{attempts}{verdict}, 'flaky',
        'a second attempt begins without cookies');
};

# ---- the order of things

subtest 'a failure ends the journey, and always: cleans up' => sub {
    my $bad = get('/status/500');
    my $made = { get => $origin->json({ id => 'id-1' }), capture => { id =>
        { json => '$.id' } } };
    my $run = probe({
        failed => { steps => [$made, $bad, get('/ok')],
            always => [say_it('deleted ${id}'), say_it('and more')] },
        well => { steps => [$made], always => [say_it('deleted ${id}')] },
        'itself' => { steps => [get('/ok')], always => [$bad, say_it('on')] },
        both => { steps => [$bad], always => [get('/status/404')] },
        early => { steps => [$bad, $made], always => [say_it('${id}'),
            say_it('${id:-none}')] },
        nested => { steps => [$bad], always => [{ group => 'tidy', steps => [
            get('/status/404'), get('/ok')] }, say_it('last')] },
        never => { timeout => '300ms', steps => [{ get => 'http://127.0.0.1:' .
            $origin->raw_port('silent') }], always => [say_it('on')] },
    });
    judged($run, [failed => 'status', qr/500/], [well => 'ok'],
        [itself => 'status'], [both => 'status', qr/500/],
        [early => 'status', qr/500/], [nested => 'status'],
        [never => 'timeout']);
    is(outcomes($run, 'failed'), 'ok status skipped ok ok', 'in this order');
    is_deeply(said($run, 'failed'), ['deleted id-1', 'and more'], 'cleaned up');
    ok($run->{check}{failed}{steps}[3]{always}, 'marked as such');
    ok(!$run->{check}{failed}{steps}[1]{always}, 'and only those');
    is($run->{check}{itself}{verdict}, 'failed', 'a clean-up that fails counts');
    is(outcomes($run, 'itself'), 'ok status ok', 'and the next one runs');
    is(outcomes($run, 'early'), 'status skipped value ok',
        'a value that was never captured');
    is_deeply(said($run, 'early'), ['none'], 'unless it has a default');
    is(outcomes($run, 'nested'), 'status status skipped ok',
        'inside of a group the order holds');
    is(outcomes($run, 'never'), 'timeout ok', 'after a timeout');
};

subtest 'if and else' => sub {
    my $take = { get => $origin->json({ role => 'admin', none => '' }),
        capture => { role => { json => '$.role' }, none => { json => '$.none' },
            n => { status => true } } };
    my $branch = sub {
        my ($value, $is) = @_;
        return [$take, { if => $value, defined $is ? (is => $is) : (),
            then => [say_it('then')], else => [say_it('else')] },
            say_it('after')];
    };
    my $run = probe({
        yes => $branch->('${role}'), no => $branch->('${none}'),
        eq => $branch->('${role}', 'admin'), ne => $branch->('${role}', 'user'),
        in => $branch->('${role}', { in => ['a', 'admin'] }),
        like => $branch->('${role}', { matches => '^ad' }),
        var => $branch->('${stage}', { ne => 'production' }),
        number => $branch->('${n}', '200'),
        'no-else' => [$take, { if => '${none}', then => [say_it('then')] },
            say_it('after')],
        inner => [$take, { if => '${role}', then => [{ if => '${none}',
            then => [say_it('a')], else => [say_it('b')] }, say_it('c')] }],
        fails => [$take, { if => '${role}', then => [get('/status/500'),
            say_it('x')] }, say_it('y')],
    }, { top => "vars: { stage: production }\n" });
    my %says = (yes => 'then', no => 'else', eq => 'then', ne => 'else',
        in => 'then', like => 'then', var => 'else', number => 'then');
    is_deeply(said($run, $_), [$says{$_}, 'after'], $_) for sort keys %says;
    is_deeply(said($run, 'no-else'), ['after'], 'without else');
    is_deeply(said($run, 'inner'), ['b', 'c'], 'one inside the other');
    is(outcomes($run, 'fails'), 'ok status skipped skipped', 'a failure inside');
    $run = probe({ a => [{ if => '${later}', then => [get('/ok')] },
        { get => url('/json'), capture => { later => { status => true } } }] },
        { broken => 1 });
    is($run->{exit}, 2, 'a name before its capture is a mistake of the file');
    like($run->{err}, qr/later/, 'and it is named');
};

subtest 'repeat' => sub {
    my $flaky = '/sequence/' . fresh() . '?list=200,200,500,200';
    my $run = probe({
        counted => [{ repeat => 3, as => 'i', steps => [say_it('round ${i}')] },
            say_it('after ${i}')],
        plain => [{ repeat => 2, steps => [say_it('x'), say_it('y')] }],
        every => [{ repeat => 3, every => '120ms', steps => [say_it('x')] }],
        fails => [{ repeat => 4, as => 'i', steps => [get($flaky),
            say_it('${i}')] }, say_it('after')],
        inner => [{ repeat => 2, as => 'i', steps => [{ repeat => 2, as => 'k',
            steps => [say_it('${i}.${k}')] }] }],
        many => [{ repeat => 300, steps => [get('/ok')] }],
        branch => [{ repeat => 3, as => 'i', steps => [{ if => '${i}', is => '2',
            then => [say_it('two')] }] }],
    });
    is_deeply(said($run, 'counted'), ['round 1', 'round 2', 'round 3',
        'after 3'], 'the counter begins at 1');
    is_deeply([map { $_->{round} } @{ $run->{check}{counted}{steps} }],
        [1, 2, 3, undef], 'the round is in the result');
    is_deeply(said($run, 'plain'), [qw(x y x y)], 'without a counter');
    cmp_ok($run->{check}{every}{total_ns}, '>=', 240e6, 'two pauses');
    is_deeply(said($run, 'fails'), [1, 2], 'the round that fails is the last');
    is(outcomes($run, 'fails'), 'ok ok ok ok status skipped skipped',
        'and what comes behind is skipped');
    is_deeply(said($run, 'inner'), [qw(1.1 1.2 2.1 2.2)], 'rounds of rounds');
    judged($run, [many => 'ok']);
    is(scalar @{ $run->{check}{many}{steps} }, 300, 'every round is kept');
    is_deeply(said($run, 'branch'), ['two'], 'with a branch');
};

subtest 'think and group' => sub {
    my $run = probe({
        think => [{ think => '200ms' }, get('/ok')],
        between => [{ think => { between => ['100ms', '150ms'] } }, get('/ok')],
        group => [{ group => 'outer', steps => [get('/ok'), { group => 'inner',
            steps => [get('/ok')] }, get('/status/500')] }, get('/ok')],
    });
    cmp_ok($run->{check}{think}{total_ns}, '>=', 200e6, 'a pause');
    cmp_ok($run->{check}{between}{total_ns}, '>=', 100e6, 'one that is drawn');
    my @groups = map { $_->{group} || '' } @{ $run->{check}{group}{steps} };
    is_deeply([@groups[0, 2]], ['outer', 'outer'], 'groups');
    like($groups[1], qr/outer.*inner/, 'inside a group');
    is($groups[3], '', 'and behind it');
    is(outcomes($run, 'group'), 'ok ok status skipped', 'a failure inside');
    my $cpu = $run->{result}{cpu_ns};
    cmp_ok($cpu, '<', within(1) * 1e9, 'waiting costs nothing');
};

subtest 'wait until it is ok' => sub {
    my $wait = sub {
        my ($for, @steps) = @_;
        return { wait => [@steps], for => $for, every => '50ms' };
    };
    my $silent = 'http://127.0.0.1:' . $origin->raw_port('silent');
    my $run = probe({
        soon => [$wait->('20s', get('/flaky/' . fresh() . '?fail=3')),
            say_it('after')],
        expect => [$wait->('20s', get('/counter/' . fresh(), expect =>
            { json => { '$.n' => { ge => 3 } } }, capture => { n =>
            { json => '$.n' } })), say_it('n=${n}')],
        two => [$wait->('20s', get('/ok'), get('/flaky/' . fresh() . '?fail=2'))],
        late => [{ wait => [get('/flaky/' . fresh() . '?fail=2')],
            for => '1s', every => '600ms' }],
        never => [$wait->('400ms', get('/status/503')), say_it('after')],
        hangs => [$wait->('400ms', { get => "$silent/", timeout => '60s' })],
        refused => [$wait->('300ms', { get => 'http://127.0.0.1:' .
            free_port() })],
        capture => [$wait->('300ms', get('/json', capture => { x =>
            { json => '$.x' } }))],
        inside => [{ repeat => 2, as => 'i', steps => [$wait->('20s',
            get('/flaky/' . fresh() . '-${i}?fail=1')), say_it('${i}')] }],
        always => { steps => [get('/status/500')], always => [$wait->('20s',
            get('/flaky/' . fresh() . '?fail=2'))] },
    });
    judged($run, [soon => 'ok'], [expect => 'ok'], [two => 'ok'], [late => 'ok'],
        [never => 'status', qr/503.*round \d+.*400 ms/],
        [hangs => 'timeout', qr/wait took \d+ ms of \d+ ms \(round 1, waited/], [refused => 'refused'],
        [capture => 'capture'], [inside => 'ok'], [always => 'status', qr/500/]);
    is($run->{check}{soon}{steps}[0]{round}, 4, 'the round that was ok');
    is_deeply(said($run, 'expect'), ['n=3'], 'what it captured is there');
    is(outcomes($run, 'two'), 'ok ok', 'only the last round is kept');
    is(outcomes($run, 'never'), 'status skipped', 'the rest is skipped');
    cmp_ok($run->{check}{never}{steps}[0]{round}, '>', 2, 'it was tried again');
    cmp_ok($run->{check}{hangs}{total_ns}, '<', within(2) * 1e9,
        'a step inside cannot outlast it');
    is_deeply(said($run, 'inside'), [1, 2], 'in a repeat');
    is(outcomes($run, 'always'), 'status ok', 'in always');
};

subtest 'one inside the other, all of it' => sub {
    my $id = fresh();
    my $run = probe({ a => { steps => [{ group => 'all', steps => [
        { repeat => 2, as => 'i', steps => [{ if => '${i}', is => '2', then => [
            { wait => [get("/flaky/$id?fail=2"), { think => '10ms' }],
              for => '20s', every => '20ms' }, say_it('waited')],
            else => [say_it('first')] }] },
        get('/status/500')] }],
        always => [{ repeat => 2, as => 'k', steps => [say_it('tidy ${k}')] }],
    } });
    is_deeply(said($run, 'a'), ['first', 'waited', 'tidy 1', 'tidy 2'], 'order');
    is(outcomes($run, 'a'), 'ok ok ok status ok ok', 'outcomes');
};

subtest 'each attempt begins anew' => sub {
    my $run = probe({ a => { retries => { attempts => 3, every => '10ms' },
        steps => [{ get => $origin->json({ v => 'new' }), capture => { v =>
            { json => '$.v' } } }, { repeat => 2, as => 'i', steps =>
            [say_it('${i} ${v}')] }, get('/flaky/' . fresh() . '?fail=2')] } });
    my $check = $run->{check}{a};
    is($check->{verdict}, 'flaky', 'verdict');
    is(scalar @{ $check->{attempts} }, 3, 'attempts');
    is(scalar @{ $check->{attempts}[0]{steps} }, 4, 'with their steps');
    is($check->{attempts}[0]{outcome}, 'status', 'and outcome');
    is_deeply(said($run, 'a'), ['1 new', '2 new'], 'the last one');
};

subtest 'a connection that was closed meanwhile is opened again' => sub {
    my $run = probe({ a => [get('/reply?end=close&body=x'), { think => '50ms' },
        get('/ok'), get('/reply?end=reset&body=x'), { think => '50ms' },
        { post => url('/ok'), body => 'x' }] });
    is(outcomes($run, 'a'), 'ok ok ok ok', 'nobody notices');
};

# ---- a scenario as a whole

subtest 'files, environments, vars and defaults' => sub {
    my $dir = temp_dir('files');
    mkdir "$dir/parts";
    write_file("$dir/parts/more.yaml", "vars: { path: /ok }\nchecks:\n" .
        "  included:\n    steps:\n      - get: \${api}\${path}\n");
    write_file("$dir/main.yaml", "name: whole\ninclude: parts/more.yaml\n" .
        "vars: { api: http://127.0.0.1:1, word: main }\n" .
        "environments:\n  test: { api: '" . url() . "', word: env }\n" .
        "defaults:\n  timeout: 200ms\n  headers: { X-Said: '\${word}' }\n" .
        "  redirects: 1\nchecks:\n" .
        "  header:\n    steps:\n      - get: \${api}/echo\n" .
        "        expect: { json: { '\$.headers[\"x-said\"]': \"\${word}\" } }\n" .
        "        capture: { w: { json: '\$.headers[\"x-said\"]' } }\n" .
        "      - get: \${api}/echo\n        headers: { X-Said: own, X-B: b }\n" .
        "        capture: { w: { json: '\$.headers[\"x-said\"]' } }\n" .
        "  hop:\n    steps:\n      - get: \${api}/redirect/1\n" .
        "  slow:\n    steps:\n      - get: \${api}/reply?delay=3000\n" .
        "  patient:\n    timeout: 20s\n    steps:\n" .
        "      - get: \${api}/reply?delay=400\n");
    my $go = sub {
        my $run = run_assay('probe', "$dir/main.yaml", '--json', '-', @_);
        my $result = eval { decode_json($run->{out}) } || {};
        return { %$run, result => $result, check =>
            { map { $_->{name} => $_ } @{ $result->{checks} || [] } } };
    };
    my $run = $go->('--env', 'test');
    judged($run, (map { [$_ => 'ok'] } qw(included header hop patient)),
        [slow => 'timeout', qr/wait took .* the limit is 200 ms/]);
    is($run->{result}{environment}, 'test', 'the environment is told');
    is($run->{check}{header}{steps}[$_]{captures}[0]{value},
        ('env', 'own')[$_], 'default header, and the step\'s own') for 0, 1;
    $run = $go->('--env', 'test', '--var', 'word=option');
    is($run->{check}{header}{steps}[0]{captures}[0]{value}, 'option',
        '--var is the last word');
    $run = $go->();
    judged($run, map { [$_ => 'refused'] } qw(included header hop slow));
    write_file("$dir/parts/more.yaml", "include: ../main.yaml\n");
    $run = $go->();
    is($run->{exit}, 2, 'files that include each other');
    like($run->{err}, qr/include/, 'it is said');
};

subtest 'some of the checks' => sub {
    my %checks = map { $_->[0] => { tags => [split ' ', $_->[1]],
        steps => [get('/ok')] } } ['a', 'fast web'], ['b', 'slow web'],
        ['c', 'fast'], ['d', ''];
    my $names = sub {
        my $run = probe(\%checks, { args => [@_], broken => 1 });
        return $run->{exit} == 2 ? 'usage' : join ' ', sort keys
            %{ $run->{check} };
    };
    is($names->(), 'a b c d', 'all');
    is($names->('--only', 'b'), 'b', '--only');
    is($names->('--only', 'b', '--only=d'), 'b d', 'two of them');
    is($names->('--tag', 'fast'), 'a c', '--tag');
    is($names->('--tag', 'slow', '--tag', 'fast'), 'a b c', 'any of the tags');
    is($names->('--tag', 'fats'), 'usage', 'a tag that is on no check');
    is($names->('--only', 'e'), 'usage', 'a check that is not there');
};

subtest 'side by side or one by one: the same verdicts' => sub {
    my %checks;
    for my $i (1 .. 12) {
        $checks{"ok$i"} = [get('/cookies/set?n=' . $i . '&Path=/'),
            get('/cookies/show', expect => { json => { '$.n' => "$i" } })];
        $checks{"bad$i"} = [get("/status/" . (400 + $i)), get('/ok')];
        $checks{"flow$i"} = [{ repeat => 3, as => 'i', steps =>
            [get("/echo?i=\${i}&c=$i", expect => { json => { '$.query' =>
            "i=\${i}&c=$i" } })] }];
        $checks{"gone$i"} = [{ get => 'http://127.0.0.1:1/' }];
        $checks{"slow$i"} = [{ get => $origin->reply(delay => 50) }];
    }
    my %seen;
    for my $n (1, 3, 100) {
        my $run = probe(\%checks, { args => ['-c', $n] });
        $seen{$n} = { map { $_ => [outcomes($run, $_),
            $run->{check}{$_}{verdict}, $run->{check}{$_}{message}] }
            keys %checks };
        $_->[2] =~ s/\d+ ms// for grep { $_->[2] } values %{ $seen{$n} };
        is_deeply([map { $_->{name} } @{ $run->{result}{checks} }],
            [sort keys %checks], "$n: in the order of the file");
        is($run->{exit}, 1, "$n: exit code");
    }
    is_deeply($seen{$_}, $seen{1}, "$_ at a time") for 3, 100;
};

# ---- the examples

subtest 'the shipped examples' => sub {
    my $json = 'default_type application/json; return 200';
    my $server = start_nginx(<<"CONF");
location = / { default_type text/html; return 200 "<title>Shop</title>"; }
location = /sitemap.xml { default_type text/xml; return 200 "<urlset/>"; }
location = /old { return 301 /; }
location = /api/products { $json '{"items":[{"id":7,"name":"tea","price":2.5}],"total":1}'; }
location = /api/products/7 { $json '{"id":7,"name":"tea","price":2.5}'; }
location = /api/products/0 { default_type application/json; return 404 '{"error":"not found"}'; }
location = /api/carts { default_type application/json; return 201 '{"id":"c-1"}'; }
location = /api/carts/c-1 { $json '{"id":"c-1","status":"paid","items":[7]}'; }
location = /api/carts/c-1/items { default_type application/json; return 201 '{"ok":true}'; }
location = /api/files { default_type application/json; return 201 '{"id":"f-1","size":5}'; }
location = /api/files/f-1 { $json '{"id":"f-1","status":"ready"}'; }
location = /api/login { add_header Set-Cookie "session=s-1; Path=/";
    $json '{"access":"token-88a1","refresh":"refresh-77b2"}'; }
location = /api/me { default_type application/json;
    if (\$http_authorization != "Bearer token-88a1") { return 401 '{"error":"no"}'; }
    return 200 '{"email":"demo\@example.org","roles":["user"]}'; }
location = /api/logout { return 204; }
CONF
    my %env = (BASE_URL => $server->url, DEMO_PASSWORD => 'correct-horse');
    my @files = map { "scenarios/examples/$_.yaml" }
        qw(api journey login upload website);
    for my $file (@files) {
        my $run = run_assay('lint', $file, { env => \%env });
        is($run->{exit}, 0, "$file: lint") or diag $run->{out}, $run->{err};
        unlike($run->{out} . $run->{err}, qr/warning/, "$file: no warning");
        $run = run_assay('probe', $file, '-v', { env => \%env });
        is($run->{exit}, 0, "$file: runs") or diag $run->{out}, $run->{err};
        unlike($run->{out} . $run->{err}, qr/correct-horse|token-88a1/,
            "$file: tells no secret");
    }
    my $npm = run_command('sh', 'tests/npm.sh', { timeout => 240 });
    my $run = run_command('node', 'tests/validate.js', 'scenarios/schema.json',
        @files, { timeout => 60 });
    is(scalar(() = $run->{out} =~ /^valid /mg), scalar @files,
        'valid by the schema') or diag $run->{out}, $run->{err}, $npm->{err};
};

times_add_up();
done_testing();

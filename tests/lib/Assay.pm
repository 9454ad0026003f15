# SPDX-License-Identifier: MIT
package Assay;

# Assay - what the program tests share: the origin, real peers, runs of assay.
#
#     use Assay;
#     my $o = start_origin(certs => ['expired'], raw => ['silent']);
#     my $r = run_assay('probe', $o->http_url('/ok'));
#     row 'FH1', 'a healthy page', sub { is $r->{exit}, 0 };
#     done_testing;
#
# Every wait is a poll with an end; ASSAY_SLOW multiplies all of them.  All
# processes are ended by their number, and all files lie in one folder that
# goes when the test does.  Core modules of Perl only.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use Fcntl qw(F_GETFD F_SETFD FD_CLOEXEC);
use File::Basename qw(dirname);
use File::Temp ();
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX qw(WNOHANG _exit);
use Test::More;
use Time::HiRes qw(time sleep);

our @EXPORT = qw(
    start_origin run_assay run_command scenario json_file json_ok free_port
    start_peer start_nginx start_redis start_postgres stop_peer
    certs cert_file within until_true row temp_dir write_file read_file
    assay_binary url_encode http_get raw_talk
);

my $ROOT = abs_path(dirname(__FILE__) . '/../..');
my $OWNER = $$;      # a forked child must end nobody's processes
my %running;         # pid => the signal that ends it
my ($temp, $certs);

# ---- files and time

sub temp_dir {
    my ($name) = @_;
    $temp ||= File::Temp->newdir('assay-test-XXXXXX', TMPDIR => 1);
    return "$temp" unless defined $name;
    my $dir = "$temp/$name";
    my $n = 1;
    $dir = "$temp/$name-" . $n++ while -e $dir;
    mkdir $dir or die "cannot make $dir: $!\n";
    return $dir;
}

sub write_file {
    my ($path, $text) = @_;
    open my $f, '>', $path or die "cannot write $path: $!\n";
    binmode $f, utf8::is_utf8($text) ? ':utf8' : ':raw';
    print {$f} $text;
    close $f or die "cannot write $path: $!\n";
    return $path;
}

sub read_file {
    my ($path) = @_;
    open my $f, '<:raw', $path or die "cannot read $path: $!\n";
    local $/;
    my $text = <$f>;
    return defined $text ? $text : '';
}

# The path of a new file with this scenario in it.
my $scenario_count = 0;
sub scenario {
    my ($text, $name) = @_;
    $name = 'scenario-' . ++$scenario_count . '.yaml' unless defined $name;
    return write_file(temp_dir() . "/$name", $text);
}

sub json_file { return decode_json(read_file($_[0])) }

# So many seconds, scaled for slow machines and sanitizers.
sub within { return $_[0] * ($ENV{ASSAY_SLOW} || 1) }

# Polls until the sub is true; its value, or false after so many seconds.
sub until_true {
    my ($seconds, $is_so) = @_;
    my $end = time + within($seconds);
    my $pause = 0.002;
    while (1) {
        my $value = $is_so->();
        return $value if $value;
        return $value if time > $end;
        sleep $pause;
        $pause = $pause < 0.05 ? $pause * 1.5 : 0.05;
    }
}

sub free_port {
    my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
        or die "no free port: $!\n";
    return $s->sockport;
}

sub port_answers {
    my ($port) = @_;
    return !!IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $port, Timeout => 1);
}

sub url_encode {
    my ($text) = @_;
    utf8::encode($text) if utf8::is_utf8($text);
    $text =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge;
    return $text;
}

# ---- tests

# One row of what the five systems need: a subtest named by its ID.
sub row {
    my ($id, $says, $code) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return subtest "$id: $says" => $code;
}

# Decodes the JSON of a run's stdout; a failed test and {} when it is none.
sub json_ok {
    my ($run, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $text = ref $run ? $run->{out} : $run;
    my $value = eval { decode_json($text) };
    ok(defined $value, $name || 'JSON on stdout')
        or diag("not JSON: $@" . substr($text, 0, 500)
            . (ref $run ? "\nstderr: " . substr($run->{err}, 0, 500) : ''));
    return defined $value ? $value : {};
}

# ---- running to the end

sub binary {
    my ($variable, $path) = @_;
    my $file = $ENV{$variable} || "$ROOT/$path";
    $file = abs_path($file) || $file;
    die "no $file: run make, or set $variable\n" unless -x $file;
    return $file;
}

sub assay_binary { return binary('ASSAY', 'build/assay') }

# run_assay('probe', $file, { env => {}, stdin => '', timeout => 60,
# cwd => DIR, signal => 'INT', signal_after => 0.5 }) gives { exit, out, err,
# seconds, signal, timed_out, cpu_s }.
sub run_assay { return run_command(assay_binary(), @_) }

sub run_command {
    my @command = @_;
    my $opt = @command && ref $command[-1] eq 'HASH' ? pop @command : {};
    my $dir = temp_dir('run');
    my $begin = time;
    my @cpu = times;
    write_file("$dir/in", defined $opt->{stdin} ? $opt->{stdin} : '');
    my $pid = spawn(\@command, { in => "$dir/in", out => "$dir/out",
        err => "$dir/err", env => $opt->{env}, cwd => $opt->{cwd} });
    my $end = $begin + within($opt->{timeout} || 60);
    my $tell = defined $opt->{signal} ? $begin + ($opt->{signal_after} || 0)
                                      : undef;
    my ($status, $late) = (undef, 0);
    my $pause = 0.001;
    while (!defined $status) {
        if (waitpid($pid, WNOHANG) == $pid) { $status = $?; last }
        if (defined $tell && time >= $tell) {
            kill $opt->{signal}, $pid;
            undef $tell;
        }
        if (time > $end) { $late = 1; kill 'KILL', $pid; waitpid $pid, 0;
            $status = $? }
        sleep $pause;
        $pause = $pause < 0.02 ? $pause * 1.3 : 0.02;
    }
    delete $running{$pid};
    my @cpu_after = times;
    my $run = {
        exit => $status & 127 ? undef : $status >> 8,
        signal => $status & 127,
        out => read_file("$dir/out"),
        err => read_file("$dir/err"),
        seconds => time - $begin,
        timed_out => $late,
        cpu_s => $cpu_after[2] + $cpu_after[3] - $cpu[2] - $cpu[3],
    };
    unlink map { "$dir/$_" } qw(in out err);
    rmdir $dir;
    return $run;
}

# Starts a process with files for its three streams; its number.
sub spawn {
    my ($command, $opt) = @_;
    pipe my $trouble, my $tell or die "pipe: $!\n";
    my $pid = fork;
    die "fork: $!\n" unless defined $pid;
    if ($pid == 0) {
        close $trouble;
        fcntl $tell, F_SETFD, FD_CLOEXEC;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM PIPE);
        my $done = eval {
            my ($in, $out, $err) = map { $opt->{$_} || '/dev/null' }
                qw(in out err);
            open STDIN, '<', $in or die "$in: $!\n";
            open STDOUT, '>', $out or die "$out: $!\n";
            open STDERR, '>', $err or die "$err: $!\n";
            if (defined $opt->{cwd}) { chdir $opt->{cwd} or die "cwd: $!\n" }
            my %env = %{ $opt->{env} || {} };
            for my $name (keys %env) {
                if (defined $env{$name}) { $ENV{$name} = $env{$name} }
                else { delete $ENV{$name} }
            }
            no warnings 'exec';
            exec { $command->[0] } @$command or die "$command->[0]: $!\n";
        };
        print {$tell} $@;
        close $tell;
        _exit(127);
    }
    close $tell;
    my $problem = do { local $/; <$trouble> };
    if (defined $problem && length $problem) {
        waitpid $pid, 0;
        die "cannot start: $problem";
    }
    $running{$pid} = $opt->{stop_signal} || 'TERM';
    return $pid;
}

# Ends processes: asks, waits a little, insists.
sub finish {
    my @pids = grep { exists $running{$_} } @_;
    return unless $$ == $OWNER && @pids;
    local ($?, $!);
    kill $running{$_}, $_ for @pids;
    my $all_gone = sub {
        for my $pid (grep { exists $running{$_} } @pids) {
            delete $running{$pid} if waitpid($pid, WNOHANG) != 0;
        }
        return !grep { exists $running{$_} } @pids;
    };
    return if until_true(5, $all_gone);
    my @left = grep { exists $running{$_} } @pids;
    kill 'KILL', @left;
    for my $pid (@left) { waitpid $pid, 0; delete $running{$pid} }
}

END {
    if ($$ == $OWNER) {
        finish(keys %running);
        undef $temp;
    }
}
$SIG{$_} ||= sub { exit 130 } for qw(INT TERM);

# ---- the origin

# The folder of the certificates (tests/certs.sh), made once per test.
sub certs {
    return $certs if $certs;
    my $dir = temp_dir('certs');
    my $run = run_command('sh', "$ROOT/tests/certs.sh", $dir,
        { timeout => 60 });
    die "certs.sh failed: $run->{err}\n" unless defined $run->{exit}
        && $run->{exit} == 0;
    return $certs = $dir;
}

sub cert_file { return certs() . "/$_[0]" }

# start_origin(tls => 1, certs => ['expired', ...], mtls => 1,
#   protocols => { NAME => [CERT, LOW, HIGH] }, raw => [...], unix => PATH,
#   ipv6 => 1, seconds => 300, args => [...])
# Certificates by the names of certs.sh; "good" is on the https port.
sub start_origin {
    my (%opt) = @_;
    my @args = ('--seconds', $opt{seconds} || 600);
    my $dir = temp_dir('origin');
    if ($opt{tls} || $opt{certs} || $opt{mtls} || $opt{protocols}) {
        my $c = certs();
        push @args, '--cert', "$c/good.pem", '--key', "$c/good.key";
        push @args, '--client-ca', "$c/ca.pem" if $opt{mtls};
        push @args, map { ('--more-tls', "$_:$c/$_.pem:$c/$_.key") }
            @{ $opt{certs} || [] };
        my $protocols = $opt{protocols} || {};
        for my $name (sort keys %$protocols) {
            my ($cert, $low, $high) = @{ $protocols->{$name} };
            push @args, '--more-tls', join ':', $name, "$c/$cert.pem",
                "$c/$cert.key", $low, $high;
        }
    }
    push @args, map { ('--raw', $_) } @{ $opt{raw} || [] };
    push @args, '--unix', $opt{unix} if defined $opt{unix};
    push @args, '--ipv6' if $opt{ipv6};
    push @args, @{ $opt{args} || [] };
    my $pid = spawn([ binary('ORIGIN', 'build/origin'), @args ],
        { out => "$dir/out", err => "$dir/err" });
    my $line = until_true(15, sub {
        return "$1" if read_file("$dir/out") =~ /\A(\{.*\})\n/;
        return 'gone' if waitpid($pid, WNOHANG) == $pid;
        return;
    });
    if (!$line || $line eq 'gone') {
        delete $running{$pid} if ($line || '') eq 'gone';
        finish($pid);
        die 'the origin did not start: ' . read_file("$dir/err") . "\n";
    }
    return bless { pid => $pid, dir => $dir, line => decode_json($line),
        certs => $certs }, 'Assay::Origin';
}

# ---- small clients, for tests of the origin itself

# Sends bytes, gives what comes until EOF or so many seconds:
# { bytes, eof, reset, seconds }.
sub raw_talk {
    my ($port, $bytes, %opt) = @_;
    my $begin = time;
    my $s = ref $port ? $port : IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $port, Timeout => within(5))
        or return { bytes => '', eof => 0, refused => 1,
            reset => "$@ $!" =~ /reset by peer/ ? 1 : 0,
            seconds => time - $begin };
    local $SIG{PIPE} = 'IGNORE';
    syswrite $s, $bytes if length $bytes;
    shutdown $s, 1 if $opt{half_close};
    my $got = { bytes => '', eof => 0, reset => 0, socket => $s };
    my $end = $begin + within($opt{seconds} || 5);
    my $select = IO::Select->new($s);
    while (time < $end) {
        last if $opt{until} && $got->{bytes} =~ $opt{until};
        last if $opt{bytes_max} && length $got->{bytes} >= $opt{bytes_max};
        next unless $select->can_read($end - time);
        my $n = sysread $s, $got->{bytes}, 65536, length $got->{bytes};
        if (!defined $n) { $got->{reset} = $!{ECONNRESET} ? 1 : 0;
            $got->{error} = "$!"; last }
        if ($n == 0) { $got->{eof} = 1; last }
    }
    $got->{seconds} = time - $begin;
    return $got;
}

# One GET without curl: { status, headers (as text), body, ... }.
sub http_get {
    my ($port, $target, %opt) = @_;
    my $got = raw_talk($port, ($opt{method} || 'GET') . " $target HTTP/1.1\r\n"
        . "Host: 127.0.0.1\r\nConnection: close\r\n"
        . ($opt{headers} || '') . "\r\n" . ($opt{body} || ''), %opt);
    my ($head, $body) = split /\r\n\r\n/, $got->{bytes}, 2;
    ($got->{status}) = ($head || '') =~ m{\AHTTP/1\.\d (\d+)};
    $got->{headers} = defined $head ? $head : '';
    $got->{body} = defined $body ? $body : '';
    return $got;
}

# ---- real peers

# start_peer($name, [command], { ready => sub,
# seconds => 20, stop_signal, facts, env, cwd, dir }) waits until ready says so.
sub start_peer {
    my ($name, $command, $opt) = @_;
    my $dir = $opt->{dir} || temp_dir($name);
    my $pid = spawn($command, { out => "$dir/out", err => "$dir/err",
        env => $opt->{env}, cwd => $opt->{cwd},
        stop_signal => $opt->{stop_signal} });
    my $gone = 0;
    my $ready = until_true($opt->{seconds} || 20, sub {
        if (waitpid($pid, WNOHANG) == $pid) {
            delete $running{$pid};
            return $gone = 1;
        }
        return $opt->{ready}->();
    });
    if ($gone || !$ready) {
        finish($pid);
        die "$name did not start: " . substr(read_file("$dir/out"), -1000)
            . substr(read_file("$dir/err"), -1000) . "\n";
    }
    return bless { name => $name, pid => $pid, dir => $dir,
        %{ $opt->{facts} || {} } }, 'Assay::Peer';
}

sub stop_peer { $_[0]->stop if $_[0] }

# The path of a program that a Debian package brings.
sub need {
    my ($program, $package, @first) = @_;
    for my $dir (@first, split(/:/, $ENV{PATH} || ''), '/usr/sbin', '/sbin') {
        return "$dir/$program" if -x "$dir/$program";
    }
    die "$program is missing: install the package $package\n";
}

# start_nginx('location = /health { return 200 "healthy\n"; }'): the text is
# the inside of one server{}.  With { whole => 1 } it is all of http{}, and
# PORT in it is replaced; with { connections => N } it takes so many at once.
# ->{port}, ->url.
sub start_nginx {
    my ($conf, $opt) = @_;
    my $nginx = need('nginx', 'nginx-light');
    my $dir = temp_dir('nginx');
    my $port = free_port();
    my $http = $opt->{whole} ? $conf
        : "server { listen 127.0.0.1:PORT; root $dir;\n$conf\n}";
    $http =~ s/\bPORT\b/$port/g;
    my $user = $> == 0 ? 'user root;' : '';
    my $connections = $opt->{connections} || 4096;
    my $temps = join "\n", map { "${_}_temp_path $dir/$_;" }
        qw(client_body proxy fastcgi uwsgi scgi);
    write_file("$dir/conf", <<"CONF");
daemon off; master_process off; worker_processes 1; $user
pid $dir/pid; error_log $dir/error.log warn;
events { worker_connections $connections; }
http {
default_type application/octet-stream; access_log off;
keepalive_requests 1000000;
$temps
$http
}
CONF
    return start_peer('nginx',
        [ $nginx, '-p', $dir, '-e', "$dir/error.log", '-c', "$dir/conf" ],
        { dir => $dir, ready => sub { port_answers($port) },
          facts => { port => $port } });
}

sub start_redis {
    my (@args) = @_;
    my $redis = need('redis-server', 'redis-server');
    my $dir = temp_dir('redis');
    my $port = free_port();
    return start_peer('redis', [ $redis, '--port', $port, '--bind',
            '127.0.0.1', '--dir', $dir, '--save', '', '--appendonly', 'no',
            '--daemonize', 'no', @args ],
        { dir => $dir,
          ready => sub {
              raw_talk($port, "PING\r\n", seconds => 1, until => qr/\n/)
                  ->{bytes} =~ /\A[+-]/;
          },
          facts => { port => $port } });
}

# A database cluster of its own.  It refuses to run as root, so then it runs
# as the user "postgres" or "nobody".
sub start_postgres {
    my (@settings) = @_;
    my @bins = reverse sort glob '/usr/lib/postgresql/*/bin';
    my $postgres = need('postgres', 'postgresql', @bins);
    my $bin = dirname($postgres);
    my $dir = temp_dir('postgres');
    my @as;
    if ($> == 0) {
        my ($user) = grep { defined getpwnam $_ } qw(postgres nobody);
        my ($uid, $gid) = (getpwnam $user)[ 2, 3 ];
        # the folder above is private to root: let this user pass through
        chmod 0711, temp_dir();
        chown $uid, $gid, $dir;
        @as = (need('setpriv', 'util-linux'), "--reuid=$uid", "--regid=$gid",
            '--clear-groups');
    }
    my $made = run_command(@as, "$bin/initdb", '-D', "$dir/data", '-U',
        'assay', '-A', 'trust', '-E', 'UTF8', '--no-sync',
        { timeout => 60, cwd => $dir, env => { LC_ALL => 'C' } });
    die "initdb failed: $made->{out}$made->{err}\n"
        unless defined $made->{exit} && $made->{exit} == 0;
    my $port = free_port();
    return start_peer('postgres', [ @as, "$bin/postgres", '-D', "$dir/data",
            '-p', $port, '-k', $dir, '-c', 'listen_addresses=127.0.0.1', '-c',
            'fsync=off', map { ('-c', $_) } @settings ],
        { dir => $dir, cwd => $dir, seconds => 40,
          stop_signal => 'INT', # the fast shutdown
          env => { LC_ALL => 'C' },
          ready => sub {
              my $run = run_command("$bin/pg_isready", '-q', '-h',
                  '127.0.0.1', '-p', $port, { timeout => 5 });
              return defined $run->{exit} && $run->{exit} == 0;
          },
          facts => { port => $port, user => 'assay', bin => $bin } });
}

package Assay::Peer;

sub port { return $_[0]{port} }
sub pid { return $_[0]{pid} }
sub dir { return $_[0]{dir} }
sub url { return "http://127.0.0.1:$_[0]{port}" . (defined $_[1] ? $_[1] : '') }
sub is_running { return kill 0, $_[0]{pid} }
sub stop { Assay::finish($_[0]{pid}) }

sub DESTROY { $_[0]->stop if ${^GLOBAL_PHASE} ne 'DESTRUCT' }

package Assay::Origin;

our @ISA = ('Assay::Peer');

sub port { return $_[0]{line}{http} }

# The port of a TLS set ("https" without a name) or of a raw mode.
sub tls_port {
    my ($self, $name) = @_;
    $name = 'https' unless defined $name;
    $name = 'https' if $name eq 'good';
    return $self->{line}{tls}{$name} || die "no TLS port \"$name\"\n";
}

sub raw_port {
    my ($self, $name) = @_;
    return $self->{line}{raw}{$name} || die "no raw port \"$name\"\n";
}

sub http_url {
    my ($self, $path) = @_;
    return 'http://127.0.0.1:' . $self->port . (defined $path ? $path : '');
}

# ->https_url('expired', '/ok'); the name may be left out: ->https_url('/ok')
sub https_url {
    my ($self, @rest) = @_;
    my $name = @rest && $rest[0] !~ m{^/} ? shift @rest : 'https';
    return 'https://localhost:' . $self->tls_port($name)
        . (defined $rest[0] ? $rest[0] : '');
}

# A URL below /reply from its keys: ->reply(status => 503, body => 'x').
sub reply {
    my ($self, @keys) = @_;
    my @pairs;
    while (@keys) {
        my ($key, $value) = splice @keys, 0, 2;
        push @pairs, "$key=" . Assay::url_encode($value);
    }
    return $self->http_url('/reply?' . join '&', @pairs);
}

# A URL that answers this JSON: ->json({ status => 'ok' }, status => 503).
sub json {
    my ($self, $value, @keys) = @_;
    my $text = ref $value ? JSON::PP->new->canonical->encode($value) : $value;
    return $self->reply(type => 'application/json', @keys, body => $text);
}

sub ca { return $_[0]{certs} . '/ca.pem' }

sub stats {
    my ($self) = @_;
    my $got = Assay::http_get($self->port, '/stats');
    return JSON::PP::decode_json($got->{body});
}

sub reset_stats { Assay::http_get($_[0]->port, '/reset-stats'); return }

1;

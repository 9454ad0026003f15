# SPDX-License-Identifier: MIT
package Receivers;

# Receivers - the other end of notices: an HTTP server that is told how to
# answer, an SMTP server, an Alertmanager.
#
#     my $hook = start_receiver();
#     $hook->plan({ '/hook' => [ { status => 500 }, { status => 200 } ] });
#     ... is scalar $hook->requests('/hook'), 2;
#     my $mail = start_mail('--login', 'me:secret', starttls => 1);
#     my ($kept) = $mail->mails;

use strict;
use warnings;

use Assay;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use JSON::PP;

our @EXPORT = qw(start_receiver start_mail start_alertmanager);

my $HERE = abs_path(dirname(__FILE__));

# A Python program that prints its port.
sub start_python {
    my ($name, $dir, @args) = @_;
    my $python = Assay::need('python3', 'python3', '/usr/bin');
    my %facts;
    my $peer = start_peer($name, [ $python, "$HERE/$name.py", $dir, @args ], {
        dir => $dir,
        ready => sub {
            my ($port) = -s "$dir/out" ? read_file("$dir/out") =~ /^(\d+)\n/ : ();
            return $facts{port} = $port;
        },
    });
    $peer->{port} = $facts{port};
    return $peer;
}

sub start_receiver {
    my $peer = start_python('receiver', temp_dir('receiver'));
    return bless $peer, 'Receivers::Http';
}

# start_mail(@options of mail_server.py, starttls => 1, cert => NAME)
sub start_mail {
    my (@args) = @_;
    my %opt;
    my @more;
    while (@args) {
        my $arg = shift @args;
        if ($arg =~ /^(?:starttls|cert)$/) { $opt{$arg} = shift @args }
        else { push @more, $arg }
    }
    if ($opt{starttls} || $opt{cert}) {
        my $cert = $opt{cert} || 'good';
        push @more, '--cert', cert_file("$cert.pem"), '--key', cert_file("$cert.key");
    }
    my $peer = start_python('mail_server', temp_dir('mail'), @more);
    return bless $peer, 'Receivers::Mail';
}

sub start_alertmanager {
    my $program = Assay::need('prometheus-alertmanager', 'prometheus-alertmanager');
    my $dir = temp_dir('alertmanager');
    my $port = free_port();
    write_file("$dir/conf.yml", "route: { receiver: nobody }\nreceivers: [ { name: nobody } ]\n");
    my $peer = start_peer('alertmanager', [ $program, "--config.file=$dir/conf.yml",
            "--storage.path=$dir/data", "--web.listen-address=127.0.0.1:$port",
            '--cluster.listen-address=' ],
        { dir => $dir, seconds => 40, facts => { port => $port },
          ready => sub {
              my $got = eval { http_get($port, '/-/ready') };
              return $got && ($got->{status} || 0) == 200;
          } });
    return $peer;
}

package Receivers::Http;

our @ISA = ('Assay::Peer');

sub plan {
    my ($self, $plan) = @_;
    my $path = "$self->{dir}/plan";
    Assay::write_file("$path.part", JSON::PP->new->canonical->encode($plan));
    rename "$path.part", $path or die "cannot rename $path: $!\n";
    return;
}

# The requests so far, of that path only when it is given.
sub requests {
    my ($self, $path) = @_;
    my $log = "$self->{dir}/log";
    return () unless -e $log;
    my @all = map { JSON::PP::decode_json($_) } grep { /\n\z/ }
        split /(?<=\n)/, Assay::read_file($log);
    return grep { !defined $path || $_->{path} eq $path } @all;
}

package Receivers::Mail;

our @ISA = ('Assay::Peer');

sub mails {
    my ($self) = @_;
    my @files = sort { ($a =~ /(\d+)\.json/)[0] <=> ($b =~ /(\d+)\.json/)[0] }
        glob "$self->{dir}/*.json";
    return map { Assay::json_file($_) } @files;
}

1;

# SPDX-License-Identifier: MIT
package LoadTimes;

# LoadTimes - how punctual a load is, beside a loop that does nothing but wake;
# and what assay and its peers say of a server that stands still for a while.

use strict;
use warnings;

use Assay;
use Bench;
use Generators;

my $ROUNDS = 5;
my $RATE = 1_000;       # a second
my $PUNCTUAL_S = 4;
my $USERS = 50;         # of the peers
my $CONNECTIONS_MAX = 500;  # more than the origin needs to catch up at once
my $DELAY_MS = 5;       # of every answer
my ($FREEZE_S, $FREEZE_RUN_S, $FREEZE_AT_S) = (1.4, 30, 12);

sub sections {
    return ([ punctual => \&bench_punctual ], [ freeze => \&bench_freeze ]);
}

sub wake {
    my $took = usage_ok(build() . '/bench/timer_loop', $RATE, $PUNCTUAL_S);
    my ($n, $p50, $p99) = split ' ', $took->{out};
    die "timer_loop woke $n times instead of @{[ $RATE * $PUNCTUAL_S ]}\n"
        if $n != $RATE * $PUNCTUAL_S;
    return { p50 => $p50 / 1000, p99 => $p99 / 1000 };
}

sub send_on_time {
    my ($url) = @_;
    my $late = by_assay($url, "${PUNCTUAL_S}s", '-r', $RATE)
        ->{load}{instrument}{lateness_ns};
    return { map { $_ => $late->{$_} / 1000 } qw(p50 p99) };
}

sub bench_punctual {
    my $web = start_web();
    set_apart($web);
    my $runs = rounds($ROUNDS, [ ours => sub { send_on_time($web->url('/')) } ],
        [ bare => \&wake ]);
    at_most("lateness at $RATE/s: p50", median_of('p50', $runs->{ours}), 100,
        'us');
    compare("lateness at $RATE/s: p99 | bare timerfd",
        median_of('p99', $runs->{ours}), median_of('p99', $runs->{bare}), 1.5,
        \&us);
}

# ---- what each says, in microseconds: { p50, p99 }

sub told_by_assay {
    my ($url) = @_;
    my $all = by_assay($url, "${FREEZE_RUN_S}s", '-r', $RATE, '-c',
        $CONNECTIONS_MAX)->{load}{latency_ns};
    return { map { $_ => $all->{$_} / 1000 } qw(p50 p99) };
}

my %unit = (us => 1, ms => 1_000, s => 1_000_000, m => 60_000_000);

sub told_by_wrk {
    my $text = by_wrk($_[0], $FREEZE_RUN_S, "-c$USERS", '--latency')->{out};
    my %said = $text =~ /^\s+(50|99)%\s+([\d.]+[a-z]+)\s*$/mg;
    return { map { $said{$_} =~ /([\d.]+)([a-z]+)/; "p$_" => $1 * $unit{$2} }
        keys %said };
}

sub told_by_hey {
    my $text = by_hey($_[0], "${FREEZE_RUN_S}s", '-c', $USERS, '-q',
        $RATE / $USERS)->{out};
    my %said = $text =~ /^\s+(50|99)% in ([\d.]+) secs/mg;
    return { map { ("p$_" => $said{$_} * 1e6) } keys %said };
}

# It tells no quantiles, but the time of each request.
sub told_by_h2load {
    my $file = temp_dir() . '/h2load.log';
    by_h2load($_[0], "${FREEZE_RUN_S}s", '--h1', "-c$USERS",
        '--rps=' . $RATE / $USERS, "--log-file=$file");
    my @took = sort { $a <=> $b } map { (split /\t/)[2] }
        split /\n/, read_file($file);
    return { p50 => $took[@took / 2], p99 => $took[@took * 0.99] };
}

# A server that answers after 5 ms, and once not for 1.4 s.  Of the requests
# that were due while it stood still, each waited for what was left of that
# time: the last 4.7 %, evenly from nothing to all of it.
sub bench_freeze {
    my $origin = start_origin();
    my $url = $origin->http_url('/reply?body=x&delay_us=' . 1000 * $DELAY_MS);
    my @sides = ([ ours => \&told_by_assay ], [ wrk => \&told_by_wrk ],
        [ hey => \&told_by_hey ], [ 'h2load --h1' => \&told_by_h2load ]);
    my %said;
    set_apart($origin);
    for my $side (@sides) {
        http_get($origin->port, sprintf '/freeze?in=%d&ms=%d',
            1000 * $FREEZE_AT_S, 1000 * $FREEZE_S);
        my $told = $said{ $side->[0] } = $side->[1]->($url);
        die "$side->[0] told no quantiles\n" if 2 != grep { $_ } @{$told}{qw(p50 p99)};
    }
    my $true_p99 = $FREEZE_S * (1 - 0.01 * $FREEZE_RUN_S / $FREEZE_S);
    for my $name (map { $_->[0] } @sides[ 1 .. $#sides ]) {
        for my $row ([ p50 => $DELAY_MS ],
            [ p99 => 1000 * $true_p99 + $DELAY_MS ]) {
            my ($q, $true_ms) = @$row;
            compare(sprintf('stood still: %s, truly %.0f ms | %s', $q,
                $true_ms, $name), $said{ours}{$q}, $said{$name}{$q});
        }
    }
}

1;

# SPDX-License-Identifier: MIT
package Steps;

# Steps - runs of assay probe over steps written as Perl data.
#
#     use Steps;
#     my $seen = probe({ a => [{ get => $url, expect => { status => 200 } }] });
#     is step($seen, 'a')->{outcome}, 'ok';
#     judged($seen, [a => 'ok'], [b => 'timeout', qr/wait took/]);
#     times_add_up();
#
# A check is a list of steps, or a map with the list under "steps".  Steps are
# written as JSON inside YAML.  Every result is kept, so that one test at the
# end of a file looks at the times of all steps of all its runs.

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP;
use Test::More;
use Assay;

our @EXPORT = qw(probe probe_text check_text step judged times_add_up true false);

my $json = JSON::PP->new->canonical->allow_nonref;
my @results;

sub true { return JSON::PP::true }
sub false { return JSON::PP::false }

# One check as YAML; "always" stands behind "steps".
sub check_text {
    my ($name, $check) = @_;
    my %keys = ref $check eq 'HASH' ? %$check : (steps => $check);
    my @order = ((grep { !/^(?:steps|always)$/ } sort keys %keys), 'steps',
        exists $keys{always} ? 'always' : ());
    my $text = "  $name:\n";
    for my $key (@order) {
        if (ref $keys{$key} eq 'ARRAY' && $key ne 'tags') {
            $text .= "    $key:\n" . join '', map {
                '      - ' . $json->encode($_) . "\n" } @{ $keys{$key} };
        } else {
            $text .= "    $key: " . $json->encode($keys{$key}) . "\n";
        }
    }
    return $text;
}

# probe({ NAME => CHECK }, { top => TEXT, args => [], env => {} }): the run,
# with ->{result} and ->{check}{NAME}.
sub probe {
    my ($checks, $opt) = @_;
    my $text = ($opt->{top} || '') . "checks:\n" . join '', map {
        check_text($_, $checks->{$_}) } sort keys %$checks;
    return probe_text($text, $opt);
}

sub probe_text {
    my ($text, $opt) = @_;
    utf8::encode($text) if utf8::is_utf8($text);
    my $run = run_assay('probe', scenario($text), '--json', '-',
        @{ $opt->{args} || [] }, { %$opt });
    my $result = eval { decode_json($run->{out}) };
    if (!$result) {
        diag("no result: $run->{err}$run->{out}") if !$opt->{broken};
        $result = {};
    }
    push @results, $result;
    $run->{result} = $result;
    $run->{check} = { map { $_->{name} => $_ } @{ $result->{checks} || [] } };
    return $run;
}

# The last (or that) step of a check.
sub step {
    my ($run, $name, $at) = @_;
    my $steps = $run->{check}{$name}{steps} || [];
    return (defined $at ? $steps->[$at] : $steps->[-1]) || {};
}

# Rows of name, outcome, and what the message must say, if anything.
sub judged {
    my ($run, @rows) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    for my $row (@rows) {
        my ($name, $outcome, $message) = @$row;
        my $check = $run->{check}{$name} || {};
        is($check->{outcome}, $outcome, "$name: $outcome")
            or diag explain $check->{message}, $check->{steps};
        like($check->{message} || '', $message, "$name: message") if $message;
    }
}

my @PHASES = qw(lateness queue dns connect tls send wait receive);

sub sum { my $all = 0; $all += $_ || 0 for @_; return $all }

# What is wrong with the times of one step; nothing when nothing is.
sub time_trouble {
    my ($step) = @_;
    my $phases = $step->{phases_ns} || {};
    my @bad = grep { ($phases->{$_} || 0) < 0 } @PHASES;
    push @bad, 'sum' if sum(values %$phases) != ($step->{total_ns} || 0);
    my @hops = map { $_->{phases_ns} || {} } @{ $step->{hops} || [] };
    return @bad if !@hops;
    return @bad, grep { my $phase = $_; $phase ne 'queue' &&
        sum(map { $_->{$phase} } @hops) != ($phases->{$phase} || 0) } @PHASES;
}

# One test: the phases of every step that was seen so far add up to its
# total, to the nanosecond, and so do those of its hops.
sub times_add_up {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($n, @bad) = (0);
    for my $check (map { @{ $_->{checks} || [] } } @results) {
        for my $step (@{ $check->{steps} }, map { @{ $_->{steps} || [] } }
            @{ $check->{attempts} }) {
            $n++;
            my @trouble = time_trouble($step);
            push @bad, "$check->{name}: $step->{name}: @trouble" if @trouble;
        }
    }
    ok($n && !@bad, "the times of all $n steps add up")
        or diag join "\n", @bad;
}

1;

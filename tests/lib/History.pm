# SPDX-License-Identifier: MIT
package History;

# History - a scripted history, played to a state file by build/history_tool.
#
#     use History;
#     my $one = play_history('daemon', 1000, 7);
#     my $other = play_history('kill', 1000, 7);
#     is_same_log($one, $other); told_how_often($one, $other)
#
# A history has {entry}, {letter} and {told}, lists of lines, {killed}, a
# number, and {cpu_s}.  It dies when the tool did not end well.

use strict;
use warnings;

use Assay;
use Exporter qw(import);
use File::Basename qw(dirname);

our @EXPORT = qw(play_history is_same_log told_how_often);

my $END_S = 1800;

sub play_history {
    my ($how, $steps, $seed) = @_;
    my $tool = dirname(assay_binary()) . '/history_tool';
    my $run = run_command($tool, temp_dir('history') . '/state.db', $how,
        $steps, $seed, { timeout => $END_S });
    die "$how: $steps steps of history $seed: $run->{err}\n"
        unless defined $run->{exit} && $run->{exit} == 0;
    my %got = (entry => [], letter => [], told => [], killed => 0,
        cpu_s => $run->{cpu_s});
    for my $line (split /\n/, $run->{out}) {
        my ($kind, $rest) = split / /, $line, 2;
        if ($kind ne 'killed') { push @{ $got{$kind} }, $rest }
        elsif ($rest =~ /^\d+$/) { $got{killed} = $rest }
    }
    return \%got;
}

# Byte for byte; what: "entry" or "letter".
sub is_same_log {
    my ($one, $other, $what) = @_;
    return join("\n", @{ $one->{$what} }) eq join("\n", @{ $other->{$what} });
}

# Of the letters of the one, how often the other has told each; what it has
# told besides is in {made_up}.
sub told_how_often {
    my ($one, $other) = @_;
    my %told = map { my @f = split ' '; ("$f[1] $f[3]" => 0) }
        @{ $one->{letter} };
    my @made_up = grep { !exists $told{$_} } @{ $other->{told} };
    $told{$_}++ for @{ $other->{told} };
    my @n = @told{ grep { exists $told{$_} } keys %told };
    return { lost => scalar(grep { $_ == 0 } @n),
        twice => scalar(grep { $_ == 2 } @n),
        more => scalar(grep { $_ > 2 } @n),
        all => scalar @n, made_up => scalar @made_up };
}

1;

# SPDX-License-Identifier: MIT
package Actions;

# Actions - carries out a composite action, or one job of a workflow, as GitHub
# documents it, here.
#
#     my $run = run_action($action, { scenario => $file }, { state => $dir });
#     $run->{exit}      # 0 when every step went well
#     $run->{outputs}   # of the action
#     $run->{steps}     # [{ name, exit, out, err, skipped }]
#     $run = run_job($workflow, 'load', { work => $dir, env => {} });
#
# Steps with `run` are executed by bash as `shell: bash` says (no profile,
# -e -o pipefail) in a clean folder with the documented variables.  Those with
# `uses` are known by name: a cache is a folder of the caller's, checking out,
# uploading and downloading are left out: what they bring is in the folder of the
# job already.  Expressions are the few that are needed: inputs, steps, github,
# runner, ||, &&, ==, !=, always() and hashFiles() of one file.

use strict;
use warnings;

use Assay;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Copy qw(copy);
use JSON::PP;

our @EXPORT = qw(yaml_file run_action run_job);

sub yaml_file {
    my ($file) = @_;
    my $run = run_command('node', 'tests/tool/yaml_to_json.js', $file);
    die "$file: $run->{err}\n" if $run->{exit};
    return decode_json($run->{out});
}

# ---- expressions

sub look_up {
    my ($world, $name) = @_;
    my $at = $world;
    for my $part (split /\./, $name) {
        return '' unless ref $at eq 'HASH' && defined $at->{$part};
        $at = $at->{$part};
    }
    return $at;
}

sub term {
    my ($world, $text) = @_;
    return $1 if $text =~ /\A'(.*)'\z/s;
    return -e "$world->{cwd}/$1" ? 'a hash' : ''
        if $text =~ /\AhashFiles\('([^'*]+)'\)\z/;
    die "no expression that is known: $text\n"
        unless $text =~ /\A[A-Za-z_][\w.-]*\z/;
    return look_up($world, $text);
}

sub evaluate {
    my ($world, $text) = @_;
    $text =~ s/\A\s+|\s+\z//g;
    if ($text =~ /\|\|/) {
        my $value = '';
        for my $part (split /\s*\|\|\s*/, $text) {
            $value = evaluate($world, $part);
            return $value if $value ne '';
        }
        return $value;
    }
    if ($text =~ /&&/) {
        for my $part (split /\s*&&\s*/, $text) {
            return '' if evaluate($world, $part) eq '';
        }
        return '1';
    }
    return 1 if $text eq 'always()';
    if ($text =~ /\A(.*?)\s*(==|!=)\s*(.*)\z/s) {
        my $same = term($world, $1) eq term($world, $3);
        return $same == ($2 eq '==') ? '1' : '';
    }
    return term($world, $text);
}

sub expand {
    my ($world, $text) = @_;
    $text =~ s/\$\{\{(.*?)\}\}/evaluate($world, $1)/ges;
    return $text;
}

# ---- steps

sub outputs_of {
    my ($file) = @_;
    my %is;
    for (split /\n/, read_file($file)) {
        $is{$1} = $2 if /\A([\w-]+)=(.*)\z/;
    }
    return \%is;
}

sub run_block {
    my ($world, $step, $dir) = @_;
    my $script = write_file("$dir/script.sh", $step->{run});
    my $out = write_file("$dir/output", '');
    my $path = write_file("$dir/path", '');
    my %env = (%{ $world->{env} }, GITHUB_OUTPUT => $out, GITHUB_PATH => $path);
    $env{$_} = expand($world, $step->{env}{$_}) for keys %{ $step->{env} || {} };
    my $run = run_command('bash', '--noprofile', '--norc', '-eo', 'pipefail',
        $script, { env => \%env, cwd => $world->{cwd}, timeout => 300 });
    $world->{steps}{ $step->{id} }{outputs} = outputs_of($out)
        if defined $step->{id};
    $world->{env}{PATH} = join ':', reverse(split /\n/, read_file($path)),
        $world->{env}{PATH};
    return { name => $step->{name}, %$run };
}

# A cache is a folder beside, named by the start of its key.
sub use_cache {
    my ($world, $step, $kept) = @_;
    my $path = expand($world, $step->{with}{path});
    my ($from, $to) = ($kept, $path);
    ($from, $to) = ($path, $kept) if $step->{uses} =~ m{cache/save};
    for my $file (glob "$from/*") {
        my ($name) = $file =~ m{([^/]+)\z};
        copy($file, "$to/$name") or die "copy $file: $!\n";
        chmod 0755, "$to/$name" if -x $file;
    }
    return { name => $step->{name}, exit => 0 };
}

# What every run has: its folders, and the documented variables.
sub world_of {
    my ($dir, $place, $known) = @_;
    mkdir "$dir/temp";
    my $work = $known->{work} || "$dir/work";
    mkdir $work;
    return {
        inputs => {}, steps => {}, cwd => $work,
        github => { action_path => $place, run_id => $$, run_attempt => 1,
            repository => 'a/b', server_url => 'https://github.com',
            token => 'a token', %{ $known->{github} || {} } },
        runner => { temp => "$dir/temp" },
        env => { GITHUB_ACTIONS => 'true', CI => 'true', PATH => $ENV{PATH},
            GITHUB_ACTION_PATH => $place, GITHUB_WORKSPACE => $work,
            GITHUB_STEP_SUMMARY => write_file("$dir/summary", ''),
            GITHUB_RUN_ID => $$, GITHUB_REPOSITORY => 'a/b',
            RUNNER_TEMP => "$dir/temp", RUNNER_OS => 'Linux' },
    };
}

# All steps in their order; whether one failed, and what came of each.
sub run_steps {
    my ($world, $steps, $dir, $known) = @_;
    my ($failed, @done) = (0);
    for my $step (@$steps) {
        my $if = defined $step->{if} ? $step->{if} : '';
        my $goes = ($if eq '' || evaluate($world, $if) ne '')
            && (!$failed || $if =~ /always\(\)/);
        if (!$goes) {
            push @done, { name => $step->{name}, skipped => 1 };
            next;
        }
        my $done = $step->{run} ? run_block($world, $step, $dir)
            : $step->{uses} =~ /cache/ && $step->{with}{path} =~ /state/
            ? use_cache($world, $step, $known->{state})
            : { name => $step->{name}, exit => 0 };
        $failed = 1 if $done->{exit} || !defined $done->{exit};
        push @done, $done;
    }
    return { exit => $failed ? 1 : 0, steps => \@done,
        summary => read_file("$dir/summary"), temp => "$dir/temp" };
}

# known: { state => FOLDER, env => {} }
sub run_action {
    my ($file, $inputs, $known) = @_;
    my $action = yaml_file($file);
    my $dir = temp_dir('action');
    my ($place) = abs_path($file) =~ m{(.*)/};
    my $world = world_of($dir, $place, $known);
    $world->{inputs} = { map { my $is = $action->{inputs}{$_};
        $_ => defined $inputs->{$_} ? $inputs->{$_}
            : defined $is->{default} ? $is->{default} : ''
    } keys %{ $action->{inputs} } };
    $world->{env} = { %{ $world->{env} }, %{ $known->{env} || {} } };
    my $run = run_steps($world, $action->{runs}{steps}, $dir, $known);
    $run->{path} = $world->{env}{PATH};
    $run->{outputs} = { map { $_ => expand($world, $action->{outputs}{$_}{value}) }
        keys %{ $action->{outputs} } };
    return $run;
}

# One job of a workflow.  known: { work => FOLDER, github => {}, env => {} }; what
# env has stands for what a reader writes there instead.
sub run_job {
    my ($file, $name, $known) = @_;
    my $job = yaml_file($file)->{jobs}{$name} or die "$file has no job $name\n";
    my $dir = temp_dir('job');
    my $world = world_of($dir, '', $known);
    my %env = map { $_ => expand($world, $job->{env}{$_}) }
        keys %{ $job->{env} || {} };
    $world->{env} = { %{ $world->{env} }, %env, %{ $known->{env} || {} } };
    return run_steps($world, $job->{steps}, $dir, $known);
}

1;

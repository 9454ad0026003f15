#!/bin/sh
# SPDX-License-Identifier: MIT
# prove.sh FOLDER TEST... : runs the tests under prove and keeps the TAP of
# each in FOLDER.
set -u

folder=$1
shift
export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
export TAP_FOLDER="$folder"
# What measures times runs one after the other, beside all the others: two of
# that kind would measure each other.
printf '%s\n' --- par: "  - seq: '**/{load_,gate}*.t'" "  - par: '**'" \
	>"$folder.rules"
export HARNESS_RULESFILE="$folder.rules"
exec prove -j"${PROVE_JOBS:-2}" -e 'sh tests/tap.sh' "$@"

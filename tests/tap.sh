#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs one test with a time limit, passes its TAP on and keeps a copy.  cmocka
# writes TAP to standard error.
set -u

name=$(basename "$1")
out="$TAP_FOLDER/$name.out"
case $1 in
*.t) timeout -k 5 300 perl -Itests/lib "$1" >"$out" ;;
*) timeout -k 5 120 "$1" >"$out" 2>&1 ;;
esac
code=$?
cat "$out"
exit $code

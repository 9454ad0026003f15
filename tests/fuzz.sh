#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz.sh BUILD SECONDS: runs every fuzz target for some seconds on its seeds,
# as many at a time as there are cores.
# FUZZ_SEED=N draws the same inputs each time; 0, the default, new ones.
# What a target finds stays in BUILD/fuzz/<name>.crash/.
set -u

build=$1
seconds=$2

# fuzz.sh BUILD SECONDS TARGET: one of them
if [ $# -eq 3 ]; then
	target=$3
	name=$(basename "$target")
	seeds=tests/fuzz/seeds/${name#fuzz_}
	corpus=$build/fuzz/$name.corpus
	mkdir -p "$corpus" "$build/fuzz/$name.crash"
	[ -d "$seeds" ] || seeds=
	# shellcheck disable=SC2086
	if timeout -k 5 $((seconds * 3 + 60)) "$target" \
		-max_total_time="$seconds" -seed="${FUZZ_SEED:-0}" -timeout=20 -rss_limit_mb=2048 \
		-artifact_prefix="$build/fuzz/$name.crash/" \
		-print_final_stats=1 "$corpus" $seeds \
		>"$build/fuzz/$name.log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' \
			"$build/fuzz/$name.log")
		echo "ok - $name: $runs inputs"
		exit 0
	fi
	# in one piece, as others write as well
	echo "$(tail -n 40 "$build/fuzz/$name.log")
not ok - $name"
	exit 1
fi

for target in "$build"/fuzz/fuzz_*; do
	if [ -x "$target" ] && ! [ -d "$target" ]; then
		echo "$target"
	fi
done | xargs -P "$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)" -n 1 \
	sh "$0" "$build" "$seconds"

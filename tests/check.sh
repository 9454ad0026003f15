#!/bin/sh
# SPDX-License-Identifier: MIT
# The whole proof: lint, units under sanitizers, threads, whole programs with
# real peers, fuzzing for some seconds.  Ends with "N passed, N failed".
set -u

make=${MAKE:-make}
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
log=build/check
passed=0
failed=0
mkdir -p "$log"

# Runs a part, shows it, and counts its TAP results.  A part without TAP
# counts as one.
part() {
	name=$1
	shift
	printf '== %s\n' "$name"
	"$@" >"$log/$name.log" 2>&1
	code=$?
	tap=$log/$name.tap
	[ -f "$tap" ] || tap=$log/$name.log
	good=$(grep -cE '^ok ' "$tap" || true)
	bad=$(grep -cE '^not ok ' "$tap" || true)
	if [ "$good" = 0 ] && [ "$bad" = 0 ]; then
		good=1
		bad=0
		[ "$code" -eq 0 ] || good=0
	fi
	if [ "$code" -ne 0 ] && [ "$bad" = 0 ]; then
		bad=1
	fi
	if [ "$bad" != 0 ]; then
		cat "$log/$name.log"
	else
		tail -n 3 "$log/$name.log"
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
}

# prove with every result kept as TAP beside its summary
proved() {
	out=$1
	shift
	rm -rf "$log/$out.raw"
	mkdir -p "$log/$out.raw"
	sh tests/prove.sh "$log/$out.raw" "$@"
	code=$?
	cat "$log/$out.raw"/* >"$log/$out.tap" 2>/dev/null
	return $code
}

units() {
	$make --no-print-directory -j"$jobs" STRICT=1 \
		SANITIZE=address,undefined tests &&
		proved units build/kind-address-undefined/unit/test_*
}

# the workers of a load, and the watch with all that runs beside it
threads() {
	built=build/kind-thread
	set -- "$built/unit/test_threads" "$built/unit/test_load_run"
	$make --no-print-directory -j"$jobs" STRICT=1 build/origin &&
		$make --no-print-directory -j"$jobs" STRICT=1 SANITIZE=thread "$@" \
			"$built/assay" &&
		ASSAY="$built/assay" proved threads "$@" tests/program/watch_threads.t
}

# They wait more than they work, so one more than there are cores; the last of
# the alphabet first, as a long one should not be alone at the end.
programs() {
	set --
	for program in tests/program/*.t; do
		set -- "$program" "$@"
	done
	PROVE_JOBS=$((jobs + 1))
	export PROVE_JOBS
	$make --no-print-directory -j"$jobs" STRICT=1 all tools &&
		proved programs "$@"
	code=$?
	unset PROVE_JOBS
	return $code
}

# What failed, and what it said, once more: the end of a long output is what
# people see first.
again() {
	for tap in "$log"/*.log "$log"/*.tap; do
		[ -f "$tap" ] || continue
		awk '/^not ok/ || /# +Failed test / { left = 12 }
			left-- > 0 && /^not ok|^ *#/ { print substr($0, 1, 500); next }
			{ left = 0 }' "$tap"
	done | head -n 80
}

rm -f "$log"/*.tap "$log"/*.log
part lint "$make" --no-print-directory lint
part units units
part threads threads
part programs programs
# the same inputs each time: what is new is looked for by make fuzz
part fuzz env FUZZ_SEED=1 "$make" --no-print-directory -j"$jobs" fuzz

[ "$failed" -eq 0 ] || again
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]

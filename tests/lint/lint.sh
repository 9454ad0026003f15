#!/bin/sh
# SPDX-License-Identifier: MIT
# Style by machine: warnings of both compilers, layout, direction of includes,
# size of functions and files, shell scripts.
# shellcheck disable=SC2086,SC2046  # lists of files are split on purpose
set -u

make=${MAKE:-make}
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
bad=0

complain() {
	echo "lint: $1"
	bad=1
}

sources=$(find scenarios report probe loadgen assay.c tests -name '*.[ch]' |
	sort)

# The program itself is needed soon, and what gcc sees only while it optimizes
# is told there and by the strict build of the units.
$make --no-print-directory -s -j"$jobs" STRICT=1 all || complain 'gcc warns'
for cc in gcc clang; do
	$make --no-print-directory -s CC=$cc STRICT=1 syntax ||
		complain "$cc warns"
done

clang-format-14 --dry-run -Werror $sources || complain 'layout: clang-format-14 -i'

awk -f tests/lint/layers.awk $sources || complain 'an include goes upward'

# The longest function and the most branches of one; a table of test rows may
# be longer.
pmccabe $(echo "$sources" | grep '\.c$') |
	awk '{ most = $6 ~ /^tests\// ? 100 : 60 }
	$5 > most || $1 > 15 {
		print $6 ": " $7 ": " $5 " lines, complexity " $1; n++
	} END { exit n > 0 }' || complain 'a function is too long or has too many branches'

for file in $sources; do
	lines=$(wc -l <"$file")
	most=600
	case $file in tests/*) most=1000 ;; esac
	[ "$lines" -le "$most" ] || complain "$file has $lines lines, over $most"
	head -n 1 "$file" | grep -q 'SPDX-License-Identifier: MIT' ||
		complain "$file does not begin with its licence"
done

if grep -nwE 'TODO|FIXME|XXX' $sources; then
	complain 'unfinished work'
fi

# Functions that cannot be used safely, or that poll.
banned='strcpy|strcat|sprintf|vsprintf|gets|strtok|localtime|gmtime|asctime|ctime'
banned="$banned|system|popen|tmpnam|mktemp|alloca|curl_multi_perform"
if grep -nE "(^|[^[:alnum:]_\"])($banned)\(" \
	$(echo "$sources" | grep -E '^(scenarios|report|probe|loadgen|assay)'); then
	complain 'a banned function'
fi

shellcheck -s sh tests/*.sh tests/lint/*.sh || complain 'shellcheck'
shellcheck .ci/run || complain 'shellcheck'

exit $bad

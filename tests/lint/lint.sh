#!/bin/sh
# SPDX-License-Identifier: MIT
# Style by machine: warnings of both compilers, layout, direction of includes,
# size of functions and files, shell scripts.
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

for cc in gcc clang; do
	$make --no-print-directory -s -j"$jobs" CC=$cc STRICT=1 \
		BUILD_SUFFIX=-lint-$cc CFLAGS='-O1' tests ||
		complain "$cc warns"
done

# shellcheck disable=SC2086
clang-format-14 --dry-run -Werror $sources || complain 'layout: clang-format-14 -i'

# shellcheck disable=SC2086
awk -f tests/lint/layers.awk $sources || complain 'an include goes upward'

# The longest function and the most branches of one, tests too.
# shellcheck disable=SC2086
pmccabe $(echo "$sources" | grep '\.c$') |
	awk '$5 > 60 || $1 > 15 {
		print $6 ": " $7 ": " $5 " lines, complexity " $1; n++
	} END { exit n > 0 }' || complain 'a function is over 60 lines or 15 branches'

for file in $sources; do
	lines=$(wc -l <"$file")
	[ "$lines" -le 600 ] || complain "$file has $lines lines, over 600"
	head -n 1 "$file" | grep -q 'SPDX-License-Identifier: MIT' ||
		complain "$file does not begin with its licence"
done

if grep -nE 'TODO|FIXME|XXX' $sources; then
	complain 'unfinished work'
fi

# Functions that cannot be used safely, or hide the locale and the clock.
if grep -nwE 'strcpy|strcat|sprintf|vsprintf|gets|strtok|localtime|gmtime|asctime|ctime|system|popen|tmpnam|mktemp|alloca|curl_multi_perform' \
	$(echo "$sources" | grep -E '^(scenarios|report|probe|loadgen|assay)') |
	grep -vE ':[0-9]+:\s*(/?\*|//)'; then
	complain 'a banned function'
fi

shellcheck -s sh tests/*.sh tests/lint/*.sh || complain 'shellcheck'
shellcheck .ci/run || complain 'shellcheck'

exit $bad

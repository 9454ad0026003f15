# SPDX-License-Identifier: MIT
# Includes go one way: scenarios < report < probe < loadgen < assay.c.
BEGIN {
	rank["scenarios"] = 1
	rank["report"] = 2
	rank["probe"] = 3
	rank["loadgen"] = 4
	rank["assay.c"] = 5
	rank["tests"] = 6
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	split(FILENAME, own, "/")
	split(quoted[2], other, "/")
	if (!(other[1] in rank)) {
		print FILENAME ":" FNR ": include by path from the root: " quoted[2]
		bad = 1
	} else if (rank[other[1]] > rank[own[1]]) {
		print FILENAME ":" FNR ": " own[1] " must not know " quoted[2]
		bad = 1
	}
}
END { exit bad }

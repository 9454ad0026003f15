# SPDX-License-Identifier: MIT
# A text file as the rows of a C array of lines.
BEGIN {
	print "/* SPDX-License-Identifier: MIT */"
	print "/* made from a text file */"
}
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	print "\"" $0 "\\n\","
}

/* SPDX-License-Identifier: MIT */
#ifndef REPORT_NOTICE_MIME_H
#define REPORT_NOTICE_MIME_H

/*
 * mime - the parts that a mail is put together of.
 *
 * Every line ends in CRLF and none is longer than 78 bytes, but for a word that
 * cannot be broken; nothing but ASCII comes out.  A text that is given cannot
 * end a header: it comes out as encoded words or as printable ASCII.
 *
 * Source        message: RFC 5322.  Headers beyond ASCII: RFC 2047.
 *               Quoted-printable: RFC 2045, 6.7.
 * Thread rule   pure.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena; /* scenarios/base/arena.h */
struct buf;   /* scenarios/base/buf.h */

enum {
	MIME_LINE_MAX = 76,    /* bytes of a line of quoted-printable */
	MIME_ENCODED_MAX = 75, /* bytes of one encoded word */
	MIME_HEADER_MAX =
		78, /* bytes of a line of a header, as far as can be */
	MIME_ADDRESS_MAX = 254 /* RFC 5321, 4.5.3.1.3 with its erratum */
};

/* "Name: text" and CRLF; the text is valid UTF-8 without control characters. */
void mime_header(struct buf *out, const char *name, const char *text);
/* The same with a value that is ASCII and has its own form already; it is
 * folded at its spaces. */
void mime_header_raw(struct buf *out, const char *name, const char *value);

/* Lines of any length that end in \n. */
void mime_quoted_printable(struct buf *out, const char *text, size_t len);

struct mime_address {
	const char *mailbox; /* "ops@example.org": of the envelope */
	const char *name;    /* ""; what is shown */
};

/* "ops@example.org" or "Ops team <ops@example.org>".  NULL when it is one, else
 * what is wrong with it.  Without memory it is one whose mailbox or name is
 * NULL. */
const char *mime_address_parse(struct arena *a, const char *text,
			       struct mime_address *out);
/* As it is written in a header. */
void mime_address_put(struct buf *out, const struct mime_address *address);

/* "Fri, 02 Jan 2026 03:04:05 +0000" of a time since 1970. */
void mime_date(struct buf *out, unsigned long long at_s);

#endif

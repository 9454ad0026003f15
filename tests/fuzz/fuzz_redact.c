/* SPDX-License-Identifier: MIT */

/*
 * The first byte tells how long the secret is, then the secret, then a text.
 * The text is tried as it is, and with the secret put into its middle in each
 * spelling: the secret is in no output, and redacting twice is as once.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/redact/redact.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"
#include "scenarios/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(what)            \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

static bool holds(const struct buf *in, const struct buf *what)
{
	return memmem(buf_text(in), in->len, buf_text(what), what->len) != NULL;
}

static void spell(struct buf *out, unsigned how, const char *s, size_t n)
{
	switch (how) {
	case 0:
		buf_add(out, s, n);
		break;
	case 1:
		text_percent_encode(out, s, n);
		break;
	case 2:
		text_base64_encode(out, TEXT_BASE64, s, n);
		break;
	case 3:
		text_base64_encode(out, TEXT_BASE64_URL, s, n);
		break;
	case 4:
		text_hex_encode(out, s, n);
		break;
	case 5:
		text_xml_escape(out, s, n);
		break;
	default:
		json_escape(out, s, n);
	}
}

enum { SPELLINGS = 7 };

static void look(const struct redactor *r, const char *text, size_t len,
		 const struct buf *spelled)
{
	struct buf once, twice;

	buf_init(&once, BUF_NO_LIMIT);
	buf_init(&twice, BUF_NO_LIMIT);
	redact_text(r, text, len, &once);
	redact_text(r, buf_text(&once), once.len, &twice);
	REQUIRE(once.len == twice.len &&
		memcmp(buf_text(&once), buf_text(&twice), once.len) == 0);
	for (unsigned i = 0; i < 5; i++)
		REQUIRE(!holds(&once, &spelled[i]));
	buf_reset(&once);
	redact_excerpt(r, text, len, len / 2, &once);
	REQUIRE(once.len <= len / 2);
	/* an excerpt writes bytes that cannot be shown with a backslash: one
	 * more of them can look like the secret */
	for (unsigned i = 0; i < 5; i++)
		REQUIRE(!holds(&once, &spelled[i]) ||
			memchr(buf_text(&spelled[0]), '\\', spelled[0].len));
	buf_release(&once);
	buf_release(&twice);
}

/* A secret that could be part of the mark, or meet it, is no test. */
static bool is_fair(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '[' || s[i] == ']' || s[i] <= ' ')
			return false;
	}
	return text_utf8_valid(s, n, NULL) &&
	       memmem(REDACT_MARK, strlen(REDACT_MARK), s, n) == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *secret = (const char *)data + 1;
	struct buf spelled[SPELLINGS], text;
	struct redactor *r;
	const char *rest;
	size_t n, len;

	if (size < 1)
		return 0;
	n = data[0] % 64;
	if (size < 1 + n)
		return 0;
	rest = secret + n;
	len = size - 1 - n;
	if (n >= REDACT_MIN && !is_fair(secret, n))
		return 0;
	r = redactor_new();
	REQUIRE(redactor_add(r, secret, n) == (n >= REDACT_MIN));
	for (unsigned i = 0; i < SPELLINGS; i++) {
		buf_init(&spelled[i], BUF_NO_LIMIT);
		spell(&spelled[i], i, secret, n);
	}
	for (unsigned i = 0; i <= SPELLINGS && n >= REDACT_MIN; i++) {
		buf_init(&text, BUF_NO_LIMIT);
		buf_add(&text, rest, len / 2);
		if (i < SPELLINGS)
			buf_add(&text, buf_text(&spelled[i]), spelled[i].len);
		buf_add(&text, rest + len / 2, len - len / 2);
		look(r, buf_text(&text), text.len, spelled);
		buf_release(&text);
	}
	for (unsigned i = 0; i < SPELLINGS; i++)
		buf_release(&spelled[i]);
	redactor_free(r);
	return 0;
}

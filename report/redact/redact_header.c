/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/redact/redact.h"
#include "report/redact/redact_parts.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum { BASIC_MAX = 16 * 1024 };

bool redact_header_hides(const char *name)
{
	size_t len = strlen(name);

	return (redact_name(name, len) & NAME_HEADER) != 0;
}

void redact_header_value(const struct redactor *r, const char *name,
			 const char *value, struct buf *out)
{
	if (redact_header_hides(name))
		buf_puts(out, REDACT_MARK);
	else
		redact_text(r, value, strlen(value), out);
}

/* "user:password" is learned whole, and the password by itself. */
static void learn_basic(struct redactor *r, const char *text, size_t len)
{
	struct buf plain;
	const char *colon;

	buf_init(&plain, BASIC_MAX);
	if (text_base64_decode(&plain, TEXT_BASE64, text, len)) {
		redactor_learn(r, plain.text, plain.len);
		colon = plain.len ? memchr(plain.text, ':', plain.len) : NULL;
		if (colon)
			redactor_learn(
				r, colon + 1,
				plain.len - (size_t)(colon + 1 - plain.text));
	}
	if (plain.text)
		explicit_bzero(plain.text, plain.len);
	buf_release(&plain);
}

/* "Scheme credentials", or credentials alone. */
static void learn_credentials(struct redactor *r, const char *value)
{
	const char *rest = value + strcspn(value, " \t");
	size_t scheme = (size_t)(rest - value);

	rest += strspn(rest, " \t");
	if (*rest == '\0') {
		redactor_learn(r, value, strlen(value));
		return;
	}
	redactor_learn(r, rest, strlen(rest));
	if (text_same_nocase(value, scheme, "basic", 5))
		learn_basic(r, rest, strcspn(rest, " \t"));
}

/* "a=b; c=d": every value, or only the first. */
static void learn_cookies(struct redactor *r, const char *value, bool all)
{
	while (*value) {
		size_t n = strcspn(value, ";");
		const char *equals = memchr(value, '=', n);

		if (equals)
			redactor_learn(r, equals + 1,
				       n - (size_t)(equals + 1 - value));
		if (!all || value[n] == '\0')
			return;
		value += n + 1;
	}
}

void redactor_learn_header(struct redactor *r, const char *name,
			   const char *value)
{
	static const struct {
		const char *name;
		enum { CREDENTIALS, COOKIES, FIRST_COOKIE } holds;
	} known[] = {
		{ "authorization", CREDENTIALS },
		{ "proxy-authorization", CREDENTIALS },
		{ "cookie", COOKIES },
		{ "set-cookie", FIRST_COOKIE },
	};
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (!text_same_nocase(name, len, known[i].name,
				      strlen(known[i].name)))
			continue;
		if (known[i].holds == CREDENTIALS)
			learn_credentials(r, value);
		else
			learn_cookies(r, value, known[i].holds == COOKIES);
		return;
	}
	if (redact_header_hides(name))
		redactor_learn(r, value, strlen(value));
}

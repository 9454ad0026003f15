/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/redact/redact_parts.h"

/* Names are compared in small letters without the marks between words:
 * access_token, access-token and accessToken are one. */
enum {
	NAME_MAX_BYTES = 64,
	SECRET = NAME_QUERY | NAME_ASSIGN | NAME_JSON | NAME_SCALAR,
	CREDENTIAL = SECRET | NAME_HEADER,
	SHORT = NAME_QUERY | NAME_JSON, /* words with other meanings, too */
};

struct known {
	const char *name;
	size_t len;
	unsigned is;
};

#define KNOWN(name, is)                    \
	{                                  \
		name, sizeof(name) - 1, is \
	}

/* A name that ends so: db_password, csrf_token. */
static const struct known endings[] = {
	KNOWN("password", SECRET),	KNOWN("passwd", SECRET),
	KNOWN("pwd", SECRET),		KNOWN("passphrase", SECRET),
	KNOWN("secret", SECRET),	KNOWN("token", SECRET),
	KNOWN("apikey", SECRET),	KNOWN("privatekey", SECRET),
	KNOWN("secretkey", SECRET),	KNOWN("accesskey", SECRET),
	KNOWN("authkey", SECRET),	KNOWN("accesskeyid", SECRET),
	KNOWN("signature", SECRET),	KNOWN("credential", SECRET),
	KNOWN("credentials", SECRET),	KNOWN("sessionid", SECRET),
	KNOWN("authorization", SECRET), KNOWN("cookie", SECRET),
	KNOWN("jwt", SECRET),
};

static const struct known exact[] = {
	KNOWN("authorization", CREDENTIAL),
	KNOWN("proxyauthorization", CREDENTIAL),
	KNOWN("cookie", CREDENTIAL),
	KNOWN("cookie2", CREDENTIAL),
	KNOWN("setcookie", CREDENTIAL),
	KNOWN("setcookie2", CREDENTIAL),
	KNOWN("xapikey", CREDENTIAL),
	KNOWN("apikey", CREDENTIAL),
	KNOWN("xauthtoken", CREDENTIAL),
	KNOWN("xauth", CREDENTIAL),
	KNOWN("key", SHORT),
	KNOWN("auth", SHORT),
	KNOWN("session", SHORT),
	KNOWN("sid", SHORT),
	KNOWN("sig", SHORT),
	KNOWN("pass", SHORT),
	KNOWN("pin", SHORT),
	KNOWN("otp", SHORT),
	KNOWN("cvv", SHORT),
	KNOWN("cvc", SHORT),
	KNOWN("code", NAME_QUERY),
	KNOWN("ticket", NAME_QUERY),
	KNOWN("assertion", NAME_QUERY),
	KNOWN("samlresponse", NAME_QUERY),
};

static bool ends_with(const char *name, size_t len, const struct known *end)
{
	return len >= end->len && name[len - 1] == end->name[end->len - 1] &&
	       memcmp(name + len - end->len, end->name, end->len) == 0;
}

/* Letters and digits, small.  *marks tells whether there were others. */
static size_t squash(const char *name, size_t len, char *into, bool *marks)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < NAME_MAX_BYTES; i++) {
		char c = name[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (redact_is_alnum(c))
			into[n++] = c;
		else if (c == '-')
			*marks = true;
	}
	return n;
}

unsigned redact_name(const char *name, size_t len)
{
	char word[NAME_MAX_BYTES];
	bool marks = false;
	size_t n;

	if (len > NAME_MAX_BYTES) {
		name += len - NAME_MAX_BYTES;
		len = NAME_MAX_BYTES;
	}
	n = squash(name, len, word, &marks);
	/* "cookie2" is the only one with a digit: most are addresses */
	if (n == 0 || (word[n - 1] <= '9' && word[n - 1] != '2'))
		return 0;
	for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++) {
		if (n == exact[i].len && memcmp(word, exact[i].name, n) == 0)
			return exact[i].is;
	}
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		/* X-Vault-Token is a header, "token: is missing" prose */
		if (ends_with(word, n, &endings[i]))
			return endings[i].is | (marks ? NAME_HEADER : 0);
	}
	return 0;
}

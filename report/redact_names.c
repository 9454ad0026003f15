/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/redact_parts.h"

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
	unsigned is;
};

/* A name that ends so: db_password, csrf_token. */
static const struct known endings[] = {
	{ "password", SECRET },	     { "passwd", SECRET },
	{ "pwd", SECRET },	     { "passphrase", SECRET },
	{ "secret", SECRET },	     { "token", SECRET },
	{ "apikey", SECRET },	     { "privatekey", SECRET },
	{ "secretkey", SECRET },     { "accesskey", SECRET },
	{ "authkey", SECRET },	     { "accesskeyid", SECRET },
	{ "signature", SECRET },     { "credential", SECRET },
	{ "credentials", SECRET },   { "sessionid", SECRET },
	{ "authorization", SECRET }, { "cookie", SECRET },
	{ "jwt", SECRET },
};

static const struct known exact[] = {
	{ "authorization", CREDENTIAL },
	{ "proxyauthorization", CREDENTIAL },
	{ "cookie", CREDENTIAL },
	{ "cookie2", CREDENTIAL },
	{ "setcookie", CREDENTIAL },
	{ "setcookie2", CREDENTIAL },
	{ "xapikey", CREDENTIAL },
	{ "apikey", CREDENTIAL },
	{ "xauthtoken", CREDENTIAL },
	{ "xauth", CREDENTIAL },
	{ "key", SHORT },
	{ "auth", SHORT },
	{ "session", SHORT },
	{ "sid", SHORT },
	{ "sig", SHORT },
	{ "pass", SHORT },
	{ "pin", SHORT },
	{ "otp", SHORT },
	{ "cvv", SHORT },
	{ "cvc", SHORT },
	{ "code", NAME_QUERY },
	{ "ticket", NAME_QUERY },
	{ "assertion", NAME_QUERY },
	{ "samlresponse", NAME_QUERY },
};

static bool ends_with(const char *name, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && memcmp(name + len - n, end, n) == 0;
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
	for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++) {
		if (n == strlen(exact[i].name) &&
		    memcmp(word, exact[i].name, n) == 0)
			return exact[i].is;
	}
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		/* X-Vault-Token is a header, "token: is missing" prose */
		if (ends_with(word, n, endings[i].name))
			return endings[i].is | (marks ? NAME_HEADER : 0);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "tests/origin/behave.h"

#include "tests/origin/origin.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 4096 };

static void verdict(struct reply *rep, bool is_right, const char *challenge)
{
	reply_is_json(rep);
	buf_printf(&rep->body, "{\"authenticated\":%s}",
		   is_right ? "true" : "false");
	if (is_right)
		return;
	rep->status = 401;
	reply_header(rep, "WWW-Authenticate", challenge);
}

/* Whether the request is authorized by "SCHEME secret", to the byte. */
static bool is_authorized(const struct request *r, const char *scheme,
			  struct text secret)
{
	struct text given = http_header(r, "Authorization");
	struct text word = given.n ? text_cut(&given, ' ') : given;

	return text_is_nocase(word, scheme) && given.n == secret.n &&
	       memcmp(given.p, secret.p, secret.n) == 0;
}

static void basic(struct conn *c, const struct request *r, struct text rest,
		  struct reply *rep)
{
	struct text user = text_cut(&rest, '/');
	struct buf pair, secret;

	(void)c;
	buf_init(&pair, WORD_MAX);
	buf_init(&secret, 2 * WORD_MAX);
	text_url_decode(user, &pair);
	buf_putc(&pair, ':');
	text_url_decode(rest, &pair);
	text_base64(text_buf(&pair), &secret);
	verdict(rep, is_authorized(r, "Basic", text_buf(&secret)),
		"Basic realm=\"origin\"");
	buf_release(&pair);
	buf_release(&secret);
}

static void bearer(struct conn *c, const struct request *r, struct text rest,
		   struct reply *rep)
{
	struct buf secret;

	(void)c;
	buf_init(&secret, WORD_MAX);
	text_url_decode(rest, &secret);
	verdict(rep, is_authorized(r, "Bearer", text_buf(&secret)),
		"Bearer realm=\"origin\"");
	buf_release(&secret);
}

/* The value of name in the parameters of a Digest authorization. */
static struct text parameter(struct text rest, const char *name)
{
	while (rest.n) {
		while (rest.n && (*rest.p == ' ' || *rest.p == ','))
			rest = (struct text){ rest.p + 1, rest.n - 1 };
		struct text key = text_cut(&rest, '=');
		struct text value;
		if (rest.n && *rest.p == '"') {
			text_cut(&rest, '"');
			value = text_cut(&rest, '"');
		} else {
			value = text_cut(&rest, ',');
		}
		if (text_is_nocase(key, name))
			return value;
	}
	return (struct text){ "", 0 };
}

/* The hash of parts joined by colons, in hex, replaces *out. */
static void hash_joined(const EVP_MD *md, const struct text *part, size_t n,
			struct buf *out)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	struct buf joined;

	buf_init(&joined, HTTP_HEAD_MAX + WORD_MAX);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(&joined, ':');
		buf_add(&joined, part[i].p, part[i].n);
	}
	EVP_Digest(buf_text(&joined), joined.len, hash, &length, md, NULL);
	buf_release(&joined);
	buf_reset(out);
	text_hex(hash, length, out);
}

/* RFC 7616 3.4.1, quality of protection "auth" */
static bool is_digest_right(const struct conn *c, const struct request *r,
			    const EVP_MD *md, struct text user,
			    struct text password)
{
	struct text given = http_header(r, "Authorization");

	if (given.n < 7 || strncasecmp(given.p, "Digest ", 7) != 0)
		return false;
	given = (struct text){ given.p + 7, given.n - 7 };
	struct text uri = parameter(given, "uri");
	struct buf a1, a2, want;
	buf_init(&a1, WORD_MAX);
	buf_init(&a2, WORD_MAX);
	buf_init(&want, WORD_MAX);
	hash_joined(md, (struct text[]){ user, text_of("origin"), password }, 3,
		    &a1);
	hash_joined(md, (struct text[]){ r->method, uri }, 2, &a2);
	hash_joined(md,
		    (struct text[]){ text_buf(&a1), text_of(c->origin->nonce),
				     parameter(given, "nc"),
				     parameter(given, "cnonce"),
				     parameter(given, "qop"), text_buf(&a2) },
		    6, &want);
	bool is_right =
		text_is(parameter(given, "response"), buf_text(&want)) &&
		text_is(parameter(given, "nonce"), c->origin->nonce) &&
		uri.n == r->target.n && memcmp(uri.p, r->target.p, uri.n) == 0;
	buf_release(&a1);
	buf_release(&a2);
	buf_release(&want);
	return is_right;
}

static void digest(struct conn *c, const struct request *r, struct text rest,
		   struct reply *rep)
{
	struct text user = text_cut(&rest, '/');
	struct buf *word = &c->origin->word;
	struct buf challenge;

	query_find(r->query, "algorithm", word);
	bool is_sha = text_is_nocase(text_buf(word), "SHA-256");
	buf_init(&challenge, WORD_MAX);
	buf_printf(&challenge,
		   "Digest realm=\"origin\", qop=\"auth\", algorithm=%s, "
		   "nonce=\"%s\", opaque=\"5ca1ab1e\"",
		   is_sha ? "SHA-256" : "MD5", c->origin->nonce);
	verdict(rep,
		is_digest_right(c, r, is_sha ? EVP_sha256() : EVP_md5(), user,
				rest),
		buf_text(&challenge));
	buf_release(&challenge);
}

const struct behaviour behave_auth[] = {
	{ "/auth/basic/", "", "/auth/basic/USER/PASSWORD: 401 or 200", 0,
	  basic },
	{ "/auth/bearer/", "", "/auth/bearer/TOKEN: 401 or 200", 0, bearer },
	{ "/auth/digest/", "?algorithm=",
	  "/auth/digest/USER/PASSWORD, MD5 or SHA-256", 0, digest },
	{ NULL, NULL, NULL, 0, NULL },
};

/* SPDX-License-Identifier: MIT */

/*
 * A notice of any bytes: refused with a problem, or read; and what was read is
 * written and read again without a change, and told by every channel in the
 * documented form of its service: valid UTF-8 without NUL, JSON that parses,
 * lengths within the limits, and a mail into which nothing can be put.
 *
 * The bytes are also an answer of each service, and a reference.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/notice/channel.h"
#include "report/notice/notice.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/template/template.h"
#include "tests/unit/notice_forms.h"
#include "tests/unit/sample_notices.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 28, REFERENCE_MAX = 40, TOGETHER = 12 };

#define REQUIRE(what)            \
	do {                     \
		if (!(what))     \
			abort(); \
	} while (0)

static struct errs problems;

static bool sign(void *self, const void *key, size_t key_len, const void *bytes,
		 size_t n, unsigned char digest[TEMPLATE_DIGEST_BYTES])
{
	(void)self;
	(void)key;
	(void)bytes;
	memset(digest, (int)((n + key_len) & 0xff), TEMPLATE_DIGEST_BYTES);
	return true;
}

static const struct template_world world = { .hmac_sha256 = sign };

static void tell(enum channel_kind kind, const struct notice *notices, size_t n,
		 const char *reference, bool is_plain)
{
	struct arena *a = arena_new(ROOM);
	struct sample_channel ch;
	struct message *m = NULL;
	size_t n_out = 0;
	bool takes = notices->kind != NOTICE_DIGEST ||
		     channel_find(kind)->takes_digest;
	/* an incident needs a key */
	bool named = kind != CHANNEL_PAGERDUTY || *notices->episode;

	sample_channel(kind, &ch);
	const struct notice_input in = {
		.channel = &ch.channel,
		.n_settings = ch.n_settings,
		.settings = ch.settings,
		.n = n,
		.notices = notices,
		.reference = reference,
		.is_plain = is_plain,
		.world = &world,
	};
	problems = (struct errs){ 0 };
	REQUIRE(notice_render(&in, a, &m, &n_out, &problems) ==
		(takes && named));
	REQUIRE((problems.n == 0) == (takes && named));
	for (size_t i = 0; i < n_out; i++) {
		const char *why = form_check(kind, &m[i]);

		if (why)
			fprintf(stderr, "%s: %s\n%s\n",
				channel_find(kind)->name, why, m[i].body);
		REQUIRE(!why);
	}
	arena_free(a);
}

static void again(const struct notice *n, struct arena *a)
{
	struct buf first, second;
	struct notice back;

	buf_init(&first, BUF_NO_LIMIT);
	buf_init(&second, BUF_NO_LIMIT);
	REQUIRE(notice_write(n, &first));
	/* escapes may make it longer than what may be read */
	if (first.len <= NOTICE_JSON_MAX) {
		REQUIRE(notice_read(buf_text(&first), first.len, a, &back,
				    &problems));
		REQUIRE(notice_write(&back, &second));
		REQUIRE(!strcmp(buf_text(&first), buf_text(&second)));
	}
	buf_release(&first);
	buf_release(&second);
}

static void answer(const uint8_t *data, size_t size)
{
	const char *body = (const char *)data;
	char header[REFERENCE_MAX];

	snprintf(header, sizeof header, "%.*s", (int)(size < 39 ? size : 39),
		 body);
	for (int k = 0; k < CHANNEL_KIND_N; k++) {
		enum channel_kind kind = (enum channel_kind)k;

		REQUIRE(notice_answer(kind, 400, body, size) <= ANSWER_PLAINER);
		REQUIRE(notice_retry_after_ns(kind, header, body, size) <=
			NOTICE_RETRY_AFTER_MAX_NS);
	}
}

/* Texts as they are, also what no JSON can hold; a NUL ends each. */
static bool raw(const uint8_t *data, size_t size, struct arena *a,
		struct notice *n)
{
	const char **const text[] = {
		&n->title,	 &n->message, &n->episode, &n->scenario,
		&n->environment, &n->rule,    &n->check,   &n->url,
		&n->request_id,	 &n->vantage, &n->value,   &n->threshold,
		&n->silenced,
	};
	const char *at = arena_strndup(a, (const char *)data, size);
	size_t left = size;

	*n = (struct notice){ .kind = (enum notice_kind)(size % NOTICE_KIND_N),
			      .severity = (enum severity)(size % SEVERITY_N),
			      .is_firing = size % 3 == 0,
			      .at_ns = size * 77777777777777,
			      .since_at_ns = size,
			      .lasted_ns = size << 40 };
	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		size_t len = left ? strnlen(at, left) : 0;

		*text[i] = at;
		left -= len;
		at += len;
		at += left > 0;
		left -= left > 0;
	}
	return strlen(n->episode) <= NOTICE_EPISODE_MAX;
}

static void tell_all(struct notice n[TOGETHER], size_t size)
{
	char reference[REFERENCE_MAX];

	snprintf(reference, sizeof reference, "%s", n[0].value);
	for (size_t i = 1; i < TOGETHER; i++) {
		n[i] = n[0];
		n[i].severity = (enum severity)(i % SEVERITY_N);
	}
	for (int k = 0; k < CHANNEL_KIND_N; k++) {
		tell((enum channel_kind)k, n, 1, reference, false);
		/* a batch costs more: one kind of channel for each length */
		if ((size_t)k == size % CHANNEL_KIND_N)
			tell((enum channel_kind)k, n, TOGETHER, "", size % 2);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(ROOM);
	struct notice n[TOGETHER];

	problems = (struct errs){ 0 };
	answer(data, size);
	bool ok = notice_read((const char *)data, size, a, &n[0], &problems);
	REQUIRE(ok == (problems.n == 0));
	if (ok)
		again(&n[0], a);
	if (ok || raw(data, size, a, &n[0]))
		tell_all(n, size);
	arena_free(a);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Any text as a template, with a few names that are known.  Properties: no
 * template exactly when there are problems, all with places inside the text;
 * what is evaluated stays under the ceiling; twice in the same world gives
 * the same; as a var it gives the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/template/template.h"

#define REQUIRE(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static enum name_kind find(void *self, const char *space, const char *name,
			   struct name_ref *out)
{
	(void)self;
	if (!strcmp(space, "secret")) {
		out->slot = 1;
		out->is_secret = true;
		return NAME_SLOT;
	}
	if (strlen(name) != 1)
		return NAME_UNKNOWN;
	out->slot = (size_t)(name[0] - 'a');
	out->text = "a text";
	out->len = name[0] == 'z' ? 0 : 6;
	return name[0] > 'm' ? NAME_STATIC : NAME_SLOT;
}

static bool draw(void *self, void *bytes, size_t n)
{
	uint64_t *seed = self;
	unsigned char *out = bytes;

	while (n--) {
		*seed = *seed * UINT64_C(6364136223846793005) + 1;
		*out++ = (unsigned char)(*seed >> 56);
	}
	return true;
}

static bool sha256(void *self, const void *bytes, size_t n,
		   unsigned char digest[TEMPLATE_DIGEST_BYTES])
{
	(void)self;
	memset(digest, n ? *(const unsigned char *)bytes : 0,
	       TEMPLATE_DIGEST_BYTES);
	return true;
}

static bool hmac_sha256(void *self, const void *key, size_t key_len,
			const void *bytes, size_t n,
			unsigned char digest[TEMPLATE_DIGEST_BYTES])
{
	return sha256(self, key, key_len, digest) &&
	       sha256(self, bytes, n, digest);
}

static bool evaluate(const struct template *t, struct buf *out)
{
	static const struct template_slot slots[] = {
		{ "token", 5, true },
		{ "s3cret", 6, true },
		{ "", 0, true },
		{ NULL, 0, false },
	};
	uint64_t seed = 1;
	struct template_world world = {
		.slot = slots,
		.slot_count = 4,
		.wall_ns = UINT64_C(1700000000123456789),
		.self = &seed,
		.random = draw,
		.sha256 = sha256,
		.hmac_sha256 = hmac_sha256,
	};
	struct buf why;

	buf_init(&why, 1000);
	buf_init(out, BUF_NO_LIMIT);
	bool done = template_eval(t, &world, out, &why);
	REQUIRE(done == !why.len);
	REQUIRE(out->len <= TEMPLATE_OUT_MAX && buf_ok(out));
	REQUIRE(done || !out->len);
	buf_release(&why);
	return done;
}

static void check_equal(const struct template *a, const struct template *b)
{
	struct buf out[2];

	bool done = evaluate(a, &out[0]);
	REQUIRE(done == evaluate(b, &out[1]));
	REQUIRE(out[0].len == out[1].len &&
		!memcmp(buf_text(&out[0]), buf_text(&out[1]), out[0].len));
	if (template_is_static(a)) {
		size_t len;
		const char *text = template_text(a, &len);
		REQUIRE(done && len == out[0].len &&
			!memcmp(text, buf_text(&out[0]), len));
	}
	buf_release(&out[0]);
	buf_release(&out[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct names scope = { NULL, find };
	struct arena *a = arena_new(64 << 20);
	struct errs *es = calloc(2, sizeof(*es));
	char *quoted = malloc(size + 1);

	REQUIRE(a && es && quoted);
	quoted[0] = '"';
	if (size)
		memcpy(quoted + 1, bytes, size);
	struct source src = { "t", quoted, size + 1 };
	struct place at = { &src, 1, 1 };
	const struct template *t = template_compile(a, (const char *)bytes,
						    size, at, &scope, &es[0]);
	REQUIRE(!t == (es[0].n > 0));
	for (size_t i = 0; i < es[0].n; i++)
		REQUIRE(es[0].item[i].kind == ERR_INPUT &&
			es[0].item[i].at.line == 1 &&
			es[0].item[i].at.col <= size + 2);
	struct template_var vars[] = {
		{ .name = "use", .text = "${in}", .len = 5, .at = at },
		{ .name = "in",
		  .text = (const char *)bytes,
		  .len = size,
		  .at = at },
	};
	bool done = template_compile_vars(a, vars, 2, &scope, &es[1]);
	REQUIRE(done == (es[1].n == 0));
	if (t) {
		check_equal(t, t);
		if (done)
			check_equal(t, vars[0].program);
	}
	free(quoted);
	free(es);
	arena_free(a);
	return 0;
}

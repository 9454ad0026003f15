/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_TEMPLATE_H
#define SCENARIOS_TEMPLATE_H

/*
 * template - texts with ${...} in them, compiled once, evaluated often.
 *
 *     ${name}  ${env.X}  ${env.X:-default}  ${secret.X}  ${data.column}
 *     ${uuid()}  ${now('unix_ms', '-1h')}  ${hmac_sha256(secret.K, body)}
 *
 * An argument is a name, a text in ' or " (with \' \" \\ \n \t), a whole
 * number, or a call.  $${ is a literal ${ and a $ before anything else is
 * itself.  After :- stands the text for a value that is unset or empty; it
 * may hold ${...} again.
 *
 *     uuid()                        random, version 4 (RFC 9562)
 *     now(format, offset)           iso (default), iso_ms, date, http, unix,
 *                                   unix_ms, unix_ns; offset '+1d', '-30m'
 *     random(low, high)             a whole number, both ends included
 *     random_string(n)              letters and digits
 *     base64(x) base64url(x) urlencode(x) lower(x) upper(x)
 *     sha256(x, encoding)           hex (default), base64, base64url
 *     hmac_sha256(key, x, encoding)
 *     concat(a, b, ...)
 *
 * What a name means is the scope's business.  Names whose value is known
 * when the file is loaded are folded into the text; the others are slots,
 * filled by the world at each evaluation.
 *
 * Thread rule   compiling belongs to one thread; a compiled template is
 *               const and may be evaluated from many, each with its world.
 * Lifetime      templates live in the arena.  They copy what they keep.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/base/err.h"

struct arena;	 /* scenarios/base/arena.h */
struct buf;	 /* scenarios/base/buf.h */
struct template; /* opaque */

enum {
	TEMPLATE_OUT_MAX = 1 << 20,   /* bytes of one evaluated text */
	TEMPLATE_DEPTH_MAX = 16,      /* calls and defaults inside each other */
	TEMPLATE_PARTS_MAX = 10000,   /* parts, templates of vars written out */
	TEMPLATE_ARGS_MAX = 16,	      /* arguments of one call */
	TEMPLATE_NAME_MAX = 128,      /* bytes of a name */
	TEMPLATE_RANDOM_STRING = 256, /* longest random_string() */
	TEMPLATE_DIGEST_BYTES = 32,   /* SHA-256 */
};

/* ---- names ------------------------------------------------------------ */

enum name_kind {
	NAME_UNKNOWN,  /* a problem is added; nearest may help */
	NAME_REFUSED,  /* the scope has added the problem itself */
	NAME_STATIC,   /* text, len */
	NAME_SLOT,     /* slot, known at each evaluation */
	NAME_TEMPLATE, /* program: a var that holds slots or functions */
};

struct name_ref {
	const char *text; /* NAME_STATIC; copied */
	size_t len;
	size_t slot;			/* NAME_SLOT */
	const struct template *program; /* NAME_TEMPLATE; same arena */
	bool is_secret;			/* NAME_STATIC, NAME_SLOT */
	const char *nearest;		/* NAME_UNKNOWN: near name or NULL */
};

/* space is "" for ${name} and the word before the first dot else ("env",
 * "secret", "data", ...); name is the rest.  *out comes in zeroed. */
struct names {
	void *self;
	enum name_kind (*find)(void *self, const char *space, const char *name,
			       struct name_ref *out);
};

/* ---- compiling -------------------------------------------------------- */

/* at is where the text begins in its file (doc_place_inside() finds the
 * place of a mistake in it).  scope NULL: no name is known.  NULL when
 * problems were added. */
const struct template *template_compile(struct arena *a, const char *text,
					size_t len, struct place at,
					const struct names *scope,
					struct errs *es);

/* A text taken as it is, without looking for ${. */
const struct template *template_literal(struct arena *a, const char *text,
					size_t len);

/* One template out of several, in order. */
struct template_piece {
	const struct template *part;
	bool as_json; /* escape its value for the inside of a JSON string */
};
/* NULL without memory. */
const struct template *template_join(struct arena *a,
				     const struct template_piece *piece,
				     size_t n);

bool template_is_static(const struct template *t);
/* The text of a static one, NUL-terminated; NULL for another. */
const char *template_text(const struct template *t, size_t *len);

/* A secret slot or a secret static text is in it. */
bool template_uses_secret(const struct template *t);

/* Whether evaluating it twice may give two texts although slots below
 * n_constant keep their values: another slot is in it, or uuid(), now() ... */
bool template_varies(const struct template *t, size_t n_constant);

/* The text it begins with, whatever the slots hold; *len bytes. */
const char *template_prefix(const struct template *t, size_t *len);

/* Calls fn for every slot in it, also several times for the same one;
 * has_default: an unset slot is no failure there. */
void template_each_slot(const struct template *t,
			void (*fn)(void *self, size_t slot, const char *name,
				   bool has_default),
			void *self);

/* ---- vars ------------------------------------------------------------- */

/* One entry of a map of vars, whose texts may name each other. */
struct template_var {
	const char *name; /* NUL-terminated */
	const char *text; /* --var and environments replace it beforehand */
	size_t len;
	struct place at; /* of the text */
	bool is_literal; /* text is taken as it is (given by --var) */

	const struct template *program; /* out; NULL after a problem */
};

/* Compiles all, in whatever order they need each other.  Names that are no
 * var are asked of outer.  Adds "a -> b -> a" for a cycle, once.  A var with
 * slots or functions stays a template, and whoever names it evaluates it
 * anew: ${id} with id: ${uuid()} differs from use to use. */
bool template_compile_vars(struct arena *a, struct template_var *vars, size_t n,
			   const struct names *outer, struct errs *es);

/* For a scope's find: the compiled var as NAME_STATIC or NAME_TEMPLATE,
 * NAME_REFUSED when it had a problem, NAME_UNKNOWN (with nearest). */
enum name_kind template_vars_find(const struct template_var *vars, size_t n,
				  const char *name, struct name_ref *out);

/* ---- evaluating ------------------------------------------------------- */

struct template_slot {
	const char *text;
	size_t len;
	bool is_set;
};

/* What lies outside: scenarios/ has neither a clock nor OpenSSL. */
struct template_world {
	const struct template_slot *slot;
	size_t slot_count; /* a slot beyond is unset */
	uint64_t wall_ns;  /* since 1970, UTC; what now() says */
	void *self;	   /* for the functions; NULL ones fail the call */
	bool (*random)(void *self, void *bytes, size_t n);
	bool (*sha256)(void *self, const void *bytes, size_t n,
		       unsigned char digest[TEMPLATE_DIGEST_BYTES]);
	bool (*hmac_sha256)(void *self, const void *key, size_t key_len,
			    const void *bytes, size_t n,
			    unsigned char digest[TEMPLATE_DIGEST_BYTES]);
	/* Appends text as people may see it, without secrets, in at most
	 * max bytes; what cuts a text for people asks it first.  NULL: all
	 * may be seen. */
	void (*show)(void *viewer, const char *text, size_t len, size_t max,
		     struct buf *out);
	void *viewer;
};

/* Appends to *out.  False with one sentence in *why (may be NULL), *out being
 * as before: a slot that is not set, a text over TEMPLATE_OUT_MAX or over the
 * ceiling of *out, a function of the world that failed, no memory. */
bool template_eval(const struct template *t, const struct template_world *world,
		   struct buf *out, struct buf *why);

#endif

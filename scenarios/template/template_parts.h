/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_TEMPLATE_PARTS_H
#define SCENARIOS_TEMPLATE_PARTS_H

/*
 * template_parts - what the files of template share; nobody else includes it.
 *
 * A compiled template is a flat list of parts: the parts of a var are copied
 * into whoever names it, so evaluating goes deep only through arguments and
 * defaults.
 */

#include "scenarios/base/buf.h"
#include "scenarios/template/template.h"

enum part_kind { PART_TEXT, PART_SLOT, PART_CALL };

enum {
	CALL_CONSTANTS = 2,   /* arguments of a call read when compiling */
	CALL_ERROR_MAX = 200, /* bytes of a sentence about an argument */
	UUID_BYTES = 16,      /* random bytes of uuid() */
	RANDOM_TRIES = 64,    /* draws thrown away to stay unbiased */
};

struct template_fn;

struct template_part {
	enum part_kind kind;
	const char *text; /* PART_TEXT; PART_SLOT: its name as written */
	size_t len;
	size_t slot;			 /* PART_SLOT */
	const struct template *fallback; /* PART_SLOT; or NULL */
	const struct template_fn *fn;	 /* PART_CALL */
	const struct template *const *arg;
	size_t args;
	int64_t constant[CALL_CONSTANTS]; /* by place of the argument, see fn */
};

struct template
{
	const struct template_part *part;
	size_t n;
	size_t weight;	 /* parts, those of arguments and defaults too */
	unsigned height; /* calls and defaults inside each other */
	bool uses_secret;
};

/* What an argument may be; all but PARAM_TEXT are read when compiling. */
enum param_kind {
	PARAM_TEXT,
	PARAM_INT,
	PARAM_TIME_FORMAT,
	PARAM_TIME_OFFSET,
	PARAM_ENCODING,
};

/* The arguments of a call, evaluated. */
struct call {
	const struct template_part *part;
	const struct template_world *world;
	const struct buf *arg;
};

struct template_fn {
	const char *name;
	size_t least_args;
	size_t most_args;
	enum param_kind param[3]; /* the last stands for all that follow */
	bool is_pure;		  /* depends on its arguments alone */
	bool (*run)(const struct call *call, struct buf *out, struct buf *why);
};

/* NULL when there is none of that name. */
const struct template_fn *template_fn_find(const char *name);
/* The nearest name, or NULL. */
const char *template_fn_nearest(const char *name);
enum param_kind template_fn_param(const struct template_fn *fn, size_t index);

/* Reads the constants of a call into part; false with a sentence in *why and
 * the argument in *index. */
bool template_fn_constants(struct template_part *part, size_t *index,
			   struct buf *why);

/* Appends what one part gives; world may be NULL for pure calls. */
bool template_eval_part(const struct template_part *part,
			const struct template_world *world, struct buf *out,
			struct buf *why);

#endif

/* SPDX-License-Identifier: MIT */
#include "scenarios/base/options.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/options_parts.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum {
	OPTION_QUOTE_MAX = 60, /* bytes of an argument that are repeated */
	OPTION_WHY_MAX = 300,  /* bytes of a sentence about a value */
};

/* ---- lists ------------------------------------------------------------ */

bool args_add(struct args *t, const char *item)
{
	enum { FIRST = 8 };

	if (t->n == t->room) {
		size_t room = t->room ? t->room * 2 : FIRST;
		void *more = realloc(t->item, room * sizeof(*t->item));
		if (!more)
			return false;
		t->item = more;
		t->room = room;
	}
	t->item[t->n++] = item;
	return true;
}

void args_release(struct args *t)
{
	free(t->item);
	*t = (struct args){ 0 };
}

/* ---- the table -------------------------------------------------------- */

bool option_is_end(const struct option_spec *s)
{
	return !s->name && !s->help;
}

bool option_is_heading(const struct option_spec *s)
{
	return !s->name && s->help;
}

bool option_takes_value(const struct option_spec *s)
{
	return s->kind != OPTION_FLAG && s->kind != OPTION_UNFLAG;
}

const struct option_spec *options_find(const struct option_spec *specs,
				       const char *name)
{
	for (; !option_is_end(specs); specs++)
		if (specs->name && !strcmp(specs->name, name))
			return specs;
	return NULL;
}

static const struct option_spec *find_letter(const struct option_spec *specs,
					     char letter)
{
	for (; !option_is_end(specs); specs++)
		if (specs->name && specs->letter == letter)
			return specs;
	return NULL;
}

void options_release(const struct option_spec *specs, void *into)
{
	for (; !option_is_end(specs); specs++)
		if (specs->name && specs->kind == OPTION_LIST)
			args_release((void *)((char *)into + specs->at));
}

/* ---- values ----------------------------------------------------------- */

static void print_in_unit(struct buf *out, enum option_kind kind,
			  uint64_t value)
{
	switch (kind) {
	case OPTION_DURATION:
		unit_print_duration(out, value);
		break;
	case OPTION_SIZE:
		unit_print_size(out, value);
		break;
	case OPTION_PERCENT:
		unit_print_percent(out, value);
		break;
	default:
		buf_printf(out, "%" PRIu64, value);
	}
}

static bool set_whole(const struct option_spec *s, uint64_t *field,
		      const char *text, struct buf *why)
{
	static bool (*const parse[])(const char *, size_t, uint64_t *,
				     struct buf *) = {
		[OPTION_COUNT] = unit_parse_count,
		[OPTION_DURATION] = unit_parse_duration,
		[OPTION_SIZE] = unit_parse_size,
		[OPTION_PERCENT] = unit_parse_percent,
	};
	uint64_t value;

	if (!parse[s->kind](text, strlen(text), &value, why))
		return false;
	bool is_small = value < s->min;
	if (!is_small && (!s->max || value <= s->max)) {
		*field = value;
		return true;
	}
	buf_puts(why, is_small ? "must be at least " : "must be at most ");
	print_in_unit(why, s->kind, is_small ? s->min : s->max);
	buf_puts(why, ", got ");
	print_in_unit(why, s->kind, value);
	return false;
}

static bool set_choice(const struct option_spec *s, unsigned *field,
		       const char *text, struct buf *why)
{
	struct text_nearest near;

	text_nearest_init(&near, text, strlen(text));
	for (unsigned i = 0; s->choices[i]; i++) {
		text_nearest_add(&near, s->choices[i]);
		if (!strcmp(s->choices[i], text)) {
			*field = i;
			return true;
		}
	}
	buf_putc(why, '"');
	text_cut(why, text, strlen(text), OPTION_QUOTE_MAX);
	buf_puts(why, "\" is none of");
	for (unsigned i = 0; s->choices[i]; i++)
		buf_printf(why, "%s %s", i ? "," : "", s->choices[i]);
	if (near.best)
		buf_printf(why, "; did you mean \"%s\"?", near.best);
	return false;
}

bool option_set(const struct option_spec *s, void *into, const char *text,
		struct buf *why)
{
	void *field = (char *)into + s->at;

	switch (s->kind) {
	case OPTION_FLAG:
	case OPTION_UNFLAG:
		*(bool *)field = s->kind == OPTION_FLAG;
		return true;
	case OPTION_TEXT:
		*(const char **)field = text;
		return true;
	case OPTION_LIST:
		if (args_add(field, text))
			return true;
		buf_puts(why, "out of memory");
		return false;
	case OPTION_NUMBER:
		return unit_parse_number(text, strlen(text), field, why);
	case OPTION_RATE:
		return unit_parse_rate(text, strlen(text), field, why);
	case OPTION_CHOICE:
		return set_choice(s, field, text, why);
	default:
		return set_whole(s, field, text, why);
	}
}

/* ---- the command line ------------------------------------------------- */

struct reader {
	const struct option_spec *specs;
	void *into;
	int argc;
	char **argv;
	int next; /* argument that is read next */
	struct args *rest;
	struct errs *es;
	bool was_given[OPTIONS_MAX];
	bool has_failed;
};

/* Adds a problem; there is no text to point into, so it quotes. */
#define TROUBLE(r, ...)          \
	((r)->has_failed = true, \
	 (void)errs_add((r)->es, ERR_INPUT, NOWHERE, __VA_ARGS__))

static void give(struct reader *r, const struct option_spec *s,
		 const char *text)
{
	struct buf why;

	assert(s - r->specs < OPTIONS_MAX);
	bool *was_given = &r->was_given[s - r->specs];
	if (*was_given && option_takes_value(s) && s->kind != OPTION_LIST) {
		TROUBLE(r, "option \"--%s\" is given twice", s->name);
		return;
	}
	*was_given = true;
	buf_init(&why, OPTION_WHY_MAX);
	if (!option_set(s, r->into, text, &why))
		TROUBLE(r, "option \"--%s\": %s", s->name, buf_text(&why));
	buf_release(&why);
}

/* The value of an option is the next argument, whatever it looks like. */
static void give_next(struct reader *r, const struct option_spec *s)
{
	if (r->next == r->argc)
		TROUBLE(r, "option \"--%s\" needs an argument: --%s %s",
			s->name, s->name, s->arg ? s->arg : "VALUE");
	else
		give(r, s, r->argv[r->next++]);
}

static void unknown_long(struct reader *r, const char *name, size_t len)
{
	struct text_nearest near;
	int shown = len > OPTION_QUOTE_MAX ? OPTION_QUOTE_MAX : (int)len;

	text_nearest_init(&near, name, len);
	for (const struct option_spec *s = r->specs; !option_is_end(s); s++)
		if (s->name)
			text_nearest_add(&near, s->name);
	if (near.best)
		TROUBLE(r, "unknown option \"--%.*s\"; did you mean \"--%s\"?",
			shown, name, near.best);
	else
		TROUBLE(r, "unknown option \"--%.*s\"", shown, name);
}

static void read_long(struct reader *r, const char *text)
{
	const char *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	const struct option_spec *s = r->specs;

	while (!option_is_end(s) && !(s->name && text_is(text, len, s->name)))
		s++;
	if (option_is_end(s))
		unknown_long(r, text, len);
	else if (!option_takes_value(s) && equals)
		TROUBLE(r, "option \"--%s\" takes no argument", s->name);
	else if (!option_takes_value(s))
		give(r, s, NULL);
	else if (equals)
		give(r, s, equals + 1);
	else
		give_next(r, s);
}

/* -abc are three flags; behind the first one that takes a value comes it. */
static void read_letters(struct reader *r, const char *text)
{
	for (; *text; text++) {
		const struct option_spec *s = find_letter(r->specs, *text);
		uint32_t code;
		size_t n = text_utf8_next(text, strlen(text), &code);
		if (!s) {
			/* "-timeout" was meant as "--timeout" */
			if (options_find(r->specs, text))
				TROUBLE(r,
					"unknown option \"-%s\"; did you mean "
					"\"--%s\"?",
					text, text);
			else
				TROUBLE(r, "unknown option \"-%.*s\"",
					n ? (int)n : 1, text);
			return;
		}
		if (option_takes_value(s)) {
			if (text[1])
				give(r, s, text + 1);
			else
				give_next(r, s);
			return;
		}
		give(r, s, NULL);
	}
}

static void read_operand(struct reader *r, const char *text)
{
	if (!r->rest) {
		TROUBLE(r, "unexpected argument \"%.*s\"", OPTION_QUOTE_MAX,
			text);
	} else if (!args_add(r->rest, text)) {
		r->has_failed = true;
		errs_nomem(r->es);
	}
}

static void write_presets(struct reader *r)
{
	for (const struct option_spec *s = r->specs; !option_is_end(s); s++)
		if (s->name && s->preset && !r->was_given[s - r->specs])
			give(r, s, s->preset);
}

bool options_parse(const struct option_spec *specs, void *into, int argc,
		   char **argv, struct args *rest, struct errs *es)
{
	struct reader r = {
		.specs = specs,
		.into = into,
		.argc = argc,
		.argv = argv,
		.next = 1,
		.rest = rest,
		.es = es,
	};
	bool only_operands = false;

	while (r.next < argc) {
		const char *text = argv[r.next++];
		if (only_operands || text[0] != '-' || !text[1])
			read_operand(&r, text);
		else if (!strcmp(text, "--"))
			only_operands = true;
		else if (text[1] == '-')
			read_long(&r, text + 2);
		else
			read_letters(&r, text + 1);
	}
	write_presets(&r);
	return !r.has_failed;
}

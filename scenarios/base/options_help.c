/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/options_parts.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum {
	HELP_WIDTH = 80,      /* columns of a line */
	HELP_COLUMN_MAX = 30, /* where the words begin at most */
	HELP_GAP = 2,	      /* columns between option and words */
};

/* ---- help ------------------------------------------------------------- */

/* "  -t, --timeout=TIME" */
static void print_head(const struct option_spec *s, struct buf *out)
{
	if (s->letter)
		buf_printf(out, "  -%c, --%s", s->letter, s->name);
	else
		buf_printf(out, "      --%s", s->name);
	if (option_takes_value(s))
		buf_printf(out, "=%s", s->arg ? s->arg : "VALUE");
}

/* Everything that the table says about an option, in one line. */
static void print_words(const struct option_spec *s, struct buf *out)
{
	buf_puts(out, s->help);
	if (s->kind == OPTION_CHOICE) {
		buf_puts(out, ":");
		for (size_t i = 0; s->choices[i]; i++)
			buf_printf(out, "%s %s", i ? "," : "", s->choices[i]);
	}
	if (s->kind == OPTION_LIST)
		buf_puts(out, " (may be repeated)");
	if (s->preset && *s->preset)
		buf_printf(out, " (default: %s)", s->preset);
}

/* Words from column on, broken between words.  The first line has begun and
 * its cursor is at column. */
static void print_wrapped(struct buf *out, const char *words, size_t column)
{
	size_t at = column;

	while (*words) {
		size_t len = strcspn(words, " ");
		size_t width = text_width(words, len);
		if (at > column && at + 1 + width > HELP_WIDTH) {
			buf_putc(out, '\n');
			buf_fill(out, ' ', column);
			at = column;
		}
		if (at > column) {
			buf_putc(out, ' ');
			at++;
		}
		buf_add(out, words, len);
		at += width;
		words += len;
		words += strspn(words, " ");
	}
	buf_putc(out, '\n');
}

static size_t help_column(const struct option_spec *specs)
{
	size_t column = 0;
	struct buf head;

	buf_init(&head, BUF_NO_LIMIT);
	for (; !option_is_end(specs); specs++) {
		if (option_is_heading(specs))
			continue;
		buf_reset(&head);
		print_head(specs, &head);
		size_t width = text_width(buf_text(&head), head.len) + HELP_GAP;
		if (width > column && width <= HELP_COLUMN_MAX)
			column = width;
	}
	buf_release(&head);
	return column ? column : HELP_COLUMN_MAX;
}

void options_help(const struct option_spec *specs, struct buf *out)
{
	size_t column = help_column(specs);
	struct buf part;
	bool is_first = true;

	buf_init(&part, BUF_NO_LIMIT);
	for (; !option_is_end(specs); specs++, is_first = false) {
		if (option_is_heading(specs)) {
			buf_printf(out, "%s%s:\n", is_first ? "" : "\n",
				   specs->help);
			continue;
		}
		buf_reset(&part);
		print_head(specs, &part);
		size_t width = text_width(buf_text(&part), part.len);
		buf_add(out, buf_text(&part), part.len);
		if (width + HELP_GAP > column) {
			buf_putc(out, '\n');
			width = 0;
		}
		buf_fill(out, ' ', column - width);
		buf_reset(&part);
		print_words(specs, &part);
		print_wrapped(out, buf_text(&part), column);
	}
	buf_release(&part);
}

/* ---- the check -------------------------------------------------------- */

static bool is_good_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 1 && !name[len] && name[0] != '-' && name[len - 1] != '-';
}

static bool is_good_letter(char letter)
{
	return !letter || (letter >= 'a' && letter <= 'z') ||
	       (letter >= 'A' && letter <= 'Z') ||
	       (letter >= '0' && letter <= '9');
}

/* Room for a field of any kind. */
union any_field {
	bool flag;
	const char *text;
	struct args list;
	uint64_t whole;
	double number;
	struct unit_rate rate;
	unsigned choice;
};

static bool check_preset(const struct option_spec *s, struct buf *why)
{
	struct option_spec alone = *s;
	union any_field field = { 0 };
	struct buf says;

	if (!s->preset)
		return true;
	alone.at = 0;
	buf_init(&says, BUF_NO_LIMIT);
	bool done = option_set(&alone, &field, s->preset, &says);
	if (!done)
		buf_printf(why, "\"%s\": its preset is wrong: %s", s->name,
			   buf_text(&says));
	if (s->kind == OPTION_LIST)
		args_release(&field.list);
	buf_release(&says);
	return done;
}

/* A sentence when one row by itself is wrong, else NULL. */
static const char *row_mistake(const struct option_spec *s)
{
	bool takes_value = option_takes_value(s);
	bool has_choices = s->choices && s->choices[0];

	if (!is_good_name(s->name))
		return "the name must be lower-case words with - between";
	if (!is_good_letter(s->letter))
		return "the letter must be an ASCII letter or digit";
	if (!s->help || !*s->help)
		return "there is no help";
	if (takes_value != (s->arg != NULL))
		return takes_value ? "there is no name for its argument"
				   : "a flag has no argument to name";
	if (!takes_value && s->preset)
		return "a flag has no preset";
	if (has_choices != (s->kind == OPTION_CHOICE))
		return "choices belong to a choice, and only there";
	if (s->max && s->min > s->max)
		return "min is above max";
	return NULL;
}

static bool check_pair(const struct option_spec *a, const struct option_spec *b,
		       struct buf *why)
{
	bool same_name = b->name && !strcmp(a->name, b->name);
	bool same_letter = b->name && a->letter && a->letter == b->letter;

	if (same_name)
		buf_printf(why, "\"%s\": the name stands here twice", a->name);
	else if (same_letter)
		buf_printf(why, "\"%s\" and \"%s\" have the same letter",
			   a->name, b->name);
	return !same_name && !same_letter;
}

bool options_check(const struct option_spec *specs, struct buf *why)
{
	size_t rows = 0;

	for (const struct option_spec *s = specs; !option_is_end(s); s++) {
		if (++rows > OPTIONS_MAX) {
			buf_printf(why, "more than %d rows", OPTIONS_MAX);
			return false;
		}
		if (!s->name)
			continue;
		const char *mistake = row_mistake(s);
		if (mistake) {
			buf_printf(why, "\"%s\": %s", s->name, mistake);
			return false;
		}
		if (!check_preset(s, why))
			return false;
		for (const struct option_spec *b = s + 1; !option_is_end(b);
		     b++)
			if (!check_pair(s, b, why))
				return false;
	}
	return true;
}

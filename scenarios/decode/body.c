/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scenarios/decode/decode.h"
#include "scenarios/json/json.h"

/* Pieces of the body in order: JSON's own characters, and the values of
 * templates, which are escaped when they are known. */
struct body_text {
	struct decoder *d;
	struct buf plain; /* not yet in pieces */
	struct list pieces;
};

static bool piece_add(struct body_text *b, const struct template *t,
		      bool escaped)
{
	struct template_piece *p;

	if (!t)
		return false;
	p = list_add(b->d, &b->pieces, sizeof(*p));
	if (!p)
		return false;
	*p = (struct template_piece){ .part = t, .as_json = escaped };
	return true;
}

static bool plain_flush(struct body_text *b)
{
	if (!b->plain.len)
		return true;
	const struct template *t = template_literal(
		b->d->arena, buf_text(&b->plain), b->plain.len);
	buf_reset(&b->plain);
	if (!t)
		return errs_nomem(b->d->es);
	return piece_add(b, t, false);
}

static bool scalar_write(struct body_text *b, const struct node *t)
{
	double number;

	switch (node_scalar_type(t)) {
	case SCALAR_NULL:
		return buf_puts(&b->plain, "null");
	case SCALAR_BOOL:
		return buf_puts(&b->plain,
				strcmp(t->text, "true") ? "false" : "true");
	case SCALAR_INT:
	case SCALAR_FLOAT:
		if (!node_as_double(t, &number))
			return decode_problem(b->d, t->at,
					      "a number of \"json\" is out of "
					      "range: %s",
					      t->text);
		return json_print_number(&b->plain, number);
	case SCALAR_STRING:
		break;
	}
	if (!strstr(t->text, "${"))
		return json_escape(&b->plain, t->text, t->len);
	const struct template *text = decode_template(b->d, t, "json");
	buf_putc(&b->plain, '"');
	if (!text || !plain_flush(b) || !piece_add(b, text, true))
		return false;
	return buf_putc(&b->plain, '"');
}

static bool value_write(struct body_text *b, const struct node *t)
{
	bool ok = true;

	if (t->kind == NODE_SCALAR)
		return scalar_write(b, t);
	buf_putc(&b->plain, t->kind == NODE_SEQ ? '[' : '{');
	for (size_t i = 0; i < t->n; i++) {
		if (i)
			buf_putc(&b->plain, ',');
		if (t->kind == NODE_MAP) {
			json_escape(&b->plain, t->entry[i].key,
				    t->entry[i].key_len);
			buf_putc(&b->plain, ':');
		}
		ok &= value_write(b, t->kind == NODE_SEQ ? t->item[i]
							 : t->entry[i].value);
	}
	buf_putc(&b->plain, t->kind == NODE_SEQ ? ']' : '}');
	return ok;
}

const struct template *json_body_decode(struct decoder *d, const struct node *t)
{
	struct body_text b = { .d = d };
	const struct template *whole = NULL;

	buf_init(&b.plain, TEMPLATE_OUT_MAX);
	if (!value_write(&b, t))
		goto out;
	if (!buf_ok(&b.plain)) {
		decode_problem(d, t->at, "\"json\" must be at most %d bytes",
			       TEMPLATE_OUT_MAX);
		goto out;
	}
	if (plain_flush(&b)) {
		whole = template_join(d->arena, b.pieces.item, b.pieces.n);
		if (!whole)
			errs_nomem(d->es);
	}
out:
	buf_release(&b.plain);
	return whole;
}

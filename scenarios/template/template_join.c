/* SPDX-License-Identifier: MIT */
#include "scenarios/base/arena.h"
#include "scenarios/json/json.h"
#include "scenarios/template/template_parts.h"

/* A text for the inside of a JSON string. */
static bool json_inside(const char *text, size_t len, struct buf *out)
{
	struct buf quoted;

	buf_init(&quoted, BUF_NO_LIMIT);
	bool ok = json_escape(&quoted, text, len) && quoted.len >= 2 &&
		  buf_add(out, buf_text(&quoted) + 1, quoted.len - 2);
	out->failed |= quoted.failed;
	buf_release(&quoted);
	return ok;
}

static bool run_json(const struct call *call, struct buf *out, struct buf *why)
{
	(void)why;
	return json_inside(buf_text(&call->arg[0]), call->arg[0].len, out);
}

/* Not in the table: nobody can write it. */
static const struct template_fn json_fn = {
	.name = "json",
	.least_args = 1,
	.most_args = 1,
	.param = { PARAM_TEXT },
	.is_pure = true,
	.run = run_json,
};

/* What is being put together: text not yet in a part, and the parts. */
struct joint {
	struct arena *arena;
	struct template *whole;
	struct template_part *part;
	struct buf text;
};

static bool text_flush(struct joint *j)
{
	struct template_part *p = &j->part[j->whole->n];

	if (!j->text.len)
		return true;
	p->kind = PART_TEXT;
	p->text = arena_strndup(j->arena, buf_text(&j->text), j->text.len);
	p->len = j->text.len;
	buf_reset(&j->text);
	j->whole->n++;
	return p->text != NULL;
}

static bool part_add(struct joint *j, const struct template_part *part)
{
	if (part->kind == PART_TEXT)
		return buf_add(&j->text, part->text, part->len);
	if (!text_flush(j))
		return false;
	j->part[j->whole->n++] = *part;
	return true;
}

static bool escaped_add(struct joint *j, const struct template *t)
{
	size_t len = 0;
	const char *text = template_text(t, &len);

	if (text)
		return json_inside(text, len, &j->text);
	const struct template **arg = arena_alloc(j->arena, 1, sizeof(*arg));
	if (!arg)
		return false;
	*arg = t;
	const struct template_part call = {
		.kind = PART_CALL,
		.fn = &json_fn,
		.arg = arg,
		.args = 1,
	};
	return part_add(j, &call);
}

static bool piece_add(struct joint *j, const struct template_piece *piece)
{
	const struct template *t = piece->part;
	bool ok = true;

	j->whole->weight += t->weight;
	j->whole->uses_secret |= t->uses_secret;
	if (t->height + 1 > j->whole->height)
		j->whole->height = t->height + 1;
	if (piece->as_json)
		return escaped_add(j, t);
	for (size_t i = 0; i < t->n && ok; i++)
		ok = part_add(j, &t->part[i]);
	return ok;
}

const struct template *template_join(struct arena *a,
				     const struct template_piece *piece,
				     size_t n)
{
	struct joint j = { .arena = a };
	size_t room = 1;

	/* A text between any two, and one at the end. */
	for (size_t i = 0; i < n; i++)
		room += 2 * (piece[i].part->n + 1);
	buf_init(&j.text, BUF_NO_LIMIT);
	j.whole = arena_alloc(a, 1, sizeof(*j.whole));
	j.part = arena_alloc(a, room, sizeof(*j.part));
	bool ok = j.whole && j.part;
	for (size_t i = 0; i < n && ok; i++)
		ok = piece_add(&j, &piece[i]);
	ok = ok && text_flush(&j);
	if (ok)
		j.whole->part = j.part;
	buf_release(&j.text);
	return ok ? j.whole : NULL;
}

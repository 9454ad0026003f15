/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scenarios/template/template_parts.h"

/* A ceiling passed or an allocation failed, whatever appended. */
static bool check_room(const struct buf *out, struct buf *why)
{
	if (out->failed)
		buf_puts(why, "out of memory");
	else if (out->truncated)
		buf_printf(why, "the text becomes longer than %zu bytes",
			   out->max);
	return buf_ok(out);
}

static bool eval_parts(const struct template *t,
		       const struct template_world *world, struct buf *out,
		       struct buf *why)
{
	for (size_t i = 0; i < t->n; i++)
		if (!template_eval_part(&t->part[i], world, out, why))
			return false;
	return true;
}

static bool eval_slot(const struct template_part *part,
		      const struct template_world *world, struct buf *out,
		      struct buf *why)
{
	const struct template_slot *slot = part->slot < world->slot_count
						   ? &world->slot[part->slot]
						   : NULL;

	if (part->fallback && (!slot || !slot->is_set || !slot->len))
		return eval_parts(part->fallback, world, out, why);
	if (slot && slot->is_set) {
		buf_add(out, slot->text, slot->len);
		return check_room(out, why);
	}
	buf_printf(why,
		   memchr(part->text, '.', part->len)
			   ? "\"%s\" has no value"
			   : "\"%s\" was not captured",
		   part->text);
	return false;
}

static bool eval_call(const struct template_part *part,
		      const struct template_world *world, struct buf *out,
		      struct buf *why)
{
	struct buf arg[TEMPLATE_ARGS_MAX];
	struct call call = { .part = part, .world = world, .arg = arg };
	bool done = true;

	for (size_t i = 0; i < part->args; i++)
		buf_init(&arg[i], TEMPLATE_OUT_MAX);
	for (size_t i = 0; i < part->args && done; i++)
		done = eval_parts(part->arg[i], world, &arg[i], why);
	/* A function that ran out of room says nothing itself. */
	if (done && !part->fn->run(&call, out, why))
		done = buf_ok(out) ? false : check_room(out, why);
	for (size_t i = 0; i < part->args; i++)
		buf_release(&arg[i]);
	return done && check_room(out, why);
}

bool template_eval_part(const struct template_part *part,
			const struct template_world *world, struct buf *out,
			struct buf *why)
{
	switch (part->kind) {
	case PART_TEXT:
		buf_add(out, part->text, part->len);
		return check_room(out, why);
	case PART_SLOT:
		return eval_slot(part, world, out, why);
	default:
		return eval_call(part, world, out, why);
	}
}

bool template_eval(const struct template *t, const struct template_world *world,
		   struct buf *out, struct buf *why)
{
	struct buf unheard;
	struct buf was = *out;

	/* One ceiling for both limits: that of the buffer, and our own. */
	if (out->max - out->len > TEMPLATE_OUT_MAX)
		out->max = out->len + TEMPLATE_OUT_MAX;
	buf_init(&unheard, 0);
	bool done = check_room(out, why ? why : &unheard) &&
		    eval_parts(t, world, out, why ? why : &unheard);
	buf_release(&unheard);
	out->max = was.max;
	if (!done) {
		out->len = was.len;
		out->truncated = was.truncated;
		out->failed = was.failed;
		if (out->text)
			out->text[out->len] = '\0';
	}
	return done;
}

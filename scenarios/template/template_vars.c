/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "scenarios/template/template_parts.h"
#include "scenarios/base/text.h"

enum {
	VARS_DEPTH_MAX = 64,  /* vars that name each other in a row */
	CYCLE_TEXT_MAX = 300, /* bytes of a cycle in a message */
};

enum progress { TO_DO, UNDER_WAY, DONE };

struct resolver {
	struct arena *arena;
	struct template_var *vars;
	size_t n;
	enum progress *progress;
	unsigned *height; /* vars below in a row */
	size_t stack[VARS_DEPTH_MAX];
	unsigned depth;
	const struct names *outer;
	struct errs *es;
	bool has_failed;
};

static size_t find_var(const struct template_var *vars, size_t n,
		       const char *name)
{
	size_t i = 0;

	while (i < n && strcmp(vars[i].name, name) != 0)
		i++;
	return i;
}

static enum name_kind var_ref(const struct template_var *var,
			      struct name_ref *out)
{
	if (!var->program)
		return NAME_REFUSED;
	out->program = var->program;
	out->is_secret = template_uses_secret(var->program);
	if (!template_is_static(var->program))
		return NAME_TEMPLATE;
	out->text = template_text(var->program, &out->len);
	return NAME_STATIC;
}

enum name_kind template_vars_find(const struct template_var *vars, size_t n,
				  const char *name, struct name_ref *out)
{
	size_t i = find_var(vars, n, name);

	if (i < n)
		return var_ref(&vars[i], out);
	struct text_nearest near;
	text_nearest_init(&near, name, strlen(name));
	for (i = 0; i < n; i++)
		text_nearest_add(&near, vars[i].name);
	out->nearest = near.best;
	return NAME_UNKNOWN;
}

static bool add_cycle(struct resolver *r, size_t again)
{
	struct buf chain;
	unsigned from = 0;

	while (r->stack[from] != again)
		from++;
	buf_init(&chain, CYCLE_TEXT_MAX);
	for (unsigned i = from; i < r->depth; i++)
		buf_printf(&chain, "%s -> ", r->vars[r->stack[i]].name);
	buf_puts(&chain, r->vars[again].name);
	errs_add(r->es, ERR_INPUT, r->vars[again].at,
		 "vars that name each other in a circle: %s%s",
		 buf_text(&chain), chain.truncated ? "..." : "");
	buf_release(&chain);
	return false;
}

static void resolve(struct resolver *r, size_t i);

static enum name_kind find_name(void *self, const char *space, const char *name,
				struct name_ref *out)
{
	struct resolver *r = self;
	size_t user = r->stack[r->depth - 1];
	size_t i = *space ? r->n : find_var(r->vars, r->n, name);

	if (i < r->n) {
		if (r->progress[i] == UNDER_WAY) {
			add_cycle(r, i);
			return NAME_REFUSED;
		}
		resolve(r, i);
		if (r->height[i] >= r->height[user])
			r->height[user] = r->height[i] + 1;
		return var_ref(&r->vars[i], out);
	}
	enum name_kind kind = NAME_UNKNOWN;
	if (r->outer)
		kind = r->outer->find(r->outer->self, space, name, out);
	if (kind != NAME_UNKNOWN || *space || out->nearest)
		return kind;
	return template_vars_find(r->vars, r->n, name, out);
}

/* Vars that are too deep fail, whichever end was compiled first. */
static void check_height(struct resolver *r, size_t i)
{
	struct template_var *var = &r->vars[i];

	if (!var->program || r->height[i] < VARS_DEPTH_MAX)
		return;
	errs_add(r->es, ERR_INPUT, var->at,
		 "\"%s\" names a var that names a var ... more than %d deep",
		 var->name, VARS_DEPTH_MAX);
	var->program = NULL;
}

static void resolve(struct resolver *r, size_t i)
{
	struct template_var *var = &r->vars[i];
	struct names scope = { .self = r, .find = find_name };

	if (r->progress[i] == DONE)
		return;
	if (r->depth == VARS_DEPTH_MAX) {
		r->height[i] = VARS_DEPTH_MAX;
		errs_add(r->es, ERR_INPUT, var->at,
			 "\"%s\" is named by vars more than %d deep", var->name,
			 VARS_DEPTH_MAX);
		r->has_failed = true;
		r->progress[i] = DONE;
		return;
	}
	r->progress[i] = UNDER_WAY;
	r->stack[r->depth++] = i;
	if (var->is_literal)
		var->program = template_literal(r->arena, var->text, var->len);
	else
		var->program = template_compile(r->arena, var->text, var->len,
						var->at, &scope, r->es);
	if (var->is_literal && !var->program)
		errs_nomem(r->es);
	check_height(r, i);
	r->has_failed = r->has_failed || !var->program;
	r->depth--;
	r->progress[i] = DONE;
}

bool template_compile_vars(struct arena *a, struct template_var *vars, size_t n,
			   const struct names *outer, struct errs *es)
{
	struct resolver r = {
		.arena = a,
		.vars = vars,
		.n = n,
		.progress = calloc(n + 1, sizeof(*r.progress)),
		.height = calloc(n + 1, sizeof(*r.height)),
		.outer = outer,
		.es = es,
	};

	if (!r.progress || !r.height)
		r.has_failed = !errs_nomem(es);
	for (size_t i = 0; i < n; i++)
		vars[i].program = NULL;
	for (size_t i = 0; i < n && r.progress && r.height; i++)
		resolve(&r, i);
	free(r.progress);
	free(r.height);
	return !r.has_failed;
}

/* SPDX-License-Identifier: MIT */
#include "scenarios/load.h"

#include "scenarios/decode/load_parts.h"
#include "scenarios/watch/watch_parts.h"

enum { SCENARIO_BYTES_MAX = 1 << 30 }; /* of a model, with its data */

/* The main file's defaults hold in included files too, under their own. */
static bool parts_decode(struct load *l)
{
	const struct part *main_part = &l->parts[l->n_parts - 1];
	struct decoder *d = &l->d;
	bool ok = true;

	http_ask_preset(&d->base.ask);
	d->base.retries =
		(struct retries){ .attempts = 1, .every_ns = SECONDS(1) };
	d->base.severity = CHECK_ERROR;
	if (main_part->defaults)
		ok &= keys_decode(d, defaults_keys, main_part->defaults,
				  &d->base, "\"defaults\"");
	struct inherited outer = d->base;
	for (size_t i = 0; i < l->n_parts; i++) {
		struct part *part = &l->parts[i];
		d->base = outer;
		if (part->defaults && part != main_part)
			ok &= keys_decode(d, defaults_keys, part->defaults,
					  &d->base, "\"defaults\"");
		part->base = d->base;
	}
	ok &= checks_load(l);
	ok &= workloads_load(l);
	ok &= alerts_load(l);
	return ok;
}

/* How the daemon runs is said in one place. */
static bool own_only(struct load *l)
{
	bool ok = true;

	for (size_t i = 0; i + 1 < l->n_parts; i++) {
		const struct node *t =
			l->parts[i].watch ? l->parts[i].watch : l->parts[i].log;
		if (t)
			ok = decode_problem(&l->d, t->at,
					    "\"%s\" belongs into the main "
					    "file, this one is included",
					    l->parts[i].watch ? "watch"
							      : "log");
	}
	return ok;
}

static bool whole_decode(struct load *l)
{
	const struct part *part = &l->parts[l->n_parts - 1];
	struct scenario *sc = l->sc;
	bool ok;

	l->d.scope = scope_any(&l->d);
	ok = names_load(l);
	ok &= feeders_load(l);
	ok &= parts_decode(l);
	ok &= watch_decode(&l->d, part->watch, &sc->watch);
	ok &= log_decode(&l->d, part->log, &sc->log);
	ok &= own_only(l);
	ok &= state_load(l);
	sc->name = part->path;
	if (part->name)
		sc->name = decode_static(&l->d, part->name, "name", NULL);
	if (part->service)
		sc->service =
			decode_static(&l->d, part->service, "service", NULL);
	if (!l->d.es->n && !l->checks.n && !l->loads.n)
		ok = decode_problem(&l->d, (struct place){ .src = part->src },
				    "there is nothing to check: write "
				    "\"checks\" or \"loads\"");
	sc->secrets = l->secrets.item;
	sc->n_secrets = l->secrets.n;
	sc->checks = l->checks.item;
	sc->n_checks = l->checks.n;
	sc->feeders = l->feeders.item;
	sc->n_feeders = l->feeders.n;
	return ok;
}

static struct scenario *load_new(const struct load_options *options,
				 struct errs *problems, struct load **load)
{
	struct arena *a = arena_new(SCENARIO_BYTES_MAX);
	struct scenario *sc = a ? arena_alloc(a, 1, sizeof(*sc)) : NULL;
	struct load *l = sc ? arena_alloc(a, 1, sizeof(*l)) : NULL;

	if (!l) {
		arena_free(a);
		errs_nomem(problems);
		return NULL;
	}
	sc->arena = a;
	sc->environment = options->environment ? options->environment : "";
	l->sc = sc;
	l->options = options;
	l->d.arena = a;
	l->d.es = problems;
	l->d.getenv = options->getenv;
	l->d.getenv_self = options->self;
	l->d.scope = scope_outer(&l->d);
	*load = l;
	return sc;
}

static struct scenario *load_end(struct load *l, bool read,
				 struct errs *warnings)
{
	if (read && whole_decode(l) && warnings)
		scenario_lint(l->sc, warnings);
	return l->sc;
}

struct scenario *scenario_load(const char *path,
			       const struct load_options *options,
			       struct errs *problems, struct errs *warnings)
{
	struct load *l;
	struct scenario *sc = load_new(options, problems, &l);

	if (!sc)
		return NULL;
	sc->file = arena_strdup(sc->arena, path);
	if (!sc->file) {
		errs_nomem(problems);
		return sc;
	}
	l->d.reads_files = true;
	parts_read(l, sc->file);
	/* What could be read is decoded all the same: all mistakes at once. */
	return load_end(l, l->n_parts > 0, warnings);
}

struct scenario *scenario_load_text(const char *name, const char *text,
				    size_t len,
				    const struct load_options *options,
				    struct errs *problems,
				    struct errs *warnings)
{
	struct load *l;
	struct scenario *sc = load_new(options, problems, &l);
	const struct node *root = NULL;

	if (!sc)
		return NULL;
	sc->file = "";
	struct source *src = doc_source(sc->arena, name, text, len, problems);
	if (!src)
		return sc;
	doc_parse(sc->arena, src, &root, problems);
	if (!root)
		return sc;
	struct part *part = &l->parts[l->n_parts++];
	part_decode(l, src, src->name, root, part);
	if (part->include)
		decode_problem(&l->d, part->include->at,
			       "a text in memory "
			       "cannot include files");
	return load_end(l, true, warnings);
}

void scenario_free(struct scenario *sc)
{
	if (sc)
		arena_free(sc->arena);
}

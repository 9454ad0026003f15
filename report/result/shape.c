/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/result/shape.h"

const struct shape_field *shape_find(const struct shape *sh, const char *key)
{
	for (size_t i = 0; i < sh->n; i++) {
		if (strcmp(sh->field[i].key, key) == 0)
			return &sh->field[i];
	}
	return NULL;
}

const struct shape_field *shape_lifted(const struct shape *sh,
				       const struct shape_field *f)
{
	for (size_t i = 0; i < sh->n; i++) {
		if (sh->field[i].type == SHAPE_LIFTED &&
		    sh->field[i].at == f->at)
			return &sh->field[i];
	}
	return NULL;
}

const struct shape_field *shape_lift_list(const struct shape_field *f)
{
	return shape_find(f->of, f->key);
}

const void *shape_array(const struct shape_field *f, const void *of, size_t *n)
{
	const void *array;

	memcpy(n, shape_at(of, f->n_at), sizeof *n);
	memcpy(&array, shape_at(of, f->at), sizeof array);
	return array;
}

static bool texts_of_array(const struct shape_field *f, const void *of,
			   struct shape_pass *p)
{
	size_t n;
	const char *array = shape_array(f, of, &n);

	for (size_t i = 0; i < n; i++) {
		/* made by a reader or measurer in its arena: not const */
		void *element = (void *)(uintptr_t)(array + i * f->of->size);

		if (!shape_texts(f->of, element, p))
			return false;
	}
	return true;
}

static bool texts_of_field(const struct shape *sh, const struct shape_field *f,
			   void *of, struct shape_pass *p)
{
	char *at = (char *)of + f->at;
	void *inside;

	switch (f->type) {
	case SHAPE_TEXT:
	case SHAPE_WORDS:
		return p->on_text(p, sh, f, of, (const char **)(void *)at);
	case SHAPE_STRUCT:
		return shape_texts(f->of, at, p);
	case SHAPE_POINTER:
		memcpy(&inside, at, sizeof inside);
		return inside == NULL || shape_texts(f->of, inside, p);
	case SHAPE_LIST:
		return texts_of_array(f, of, p);
	default:
		return true;
	}
}

bool shape_texts(const struct shape *sh, void *of, struct shape_pass *p)
{
	for (size_t i = 0; i < sh->n; i++) {
		if (!texts_of_field(sh, &sh->field[i], of, p))
			return false;
	}
	return true;
}

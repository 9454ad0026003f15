/* SPDX-License-Identifier: MIT */
/*
 * An expression, a NUL, a document.  A refused expression has one problem with
 * a place inside it.  Evaluating twice finds the same; every node found is in
 * the tree, and its normalized path is singular and finds it and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"
#include "scenarios/jsonpath/jsonpath.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { NODES_CHECKED = 20, ARENA_MAX = 1 << 22 };

static struct errs es;

static void must(bool held)
{
	if (!held)
		abort();
}

static void check_node(struct arena *a, const cJSON *root, const cJSON *node)
{
	struct buf text;
	struct nodelist found;

	buf_init(&text, BUF_NO_LIMIT);
	nodelist_init(&found);
	must(jsonpath_normalized(root, node, &text));
	if (text.len <= JSONPATH_BYTES_MAX) {
		const struct jsonpath *path =
			jsonpath_compile(a, text.text, text.len, NOWHERE, &es);
		must(path && jsonpath_is_singular(path));
		must(jsonpath_eval(path, root, &found) == JSONPATH_OK);
		must(found.n == 1 && found.item[0] == node);
	}
	nodelist_release(&found);
	buf_release(&text);
}

static void check_found(struct arena *a, const struct jsonpath *path,
			const cJSON *root)
{
	struct nodelist first, second;

	nodelist_init(&first);
	nodelist_init(&second);
	enum jsonpath_status status = jsonpath_eval(path, root, &first);
	must(jsonpath_eval(path, root, &second) == status);
	must(first.n == second.n);
	must(status == JSONPATH_OK || first.n == 0);
	must(!jsonpath_is_singular(path) || first.n <= 1);
	for (size_t i = 0; i < first.n; i++)
		must(first.item[i] == second.item[i]);
	for (size_t i = 0; i < first.n && i < NODES_CHECKED; i++)
		check_node(a, root, first.item[i]);
	nodelist_release(&first);
	nodelist_release(&second);
}

static void check_refused(const struct source *src)
{
	struct place end = place_at(src, src->len);
	const struct place *at = &es.item[0].at;

	must(es.n == 1 && es.dropped == 0);
	must(at->line >= 1 && at->col >= 1);
	must(at->line < end.line ||
	     (at->line == end.line && at->col <= end.col));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t *nul = size ? memchr(bytes, 0, size) : NULL;
	size_t len = nul ? (size_t)(nul - bytes) : size;
	struct source expression = { "path", (const char *)bytes, len };
	struct source document = { "body", "", 0 };
	struct arena *a = arena_new(ARENA_MAX);

	if (nul) {
		document.text = (const char *)nul + 1;
		document.len = size - len - 1;
	}
	es.n = es.dropped = 0;
	const struct jsonpath *path = jsonpath_compile(
		a, expression.text, len, place_at(&expression, 0), &es);
	if (!path) {
		check_refused(&expression);
	} else {
		must(es.n == 0);
		cJSON *root =
			json_parse(&document, JSON_FOREIGN, NULL, NULL, &es);
		if (root)
			check_found(a, path, root);
		cJSON_Delete(root);
	}
	arena_free(a);
	return 0;
}

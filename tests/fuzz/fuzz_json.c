/* SPDX-License-Identifier: MIT */
/*
 * The first byte chooses the kind, the rest is the text.  What is accepted is
 * printed, read again as our own kind and equal, and prints the same; what is
 * refused has one problem, with a place inside the text.
 */
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct errs es;

static void must(bool held)
{
	if (!held)
		abort();
}

static void check_index(const struct source *src)
{
	struct json_index index;

	es.n = 0;
	cJSON *tree = json_parse(src, JSON_OWN, NULL, &index, &es);
	must(tree || (es.n == 1 && !index.mark));
	for (size_t i = 1; i < index.n; i++)
		must(index.mark[i].node != index.mark[i - 1].node);
	if (tree)
		must(json_place(&index, tree).line > 0);
	cJSON_Delete(tree);
	json_index_release(&index);
}

static void check_again(const cJSON *tree)
{
	struct buf first, second;

	buf_init(&first, BUF_NO_LIMIT);
	buf_init(&second, BUF_NO_LIMIT);
	must(json_print(tree, &first));
	struct source src = { "printed", first.text, first.len };
	cJSON *again = json_parse(&src, JSON_OWN, NULL, NULL, &es);
	must(again != NULL);
	must(json_equal(tree, again) && json_equal(again, tree));
	must(json_print(again, &second));
	must(strcmp(first.text, second.text) == 0);
	cJSON_Delete(again);
	buf_release(&first);
	buf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size == 0)
		return 0;
	enum json_kind kind = bytes[0] & 1 ? JSON_OWN : JSON_FOREIGN;
	struct source src = { "fuzz", (const char *)bytes + 1, size - 1 };

	es.n = es.dropped = 0;
	cJSON *tree = json_parse(&src, kind, NULL, NULL, &es);
	if (tree) {
		must(es.n == 0);
		check_again(tree);
	} else {
		struct place end = place_at(&src, src.len);
		const struct place *at = &es.item[0].at;
		must(es.n == 1 && es.dropped == 0);
		must(at->line < end.line ||
		     (at->line == end.line && at->col <= end.col));
	}
	cJSON_Delete(tree);
	check_index(&src);
	return 0;
}

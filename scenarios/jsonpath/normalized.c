/* SPDX-License-Identifier: MIT */
#include "scenarios/jsonpath/jsonpath.h"

#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"

/* RFC 9535, 2.7: single quotes, the shortest escapes, lower case. */
static void print_name(const char *name, struct buf *out)
{
	static const char from[] = "\b\f\n\r\t'\\", to[] = "bfnrt'\\";

	buf_puts(out, "['");
	for (const char *c = name; *c; c++) {
		const char *hit = strchr(from, *c);
		if (hit)
			buf_printf(out, "\\%c", to[hit - from]);
		else if ((unsigned char)*c < 0x20)
			buf_printf(out, "\\u%04x", (unsigned)*c);
		else
			buf_putc(out, *c);
	}
	buf_puts(out, "']");
}

static void print_step(const cJSON *parent, const cJSON *child, struct buf *out)
{
	size_t index = 0;

	if (cJSON_IsObject(parent)) {
		print_name(child->string ? child->string : "", out);
		return;
	}
	for (const cJSON *node = parent->child; node != child;
	     node = node->next)
		index++;
	buf_printf(out, "[%zu]", index);
}

bool jsonpath_normalized(const cJSON *root, const cJSON *wanted,
			 struct buf *out)
{
	const cJSON *above[JSON_DEPTH_MAX + 1];
	const cJSON *node = root;
	size_t depth = 0;

	while (node != wanted) {
		if (node->child && depth < JSON_DEPTH_MAX) {
			above[depth++] = node;
			node = node->child;
			continue;
		}
		while (depth > 0 && !node->next)
			node = above[--depth];
		if (depth == 0)
			return false;
		node = node->next;
	}
	above[depth] = node;
	buf_putc(out, '$');
	for (size_t i = 0; i < depth; i++)
		print_step(above[i], above[i + 1], out);
	return buf_ok(out);
}

/* SPDX-License-Identifier: MIT */
#include "scenarios/json/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"

enum {
	NUMBER_MAX = 32,     /* characters of a printed number */
	BYTES_PER_STEP = 64, /* of string compared for the price of one */
};

#define INTEGER_MAX 9007199254740991.0 /* 2^53 - 1 */

const char *json_type(const cJSON *node)
{
	if (!node)
		return "nothing";
	switch (node->type & 0xff) {
	case cJSON_False:
	case cJSON_True:
		return "boolean";
	case cJSON_Number:
		return "number";
	case cJSON_String:
		return "string";
	case cJSON_Array:
		return "array";
	case cJSON_Object:
		return "object";
	default:
		return "null";
	}
}

/* ---- printing ----------------------------------------------------------- */

static void escape_code(struct buf *out, uint32_t code)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *hit = code ? strchr(from, (int)code) : NULL;

	if (hit)
		buf_printf(out, "\\%c", to[hit - from]);
	else
		buf_printf(out, "\\u%04x", (unsigned)code);
}

bool json_escape(struct buf *out, const char *text, size_t len)
{
	size_t kept = 0; /* everything before is in *out */

	buf_putc(out, '"');
	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		uint32_t code = UINT32_MAX;
		n = text_utf8_next(text + i, len - i, &code);
		bool is_plain = n && code >= 0x20 && code != '"' &&
				code != '\\' && (code < 0x7f || code > 0x9f);
		if (is_plain)
			continue;
		buf_add(out, text + kept, i - kept);
		kept = i + (n ? n : 1);
		if (n)
			escape_code(out, code);
		else
			text_utf8_put(out, UINT32_MAX);
	}
	buf_add(out, text + kept, len - kept);
	buf_putc(out, '"');
	return buf_ok(out);
}

bool json_escape_str(struct buf *out, const char *text)
{
	return json_escape(out, text, strlen(text));
}

bool json_print_number(struct buf *out, double value)
{
	char text[NUMBER_MAX];

	if (!isfinite(value))
		return buf_puts(out, "null");
	if (value == floor(value) && fabs(value) <= INTEGER_MAX) {
		snprintf(text, sizeof(text), "%.0f", value);
		return buf_puts(out, text);
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	return buf_puts(out, text);
}

static bool print_at(const cJSON *node, unsigned depth, struct buf *out);

static bool print_container(const cJSON *node, unsigned depth, struct buf *out)
{
	bool object = cJSON_IsObject(node);

	if (depth == JSON_DEPTH_MAX)
		return false;
	buf_putc(out, object ? '{' : '[');
	for (const cJSON *child = node->child; child; child = child->next) {
		if (child != node->child)
			buf_putc(out, ',');
		if (object) {
			json_escape_str(out,
					child->string ? child->string : "");
			buf_putc(out, ':');
		}
		if (!print_at(child, depth + 1, out))
			return false;
	}
	return buf_putc(out, object ? '}' : ']');
}

static bool print_at(const cJSON *node, unsigned depth, struct buf *out)
{
	switch (node->type & 0xff) {
	case cJSON_False:
		return buf_puts(out, "false");
	case cJSON_True:
		return buf_puts(out, "true");
	case cJSON_Number:
		return json_print_number(out, node->valuedouble);
	case cJSON_String:
		return json_escape_str(out, node->valuestring);
	case cJSON_Array:
	case cJSON_Object:
		return print_container(node, depth, out);
	default:
		return buf_puts(out, "null");
	}
}

bool json_print(const cJSON *node, struct buf *out)
{
	return print_at(node, 0, out) && buf_ok(out);
}

/* ---- equality ----------------------------------------------------------- */

/* False when the price is more than what is left, which is then 0. */
static bool pay(uint64_t *steps, uint64_t price)
{
	if (*steps <= price) {
		*steps = 0;
		return false;
	}
	*steps -= price;
	return true;
}

static bool same_string(const char *a, const char *b, uint64_t *steps)
{
	size_t len = strlen(a);

	return pay(steps, len / BYTES_PER_STEP) && strcmp(a, b) == 0;
}

static bool equal_at(const cJSON *a, const cJSON *b, unsigned depth,
		     uint64_t *steps);

/* All children pairwise in order; with names for objects. */
static bool equal_in_order(const cJSON *a, const cJSON *b, unsigned depth,
			   uint64_t *steps)
{
	const cJSON *x = a->child, *y = b->child;

	for (; x && y; x = x->next, y = y->next) {
		if (x->string && y->string &&
		    !same_string(x->string, y->string, steps))
			return false;
		if (!equal_at(x, y, depth + 1, steps))
			return false;
	}
	return !x && !y;
}

static int by_name(const void *a, const void *b)
{
	const cJSON *const *x = a, *const *y = b;

	return strcmp((*x)->string, (*y)->string);
}

static size_t child_count(const cJSON *node)
{
	size_t n = 0;

	for (const cJSON *child = node->child; child; child = child->next)
		n++;
	return n;
}

static void sorted_children(const cJSON *node, const cJSON **list, size_t n)
{
	size_t i = 0;

	for (const cJSON *child = node->child; child; child = child->next)
		list[i++] = child;
	qsort(list, n, sizeof(*list), by_name);
}

static bool same_names_in_order(const cJSON *a, const cJSON *b)
{
	const cJSON *x = a->child, *y = b->child;

	while (x && y && strcmp(x->string, y->string) == 0) {
		x = x->next;
		y = y->next;
	}
	return !x && !y;
}

static bool equal_objects(const cJSON *a, const cJSON *b, unsigned depth,
			  uint64_t *steps)
{
	size_t n = child_count(a);

	if (n != child_count(b) || !pay(steps, n))
		return false;
	if (same_names_in_order(a, b))
		return equal_in_order(a, b, depth, steps);
	const cJSON **list = malloc(2 * n * sizeof(const cJSON *));
	bool equal = list != NULL && pay(steps, n);
	if (!list) /* cannot be judged: as if it cost too much */
		*steps = 0;
	if (equal) {
		sorted_children(a, list, n);
		sorted_children(b, list + n, n);
	}
	for (size_t i = 0; equal && i < n; i++)
		equal = same_string(list[i]->string, list[n + i]->string,
				    steps) &&
			equal_at(list[i], list[n + i], depth + 1, steps);
	free(list);
	return equal;
}

static bool equal_at(const cJSON *a, const cJSON *b, unsigned depth,
		     uint64_t *steps)
{
	int type = a->type & 0xff;

	if (type != (b->type & 0xff) || !pay(steps, 1))
		return false;
	if (depth == JSON_DEPTH_MAX) {
		*steps = 0;
		return false;
	}
	switch (type) {
	case cJSON_Number:
		return a->valuedouble == b->valuedouble;
	case cJSON_String:
		return same_string(a->valuestring, b->valuestring, steps);
	case cJSON_Array:
		return equal_in_order(a, b, depth, steps);
	case cJSON_Object:
		return equal_objects(a, b, depth, steps);
	default:
		return true;
	}
}

bool json_equal_within(const cJSON *a, const cJSON *b, uint64_t *steps)
{
	if (!a || !b)
		return a == b;
	return equal_at(a, b, 0, steps);
}

bool json_equal(const cJSON *a, const cJSON *b)
{
	uint64_t steps = UINT64_MAX;

	return json_equal_within(a, b, &steps);
}

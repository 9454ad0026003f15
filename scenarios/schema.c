/* SPDX-License-Identifier: MIT */
#include "scenarios/schema.h"

#include <string.h>

#include "scenarios/decode/decode.h"
#include "scenarios/json/json.h"
#include "scenarios/load.h"

void schema_comma(bool *first, struct buf *out)
{
	if (!*first)
		buf_putc(out, ',');
	*first = false;
}

void schema_doc(const char *doc, struct buf *out)
{
	if (!doc)
		return;
	buf_puts(out, "\"description\":");
	json_escape_str(out, doc);
	buf_putc(out, ',');
}

void schema_pattern(const char *pattern, struct buf *out)
{
	buf_puts(out, "\"type\":\"string\",\"pattern\":");
	struct buf both;
	buf_init(&both, 512);
	buf_printf(&both, "(^(%s)$)|\\$\\{", pattern);
	json_escape_str(out, buf_text(&both));
	buf_release(&both);
}

#define SCHEMA_TEXT	"\"type\":[\"string\",\"number\",\"boolean\"]"
#define SCHEMA_DURATION "([0-9]+([.][0-9]+)?(ns|us|\xc2\xb5s|ms|s|m|h|d|w))+"
#define SCHEMA_SIZE	"[0-9]+([.][0-9]+)?([kKMGT]?B|[KMGT]iB)"

static void count_schema(const struct key *k, struct buf *out)
{
	buf_printf(out, "\"anyOf\":[{\"type\":\"integer\",\"minimum\":%llu",
		   (unsigned long long)k->min);
	if (k->max)
		buf_printf(out, ",\"maximum\":%llu",
			   (unsigned long long)k->max);
	buf_puts(out, "},{\"type\":\"string\",\"pattern\":\"\\\\$\\\\{\"}]");
}

/* An unquoted 4 is the word "4" to the decoder and a number to a schema. */
static bool is_number(const char *word)
{
	return *word && !word[strspn(word, "0123456789.")] && strcmp(word, ".");
}

static void choice_schema(const struct key *k, struct buf *out)
{
	bool first = true;

	buf_puts(out, "\"anyOf\":[{\"enum\":[");
	for (size_t i = 0; k->choices[i]; i++) {
		schema_comma(&first, out);
		json_escape_str(out, k->choices[i]);
		if (is_number(k->choices[i]))
			buf_printf(out, ",%s", k->choices[i]);
	}
	buf_puts(out, "]},{\"type\":\"string\",\"pattern\":\"\\\\$\\\\{\"}]");
}

static void pairs_schema(struct buf *out)
{
	buf_puts(out, "\"type\":\"object\",\"additionalProperties\":{\"anyOf\":"
		      "[{" SCHEMA_TEXT
		      "},{\"type\":\"array\",\"items\":{" SCHEMA_TEXT "}}]}");
}

void key_schema(const struct key *k, struct buf *out)
{
	schema_doc(k->doc, out);
	switch (k->type) {
	case KEY_BOOL:
		buf_puts(out, "\"anyOf\":[{\"type\":\"boolean\"},{\"type\":"
			      "\"string\",\"pattern\":\"\\\\$\\\\{\"}]");
		break;
	case KEY_COUNT:
		count_schema(k, out);
		break;
	case KEY_DURATION:
		schema_pattern(SCHEMA_DURATION, out);
		break;
	case KEY_SIZE:
		schema_pattern(SCHEMA_SIZE, out);
		break;
	case KEY_CHOICE:
		choice_schema(k, out);
		break;
	case KEY_WORD:
	case KEY_TEXT:
	case KEY_PATH:
		buf_puts(out, SCHEMA_TEXT);
		break;
	case KEY_PAIRS:
		pairs_schema(out);
		break;
	case KEY_MAP:
		keys_schema_object(k->keys, NULL, out);
		break;
	case KEY_CUSTOM:
		k->form->schema(k, out);
		break;
	case KEY_INCLUDE:
	case KEY_END:
		break;
	}
}

void keys_schema_properties(const struct key *keys, bool *first,
			    struct buf *out)
{
	for (const struct key *k = keys; k && k->type != KEY_END; k++) {
		if (k->type == KEY_INCLUDE) {
			keys_schema_properties(k->keys, first, out);
			continue;
		}
		schema_comma(first, out);
		json_escape_str(out, k->name);
		buf_puts(out, ":{");
		key_schema(k, out);
		buf_puts(out, "}");
	}
}

void keys_schema_required(const struct key *keys, bool *first, struct buf *out)
{
	for (const struct key *k = keys; k && k->type != KEY_END; k++) {
		if (k->type == KEY_INCLUDE) {
			keys_schema_required(k->keys, first, out);
		} else if (k->flags & KEY_REQUIRED) {
			schema_comma(first, out);
			json_escape_str(out, k->name);
		}
	}
}

void keys_schema_object(const struct key *keys, const struct key *more,
			struct buf *out)
{
	bool first = true;

	buf_puts(out, "\"type\":\"object\",\"properties\":{");
	keys_schema_properties(keys, &first, out);
	keys_schema_properties(more, &first, out);
	buf_puts(out, "},\"additionalProperties\":false,\"required\":[");
	first = true;
	keys_schema_required(keys, &first, out);
	keys_schema_required(more, &first, out);
	buf_puts(out, "]");
}

/* ---- indentation ------------------------------------------------------- */

static void new_line(unsigned depth, struct buf *out)
{
	buf_putc(out, '\n');
	buf_fill(out, ' ', 2 * (size_t)depth);
}

/* A string literal from its opening quote on; the byte behind it. */
static const char *string_copy(const char *at, struct buf *out)
{
	const char *end = at + 1;

	while (*end && *end != '"')
		end += end[0] == '\\' && end[1] ? 2 : 1;
	end += *end == '"';
	buf_add(out, at, (size_t)(end - at));
	return end;
}

bool schema_indent(const char *json, struct buf *out)
{
	unsigned depth = 0;

	for (const char *c = json; *c;) {
		if (*c == '"') {
			c = string_copy(c, out);
			continue;
		}
		bool opens = *c == '{' || *c == '[';
		bool closes = *c == '}' || *c == ']';
		if (opens && (c[1] == '}' || c[1] == ']')) {
			buf_add(out, c, 2);
			c += 2;
			continue;
		}
		if (closes)
			new_line(--depth, out);
		buf_putc(out, *c);
		if (opens)
			new_line(++depth, out);
		else if (*c == ',')
			new_line(depth, out);
		else if (*c == ':')
			buf_putc(out, ' ');
		c++;
	}
	buf_putc(out, '\n');
	return buf_ok(out);
}

enum { SCHEMA_MAX = 4 << 20 };

bool scenario_schema_print(struct buf *out)
{
	struct buf json;

	buf_init(&json, SCHEMA_MAX);
	buf_puts(&json,
		 "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\""
		 ",\"title\":\"assay scenario\",\"description\":\"What assay "
		 "asks a service and what it expects. Generated by: assay "
		 "schema scenario\",");
	keys_schema_object(scenario_keys, NULL, &json);
	buf_puts(&json, ",\"$defs\":{");
	match_schema_defs(&json);
	buf_putc(&json, ',');
	steps_schema_defs(&json);
	buf_puts(&json, "}}");
	bool ok = buf_ok(&json) && schema_indent(buf_text(&json), out);
	buf_release(&json);
	return ok;
}

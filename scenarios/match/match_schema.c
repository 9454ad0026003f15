/* SPDX-License-Identifier: MIT */
#include "scenarios/match/match.h"
#include "scenarios/match/match_parts.h"

#include <string.h>

#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"

/* A text with ${...} may become whatever is wanted. */
#define SCHEMA_VALUE "{\"type\":\"string\",\"pattern\":\"\\\\$\\\\{\"}"
#define OR_VALUE     "\"anyOf\":[" SCHEMA_VALUE ",{"

/* One value to compare with, by kind: the members of its schema. */
static const char *const operand_schemas[VALUE_KIND_N] = {
	[VALUE_TEXT] = "\"type\":[\"string\",\"number\"]",
	[VALUE_NAMES] = "\"type\":[\"string\",\"number\"]",
	[VALUE_JSON] = "\"if\":{\"type\":\"object\",\"anyOf\":[{\"required\":"
		       "[\"path\"]},{\"required\":[\"literal\"]}]},\"then\":{"
		       "\"maxProperties\":1,\"properties\":{\"path\":{"
		       "\"type\":\"string\",\"pattern\":\"^[$]\"}}}",
	[VALUE_NUMBER] = OR_VALUE "\"type\":\"number\"}]",
	[VALUE_DURATION] =
		OR_VALUE "\"type\":\"string\",\"pattern\":\"^-?([0-9]+([.]"
			 "[0-9]+)?(ns|us|\xc2\xb5s|\xce\xbcs|ms|s|m|h|d|w))+$"
			 "\"}]",
	[VALUE_SIZE] = OR_VALUE "\"type\":\"string\",\"pattern\":\"^[0-9]+([.]"
				"[0-9]+)?([kKMGT]?B|[KMGT]iB)$\"}]",
	[VALUE_STATUS] =
		OR_VALUE "\"type\":\"integer\",\"minimum\":100,\"maximum\":"
			 "599},{\"type\":\"string\",\"pattern\":\"^[1-5]xx$\""
			 "}]",
	[VALUE_TLS_VERSION] = OR_VALUE "\"enum\":[\"SSLv3\",\"TLSv1\","
				       "\"TLSv1.1\",\"TLSv1.2\",\"TLSv1.3\"]}]",
	[VALUE_BOOL] = OR_VALUE "\"type\":\"boolean\"}]",
};

static void put_ref(const char *what, const char *kind, struct buf *out)
{
	buf_printf(out, "\"$ref\":\"#/$defs/%s-%s\"", what, kind);
}

static void put_operand(enum value_kind kind, struct buf *out)
{
	put_ref("operand", match_kind_names[kind], out);
}

static void put_types(struct buf *out)
{
	static const char list[] = "{\"type\":\"array\",\"minItems\":1,"
				   "\"items\":{\"enum\":[";

	buf_puts(out, "\"anyOf\":[{\"enum\":[");
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < JSON_TYPE_N; i++)
			buf_printf(out, "%s\"%s\"", i ? "," : "",
				   json_type_names[i]);
		/* A plain null is the word "null" to the decoder. */
		buf_puts(out, pass ? ",null]}}]" : ",null]},");
		if (!pass)
			buf_puts(out, list);
	}
}

static void put_list(enum value_kind kind, unsigned min, unsigned max,
		     struct buf *out)
{
	buf_printf(out,
		   "\"type\":\"array\",\"minItems\":%u,\"maxItems\":%u,"
		   "\"items\":{",
		   min, max);
	put_operand(kind, out);
	buf_putc(out, '}');
}

/* What stands behind one operator. */
static void put_value(enum match_op op, enum value_kind kind, struct buf *out)
{
	enum value_kind member = kind == VALUE_NAMES ? VALUE_TEXT : VALUE_JSON;

	switch (op) {
	case MATCH_IN:
	case MATCH_NOT_IN:
		put_list(kind, 1, MATCH_OPERANDS_MAX, out);
		break;
	case MATCH_BETWEEN:
		put_list(kind, 2, 2, out);
		break;
	case MATCH_EXISTS:
		buf_puts(out, "\"type\":\"boolean\"");
		break;
	case MATCH_TYPE:
		put_types(out);
		break;
	case MATCH_LENGTH:
		put_ref("match", match_kind_names[VALUE_NUMBER], out);
		break;
	case MATCH_EACH:
	case MATCH_ANY:
	case MATCH_NONE:
		put_ref("match", match_kind_names[member], out);
		break;
	case MATCH_MATCHES:
	case MATCH_CONTAINS:
	case MATCH_STARTS_WITH:
	case MATCH_ENDS_WITH:
		put_operand(op == MATCH_CONTAINS ? kind : VALUE_TEXT, out);
		buf_puts(out, ",\"minLength\":1");
		break;
	default:
		put_operand(kind, out);
		if (kind == VALUE_JSON && op != MATCH_EQ && op != MATCH_NE)
			buf_puts(out, ",\"type\":[\"string\",\"number\","
				      "\"object\"]");
	}
}

/* Without a map: the value itself. */
static void put_short(enum value_kind kind, struct buf *out)
{
	if (kind == VALUE_JSON) {
		buf_puts(out, "{\"type\":[\"string\",\"number\",\"boolean\","
			      "\"null\"]},");
	} else if (kind != VALUE_NAMES) {
		buf_putc(out, '{');
		put_operand(kind, out);
		buf_puts(out, "},");
	}
	if (kind == VALUE_STATUS) {
		buf_putc(out, '{');
		put_list(kind, 1, MATCH_OPERANDS_MAX, out);
		buf_puts(out, "},");
	}
}

static void put_matcher(enum value_kind kind, struct buf *out)
{
	const char *comma = "";

	buf_printf(out, "\"match-%s\":{\"anyOf\":[", match_kind_names[kind]);
	put_short(kind, out);
	buf_puts(out, "{\"type\":\"object\",\"minProperties\":1,"
		      "\"additionalProperties\":false,\"if\":{\"properties\":{"
		      "\"exists\":{\"const\":false}},\"required\":[\"exists\"]}"
		      ",\"then\":{\"maxProperties\":1},\"properties\":{");
	for (int op = 0; op < MATCH_OP_N; op++) {
		if (!match_allows(op, kind))
			continue;
		buf_printf(out, "%s\"%s\":{\"description\":", comma,
			   match_ops[op].name);
		json_escape_str(out, match_ops[op].doc);
		buf_putc(out, ',');
		put_value(op, kind, out);
		buf_putc(out, '}');
		comma = ",";
	}
	buf_puts(out, "}}]}");
}

void match_schema(enum value_kind kind, struct buf *out)
{
	put_ref("match", match_kind_names[kind], out);
}

void match_schema_defs(struct buf *out)
{
	for (int kind = 0; kind < VALUE_KIND_N; kind++) {
		buf_printf(out, "%s\"operand-%s\":{%s},", kind ? "," : "",
			   match_kind_names[kind], operand_schemas[kind]);
		put_matcher(kind, out);
	}
}

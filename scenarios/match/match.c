/* SPDX-License-Identifier: MIT */
#include "scenarios/match/match.h"
#include "scenarios/match/match_parts.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "scenarios/base/arena.h"
#include "scenarios/template/template.h"
#include "scenarios/base/text.h"

#define BIT(kind) (1u << VALUE_##kind)
#define ORDERED                                                              \
	(BIT(JSON) | BIT(NUMBER) | BIT(DURATION) | BIT(SIZE) | BIT(STATUS) | \
	 BIT(TLS_VERSION))
#define LISTED	(ORDERED | BIT(TEXT))
#define SINGLE	(LISTED | BIT(BOOL))
#define TEXTUAL (BIT(TEXT) | BIT(JSON) | BIT(NAMES))
#define MEMBERS (BIT(JSON) | BIT(NAMES))

const struct match_op_row match_ops[MATCH_OP_N] = {
	[MATCH_EQ] = { "eq", "", "is not", "equals", SINGLE },
	[MATCH_NE] = { "ne", "not", "is", "does not equal", SINGLE },
	[MATCH_LT] = { "lt", "less than", "is not less than",
		       "is less than; texts in JSON by code point", ORDERED },
	[MATCH_LE] = { "le", "at most", "is not at most",
		       "is less than or equal", ORDERED },
	[MATCH_GT] = { "gt", "more than", "is not more than", "is more than",
		       ORDERED },
	[MATCH_GE] = { "ge", "at least", "is not at least",
		       "is more than or equal", ORDERED },
	[MATCH_IN] = { "in", "one of", "is not one of",
		       "equals one of the values", LISTED },
	[MATCH_NOT_IN] = { "not_in", "none of", "is one of",
			   "equals none of the values", LISTED },
	[MATCH_BETWEEN] = { "between", "between", "is not between",
			    "lies between two values, both included", ORDERED },
	[MATCH_MATCHES] = { "matches", "matching", "does not match",
			    "a regular expression (PCRE2) is found in the "
			    "text; of several names, in one of them",
			    TEXTUAL },
	[MATCH_CONTAINS] = { "contains", "containing", "does not contain",
			     "the text holds this text; a list holds this "
			     "element; one of several names equals it",
			     TEXTUAL },
	[MATCH_STARTS_WITH] = { "starts_with", "starting with",
				"does not start with",
				"the text starts with this; of several names, "
				"one of them",
				TEXTUAL },
	[MATCH_ENDS_WITH] = { "ends_with", "ending with", "does not end with",
			      "the text ends with this; of several names, one "
			      "of them",
			      TEXTUAL },
	[MATCH_EXISTS] = { "exists", "to exist", "",
			   "whether there is such a value", ~0u },
	[MATCH_TYPE] = { "type", "of type", "",
			 "the JSON type, or a list of types", BIT(JSON) },
	[MATCH_LENGTH] = { "length", "of length", "",
			   "code points of a text, elements of a list, members "
			   "of a map, nodes that the path found",
			   TEXTUAL },
	[MATCH_EACH] = { "each", "each", "",
			 "holds for every member, and there is one", MEMBERS },
	[MATCH_ANY] = { "any", "any", "", "holds for a member", MEMBERS },
	[MATCH_NONE] = { "none", "none", "",
			 "holds for no member; also when there is none",
			 MEMBERS },
};

const char *const json_type_names[JSON_TYPE_N + 1] = {
	[JSON_TYPE_STRING] = "string",	 [JSON_TYPE_NUMBER] = "number",
	[JSON_TYPE_INTEGER] = "integer", [JSON_TYPE_BOOLEAN] = "boolean",
	[JSON_TYPE_NULL] = "null",	 [JSON_TYPE_OBJECT] = "object",
	[JSON_TYPE_ARRAY] = "array",
};

const char *const match_kind_names[VALUE_KIND_N] = {
	[VALUE_TEXT] = "text",
	[VALUE_JSON] = "json",
	[VALUE_NUMBER] = "number",
	[VALUE_DURATION] = "duration",
	[VALUE_SIZE] = "size",
	[VALUE_STATUS] = "status",
	[VALUE_TLS_VERSION] = "tls-version",
	[VALUE_BOOL] = "bool",
	[VALUE_NAMES] = "names",
};

const char *const match_tls_versions[] = { "SSLv3",   "TLSv1",	 "TLSv1.1",
					   "TLSv1.2", "TLSv1.3", NULL };

int match_tls_age(const char *text, size_t len)
{
	for (int i = 0; match_tls_versions[i]; i++)
		if (text_is(text, len, match_tls_versions[i]))
			return i;
	return -1;
}

/* ---- matchers that the program makes ----------------------------------- */

static const struct matcher *make(struct arena *a, enum value_kind kind,
				  enum match_op op, struct operand **o)
{
	struct matcher *m = arena_alloc(a, 1, sizeof(*m));
	struct match_term *term = arena_alloc(a, 1, sizeof(*term));

	*o = arena_alloc(a, 1, sizeof(**o));
	if (!m || !term || !*o)
		return NULL;
	(*o)->kind = kind;
	*term = (struct match_term){ .op = op,
				     .n_operands = 1,
				     .operands = *o };
	*m = (struct matcher){ .kind = kind, .n = 1, .terms = term };
	return m;
}

const struct matcher *match_make_integer(struct arena *a, enum value_kind kind,
					 enum match_op op, int64_t integer)
{
	struct operand *o;
	const struct matcher *m = make(a, kind, op, &o);

	if (!m)
		return NULL;
	o->integer = o->high = integer;
	o->number = (double)integer;
	if (kind == VALUE_JSON) {
		cJSON *json = arena_alloc(a, 1, sizeof(*json));
		if (!json)
			return NULL;
		json->type = cJSON_Number;
		json->valuedouble = o->number;
		o->json = json;
	}
	return m;
}

const struct matcher *match_make_text(struct arena *a, enum value_kind kind,
				      enum match_op op, const char *text)
{
	struct operand *o;
	const struct matcher *m = make(a, kind, op, &o);

	if (!m)
		return NULL;
	o->written = arena_strdup(a, text);
	if (kind == VALUE_TLS_VERSION)
		o->integer = match_tls_age(text, strlen(text));
	else
		o->text = template_literal(a, text, strlen(text));
	bool is_good =
		kind == VALUE_TLS_VERSION ? o->integer >= 0 : o->text != NULL;
	return is_good && o->written ? m : NULL;
}

const struct matcher *match_make_status(struct arena *a, int low, int high)
{
	struct operand *o;
	const struct matcher *m = make(a, VALUE_STATUS, MATCH_EQ, &o);

	if (!m)
		return NULL;
	o->integer = low;
	o->high = high;
	return m;
}

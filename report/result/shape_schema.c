/* SPDX-License-Identifier: MIT */
#include "report/result/phases.h"
#include "report/result/shape.h"
#include "scenarios/base/buf.h"
#include "scenarios/json/json.h"

#define DIALECT "https://json-schema.org/draft/2020-12/schema"

enum { SEEN_MAX = 64 }; /* shapes and enums of one schema */

struct schema {
	struct buf *out;
	const void *seen[SEEN_MAX]; /* shapes and enums met, in order */
	bool is_words[SEEN_MAX];
	size_t n;
	bool has_phases;
};

static void meet(struct schema *s, const void *what, bool is_words)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->seen[i] == what)
			return;
	}
	if (s->n == SEEN_MAX)
		return;
	s->is_words[s->n] = is_words;
	s->seen[s->n++] = what;
}

static void put_ref(struct buf *out, const char *name)
{
	buf_printf(out, "\"$ref\": \"#/$defs/%s\"", name);
}

static void put_array(struct schema *s, const struct shape *of)
{
	meet(s, of, false);
	buf_puts(s->out, "\"type\": \"array\", \"items\": { ");
	put_ref(s->out, of->name);
	buf_puts(s->out, " }");
}

static void put_struct(struct schema *s, const struct shape *of)
{
	meet(s, of, false);
	put_ref(s->out, of->name);
}

static void put_number(struct schema *s, bool negative)
{
	long long max = (long long)SHAPE_NUMBER_MAX;

	buf_printf(
		s->out,
		"\"type\": \"integer\", \"minimum\": %lld, \"maximum\": %lld",
		negative ? -max : 0, max);
}

static void put_real(struct schema *s)
{
	buf_printf(s->out,
		   "\"type\": \"number\", \"minimum\": 0, \"maximum\": %lld",
		   (long long)SHAPE_NUMBER_MAX);
}

static void put_float(struct schema *s)
{
	buf_puts(s->out, "\"anyOf\": [{ \"type\": \"number\" }, { \"enum\": "
			 "[\"NaN\", \"+Inf\", \"-Inf\"] }]");
}

static void put_base64(struct schema *s)
{
	buf_puts(s->out, "\"type\": \"string\", \"pattern\": "
			 "\"^[A-Za-z0-9+/]*=*$\"");
}

static void put_time(struct schema *s)
{
	buf_puts(s->out,
		 "\"type\": \"string\", \"pattern\": "
		 "\"^\\\\d{4}-\\\\d\\\\d-\\\\d\\\\dT\\\\d\\\\d:\\\\d\\\\d"
		 ":\\\\d\\\\d(\\\\.\\\\d{1,9})?Z$\"");
}

static void put_type(struct schema *s, const struct shape_field *f)
{
	switch (f->type) {
	case SHAPE_TEXT:
		buf_puts(s->out, "\"type\": \"string\"");
		break;
	case SHAPE_WORDS:
		buf_puts(s->out, "\"type\": \"array\", \"items\": { \"type\": "
				 "\"string\" }");
		break;
	case SHAPE_COUNT:
	case SHAPE_NUMBER:
		put_number(s, f->type == SHAPE_NUMBER);
		break;
	case SHAPE_REAL:
		put_real(s);
		break;
	case SHAPE_FLOAT:
		put_float(s);
		break;
	case SHAPE_BASE64:
		put_base64(s);
		break;
	case SHAPE_BOOL:
		buf_puts(s->out, "\"type\": \"boolean\"");
		break;
	case SHAPE_ENUM:
		meet(s, f->words, true);
		put_ref(s->out, f->words->name);
		break;
	case SHAPE_PHASES:
		s->has_phases = true;
		put_ref(s->out, "phases");
		break;
	case SHAPE_STRUCT:
	case SHAPE_POINTER:
		put_struct(s, f->of);
		break;
	case SHAPE_LIST:
		put_array(s, f->of);
		break;
	case SHAPE_LIFTED:
		put_array(s, shape_lift_list(f)->of);
		break;
	case SHAPE_FIXED:
		buf_printf(s->out, "\"const\": %s", f->fixed);
		break;
	default:
		put_time(s);
	}
}

static void put_required(struct schema *s, const struct shape *sh,
			 const char *indent)
{
	bool first = true;

	buf_printf(s->out, "%s\"required\": [", indent);
	for (size_t i = 0; i < sh->n; i++) {
		if (!sh->field[i].required)
			continue;
		buf_puts(s->out, first ? "" : ", ");
		json_escape_str(s->out, sh->field[i].key);
		first = false;
	}
	buf_puts(s->out, "],\n");
}

static void put_shape(struct schema *s, const struct shape *sh,
		      const char *indent)
{
	buf_printf(s->out, "%s\"description\": ", indent);
	json_escape_str(s->out, sh->doc);
	buf_printf(s->out, ",\n%s\"type\": \"object\",\n", indent);
	put_required(s, sh, indent);
	buf_printf(s->out, "%s\"properties\": {", indent);
	for (size_t i = 0; i < sh->n; i++) {
		const struct shape_field *f = &sh->field[i];

		buf_printf(s->out, "%s\n%s  ", i ? "," : "", indent);
		json_escape_str(s->out, f->key);
		buf_puts(s->out, ": { ");
		put_type(s, f);
		buf_puts(s->out, ", \"description\": ");
		json_escape_str(s->out, f->doc);
		buf_puts(s->out, " }");
	}
	buf_printf(s->out, "\n%s}", indent);
}

static void put_words(struct schema *s, const struct shape_words *words)
{
	buf_puts(s->out, "      \"enum\": [");
	for (unsigned i = 0; i < words->n; i++) {
		buf_puts(s->out, i ? ", " : "");
		json_escape_str(s->out, words->word(i));
	}
	buf_puts(s->out, "]");
}

static void put_phases(struct schema *s)
{
	buf_puts(s->out, ",\n    \"phases\": {\n      \"description\": "
			 "\"nanoseconds of every phase, in order\",\n"
			 "      \"type\": \"object\",\n      \"required\": [");
	for (unsigned i = 0; i < PHASE_N; i++)
		buf_printf(s->out, "%s\"%s\"", i ? ", " : "",
			   phase_name((enum phase)i));
	buf_puts(s->out, "],\n      \"properties\": {");
	for (unsigned i = 0; i < PHASE_N; i++) {
		buf_printf(s->out, "%s\n        \"%s\": { ", i ? "," : "",
			   phase_name((enum phase)i));
		put_number(s, false);
		buf_puts(s->out, " }");
	}
	buf_puts(s->out, "\n      }\n    }");
}

void shape_schema(const struct shape *sh, const char *id, struct buf *out)
{
	struct schema s = { .out = out };

	buf_puts(out, "{\n  \"$schema\": \"" DIALECT "\",\n  \"$id\": ");
	json_escape_str(out, id);
	buf_puts(out, ",\n");
	put_shape(&s, sh, "  ");
	buf_puts(out, ",\n  \"$defs\": {");
	/* what a definition meets is put behind it */
	for (size_t i = 0; i < s.n; i++) {
		const struct shape *def = s.seen[i];
		const struct shape_words *words = s.seen[i];

		buf_printf(out, "%s\n    \"%s\": {\n", i ? "," : "",
			   s.is_words[i] ? words->name : def->name);
		if (s.is_words[i])
			put_words(&s, words);
		else
			put_shape(&s, def, "      ");
		buf_puts(out, "\n    }");
	}
	if (s.has_phases)
		put_phases(&s);
	buf_puts(out, "\n  }\n}\n");
}

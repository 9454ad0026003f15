/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scenarios/doc/doc_parts.h"
#include "scenarios/base/text.h"

/* ---- marks ------------------------------------------------------------ */

static bool is_inner_byte(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static void step_forward(struct doc_cursor *c)
{
	const char *text = c->src->text;
	char was = text[c->byte++];

	while (c->byte < c->src->len && is_inner_byte(text[c->byte]))
		c->byte++;
	c->index++;
	if (was == '\n') {
		c->line++;
		c->line_start = c->byte;
	}
}

static void step_back(struct doc_cursor *c)
{
	const char *text = c->src->text;

	do
		c->byte--;
	while (c->byte && is_inner_byte(text[c->byte]));
	c->index--;
	if (text[c->byte] == '\n') {
		const char *end = memrchr(text, '\n', c->byte);
		c->line--;
		c->line_start = end ? (size_t)(end - text) + 1 : 0;
	}
}

struct place doc_place_of(struct doc_cursor *c, size_t index)
{
	while (c->index < index && c->byte < c->src->len)
		step_forward(c);
	while (c->index > index && c->byte)
		step_back(c);
	return (struct place){ .src = c->src,
			       .line = c->line,
			       .col = (unsigned)(c->byte - c->line_start + 1) };
}

/* ---- bytes ------------------------------------------------------------ */

static bool is_yaml_char(uint32_t code)
{
	if (code < 0x20)
		return code == '\t' || code == '\n' || code == '\r';
	if (code < 0xa0)
		return code < 0x7f || code == 0x85;
	return code != 0xfeff && code != 0xfffe && code != 0xffff;
}

/* libyaml compares every %TAG line with all before it, which thousands of
 * them turn into minutes; tags of one's own are refused in any case.  Its
 * line ends include U+0085, U+2028 and U+2029: their last bytes are asked. */
static bool check_directives(const struct source *src, struct errs *es)
{
	static const char word[] = "%TAG";
	const char *text = src->text;
	const char *end = text + src->len;

	for (const char *at = text;
	     (at = memmem(at, (size_t)(end - at), word, sizeof(word) - 1));
	     at++)
		if (at == text || strchr("\r\n\x85\xa8\xa9", at[-1]))
			return errs_add(es, ERR_INPUT,
					place_at(src, (size_t)(at - text)),
					"a %%TAG line is not supported: leave "
					"it out");
	return true;
}

bool doc_check_bytes(const struct source *src, struct errs *es)
{
	struct place whole = { .src = src };
	const unsigned char *head = (const unsigned char *)src->text;

	if (src->len >= 2 && ((head[0] == 0xff && head[1] == 0xfe) ||
			      (head[0] == 0xfe && head[1] == 0xff)))
		return errs_add(es, ERR_INPUT, whole,
				"is UTF-16 text; save it as UTF-8");
	for (size_t i = 0; i < src->len;) {
		uint32_t code;
		unsigned char byte = head[i];
		/* nearly all of any text */
		if ((byte >= 0x20 && byte < 0x7f) || byte == '\n') {
			i++;
			continue;
		}
		size_t n = text_utf8_next(src->text + i, src->len - i, &code);
		if (n && is_yaml_char(code)) {
			i += n;
			continue;
		}
		struct place at = place_at(src, i);
		if (!n)
			return errs_add(es, ERR_INPUT, at,
					"is not UTF-8 text: byte 0x%02x", byte);
		if (!code)
			return errs_add(es, ERR_INPUT, at,
					"is not a text file: it has a NUL "
					"byte");
		return errs_add(es, ERR_INPUT, at,
				"the character U+%04X is not allowed in a "
				"text file",
				(unsigned)code);
	}
	return check_directives(src, es);
}

/* ---- syntax ----------------------------------------------------------- */

/* What libyaml says (the start of its words), and what helps.  The first row
 * that fits is taken; NULL fits anything. */
struct syntax_row {
	const char *context;
	const char *problem;
	const char *sentence;
	bool is_at_start; /* the place is where the construct began */
	bool tells_start; /* adds the line where it began */
};

static const struct syntax_row syntax_rows[] = {
	{ "while scanning a simple key", NULL, "a \":\" is missing behind this",
	  true, false },
	{ NULL, "mapping values are not allowed",
	  "a second \": \" in one value: put quotes around the value, or check "
	  "the indentation",
	  false, false },
	{ NULL, "block sequence entries are not allowed",
	  "a list item \"- \" cannot stand here: begin it on a line of its own",
	  false, false },
	{ NULL, "mapping keys are not allowed",
	  "a key cannot stand here: check the indentation", false, false },
	{ "while scanning a block scalar", "did not find expected comment",
	  "a text that begins with > or | needs quotes", true, false },
	{ NULL, "found a tab character", "a tab cannot indent: use spaces",
	  false, false },
	{ "while scanning an anchor", NULL,
	  "a text that begins with & needs quotes", true, false },
	{ "while scanning an alias", NULL,
	  "a text that begins with * needs quotes", true, false },
	{ "while scanning a tag", NULL,
	  "a text that begins with ! needs quotes", true, false },
	{ "while parsing a tag", NULL, "a text that begins with ! needs quotes",
	  true, false },
	{ NULL, "found undefined tag handle",
	  "a text that begins with ! needs quotes", false, false },
	{ "while scanning a directive", NULL,
	  "a text that begins with % needs quotes", true, false },
	{ "while scanning a quoted scalar", "found unexpected end",
	  "this quote is never closed", true, false },
	{ "while scanning a quoted scalar", "found unexpected document",
	  "this quote is never closed", true, false },
	{ NULL, "found unknown escape character",
	  "this backslash sequence is not known in double quotes: write \\\\ "
	  "for a backslash, or use single quotes",
	  false, false },
	{ NULL, "found invalid Unicode character escape",
	  "this \\u escape is no character of its own: write the character "
	  "itself, or \\U with eight digits",
	  false, false },
	{ NULL, "did not find expected hexdecimal number",
	  "this escape needs more hexadecimal digits: write \\\\ for a "
	  "backslash, or use single quotes",
	  false, false },
	{ NULL, "did not find expected ',' or ']'",
	  "expected \",\" or \"]\" here", false, true },
	{ NULL, "did not find expected ',' or '}'",
	  "expected \",\" or \"}\" here", false, true },
	{ "while parsing a block mapping", NULL,
	  "this does not fit here: check the indentation and the quotes "
	  "before",
	  false, true },
	{ "while parsing a block collection", NULL,
	  "a list item \"- \" is expected here: check the indentation", false,
	  true },
	{ NULL, "did not find expected node content", "a value is missing here",
	  false, false },
	{ NULL, "did not find expected <document start>",
	  "the document ended before this, and a file holds one: check the "
	  "indentation",
	  false, false },
	{ NULL, "found incompatible YAML document",
	  "this version of YAML is not known: leave the %YAML line out", false,
	  false },
	{ NULL, NULL, "is not valid YAML", false, false },
};

static bool starts_with(const char *text, const char *start)
{
	return !start || (text && !strncmp(text, start, strlen(start)));
}

static const struct syntax_row *find_row(const yaml_parser_t *parser)
{
	const struct syntax_row *row = syntax_rows;

	while (!starts_with(parser->context, row->context) ||
	       !starts_with(parser->problem, row->problem))
		row++;
	return row;
}

/* The byte at which nothing could begin says why by itself. */
static bool add_bad_start(struct place at, const struct doc_cursor *c,
			  struct errs *es)
{
	char byte = c->byte < c->src->len ? c->src->text[c->byte] : ' ';

	if (byte == '\t')
		return errs_add(es, ERR_INPUT, at,
				"a tab cannot indent: use spaces");
	return errs_add(es, ERR_INPUT, at,
			"a text that begins with %c needs quotes", byte);
}

bool doc_syntax_problem(const yaml_parser_t *parser, struct doc_cursor *c,
			struct errs *es)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return errs_nomem(es);
	struct place start = doc_place_of(c, parser->context_mark.index);
	struct place at = doc_place_of(c, parser->problem_mark.index);
	if (starts_with(parser->problem, "found character that cannot start"))
		return add_bad_start(at, c, es);
	const struct syntax_row *row = find_row(parser);
	if (row->is_at_start)
		at = start;
	if (row->tells_start && start.line != at.line)
		return errs_add(es, ERR_INPUT, at,
				"%s (what it belongs to began at line %u)",
				row->sentence, start.line);
	if (row->problem || row->context)
		return errs_add(es, ERR_INPUT, at, "%s", row->sentence);
	return errs_add(es, ERR_INPUT, at, "%s: %s", row->sentence,
			parser->problem ? parser->problem : "unknown problem");
}

/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "report/result/stamp.h"
#include "report/state/chain/chain.h"
#include "report/state/state_parts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"

enum { FLAW_MAX = 1024, NAME_SHOWN = 120 };

struct verifying {
	struct state *st;
	struct arena *a;
	struct errs *es;
	const char *const *heads;
	size_t n_heads;
	bool *is_found;
	/* the chain at hand */
	int64_t of;
	bool is_there; /* it has a row in table chain */
	unsigned char base[SHA256_BYTES], head[SHA256_BYTES];
	uint64_t n_removed, n_added;
	struct state_chain *out;
};

static void to_hex(const unsigned char hash[SHA256_BYTES],
		   char hex[2 * SHA256_BYTES + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA256_BYTES; i++) {
		hex[2 * i] = digits[hash[i] >> 4];
		hex[2 * i + 1] = digits[hash[i] & 15];
	}
	hex[2 * SHA256_BYTES] = '\0';
}

static void look_for(struct verifying *v,
		     const unsigned char hash[SHA256_BYTES])
{
	char hex[2 * SHA256_BYTES + 1];

	if (!v->n_heads)
		return;
	to_hex(hash, hex);
	for (size_t i = 0; i < v->n_heads; i++)
		if (strcasecmp(v->heads[i], hex) == 0)
			v->is_found[i] = true;
}

/* ---- what is wrong ----------------------------------------------------------- */

static bool add_flaw(struct verifying *v, struct buf *text)
{
	v->out->flaw = arena_strdup(v->a, buf_text(text));
	buf_release(text);
	return v->out->flaw || errs_nomem(v->es);
}

static void put_word(struct buf *out, const struct chain_text *word)
{
	buf_putc(out, ' ');
	text_printable(out, word->bytes,
		       word->len < NAME_SHOWN ? word->len : NAME_SHOWN);
}

/* "row 17 of the log (2026-01-01T00:00:00Z firing down/home) ..." */
static bool row_flaw(struct verifying *v, const struct query *q,
		     const struct chain_row *row, const char *what)
{
	bool is_audit = v->of == CHAIN_OF_AUDIT;
	struct buf text;

	buf_init(&text, FLAW_MAX);
	buf_printf(&text, "row %" PRId64 " of table %s (", row_int(q, 1),
		   row->table);
	stamp_print_ns(&text, row->at_ns, 0);
	put_word(&text, &row->texts[is_audit ? 0 : 2]);
	put_word(&text, &row->texts[1]);
	buf_printf(&text, ") %s", what);
	return add_flaw(v, &text);
}

static bool end_flaw(struct verifying *v, const unsigned char *last)
{
	uint64_t want =
		v->n_added > v->n_removed ? v->n_added - v->n_removed : 0;
	struct buf text;

	if (v->out->n == want && memcmp(last, v->head, SHA256_BYTES) == 0)
		return true;
	buf_init(&text, FLAW_MAX);
	if (v->out->n < want)
		buf_printf(&text,
			   "the newest %" PRIu64
			   " rows were removed: there are %" PRIu64
			   ", and %" PRIu64 " were written",
			   want - v->out->n, v->out->n, want);
	else
		buf_puts(&text, "the newest row is not the one that was "
				"written last");
	return add_flaw(v, &text);
}

/* ---- one chain ----------------------------------------------------------------- */

static bool read_chain(struct verifying *v)
{
	struct query q;

	v->is_there = false;
	v->n_removed = v->n_added = 0;
	memset(v->base, 0, SHA256_BYTES);
	memset(v->head, 0, SHA256_BYTES);
	query_start(&q, v->st,
		    "SELECT base, head, removed, added FROM chain WHERE of = ?",
		    v->es);
	query_int(&q, v->of);
	if (query_step(&q)) {
		size_t n_base, n_head;
		const unsigned char *base = row_blob(&q, 0, &n_base);
		const unsigned char *head = row_blob(&q, 1, &n_head);

		v->is_there = n_base == SHA256_BYTES && n_head == SHA256_BYTES;
		if (v->is_there) {
			memcpy(v->base, base, SHA256_BYTES);
			memcpy(v->head, head, SHA256_BYTES);
		}
		v->n_removed = row_ns(&q, 2);
		v->n_added = row_ns(&q, 3);
	}
	return query_end(&q);
}

static bool check_row(struct verifying *v, struct query *q,
		      unsigned char last[SHA256_BYTES])
{
	bool is_audit = v->of == CHAIN_OF_AUDIT;
	struct chain_row row;
	size_t n_texts = is_audit ? CHAIN_AUDIT_TEXTS : CHAIN_ENTRY_TEXTS, len;
	const unsigned char *hash = row_blob(q, 3 + (int)n_texts, &len);

	chain_row_read(q->s, is_audit ? "audit" : "entry", n_texts, &row);
	if (!v->is_there || len != SHA256_BYTES)
		return row_flaw(v, q, &row, "was not written by assay");
	chain_hash(&row, last);
	if (memcmp(last, hash, SHA256_BYTES) != 0)
		return row_flaw(v, q, &row,
				"does not follow from the one before it: it "
				"was changed, or one before it was changed, "
				"removed or put in");
	look_for(v, last);
	v->out->n++;
	return true;
}

static bool check_chain(struct verifying *v)
{
	unsigned char last[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];
	struct query q;

	if (!read_chain(v))
		return false;
	memcpy(last, v->base, SHA256_BYTES);
	if (v->is_there && v->n_removed > 0)
		look_for(v, last);
	query_start(&q, v->st,
		    v->of == CHAIN_OF_AUDIT
			    ? "SELECT 0, id, at, user, action, resource, "
			      "details, CAST(success AS TEXT), hash FROM audit "
			      "WHERE ? = 0 ORDER BY id"
			    : "SELECT scenario, entry.id, at, name, key, kind, "
			      "body, hash FROM entry JOIN scenario ON "
			      "scenario.id = scenario WHERE scenario = ? "
			      "ORDER BY entry.id",
		    v->es);
	query_int(&q, v->of);
	while (!v->out->flaw && query_step(&q))
		if (!check_row(v, &q, last))
			q.has_failed = true;
	if (!query_end(&q) || (!v->out->flaw && !end_flaw(v, last)))
		return false;
	v->out->n_removed = v->n_removed;
	to_hex(v->head, hex);
	v->out->head = arena_strdup(v->a, hex);
	return v->out->head || errs_nomem(v->es);
}

/* ---- all of them ------------------------------------------------------------------ */

/* Also one whose row in table chain is gone, or whose rows are. */
static bool list(struct verifying *v, struct rows *ofs, struct rows *chains)
{
	struct query q;

	query_start(&q, v->st,
		    "SELECT of, name FROM (SELECT of FROM chain UNION SELECT "
		    "scenario FROM entry UNION SELECT 0) LEFT JOIN scenario ON "
		    "scenario.id = of ORDER BY of = 0, of",
		    v->es);
	while (query_step(&q)) {
		int64_t *of = rows_add(ofs, v->a, sizeof(*of), v->es);
		struct state_chain *c =
			rows_add(chains, v->a, sizeof(*c), v->es);

		if (!of || !c) {
			q.has_failed = true;
			break;
		}
		*of = row_int(&q, 0);
		*c = (struct state_chain){
			.scenario = *of == CHAIN_OF_AUDIT
					    ? NULL
					    : row_text(&q, 1, v->a),
		};
	}
	return query_end(&q);
}

static bool check_all(struct verifying *v, struct rows *chains)
{
	struct rows ofs = { 0 };

	if (!list(v, &ofs, chains))
		return false;
	for (size_t i = 0; i < chains->n; i++) {
		v->of = ((int64_t *)ofs.item)[i];
		v->out = &((struct state_chain *)chains->item)[i];
		if (!check_chain(v))
			return false;
	}
	return true;
}

bool state_chains(struct state *st, const char *const *heads, size_t n_heads,
		  bool *is_found, struct arena *a,
		  const struct state_chain **out, size_t *n, struct errs *es)
{
	struct verifying v = { .st = st,
			       .a = a,
			       .es = es,
			       .heads = heads,
			       .n_heads = n_heads,
			       .is_found = is_found };
	struct rows chains = { 0 };
	bool is_own;

	*out = NULL;
	*n = 0;
	for (size_t i = 0; i < n_heads; i++)
		is_found[i] = false;
	if (!state_enter_to_read(st, &is_own, es) ||
	    !state_leave(st, is_own, check_all(&v, &chains), es))
		return false;
	*out = chains.item;
	*n = chains.n;
	return true;
}

bool state_chain_head(struct state *st, const char *scenario, struct arena *a,
		      const char **head, struct errs *es)
{
	char hex[2 * SHA256_BYTES + 1] = "";
	struct query q;

	query_start(
		&q, st,
		"SELECT head FROM chain WHERE of = (SELECT id FROM scenario "
		"WHERE name = ?)",
		es);
	query_text(&q, scenario);
	if (query_step(&q)) {
		size_t len;
		const unsigned char *hash = row_blob(&q, 0, &len);

		if (len == SHA256_BYTES)
			to_hex(hash, hex);
	}
	if (!query_end(&q))
		return false;
	*head = hex[0] ? arena_strdup(a, hex) : NULL;
	return *head || !hex[0] || errs_nomem(es);
}

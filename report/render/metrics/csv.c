/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "report/render/facts.h"
#include "report/render/metrics/csv_parts.h"
#include "report/render/render.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

/* Comma-separated values as in RFC 4180, with a line feed alone at the end of
 * a line. */

enum { PIECE_MAX = 64 * 1024, S_DECIMALS = 9 };

/* A text that begins like a formula would be one in a spreadsheet, so it gets
 * an apostrophe before it, as spreadsheets take it for text. */
void csv_text(struct buf *out, const char *text)
{
	struct buf shown;
	const char *c;

	buf_init(&shown, PIECE_MAX);
	say_text(&shown, text, FACT_NAME_MAX);
	c = buf_text(&shown);
	buf_putc(out, '"');
	if (*c && strchr("=+-@", *c))
		buf_putc(out, '\'');
	for (; *c; c++) {
		if (*c == '"')
			buf_putc(out, '"');
		buf_putc(out, *c);
	}
	buf_putc(out, '"');
	buf_release(&shown);
}

/* Nanoseconds in units of `one`, all digits. */
static void put_time(struct buf *out, uint64_t ns, uint64_t one, int decimals)
{
	buf_printf(out, ",%" PRIu64 ".%0*" PRIu64, ns / one, decimals,
		   ns % one);
}

void csv_ms(struct buf *out, uint64_t ns)
{
	put_time(out, ns, UNIT_NS_PER_MS, CSV_MS_DECIMALS);
}

static void put_row(struct buf *out, const char *name,
		    const struct timeline_row *r)
{
	const uint64_t counts[] = { r->is_warm_up, r->planned, r->sent,
				    r->ok,	   r->failed,  r->timed_out,
				    r->dropped,	   r->users,   r->connections };
	const uint64_t times[] = { r->p50_ns, r->p90_ns, r->p99_ns, r->max_ns };

	csv_text(out, name);
	put_time(out, r->at_ns, UNIT_NS_PER_S, S_DECIMALS);
	put_time(out, r->for_ns, UNIT_NS_PER_S, S_DECIMALS);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		buf_printf(out, ",%" PRIu64, counts[i]);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		csv_ms(out, times[i]);
	buf_putc(out, '\n');
}

bool render_csv(const struct run_result *const *runs, size_t n,
		const struct render_options *opt, struct buf *out)
{
	(void)opt;
	buf_puts(out, "load,at_s,for_s,warm_up,planned,sent,ok,failed,"
		      "timed_out,dropped,users,connections,p50_ms,p90_ms,"
		      "p99_ms,max_ms\n");
	for (size_t i = 0; n && i < runs[0]->n_loads; i++) {
		const struct load_result *load = &runs[0]->loads[i];

		for (size_t k = 0; k < load->n_timeline; k++)
			put_row(out, load->name, &load->timeline[k]);
	}
	return buf_ok(out);
}

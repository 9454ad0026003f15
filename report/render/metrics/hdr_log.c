/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report/hist/hist.h"
#include "report/hist/hist_log.h"
#include "report/render/facts.h"
#include "report/render/render.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

/* The latency of each row of the timelines, tagged with the load's name; the
 * warm-up has a tag of its own. */

enum {
	TAG_BYTES_MAX = 1024,
	ROWS_MAX = 1000, /* of one load: decoding is dear, a file may lie */
};

static void put_tag(struct buf *tag, const struct load_result *load,
		    const struct timeline_row *row)
{
	say_text(tag, load->name, FACT_NAME_MAX);
	if (row->is_warm_up)
		buf_puts(tag, "/warm-up");
}

static bool put_row(struct buf *out, uint64_t begin_ns,
		    const struct load_result *load,
		    const struct timeline_row *row)
{
	struct errs es = { 0 };
	struct hist *hist = hist_decode(row->hdr, strlen(row->hdr), &es);
	struct buf tag;
	bool ok;

	if (!hist)
		return hist_log_comment(
			out, "a histogram that cannot be read is left out");
	buf_init(&tag, TAG_BYTES_MAX);
	put_tag(&tag, load, row);
	ok = hist_log_line(out, begin_ns,
			   &(struct hist_log_entry){
				   .tag = buf_text(&tag),
				   .tag_len = tag.len,
				   .start_ns = begin_ns + row->at_ns,
				   .length_ns = row->for_ns,
				   .hist = hist,
			   });
	buf_release(&tag);
	hist_free(hist);
	return ok;
}

bool render_hdr_log(const struct run_result *const *runs, size_t n,
		    const struct render_options *opt, struct buf *out)
{
	uint64_t begin_ns;
	bool ok;

	(void)opt;
	if (!n)
		return true;
	begin_ns = runs[0]->started_at_ns;
	if (begin_ns > HIST_LOG_TIME_MAX_NS / 2)
		begin_ns = HIST_LOG_TIME_MAX_NS / 2;
	ok = hist_log_begin(out, begin_ns);
	for (size_t i = 0; i < runs[0]->n_loads; i++) {
		const struct load_result *load = &runs[0]->loads[i];

		for (size_t k = 0; ok && k < load->n_timeline && k < ROWS_MAX;
		     k++)
			if (*load->timeline[k].hdr)
				ok = put_row(out, begin_ns, load,
					     &load->timeline[k]);
	}
	return ok && buf_ok(out);
}

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

/*
 * Two kinds of lines, told apart by their tags, of which only those of one tag
 * belong together:
 *
 *     LOAD, LOAD/warm-up            the latency of each row of the timeline
 *     LOAD/latency, LOAD/service    of all of the load, without its warm-up
 *     LOAD/STEP/latency, .../service, of each step
 *
 * Rows of a timeline have no histogram of service times.  A slash in a name is
 * shown as it is: tags are for people to choose from.
 */

enum {
	TAG_BYTES_MAX = 4096,
	LINES_MAX = 1000, /* of one load and kind: decoding is dear, a file may
			   * lie */
};

struct log {
	struct buf *out;
	uint64_t begin_ns;
	const struct load_result *load;
};

/* Up to three words of a tag; an empty one is left away. */
struct tag {
	const char *step, *time;
};

static void put_tag(struct buf *out, const struct log *log,
		    const struct tag *tag)
{
	say_text(out, log->load->name, FACT_NAME_MAX);
	if (*tag->step) {
		buf_putc(out, '/');
		say_text(out, tag->step, FACT_NAME_MAX);
	}
	if (*tag->time)
		buf_printf(out, "/%s", tag->time);
}

static bool put_line(const struct log *log, const struct tag *tag,
		     const char *hdr, uint64_t at_ns, uint64_t for_ns)
{
	struct errs es = { 0 };
	struct hist *hist;
	struct buf text;
	bool ok;

	if (!*hdr)
		return true;
	hist = hist_decode(hdr, strlen(hdr), &es);
	if (!hist)
		return hist_log_comment(
			log->out,
			"a histogram that cannot be read is left out");
	buf_init(&text, TAG_BYTES_MAX);
	put_tag(&text, log, tag);
	ok = hist_log_line(log->out, log->begin_ns,
			   &(struct hist_log_entry){
				   .tag = buf_text(&text),
				   .tag_len = text.len,
				   .start_ns = log->begin_ns + at_ns,
				   .length_ns = for_ns,
				   .hist = hist,
			   });
	buf_release(&text);
	hist_free(hist);
	return ok;
}

static bool put_rows(const struct log *log)
{
	const struct load_result *load = log->load;
	bool ok = true;

	for (size_t k = 0; ok && k < load->n_timeline && k < LINES_MAX; k++) {
		const struct timeline_row *row = &load->timeline[k];
		const struct tag tag = { "", row->is_warm_up ? "warm-up" : "" };

		ok = put_line(log, &tag, row->hdr, row->at_ns, row->for_ns);
	}
	return ok;
}

static bool put_whole(const struct log *log, const char *step,
		      const struct times_result *latency,
		      const struct times_result *service)
{
	const struct load_result *load = log->load;
	const struct tag of_latency = { step, "latency" };
	const struct tag of_service = { step, "service" };

	return put_line(log, &of_latency, latency->hdr, load->start_ns,
			load->total_ns) &&
	       put_line(log, &of_service, service->hdr, load->start_ns,
			load->total_ns);
}

static bool put_load(const struct log *log)
{
	const struct load_result *load = log->load;
	bool ok = put_rows(log) &&
		  put_whole(log, "", &load->latency, &load->service);

	for (size_t i = 0; ok && i < load->n_steps && i < LINES_MAX; i++)
		ok = put_whole(log, load->steps[i].name,
			       &load->steps[i].latency,
			       &load->steps[i].service);
	return ok;
}

bool render_hdr_log(const struct run_result *const *runs, size_t n,
		    const struct render_options *opt, struct buf *out)
{
	struct log log = { .out = out };
	bool ok;

	(void)opt;
	if (!n)
		return true;
	log.begin_ns = runs[0]->started_at_ns;
	if (log.begin_ns > HIST_LOG_TIME_MAX_NS / 2)
		log.begin_ns = HIST_LOG_TIME_MAX_NS / 2;
	ok = hist_log_begin(out, log.begin_ns);
	for (size_t i = 0; ok && i < runs[0]->n_loads; i++) {
		log.load = &runs[0]->loads[i];
		ok = put_load(&log);
	}
	return ok && buf_ok(out);
}

/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "report/render/metrics/csv_parts.h"
#include "report/render/metrics/points/distribution.h"
#include "report/render/render.h"
#include "report/result/load_result.h"
#include "report/result/result.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

/*
 * A row for each quantile of each distribution of each load (step empty) and of
 * each of its steps.  low_ms and high_ms are the ends of the interval of 95 %;
 * enough is 0 where the sample cannot bear the quantile.  Quantiles 0 and 1 are
 * the exact least and greatest; they have no interval.
 */

struct whose {
	const char *load, *step; /* step "": all of the load */
	const char *time;	 /* "latency" */
};

static void put_head(struct buf *out, const struct whose *w, double q)
{
	csv_text(out, w->load);
	buf_putc(out, ',');
	csv_text(out, w->step);
	buf_putc(out, ',');
	csv_text(out, w->time);
	buf_putc(out, ',');
	unit_print_number(out, q);
}

static void put_end(struct buf *out, const struct whose *w, double q,
		    uint64_t ns, uint64_t count)
{
	put_head(out, w, q);
	csv_ms(out, ns);
	buf_printf(out, ",,,%" PRIu64 ",1\n", count);
}

static void put_times(struct buf *out, const struct whose *w,
		      const struct times_result *times)
{
	struct quantile_result q[DISTRIBUTION_QUANTILES_MAX];
	size_t n = distribution_quantiles(times, q);

	if (!times->count)
		return;
	put_end(out, w, 0, times->min_ns, times->count);
	for (size_t i = 0; i < n; i++) {
		put_head(out, w, q[i].q);
		csv_ms(out, q[i].value_ns);
		if (q[i].high_ns) {
			csv_ms(out, q[i].low_ns);
			csv_ms(out, q[i].high_ns);
		} else {
			buf_puts(out, ",,");
		}
		buf_printf(out, ",%" PRIu64 ",%d\n", times->count, q[i].enough);
	}
	put_end(out, w, 1, times->max_ns, times->count);
}

static void put_load(struct buf *out, const struct load_result *load)
{
	struct whose w = { load->name, "", "latency" };

	put_times(out, &w, &load->latency);
	w.time = "service";
	put_times(out, &w, &load->service);
	w.time = "iteration";
	put_times(out, &w, &load->iteration);
	for (size_t i = 0; i < load->n_steps; i++) {
		const struct load_step_result *step = &load->steps[i];

		w.step = step->name;
		w.time = "latency";
		put_times(out, &w, &step->latency);
		w.time = "service";
		put_times(out, &w, &step->service);
		w.time = "first_byte";
		put_times(out, &w, &step->first_byte);
		w.time = "connect";
		put_times(out, &w, &step->connect);
	}
}

bool render_csv_percentiles(const struct run_result *const *runs, size_t n,
			    const struct render_options *opt, struct buf *out)
{
	(void)opt;
	buf_puts(out, "load,step,time,quantile,value_ms,low_ms,high_ms,count,"
		      "enough\n");
	for (size_t i = 0; n && i < runs[0]->n_loads; i++)
		put_load(out, &runs[0]->loads[i]);
	return buf_ok(out);
}

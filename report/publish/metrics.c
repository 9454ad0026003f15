/* SPDX-License-Identifier: MIT */
#include "report/metrics/metric_text.h"
#include "report/publish/check_metrics.h"
#include "report/publish/publish.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/units.h"

static double seconds(uint64_t ns)
{
	return (double)ns / (double)UNIT_NS_PER_S;
}

static void put_head(struct buf *out, enum metric_id id)
{
	metric_text_head(out, id, MORE_NONE, EXPOSITION_TEXT);
}

/* ---- of the checks ---------------------------------------------------------- */

static void put_check(struct buf *out, const struct check_metric *row,
		      const struct standing *s, bool *has_head)
{
	const struct metric_label check = { "check", s->name };
	struct check_sample samples[CHECK_SAMPLES_MAX];
	size_t n = check_metric_samples(row, s, samples);

	if (n && !*has_head)
		put_head(out, row->id);
	*has_head |= n > 0;
	for (size_t i = 0; i < n; i++) {
		const struct metric_label own = { samples[i].label,
						  samples[i].text };

		metric_text_line(out, &(struct metric_line){
					      .id = row->id,
					      .n_scope = 1,
					      .scope = &check,
					      .n_own = own.name ? 1 : 0,
					      .own = &own,
					      .value = samples[i].value,
				      });
	}
}

static void put_checks(struct buf *out, const struct published *p)
{
	for (size_t i = 0; i < check_metrics_n; i++) {
		bool has_head = false;

		for (size_t k = 0; k < p->n; k++)
			put_check(out, &check_metrics[i], &p->checks[k],
				  &has_head);
	}
}

/* ---- of ourselves ------------------------------------------------------------- */

static void put_labelled(struct buf *out, enum metric_id id, const char *label,
			 const char *text, double value)
{
	const struct metric_label own = { label, text };

	metric_text_line(out, &(struct metric_line){ .id = id,
						     .n_own = label ? 1 : 0,
						     .own = &own,
						     .value = value });
}

static void put_one(struct buf *out, enum metric_id id, double value)
{
	put_head(out, id);
	put_labelled(out, id, NULL, NULL, value);
}

static void put_work(struct buf *out, const struct self_facts *f)
{
	put_one(out, NAME_LOOP_LAG, seconds(f->loop_lag_ns));
	put_one(out, NAME_LATE_STARTS, (double)f->late_starts);
	put_one(out, NAME_LATE_START_MAX, seconds(f->late_max_ns));
	put_one(out, NAME_MISSED_SLOTS, (double)f->missed_slots);
	put_one(out, NAME_CHECKS_ACTIVE, (double)f->active);
	put_one(out, NAME_CHECKS_WAITING, (double)f->waiting);
	put_one(out, NAME_QUEUE_DEPTH, (double)f->queue_depth);
	put_head(out, NAME_DROPPED);
	put_labelled(out, NAME_DROPPED, "what", "results",
		     (double)f->dropped_results);
	put_labelled(out, NAME_DROPPED, "what", "log_lines",
		     (double)f->log_dropped);
	put_one(out, NAME_STORAGE_FAILURES, (double)f->storage_failures);
}

static void put_rest(struct buf *out, const struct self_facts *f)
{
	put_one(out, NAME_ALERTS_FIRING, (double)f->alerts_firing);
	put_one(out, NAME_OUTBOX_WAITING, (double)f->outbox_waiting);
	put_one(out, NAME_NOTICES_SENT, (double)f->sent);
	put_one(out, NAME_NOTICE_FAILURES, (double)f->send_failures);
	if (f->state_bytes)
		put_one(out, NAME_STATE_BYTES, (double)f->state_bytes);
	put_one(out, NAME_LOG_BYTES, (double)f->log_bytes);
	put_one(out, NAME_RELOAD_OK, f->reload_ok ? 1 : 0);
	put_one(out, NAME_RELOAD_AT, seconds(f->reload_at_ns));
	put_one(out, NAME_PROCESS_START, seconds(f->started_at_ns));
	put_one(out, NAME_PROCESS_CPU, seconds(f->cpu_ns));
	put_one(out, NAME_PROCESS_MEMORY, (double)f->rss_bytes);
}

bool publish_metrics(const struct published *p, struct buf *out)
{
	put_head(out, NAME_BUILD_INFO);
	put_labelled(out, NAME_BUILD_INFO, "version", p->version, 1);
	put_checks(out, p);
	if (p->self) {
		put_work(out, p->self);
		put_rest(out, p->self);
	}
	return buf_ok(out);
}

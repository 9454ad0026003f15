/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/hist/hist_parts.h"
#include "report/merge/sum/sums.h"

enum { KEY_BYTES = 80 };

/* ---- decoding --------------------------------------------------------- */

static struct hist *decode(struct load_sum *t, const char *hdr, const char *key)
{
	struct errs told;
	struct hist *h;

	told.n = told.dropped = 0;
	h = hist_decode(hdr, strlen(hdr), &told);
	if (h)
		return h;
	if (told.n > 0 && told.item[0].kind != ERR_INPUT)
		errs_nomem(t->es);
	else
		sum_bad(t, "\"loads[%zu].%s.hdr\": %s", t->index, key,
			told.n > 0 ? told.item[0].text : "is no histogram");
	return NULL;
}

/* All of a kind have the same buckets, or adding them would lose. */
static bool is_of_kind(struct load_sum *t, struct hist_kind *kind,
		       const struct hist *h, const char *key)
{
	if (kind->digits == 0)
		*kind = (struct hist_kind){ h->digits, h->low_ns, h->high_ns };
	if (kind->digits != h->digits)
		return sum_bad(t,
			       "\"loads[%zu].%s.hdr\" has %u digits, the "
			       "others have %u: they cannot be added without "
			       "loss",
			       t->index, key, h->digits, kind->digits);
	if (kind->low_ns != h->low_ns || kind->high_ns != h->high_ns)
		return sum_bad(t,
			       "\"loads[%zu].%s.hdr\" goes from %" PRIu64
			       " to %" PRIu64 " ns, the others from %" PRIu64
			       " to %" PRIu64
			       " ns: they cannot be added without loss",
			       t->index, key, h->low_ns, h->high_ns,
			       kind->low_ns, kind->high_ns);
	return true;
}

/* ---- what the encoding does not carry ---------------------------------- */

static bool lies_in(const struct hist *h, size_t index, uint64_t ns)
{
	return ns >= hist_bucket_from(h, index) &&
	       ns <= hist_bucket_to(h, index);
}

/* min, max, mean and how many were over stand beside it. */
static bool restore(struct load_sum *t, struct hist *h,
		    const struct times_result *times, const char *key)
{
	if (h->total != times->count)
		return sum_bad(t,
			       "\"loads[%zu].%s\" has a count of %" PRIu64
			       ", but its histogram holds %" PRIu64,
			       t->index, key, times->count, h->total);
	/* of an empty one there is no last bucket */
	struct hist_used used = hist_used(h);
	size_t last = used.to - 1;
	bool max_fits = times->over > 0
				? times->max_ns >= hist_bucket_from(h, last)
				: lies_in(h, last, times->max_ns);
	if (!lies_in(h, used.from, times->min_ns) || !max_fits)
		return sum_bad(t,
			       "\"loads[%zu].%s\" goes from %" PRIu64
			       " to %" PRIu64
			       " ns, but its histogram from %" PRIu64
			       " to %" PRIu64 " ns",
			       t->index, key, times->min_ns, times->max_ns,
			       hist_bucket_from(h, used.from),
			       hist_bucket_to(h, last));
	if (times->mean_ns < times->min_ns || times->mean_ns > times->max_ns)
		return sum_bad(t,
			       "\"loads[%zu].%s\" has a mean that is not "
			       "between min and max",
			       t->index, key);
	if (times->over > times->count)
		return sum_bad(t, "\"loads[%zu].%s\" has more over than all",
			       t->index, key);
	h->min_ns = times->min_ns;
	h->max_ns = times->max_ns;
	h->over = times->over;
	h->sum_ns = (unsigned __int128)times->mean_ns * times->count;
	return true;
}

/* ---- adding ------------------------------------------------------------ */

static bool add(struct load_sum *t, struct hist **into, struct hist *h)
{
	if (!*into) {
		*into = h;
		return true;
	}
	if (h->total > HIST_COUNT_MAX - (*into)->total)
		t->is_over = true;
	hist_merge(*into, h);
	hist_free(h);
	return true;
}

bool sum_times(struct load_sum *t, struct hist **into,
	       const struct times_result *times, const char *key)
{
	struct hist *h;

	if (times->count == 0)
		return true;
	if (times->hdr[0] == '\0')
		return sum_bad(t,
			       "\"loads[%zu].%s\" has a count of %" PRIu64
			       " and no histogram: it cannot be added",
			       t->index, key, times->count);
	h = decode(t, times->hdr, key);
	if (h && is_of_kind(t, &t->kind, h, key) && restore(t, h, times, key))
		return add(t, into, h);
	hist_free(h);
	return false;
}

bool sum_row_times(struct load_sum *t, const struct timeline_row *row, size_t i,
		   struct hist **out)
{
	char key[KEY_BYTES];
	struct hist *h;

	*out = NULL;
	if (row->hdr[0] == '\0')
		return true;
	snprintf(key, sizeof key, "timeline[%zu]", i);
	h = decode(t, row->hdr, key);
	if (!h || !is_of_kind(t, &t->row_kind, h, key)) {
		hist_free(h);
		return false;
	}
	if (h->total == 0) {
		hist_free(h);
		return true;
	}
	if (row->max_ns >= h->min_ns)
		h->max_ns = lies_in(h, hist_used(h).to - 1, row->max_ns)
				    ? row->max_ns
				    : h->max_ns;
	*out = h;
	return true;
}

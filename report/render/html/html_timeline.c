/* SPDX-License-Identifier: MIT */
/* What happened when: rates and errors, latency, users and connections below
 * each other over one axis of time, with what happened as vertical lines. */
#include "report/render/html/html_parts.h"

#include <inttypes.h>
#include <string.h>

#include "report/render/load/load_say.h"
#include "scenarios/base/units.h"

enum {
	POINTS_MAX = 400, /* rows that are drawn; more are joined */
	TABLE_MAX = 400,
	TICKS_X = 6,
	TICKS_Y = 4,
	LOG_FROM = 25,	  /* the highest quantile in lowest medians */
	CROSSED_MAX = 3,  /* limits with a line */
	LIMIT_BYTES = 34, /* of their texts */
};

enum { RATES, TIMES, USERS, PLOTS };

struct timeline {
	const struct load_result *load;
	struct timeline_row row[POINTS_MAX];
	size_t n;
	size_t joined; /* rows of the file in one of these */
	struct scale x;
	struct plot plot[PLOTS];
};

/* ---- what is drawn ------------------------------------------------------ */

static uint64_t more(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Sums of what is counted, the highest of what is not. */
static void join(struct timeline_row *into, const struct timeline_row *r)
{
	into->for_ns += r->for_ns;
	into->planned += r->planned;
	into->sent += r->sent;
	into->ok += r->ok;
	into->failed += r->failed;
	into->timed_out += r->timed_out;
	into->dropped += r->dropped;
	into->users = more(into->users, r->users);
	into->connections = more(into->connections, r->connections);
	into->p50_ns = more(into->p50_ns, r->p50_ns);
	into->p90_ns = more(into->p90_ns, r->p90_ns);
	into->p99_ns = more(into->p99_ns, r->p99_ns);
	into->max_ns = more(into->max_ns, r->max_ns);
	into->is_warm_up = into->is_warm_up && r->is_warm_up;
}

static void take_rows(struct timeline *t)
{
	size_t n = t->load->n_timeline;

	t->joined = (n + POINTS_MAX - 1) / POINTS_MAX;
	for (size_t i = 0; i < n; i++) {
		const struct timeline_row *r = &t->load->timeline[i];

		/* what ends behind the plan is a short time: few answers in
		 * it would be a rate that nobody saw */
		if (i % t->joined ||
		    (i && i + 1 == n && r->for_ns < r[-1].for_ns / 2))
			join(&t->row[t->n - 1], r);
		else
			t->row[t->n++] = *r;
	}
}

static double per_s(const struct timeline_row *r, uint64_t count)
{
	return r->for_ns ? (double)count * (double)UNIT_NS_PER_S /
				   (double)r->for_ns
			 : 0;
}

static uint64_t errors_of(const struct timeline_row *r)
{
	return r->failed + r->timed_out + r->dropped;
}

static double middle(const struct timeline_row *r)
{
	return (double)r->at_ns + (double)r->for_ns / 2;
}

static double end_of(const struct timeline_row *r)
{
	return (double)r->at_ns + (double)r->for_ns;
}

static bool has_times(const struct timeline_row *r)
{
	return r->max_ns > 0;
}

/* Parts of a merged result need not follow each other at once. */
static bool is_behind_gap(const struct timeline *t, size_t i)
{
	return i && (double)t->row[i].at_ns - end_of(&t->row[i - 1]) >
			    (double)t->row[i - 1].for_ns / 2;
}

static void make_scales(struct timeline *t)
{
	double rate = 0, users = 0, high = 0, low = 0, from_ns = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct timeline_row *r = &t->row[i];
		double rates[] = { per_s(r, r->planned),
				   per_s(r, r->ok + errors_of(r)) };

		rate = rates[0] > rate ? rates[0] : rate;
		rate = rates[1] > rate ? rates[1] : rate;
		users = (double)r->users > users ? (double)r->users : users;
		users = (double)r->connections > users ? (double)r->connections
						       : users;
		high = (double)r->max_ns > high ? (double)r->max_ns : high;
		if (has_times(r) && (low <= 0 || (double)r->p50_ns < low))
			low = (double)r->p50_ns;
		from_ns = end_of(r) > from_ns ? end_of(r) : from_ns;
	}
	scale_clock(&t->x, from_ns, TICKS_X);
	/* rows count arrivals, each of which goes through all steps */
	t->plot[RATES] = (struct plot){ .name = t->load->n_steps > 1
							? "arrivals a second"
							: "requests a second",
					.height = 120 };
	scale_from_zero(&t->plot[RATES].y, SCALE_PER_S, rate, TICKS_Y);
	t->plot[TIMES] = (struct plot){ .name = "latency", .height = 150 };
	if (high > LOG_FROM * low) {
		t->plot[TIMES].name = "latency, logarithmic";
		scale_log(&t->plot[TIMES].y, SCALE_TIME, low, high);
	} else {
		scale_from_zero(&t->plot[TIMES].y, SCALE_TIME, high, TICKS_Y);
	}
	t->plot[USERS] =
		(struct plot){ .name = "users and connections", .height = 80 };
	scale_from_zero(&t->plot[USERS].y, SCALE_COUNT, users, 3);
}

/* ---- drawing ------------------------------------------------------------ */

/* Steps, as wide as their rows: a moment with errors is not a slope. */
static void draw_errors(struct chart *c, const struct timeline *t)
{
	chart_line(c, "ae");
	for (size_t i = 0; i < t->n; i++) {
		const struct timeline_row *r = &t->row[i];
		bool goes_on =
			i && errors_of(&t->row[i - 1]) && !is_behind_gap(t, i);

		if (!errors_of(r))
			continue;
		if (!goes_on) {
			chart_gap(c);
			chart_to(c, (double)r->at_ns, 0);
		}
		chart_to(c, (double)r->at_ns, per_s(r, errors_of(r)));
		chart_to(c, end_of(r), per_s(r, errors_of(r)));
		if (i + 1 == t->n || !errors_of(&t->row[i + 1]) ||
		    is_behind_gap(t, i + 1))
			chart_to(c, end_of(r), 0);
	}
	chart_line_end(c);
}

static double planned_of(const struct timeline_row *r)
{
	return per_s(r, r->planned);
}

static double ok_of(const struct timeline_row *r)
{
	return per_s(r, r->ok);
}

static double p50_of(const struct timeline_row *r)
{
	return (double)r->p50_ns;
}

static double p90_of(const struct timeline_row *r)
{
	return (double)r->p90_ns;
}

static double p99_of(const struct timeline_row *r)
{
	return (double)r->p99_ns;
}

static double max_of(const struct timeline_row *r)
{
	return (double)r->max_ns;
}

static double users_of(const struct timeline_row *r)
{
	return (double)r->users;
}

static double connections_of(const struct timeline_row *r)
{
	return (double)r->connections;
}

static void draw_line(struct chart *c, const struct timeline *t,
		      const char *look,
		      double (*of)(const struct timeline_row *r))
{
	bool is_of_times = c->plot == TIMES;

	chart_line(c, look);
	for (size_t i = 0; i < t->n; i++) {
		bool has_none = is_of_times && !has_times(&t->row[i]);

		if (has_none || is_behind_gap(t, i))
			chart_gap(c); /* nothing ended: no latency */
		if (!has_none)
			chart_to(c, middle(&t->row[i]), of(&t->row[i]));
	}
	chart_line_end(c);
}

/* Parts of a merged result have one each; the first ended within a row. */
static void draw_warm_ups(struct chart *c, const struct timeline *t)
{
	const struct warm_up_result *w = &t->load->warm_up;

	if (!w->was_asked)
		return;
	chart_band(c, "aw", 0, (double)w->ended_ns);
	for (size_t i = 0; i < t->n; i++)
		if (t->row[i].is_warm_up && t->row[i].at_ns >= w->ended_ns)
			chart_band(c, "aw", (double)t->row[i].at_ns,
				   end_of(&t->row[i]));
}

static void draw_plots(struct chart *c, const struct timeline *t)
{
	for (size_t i = 0; i < PLOTS; i++) {
		chart_plot(c, i);
		draw_warm_ups(c, t);
		switch (i) {
		case RATES:
			draw_errors(c, t);
			draw_line(c, t, "lp", planned_of);
			draw_line(c, t, "l3", ok_of);
			break;
		case TIMES:
			draw_line(c, t, "l5", max_of);
			draw_line(c, t, "l4", p99_of);
			draw_line(c, t, "l2", p90_of);
			draw_line(c, t, "l1", p50_of);
			break;
		default:
			draw_line(c, t, "lp", connections_of);
			draw_line(c, t, "l1", users_of);
		}
		chart_plot_end(c);
	}
}

static void spots(struct sheet *s, struct chart *c, const struct timeline *t)
{
	if (s->detail < DETAIL_ALL)
		return;
	chart_over(c);
	for (size_t i = 0; i < t->n; i++) {
		const struct timeline_row *r = &t->row[i];

		chart_spot(c, (double)r->at_ns, end_of(r));
		unit_human_duration(s->out, r->at_ns);
		buf_puts(s->out, ": ");
		say_rate(s->out, ok_of(r));
		buf_puts(s->out, " ok, ");
		say_count(s->out, errors_of(r), "error");
		buf_puts(s->out, ", ");
		if (has_times(r)) {
			buf_puts(s->out, "p50 ");
			unit_human_duration(s->out, r->p50_ns);
			buf_puts(s->out, ", p99 ");
			unit_human_duration(s->out, r->p99_ns);
			buf_puts(s->out, ", max ");
			unit_human_duration(s->out, r->max_ns);
		} else {
			buf_puts(s->out, "nothing ended");
		}
		buf_puts(s->out, ", ");
		say_count(s->out, r->users, "user");
		chart_spot_end(c);
	}
	chart_over_end(c);
}

static size_t count_crossed(const struct load_result *load)
{
	size_t n = 0;

	for (size_t i = 0; i < load->n_limits; i++)
		n += load->limits[i].crossed_at_ns > 0 &&
		     !limit_is_of_end(load, &load->limits[i]);
	return n < CROSSED_MAX ? n : CROSSED_MAX;
}

/* Ended before its plan, and by no limit, which has a mark of its own. */
static bool is_cut(const struct load_result *load)
{
	return strcmp(load->ended, "plan") != 0 &&
	       strcmp(load->ended, "iterations") != 0 &&
	       strcmp(load->ended, "aborted") != 0;
}

/* Times of rows and of the warm-up count from the start of the load's own
 * clock, as crossed_at_ns does. */
static void marks(struct chart *c, const struct load_result *load)
{
	size_t told = 0;
	struct buf text;

	if (load->warm_up.was_asked && load->warm_up.ended_ns)
		chart_mark(c, (double)load->warm_up.ended_ns, "warm-up ended",
			   NULL);
	buf_init(&text, HTML_PIECE_MAX);
	for (size_t i = 0; i < load->n_limits && told < CROSSED_MAX; i++) {
		const struct limit_result *l = &load->limits[i];

		/* what was judged over all of it did not happen at its end */
		if (!l->crossed_at_ns || limit_is_of_end(load, l))
			continue;
		told++;
		buf_reset(&text);
		say_text(&text, l->text, LIMIT_BYTES);
		chart_mark(c, (double)l->crossed_at_ns,
			   l->aborted ? "aborted" : "crossed", buf_text(&text));
	}
	if (is_cut(load)) {
		buf_reset(&text);
		buf_puts(&text, "ended: ");
		say_text(&text, load->ended, LIMIT_BYTES);
		chart_mark(c, (double)load->total_ns, buf_text(&text), NULL);
	}
	buf_release(&text);
}

static void describe(struct buf *said, const struct timeline *t)
{
	double most = 0;
	uint64_t worst = 0, errors = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct timeline_row *r = &t->row[i];

		most = ok_of(r) > most ? ok_of(r) : most;
		worst = r->p99_ns > worst ? r->p99_ns : worst;
		errors += errors_of(r);
	}
	say_count(said, t->n, "moment");
	buf_puts(said, "; at most ");
	say_rate(said, most);
	buf_puts(said, " ok, ");
	say_count(said, errors, "error");
	buf_puts(said, " in all, p99 at most ");
	unit_human_duration(said, worst);
}

static void draw(struct sheet *s, const struct timeline *t)
{
	static const struct chart_key keys[] = {
		{ NULL, "rates:" },   { "lp", "planned" },
		{ "l3", "ok" },	      { "ae", "errors" },
		{ NULL, "latency:" }, { "l1", "p50" },
		{ "l2", "p90" },      { "l4", "p99" },
		{ "l5", "max" },      { NULL, "open:" },
		{ "l1", "users" },    { "lp", "connections" },
		{ "aw", "warm-up" },
	};
	size_t n = sizeof(keys) / sizeof(*keys);
	struct chart c = { .out = s->out,
			   .ids = &s->ids,
			   .x = &t->x,
			   .plots = t->plot,
			   .n_plots = PLOTS,
			   .keys = keys,
			   .n_keys = t->load->warm_up.was_asked ? n : n - 1 };
	struct buf said;

	buf_init(&said, HTML_PIECE_MAX);
	describe(&said, t);
	c.is_headed = true;
	chart_begin(&c, "Timeline", buf_text(&said),
		    (unsigned)count_crossed(t->load) +
			    t->load->warm_up.was_asked + is_cut(t->load));
	buf_release(&said);
	draw_plots(&c, t);
	marks(&c, t->load);
	spots(s, &c, t);
	chart_end(&c);
}

/* ---- the table ---------------------------------------------------------- */

static void put_row(struct grid *g, const struct timeline_row *r)
{
	const uint64_t counts[] = { r->planned, r->sent,       r->ok,
				    r->failed,	r->timed_out,  r->dropped,
				    r->users,	r->connections };
	const uint64_t times[] = { r->p50_ns, r->p90_ns, r->p99_ns, r->max_ns };

	grid_row(g, r->is_warm_up ? "none" : "");
	grid_time(g, r->at_ns);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		grid_count(g, counts[i]);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		grid_cell(g);
		if (has_times(r))
			unit_human_duration(g->s->out, times[i]);
		else
			buf_putc(g->s->out, '-');
	}
	grid_row_end(g);
}

static void table(struct sheet *s, const struct timeline *t)
{
	static const char *const heads[] = {
		"at",	     "planned", "sent",	 "ok",		"failed",
		"timed out", "dropped", "users", "connections", "p50",
		"p90",	     "p99",	"max"
	};
	struct grid g;

	if (s->detail < DETAIL_LESS)
		return;
	fold_begin(s, "timeline as a table", false);
	grid_begin(&g, s, "timeline", "hrrrrrrrrrrrr", heads);
	for (size_t i = 0; i < t->n && i < TABLE_MAX; i++)
		put_row(&g, &t->row[i]);
	grid_end(&g);
	fold_end(s);
}

void html_timeline(struct sheet *s, const struct load_result *load)
{
	static const size_t least = 2; /* one moment is no line */
	struct timeline t = { .load = load };

	if (load->n_timeline < least)
		return;
	take_rows(&t);
	make_scales(&t);
	draw(s, &t);
	if (t.joined > 1)
		buf_printf(s->out,
			   "<p class=\"dim\">%zu rows are one here: counts "
			   "are sums, quantiles the highest of them.</p>",
			   t.joined);
	table(s, &t);
}

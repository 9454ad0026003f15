/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "loadgen/run/show.h"
#include "report/load/collect.h"
#include "report/result/load_result.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum {
	NAME_COLUMNS = 20, /* and where there is little room */
	NAME_NARROW_COLUMNS = 12,
	NARROW = 100, /* columns of a terminal with little room */
	NAME_LOG_COLUMNS = 80,
	WHY_COLUMNS = 200,
	GAP = 2, /* columns between two pieces */
	BAR_MIN = 5,
	BAR_MAX = 30,
	BAR_WEIGHT = 4, /* it comes before all with a lower weight */
};

/* In the order in which they stand. */
enum piece_kind {
	PIECE_NAME,
	PIECE_WARM_UP,
	PIECE_RATE,
	PIECE_PLANNED,
	PIECE_P50,
	PIECE_P99,
	PIECE_ERRORS,
	PIECE_CONNECTIONS,
	PIECE_USERS,
	PIECE_LEFT,
	PIECE_N
};

/* least: columns, so that numbers that grow do not make the others jump; the
 * blanks stand before it, or behind (is_left).  The higher the weight, the
 * longer it stays on a narrow terminal. */
static const struct {
	unsigned least, weight;
	bool is_left;
} pieces[PIECE_N] = {
	[PIECE_NAME] = { 0, 8, true },	  [PIECE_WARM_UP] = { 0, 5, true },
	[PIECE_RATE] = { 8, 10, false },  [PIECE_PLANNED] = { 0, 2, true },
	[PIECE_P50] = { 11, 6, true },	  [PIECE_P99] = { 11, 7, true },
	[PIECE_ERRORS] = { 8, 9, false }, [PIECE_CONNECTIONS] = { 8, 3, false },
	[PIECE_USERS] = { 8, 1, false },  [PIECE_LEFT] = { 0, 4, true },
};

/* ---- words ---------------------------------------------------------- */

static void put_code(struct buf *out, uint32_t code, bool utf8)
{
	enum { MICRO = 0xb5, DELETE = 0x7f };

	if (code < ' ' || (code >= DELETE && code < 0xa0))
		buf_putc(out, '?');
	else if (code < DELETE || utf8)
		text_utf8_put(out, code);
	else
		buf_putc(out, code == MICRO ? 'u' : '?');
}

/* What the terminal can show of a text, in at most so many columns. */
static void put_text(struct buf *out, const char *text, size_t columns,
		     bool utf8)
{
	size_t len = strlen(text);

	for (size_t used = 0; len;) {
		uint32_t code = 0;
		size_t n = text_utf8_next(text, len, &code);
		unsigned width = n && utf8 ? text_code_width(code) : 1;

		if (used + width > columns)
			return;
		put_code(out, n ? code : 0, utf8);
		used += width;
		n = n ? n : 1;
		text += n;
		len -= n;
	}
}

static void put_number(struct buf *out, double per_s)
{
	int decimals = per_s >= 100 || per_s <= 0 ? 0 : per_s >= 1 ? 1 : 3;

	buf_printf(out, "%.*f", decimals, per_s);
}

static void put_rate(struct buf *out, double per_s)
{
	put_number(out, per_s);
	buf_puts(out, "/s");
}

/* Arrivals are planned; where they are not requests, they are told, too. */
static void put_planned(struct buf *out, const struct progress *pg)
{
	if (!pg->is_of_several) {
		buf_puts(out, "of ");
		put_rate(out, pg->planned_per_s);
		return;
	}
	buf_puts(out, "for ");
	put_number(out, pg->arrivals_per_s);
	buf_puts(out, " of ");
	put_number(out, pg->planned_per_s);
	buf_puts(out, " arrivals/s");
}

static void put_time(struct buf *out, const char *what, uint64_t ns, bool utf8)
{
	struct buf text;

	buf_puts(out, what);
	if (!ns) {
		buf_putc(out, '-');
		return;
	}
	buf_init(&text, BUF_NO_LIMIT);
	unit_human_duration(&text, ns);
	put_text(out, buf_text(&text), text.len, utf8);
	buf_release(&text);
}

static void put_count(struct buf *out, uint64_t n, const char *one,
		      const char *many)
{
	buf_printf(out, "%" PRIu64 " %s", n, n == 1 ? one : many);
}

/* Whole seconds, rounded up: a load that goes on has time left. */
static void put_seconds(struct buf *out, uint64_t ns)
{
	uint64_t s = ns / UNIT_NS_PER_S + (ns % UNIT_NS_PER_S > 0);

	unit_print_duration(out, s * UNIT_NS_PER_S);
}

/* How far the load is, for a log and for a terminal. */
static void put_past(struct buf *out, const struct progress *pg)
{
	unit_print_duration(out, pg->now_ns / UNIT_NS_PER_S * UNIT_NS_PER_S);
	if (pg->total_ns && pg->now_ns > pg->total_ns) {
		buf_puts(out, ", waiting for the last answers");
	} else if (pg->total_ns) {
		buf_puts(out, " of ");
		put_seconds(out, pg->total_ns);
	}
}

static void put_left(struct buf *out, const struct progress *pg)
{
	if (pg->total_ns && pg->now_ns >= pg->total_ns) {
		buf_puts(out, "ending");
	} else if (pg->total_ns) {
		put_seconds(out, pg->total_ns - pg->now_ns);
		buf_puts(out, " left");
	} else if (pg->share >= 0) {
		buf_printf(out, "%.0f%%", pg->share * 100);
	} else {
		put_seconds(out, pg->now_ns);
		buf_puts(out, " so far");
	}
}

/* ---- pieces --------------------------------------------------------- */

struct line {
	const struct progress *pg;
	const char *name;
	unsigned name_columns;
	bool utf8, is_log;
};

static void put_piece(const struct line *ln, enum piece_kind kind,
		      struct buf *out)
{
	const struct progress *pg = ln->pg;

	switch (kind) {
	case PIECE_NAME:
		put_text(out, ln->name, ln->name_columns, ln->utf8);
		break;
	case PIECE_WARM_UP:
		buf_puts(out, pg->is_warm_up ? "warm-up" : "");
		break;
	case PIECE_RATE:
		put_rate(out, pg->rate_per_s);
		break;
	case PIECE_PLANNED:
		if (pg->planned_per_s > 0)
			put_planned(out, pg);
		break;
	case PIECE_P50:
		put_time(out, "p50 ", pg->p50_ns, ln->utf8);
		break;
	case PIECE_P99:
		put_time(out, "p99 ", pg->p99_ns, ln->utf8);
		break;
	case PIECE_ERRORS:
		put_count(out, pg->errors, "error", "errors");
		break;
	case PIECE_CONNECTIONS:
		put_count(out, pg->connections, "conn", "conns");
		break;
	case PIECE_USERS:
		if (pg->users && pg->users != pg->connections)
			put_count(out, pg->users, "user", "users");
		break;
	case PIECE_LEFT:
	case PIECE_N:
		if (ln->is_log)
			put_past(out, pg);
		else
			put_left(out, pg);
		break;
	}
}

/* Columns of a piece with the gap before it; 0: it is not there. */
static size_t columns_of(enum piece_kind kind, const struct buf *text,
			 bool is_first)
{
	size_t columns = text_width(buf_text(text), text->len);

	if (!columns)
		return 0;
	if (columns < pieces[kind].least)
		columns = pieces[kind].least;
	return columns + (is_first ? 0 : GAP);
}

/* Empties the least of the pieces until the others fit, with a bar where it
 * comes before them; returns the columns that they take. */
static size_t fit(struct buf piece[PIECE_N], size_t width, size_t bar)
{
	for (;;) {
		size_t used = 0, n = 0, least = PIECE_N;

		for (size_t i = 0; i < PIECE_N; i++) {
			size_t columns =
				columns_of((enum piece_kind)i, &piece[i], !n);

			if (!columns)
				continue;
			n++;
			used += columns;
			if (least == PIECE_N ||
			    pieces[i].weight < pieces[least].weight)
				least = i;
		}
		bool is_kept = n <= 1 || pieces[least].weight >= BAR_WEIGHT;

		if (used + (is_kept ? 0 : bar) <= width || n <= 1)
			return used;
		buf_reset(&piece[least]);
	}
}

static double share_of(const struct progress *pg)
{
	double share = pg->share;

	if (share < 0 && pg->total_ns)
		share = (double)pg->now_ns / (double)pg->total_ns;
	return share > 1 ? 1 : share;
}

static void put_bar(struct buf *out, double share, size_t columns, bool utf8)
{
	size_t full;

	if (!utf8)
		columns -= 2;
	full = (size_t)(share * (double)columns + 0.5);
	buf_puts(out, utf8 ? "" : "[");
	for (size_t i = 0; i < columns; i++)
		if (utf8)
			buf_puts(out,
				 i < full ? "\xe2\x96\x88" : "\xe2\x96\x91");
		else
			buf_putc(out, i < full ? '#' : '.');
	buf_puts(out, utf8 ? "" : "]");
}

static void join_log(struct buf piece[PIECE_N], struct buf *out)
{
	static const struct {
		enum piece_kind kind;
		const char *before;
	} order[PIECE_N] = {
		{ PIECE_NAME, "" },	     { PIECE_LEFT, " at " },
		{ PIECE_WARM_UP, ", " },     { PIECE_RATE, ": " },
		{ PIECE_PLANNED, " " },	     { PIECE_P50, ", " },
		{ PIECE_P99, ", " },	     { PIECE_ERRORS, ", " },
		{ PIECE_CONNECTIONS, ", " }, { PIECE_USERS, ", " },
	};
	bool is_first = true;

	for (size_t i = 0; i < PIECE_N; i++) {
		const struct buf *text = &piece[order[i].kind];

		if (!text->len)
			continue;
		/* A load without a name begins with the time. */
		buf_puts(out, order[i].before +
				      (is_first && order[i].before[0] == ' '));
		buf_add(out, buf_text(text), text->len);
		is_first = false;
	}
}

/* The pieces, and the bar before the last one. */
static void join(struct buf piece[PIECE_N], size_t bar, const struct line *ln,
		 struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < PIECE_N; i++) {
		size_t columns = text_width(buf_text(&piece[i]), piece[i].len);

		if (i == PIECE_LEFT && bar) {
			buf_fill(out, ' ', n++ ? GAP : 0);
			put_bar(out, share_of(ln->pg), bar, ln->utf8);
		}
		if (!columns)
			continue;
		buf_fill(out, ' ', n++ ? GAP : 0);
		size_t blanks = columns < pieces[i].least
					? pieces[i].least - columns
					: 0;
		buf_fill(out, ' ', pieces[i].is_left ? 0 : blanks);
		buf_add(out, buf_text(&piece[i]), piece[i].len);
		buf_fill(out, ' ', pieces[i].is_left ? blanks : 0);
	}
}

/* A load without a name of its own has that of its target. */
static const char *without_scheme(const char *name)
{
	const char *host = strstr(name, "://");

	return host ? host + 3 : name;
}

void show_line(const struct progress *pg, const char *name, unsigned width,
	       bool utf8, struct buf *out)
{
	const struct line ln = {
		.pg = pg,
		.name = without_scheme(name),
		.name_columns = !width		 ? NAME_LOG_COLUMNS
				: width < NARROW ? NAME_NARROW_COLUMNS
						 : NAME_COLUMNS,
		.utf8 = utf8,
		.is_log = !width,
	};
	struct buf piece[PIECE_N];
	size_t bar = 0;

	for (size_t i = 0; i < PIECE_N; i++) {
		buf_init(&piece[i], BUF_NO_LIMIT);
		put_piece(&ln, (enum piece_kind)i, &piece[i]);
	}
	if (ln.is_log) {
		join_log(piece, out);
	} else {
		size_t least = share_of(pg) >= 0 ? GAP + BAR_MIN : 0;
		size_t used = fit(piece, width, least);

		if (least && used + least <= width)
			bar = width - used - GAP;
		join(piece, bar > BAR_MAX ? BAR_MAX : bar, &ln, out);
	}
	for (size_t i = 0; i < PIECE_N; i++)
		buf_release(&piece[i]);
}

void show_trial_line(const struct trial *trial, bool utf8, struct buf *out)
{
	put_rate(out, trial->rate_per_s);
	if (!trial->holds) {
		buf_puts(out, " does not hold");
		if (trial->why[0]) {
			buf_puts(out, ": ");
			put_text(out, trial->why, WHY_COLUMNS, utf8);
		}
		return;
	}
	buf_puts(out, trial->confirms ? " holds again" : " holds");
	put_time(out, ": p50 ", trial->p50_ns, utf8);
	put_time(out, ", p99 ", trial->p99_ns, utf8);
	buf_puts(out, ", ");
	put_count(out, trial->errors, "error", "errors");
	buf_puts(out, " in ");
	put_count(out, trial->requests, "request", "requests");
}

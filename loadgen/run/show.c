/* SPDX-License-Identifier: MIT */
#include "loadgen/run/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "report/out.h"
#include "report/redact/redact.h"
#include "scenarios/base/buf.h"

struct show {
	struct out *to;
	bool is_terminal;
	uint64_t next_ns;  /* when a frame is due; 0: nobody asked yet */
	size_t drawn;	   /* lines that stand, the cursor below them */
	size_t n_loads;	   /* of the frame that is made */
	struct buf frame;  /* redacted */
	unsigned columns;  /* of this frame; 0: a log */
	size_t lines_most; /* that the terminal has room for */
};

static bool moves_cursor(void)
{
	const char *term = getenv("TERM");

	return term && term[0] && strcmp(term, "dumb") != 0;
}

struct show *show_new(struct out *to, bool is_terminal)
{
	struct show *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->to = to;
	t->is_terminal = is_terminal && moves_cursor();
	buf_init(&t->frame, BUF_NO_LIMIT);
	return t;
}

void show_free(struct show *t)
{
	if (!t)
		return;
	show_clear(t);
	buf_release(&t->frame);
	free(t);
}

/* The window may have another size by now; a line that wraps would leave
 * pieces of itself behind. */
static void measure(struct show *t)
{
	struct winsize size = { 0 };
	unsigned columns = t->to->width;

	t->columns = 0;
	t->lines_most = SHOW_LOADS_MAX;
	if (!t->is_terminal)
		return;
	if (!ioctl(fileno(t->to->to), TIOCGWINSZ, &size)) {
		if (size.ws_col)
			columns = size.ws_col;
		if (size.ws_row > 2 && size.ws_row - 2u < t->lines_most)
			t->lines_most = size.ws_row - 2u;
	}
	/* A full last column makes some terminals wrap. */
	t->columns = columns > SHOW_WIDTH_MIN ? columns - 1 : SHOW_WIDTH_MIN;
}

bool show_begin(struct show *t, uint64_t now_ns)
{
	bool is_first = !t->next_ns;

	if (now_ns < t->next_ns)
		return false;
	t->next_ns = now_ns + (t->is_terminal ? SHOW_REDRAW_NS : SHOW_LINE_NS);
	/* A log has nothing to say at the very start. */
	if (is_first && !t->is_terminal)
		return false;
	measure(t);
	buf_reset(&t->frame);
	t->n_loads = 0;
	return true;
}

void show_add(struct show *t, const char *name, const struct progress *pg)
{
	struct buf safe;

	if (t->n_loads++ >= t->lines_most && t->is_terminal)
		return;
	buf_init(&safe, BUF_NO_LIMIT);
	redact_text(t->to->redactor, name, strlen(name), &safe);
	show_line(pg, buf_text(&safe), t->columns, t->to->utf8, &t->frame);
	buf_putc(&t->frame, '\n');
	buf_release(&safe);
}

static void let_out(struct show *t, const struct buf *text)
{
	out_raw(t->to, buf_text(text), text->len);
	(void)fflush(t->to->to);
}

void show_clear(struct show *t)
{
	struct buf code;

	if (!t->drawn)
		return;
	buf_init(&code, BUF_NO_LIMIT);
	/* Up to its first line, and from there on all goes. */
	buf_printf(&code, "\x1b[%zuA\r\x1b[J", t->drawn);
	let_out(t, &code);
	buf_release(&code);
	t->drawn = 0;
}

void show_end(struct show *t)
{
	size_t lines = t->n_loads;

	if (t->is_terminal && lines > t->lines_most) {
		buf_printf(&t->frame, "and %zu more\n", lines - t->lines_most);
		lines = t->lines_most + 1;
	}
	show_clear(t);
	let_out(t, &t->frame);
	if (t->is_terminal)
		t->drawn = lines;
}

void show_note(struct show *t, const char *text)
{
	show_clear(t);
	out_printf(t->to, "assay: %s\n", text);
	(void)fflush(t->to->to);
	/* On a terminal the frame comes back at once. */
	if (t->is_terminal)
		t->next_ns = 1;
}

void show_trial(struct show *t, const struct trial *trial)
{
	struct buf line;

	show_clear(t);
	buf_init(&line, BUF_NO_LIMIT);
	show_trial_line(trial, t->to->utf8, &line);
	buf_putc(&line, '\n');
	out_buf(t->to, &line);
	(void)fflush(t->to->to);
	buf_release(&line);
}

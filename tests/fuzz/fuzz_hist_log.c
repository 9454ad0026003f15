/* SPDX-License-Identifier: MIT */
/*
 * What is read from a log is written to another and read again to the same;
 * every problem lies in the text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/hist/hist.h"
#include "report/hist/hist_log.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* One interval, written as a log of its own. */
struct want {
	const struct hist_log_entry *entry;
	unsigned n;
};

static bool has_plain_tag(const struct hist_log_entry *entry)
{
	for (size_t i = 0; i < entry->tag_len; i++)
		if ((unsigned char)entry->tag[i] <= ' ' ||
		    entry->tag[i] == 0x7f || entry->tag[i] == '%')
			return false;
	return true;
}

static bool compare(void *self, const struct hist_log_entry *entry)
{
	struct want *want = self;
	const struct hist_log_entry *was = want->entry;

	want->n++;
	must(entry->start_ns == was->start_ns);
	must(entry->length_ns == was->length_ns);
	must(entry->hist->total == was->hist->total);
	must(entry->hist->max_ns == was->hist->max_ns);
	if (has_plain_tag(was)) {
		must(entry->tag_len == was->tag_len);
		must(was->tag_len == 0 ||
		     memcmp(entry->tag, was->tag, was->tag_len) == 0);
	}
	return true;
}

static bool write_again(void *self, const struct hist_log_entry *entry)
{
	static const struct hist_log_sink sink = { NULL, compare };
	static struct errs errs;
	struct want want = { entry, 0 };
	uint64_t begin_ns = entry->start_ns / 2;
	struct buf text;

	(void)self;
	must(entry->tag_len <= HIST_LOG_TAG_MAX);
	must(entry->start_ns < 2 * HIST_LOG_TIME_MAX_NS);
	if (entry->start_ns >= HIST_LOG_TIME_MAX_NS)
		return true;
	buf_init(&text, BUF_NO_LIMIT);
	hist_log_begin(&text, begin_ns);
	must(hist_log_line(&text, begin_ns, entry));
	struct source log = { "log", buf_text(&text), text.len };
	memset(&errs, 0, sizeof(errs));
	bool is_good = hist_log_read(&log, &sink, &want, &errs);
	/* encoding may make a tag longer than is read */
	must(is_good || entry->tag_len > HIST_LOG_TAG_MAX / 3);
	must(!is_good || want.n == 1);
	buf_release(&text);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hist_log_sink sink = { NULL, write_again };
	static struct errs errs;
	char *text = malloc(size + 1);

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	struct source log = { "log", text, size };
	memset(&errs, 0, sizeof(errs));
	must(hist_log_read(&log, &sink, NULL, &errs) == (errs.n == 0));
	for (size_t i = 0; i < errs.n; i++) {
		must(errs.item[i].at.line >= 1 || errs.item[i].at.src == NULL);
		must(errs.item[i].at.col <= size + 1);
	}
	free(text);
	return 0;
}

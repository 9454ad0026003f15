/* SPDX-License-Identifier: MIT */
/*
 * hist_tool encode DIGITS | decode | log-write | log-read
 *
 * For the tests that hold our histograms to other implementations.
 *
 * encode      reads lines "VALUE COUNT" in ns and prints the encoded text.
 * decode      reads one encoded histogram a line and tells each.
 * log-write   reads "START LENGTH DIGITS TAG|- VALUE..." in ns, the start of
 *             the first line being that of the log, and prints a log.
 * log-read    reads a log and tells every interval.
 *
 * To tell is to print "total N", "quantile Q VALUE" for each of a few, and
 * "count FROM TO N" for each bucket.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/file.h"
#include "report/hist/hist.h"
#include "report/hist/hist_log.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"

enum { INPUT_MAX_BYTES = 64 << 20, USAGE = 2 };

static const double quantiles[] = { 0.5, 0.75, 0.9, 0.99, 0.999, 1 };

/* ---- telling ---------------------------------------------------------- */

static void tell_bucket(void *self, uint64_t from, uint64_t to, uint64_t count)
{
	(void)self;
	printf("count %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", from, to, count);
}

static void tell(const struct hist *h)
{
	printf("total %" PRIu64 "\n", hist_count(h));
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++)
		printf("quantile %g %" PRIu64 "\n", quantiles[i],
		       hist_quantile(h, quantiles[i]));
	hist_each(h, tell_bucket, NULL);
}

static void tell_start(void *self, uint64_t start_ns)
{
	(void)self;
	printf("log %" PRIu64 "\n", start_ns);
}

static bool tell_entry(void *self, const struct hist_log_entry *entry)
{
	(void)self;
	printf("interval %" PRIu64 " %" PRIu64 " %.*s\n", entry->start_ns,
	       entry->length_ns, entry->tag ? (int)entry->tag_len : 1,
	       entry->tag ? entry->tag : "-");
	tell(entry->hist);
	return true;
}

/* ---- commands --------------------------------------------------------- */

static struct hist *hist_of(const char *digits)
{
	unsigned long n = digits ? strtoul(digits, NULL, 10) : 0;

	if (n < HIST_DIGITS_MIN || n > HIST_DIGITS_MAX)
		return NULL;
	return hist_new((unsigned)n);
}

static bool encode(char *text, const char *digits, struct buf *out)
{
	struct hist *h = hist_of(digits);
	char *at = text;

	if (!h)
		return false;
	while (*at) {
		uint64_t value = strtoull(at, &at, 10);

		hist_record_n(h, value, strtoull(at, &at, 10));
		at += strspn(at, " \n");
	}
	bool is_done = hist_encode(h, out) && buf_putc(out, '\n');
	hist_free(h);
	return is_done;
}

static bool decode(char *text, struct errs *es)
{
	char *rest = NULL;
	bool is_good = true;

	for (char *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct hist *h = hist_decode(line, strlen(line), es);

		is_good &= h != NULL;
		if (h)
			tell(h);
		hist_free(h);
	}
	return is_good;
}

static bool log_line(char *line, uint64_t *begin_ns, struct buf *out)
{
	char *rest = NULL;
	const char *start = strtok_r(line, " ", &rest);
	const char *length = strtok_r(NULL, " ", &rest);
	struct hist *h = hist_of(strtok_r(NULL, " ", &rest));
	const char *tag = strtok_r(NULL, " ", &rest);

	if (!h || !tag)
		return false;
	for (char *v; (v = strtok_r(NULL, " ", &rest));)
		hist_record(h, strtoull(v, NULL, 10));
	struct hist_log_entry entry = {
		.tag = strcmp(tag, "-") == 0 ? NULL : tag,
		.tag_len = strlen(tag),
		.start_ns = strtoull(start, NULL, 10),
		.length_ns = strtoull(length, NULL, 10),
		.hist = h,
	};
	if (!*begin_ns) {
		*begin_ns = entry.start_ns;
		hist_log_comment(out, "[a comment]");
		hist_log_begin(out, *begin_ns);
	}
	bool is_done = hist_log_line(out, *begin_ns, &entry);
	hist_free(h);
	return is_done;
}

static bool log_write(char *text, struct buf *out)
{
	char *rest = NULL;
	uint64_t begin_ns = 0;

	for (char *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (!log_line(line, &begin_ns, out))
			return false;
	return true;
}

static bool log_read(const struct buf *in, struct errs *es)
{
	static const struct hist_log_sink sink = { tell_start, tell_entry };
	struct source log = { "-", buf_text(in), in->len };
	struct buf said;
	bool is_good = hist_log_read(&log, &sink, NULL, es);

	buf_init(&said, BUF_NO_LIMIT);
	errs_format(es, "hist_tool: ", "", &said);
	fputs(buf_text(&said), stderr);
	buf_release(&said);
	es->n = 0;
	return is_good;
}

int main(int argc, char **argv)
{
	struct errs *es = calloc(1, sizeof(*es));
	const char *command = argc > 1 ? argv[1] : "";
	struct buf in, out;
	bool is_good = false;

	buf_init(&in, INPUT_MAX_BYTES);
	buf_init(&out, BUF_NO_LIMIT);
	if (!es || !file_read("-", INPUT_MAX_BYTES, &in, es))
		return USAGE;
	buf_puts(&in, "");
	if (strcmp(command, "encode") == 0)
		is_good = encode(in.text, argv[2], &out);
	else if (strcmp(command, "decode") == 0)
		is_good = decode(in.text, es);
	else if (strcmp(command, "log-write") == 0)
		is_good = log_write(in.text, &out);
	else if (strcmp(command, "log-read") == 0)
		is_good = log_read(&in, es);
	fputs(buf_text(&out), stdout);
	for (size_t i = 0; i < es->n; i++)
		fprintf(stderr, "%s\n", es->item[i].text);
	buf_release(&in);
	buf_release(&out);
	free(es);
	return is_good ? 0 : 1;
}

/* SPDX-License-Identifier: MIT */
#include "scenarios/base/err.h"
#include "tests/origin/behave.h"
#include "tests/origin/listen.h"
#include "tests/origin/origin.h"
#include "tests/origin/raw.h"
#include "tests/origin/tls.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { REPEATS_MAX = 40, SECONDS_DEFAULT = 600, PORT_MAX = 65535 };

struct list {
	const char *item[REPEATS_MAX];
	unsigned n;
};

struct options {
	long long port;
	long long tls_port; /* -1: none */
	long long seconds;
	const char *cert;
	const char *key;
	const char *client_ca;
	const char *unix_path;
	struct list more_tls;
	struct list raw;
	bool with_ipv6;
	bool ends_with_stdin;
	bool wants_help;
};

/* ---- options */

static bool to_number(long long *n, const char *word, long long high,
		      struct errs *es)
{
	*n = text_number(text_of(word), -1);
	if (*n < 0 || *n > high)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"a number from 0 to %lld is needed, got \"%s\"",
				high, word);
	return true;
}

static bool to_list(struct list *list, const char *word, struct errs *es)
{
	if (list->n == REPEATS_MAX)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"an option can be given %d times", REPEATS_MAX);
	list->item[list->n++] = word;
	return true;
}

static bool on_port(struct options *t, const char *word, struct errs *es)
{
	return to_number(&t->port, word, PORT_MAX, es);
}

static bool on_tls_port(struct options *t, const char *word, struct errs *es)
{
	return to_number(&t->tls_port, word, PORT_MAX, es);
}

static bool on_seconds(struct options *t, const char *word, struct errs *es)
{
	return to_number(&t->seconds, word, 1000000, es);
}

static bool on_cert(struct options *t, const char *word, struct errs *es)
{
	(void)es;
	t->cert = word;
	return true;
}

static bool on_key(struct options *t, const char *word, struct errs *es)
{
	(void)es;
	t->key = word;
	return true;
}

static bool on_client_ca(struct options *t, const char *word, struct errs *es)
{
	(void)es;
	t->client_ca = word;
	return true;
}

static bool on_unix(struct options *t, const char *word, struct errs *es)
{
	(void)es;
	t->unix_path = word;
	return true;
}

static bool on_more_tls(struct options *t, const char *word, struct errs *es)
{
	return to_list(&t->more_tls, word, es);
}

static bool on_raw(struct options *t, const char *word, struct errs *es)
{
	return to_list(&t->raw, word, es);
}

static bool on_ipv6(struct options *t, const char *word, struct errs *es)
{
	(void)word;
	(void)es;
	return t->with_ipv6 = true;
}

static bool on_stdin_eof(struct options *t, const char *word, struct errs *es)
{
	(void)word;
	(void)es;
	return t->ends_with_stdin = true;
}

static bool on_help(struct options *t, const char *word, struct errs *es)
{
	(void)word;
	(void)es;
	return t->wants_help = true;
}

static const struct setting {
	const char *name;
	const char *value; /* NULL: takes none */
	const char *help;
	bool (*set)(struct options *t, const char *word, struct errs *es);
} settings[] = {
	{ "port", "N", "HTTP port (0: a free one, the default)", on_port },
	{ "tls-port", "N", "HTTPS port; without it --cert opens a free one",
	  on_tls_port },
	{ "cert", "PEM", "chain served there", on_cert },
	{ "key", "PEM", "its key", on_key },
	{ "client-ca", "PEM",
	  "one more HTTPS port, \"mtls\", that demands a client certificate",
	  on_client_ca },
	{ "more-tls", "NAME:CERT:KEY[:LOW[:HIGH]]",
	  "one more HTTPS port; LOW and HIGH are TLSv1 ... TLSv1.3",
	  on_more_tls },
	{ "raw", "[NAME=]MODE[:TEXT]", "a port that speaks no HTTP, see below",
	  on_raw },
	{ "unix", "PATH", "HTTP on a unix socket too", on_unix },
	{ "ipv6", NULL, "on [::1] too", on_ipv6 },
	{ "seconds", "N", "end by itself after so long (600; 0: never)",
	  on_seconds },
	{ "stdin-eof", NULL, "end when standard input does", on_stdin_eof },
	{ "help", NULL, "this text", on_help },
};

enum { SETTINGS = sizeof(settings) / sizeof(*settings) };

static bool check_options(const struct options *t, struct errs *es)
{
	bool wants_cert = t->tls_port >= 0 || t->client_ca;

	if (!t->cert != !t->key || (wants_cert && !t->cert))
		return errs_add(es, ERR_INPUT, NOWHERE,
				"--cert and --key belong together, and "
				"--tls-port and --client-ca need them");
	return true;
}

static bool read_options(struct options *t, int argc, char **argv,
			 struct errs *es)
{
	struct option known[SETTINGS + 1] = { 0 };
	int at;

	for (int i = 0; i < SETTINGS; i++)
		known[i] = (struct option){
			.name = settings[i].name,
			.has_arg = settings[i].value != NULL,
			.val = 'A' + i,
		};
	opterr = 0;
	while ((at = getopt_long(argc, argv, ":", known, NULL)) != -1) {
		if (at == ':')
			return errs_add(es, ERR_INPUT, NOWHERE,
					"\"%s\" needs a value",
					argv[optind - 1]);
		if (at == '?')
			return errs_add(es, ERR_INPUT, NOWHERE,
					"unknown option \"%s\", see --help",
					argv[optind - 1]);
		if (!settings[at - 'A'].set(t, optarg, es))
			return false;
	}
	if (optind < argc)
		return errs_add(es, ERR_INPUT, NOWHERE,
				"what is \"%s\" for? see --help", argv[optind]);
	return check_options(t, es);
}

static void put_help(struct buf *out)
{
	buf_puts(
		out,
		"origin: a scripted HTTP(S) server for tests, on loopback\n\n");
	for (int i = 0; i < SETTINGS; i++)
		buf_printf(out, "  --%s %s\n        %s\n", settings[i].name,
			   settings[i].value ? settings[i].value : "",
			   settings[i].help);
	buf_puts(out, "\nThe first line of output is JSON: {\"http\":PORT,"
		      "\"https\":PORT,\"pid\":N,\"tls\":{NAME:PORT},"
		      "\"raw\":{NAME:PORT}}\n\nPaths\n");
	behave_help(out);
	buf_puts(out, "\nReply keys: in the query of the paths above (not /echo"
		      " and /cookies/set),\nor like a query in the request's"
		      " X-Reply header (any path)\n");
	reply_help(out);
	buf_puts(out, "\n/fault/NAME\n");
	fault_help(out);
	buf_puts(out, "\nRaw modes\n");
	raw_help(out);
}

/* ---- running */

/* "NAME:CERT:KEY:LOW:HIGH" */
static bool open_more_tls(struct origin *o, const char *spec, bool with_ipv6,
			  struct errs *es)
{
	char *words = strdup(spec), *rest = words;

	if (!words)
		return errs_nomem(es);
	const char *name = strsep(&rest, ":");
	struct tls_setup setup = { .cert = strsep(&rest, ":"),
				   .key = strsep(&rest, ":"),
				   .low = strsep(&rest, ":"),
				   .high = strsep(&rest, ":") };
	bool done = false;
	if (!setup.key)
		errs_add(es, ERR_INPUT, NOWHERE,
			 "--more-tls needs NAME:CERT:KEY, got \"%s\"", spec);
	else
		done = listen_http(o, name, 0, &setup, with_ipv6, es);
	free(words);
	return done;
}

static bool open_ports(struct origin *o, const struct options *t,
		       struct errs *es)
{
	struct tls_setup setup = { .cert = t->cert, .key = t->key };
	unsigned tls_port = t->tls_port > 0 ? (unsigned)t->tls_port : 0;

	if (!listen_http(o, "http", (unsigned)t->port, NULL, t->with_ipv6, es))
		return false;
	if (t->cert &&
	    !listen_http(o, "https", tls_port, &setup, t->with_ipv6, es))
		return false;
	setup.client_ca = t->client_ca;
	if (t->client_ca &&
	    !listen_http(o, "mtls", 0, &setup, t->with_ipv6, es))
		return false;
	for (unsigned i = 0; i < t->more_tls.n; i++)
		if (!open_more_tls(o, t->more_tls.item[i], t->with_ipv6, es))
			return false;
	for (unsigned i = 0; i < t->raw.n; i++)
		if (!listen_raw(o, t->raw.item[i], es))
			return false;
	return !t->unix_path || listen_unix(o, t->unix_path, es);
}

/* The ports of one kind by name, as a JSON object. */
static void put_ports(const struct origin *o, bool raw, struct buf *out)
{
	const char *comma = "";

	buf_putc(out, '{');
	for (unsigned i = 0; i < o->listener_count; i++) {
		const struct listener *l = &o->listener[i];
		if (raw ? !l->mode : !l->tls)
			continue;
		buf_puts(out, comma);
		text_json(text_of(l->name), out);
		buf_printf(out, ":%u", l->port);
		comma = ",";
	}
	buf_putc(out, '}');
}

static void put_first_line(const struct origin *o, const struct options *t,
			   struct buf *out)
{
	buf_printf(out, "{\"http\":%u,\"https\":%u,\"pid\":%ld,\"ipv6\":%s",
		   origin_port(o, "http"), origin_port(o, "https"),
		   (long)getpid(), o->listener[0].fd6 >= 0 ? "true" : "false");
	buf_puts(out, ",\"unix\":");
	text_json(text_of(t->unix_path ? t->unix_path : ""), out);
	buf_puts(out, ",\"tls\":");
	put_ports(o, false, out);
	buf_puts(out, ",\"raw\":");
	put_ports(o, true, out);
	buf_puts(out, "}\n");
}

static void on_signal(struct ev_loop *loop, ev_signal *w, int got)
{
	(void)w;
	(void)got;
	ev_break(loop, EVBREAK_ALL);
}

static void on_time(struct ev_loop *loop, ev_timer *w, int got)
{
	(void)w;
	(void)got;
	ev_break(loop, EVBREAK_ALL);
}

static void on_stdin(struct ev_loop *loop, ev_io *w, int got)
{
	char unused[256];

	(void)got;
	if (read(w->fd, unused, sizeof(unused)) <= 0)
		ev_break(loop, EVBREAK_ALL);
}

static void run(struct origin *o, const struct options *t)
{
	ev_signal term, interrupt;
	ev_timer end;
	ev_io input;

	ev_signal_init(&term, on_signal, SIGTERM);
	ev_signal_start(o->loop, &term);
	ev_signal_init(&interrupt, on_signal, SIGINT);
	ev_signal_start(o->loop, &interrupt);
	ev_timer_init(&end, on_time, (double)t->seconds, 0.0);
	if (t->seconds)
		ev_timer_start(o->loop, &end);
	ev_io_init(&input, on_stdin, STDIN_FILENO, EV_READ);
	if (t->ends_with_stdin)
		ev_io_start(o->loop, &input);
	ev_run(o->loop, 0);
	ev_signal_stop(o->loop, &term);
	ev_signal_stop(o->loop, &interrupt);
	ev_timer_stop(o->loop, &end);
	ev_io_stop(o->loop, &input);
}

static void prepare_process(void)
{
	struct rlimit files;

	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static int serve(const struct options *t, struct buf *said, struct errs *es)
{
	struct origin *o = origin_new(es);

	if (!o)
		return errs_exit_code(es);
	if (open_ports(o, t, es)) {
		put_first_line(o, t, said);
		fputs(buf_text(said), stdout);
		fflush(stdout);
		run(o, t);
	}
	origin_free(o);
	return errs_exit_code(es);
}

int main(int argc, char **argv)
{
	struct options t = { .tls_port = -1, .seconds = SECONDS_DEFAULT };
	struct errs es = { 0 };
	struct buf text;
	int code;

	prepare_process();
	buf_init(&text, ORIGIN_OUT_MAX);
	if (!read_options(&t, argc, argv, &es)) {
		code = errs_exit_code(&es);
	} else if (t.wants_help) {
		put_help(&text);
		fputs(buf_text(&text), stdout);
		code = 0;
	} else {
		code = serve(&t, &text, &es);
	}
	buf_reset(&text);
	errs_format(&es, "origin: ", "", &text);
	fputs(buf_text(&text), stderr);
	buf_release(&text);
	return code;
}

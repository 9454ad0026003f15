/* SPDX-License-Identifier: MIT */
/*
 * bare_loop N CONCURRENCY fresh|keep BEFORE AFTER FRAGMENT: asks for
 * BEFORE<number>AFTER, N different numbers, and looks for FRAGMENT in each
 * body.  Nothing but libcurl's socket interface on libev: what is left when
 * all judging and recording is taken away, and so the measure of what those
 * cost.  With "keep", connections are used again; the bench drives its peer
 * with that.
 *
 * bare_loop N CONCURRENCY same URL: asks for that URL over and over on kept
 * connections, each handle set up once, bodies thrown away: the least that a
 * load through libcurl can cost.
 */
#include <curl/curl.h>
#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	USAGE = 2,
	BROKEN = 4,
	CONCURRENCY_MAX = 1000,
	URL_ROOM = 4096,
	BODY_ROOM = 65536,
};

struct loop {
	struct ev_loop *ev;
	CURLM *multi;
	ev_timer timer;
	const char *before, *after, *fragment;
	bool keeps, is_same;
	long n_asked, n_all, n_good, n_over;
};

struct place { /* one of those side by side */
	struct loop *lo;
	CURL *easy;
	bool is_set;
	size_t len;
	char body[BODY_ROOM];
};

static size_t on_body(char *bytes, size_t size, size_t n, void *self)
{
	struct place *pl = self;
	size_t room = sizeof(pl->body) - 1 - pl->len;
	size_t take = n * size < room ? n * size : room;

	memcpy(pl->body + pl->len, bytes, take);
	pl->len += take;
	return n * size;
}

static size_t on_waste(char *bytes, size_t size, size_t n, void *self)
{
	(void)bytes;
	(void)self;
	return n * size;
}

static void set_one(struct place *pl, const char *url)
{
	struct loop *lo = pl->lo;

	curl_easy_setopt(pl->easy, CURLOPT_URL, url);
	curl_easy_setopt(pl->easy, CURLOPT_PRIVATE, pl);
	curl_easy_setopt(pl->easy, CURLOPT_WRITEFUNCTION,
			 lo->is_same ? on_waste : on_body);
	curl_easy_setopt(pl->easy, CURLOPT_WRITEDATA, pl);
	curl_easy_setopt(pl->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(pl->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(pl->easy, CURLOPT_USERAGENT, "assay/0.1.0");
	curl_easy_setopt(pl->easy, CURLOPT_FORBID_REUSE, lo->keeps ? 0L : 1L);
	pl->is_set = true;
}

static void ask(struct place *pl)
{
	struct loop *lo = pl->lo;
	char url[URL_ROOM];

	if (lo->n_asked >= lo->n_all)
		return;
	lo->n_asked++;
	pl->len = 0;
	if (!lo->is_same) {
		snprintf(url, sizeof(url), "%s%ld%s", lo->before,
			 lo->n_asked - 1, lo->after);
		set_one(pl, url);
	} else if (!pl->is_set) {
		set_one(pl, lo->before);
	}
	curl_multi_add_handle(lo->multi, pl->easy);
}

static void note(struct place *pl, CURLcode code)
{
	struct loop *lo = pl->lo;
	long status = 0;

	curl_easy_getinfo(pl->easy, CURLINFO_RESPONSE_CODE, &status);
	pl->body[pl->len] = '\0';
	if (!code && status == 200 &&
	    (lo->is_same || strstr(pl->body, lo->fragment)))
		lo->n_good++;
	lo->n_over++;
}

static void settle(struct loop *lo)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(lo->multi, &left))) {
		struct place *pl = NULL;
		CURLcode code = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &pl);
		curl_multi_remove_handle(lo->multi, pl->easy);
		note(pl, code);
		ask(pl);
	}
	if (lo->n_over == lo->n_all)
		ev_break(lo->ev, EVBREAK_ALL);
}

static void on_io(struct ev_loop *ev, ev_io *w, int got)
{
	struct loop *lo = w->data;
	int running;
	int mask = (got & EV_READ ? CURL_CSELECT_IN : 0) |
		   (got & EV_WRITE ? CURL_CSELECT_OUT : 0);

	(void)ev;
	curl_multi_socket_action(lo->multi, w->fd, mask, &running);
	settle(lo);
}

static void on_timer(struct ev_loop *ev, ev_timer *w, int got)
{
	struct loop *lo = w->data;
	int running;

	(void)ev;
	(void)got;
	curl_multi_socket_action(lo->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	settle(lo);
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *self,
			  void *linked)
{
	struct loop *lo = self;
	ev_io *io = linked;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (io)
			ev_io_stop(lo->ev, io);
		free(io);
		return 0;
	}
	if (!io) {
		io = calloc(1, sizeof(*io));
		if (!io)
			return -1;
		ev_init(io, on_io);
		io->data = lo;
		curl_multi_assign(lo->multi, fd, io);
	}
	ev_io_stop(lo->ev, io);
	ev_io_set(io, fd,
		  (what & CURL_POLL_IN ? EV_READ : 0) |
			  (what & CURL_POLL_OUT ? EV_WRITE : 0));
	ev_io_start(lo->ev, io);
	return 0;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *self)
{
	struct loop *lo = self;

	(void)multi;
	ev_timer_stop(lo->ev, &lo->timer);
	if (timeout_ms >= 0) {
		ev_timer_set(&lo->timer, (double)timeout_ms / 1e3, 0.0);
		ev_timer_start(lo->ev, &lo->timer);
	}
	return 0;
}

static bool set_up(struct loop *lo)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return false;
	lo->ev = ev_loop_new(EVFLAG_AUTO);
	lo->multi = curl_multi_init();
	if (!lo->ev || !lo->multi)
		return false;
	ev_init(&lo->timer, on_timer);
	lo->timer.data = lo;
	curl_multi_setopt(lo->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(lo->multi, CURLMOPT_SOCKETDATA, lo);
	curl_multi_setopt(lo->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(lo->multi, CURLMOPT_TIMERDATA, lo);
	return true;
}

static bool run(struct loop *lo, long concurrency)
{
	struct place *places = calloc((size_t)concurrency, sizeof(*places));
	bool ok = places;

	for (long i = 0; ok && i < concurrency; i++) {
		places[i].lo = lo;
		places[i].easy = curl_easy_init();
		ok = places[i].easy;
		if (ok)
			ask(&places[i]);
	}
	if (ok)
		ev_run(lo->ev, 0);
	for (long i = 0; places && i < concurrency; i++)
		curl_easy_cleanup(places[i].easy);
	free(places);
	curl_multi_cleanup(lo->multi);
	ev_loop_destroy(lo->ev);
	curl_global_cleanup();
	return ok;
}

static bool read_words(struct loop *lo, int argc, char **argv, long *n)
{
	if (argc < 5)
		return false;
	lo->n_all = strtol(argv[1], NULL, 10);
	*n = strtol(argv[2], NULL, 10);
	lo->is_same = strcmp(argv[3], "same") == 0;
	lo->keeps = lo->is_same || strcmp(argv[3], "keep") == 0;
	lo->before = argv[4];
	if (*n < 1 || *n > CONCURRENCY_MAX || argc != (lo->is_same ? 5 : 7))
		return false;
	if (lo->is_same)
		return true;
	lo->after = argv[5];
	lo->fragment = argv[6];
	return true;
}

int main(int argc, char **argv)
{
	struct loop lo = { .n_over = 0 };
	long concurrency = 0;

	if (!read_words(&lo, argc, argv, &concurrency)) {
		fprintf(stderr,
			"usage: %s N CONCURRENCY fresh|keep BEFORE AFTER "
			"FRAGMENT\n       %s N CONCURRENCY same URL\n",
			argv[0], argv[0]);
		return USAGE;
	}
	if (!set_up(&lo) || !run(&lo, concurrency))
		return BROKEN;
	printf("%ld of %ld good\n", lo.n_good, lo.n_all);
	return lo.n_good == lo.n_all ? 0 : 1;
}

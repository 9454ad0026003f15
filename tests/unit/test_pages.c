/* SPDX-License-Identifier: MIT */
/* folder: probe */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "probe/engine/engine.h"
#include "probe/watch/beside/board.h"
#include "probe/watch/beside/http.h"
#include "scenarios/base/err.h"

enum { FILES = 2 * PAGES_CONNECTIONS_MAX, ANSWER_ROOM = 4096, WAIT_MS = 60000 };

/* The pages of a watch whose checks are not there yet. */
struct rig {
	struct board *board;
	struct pages *pages;
	uint16_t port;
};

static int set_up(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct errs es = { 0 };

	assert_non_null(r);
	(void)engine_raise_files(FILES);
	r->board = board_new();
	const struct pages_config config = { .listen = "127.0.0.1:0",
					     .board = r->board };
	r->pages = pages_start(&config, &es);
	assert_non_null(r->pages);
	r->port = (uint16_t)strtoul(strchr(pages_address(r->pages), ':') + 1,
				    NULL, 10);
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	pages_stop(r->pages);
	board_free(r->board);
	free(r);
	return 0;
}

static int knock(const struct rig *r, const char *text)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(r->port),
					.sin_addr.s_addr =
						htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)),
			 0);
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
	return fd;
}

/* All that comes until the other side closes. */
static void hear(int fd, char answer[static ANSWER_ROOM])
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < ANSWER_ROOM - 1) {
		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		n = recv(fd, answer + len, ANSWER_ROOM - 1 - len, 0);
		len += n > 0 ? (size_t)n : 0;
	}
	answer[len] = '\0';
}

static void ask(const struct rig *r, const char *path,
		char answer[static ANSWER_ROOM])
{
	char text[200];

	snprintf(text, sizeof(text),
		 "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		 path);
	int fd = knock(r, text);

	hear(fd, answer);
	close(fd);
}

static bool has_news(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

static void test_asked_too_early(void **state)
{
	static const char *const paths[] = { "/healthz", "/", "/metrics",
					     "/api/v1/checks", "/badge.svg" };
	char answer[ANSWER_ROOM];

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		ask(*state, paths[i], answer);
		assert_ptr_equal(strstr(answer, "HTTP/1.1 503 "), answer);
		assert_non_null(strstr(answer, "\r\n\r\nnot yet\n"));
	}
}

static void test_nothing_on_the_board(void **state)
{
	struct rig *r = *state;
	struct board_copy copy;

	assert_false(board_copy(r->board, &copy));
	assert_null(copy.rows);
	assert_null(copy.config);
	board_copy_release(&copy);
}

static void test_a_place_that_is_taken(void **state)
{
	struct rig *r = *state;
	struct errs es = { 0 };
	const struct pages_config config = { .listen = pages_address(r->pages),
					     .board = r->board };

	assert_null(pages_start(&config, &es));
	assert_int_equal(es.n, 1);
	assert_non_null(strstr(es.item[0].text, "already in use"));
}

/* Requests that nobody finishes; /healthz is answered beside them, not after
 * them: they are all still there. */
static void test_half_open(void **state)
{
	enum { MANY = 300 };
	char answer[ANSWER_ROOM];
	int fd[MANY];

	for (int i = 0; i < MANY; i++)
		fd[i] = knock(*state, "GET / HTTP/1.1\r\nHo");
	ask(*state, "/healthz", answer);
	assert_ptr_equal(strstr(answer, "HTTP/1.1 503 "), answer);
	for (int i = 0; i < MANY; i++) {
		assert_false(has_news(fd[i]));
		close(fd[i]);
	}
}

/* One address does not get all places. */
static void test_greedy(void **state)
{
	char answer[ANSWER_ROOM];
	int fd[PAGES_PER_ADDRESS_MAX];

	for (int i = 0; i < PAGES_PER_ADDRESS_MAX; i++)
		fd[i] = knock(*state, "GET / HTTP/1.1\r\nHo");
	int one_more = knock(*state, "");
	hear(one_more, answer);
	assert_string_equal(answer, "");
	close(one_more);
	for (int i = 0; i < PAGES_PER_ADDRESS_MAX; i++)
		close(fd[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_asked_too_early, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_on_the_board,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_place_that_is_taken,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_half_open, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_greedy, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

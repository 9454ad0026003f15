/* SPDX-License-Identifier: MIT */
#include <cjson/cJSON.h>
#include <string.h>

#include "report/notice/channel.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"
#include "scenarios/json/json.h"

enum {
	ANSWER_BODY_MAX = 64 * 1024, /* bytes that are looked at */
	ANSWER_NODES_MAX = 2000,
	ANSWER_DEPTH_MAX = 8,
	SECONDS_DIGITS_MAX = 9,
	/* GitHub asks for a minute when it gives no figure */
	GITHUB_WAIT_S = 60,
};

enum answer_meaning answer_http(int64_t status)
{
	if (status >= 200 && status < 300)
		return ANSWER_TAKEN;
	if (status < 200 || status >= 500)
		return ANSWER_LATER;
	switch (status) {
	case 408: /* request timeout */
	case 425: /* too early */
	case 429: /* too many requests */
		return ANSWER_LATER;
	default:
		return ANSWER_NEVER;
	}
}

enum answer_meaning answer_by_status(int64_t status, const char *body,
				     size_t len)
{
	(void)body;
	(void)len;
	return answer_http(status);
}

bool answer_says(const char *body, size_t len, const char *word)
{
	size_t n = strlen(word);

	if (len > ANSWER_BODY_MAX)
		len = ANSWER_BODY_MAX;
	for (size_t i = 0; body && i + n <= len; i++) {
		if (text_same_nocase(body + i, n, word, n))
			return true;
	}
	return false;
}

enum answer_meaning notice_answer(enum channel_kind kind, int64_t status,
				  const char *body, size_t len)
{
	return channel_find(kind)->answer(status, body, len);
}

/* ---- how long it asks to wait ----------------------------------------- */

static uint64_t bounded(double seconds)
{
	const double most = (double)(NOTICE_RETRY_AFTER_MAX_NS / UNIT_NS_PER_S);

	if (!(seconds > 0))
		return 0;
	if (seconds >= most)
		return NOTICE_RETRY_AFTER_MAX_NS;
	return (uint64_t)(seconds * (double)UNIT_NS_PER_S);
}

/* delay-seconds of RFC 9110, 10.2.3.  A date needs a clock that agrees with
 * the server's; our own back-off stands for it. */
static uint64_t from_header(const char *header)
{
	uint64_t seconds = 0;
	size_t n;

	header += strspn(header, " \t");
	n = strspn(header, "0123456789");
	if (!n || header[n + strspn(header + n, " \t\r\n")])
		return 0;
	if (n > SECONDS_DIGITS_MAX)
		return NOTICE_RETRY_AFTER_MAX_NS;
	for (size_t i = 0; i < n; i++)
		seconds = seconds * 10 + (uint64_t)(header[i] - '0');
	return bounded((double)seconds);
}

/* "retry_after" of Discord and Slack, also under "parameters" (Telegram). */
static uint64_t from_body(const char *body, size_t len)
{
	static const struct json_limits limits = { ANSWER_BODY_MAX,
						   ANSWER_NODES_MAX,
						   ANSWER_DEPTH_MAX };
	const struct source src = { "answer", body, len };
	struct errs ignored = { 0 };
	cJSON *root = json_parse(&src, JSON_FOREIGN, &limits, NULL, &ignored);
	const cJSON *inside =
		cJSON_GetObjectItemCaseSensitive(root, "parameters");
	const cJSON *found = cJSON_GetObjectItemCaseSensitive(
		inside ? inside : root, "retry_after");
	uint64_t ns = cJSON_IsNumber(found) ? bounded(found->valuedouble) : 0;

	cJSON_Delete(root);
	return ns;
}

uint64_t notice_retry_after_ns(enum channel_kind kind, const char *header,
			       const char *body, size_t len)
{
	uint64_t ns = header ? from_header(header) : 0;

	if (kind == CHANNEL_EMAIL || kind == CHANNEL_EXEC)
		return 0;
	if (!ns && body && len && len <= ANSWER_BODY_MAX)
		ns = from_body(body, len);
	if (!ns && kind == CHANNEL_GITHUB &&
	    answer_says(body, len, "secondary rate limit"))
		ns = bounded(GITHUB_WAIT_S);
	return ns;
}

/* SPDX-License-Identifier: MIT */
/*
 * exchange TRANSPORT [N CONCURRENCY URL]
 *
 * Makes exchanges by "native", "libcurl" or "auto".  Without more it reads
 * one request a line as JSON, makes one after the other, and prints one line
 * of JSON of what came:
 *
 *     {"url":...,"method":...,"headers":[[NAME,VALUE]...],"body":...,
 *      "compressed":true,"auth":"basic|bearer","user":...,"password":...,
 *      "unix":PATH,"ms":LIMIT,"body_max":N,"header_max":N}
 *
 * or, with "from", a mail:
 *
 *     {"url":...,"from":...,"to":[...],"body":...,"user":...,"password":...,
 *      "tls":true,"ca":FILE,"ms":LIMIT}
 *
 * With a number it asks for one URL so often, CONCURRENCY at a time, and
 * prints how many were well and the microseconds of CPU.
 */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "probe/engine/engine.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/base/text.h"

enum {
	BODY_SHOWN_BYTES = 4 << 10,
	LINE_MAX_BYTES = 1 << 20,
	FIELDS_MAX = 64,
	USAGE = 2,
	BROKEN = 3
};

static const struct {
	const char *name;
	enum transport_choice choice;
} transports[] = {
	{ "auto", TRANSPORT_AUTO },
	{ "libcurl", TRANSPORT_LIBCURL },
	{ "native", TRANSPORT_NATIVE },
};

/* ---- one after the other ---------------------------------------------- */

static const char *text_of(const cJSON *from, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItem(from, key));
}

static uint64_t count_of(const cJSON *from, const char *key)
{
	const cJSON *item = cJSON_GetObjectItem(from, key);

	return cJSON_IsNumber(item) ? (uint64_t)item->valuedouble : 0;
}

static enum auth_kind auth_of(const char *name)
{
	if (!name)
		return AUTH_NONE;
	return strcmp(name, "basic") == 0 ? AUTH_BASIC : AUTH_BEARER;
}

static size_t read_fields(const cJSON *list, struct field *fields)
{
	const cJSON *pair;
	size_t n = 0;

	cJSON_ArrayForEach(pair, list)
	{
		if (n == FIELDS_MAX)
			break;
		fields[n].name =
			cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0));
		fields[n].value =
			cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));
		n++;
	}
	return n;
}

static void print_fields(cJSON *to, const struct answer *an)
{
	cJSON *list = cJSON_AddArrayToObject(to, "headers");

	for (size_t i = 0; i < an->n_headers; i++) {
		const char *pair[] = { an->headers[i].name,
				       an->headers[i].value };
		cJSON_AddItemToArray(list, cJSON_CreateStringArray(pair, 2));
	}
}

static void print_phases(cJSON *to, const struct answer *an)
{
	cJSON *phases = cJSON_AddObjectToObject(to, "phases");

	for (int i = 0; i < PHASE_N; i++)
		cJSON_AddNumberToObject(phases, phase_name((enum phase)i),
					(double)an->phases.ns[i]);
}

/* The body itself only when it is short. */
static void print_body(cJSON *to, const struct answer *an)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct buf hex;

	buf_init(&hex, BODY_SHOWN_BYTES * 2);
	SHA256((const unsigned char *)buf_text(&an->body), an->body.len,
	       digest);
	text_hex_encode(&hex, digest, sizeof(digest));
	cJSON_AddStringToObject(to, "sha256", buf_text(&hex));
	buf_reset(&hex);
	text_hex_encode(&hex, buf_text(&an->body), an->body.len);
	cJSON_AddStringToObject(to, "body", buf_text(&hex));
	buf_release(&hex);
}

static void print_answer(const struct answer *an)
{
	cJSON *to = cJSON_CreateObject();

	cJSON_AddStringToObject(to, "outcome", outcome_name(an->outcome));
	cJSON_AddStringToObject(to, "transport", an->transport);
	cJSON_AddStringToObject(to, "detail", an->detail);
	cJSON_AddNumberToObject(to, "status", (double)an->status);
	cJSON_AddStringToObject(to, "protocol", an->protocol);
	cJSON_AddStringToObject(to, "remote", an->remote);
	cJSON_AddNumberToObject(to, "sent", (double)an->sent_bytes);
	cJSON_AddNumberToObject(to, "received", (double)an->received_bytes);
	cJSON_AddNumberToObject(to, "limit", (double)an->limit_ns);
	print_fields(to, an);
	print_phases(to, an);
	print_body(to, an);
	char *line = cJSON_PrintUnformatted(to);
	printf("%s\n", line);
	fflush(stdout);
	free(line);
	cJSON_Delete(to);
}

static void read_mail(struct request *rq, const cJSON *from, const char **to)
{
	const cJSON *one;

	rq->from = text_of(from, "from");
	if (!rq->from)
		return;
	rq->kind = REQUEST_MAIL;
	rq->ca_file = text_of(from, "ca");
	rq->needs_tls = cJSON_IsTrue(cJSON_GetObjectItem(from, "tls"));
	rq->to = to;
	cJSON_ArrayForEach(one, cJSON_GetObjectItem(from, "to"))
	{
		if (rq->n_to < FIELDS_MAX)
			to[rq->n_to++] = cJSON_GetStringValue(one);
	}
}

static void ask(struct engine *en, const cJSON *from)
{
	struct field fields[FIELDS_MAX];
	const char *to[FIELDS_MAX];
	struct exchange ex;
	struct request *rq = &ex.request;

	exchange_init(&ex);
	rq->url = text_of(from, "url");
	rq->method = text_of(from, "method");
	rq->body = text_of(from, "body");
	rq->body_len = rq->body ? strlen(rq->body) : 0;
	rq->headers = fields;
	rq->n_headers =
		read_fields(cJSON_GetObjectItem(from, "headers"), fields);
	rq->wants_compressed =
		cJSON_IsTrue(cJSON_GetObjectItem(from, "compressed"));
	rq->auth = auth_of(text_of(from, "auth"));
	rq->user = text_of(from, "user");
	rq->password = text_of(from, "password");
	rq->unix_socket = text_of(from, "unix");
	rq->limits.total_ns = count_of(from, "ms") * 1000000;
	rq->body_max_bytes = count_of(from, "body_max");
	rq->header_max_bytes = count_of(from, "header_max");
	read_mail(rq, from, to);
	engine_start(en, &ex);
	engine_run(en);
	print_answer(&ex.answer);
	exchange_release(&ex);
}

static int ask_lines(struct engine *en)
{
	char *line = malloc(LINE_MAX_BYTES);

	while (line && fgets(line, LINE_MAX_BYTES, stdin)) {
		cJSON *from = cJSON_Parse(line);
		if (!cJSON_IsObject(from)) {
			fprintf(stderr, "not a request: %s", line);
			free(line);
			return BROKEN;
		}
		ask(en, from);
		cJSON_Delete(from);
	}
	free(line);
	return 0;
}

/* ---- many at a time --------------------------------------------------- */

struct crowd {
	struct engine *en;
	long n_left, n_well;
};

static void on_done(struct exchange *ex)
{
	struct crowd *crowd = ex->owner;

	crowd->n_well +=
		ex->answer.outcome == OUTCOME_OK && ex->answer.status == 200;
	if (crowd->n_left-- > 0)
		engine_start(crowd->en, ex);
}

static int64_t cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static int ask_many(struct engine *en, char **arg)
{
	long n = strtol(arg[0], NULL, 10), places = strtol(arg[1], NULL, 10);
	struct exchange *ex = calloc((size_t)places, sizeof(*ex));
	struct crowd crowd = { .en = en, .n_left = n - places };
	int64_t before = cpu_us();

	for (long i = 0; ex && i < places; i++) {
		exchange_init(&ex[i]);
		ex[i].request.url = arg[2];
		ex[i].request.wants_fresh = true;
		ex[i].request.limits.total_ns = 30000000000;
		ex[i].owner = &crowd;
		ex[i].on_done = on_done;
		engine_start(en, &ex[i]);
	}
	engine_run(en);
	printf("%ld of %ld well, %" PRId64 " us\n", crowd.n_well, n,
	       cpu_us() - before);
	for (long i = 0; ex && i < places; i++)
		exchange_release(&ex[i]);
	free(ex);
	return crowd.n_well == n ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct errs *es = calloc(1, sizeof(*es));
	int rc = USAGE;

	if (!es || !engine_global_init(es))
		return BROKEN;
	struct engine *en = engine_new(es);
	for (size_t i = 0; en && i < sizeof(transports) / sizeof(*transports);
	     i++) {
		if (argc < 2 || strcmp(argv[1], transports[i].name) != 0)
			continue;
		engine_set_transport(en, transports[i].choice);
		rc = argc == 5 ? ask_many(en, argv + 2) : ask_lines(en);
	}
	engine_free(en);
	engine_global_release();
	free(es);
	return rc;
}

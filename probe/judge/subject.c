/* SPDX-License-Identifier: MIT */
#include "probe/judge/subject.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "probe/engine/child.h"
#include "probe/judge/certs.h"
#include "probe/judge/scrape.h"
#include "probe/world.h"
#include "scenarios/base/text.h"
#include "scenarios/base/units.h"

enum {
	SUBJECT_TEXT_MAX = 1 << 20, /* bytes of a text put together here */
	SUBJECT_NAMES_MAX = 1000,   /* of one certificate */
};

typedef int found_by(struct subject_room *room, struct judging *j,
		     const struct subject_want *want, struct buf *why);

enum { FOUND, ABSENT, IMPOSSIBLE };

static int as_text(struct subject_room *room, const char *text)
{
	room->subject.kind = VALUE_TEXT;
	room->subject.text = text;
	room->subject.len = strlen(text);
	return FOUND;
}

static int as_integer(struct subject_room *room, enum value_kind kind,
		      int64_t value)
{
	room->subject.kind = kind;
	room->subject.integer = value;
	return FOUND;
}

static int as_bytes(struct subject_room *room, const struct buf *bytes)
{
	room->subject.kind = VALUE_TEXT;
	room->subject.text = buf_text(bytes);
	room->subject.len = bytes->len;
	return FOUND;
}

static int find_status(struct subject_room *room, struct judging *j,
		       const struct subject_want *want, struct buf *why)
{
	(void)want, (void)why;
	as_integer(room, VALUE_STATUS, j->seen->answer->status);
	return j->seen->answer->status ? FOUND : ABSENT;
}

/* Several fields of one name are one list, RFC 9110 section 5.2. */
static int find_header(struct subject_room *room, struct judging *j,
		       const struct subject_want *want, struct buf *why)
{
	const struct answer *an = j->seen->answer;
	bool found = false;

	(void)why;
	as_text(room, "");
	for (size_t i = 0; i < an->n_headers; i++) {
		if (strcasecmp(an->headers[i].name, want->name) != 0)
			continue;
		if (found)
			buf_puts(&room->text, ", ");
		buf_puts(&room->text, an->headers[i].value);
		found = true;
	}
	as_bytes(room, &room->text);
	return found ? FOUND : ABSENT;
}

static int find_cookie(struct subject_room *room, struct judging *j,
		       const struct subject_want *want, struct buf *why)
{
	(void)why;
	as_text(room, "");
	for (size_t i = 0; i < j->seen->n_cookies; i++) {
		if (strcmp(j->seen->cookies[i].name, want->name) == 0)
			return as_text(room, j->seen->cookies[i].value);
	}
	return ABSENT;
}

static int find_body(struct subject_room *room, struct judging *j,
		     const struct subject_want *want, struct buf *why)
{
	(void)want, (void)why;
	return as_bytes(room, &j->seen->answer->body);
}

static int find_size(struct subject_room *room, struct judging *j,
		     const struct subject_want *want, struct buf *why)
{
	(void)want, (void)why;
	return as_integer(room, VALUE_SIZE, (int64_t)j->seen->answer->body.len);
}

static int find_sha256(struct subject_room *room, struct judging *j,
		       const struct subject_want *want, struct buf *why)
{
	unsigned char digest[TEMPLATE_DIGEST_BYTES];
	const struct buf *body = &j->seen->answer->body;

	(void)want;
	if (!world_sha256(buf_text(body), body->len, digest)) {
		buf_puts(why, "the hash could not be computed");
		return IMPOSSIBLE;
	}
	text_hex_encode(&room->text, digest, sizeof(digest));
	return as_bytes(room, &room->text);
}

static int find_json(struct subject_room *room, struct judging *j,
		     const struct subject_want *want, struct buf *why)
{
	const char *reason = "";
	const struct cJSON *root = judging_json(j, &reason);

	room->subject.kind = VALUE_JSON;
	if (!root) {
		buf_puts(why, reason);
		return IMPOSSIBLE;
	}
	room->subject.root = root;
	enum jsonpath_status status =
		jsonpath_eval(want->path, root, &room->nodes);
	if (status != JSONPATH_OK) {
		buf_puts(why, jsonpath_status_text(status));
		return IMPOSSIBLE;
	}
	room->subject.nodes = room->nodes.item;
	room->subject.n_nodes = room->nodes.n;
	room->subject.is_list = !jsonpath_is_singular(want->path);
	return room->subject.n_nodes > 0 ? FOUND : ABSENT;
}

static int find_url(struct subject_room *room, struct judging *j,
		    const struct subject_want *want, struct buf *why)
{
	(void)want, (void)why;
	return as_text(room, j->seen->url);
}

static int find_redirects(struct subject_room *room, struct judging *j,
			  const struct subject_want *want, struct buf *why)
{
	(void)want, (void)why;
	room->subject.kind = VALUE_NUMBER;
	room->subject.number = (double)j->seen->redirects;
	return FOUND;
}

static int find_protocol(struct subject_room *room, struct judging *j,
			 const struct subject_want *want, struct buf *why)
{
	(void)want, (void)why;
	as_text(room, j->seen->answer->protocol);
	return room->subject.len > 0 ? FOUND : ABSENT;
}

/* "127.0.0.1:80" and "[::1]:80" without brackets and port. */
static int find_ip(struct subject_room *room, struct judging *j,
		   const struct subject_want *want, struct buf *why)
{
	const char *remote = j->seen->answer->remote;
	const char *colon = strrchr(remote, ':');
	size_t len = colon ? (size_t)(colon - remote) : strlen(remote);

	(void)want, (void)why;
	if (len >= 2 && remote[0] == '[' && remote[len - 1] == ']') {
		remote++;
		len -= 2;
	}
	buf_add(&room->text, remote, len);
	as_bytes(room, &room->text);
	return len > 0 ? FOUND : ABSENT;
}

/* ---- times ---------------------------------------------------------------- */

uint64_t subject_target_ns(const struct phases *ph)
{
	return phases_total(ph) - ph->ns[PHASE_LATENESS] - ph->ns[PHASE_QUEUE];
}

/* What the server says that it took; false when it says nothing usable. */
static bool server_ns(const struct seen *seen, uint64_t *ns)
{
	const double most = 1e18; /* some thirty years */
	double number = 0;

	if (!seen->server_time_header)
		return false;
	const char *text =
		answer_header(seen->answer, seen->server_time_header);
	if (!text || !unit_parse_number(text, strlen(text), &number, NULL))
		return false;
	double value = number * (double)seen->server_time_unit_ns;
	if (!(value >= 0) || value > most)
		return false;
	*ns = (uint64_t)value;
	return true;
}

static int find_time(struct subject_room *room, struct judging *j,
		     const struct subject_want *want, struct buf *why)
{
	static const enum phase phases[TIME_N] = {
		[TIME_DNS] = PHASE_DNS,	  [TIME_CONNECT] = PHASE_CONNECT,
		[TIME_TLS] = PHASE_TLS,	  [TIME_SEND] = PHASE_SEND,
		[TIME_WAIT] = PHASE_WAIT, [TIME_RECEIVE] = PHASE_RECEIVE,
	};
	const struct phases *ph = &j->seen->phases;
	uint64_t total = subject_target_ns(ph);
	uint64_t server = 0, value = 0;

	as_integer(room, VALUE_DURATION, 0);
	if (want->which == TIME_TLS && !j->seen->is_encrypted &&
	    !j->seen->answer->tls) {
		buf_puts(why, "the connection was not encrypted");
		return IMPOSSIBLE;
	}
	switch (want->which) {
	case TIME_TOTAL:
		value = total;
		break;
	case TIME_FIRST_BYTE:
		value = total - ph->ns[PHASE_RECEIVE];
		break;
	case TIME_SERVER:
	case TIME_NETWORK:
		if (!server_ns(j->seen, &server))
			return ABSENT;
		value = server;
		if (want->which == TIME_NETWORK)
			value = total > server ? total - server : 0;
		break;
	default:
		value = ph->ns[phases[want->which]];
	}
	return as_integer(room, VALUE_DURATION, (int64_t)value);
}

/* ---- certificates ----------------------------------------------------------- */

static int find_names(struct subject_room *room, const struct cert *leaf)
{
	char *at = NULL, *rest = NULL;

	room->subject.kind = VALUE_NAMES;
	buf_puts(&room->text, leaf->names);
	room->names = calloc(SUBJECT_NAMES_MAX, sizeof(*room->names));
	if (!room->names || room->text.len == 0)
		return ABSENT;
	for (at = strtok_r(room->text.text, ", ", &rest);
	     at && room->subject.n_names < SUBJECT_NAMES_MAX;
	     at = strtok_r(NULL, ", ", &rest))
		room->names[room->subject.n_names++] = at;
	room->subject.names = room->names;
	return FOUND;
}

static int find_expiry(struct subject_room *room, const struct cert *cert,
		       uint64_t wall_ns)
{
	room->cert = cert;
	return as_integer(room, VALUE_DURATION, certs_left_ns(cert, wall_ns));
}

static int find_leaf_fact(struct subject_room *room, unsigned fact,
			  const struct cert *leaf)
{
	const char *const facts[CERT_FACT_N] = {
		[CERT_ISSUER] = leaf->issuer,
		[CERT_SUBJECT] = leaf->subject,
		[CERT_SERIAL] = leaf->serial,
		[CERT_KEY] = leaf->key,
		[CERT_SIGNATURE] = leaf->signature,
		[CERT_SHA256] = leaf->sha256,
	};

	return as_text(room, facts[fact] ? facts[fact] : "");
}

static int find_cert(struct subject_room *room, struct judging *j,
		     const struct subject_want *want, struct buf *why)
{
	const struct tls_facts *tls = j->seen->answer->tls;
	const struct cert *leaf = certs_leaf(tls);

	if (!tls || !leaf) {
		buf_puts(why, j->seen->is_encrypted
				      ? "no certificate was seen"
				      : "the connection was not encrypted");
		return IMPOSSIBLE;
	}
	switch (want->which) {
	case CERT_EXPIRES_IN:
		return find_expiry(room, certs_earliest(tls), j->seen->wall_ns);
	case CERT_LEAF_EXPIRES_IN:
		return find_expiry(room, leaf, j->seen->wall_ns);
	case CERT_CHAIN:
		return as_text(room, tls->trusted ? "trusted" : "untrusted");
	case CERT_NAME:
		return as_text(room, tls->name_ok ? "match" : "mismatch");
	case CERT_VERSION:
		as_text(room, tls->protocol);
		room->subject.kind = VALUE_TLS_VERSION;
		return FOUND;
	case CERT_CIPHER:
		return as_text(room, tls->cipher);
	case CERT_NAMES:
		return find_names(room, leaf);
	default:
		return find_leaf_fact(room, want->which, leaf);
	}
}

static int find_answer(struct subject_room *room, struct judging *j,
		       const struct subject_want *want, struct buf *why)
{
	(void)why;
	as_text(room, "");
	if (want->which >= j->seen->n_turns)
		return ABSENT;
	return as_bytes(room, &j->seen->turns[want->which]);
}

/* ---- series of an exposition --------------------------------------------------- */

static int find_metric(struct subject_room *room, struct judging *j,
		       const struct subject_want *want, struct buf *why)
{
	const struct scrape *sc = judging_scrape(j);
	size_t n = 0;

	room->subject.kind = VALUE_JSON;
	if (!sc || !sc->is_read) {
		buf_puts(why, sc ? "it is not there" : "out of memory");
		return IMPOSSIBLE;
	}
	bool is_each = want->which == SELECTED_EACH;
	room->made = is_each ? scrape_each(sc, want->selector, &n, why)
			     : scrape_sum(sc, want->selector, &n, why);
	if (!room->made)
		return n || why->len ? IMPOSSIBLE : ABSENT;
	room->subject.root = room->made;
	room->subject.nodes = (const struct cJSON *const *)&room->made;
	room->subject.n_nodes = 1;
	return FOUND;
}

/* ---- a command -------------------------------------------------------------------- */

static int find_exit(struct subject_room *room, struct judging *j,
		     const struct subject_want *want, struct buf *why)
{
	const struct child_result *r = j->seen->child;

	(void)want, (void)why;
	room->subject.kind = VALUE_NUMBER;
	room->subject.number = r ? r->exit_code : -1;
	return r && r->exit_code >= 0 ? FOUND : ABSENT;
}

static int find_stderr(struct subject_room *room, struct judging *j,
		       const struct subject_want *want, struct buf *why)
{
	(void)want, (void)why;
	as_text(room, "");
	return j->seen->child ? as_bytes(room, &j->seen->child->err) : ABSENT;
}

/* ---- all --------------------------------------------------------------------- */

static found_by *const finders[EXPECT_WHAT_N] = {
	[EXPECT_STATUS] = find_status,
	[EXPECT_HEADER] = find_header,
	[EXPECT_COOKIE] = find_cookie,
	[EXPECT_BODY] = find_body,
	[EXPECT_SIZE] = find_size,
	[EXPECT_SHA256] = find_sha256,
	[EXPECT_JSON] = find_json,
	[EXPECT_URL] = find_url,
	[EXPECT_REDIRECTS] = find_redirects,
	[EXPECT_PROTOCOL] = find_protocol,
	[EXPECT_IP] = find_ip,
	[EXPECT_TIME] = find_time,
	[EXPECT_CERT] = find_cert,
	[EXPECT_ANSWER] = find_answer,
	[EXPECT_METRIC] = find_metric,
	[EXPECT_EXIT] = find_exit,
	[EXPECT_STDERR] = find_stderr,
};

bool subject_find(struct subject_room *room, struct judging *j,
		  const struct subject_want *want, struct buf *why)
{
	*room = (struct subject_room){ 0 };
	buf_init(&room->text, SUBJECT_TEXT_MAX);
	nodelist_init(&room->nodes);
	int how = finders[want->what](room, j, want, why);
	room->subject.is_absent = how != FOUND;
	return how != IMPOSSIBLE;
}

void subject_release(struct subject_room *room)
{
	buf_release(&room->text);
	nodelist_release(&room->nodes);
	free(room->names);
	room->names = NULL;
	cJSON_Delete(room->made);
	room->made = NULL;
}

/* SPDX-License-Identifier: MIT */
#include "tests/unit/sample_rows.h"

#include <math.h>

#define AT(line_no)                                              \
	{                                                        \
		.file = "shop.yaml", .line = (line_no), .col = 7 \
	}

/* What a target may send to hurt who reads the report. */
static const struct expectation home_expectations[] = {
	{ .subject = "status",
	  .expected = "200",
	  .seen = "200",
	  .ok = true,
	  .at = AT(9) },
	{ .subject = "time total",
	  .expected = "less than 2 s",
	  .seen = "22.5 ms",
	  .ok = true,
	  .at = AT(10) },
};

static const struct cert good_chain[] = {
	{ .role = "leaf",
	  .subject = "CN=shop.example.org",
	  .issuer = "CN=Example Authority",
	  .serial = "04D2",
	  .key = "ec P-256",
	  .signature = "ecdsa-with-SHA256",
	  .sha256 = "9f86d081884c7d659a2feaa0c55ad015",
	  .names = "shop.example.org, www.shop.example.org",
	  .not_before_s = 1764547200,
	  .not_after_s = 1770854400,
	  .days = 42,
	  .on_path = true },
	{ .role = "intermediate",
	  .subject = "CN=Example Authority",
	  .issuer = "CN=Example Root",
	  .not_before_s = 1704067200,
	  .not_after_s = 1861920000,
	  .days = 1096,
	  .on_path = true },
};

static const struct tls_facts good_tls = {
	.protocol = "TLSv1.3",
	.cipher = "TLS_AES_256_GCM_SHA384",
	.sni = "shop.example.org",
	.name = "shop.example.org",
	.verified = true,
	.trusted = true,
	.name_ok = true,
	.days = 42,
	.n_certs = COUNT(good_chain),
	.certs = good_chain,
};

static const struct cert expired_chain[] = {
	{ .role = "leaf",
	  .subject = "CN=old.example.org",
	  .issuer = "CN=Example Authority",
	  .not_before_s = 1735689600,
	  .not_after_s = 1766966400,
	  .days = -3,
	  .on_path = true },
};

static const struct tls_facts expired_tls = {
	.protocol = "TLSv1.2",
	.cipher = "ECDHE-ECDSA-AES128-GCM-SHA256",
	.sni = "old.example.org",
	.name = "old.example.org",
	.verified = true,
	.name_ok = true,
	.why = "certificate has expired",
	.days = -3,
	.n_certs = COUNT(expired_chain),
	.certs = expired_chain,
};

static const struct cert today_chain[] = {
	{ .role = "leaf",
	  .subject = "CN=today.example.org",
	  .issuer = "CN=Example Authority",
	  .not_before_s = 1735689600,
	  .not_after_s = 1767254400,
	  .days = 0,
	  .on_path = true },
};

static const struct tls_facts today_tls = {
	.protocol = "TLSv1.3",
	.cipher = "TLS_AES_128_GCM_SHA256",
	.sni = "today.example.org",
	.name = "today.example.org",
	.verified = true,
	.trusted = true,
	.name_ok = true,
	.days = 0,
	.n_certs = COUNT(today_chain),
	.certs = today_chain,
};

static const struct expectation today_expectations[] = {
	{ .subject = "tls expires_in",
	  .expected = "more than 14 days",
	  .seen = "0 days",
	  .note = "the certificate expires today",
	  .at = AT(61) },
};

static const struct hop home_hops[] = {
	{ .method = "GET",
	  .url = "http://shop.example.org/",
	  .status = 301,
	  .protocol = "HTTP/1.1",
	  .remote = "192.0.2.10:80",
	  .phases = PHASES(0, 0, MS(1), MS(1), 0, 0, MS(1), 0) },
	{ .method = "GET",
	  .url = "https://shop.example.org/",
	  .status = 200,
	  .protocol = "HTTP/2",
	  .remote = "192.0.2.10:443",
	  .phases = PHASES(0, 0, 0, MS(1), MS(12), US(100), MS(4), US(900)) },
};

static const struct header home_headers[] = {
	{ .name = "content-type", .value = "text/html; charset=utf-8" },
	{ .name = "set-cookie", .value = "[redacted]" },
};

static const struct step_result home_steps[] = {
	{ .name = "get /",
	  .kind = "get",
	  .at = AT(7),
	  .method = "GET",
	  .url = "https://shop.example.org/",
	  .request_id = "4f1c7a90-home",
	  .status = 200,
	  .protocol = "HTTP/2",
	  .remote = "192.0.2.10:443",
	  .received_bytes = 5120,
	  .excerpt = "<!doctype html><title>Shop</title>",
	  .phases = PHASES(US(500), 0, MS(1), MS(2), MS(12), US(100), MS(6),
			   US(900)),
	  .n_headers = COUNT(home_headers),
	  .headers = home_headers,
	  .n_hops = COUNT(home_hops),
	  .hops = home_hops,
	  .tls = &good_tls,
	  .n_expectations = COUNT(home_expectations),
	  .expectations = home_expectations },
};

static const struct captured login_captures[] = {
	{ .name = "token", .value = "[redacted]" },
	{ .name = "user", .value = "dewi" },
};

static const struct step_result login_reset[] = {
	{ .name = "post /login",
	  .kind = "post",
	  .at = AT(17),
	  .outcome = OUTCOME_RESET,
	  .message = "the connection was reset after 0 bytes of the answer",
	  .method = "POST",
	  .url = "https://shop.example.org/login",
	  .phases = PHASES(0, 0, MS(1), MS(2), MS(11), US(200), MS(35), 0) },
	{ .name = "get /me",
	  .kind = "get",
	  .at = AT(20),
	  .outcome = OUTCOME_SKIPPED,
	  .message = "an earlier step had failed" },
};

static const struct step_result login_steps[] = {
	{ .name = "post /login",
	  .kind = "post",
	  .at = AT(17),
	  .method = "POST",
	  .url = "https://shop.example.org/login",
	  .status = 200,
	  .protocol = "HTTP/2",
	  .sent_bytes = 44,
	  .received_bytes = 120,
	  .phases = PHASES(0, 0, 0, MS(2), MS(11), US(200), MS(80), US(300)),
	  .n_captures = COUNT(login_captures),
	  .captures = login_captures },
	{ .name = "get /me",
	  .kind = "get",
	  .at = AT(20),
	  .group = "account",
	  .method = "GET",
	  .url = "https://shop.example.org/me",
	  .status = 200,
	  .protocol = "HTTP/2",
	  .received_bytes = 64,
	  .phases = PHASES(0, 0, 0, 0, 0, US(100), MS(9), US(50)) },
	{ .name = "post /logout",
	  .kind = "post",
	  .at = AT(24),
	  .always = true,
	  .method = "POST",
	  .url = "https://shop.example.org/logout",
	  .status = 204,
	  .protocol = "HTTP/2",
	  .phases = PHASES(0, 0, 0, 0, 0, US(100), MS(5), 0) },
};

static const struct expectation ready_parts[] = {
	{ .subject = "status", .expected = "200", .seen = "503", .at = AT(31) },
	{ .subject = "part database",
	  .expected = "healthy",
	  .seen = "unhealthy",
	  .note = "connection refused",
	  .is_part = true,
	  .severity = SEVERITY_CRITICAL,
	  .at = AT(30) },
	{ .subject = "part \xe7\xbc\x93\xe5\xad\x98",
	  .expected = "healthy",
	  .seen = "degraded",
	  .is_part = true,
	  .severity = SEVERITY_WARNING,
	  .at = AT(30) },
	{ .subject = "part queue",
	  .expected = "healthy",
	  .seen = "healthy",
	  .ok = true,
	  .is_part = true,
	  .at = AT(30) },
	{ .subject = "json $.version",
	  .expected = "starts with \"2.\"",
	  .seen = "nothing",
	  .note = "the path found no value",
	  .at = AT(32) },
};

static const struct kept ready_kept[] = {
	{ .name = "version", .kind = SERIES_TEXT, .text = "2.1.0-rc1" },
	{ .name = "free_gb", .kind = SERIES_GAUGE, .value = -0.125 },
	{ .name = "requests",
	  .labels = "{method=\"GET\",status=\"500\"}",
	  .kind = SERIES_COUNTER,
	  .value = 12345678901 },
	{ .name = "duration",
	  .labels = "{path=\"/\"}",
	  .kind = SERIES_BUCKET,
	  .bound = INFINITY,
	  .value = 17 },
	{ .name = "duration",
	  .labels = "{path=\"/\"}",
	  .kind = SERIES_BUCKET,
	  .bound = 0.25,
	  .value = 3 },
	{ .name = "jobs",
	  .kind = SERIES_QUANTILE,
	  .bound = 0.95,
	  .value = 1.5e-7 },
};

static const struct step_result ready_steps[] = {
	{ .name = "health /health/ready",
	  .kind = "health",
	  .at = AT(30),
	  .outcome = OUTCOME_UNHEALTHY,
	  .message = "2 of 3 parts are not healthy: database (critical), "
		     "\xe7\xbc\x93\xe5\xad\x98 (warning)",
	  .method = "GET",
	  .url = "http://127.0.0.1:8080/health/ready",
	  .request_id = "req-0042",
	  .status = 503,
	  .protocol = "HTTP/1.1",
	  .remote = "127.0.0.1:8080",
	  .received_bytes = 131,
	  .excerpt = "{\"status\":\"ok\",\"services\":{\"database\":"
		     "{\"status\":\"unhealthy\",\"error\":\"connection "
		     "refused\"},\"queue\":{\"status\":\"healthy\"}}}",
	  .phases = PHASES(0, 0, 0, US(80), 0, US(20), MS(4100), MS(3)),
	  .n_expectations = COUNT(ready_parts),
	  .expectations = ready_parts,
	  .n_kept = COUNT(ready_kept),
	  .kept = ready_kept },
};

static const struct step_result slow_timeout[] = {
	{ .name = "get /slow",
	  .kind = "get",
	  .at = AT(38),
	  .outcome = OUTCOME_TIMEOUT,
	  .message = "there was no answer within 5 s",
	  .method = "GET",
	  .url = "http://192.0.2.20/slow",
	  .phases = PHASES(0, 0, MS(2), MS(3), 0, US(10), MS(4995), 0) },
};

static const struct step_result slow_connect[] = {
	{ .name = "get /slow",
	  .kind = "get",
	  .at = AT(38),
	  .outcome = OUTCOME_CONNECT_TIMEOUT,
	  .message = "the connection was not accepted within 5 s",
	  .method = "GET",
	  .url = "http://192.0.2.20/slow",
	  .phases = PHASES(0, 0, MS(20), MS(4980), 0, 0, 0, 0) },
	{ .name = "get /after",
	  .kind = "get",
	  .at = AT(40),
	  .outcome = OUTCOME_SKIPPED,
	  .message = "an earlier step had failed" },
	{ .name = "delete /after",
	  .kind = "delete",
	  .at = AT(44),
	  .always = true,
	  .outcome = OUTCOME_REFUSED,
	  .message = "192.0.2.20:80 refused the connection",
	  .method = "DELETE",
	  .url = "http://192.0.2.20/after",
	  .phases = PHASES(0, 0, 0, MS(1), 0, 0, 0, 0) },
};

static const struct expectation hostile_expectations[] = {
	{ .subject = "header X-" HOSTILE,
	  .expected = "matches \"^[a-z]+$\"",
	  .seen = HOSTILE,
	  .note = HOSTILE,
	  .at = AT(50) },
	{ .subject = "part " HOSTILE,
	  .expected = "healthy",
	  .seen = HOSTILE,
	  .note = HOSTILE,
	  .is_part = true,
	  .severity = SEVERITY_ERROR,
	  .at = AT(50) },
};

static const struct step_result hostile_steps[] = {
	{ .name = "get " HOSTILE,
	  .kind = "get",
	  .at = { .file = "a:b,c%\n.yaml", .line = 48, .col = 3 },
	  .outcome = OUTCOME_EXPECT,
	  .message = HOSTILE,
	  .unverified = true,
	  .round = 2,
	  .group = HOSTILE,
	  .method = "GET",
	  .url = "https://192.0.2.66/?q=" HOSTILE,
	  .request_id = HOSTILE,
	  .status = 200,
	  .protocol = "HTTP/1.1",
	  .remote = "192.0.2.66:443",
	  .excerpt = HOSTILE,
	  .phases = PHASES(0, 0, 0, MS(1), MS(2), 0, MS(3), 0),
	  .n_expectations = COUNT(hostile_expectations),
	  .expectations = hostile_expectations },
};

static const struct step_result expired_steps[] = {
	{ .name = "tls old.example.org:443",
	  .kind = "tls",
	  .at = AT(55),
	  .outcome = OUTCOME_TLS_EXPIRED,
	  .message = "the leaf certificate expired 3 days ago",
	  .remote = "192.0.2.30:443",
	  .phases = PHASES(0, 0, MS(1), MS(2), MS(30), 0, 0, 0),
	  .tls = &expired_tls },
};

static const struct step_result today_steps[] = {
	{ .name = "tls today.example.org:443",
	  .kind = "tls",
	  .at = AT(60),
	  .outcome = OUTCOME_EXPECT,
	  .message = "the certificate expires in less than 14 days",
	  .remote = "192.0.2.31:443",
	  .phases = PHASES(0, 0, MS(1), MS(2), MS(30), 0, 0, 0),
	  .tls = &today_tls,
	  .n_expectations = COUNT(today_expectations),
	  .expectations = today_expectations },
};

static const struct hop loop_hops[] = {
	{ .method = "GET",
	  .url = "http://192.0.2.40/a",
	  .status = 302,
	  .protocol = "HTTP/1.1",
	  .remote = "192.0.2.40:80",
	  .phases = PHASES(0, 0, 0, MS(1), 0, 0, MS(2), 0) },
	{ .method = "GET",
	  .url = "http://192.0.2.40/b",
	  .status = 302,
	  .protocol = "HTTP/1.1",
	  .remote = "192.0.2.40:80",
	  .reused = true,
	  .phases = PHASES(0, 0, 0, 0, 0, 0, MS(2), 0) },
	{ .method = "GET", .url = "http://192.0.2.40/a" },
};

static const struct step_result loop_steps[] = {
	{ .name = "get /a",
	  .kind = "get",
	  .at = AT(66),
	  .outcome = OUTCOME_REDIRECTS,
	  .message = "more than 2 redirects",
	  .method = "GET",
	  .url = "http://192.0.2.40/a",
	  .status = 302,
	  .phases = PHASES(0, 0, 0, MS(1), 0, 0, MS(4), 0),
	  .n_hops = COUNT(loop_hops),
	  .hops = loop_hops },
};

static const struct step_result warming_steps[] = {
	{ .name = "get /health/startup",
	  .kind = "get",
	  .at = AT(70),
	  .outcome = OUTCOME_STARTING,
	  .message = "the service says that it is still starting",
	  .method = "GET",
	  .url = "http://127.0.0.1:8081/health/startup",
	  .status = 503,
	  .phases = PHASES(0, 0, 0, US(90), 0, 0, MS(2), 0) },
};

static const struct step_result local_steps[] = {
	{ .name = "get /upload",
	  .kind = "post",
	  .at = AT(75),
	  .outcome = OUTCOME_LOCAL_FAIL,
	  .message = "\"photo.jpg\" cannot be read: Permission denied",
	  .method = "POST",
	  .url = "http://127.0.0.1:8081/upload",
	  .phases = PHASES(0, 0, 0, 0, 0, 0, 0, 0) },
};

static const struct step_result unreached_steps[] = {
	{ .name = "get /last",
	  .kind = "get",
	  .at = AT(80),
	  .outcome = OUTCOME_NOT_REACHED,
	  .message = "the run was interrupted before this was asked",
	  .method = "GET",
	  .url = "http://127.0.0.1:8081/last" },
};

#define TRY(steps)                  \
	{                           \
		COUNT(steps), steps \
	}
/* an attempt that had nothing to do */
#define TRY_NONE              \
	{                     \
		0, home_steps \
	}

static const struct check_row rich[] = {
	{ "home page",
	  6,
	  SEVERITY_ERROR,
	  "web, public",
	  0,
	  { TRY(home_steps) } },
	{ "sign-in",
	  15,
	  SEVERITY_CRITICAL,
	  "web",
	  MS(100),
	  { TRY(login_reset), TRY(login_steps) } },
	{ "\xe5\x81\xa5\xe5\xba\xb7 ready \xf0\x9f\x9a\x80",
	  28,
	  SEVERITY_CRITICAL,
	  "",
	  0,
	  { TRY(ready_steps) } },
	{ "slow",
	  36,
	  SEVERITY_WARNING,
	  "",
	  MS(10000),
	  { TRY(slow_timeout), TRY(slow_timeout), TRY(slow_connect) } },
	{ HOSTILE, 47, SEVERITY_ERROR, HOSTILE, 0, { TRY(hostile_steps) } },
	{ "certificate expired",
	  54,
	  SEVERITY_ERROR,
	  "tls",
	  0,
	  { TRY(expired_steps) } },
	{ "certificate today",
	  59,
	  SEVERITY_ERROR,
	  "tls",
	  0,
	  { TRY(today_steps) } },
	{ "redirect loop", 65, SEVERITY_INFO, "", 0, { TRY(loop_steps) } },
	{ "warming up", 69, SEVERITY_ERROR, "", 0, { TRY(warming_steps) } },
	{ "only on sundays", 72, SEVERITY_ERROR, "", 0, { TRY_NONE } },
	{ "upload", 74, SEVERITY_ERROR, "", 0, { TRY(local_steps) } },
	{ "last", 79, SEVERITY_ERROR, "", 0, { TRY(unreached_steps) } },
	{ "never begun", 85, SEVERITY_ERROR, "", 0, { { 0, NULL } } },
};

static const struct check_row simple[] = {
	{ "home page",
	  6,
	  SEVERITY_ERROR,
	  "web, public",
	  0,
	  { TRY(home_steps) } },
	{ "only on sundays", 72, SEVERITY_ERROR, "", 0, { TRY_NONE } },
};

static const struct check_row partial[] = {
	{ "home page",
	  6,
	  SEVERITY_ERROR,
	  "web, public",
	  0,
	  { TRY(home_steps) } },
	{ "last", 79, SEVERITY_ERROR, "", 0, { TRY(unreached_steps) } },
};

const struct check_rows rows_rich = { rich, COUNT(rich) };
const struct check_rows rows_simple = { simple, COUNT(simple) };
const struct check_rows rows_partial = { partial, COUNT(partial) };
const struct try_row try_good = TRY(home_steps);
const struct try_row try_bad = TRY(ready_steps);

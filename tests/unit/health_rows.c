/* SPDX-License-Identifier: MIT */
#include "tests/unit/health_rows.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the shapes of the documents ------------------------------------------------ */

const struct health_row health_rows[] = {
	{ "FH6", "checks", 200,
	  "{\"status\":\"healthy\",\"version\":\"1.4.2\",\"checks\":{"
	  "\"database\":{\"status\":\"healthy\"},"
	  "\"redis\":{\"status\":\"healthy\"},"
	  "\"celery\":{\"status\":\"healthy\",\"workers\":2},"
	  "\"disk\":{\"status\":\"healthy\",\"free_gb\":12.5}}}",
	  "overall=ok database=ok redis=ok celery=ok disk=ok disk.free_gb=ok "
	  "celery.workers=ok",
	  "disk healthy (free_gb 12.5), expected ok" },
	{ "FH6: the body of a 503 is read", "checks", 503,
	  "{\"status\":\"unhealthy\",\"checks\":{"
	  "\"database\":{\"status\":\"unhealthy\",\"error\":\"no route\"},"
	  "\"redis\":{\"status\":\"healthy\"}}}",
	  "overall=down/critical database=down/critical redis=ok",
	  "database unhealthy, expected ok: no route" },
	{ "FH6: unknown is not ok", "checks", 200,
	  "{\"status\":\"healthy\",\"checks\":{"
	  "\"disk\":{\"status\":\"unknown\",\"error\":\"no statvfs\"}}}",
	  "overall=ok disk=unknown/warning",
	  "disk unknown, expected ok: no statvfs; the overall word says "
	  "\"healthy\" all the same" },
	{ "FH7: 200 healthy with a full disk", "checks", 200,
	  "{\"status\":\"healthy\",\"checks\":{"
	  "\"database\":{\"status\":\"healthy\"},"
	  "\"disk\":{\"status\":\"unhealthy\",\"free_gb\":0.4}}}",
	  "overall=ok database=ok disk=down/error disk.free_gb=down/error",
	  "the overall word says \"healthy\" although disk is unhealthy" },
	{ "FH7: the rule on its own", "checks", 200,
	  "{\"status\":\"healthy\",\"checks\":{"
	  "\"disk\":{\"status\":\"healthy\",\"free_gb\":1}}}",
	  "overall=ok disk=ok disk.free_gb=down/error",
	  "disk.free_gb 1, expected more than 1: the disk is nearly full" },
	{ "FH8: unhealthy overwritten by degraded", "checks", 503,
	  "{\"status\":\"degraded\",\"checks\":{"
	  "\"database\":{\"status\":\"unhealthy\",\"error\":\"gone\"},"
	  "\"redis\":{\"status\":\"unhealthy\",\"error\":\"refused\"}}}",
	  "overall=degraded/warning database=down/critical redis=down/error",
	  NULL },
	{ "FH8: the top-level word adds nothing", "checks", 503,
	  "{\"status\":\"unhealthy\",\"checks\":{"
	  "\"redis\":{\"status\":\"degraded\"}}}",
	  "overall=down/warning redis=degraded/warning", NULL },
	{ "FH8: all parts ok, the word is not", "checks", 503,
	  "{\"status\":\"unhealthy\",\"checks\":{"
	  "\"redis\":{\"status\":\"healthy\"}}}",
	  "overall=down/critical redis=ok", "every part by itself says ok" },
	{ "FH9", "checks", 200,
	  "{\"status\":\"healthy\",\"checks\":{"
	  "\"celery\":{\"status\":\"healthy\",\"workers\":0}}}",
	  "overall=ok celery=ok celery.workers=down/error",
	  "celery.workers 0, expected at least 1: no worker is active" },
	{ "FH6: checks are missing", "checks", 200, "{\"status\":\"healthy\"}",
	  "overall=ok checks=unknown/error",
	  "checks nothing, expected ok: the body has no $.checks" },
	{ "FH6: no check in it", "checks", 200,
	  "{\"status\":\"healthy\",\"checks\":{}}",
	  "overall=ok checks=unknown/warning", "there is not one part in it" },
	{ "FH6: no JSON", "checks", 502, "<html>Bad Gateway</html>",
	  "overall=unknown/error status=down/critical",
	  "overall <html>Bad Gateway</html>, expected ok: the body is not "
	  "JSON: " },
	{ "FH6: a list", "checks", 200, "[]", "overall=unknown/error",
	  "the body is no JSON object" },
	{ "FH6: 503 though all is well", "checks", 503,
	  "{\"status\":\"healthy\",\"checks\":{\"a\":{\"status\":\"ok\"}}}",
	  "overall=ok a=ok status=down/critical",
	  "answered 503 although every part says ok" },
	{ "FH6: another status", "checks", 502,
	  "{\"status\":\"healthy\",\"checks\":{\"a\":{\"status\":\"ok\"}}}",
	  "overall=ok a=ok status=down/critical",
	  "status 502, expected 200 or 503" },

	{ "FH13", "text", 200, "healthy\n", "overall=ok", NULL },
	{ "FH13: no line feed", "text", 200, "healthy", "overall=unknown/error",
	  "expected exactly \"healthy\\n\"" },
	{ "FH13: another word", "text", 200, "unhealthy\n",
	  "overall=down/critical", NULL },
	{ "FH13: empty", "text", 200, "", "overall=unknown/error",
	  "overall nothing" },
	{ "FH13: the status", "text", 500, "healthy\n",
	  "overall=ok status=down/critical", "status 500, expected 200" },

	{ "FH14", "proxied-ready", 200,
	  "{\"status\":\"healthy\",\"checks\":{"
	  "\"database\":{\"status\":\"healthy\"}}}",
	  "backend=ok overall=ok database=ok", NULL },
	{ "FH14: the backend is not reached", "proxied-ready", 503, "not ready",
	  "backend=down/critical",
	  "the proxy answers, but the backend behind it cannot be reached" },
	{ "FH14: the backend answers that it is not well", "proxied-ready", 503,
	  "{\"status\":\"unhealthy\",\"checks\":{"
	  "\"database\":{\"status\":\"unhealthy\",\"error\":\"gone\"}}}",
	  "backend=ok overall=down/critical database=down/critical",
	  "database unhealthy, expected ok: gone; the backend answers, but is "
	  "not healthy" },

	{ "CF1", "liveness", 200, "{\"status\":\"ok\",\"version\":\"1.0.0\"}",
	  "overall=ok version=ok", NULL },
	{ "CF1: no version", "liveness", 200, "{\"status\":\"ok\"}",
	  "overall=ok version=unknown/error", NULL },
	{ "CF1: no semver", "liveness", 200,
	  "{\"status\":\"ok\",\"version\":\"1.0\"}",
	  "overall=ok version=down/error", "expected a version like 1.2.3" },
	{ "CF1: not ok", "liveness", 200,
	  "{\"status\":\"error\",\"version\":\"1.0.0\"}",
	  "overall=down/critical version=ok", NULL },

	{ "CF2", "latency", 200, "{\"status\":\"ok\",\"latency_ms\":5}",
	  "overall=ok latency_ms=ok", "latency_ms 5, expected at least 0" },
	{ "CF3", "latency", 200, "{\"status\":\"ok\",\"latency_ms\":2.25}",
	  "overall=ok latency_ms=ok", "latency_ms 2.25" },
	{ "CF2: not a number", "latency", 200,
	  "{\"status\":\"ok\",\"latency_ms\":\"fast\"}",
	  "overall=ok latency_ms=unknown/warning",
	  "latency_ms fast, expected a number" },
	{ "CF3: down", "latency", 503, "{\"status\":\"down\"}",
	  "overall=down/critical", NULL },

	{ "CF4", "buckets", 200,
	  "{\"status\":\"ok\",\"buckets\":[\"uploads\"]}",
	  "overall=ok buckets=ok", "buckets [\"uploads\"]" },
	{ "CF4: empty", "buckets", 200, "{\"status\":\"ok\",\"buckets\":[]}",
	  "overall=ok buckets=down/error",
	  "buckets [], expected a list that is not empty" },
	{ "CF4: no list", "buckets", 200,
	  "{\"status\":\"ok\",\"buckets\":\"uploads\"}",
	  "overall=ok buckets=down/error", NULL },

	{ "CF5", "services", 200,
	  "{\"status\":\"ok\",\"services\":{\"db\":\"ok\",\"mq\":\"ok\"}}",
	  "overall=ok db=ok mq=ok", NULL },
	{ "CF5: names that nobody knew", "services", 200,
	  "{\"status\":\"ok\",\"services\":{\"minio\":{\"status\":\"error\","
	  "\"message\":\"no bucket\"},\"zz\":\"ok\"}}",
	  "overall=ok minio=down/error zz=ok", "no bucket" },
	{ "CF5: a word nobody knows", "services", 200,
	  "{\"status\":\"ok\",\"services\":{\"db\":\"purple\"}}",
	  "overall=ok db=unknown/warning",
	  "db purple, expected ok: this is no word that is known to mean ok" },
	{ "CF5: a number, null, nothing", "services", 200,
	  "{\"status\":\"ok\",\"services\":{\"a\":1,\"b\":null,\"c\":{}}}",
	  "overall=ok a=unknown/warning b=unknown/warning c=unknown/warning",
	  "c no status, expected ok: no status was found in it" },
	{ "CF5: none", "services", 200, "{\"status\":\"ok\",\"services\":{}}",
	  "overall=ok services=unknown/warning", NULL },
	{ "CF5: no map", "services", 200,
	  "{\"status\":\"ok\",\"services\":\"ok\"}",
	  "overall=ok services=unknown/warning", NULL },

	{ "CF34", "metrics", 200,
	  "{\"users\":{\"total\":5},\"system\":{\"uptime_seconds\":12.5,"
	  "\"version\":\"1.0.0\"}}",
	  "system.uptime_seconds=ok", NULL },
	{ "CF34: no uptime", "metrics", 200,
	  "{\"system\":{\"version\":\"1.0.0\"}}",
	  "system.uptime_seconds=unknown/error",
	  "the body has no $.system.uptime_seconds" },
	{ "CF34: negative", "metrics", 200,
	  "{\"system\":{\"uptime_seconds\":-1,\"version\":\"1.0.0\"}}",
	  "system.uptime_seconds=down/error", NULL },
	{ "CF34: empty", "metrics", 200, "{}",
	  "system.uptime_seconds=unknown/error system.version=unknown/error",
	  NULL },

	{ "AT1", "status", 200, "{\"status\": \"ok\"}", "overall=ok", NULL },
	{ "AT1: not ok", "status", 200, "{\"status\": \"fail\"}",
	  "overall=down/critical", NULL },
	{ "AT1: no status", "status", 200, "{\"state\": \"ok\"}",
	  "overall=unknown/error", "the body has no $.status" },

	{ "TX1", "services-timestamp", 200,
	  "{\"status\":\"healthy\",\"timestamp\":1769774399.25,\"services\":{"
	  "\"database\":{\"status\":\"healthy\",\"response_time\":\"fast\"},"
	  "\"cache\":{\"status\":\"healthy\"},\"string_propagation\":"
	  "\"healthy\",\"workspace_isolation\":true}}",
	  "overall=ok database=ok cache=ok string_propagation=ok "
	  "workspace_isolation=ok timestamp=ok",
	  "timestamp 750 ms old, expected within 60.0 s of now" },
	{ "TX1: stale", "services-timestamp", 200,
	  "{\"status\":\"healthy\",\"timestamp\":1769774339.5,\"services\":{"
	  "\"database\":\"ok\"}}",
	  "overall=ok database=ok timestamp=down/error",
	  "the page is stale: it may come from a cache" },
	{ "TX1: clock skew", "services-timestamp", 200,
	  "{\"status\":\"healthy\",\"timestamp\":1769774461,\"services\":{"
	  "\"database\":\"ok\"}}",
	  "overall=ok database=ok timestamp=degraded/warning", "ahead of now" },
	{ "TX1: at the edges", "services-timestamp", 200,
	  "{\"status\":\"healthy\",\"timestamp\":1769774340,\"services\":{"
	  "\"database\":\"ok\"}}",
	  "overall=ok database=ok timestamp=ok", NULL },
	{ "TX1: no timestamp", "services-timestamp", 200,
	  "{\"status\":\"healthy\",\"services\":{\"database\":\"ok\"}}",
	  "overall=ok database=ok timestamp=unknown/warning",
	  "the body has no $.timestamp" },
	{ "TX1: a date", "services-timestamp", 200,
	  "{\"status\":\"healthy\",\"timestamp\":\"2026-01-30T18:59:59+07:00\","
	  "\"services\":{\"database\":\"ok\"}}",
	  "overall=ok database=ok timestamp=ok", NULL },
	{ "TX1: milliseconds", "services-timestamp", 200,
	  "{\"status\":\"healthy\",\"timestamp\":1769774400000,\"services\":{"
	  "\"database\":\"ok\"}}",
	  "overall=ok database=ok timestamp=ok", NULL },
	{ "TX1: no time", "services-timestamp", 200,
	  "{\"status\":\"healthy\",\"timestamp\":\"noon\",\"services\":{"
	  "\"database\":\"ok\"}}",
	  "overall=ok database=ok timestamp=unknown/warning",
	  "this is no time" },
	{ "TX2: 200 healthy without a cache", "services-timestamp", 200,
	  "{\"status\":\"healthy\",\"timestamp\":1769774400,\"services\":{"
	  "\"database\":{\"status\":\"healthy\"},\"cache\":{\"status\":"
	  "\"unhealthy\",\"error\":\"Cache write/read failed\"},"
	  "\"string_propagation\":\"unhealthy\","
	  "\"workspace_isolation\":{\"status\":\"healthy\"}}}",
	  "overall=ok database=ok cache=down/error "
	  "string_propagation=down/error workspace_isolation=ok timestamp=ok",
	  "cache unhealthy, expected ok: Cache write/read failed; the overall "
	  "word says \"healthy\" all the same" },

	{ "TX3", "ready", 200, "{\"status\": \"ready\"}", "overall=ok", NULL },
	{ "TX3: not ready", "ready", 503, "{\"status\": \"not_ready\"}",
	  "overall=starting/warning", NULL },
	{ "TX3: ready with a 503", "ready", 503, "{\"status\": \"ready\"}",
	  "overall=ok status=down/critical", NULL },
	{ "TX4", "alive", 200, "{\"status\": \"alive\"}", "overall=ok", NULL },
	{ "TX4: dead", "alive", 200, "{\"status\": \"dead\"}",
	  "overall=down/critical", NULL },

	{ "DA4", "system", 200,
	  "{\"cpu\":12.5,\"memory_percent\":40,\"disk_percent\":89.9,"
	  "\"healthy\":true}",
	  "overall=ok cpu=ok memory_percent=ok disk_percent=ok", NULL },
	{ "DA4: 200 although not healthy", "system", 200,
	  "{\"cpu\":80,\"memory_percent\":40,\"disk_percent\":95,"
	  "\"healthy\":false}",
	  "overall=down/error cpu=down/error memory_percent=ok "
	  "disk_percent=down/error",
	  "cpu 80, expected less than 80" },
	{ "DA4: healthy, but for a number", "system", 200,
	  "{\"cpu\":1,\"memory_percent\":85,\"disk_percent\":1,"
	  "\"healthy\":true}",
	  "overall=ok cpu=ok memory_percent=down/error disk_percent=ok",
	  "the overall word says \"true\" although memory_percent is 85" },
	{ "DA4: a number is missing", "system", 200,
	  "{\"cpu\":1,\"memory_percent\":5,\"healthy\":true}",
	  "overall=ok disk_percent=unknown/error cpu=ok memory_percent=ok",
	  NULL },

	{ "DA5", "pool", 200,
	  "{\"status\":\"healthy\",\"connections\":{\"size\":5,"
	  "\"checkedout\":4}}",
	  "overall=ok connections.checkedout=ok", NULL },
	{ "DA5: 200 with an exhausted pool", "pool", 200,
	  "{\"status\":\"healthy\",\"connections\":{\"size\":5,"
	  "\"checkedout\":5}}",
	  "overall=ok connections.checkedout=down/error",
	  "connections.checkedout 5, expected less than $.connections.size "
	  "(5): connection pool exhausted" },
	{ "DA5: 200 although unhealthy", "pool", 200,
	  "{\"status\":\"unhealthy\",\"error\":\"refused\"}",
	  "overall=down/critical", "overall unhealthy, expected ok: refused" },
	{ "DA5: no connections", "pool", 200, "{\"status\":\"healthy\"}",
	  "overall=ok connections.size=unknown/error "
	  "connections.checkedout=unknown/error",
	  NULL },
	{ "DA5: no size", "pool", 200,
	  "{\"status\":\"unhealthy\",\"connections\":{\"checkedout\":5}}",
	  "overall=down/warning connections.checkedout=unknown/warning",
	  "$.connections.size is no number" },
};

const size_t health_rows_n = LEN(health_rows);

/* ---- any shape --------------------------------------------------------------------- */

const struct health_row health_any_rows[] = {
	{ "a word", "any", 200, "{\"status\":\"UP\"}", "overall=ok", NULL },
	{ "a bool", "any", 200, "{\"healthy\":false}", "overall=down/critical",
	  NULL },
	{ "text", "any", 200, " OK\r\n", "overall=ok", NULL },
	{ "starting text", "any", 503, "not ready\n",
	  "overall=starting/warning", NULL },
	{ "a page", "any", 200, "<h1>Welcome</h1>", "overall=unknown/error",
	  "the body is neither JSON nor a known word" },
	{ "nothing", "any", 200, "", "overall=unknown/error",
	  "the body is empty" },
	{ "a JSON text", "any", 200, "\"ok\"", "overall=ok", NULL },
	{ "no status", "any", 200, "{\"hello\":\"world\"}",
	  "overall=unknown/error", "no status was found in the body" },
	{ "one more word", "any", 200, "{\"status\":\"ok\",\"ready\":false}",
	  "overall=ok ready=down/error", NULL },
	{ "a word of something else", "any", 200,
	  "{\"status\":\"ok\",\"state\":\"leader\"}", "overall=ok", NULL },
	{ "words in a map", "any", 200,
	  "{\"status\":\"ok\",\"dependencies\":{\"a\":\"up\",\"b\":false}}",
	  "overall=ok a=ok b=down/error", NULL },
	{ "Spring", "any", 503,
	  "{\"status\":\"DOWN\",\"components\":{\"db\":{\"status\":\"DOWN\","
	  "\"components\":{\"main\":{\"status\":\"UP\",\"details\":{"
	  "\"database\":\"PostgreSQL\"}},\"replica\":{\"status\":\"DOWN\","
	  "\"details\":{\"error\":\"timed out\"}}}},\"diskSpace\":{\"status\":"
	  "\"UP\",\"details\":{\"free\":5,\"exists\":true}}}}",
	  "overall=down/critical db=down/critical db.main=ok "
	  "db.replica=down/error diskSpace=ok",
	  NULL },
	{ "details with parts", "any", 200,
	  "{\"status\":\"UP\",\"details\":{\"db\":{\"status\":\"UP\","
	  "\"details\":{\"hello\":1}}}}",
	  "overall=ok db=ok", NULL },
	{ "health+json", "any", 200,
	  "{\"status\":\"pass\",\"checks\":{\"db:time\":[{\"status\":\"warn\","
	  "\"output\":\"slow\",\"observedValue\":250}],\"cpu\":[{\"status\":"
	  "\"pass\"},{\"status\":\"fail\"}]}}",
	  "overall=ok db:time=degraded/warning cpu[0]=ok cpu[1]=down/error",
	  "db:time warn (observedValue 250), expected ok: slow" },
	{ "a list of names and statuses", "any", 503,
	  "{\"status\":\"DOWN\",\"checks\":[{\"name\":\"disk\",\"status\":"
	  "\"DOWN\"},{\"status\":\"UP\"}]}",
	  "overall=down/error disk=down/error [1]=ok", NULL },
	{ "a list alone", "any", 200,
	  "[{\"name\":\"a\",\"status\":\"ok\"},{\"name\":\"b\",\"ok\":true}]",
	  "a=ok b=ok", NULL },
	{ "a list of names", "any", 200,
	  "{\"status\":\"ok\",\"services\":[\"api\",\"worker\"]}", "overall=ok",
	  NULL },
	{ "a map of a status name", "any", 200,
	  "{\"health\":{\"db\":\"ok\",\"mq\":\"red\"}}", "db=ok mq=down/error",
	  NULL },
	{ "an object of a status name", "any", 200,
	  "{\"health\":{\"status\":\"ok\",\"checks\":{\"mq\":\"red\"}}}",
	  "health=ok health.mq=down/error", NULL },
	{ "a message of an object", "any", 200,
	  "{\"status\":\"fail\",\"error\":{\"message\":\"no license\"}}",
	  "overall=down/critical", "no license" },
	{ "too deep", "any", 200,
	  "{\"checks\":{\"a\":{\"checks\":{\"b\":{\"checks\":{\"c\":{\"checks\""
	  ":{\"d\":{\"checks\":{\"e\":{\"checks\":{\"f\":{\"checks\":{\"g\":{"
	  "\"checks\":{\"h\":{\"status\":\"ok\",\"checks\":{\"i\":\"down\"}}}}}"
	  "}}}}}}}}}}}}}",
	  "a.b.c.d.e.f.g.h=ok a.b.c.d.e.f.g.h=unknown/warning",
	  "nested too deep" },
	{ "not found", "any", 404, "{\"status\":\"ok\"}",
	  "overall=ok status=down/critical", "expected 2xx or 503" },
	{ "another success", "any", 204, "ok", "overall=ok", NULL },
};

const size_t health_any_rows_n = LEN(health_any_rows);

/* SPDX-License-Identifier: MIT */
#include "probe/engine/jar.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "probe/engine/inside.h"
#include "scenarios/base/units.h"

enum {
	JAR_HEADER_MAX = 8190, /* bytes of a Cookie, with its name */
	JAR_SEND_MAX = 150,    /* cookies in a request */
	JAR_SET_MAX = 8 << 10, /* bytes of a Set-Cookie; libcurl takes less */
	JAR_HOST_MAX = 256,
	/* libcurl counts them by handle, and counts anew in a transfer only */
	JAR_CLERK_SETS_MAX = 50,
	JAR_HOSTS_MAX = 1 << 16,
};

/* A cookie of one host alone is given to libcurl as that of a number, as only
 * numbers have no hosts below them: 240.0.x.y, which nobody has. */
#define NUMBER_FORMAT "240.0.%u.%u"

struct jar {
	struct engine *en;
	CURLSH *share;
	char **host; /* by number */
	size_t n_hosts;
};

/* ---- life ------------------------------------------------------------- */

struct jar *jar_new(struct engine *en)
{
	struct jar *jar = calloc(1, sizeof(*jar));

	if (!jar)
		return NULL;
	jar->en = en;
	jar->share = curl_share_init();
	if (!jar->share || curl_share_setopt(jar->share, CURLSHOPT_SHARE,
					     CURL_LOCK_DATA_COOKIE)) {
		jar_free(jar);
		return NULL;
	}
	return jar;
}

void jar_free(struct jar *jar)
{
	if (!jar)
		return;
	curl_share_cleanup(jar->share);
	for (size_t i = 0; i < jar->n_hosts; i++)
		free(jar->host[i]);
	free(jar->host);
	free(jar);
}

/* One that libcurl lets read another Set-Cookie. */
static void renew_clerk(struct engine *en)
{
	if (++en->n_clerk_sets <= JAR_CLERK_SETS_MAX)
		return;
	curl_easy_cleanup(en->clerk);
	en->clerk = NULL;
	en->n_clerk_sets = 1;
}

/* One more line for libcurl, or "ALL" to forget. */
static void tell(struct jar *jar, const char *line)
{
	CURL *clerk = engine_clerk(jar->en);

	if (!clerk || curl_easy_setopt(clerk, CURLOPT_SHARE, jar->share))
		return;
	curl_easy_setopt(clerk, CURLOPT_COOKIELIST, line);
	curl_easy_setopt(clerk, CURLOPT_SHARE, NULL);
}

void jar_forget(struct jar *jar)
{
	tell(jar, "ALL");
}

/* ---- hosts ------------------------------------------------------------ */

/* Without brackets; false when it is too long for any. */
static bool read_host(const char *host, char out[JAR_HOST_MAX])
{
	bool is_bare = *host != '[';
	size_t len = strcspn(host + !is_bare, is_bare ? "" : "]");

	if (!len || len >= JAR_HOST_MAX)
		return false;
	memcpy(out, host + !is_bare, len);
	out[len] = '\0';
	return true;
}

static bool is_number(const char *host)
{
	struct in6_addr at;

	return inet_pton(AF_INET, host, &at) == 1 ||
	       inet_pton(AF_INET6, host, &at) == 1;
}

/* Nobody listens on the way. */
static bool is_secure(const struct jar_place *at, const char *host)
{
	return at->is_encrypted || !strcasecmp(host, "localhost") ||
	       !strcmp(host, "127.0.0.1") || !strcmp(host, "::1");
}

/* JAR_HOSTS_MAX: without memory, or too many. */
static size_t number_of(struct jar *jar, const char *host)
{
	for (size_t i = 0; i < jar->n_hosts; i++)
		if (!strcasecmp(jar->host[i], host))
			return i;
	if (jar->n_hosts + 1 >= JAR_HOSTS_MAX)
		return JAR_HOSTS_MAX;
	char **longer =
		realloc(jar->host, (jar->n_hosts + 1) * sizeof(*longer));
	if (!longer)
		return JAR_HOSTS_MAX;
	jar->host = longer;
	jar->host[jar->n_hosts] = strdup(host);
	return jar->host[jar->n_hosts] ? jar->n_hosts++ : JAR_HOSTS_MAX;
}

/* The domain is the host, or one that the host lies below: section 5.1.3. */
static bool is_within(const char *host, const char *domain, size_t len)
{
	size_t host_len = strlen(host);

	if (host_len < len || strncasecmp(host + host_len - len, domain, len))
		return false;
	if (host_len == len)
		return true;
	return host[host_len - len - 1] == '.' && !is_number(host);
}

/* ---- taking ----------------------------------------------------------- */

/* What a Set-Cookie says of the address. */
struct terms {
	bool has_domain, has_path, is_secure;
	bool is_foreign; /* a domain that is none of the host's */
};

struct span {
	const char *at;
	size_t len;
};

static struct span trim(const char *at, size_t len)
{
	while (len && (*at == ' ' || *at == '\t')) {
		at++;
		len--;
	}
	while (len && (at[len - 1] == ' ' || at[len - 1] == '\t'))
		len--;
	return (struct span){ at, len };
}

static bool is_named(struct span name, const char *wanted)
{
	return name.len == strlen(wanted) &&
	       !strncasecmp(name.at, wanted, name.len);
}

static void note_domain(struct terms *t, struct span value, const char *host)
{
	if (value.len && *value.at == '.') {
		value.at++;
		value.len--;
	}
	const char *dot = memchr(value.at, '.', value.len);
	bool is_own = value.len == strlen(host);
	bool is_wide = dot && dot + 1 < value.at + value.len;

	t->has_domain = true;
	t->is_foreign |=
		!is_within(host, value.at, value.len) || (!is_own && !is_wide);
}

static void note_attribute(struct terms *t, const char *at, size_t len,
			   const char *host)
{
	const char *equals = memchr(at, '=', len);
	size_t name_len = equals ? (size_t)(equals - at) : len;
	struct span name = trim(at, name_len);
	struct span value = { "", 0 };

	if (equals)
		value = trim(equals + 1, len - name_len - 1);
	if (is_named(name, "secure"))
		t->is_secure |= !value.len;
	else if (is_named(name, "path"))
		t->has_path |= value.len > 0;
	else if (is_named(name, "domain") && value.len)
		note_domain(t, value, host);
}

/* False: it has no name, and libcurl would take an attribute for one. */
static bool read_terms(struct terms *t, const char *value, const char *host)
{
	const char *at = value + strcspn(value, ";");

	*t = (struct terms){ 0 };
	if (!trim(value, strcspn(value, ";=\r\n")).len)
		return false;
	while (*at == ';') {
		size_t len = strcspn(++at, ";");

		note_attribute(t, at, len, host);
		at += len;
	}
	return true;
}

/* The folder of the request, section 5.1.4.  What cannot be written in an
 * attribute is for all. */
static void put_default_path(struct buf *line, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	buf_puts(line, "; Path=");
	if (len && *path == '/' && !memchr(path, ';', len))
		buf_add(line, path, len);
	else
		buf_putc(line, '/');
}

/* Last, so that it is the end of the line: libcurl 7.88 knows no number that
 * anything follows. */
static bool put_number(struct buf *line, struct jar *jar, const char *host)
{
	size_t n = number_of(jar, host);

	if (n == JAR_HOSTS_MAX)
		return false;
	buf_printf(line, "; Domain=" NUMBER_FORMAT, (unsigned)n >> 8,
		   (unsigned)n & 0xff);
	return true;
}

void jar_take(struct jar *jar, const struct jar_place *from, const char *value)
{
	char host[JAR_HOST_MAX];
	struct terms terms;
	struct buf line;

	if (!read_host(from->host, host) || !read_terms(&terms, value, host))
		return;
	if (terms.is_foreign || (terms.is_secure && !is_secure(from, host)))
		return;
	buf_init(&line, JAR_SET_MAX);
	buf_puts(&line, "Set-Cookie: ");
	buf_puts(&line, value);
	if (!terms.has_path)
		put_default_path(&line, from->path);
	if ((terms.has_domain || put_number(&line, jar, host)) &&
	    buf_ok(&line)) {
		renew_clerk(jar->en);
		tell(jar, buf_text(&line));
	}
	buf_release(&line);
}

/* ---- giving ----------------------------------------------------------- */

struct cookie {
	const char *name, *value;
	size_t path_len, domain_len;
	size_t number; /* in the order in which they were made */
};

/* Section 5.1.4, of a path as libcurl keeps it for this. */
static bool is_on_path(const char *path, const char *of_cookie, size_t len)
{
	if (len <= 1)
		return true;
	return !strncmp(path, of_cookie, len) &&
	       (!path[len] || path[len] == '/');
}

static struct span clean_path(const char *path)
{
	size_t len;

	path += *path == '"';
	len = strlen(path);
	len -= len && path[len - 1] == '"';
	if (*path != '/')
		return (struct span){ "/", 1 };
	return (struct span){ path, len - (len && path[len - 1] == '/') };
}

static bool is_for_host(const struct jar *jar, char *column[COOKIE_COLUMNS],
			const char *host, size_t *len)
{
	static const char http_only[] = COOKIE_HTTP_ONLY;
	const char *domain = column[COOKIE_DOMAIN];
	unsigned high, low;
	char end;

	if (!strncmp(domain, http_only, strlen(http_only)))
		domain += strlen(http_only);
	domain += *domain == '.';
	*len = strlen(domain);
	if (sscanf(domain, NUMBER_FORMAT "%c", &high, &low, &end) != 2)
		return is_within(host, domain, *len);
	size_t n = (size_t)high << 8 | low;
	*len = strlen(host);
	return n < jar->n_hosts && !strcasecmp(jar->host[n], host);
}

/* Longer paths first, section 5.4; the rest as libcurl has it. */
static int compare(const void *a, const void *b)
{
	const struct cookie *one = a, *other = b;
	size_t one_len = strlen(one->name), other_len = strlen(other->name);

	if (one->path_len != other->path_len)
		return one->path_len < other->path_len ? 1 : -1;
	if (one->domain_len != other->domain_len)
		return one->domain_len < other->domain_len ? 1 : -1;
	if (one_len != other_len)
		return one_len < other_len ? 1 : -1;
	return one->number < other->number ? 1 : -1;
}

/* libcurl lists those, too, whose time is over; 0: of this session. */
static bool is_over(const char *expires, uint64_t wall_ns)
{
	unsigned long long at = strtoull(expires, NULL, 10);

	return at && at < wall_ns / UNIT_NS_PER_S;
}

static bool may_go(char *column[COOKIE_COLUMNS], const struct jar_place *to,
		   const char *host)
{
	return (*column[COOKIE_SECURE] != 'T' || is_secure(to, host)) &&
	       !is_over(column[COOKIE_EXPIRES], engine_wall_ns());
}

static size_t choose(const struct jar *jar, struct curl_slist *list,
		     const struct jar_place *to, struct cookie *out)
{
	char host[JAR_HOST_MAX];
	size_t n = 0, number = 0;

	if (!read_host(to->host, host))
		return 0;
	for (struct curl_slist *l = list; l && n < JAR_SEND_MAX; l = l->next) {
		char *column[COOKIE_COLUMNS];
		struct cookie *c = &out[n];

		number++;
		if (!cookie_cut(l->data, column) || !may_go(column, to, host) ||
		    !is_for_host(jar, column, host, &c->domain_len))
			continue;
		struct span path = clean_path(column[COOKIE_PATH]);
		if (!is_on_path(to->path, path.at, path.len))
			continue;
		c->name = column[COOKIE_NAME];
		c->value = column[COOKIE_VALUE];
		c->path_len = strlen(column[COOKIE_PATH]);
		c->number = number;
		n++;
	}
	qsort(out, n, sizeof(*out), compare);
	return n;
}

bool jar_give(struct jar *jar, const struct jar_place *to, struct buf *out)
{
	struct curl_slist *list = cookies_list(jar->en, jar->share);
	struct cookie cookie[JAR_SEND_MAX];
	size_t n = list ? choose(jar, list, to, cookie) : 0;
	size_t len = strlen("Cookie: ");

	for (size_t i = 0; i < n; i++) {
		const struct cookie *c = &cookie[i];
		size_t more = strlen(c->name) + strlen(c->value) + 1;

		if (len + more >= JAR_HEADER_MAX)
			break;
		len += more + (i ? 2 : 0);
		buf_printf(out, "%s%s=%s", i ? "; " : "", c->name, c->value);
	}
	curl_slist_free_all(list);
	return buf_ok(out);
}

/* SPDX-License-Identifier: MIT */
#include "report/metrics/families.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 }; /* a power of two; lists stay short */

/* FNV-1a: hashes of one page, which gains nothing by collisions but a slower
 * reading of itself. */
static size_t hash(const char *name, size_t len)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 32) & (BUCKETS - 1);
}

static struct family *find(const struct families *t, const char *name,
			   size_t len)
{
	struct family *f = t->bucket ? t->bucket[hash(name, len)] : NULL;

	while (f && (f->len != len || memcmp(f->name, name, len) != 0))
		f = f->next;
	return f;
}

struct family *families_add(struct families *t, const char *name, size_t len)
{
	struct family *f = find(t, name, len);

	if (f || t->n >= EXPOSITION_FAMILIES_MAX)
		return f;
	if (!t->bucket) {
		t->bucket = calloc(BUCKETS, sizeof(*t->bucket));
		if (!t->bucket)
			return NULL;
		t->n_buckets = BUCKETS;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	struct family **head = &t->bucket[hash(name, len)];
	*f = (struct family){ .name = name, .len = len, .next = *head };
	*head = f;
	t->n++;
	return f;
}

struct suffix {
	const char *text;
	unsigned types; /* bits by enum metric_type */
	enum metric_part part;
	bool is_open; /* of OpenMetrics only */
};

#define BIT(t) (1u << METRIC_##t)

static const struct suffix suffixes[] = {
	{ "_bucket", BIT(HISTOGRAM) | BIT(GAUGE_HISTOGRAM), PART_BUCKET,
	  false },
	{ "_sum", BIT(HISTOGRAM) | BIT(SUMMARY), PART_SUM, false },
	{ "_count", BIT(HISTOGRAM) | BIT(SUMMARY), PART_COUNT, false },
	{ "_total", BIT(COUNTER), PART_VALUE, true },
	{ "_created", BIT(COUNTER) | BIT(HISTOGRAM) | BIT(SUMMARY),
	  PART_CREATED, true },
	{ "_gsum", BIT(GAUGE_HISTOGRAM), PART_SUM, true },
	{ "_gcount", BIT(GAUGE_HISTOGRAM), PART_COUNT, true },
	{ "_info", BIT(INFO), PART_VALUE, true },
};

struct family *families_of_sample(struct families *t, const char *name,
				  size_t len, bool is_open,
				  enum metric_part *part)
{
	struct family *f = find(t, name, len);

	*part = PART_VALUE;
	if (f)
		return f;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		const struct suffix *s = &suffixes[i];
		size_t tail = strlen(s->text);

		if ((s->is_open && !is_open) || len <= tail ||
		    memcmp(name + len - tail, s->text, tail) != 0)
			continue;
		f = find(t, name, len - tail);
		if (!f || !(s->types & 1u << f->type))
			continue;
		*part = s->part;
		return f;
	}
	return families_add(t, name, len);
}

void families_release(struct families *t)
{
	for (size_t i = 0; i < t->n_buckets; i++) {
		while (t->bucket[i]) {
			struct family *next = t->bucket[i]->next;

			free(t->bucket[i]);
			t->bucket[i] = next;
		}
	}
	free(t->bucket);
	*t = (struct families){ 0 };
}

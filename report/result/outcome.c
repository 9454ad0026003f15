/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include "report/result/outcome.h"

static const struct row {
	enum layer layer;
	enum outcome_class kind;
	const char *name;
	const char *sentence;
} rows[OUTCOME_N] = {
#define X(name, layer, class, text, sentence) \
	[OUTCOME_##name] = { LAYER_##layer, CLASS_##class, text, sentence },
	OUTCOMES(X)
#undef X
};

static const char *const layers[] = {
	[LAYER_NONE] = "none",	   [LAYER_LOCAL] = "local",
	[LAYER_NAME] = "name",	   [LAYER_TCP] = "tcp",
	[LAYER_TLS] = "tls",	   [LAYER_HTTP] = "http",
	[LAYER_EXPECT] = "expect",
};

const char *outcome_name(enum outcome o)
{
	return rows[o].name;
}

const char *outcome_sentence(enum outcome o)
{
	return rows[o].sentence;
}

bool outcome_is_timeout(enum outcome o)
{
	return o == OUTCOME_DNS_TIMEOUT || o == OUTCOME_CONNECT_TIMEOUT ||
	       o == OUTCOME_TLS_TIMEOUT || o == OUTCOME_TIMEOUT;
}

enum layer outcome_layer(enum outcome o)
{
	return rows[o].layer;
}

const char *layer_name(enum layer l)
{
	return layers[l];
}

enum outcome_class outcome_class(enum outcome o)
{
	return rows[o].kind;
}

bool outcome_find(const char *name, enum outcome *o)
{
	for (size_t i = 0; i < OUTCOME_N; i++) {
		if (strcmp(rows[i].name, name) == 0) {
			*o = (enum outcome)i;
			return true;
		}
	}
	return false;
}

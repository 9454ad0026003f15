/* SPDX-License-Identifier: MIT */
#include "probe/deliver/send/settings.h"

#include <openssl/crypto.h>
#include <string.h>

#include "probe/secrets.h"
#include "probe/world.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/base/buf.h"
#include "scenarios/base/err.h"
#include "scenarios/model.h"

enum { WHY_MAX = 200 };

bool settings_world(const struct scenario *sc,
		    const struct secret_values *secrets, struct arena *a,
		    struct template_world *out)
{
	struct template_slot *slots =
		arena_alloc(a, sc->n_secrets, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < sc->n_secrets; i++) {
		const struct secret_value *value =
			secrets ? secrets_find(secrets, sc->secrets[i].name)
				: NULL;
		if (value)
			slots[i] = (struct template_slot){
				.text = value->text,
				.len = value->len,
				.is_set = true,
			};
	}
	*out = world_now(slots, sc->n_secrets);
	return true;
}

const char *settings_text(const struct template *text,
			  const struct template_world *world, struct arena *a,
			  struct buf *why)
{
	struct buf value;
	const char *kept = NULL;

	buf_init(&value, TEMPLATE_OUT_MAX);
	if (template_eval(text, world, &value, why)) {
		kept = arena_strndup(a, buf_text(&value), value.len);
		if (!kept && why)
			buf_puts(why, "not enough memory");
	}
	if (value.text)
		OPENSSL_cleanse(value.text, value.room);
	buf_release(&value);
	return kept;
}

const struct notice_setting *settings_evaluate(
	const struct alert_channel *channel, const struct template_world *world,
	struct arena *a, struct errs *es)
{
	struct notice_setting *out =
		arena_alloc(a, channel->n_settings, sizeof(*out));
	struct buf why;

	if (!out) {
		errs_nomem(es);
		return NULL;
	}
	buf_init(&why, WHY_MAX);
	for (size_t i = 0; i < channel->n_settings; i++) {
		const struct channel_setting *from = &channel->settings[i];
		out[i].name = from->name;
		out[i].value =
			from->value ? settings_text(from->value, world, a, &why)
				    : "";
		if (out[i].value)
			continue;
		errs_add(es, ERR_INPUT, from->at,
			 "channel \"%s\": \"%s\" cannot be filled in: %s",
			 channel->name, from->name, buf_text(&why));
		settings_wipe(out, i);
		out = NULL;
		break;
	}
	buf_release(&why);
	return out;
}

void settings_wipe(const struct notice_setting *settings, size_t n)
{
	for (size_t i = 0; settings && i < n; i++) {
		const char *value = settings[i].value;
		if (value && *value)
			OPENSSL_cleanse((void *)(uintptr_t)value,
					strlen(value));
	}
}

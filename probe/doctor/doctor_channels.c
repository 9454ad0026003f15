/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "probe/deliver/deliver.h"
#include "probe/deliver/send/settings.h"
#include "probe/doctor/doctor.h"
#include "report/notice/notice.h"
#include "scenarios/alerts/alerts.h"
#include "scenarios/base/arena.h"
#include "scenarios/model.h"

enum { CHANNEL_BYTES_MAX = 8 << 20 };

/* Mail that any hop on the way could read. */
static bool is_in_clear(const struct message *m)
{
	const char *host =
		m->kind == MESSAGE_MAIL ? strstr(m->server, "://") : NULL;

	if (!host || m->needs_tls)
		return false;
	host += 3;
	return strncmp(host, "localhost", 9) != 0 &&
	       strncmp(host, "127.", 4) != 0 && strncmp(host, "[::1]", 5) != 0;
}

static void judge(struct doctor *d, const struct alert_channel *c,
		  const struct message *m, size_t n)
{
	const char *kind = channel_kind_names[c->kind];

	for (size_t i = 0; i < n; i++) {
		if (m[i].kind == MESSAGE_HTTP &&
		    strncmp(m[i].url, "https://", 8) != 0)
			doctor_say(d, FINDING_OK, "channel", "",
				   "%s (%s) is complete; it is asked in clear, "
				   "without TLS",
				   c->name, kind);
		else if (is_in_clear(&m[i]))
			doctor_say(d, FINDING_WARN, "channel",
				   "take tls: none away, or use a server on "
				   "this machine",
				   "%s (%s) sends mail and its password "
				   "without TLS",
				   c->name, kind);
		else
			doctor_say(d, FINDING_OK, "channel", "",
				   "%s (%s) is complete%s", c->name, kind,
				   m[i].kind == MESSAGE_MAIL
					   ? "; nothing is sent without TLS"
					   : "");
		return;
	}
	doctor_say(d, FINDING_OK, "channel", "", "%s (%s) is complete", c->name,
		   kind);
}

/* Makes a notice without sending it: what is missing is said by whoever would
 * need it. */
static void look_at(struct doctor *d, const struct alert_channel *c,
		    const struct template_world *world)
{
	static const char remedy[] =
		"set what it takes from the environment (secrets), or write "
		"it under the channel";
	struct arena *a = arena_new(CHANNEL_BYTES_MAX);
	struct notice test = notice_test(d->sc->name, d->sc->environment,
					 "test", d->now_at_ns);
	struct notice_input in = {
		.channel = c,
		.n_settings = c->n_settings,
		.n = 1,
		.notices = &test,
		.reference = "",
		.world = world,
	};
	struct message *messages = NULL;
	struct errs es = { 0 };
	size_t n = 0;

	if (a)
		in.settings = settings_evaluate(c, world, a, &es);
	if (in.settings && notice_render(&in, a, &messages, &n, &es))
		judge(d, c, messages, n);
	else
		doctor_say_problems(d, FINDING_FAIL, "channel", remedy, &es);
	settings_wipe(in.settings, in.settings ? c->n_settings : 0);
	arena_free(a);
}

void doctor_channels(struct doctor *d)
{
	const struct alerts *alerts = d->sc ? d->sc->alerts : NULL;
	struct template_world world;

	if (!alerts)
		return;
	if (!alerts->n_channels)
		doctor_say(d, FINDING_WARN, "channel",
			   "write channels under alerts, or assay init shows "
			   "how",
			   "the scenario has rules and no channels: nobody is "
			   "told");
	if (!d->has_secrets ||
	    !settings_world(d->sc, &d->secrets, d->a, &world))
		return;
	for (size_t i = 0; i < alerts->n_channels; i++)
		look_at(d, &alerts->channels[i], &world);
	if (!alerts->heartbeat_url && alerts->n_channels)
		doctor_say(d, FINDING_OK, "channel", "",
			   "nobody is told that assay itself runs; "
			   "heartbeat_url would");
}

void doctor_send(struct doctor *d)
{
	const struct deliver_config config = {
		.scenario = d->sc,
		.secrets = &d->secrets,
		.redactor = d->redactor,
	};
	struct channel_tried *rows = NULL;
	struct errs es = { 0 };
	size_t n = 0;

	if (!d->sc || !d->sc->alerts || !d->has_secrets)
		return;
	if (!deliver_test(&config, d->a, &rows, &n, &es))
		doctor_say_problems(d, FINDING_FAIL, "sent", "", &es);
	for (size_t i = 0; i < n; i++)
		doctor_say(d, rows[i].ok ? FINDING_OK : FINDING_FAIL, "sent",
			   "the answer says what the service wants",
			   "test notice to %s: %s", rows[i].channel,
			   rows[i].detail);
}

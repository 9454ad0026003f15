/* SPDX-License-Identifier: MIT */
#ifndef REPORT_ALERTS_MACHINE_PARTS_H
#define REPORT_ALERTS_MACHINE_PARTS_H

/*
 * parts - what the files of report/alerts/machine share: one step in the
 * making.
 */

#include "report/alerts/machine.h"

struct step {
	const struct alert_rule *rule;
	struct alert_state *state;
	const struct finding *findings;
	const struct alert_context *context;
	uint64_t now_at_ns; /* never before the last step */
	struct happenings *out;
};

/* A new happening of the state as it stands; never NULL. */
struct happening *step_add(struct step *s, enum happened kind);

/* ---- what is: hold.c -------------------------------------------------- */

/* Moves tiers and phase on, and logs the change. */
void step_move(struct step *s);

/* ---- what is told: tell.c ---------------------------------------------- */

/* Notes a change for flapping; begins and ends it. */
void step_note_change(struct step *s);
void step_flap(struct step *s);
/* Compares the two ledgers, reminds, escalates. */
void step_tell(struct step *s);
void step_event(struct step *s);

/* Makes a notice of a happening: numbers it and says who gets it. */
void step_notice(struct step *s, struct happening *h);

/* Between two notices that it still fires; 0: one is enough. */
uint64_t reminder_pause_ns(const struct alert_rule *rule, unsigned tier);
uint64_t tier_cooldown_ns(const struct alert_rule *rule, unsigned tier);

#endif

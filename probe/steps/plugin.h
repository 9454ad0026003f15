/* SPDX-License-Identifier: MIT */
#ifndef PROBE_STEPS_PLUGIN_H
#define PROBE_STEPS_PLUGIN_H

/*
 * plugin - what a Nagios plugin means by its exit code and its output.
 *
 * 0 ok, 1 warning, 2 critical, and anything else is unknown: not observed.
 * Performance data is kept, each by its label (what a name of a series cannot
 * hold becomes _); times in seconds, a counter (c) as one, other units of
 * size as a label.
 *
 * Thread rule   that of the judging.
 * Source        nagios-plugins.org/doc/guidelines.html, 2.4 and 2.6.
 */

struct judging;

void plugin_judge(struct judging *j);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef PROBE_CMD_EVENT_H
#define PROBE_CMD_EVENT_H

/* cmd_event - assay event: how something ended that happened elsewhere. */

#include "report/commands/command.h"

extern const struct command cmd_event;

#endif

/* SPDX-License-Identifier: MIT */
/* A file of its own: names of the system's header are ours elsewhere. */
#include <sys/timex.h>

#include "probe/doctor/doctor.h"

void doctor_clock(struct doctor *d)
{
	struct timex now = { .modes = 0 };
	int state = adjtimex(&now);

	if (state == TIME_ERROR || (now.status & STA_UNSYNC))
		doctor_say(d, FINDING_WARN, "clock",
			   "let a time service set it (chrony, "
			   "systemd-timesyncd); --online compares it with the "
			   "targets",
			   "nothing keeps the clock of this machine right");
	else if (state >= 0)
		doctor_say(d, FINDING_OK, "clock", "",
			   "a time service keeps it right");
}

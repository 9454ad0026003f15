/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LOG_AUDIT_H
#define REPORT_LOG_AUDIT_H

/*
 * audit - what was changed, when and by whom, in a log of its own.
 *
 * One JSON line a record: timestamp, user, action, resource, details,
 * success.  The state file keeps the same records (state_audit_add()).
 *
 * Thread rule   that of the redactor.
 */

struct audit_record; /* report/state/state.h */
struct log_sink;     /* report/log/sink.h */
struct redactor;     /* report/redact/redact.h */

/* sink NULL: nothing. */
void audit_write(struct log_sink *sink, const struct redactor *r,
		 const struct audit_record *record);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef REPORT_NOTICE_MAIL_HTML_H
#define REPORT_NOTICE_MAIL_HTML_H

/*
 * mail_html - the HTML part of a mail: tables with their style on each
 * element, because many readers drop a style sheet.  No image, no script, no
 * outside request; a target's address is shown, not linked.
 *
 * Foreign text  escaped for content and attributes.
 * Thread rule   pure.
 */

struct buf;	/* scenarios/base/buf.h */
struct telling; /* report/notice/channel.h */

void mail_html(struct buf *out, struct telling *t);

#endif

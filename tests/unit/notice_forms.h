/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_NOTICE_FORMS_H
#define TESTS_UNIT_NOTICE_FORMS_H

/*
 * notice_forms - the documented form of what each service takes, as tables,
 * written from the services' own documentation and not from our code.
 *
 * A row names a member by its path ("attachments[].color"); a member without a
 * row is wrong, and so is a required one that is not there.
 */

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "report/notice/notice.h"

/* NULL when the message is as its service documents it, else what is wrong. */
const char *form_check(enum channel_kind kind, const struct message *m);

/* What Telegram shows of a text in its legacy Markdown; NULL when it would
 * refuse it.  Freed by the caller. */
char *form_markdown(const char *text);

size_t form_units(const char *text); /* UTF-16 */

#endif

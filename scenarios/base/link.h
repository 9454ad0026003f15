/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_LINK_H
#define SCENARIOS_LINK_H

/*
 * link - lists whose links lie inside what is listed.
 *
 * A head is a link that is nobody's.  Adding and removing allocate nothing
 * and take the same time however long the list is.
 *
 * Thread rule   one thread at a time.
 */

#include <stdbool.h>

struct link {
	struct link *prev, *next;
};

static inline void list_init(struct link *head)
{
	head->prev = head->next = head;
}

static inline bool list_is_empty(const struct link *head)
{
	return head->next == head;
}

static inline void list_remove(struct link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

static inline void list_append(struct link *head, struct link *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

#endif

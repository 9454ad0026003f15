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
#include <stddef.h>

/* The struct that p, which points to its member, lies in. */
#define container_of(p, type, member) \
	((type *)(void *)((char *)(p)-offsetof(type, member)))

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

/* All that is in one list goes into the other, which is empty. */
static inline void list_move_all(struct link *from, struct link *to)
{
	list_init(to);
	if (list_is_empty(from))
		return;
	*to = *from;
	to->next->prev = to->prev->next = to;
	list_init(from);
}

#endif

/* SPDX-License-Identifier: MIT */
#ifndef SCENARIOS_LOADS_PARTS_H
#define SCENARIOS_LOADS_PARTS_H

/*
 * loads_parts - what the files of loads and the loader share.  Internal to
 * scenarios/.
 */

#include "scenarios/decode/decode.h"
#include "scenarios/loads/loads.h"

/* A load on its way: what needs other loads is put in at the end. */
struct workload_draft {
	struct workload w;
	const struct node *hosts, *flow, *arrivals, *users, *after, *warm_up;
	const struct node *limits, *connections, *gate;
};

enum {
	FILE_PROBLEMS_MAX = 5, /* said about one file before it is given up */
	FILE_CELLS_FIRST = 256,
};

/* One entry of data: and of loads:; checks are those of all files. */
bool feeder_decode(struct decoder *d, const struct node_entry *e,
		   struct feeder *f);
bool workload_decode(struct decoder *d, const struct node_entry *e,
		     const struct check *checks, size_t n_checks,
		     struct workload_draft *draft);

/* The drafts become loads that know each other; a circle is a problem. */
bool workloads_finish(struct decoder *d, const struct workload_draft *draft,
		      size_t n, const struct workload **out);

void workload_schema(struct buf *out);
void feeder_schema(struct buf *out);

/* arrivals.c: the plan of arrivals: or users: */
bool arrivals_decode(struct decoder *d, const struct node *t,
		     struct load_plan *plan);
bool users_decode(struct decoder *d, const struct node *t,
		  struct load_plan *plan);
void arrivals_schema(const struct key *k, struct buf *out);
void users_schema(const struct key *k, struct buf *out);

/* replay.c: the times in a file, as struct load_plan has them */
bool replay_read(struct decoder *d, const char *path, struct place at,
		 struct load_plan *plan);

/* flows.c */
bool flows_decode(struct decoder *d, const struct node *t,
		  const struct check *checks, size_t n_checks,
		  struct workload *w);
void flows_schema(const struct key *k, struct buf *out);
/* Every host that is known already must be allowed. */
bool flows_check_hosts(struct decoder *d, const struct workload *w);
/* A limit may name only a step that there is. */
bool flows_check_step(struct decoder *d, const struct workload *w,
		      const struct rule *r);

/* limits.c */
bool limits_decode(struct decoder *d, const struct node *t, struct workload *w);
void limits_schema(const struct key *k, struct buf *out);

/* gate.c */
bool load_gate_decode(struct decoder *d, const struct node *t,
		      struct load_gate *g);
void load_gate_schema(const struct key *k, struct buf *out);

/* A text file that is named in the scenario, read beside it; what cannot be
 * read is a problem where it is named. */
const struct source *loads_read(struct decoder *d, const char *path,
				size_t max_bytes, struct place at);

/* The rows of a feeder while they are read; cells grow on the heap and are
 * moved into the arena at the end. */
struct feeder_rows {
	struct decoder *d;
	const struct source *src;
	const struct source *shown; /* of places: the same without its text */
	unsigned line; /* where the reader is, followed by hand: a file may
			* be long */
	size_t problems;
	size_t n_columns;
	const char **cells; /* of whole rows, and of the one being read */
	size_t n, room;
};

/* All return false after a problem, which is counted. */
bool feeder_bad(struct feeder_rows *r, size_t col, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool feeder_cell_add(struct feeder_rows *r, const char *text);
bool feeder_row_end(struct feeder_rows *r, size_t got);
/* The first row, or the keys of the first object. */
bool feeder_columns(struct feeder_rows *r, const char *const *names, size_t n,
		    struct feeder *f);

/* csv.c, jsonl.c: into r and f->columns, from a text without NULs. */
bool feeder_read_csv(struct feeder_rows *r, struct feeder *f);
bool feeder_read_jsonl(struct feeder_rows *r, struct feeder *f);

/* All of a text by one of these; f gets the columns and the cells. */
bool feeder_read(struct decoder *d, const struct source *src,
		 bool (*read)(struct feeder_rows *r, struct feeder *f),
		 struct feeder *f);

/* What is known already of how a step gets to its host, as no value of the
 * run can change it; nothing for a unix socket.  *net: its options, or NULL.
 * False without memory. */
struct net_options;
bool load_step_way(struct arena *a, const struct step *step, size_t n_slots,
		   struct load_way *way, const struct net_options **net);

/* 1 to 65535, else 0. */
unsigned load_port(const char *text, size_t len);

#endif

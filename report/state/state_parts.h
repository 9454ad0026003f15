/* SPDX-License-Identifier: MIT */
#ifndef REPORT_STATE_PARTS_H
#define REPORT_STATE_PARTS_H

/*
 * state_parts - what the files of report/state share.
 *
 * All SQL goes through a query: its statement is prepared once and kept by the
 * handle, numbered parameters are bound in their order, and every error of
 * SQLite becomes one problem with the path of the file and a remedy.
 */

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "report/state/state.h"

struct buf;

enum {
	STATE_APPLICATION_ID = 0x61737379, /* "assy" */
	STATE_STATEMENTS_MAX = 128,
	STATE_MESSAGE_MAX = 1024, /* bytes of a sentence that are kept */
	STATE_NAME_MAX = 512,	  /* of a name of any kind */
	STATE_LABELS_MAX = 4096,
};

/* Of a series or requests of one observation, packed. */
#define STATE_BLOB_MAX ((size_t)4 << 20)

/* How long an observation counts when nobody says how often it is made: the
 * middle of the gaps there are, or this. */
#define STATE_EVERY_NS	   UINT64_C(300000000000)
#define STATE_SLACK_MIN_NS UINT64_C(10000000000)
#define STATE_SLACK_MAX_NS UINT64_C(3600000000000)
enum { STATE_SLACK_PART = 10 }; /* late by a tenth is not late */

struct statement {
	const char *sql; /* a literal: found again by its address */
	sqlite3_stmt *prepared;
};

struct state {
	char *path;
	sqlite3 *db;
	bool is_readonly;
	bool has_no_shared_memory; /* so no log either */
	bool in_transaction;
	bool has_failed;  /* inside the transaction: only rollback helps */
	uint64_t busy_ns; /* how long to wait for others */
	uint64_t waits_since_ns; /* of the monotonic clock */
	size_t n_statements;
	struct statement statements[STATE_STATEMENTS_MAX];
};

/* ---- problems (state.c) ------------------------------------------------- */

/* What the last call on st->db that gave rc means for the user.  what is an
 * infinitive: "write to".  Always false. */
bool state_problem(struct state *st, int rc, const char *what, struct errs *es);
/* A file that is refused, with the remedy.  Always false. */
bool state_refuse(const char *path, const char *why, struct errs *es);

/* What errno says; what is an infinitive.  Always false. */
bool state_trouble(const char *path, const char *what, struct errs *es);

/* ---- files (state_open.c, state_make.c) ---------------------------------- */

struct state *state_handle_new(const char *path, struct errs *es);
/* Opens name (the file, or what it will become), looks at its head unless it
 * is new, and sees to it that a hostile one can do no harm. */
bool state_connect(struct state *st, const char *name, int flags, bool is_new,
		   struct errs *es);
/* Bytes of a file beside it: -wal, -journal; 0 when it is not there. */
off_t state_beside(const char *path, const char *suffix);
/* It appears whole or not at all.  True when it is there now; *is_new: it was
 * made by this call. */
bool state_make_file(const char *path, bool *is_new, struct errs *es);
/* SQLite would take what is left of another file for a part of a new one:
 * false with a problem. */
bool state_no_leftovers(const char *path, struct errs *es);

/* ---- transactions of one function (state.c) ----------------------------- */

/* A function that writes several rows takes part in the caller's transaction,
 * or makes its own. */
bool state_enter(struct state *st, bool *is_own, struct errs *es);
/* The same for several questions that must fit together. */
bool state_enter_to_read(struct state *st, bool *is_own, struct errs *es);
bool state_leave(struct state *st, bool is_own, bool is_done, struct errs *es);

/* ---- queries (state.c) -------------------------------------------------- */

struct query {
	struct state *st;
	sqlite3_stmt *s;
	struct errs *es;
	int n_bound;
	bool has_failed;
};

/* sql must be a literal.  A query whose preparation failed may be bound,
 * stepped and ended like any other. */
void query_start(struct query *q, struct state *st, const char *sql,
		 struct errs *es);
void query_int(struct query *q, int64_t value);
void query_ns(struct query *q, uint64_t value); /* above INT64_MAX: that */
void query_real(struct query *q, double value);
void query_text(struct query *q, const char *text); /* copied; NULL is NULL */
void query_blob(struct query *q, const void *bytes, size_t len);
bool query_step(struct query *q); /* true: there is a row */
/* False when anything had failed; the statement is free again. */
bool query_end(struct query *q);
bool query_run(struct query *q); /* to the end, and ends it */

int64_t row_int(const struct query *q, int column);
uint64_t row_ns(const struct query *q, int column); /* negative: 0 */
double row_real(const struct query *q, int column);
/* A copy; NULL is "".  NULL without memory, and the query has failed. */
const char *row_text(struct query *q, int column, struct arena *a);
/* Until the next step. */
const unsigned char *row_blob(const struct query *q, int column, size_t *len);

/* A list that grows in an arena. */
struct rows {
	void *item;
	size_t n, room;
};
void *rows_add(struct rows *r, struct arena *a, size_t size, struct errs *es);
/* Runs it to its end: the texts of its first column. */
bool rows_of_texts(struct query *q, struct arena *a, const char *const **out,
		   size_t *n);

/* ---- names (state.c) ---------------------------------------------------- */

/* The number of a text that is kept once; at most max bytes of it. */
bool state_text_id(struct state *st, const char *text, size_t max, int64_t *id,
		   struct errs *es);
/* The number of a scenario or check; made when it is not there.  The check
 * "" is the scenario's own. */
bool state_scenario_id(struct state *st, const char *name, int64_t *id,
		       struct errs *es);
bool state_check_id(struct state *st, int64_t scenario, const char *name,
		    int64_t *id, struct errs *es);
/* *id is 0 when it is not there. */
bool state_check_find(struct state *st, const char *scenario, const char *check,
		      int64_t *id, struct errs *es);

/* ---- layout (state_schema.c) -------------------------------------------- */

/* What makes a file of layout i + 1 out of one of layout i. */
struct migration {
	const char *sql;
	int (*then)(sqlite3 *db); /* or NULL; what SQL cannot do */
};
extern const struct migration state_migrations[STATE_LAYOUT];

/* To layout n, in one transaction; what was done before is not done again.  A
 * code of SQLite. */
int state_migrate(sqlite3 *db, const struct migration *migrations, size_t n);
/* *is_same: tables, indices, views and triggers are exactly those of that
 * layout. */
int state_same_schema(sqlite3 *db, size_t layout, bool *is_same);

/* ---- packed numbers (state_pack.c) --------------------------------------- */

bool pack_number(struct buf *out, uint64_t value); /* 7 bits a byte */
bool pack_signed(struct buf *out, int64_t value);  /* zigzag */

/* Reading sticks: after bytes that are cut everything is 0. */
struct unpack {
	const unsigned char *bytes;
	size_t len, at;
	bool is_bad;
};
uint64_t unpack_number(struct unpack *u);
int64_t unpack_signed(struct unpack *u);
bool unpack_is_at_end(const struct unpack *u);

/* A request as it is packed; step is the number of its text. */
struct packed_request {
	int64_t step;
	struct seen_request seen; /* step is not used */
};
bool pack_request(struct buf *out, uint64_t base_at_ns,
		  const struct packed_request *r);
bool unpack_request(struct unpack *u, uint64_t base_at_ns,
		    struct packed_request *r);

/* A point of a series. */
struct packed_point {
	int64_t series;
	uint64_t at_ns;
	double value;
	int64_t text; /* number of the text, 0: none */
};
bool pack_point(struct buf *out, uint64_t base_at_ns,
		const struct packed_point *p);
bool unpack_point(struct unpack *u, uint64_t base_at_ns,
		  struct packed_point *p);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef REPORT_SHAPE_ROWS_H
#define REPORT_SHAPE_ROWS_H

/*
 * shape_rows - what the files that hold tables of shapes write them with.
 *
 * A table is an array of these rows while OF is defined as the struct that it
 * is about.  Only the files of
 * tables (*_shape.c) include this.
 */

#include "report/result/shape.h"

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

#define MUST true
#define MAY  false

/* key, need, member, one sentence */
#define FIELD(type_, key_, need_, member_, doc_)       \
	.key = key_, .type = type_, .required = need_, \
	.at = offsetof(struct OF, member_), .doc = doc_

#define TEXT(key, need, member, doc)                      \
	{                                                 \
		FIELD(SHAPE_TEXT, key, need, member, doc) \
	}
#define WORDS(key, need, member, doc)                      \
	{                                                  \
		FIELD(SHAPE_WORDS, key, need, member, doc) \
	}
#define COUNT(key, need, member, doc)                      \
	{                                                  \
		FIELD(SHAPE_COUNT, key, need, member, doc) \
	}
#define NUMBER(key, need, member, doc)                      \
	{                                                   \
		FIELD(SHAPE_NUMBER, key, need, member, doc) \
	}
#define REAL(key, need, member, doc)                      \
	{                                                 \
		FIELD(SHAPE_REAL, key, need, member, doc) \
	}
#define FLOAT(key, need, member, doc)                      \
	{                                                  \
		FIELD(SHAPE_FLOAT, key, need, member, doc) \
	}
#define BASE64(key, need, member, doc)                      \
	{                                                   \
		FIELD(SHAPE_BASE64, key, need, member, doc) \
	}
#define BOOL(key, need, member, doc)                      \
	{                                                 \
		FIELD(SHAPE_BOOL, key, need, member, doc) \
	}
#define TIME_NS(key, need, member, doc)                      \
	{                                                    \
		FIELD(SHAPE_TIME_NS, key, need, member, doc) \
	}
#define TIME_S(key, need, member, doc)                      \
	{                                                   \
		FIELD(SHAPE_TIME_S, key, need, member, doc) \
	}
#define ENUM(key, need, member, words_, doc)                                  \
	{                                                                     \
		FIELD(SHAPE_ENUM, key, need, member, doc), .words = &(words_) \
	}
#define PHASES(key, member, total, doc)                                    \
	{                                                                  \
		FIELD(SHAPE_PHASES, key, MUST, member, doc), .n_at = total \
	}
#define STRUCT(key, need, member, of_, doc)                               \
	{                                                                 \
		FIELD(SHAPE_STRUCT, key, need, member, doc), .of = &(of_) \
	}
#define POINTER(key, need, member, of_, doc)                               \
	{                                                                  \
		FIELD(SHAPE_POINTER, key, need, member, doc), .of = &(of_) \
	}
#define LIST(key, need, member, of_, doc)                                     \
	{                                                                     \
		FIELD(SHAPE_LIST, key, need, member, doc),                    \
			.of = &(of_), .n_at = offsetof(struct OF, n_##member) \
	}
#define LIFTED(key, member, of_, doc)                                         \
	{                                                                     \
		FIELD(SHAPE_LIFTED, key, MUST, member, doc),                  \
			.of = &(of_), .n_at = offsetof(struct OF, n_##member) \
	}
#define FIXED(key_, text, doc_)                                     \
	{                                                           \
		.key = key_, .type = SHAPE_FIXED, .required = MUST, \
		.fixed = text, .doc = doc_                          \
	}

extern const struct shape_words outcome_words;	/* enum outcome */
extern const struct shape_words verdict_words;	/* enum verdict */
extern const struct shape_words run_words;	/* enum run_verdict */
extern const struct shape_words severity_words; /* enum severity */

extern const struct shape spot_shape;	 /* struct spot */
extern const struct shape load_shape;	 /* struct load_result */
extern const struct shape gate_shape;	 /* struct gate_result */
extern const struct shape against_shape; /* struct against_result */

#endif

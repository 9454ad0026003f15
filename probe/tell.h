/* SPDX-License-Identifier: MIT */
#ifndef PROBE_TELL_H
#define PROBE_TELL_H

/*
 * tell - what commands that run something have in common: what their operand
 * is, and how the result reaches files, people and GitHub.
 *
 * Thread rule   one thread.
 */

#include <stdbool.h>

#include "report/out.h"

struct errs;	   /* scenarios/base/err.h */
struct outputs;	   /* report/render/outputs.h */
struct redactor;   /* report/redact/redact.h */
struct run_result; /* report/result/result.h */

/* http:// or https:// */
bool operand_is_url(const char *operand);
/* It is there, is "-", or is called like a scenario. */
bool operand_is_file(const char *operand);

/* A variable of this process, for struct load_options. */
const char *operand_env(void *self, const char *name);

struct telling {
	const struct outputs *outputs;
	const struct redactor *redactor;
	enum out_colour colour;
	bool quiet; /* nothing on the terminal when all is well */
	bool verbose;
};

/* Writes the files, ends the patience with signals (probe/patience.h), prints
 * the text and publishes to GitHub.  The run is sealed.  Returns the exit
 * code; files that could not be written are problems. */
int tell_run(const struct telling *how, const struct run_result *run,
	     struct errs *problems);

/* What is wrong, on standard error; warnings may be NULL. */
void tell_problems(const struct redactor *r, enum out_colour colour,
		   const struct errs *problems, const struct errs *warnings);

#endif

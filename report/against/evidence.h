/* SPDX-License-Identifier: MIT */
#ifndef REPORT_AGAINST_EVIDENCE_H
#define REPORT_AGAINST_EVIDENCE_H

/*
 * evidence - how much a growing series of shares says against "their mean is
 * at most (at least) so much".
 *
 * One may look after every share and stop when it is enough: the chance that
 * the evidence ever reaches 1/a although the mean is not beyond the bound is
 * at most a (Ville's inequality), however many looks there are.  Nothing is
 * assumed of the shares but that they lie in 0..1 and that the mean of the
 * next one, given those before, is within the bound; requests that share a
 * second may depend on each other as they like.
 *
 * The evidence is the capital of gamblers who bet that the bound is wrong.
 * With x a share and m the bound, one who always stakes the part c has
 *
 *     product over the shares of   1 + c (x/m - 1),     0 < c < 1
 *
 * which is fair or worse when the mean of x is at most m.  The evidence is
 * the mean over a table of c.  To show that a mean lies above, the gamblers
 * begin one after the other: the part 1/(j(j+1)) of their capital waits for
 * the j-th share.  So what becomes bad after an hour is seen as well.  To show
 * that it lies below, all begin with the first share and bet on 1 - x against
 * 1 - m.
 *
 * Units         shares and bounds 0 to 1.
 * Thread rule   pure.
 * Sources       J. Ville, Etude critique de la notion de collectif, 1939;
 *               I. Waudby-Smith, A. Ramdas, Estimating means of bounded
 *               random variables by betting, JRSS B 86 (2024) 1-27.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	EVIDENCE_BETS_MAX = 8,
};
#define EVIDENCE_MAX 1e12 /* more is not told apart */

enum evidence_side {
	EVIDENCE_ABOVE, /* for a mean above the bound */
	EVIDENCE_BELOW, /* for one below it */
};

struct evidence {
	enum evidence_side side;
	double bound; /* kept a little inside 0..1 */
	double capital[EVIDENCE_BETS_MAX];
	double waiting; /* that has not begun yet, of each of them */
	uint64_t n;
};

void evidence_init(struct evidence *e, enum evidence_side side, double bound);
void evidence_add(struct evidence *e, double share);
/* 1 at the beginning; at most EVIDENCE_MAX. */
double evidence_value(const struct evidence *e);

/* Where the mean lies, with an error of at most level on that side at whatever
 * time one stops: ABOVE gives the lower end, BELOW the upper one.  share(of, i)
 * is the i-th of n. */
double evidence_end(enum evidence_side side, double level, size_t n,
		    double (*share)(const void *of, size_t i), const void *of);

/* The fewest shares, all of them 0, that show a mean below the bound. */
uint64_t evidence_least(double bound, double level);

#endif

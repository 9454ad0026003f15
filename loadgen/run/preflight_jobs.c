/* SPDX-License-Identifier: MIT */
/* What compiled loads need, and whether they may come from where they say. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/run/inside.h"
#include "loadgen/run/machine.h"
#include "loadgen/run/preflight.h"
#include "loadgen/transport/dial.h"
#include "scenarios/base/err.h"
#include "scenarios/base/units.h"

/* ---- needs ---------------------------------------------------------- */

static void note_targets(const struct route *rt, struct needs *to)
{
	to->n_targets = rt->n_addresses;
	to->n_sources = rt->n_sources;
	to->is_loopback = rt->n_addresses > 0;
	for (size_t i = 0; i < rt->n_addresses; i++)
		to->is_loopback &= address_is_near(&rt->address[i]);
	to->is_unix =
		rt->n_addresses && rt->address[0].at.any.sa_family == AF_UNIX;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t whole(double x)
{
	return x < 1e18 ? (uint64_t)x + ((double)(uint64_t)x < x)
			: UINT64_C(1000000000000000000);
}

/* Users that make their rounds at the same time: an open load has as many as
 * came while the oldest is still waited for. */
static void note_users(const struct load_job *job, double rate, uint64_t *sure,
		       uint64_t *most, uint64_t *at_once)
{
	const struct load_plan *plan = &job->plan;
	uint64_t ignored;

	*sure = *at_once = 0;
	*most = job->users_max;
	if (plan->model == LOAD_CLOSED) {
		*sure = job->users_max;
		*at_once = plan_users(plan, 0, &ignored);
		return;
	}
	if (plan->burst_size)
		*at_once = smaller(plan->burst_size, job->users_max);
	if (rate > 0 && job->timeout_ns)
		*most = smaller(
			*most, *at_once + whole(rate * (double)job->timeout_ns /
						(double)UNIT_NS_PER_S));
	/* A ceiling that was asked for is a wish to have them. */
	*sure = job->load->connections.max ? *most : *at_once;
}

/* Of the requests of a flow that go there, so many in a round. */
static void note_route(const struct load_job *job, const struct flow *f,
		       const struct route *rt, size_t n_requests,
		       struct needs *to)
{
	bool is_search = job->config->n_goals > 0;
	bool is_http2 = f->transport == &load_http2;
	double share =
		job->weights ? (double)f->weight / (double)job->weights : 1;
	double each = (double)n_requests;
	double rate = plan_level_max(&job->plan);
	uint64_t streams = is_http2 && rt->streams ? rt->streams : 1;
	uint64_t sure, most, at_once;

	if (is_search || job->plan.model == LOAD_CLOSED)
		rate = 0;
	note_users(job, rate, &sure, &most, &at_once);
	*to = (struct needs){
		.load = job->load->name,
		.at = job->load->at,
		.connections = is_search ? 0 : (sure + streams - 1) / streams,
		.connections_max = (most + streams - 1) / streams,
		.at_once = is_search ? 0 : (at_once + streams - 1) / streams,
		.is_fresh = job->load->connections.is_fresh,
		.rate = rate * share * each,
		.requests =
			is_search ? 0 : plan_count(&job->plan) * share * each,
	};
	note_targets(rt, to);
}

/* A journey opens a connection for each step that cannot keep one, wherever
 * that leads; lanes have one for all that can go over it.  Returns how many
 * were noted. */
static size_t note_flow(const struct load_job *job, const struct flow *f,
			struct needs *to)
{
	static const struct route nowhere;
	const struct leg *first = &job->leg[f->first_leg];
	size_t n = 0, n_legs = 0;

	if (!f->transport) {
		note_route(job, f, f->n_legs ? &first->route : &nowhere,
			   f->n_steps, to);
		return 1;
	}
	while (n_legs < f->n_legs) {
		const struct hub_plan *hub = &job->hub[first->hub + n];

		note_route(job, f, &hub->route, hub->n_legs, &to[n++]);
		n_legs += hub->n_legs;
	}
	return n;
}

/* ---- sources -------------------------------------------------------- */

static bool check_source(const struct load_job *job, const struct address *from,
			 const char *name, struct errs *es)
{
	int fd = socket(from->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0 || bind(fd, &from->at.any, from->len))
		error = errno;
	if (fd >= 0)
		close(fd);
	if (!error)
		return true;
	if (error != EADDRNOTAVAIL)
		return errs_add(es, ERR_SYSTEM, job->load->at,
				"load \"%s\" cannot connect from \"%s\": %s",
				job->load->name, name, strerror(error));
	return errs_add(es, ERR_SYSTEM, job->load->at,
			"load \"%s\" cannot connect from \"%s\", which is no "
			"address of this machine: ip address add %s dev lo",
			job->load->name, name, name);
}

static bool has_family(const struct address *list, size_t n, int family)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].at.any.sa_family == family)
			return true;
	return n == 0;
}

/* Some address of the target must have a source of its family. */
static bool check_families(const struct load_job *job, const struct route *rt,
			   struct errs *es)
{
	for (size_t i = 0; i < rt->n_addresses; i++) {
		int family = rt->address[i].at.any.sa_family;

		if (family != AF_UNIX &&
		    !has_family(rt->source, rt->n_sources, family))
			continue;
		return true;
	}
	if (!rt->n_addresses)
		return true;
	return errs_add(es, ERR_SYSTEM, job->load->at,
			"load \"%s\" has no source address of the family of "
			"\"%s\"",
			job->load->name, rt->host);
}

static bool check_sources(const struct load_job *job, struct errs *es)
{
	char name[NI_MAXHOST];
	bool ok = true;

	for (size_t i = 0; i < job->n_legs; i++) {
		const struct route *rt = &job->leg[i].route;

		ok &= check_families(job, rt, es);
		/* They are the same for all. */
		for (size_t k = 0; k < rt->n_sources && !i; k++) {
			const struct address *from = &rt->source[k];

			if (getnameinfo(&from->at.any, from->len, name,
					sizeof(name), NULL, 0, NI_NUMERICHOST))
				name[0] = '\0';
			ok &= check_source(job, from, name, es);
		}
	}
	return ok;
}

/* ---- the whole ------------------------------------------------------ */

bool preflight_run(const struct load_job *jobs, size_t n, struct errs *problems,
		   struct errs *warnings)
{
	size_t n_needs = 0, room = 0;
	uint64_t connections = 0, workers = 0;
	struct machine machine;
	struct needs *needs;
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		room += jobs[i].n_flows + jobs[i].n_hubs;
		workers = jobs[i].n_workers;
	}
	needs = calloc(room ? room : 1, sizeof(*needs));
	if (!needs)
		return errs_nomem(problems);
	for (size_t i = 0; i < n; i++) {
		ok &= check_sources(&jobs[i], problems);
		for (size_t k = 0; k < jobs[i].n_flows; k++)
			n_needs += note_flow(&jobs[i], &jobs[i].flow[k],
					     &needs[n_needs]);
	}
	for (size_t i = 0; i < n_needs; i++)
		connections += needs[i].connections_max;
	machine_read(&machine, preflight_files(connections, workers));
	ok &= preflight_check(needs, n_needs, workers, &machine, problems,
			      warnings);
	free(needs);
	return ok;
}

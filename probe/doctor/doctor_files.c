/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe/doctor/doctor.h"
#include "probe/steps/executor.h"
#include "report/log.h"
#include "scenarios/loads/loads.h"
#include "scenarios/model.h"
#include "scenarios/template/template.h"
#include "scenarios/watch/watch.h"

enum { CERT_WARN_DAYS = 14, FILES_SEEN_MAX = 64 };

/* ---- the log ------------------------------------------------------------ */

static void look_at_level(struct doctor *d)
{
	const char *word = getenv(LOG_LEVEL_VARIABLE);
	enum log_level level;

	if (!word || !*word)
		return;
	if (!log_level_find(word, &level))
		doctor_say(d, FINDING_FAIL, "log",
			   "set it to DEBUG, INFO, WARNING, ERROR or CRITICAL, "
			   "or take it away",
			   LOG_LEVEL_VARIABLE " is no level: \"%s\"", word);
	else if (level == LEVEL_DEBUG)
		doctor_say(d, FINDING_WARN, "log",
			   "set it to WARNING: lines for each request fill the "
			   "disk",
			   LOG_LEVEL_VARIABLE " is %s", word);
	else
		doctor_say(d, FINDING_OK, "log", "",
			   LOG_LEVEL_VARIABLE " is %s", word);
}

static void look_at_log_file(struct doctor *d, const struct template *written)
{
	const char *path = written ? template_text(written, NULL) : NULL;
	struct stat st;

	if (!path || !doctor_folder(d, "log", path))
		return;
	if (stat(path, &st) != 0)
		doctor_say(d, FINDING_OK, "log", "", "\"%s\" will be made",
			   path);
	else if (access(path, W_OK) != 0)
		doctor_say(d, FINDING_FAIL, "log",
			   "let the user that runs assay write it",
			   "\"%s\" cannot be written: %s", path,
			   strerror(errno));
	else
		doctor_say(d, FINDING_OK, "log", "", "\"%s\" can be written",
			   path);
}

void doctor_log(struct doctor *d)
{
	const struct log_settings *set = d->sc ? d->sc->log : NULL;

	look_at_level(d);
	if (!set)
		return;
	look_at_log_file(d, set->file);
	look_at_log_file(d, set->errors);
	look_at_log_file(d, set->audit);
	if (set->file && !set->rotate.max_bytes && !set->rotate.daily)
		doctor_say(d, FINDING_WARN, "log",
			   "write rotate: { size: 10MB, keep: 10 } under log, "
			   "or have logrotate send SIGUSR1",
			   "nothing begins a new log file: it grows without "
			   "end");
}

/* ---- certificates of ours ----------------------------------------------- */

/* Files that were looked at: each once. */
struct pems {
	struct doctor *d;
	size_t n;
	const char *seen[FILES_SEEN_MAX];
};

static bool is_new(struct pems *p, const char *path)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->seen[i], path))
			return false;
	if (p->n == FILES_SEEN_MAX)
		return false;
	p->seen[p->n++] = path;
	return true;
}

static void judge_days(struct doctor *d, const char *path, const X509 *cert)
{
	int days = 0, seconds = 0;

	if (!ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)))
		doctor_say(d, FINDING_FAIL, "certificate", "have it made again",
			   "\"%s\" has an end that is no date", path);
	else if (days < 0 || seconds < 0)
		doctor_say(d, FINDING_FAIL, "certificate", "renew it",
			   "\"%s\" has expired", path);
	else if (days < CERT_WARN_DAYS)
		doctor_say(d, FINDING_WARN, "certificate", "renew it",
			   "\"%s\" expires in %d day%s", path, days,
			   days == 1 ? "" : "s");
	else
		doctor_say(d, FINDING_OK, "certificate", "",
			   "\"%s\" is good for %d days", path, days);
}

static void look_at_pem(struct pems *p, const struct template *written,
			bool has_certs)
{
	const char *path = written ? template_text(written, NULL) : NULL;
	struct doctor *d = p->d;

	if (!path || !is_new(p, path))
		return;
	FILE *file = fopen(path, "re");
	if (!file) {
		doctor_say(d, FINDING_FAIL, "certificate",
			   "a path counts from the folder of the scenario; let "
			   "the user that runs assay read it",
			   "\"%s\" cannot be read: %s", path, strerror(errno));
		return;
	}
	X509 *cert = has_certs ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
	if (has_certs && !cert)
		doctor_say(d, FINDING_FAIL, "certificate",
			   "it must be PEM: -----BEGIN CERTIFICATE-----",
			   "\"%s\" holds no certificate", path);
	else if (cert)
		judge_days(d, path, cert);
	else
		doctor_say(d, FINDING_OK, "certificate", "",
			   "\"%s\" can be read", path);
	X509_free(cert);
	fclose(file);
}

static bool look_at_step(void *self, const struct step *step)
{
	const struct net_options *net = NULL;

	if (executors[step->type].ask)
		net = &executors[step->type].ask(step)->net;
	else if (step->type == STEP_TLS)
		net = &((const struct step_tls *)step->spec)->net;
	else if (step->type == STEP_TCP)
		net = &((const struct step_tcp *)step->spec)->net;
	if (net) {
		look_at_pem(self, net->ca_file, true);
		look_at_pem(self, net->cert_file, true);
		look_at_pem(self, net->key_file, false);
	}
	return true;
}

/* Whom to trust when a step names nobody. */
static void look_at_store(struct doctor *d)
{
	const char *file = getenv(X509_get_default_cert_file_env());
	const char *folder = X509_get_default_cert_dir();

	if (!file || !*file)
		file = X509_get_default_cert_file();
	if (access(file, R_OK) == 0 || access(folder, R_OK | X_OK) == 0)
		doctor_say(d, FINDING_OK, "certificate", "",
			   "the authorities that this machine trusts are "
			   "there");
	else
		doctor_say(d, FINDING_FAIL, "certificate",
			   "install the package ca-certificates",
			   "this machine trusts no authority: neither \"%s\" "
			   "nor \"%s\" is there",
			   file, folder);
}

void doctor_certificates(struct doctor *d)
{
	struct pems p = { .d = d };

	look_at_store(d);
	for (size_t i = 0; d->sc && i < d->sc->n_checks; i++) {
		load_steps_each(&d->sc->checks[i].steps, look_at_step, &p);
		load_steps_each(&d->sc->checks[i].always, look_at_step, &p);
	}
}

/* SPDX-License-Identifier: MIT */
#include "probe/engine/trust.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	TRUST_FILES_MAX = 64, /* kept at a time */
	HASH_DIGITS = 8,      /* of a name in a hashed folder */
};

struct file {
	struct file *next;
	char *path;
	struct timespec changed;
	off_t size;
	ino_t inode;
	X509_STORE *store;
};

struct trust {
	X509_STORE *quick;
	X509_STORE *whole;
	struct file *files; /* most lately read first */
};

struct trust *trust_new(void)
{
	return calloc(1, sizeof(struct trust));
}

static void file_free(struct file *f)
{
	X509_STORE_free(f->store);
	free(f->path);
	free(f);
}

void trust_free(struct trust *tr)
{
	if (!tr)
		return;
	while (tr->files) {
		struct file *next = tr->files->next;
		file_free(tr->files);
		tr->files = next;
	}
	X509_STORE_free(tr->quick);
	X509_STORE_free(tr->whole);
	free(tr);
}

/* A certificate that was named as trusted ends a path, whatever it is. */
static X509_STORE *store_new(void)
{
	X509_STORE *store = X509_STORE_new();

	if (store)
		X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN |
						    X509_V_FLAG_TRUSTED_FIRST);
	return store;
}

static bool is_hash_name(const char *name)
{
	for (int i = 0; i < HASH_DIGITS; i++)
		if (!isxdigit((unsigned char)name[i]))
			return false;
	return name[HASH_DIGITS] == '.';
}

static bool is_hashed_folder(const char *path)
{
	DIR *folder = opendir(path);
	bool found = false;

	if (!folder)
		return false;
	for (struct dirent *e; !found && (e = readdir(folder));)
		found = is_hash_name(e->d_name);
	closedir(folder);
	return found;
}

static X509_STORE *system_quick(void)
{
	const char *folder = getenv(X509_get_default_cert_dir_env());
	X509_STORE *store = store_new();

	if (!folder)
		folder = X509_get_default_cert_dir();
	if (store && is_hashed_folder(folder))
		X509_STORE_load_path(store, folder);
	ERR_clear_error();
	return store;
}

static X509_STORE *system_whole(void)
{
	X509_STORE *store = store_new();

	if (store)
		X509_STORE_set_default_paths(store);
	ERR_clear_error();
	return store;
}

static X509_STORE *system_find(struct trust *tr, enum trust_depth depth,
			       const char **why)
{
	X509_STORE **store = depth == TRUST_QUICK ? &tr->quick : &tr->whole;

	if (!*store)
		*store = depth == TRUST_QUICK ? system_quick() : system_whole();
	if (!*store)
		*why = "not enough memory for the authorities";
	return *store;
}

static bool is_same(const struct file *f, const struct stat *st)
{
	return f->inode == st->st_ino && f->size == st->st_size &&
	       f->changed.tv_sec == st->st_mtim.tv_sec &&
	       f->changed.tv_nsec == st->st_mtim.tv_nsec;
}

static struct file *file_read(const char *path, const struct stat *st)
{
	struct file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->path = strdup(path);
	f->store = store_new();
	f->changed = st->st_mtim;
	f->size = st->st_size;
	f->inode = st->st_ino;
	bool done = f->path && f->store &&
		    X509_STORE_load_file(f->store, path) == 1;
	ERR_clear_error();
	if (done)
		return f;
	file_free(f);
	return NULL;
}

/* Takes the file out of the list; NULL when it is not there. */
static struct file *file_unlink(struct trust *tr, const char *path)
{
	size_t n = 0;

	for (struct file **at = &tr->files; *at; at = &(*at)->next) {
		struct file *f = *at;
		bool is_last = ++n == TRUST_FILES_MAX;
		if (strcmp(f->path, path) && !is_last)
			continue;
		*at = f->next;
		if (!strcmp(f->path, path))
			return f;
		file_free(f);
		return NULL;
	}
	return NULL;
}

X509_STORE *trust_find(struct trust *tr, const char *ca_file,
		       enum trust_depth depth, const char **why)
{
	struct stat st;

	if (!ca_file)
		return system_find(tr, depth, why);
	if (stat(ca_file, &st)) {
		*why = errno == ENOENT ? "the CA file does not exist"
				       : "the CA file cannot be read";
		return NULL;
	}
	struct file *f = file_unlink(tr, ca_file);
	if (f && !is_same(f, &st)) {
		file_free(f);
		f = NULL;
	}
	if (!f)
		f = file_read(ca_file, &st);
	if (!f) {
		*why = "the CA file holds no certificate that can be read";
		return NULL;
	}
	f->next = tr->files;
	tr->files = f;
	return f->store;
}

/*
 * pkg_facts: what a published release says of itself, for everything that is
 * made from it afterwards.
 */
#ifndef PKG_FACTS_H
#define PKG_FACTS_H

#include "common/buf.h"
#include "common/digest.h"
#include "pkg/manifest.h"

struct pkg_key;

struct pkg_facts {
	struct pkg_manifest manifest; /* name, licence, texts */
	const char *version;
	char *dir;          /* OUT/VERSION; owned */
	struct sm_buf sums; /* SHA256SUMS, checked */
};

/* One file of the release. */
struct pkg_facts_file {
	char sha256[SM_SHA256_HEX];
	struct sm_buf data; /* empty unless asked for; owned */
};

/*
 * Read the manifest and OUT/VERSION/SHA256SUMS, whose signature must be this
 * key's. *f is released by the caller, also after a failure.
 * Errors: SM_EVERIFY; SM_ENOTFOUND if there is no such release.
 */
int pkg_facts_load(struct pkg_facts *f, const char *manifest, const char *out,
		   const char *version, const struct pkg_key *key,
		   struct sm_err *e);
void pkg_facts_release(struct pkg_facts *f);

/* True if the release has a file "windows/SessionManagerPlugin.zip". */
bool pkg_facts_has(const struct pkg_facts *f, const char *path);

/*
 * Read a file of the release and check it against SHA256SUMS. `file` is
 * initialised to zeros; its data is released by the caller.
 * Errors: SM_ENOTFOUND, SM_EVERIFY.
 */
int pkg_facts_read(const struct pkg_facts *f, const char *path,
		   struct pkg_facts_file *file, struct sm_err *e);

#endif

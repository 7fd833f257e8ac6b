/*
 * pkg_manifest: the description of a package, read from JSON and resolved for
 * one format and one architecture: overrides applied, defaults filled in,
 * every field checked. docs/manifest.md is the definition.
 */
#ifndef PKG_MANIFEST_H
#define PKG_MANIFEST_H

#include "common/err.h"
#include "common/mem.h"
#include "common/str.h"

#define PKG_MANIFEST_FILE_MAX ((size_t)1 << 20)
#define PKG_MANIFEST_FILES_MAX 3072 /* with parents below what readers take */
#define PKG_MANIFEST_LINKS_MAX 64

struct pkg_cmssign;

enum pkg_source_type {
	PKG_SOURCE_FILE,
	PKG_SOURCE_DIR,
	PKG_SOURCE_SYMLINK,
	PKG_SOURCE_CONFIG,
	PKG_SOURCE_DOC
};

struct pkg_source {
	enum pkg_source_type type;
	const char *source;      /* NULL for folders and links */
	const char *destination; /* absolute */
	const char *target;      /* text of a symlink, or NULL */
	const char *owner;
	const char *group;
	unsigned mode;
	unsigned line;  /* in the manifest */
	unsigned index; /* in files[] */
};

struct pkg_link {
	const char *path;   /* absolute */
	const char *target; /* absolute path of a packaged file */
	unsigned line;
};

/* Fragments of shell, when they run. */
enum pkg_manifest_script {
	PKG_MANIFEST_PREINSTALL,
	PKG_MANIFEST_POSTINSTALL,
	PKG_MANIFEST_PREREMOVE,
	PKG_MANIFEST_POSTREMOVE,
	PKG_MANIFEST_SCRIPTS
};

struct pkg_manifest {
	const char *file; /* as given, for messages */
	const char *format;
	const char *arch; /* x86_64, i386, aarch64, universal */

	const char *name;
	const char *version;
	const char *release;
	const char *summary;
	const char *description;
	const char *license;
	const char *url;
	const char *vendor; /* may be empty */
	const char *maintainer;
	const char *section;
	const char *group;
	const char *identifier;
	struct pkg_source *files;
	size_t n_files;
	struct pkg_link *links;
	size_t n_links;
	/* text of each fragment, NULL when there is none */
	const char *script[PKG_MANIFEST_SCRIPTS];

	uint32_t epoch_sec; /* the one clock: all times in the package */
	const struct pkg_cmssign *cert; /* signs inside, or NULL */
	bool sha1_toc;                  /* of a pkg, for old readers */
	bool embed_origin;              /* sign a deb inside as well */
	struct sm_arena arena;          /* owns all of the above */
};

/* What the manifest is resolved for. */
struct pkg_manifest_want {
	const char *format;  /* "deb", "rpm", "pkg", "exe", "zip", "bundle" */
	const char *arch;    /* as pkg_check_arch */
	const char *version; /* for "@VERSION@" */
	const char *exe;     /* for "@EXE@": "" or ".exe" */
};

void pkg_manifest_init(struct pkg_manifest *m);
void pkg_manifest_release(struct pkg_manifest *m);

/*
 * Read and resolve. `path` is the file's name; scripts are read from its
 * folder. epoch_sec is left 0.
 *
 * Errors: SM_EFORMAT with "FILE:LINE: FIELD: cause"; those of reading files.
 */
int pkg_manifest_load(struct pkg_manifest *m, const char *path,
		      const struct pkg_manifest_want *want, struct sm_err *e);

/* The same from memory; scripts are looked up below `dir`. */
int pkg_manifest_parse(struct pkg_manifest *m, struct sm_str text,
		       const char *file, const char *dir,
		       const struct pkg_manifest_want *want, struct sm_err *e);

#endif

/*
 * Bills of materials: the list of files of a macOS package, with mode, owner,
 * size and checksum of each.
 */
#ifndef COMMON_BOM_H
#define COMMON_BOM_H

#include "common/err.h"
#include "common/mem.h"
#include "common/str.h"

#define SM_BOM_MAX ((size_t)16 << 20) /* bytes of a whole file */
#define SM_BOM_ENTRIES_MAX 65536
#define SM_BOM_DEPTH_MAX 64

/* Source: PACKAGING.md 4.6. */
enum sm_bom_type {
	SM_BOM_FILE = 1,
	SM_BOM_DIR = 2,
	SM_BOM_LINK = 3,
	SM_BOM_DEVICE = 4
};

struct sm_bom_entry {
	const char *path; /* ".", "./usr", as in the payload */
	enum sm_bom_type type;
	unsigned mode; /* with the type's bits: 0100644 */
	uint32_t uid, gid;
	uint32_t mtime_sec; /* Unix time */
	uint64_t size;      /* bytes of the file, or of a link's text */
	uint32_t cksum;     /* of the contents, or of a link's text */
	const char *link;   /* text of a link, "" otherwise */
};

struct sm_bom {
	struct sm_bom_entry *entry; /* in the order of the file */
	size_t n;
	struct sm_arena arena; /* owns all */
};

/*
 * Read a whole file. The caller releases *b after success.
 *
 * Errors: SM_EFORMAT, SM_ELIMIT above the limits of this header, SM_EVERIFY
 *         for a name with a slash, "." or ".." below the root.
 * Source: PACKAGING.md 4.6.
 */
int sm_bom_read(struct sm_bom *b, struct sm_str file, struct sm_err *e);
void sm_bom_release(struct sm_bom *b);

/* The checksum of POSIX cksum(1): 4294967295 of nothing. */
uint32_t sm_bom_cksum(struct sm_str bytes);

#endif

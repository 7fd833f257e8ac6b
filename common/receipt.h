/*
 * The receipt: what an installation put where, and why it was trusted.
 * docs/receipt.md is the definition. Uninstall removes what it lists and
 * nothing else, so its reader is strict about paths.
 */
#ifndef COMMON_RECEIPT_H
#define COMMON_RECEIPT_H

#include "common/mem.h"
#include "common/os/file.h"
#include "common/buf.h"
#include "common/err.h"

#define SM_RECEIPT_NAME "receipt.json" /* in versions/V */
#define SM_RECEIPT_MAX ((size_t)1 << 20)
#define SM_RECEIPT_FILES_MAX 4096

struct sm_receipt_file {
	const char *path;       /* relative to versions/V, clean */
	enum sm_file_type type; /* REGULAR, DIR or LINK */
	unsigned mode;          /* permission bits */
	uint64_t size;          /* bytes, of a regular file */
	const char *sha256;     /* 64 digits, "" unless regular */
	const char *target;     /* of a link, "" otherwise */
};

/* Texts are never NULL; "" means absent unless said otherwise. */
struct sm_receipt {
	const char *version;   /* required */
	int64_t installed;     /* Unix seconds */
	const char *installer; /* version of the program that wrote it */

	const char *source_kind; /* "directory", "file", "url", "bundled",
				     "adopted" */
	const char *source_from; /* path or address, credentials removed */

	const char *artifact_name; /* "" if there was none (a directory) */
	const char *artifact_format;
	const char *artifact_sha256;
	uint64_t artifact_size;

	/* "openpgp", "channel", "x509" (a signature inside) or "none" */
	const char *verified_method;
	const char *verified_alg;    /* "ecdsa-p256 sha256" */
	const char *verified_fpr;    /* 40 digits; "" for x509 */
	const char *verified_key;    /* "built in", where it was from, or who */
	const char *verified_reason; /* why "none" was enough */
	int64_t verified_created;    /* signature's time, 0 if none */

	const char *dir;      /* absolute installation folder */
	const char *link;     /* absolute; "" if no link was made */
	const char *previous; /* version before this one */

	struct sm_receipt_file *file;
	size_t n_files;
	size_t cap_files;
	struct sm_arena arena; /* owns every text; see sm_receipt_text */
};

/* All texts "", no files. */
void sm_receipt_init(struct sm_receipt *r);
void sm_receipt_release(struct sm_receipt *r);

/* A copy that lives as long as the receipt; for filling the members. */
const char *sm_receipt_text(struct sm_receipt *r, const char *z);

/* Copies the texts. Errors: SM_ELIMIT above SM_RECEIPT_FILES_MAX. */
int sm_receipt_add_file(struct sm_receipt *r, const struct sm_receipt_file *f,
			struct sm_err *e);

/* The file with this path or NULL. */
const struct sm_receipt_file *sm_receipt_find(const struct sm_receipt *r,
					      const char *path);

/*
 * Parse. *r is set up by this call; released by the caller after success.
 * Errors: SM_EFORMAT naming the member, SM_ELIMIT; SM_EVERIFY for a path that
 * leaves the folder.
 */
int sm_receipt_parse(struct sm_receipt *r, struct sm_str json,
		     struct sm_err *e);

/*
 * Append as JSON, files sorted by path; same contents, same bytes.
 * Errors: SM_ELIMIT of the buffer, SM_EFORMAT if the reader would refuse it.
 */
int sm_receipt_put(const struct sm_receipt *r, struct sm_buf *out,
		   struct sm_err *e);

#endif

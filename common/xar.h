/*
 * Xar archives, the container of macOS packages: the header, the table of
 * contents and the digests that tie the one to the other.
 */
#ifndef COMMON_XAR_H
#define COMMON_XAR_H

#include "common/buf.h"
#include "common/digest.h"
#include "common/err.h"
#include "common/mem.h"

#define SM_XAR_TOC_MAX ((uint64_t)8 << 20) /* PACKAGING.md 4.2 */
#define SM_XAR_FILES_MAX 4096
#define SM_XAR_CERTS_MAX 8

/* Around a stapled ticket: a record in front of it and one behind it. */
#define SM_XAR_RECORD 16

/* How a file is stored in the heap. */
enum sm_xar_coding {
	SM_XAR_STORED,
	SM_XAR_ZLIB
};

struct sm_xar_sum {
	enum sm_digest_alg alg; /* SHA1, SHA256 or SHA512 */
	const char *hex;        /* lower case; NULL if not given */
};

struct sm_xar_file {
	const char *path; /* "app.pkg/Payload" */
	bool dir;
	bool has_data;
	enum sm_xar_coding coding;
	uint64_t offset; /* in the file, not in the heap */
	uint64_t length; /* bytes stored */
	uint64_t size;   /* bytes after decoding */
	struct sm_xar_sum archived, extracted;
};

struct sm_xar_signature {
	uint64_t offset; /* in the file; 0 if there is none */
	uint64_t size;
};

struct sm_xar {
	uint64_t heap;                        /* offset of the heap */
	enum sm_digest_alg alg;               /* of the table of contents */
	bool has_digest;                      /* false: algorithm 0, none */
	uint8_t digest[SM_DIGEST_MAX];        /* of the compressed table */
	struct sm_xar_signature rsa, cms;     /* <signature>, <x-signature> */
	struct sm_str cert[SM_XAR_CERTS_MAX]; /* DER, leaf first */
	size_t n_certs;
	uint64_t end;    /* of the heap, in the file */
	uint64_t ticket; /* bytes of one stapled, or 0 */
	struct sm_xar_file *file;
	size_t n_files;
	struct sm_arena arena; /* owns texts, certificates and files */
};

/* True if the bytes begin a xar (four are enough). */
bool sm_xar_is_xar(struct sm_str head);

/*
 * Read header and table of contents; check that the digest stored in the
 * heap is that of the table, by the algorithm that both name, and that all
 * regions lie inside the file and do not overlap. Behind the heap only a
 * stapled ticket may follow. The caller releases *x after success.
 *
 * Errors: SM_EFORMAT, SM_ELIMIT, SM_EVERIFY for a digest, SM_EIO.
 * Source: PACKAGING.md 4.1 to 4.3.
 */
int sm_xar_read(struct sm_xar *x, int fd, struct sm_err *e);
void sm_xar_release(struct sm_xar *x);

/* The file with this path, or NULL. */
const struct sm_xar_file *sm_xar_find(const struct sm_xar *x, const char *path);

/*
 * Append a file's decoded contents after checking both of its digests.
 * Errors: SM_ELIMIT of the buffer, SM_EVERIFY, SM_EFORMAT, SM_EIO.
 */
int sm_xar_extract(const struct sm_xar *x, const struct sm_xar_file *f, int fd,
		   struct sm_buf *out, struct sm_err *e);

/* The digest of what is stored alone; for a file too large for memory. */
int sm_xar_check(const struct sm_xar_file *f, int fd, struct sm_err *e);

#endif

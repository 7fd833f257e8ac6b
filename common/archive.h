/*
 * Reading archives that come from outside: tar, cpio and zip, plain or under
 * gzip, xz and zstd, over libarchive, from a range of an open file.
 *
 * What a reader hands out is already safe: relative UTF-8 names without ".",
 * ".." or empty parts, regular files, folders and links that stay inside, no
 * name twice, everything counted against limits. Anything else ends the
 * reading with an error that names the entry.
 */
#ifndef COMMON_ARCHIVE_H
#define COMMON_ARCHIVE_H

#include "common/buf.h"
#include "common/digest.h"
#include "common/err.h"
#include "common/os/file.h"

struct sm_archive_limits {
	uint32_t entries;    /* number of entries */
	uint64_t file_bytes; /* size of one file */
	uint64_t all_bytes;  /* size of all files */
	uint32_t ratio;      /* all files : archive, beyond the first MiB */
};

/* The plugin's packages have about ten entries and 15 MB. */
#define SM_ARCHIVE_LIMITS_DEFAULT                                   \
	{                                                           \
		4096, (uint64_t)256 << 20, (uint64_t)512 << 20, 200 \
	}

#define SM_ARCHIVE_NAME_MAX 1024 /* bytes */
/* A dictionary above this is refused before memory is taken for it. */
#define SM_ARCHIVE_XZ_DICT_MAX ((uint64_t)64 << 20)

/* Container kinds, combined with |. Filters are found by themselves. */
enum sm_archive_kind {
	SM_ARCHIVE_TAR = 1,
	SM_ARCHIVE_CPIO = 2,
	SM_ARCHIVE_ZIP = 4,
	SM_ARCHIVE_ANY = 7
};

struct sm_archive_entry {
	const char *name; /* clean, without "./"; valid until the next one */
	enum sm_file_type type; /* REGULAR, DIR or LINK */
	unsigned mode;          /* 0755 or 0644, 0755 for folders */
	uint64_t size;          /* bytes, of a regular file */
	const char *link;       /* text of a link, "" otherwise */
};

struct sm_archive;

/* Part of a file; `len` UINT64_MAX means to its end. */
struct sm_archive_range {
	uint64_t offset;
	uint64_t len;
};

#define SM_ARCHIVE_WHOLE          \
	(struct sm_archive_range) \
	{                         \
		0, UINT64_MAX     \
	}

/*
 * Open a range of a file. The position of
 * `fd` neither matters nor moves, and `fd` stays the caller's. `limits` NULL
 * takes the default. Errors: SM_EFORMAT, SM_ELIMIT, SM_EIO.
 */
int sm_archive_open_new(struct sm_archive **a, int fd,
			struct sm_archive_range range, unsigned kinds,
			const struct sm_archive_limits *limits,
			struct sm_err *e);
void sm_archive_free(struct sm_archive *a);

/*
 * The next entry: 1, or 0 behind the last; the root folder "." is passed
 * over. Errors: SM_EFORMAT for damage, SM_ELIMIT, SM_EVERIFY for an entry
 * that is not safe.
 */
int sm_archive_next(struct sm_archive *a, struct sm_archive_entry *en,
		    struct sm_err *e);

/* Append the contents of the entry just returned. Errors: also SM_ELIMIT. */
int sm_archive_read(struct sm_archive *a, struct sm_buf *out, struct sm_err *e);

/*
 * Read the contents to their end, which checks them as far as the archive
 * can, and append only the first `keep` bytes. Errors: as sm_archive_read.
 */
int sm_archive_scan(struct sm_archive *a, struct sm_buf *head, size_t keep,
		    struct sm_err *e);

/*
 * Write the contents of the entry just returned to a descriptor; `sha256`
 * (32 bytes, may be NULL) receives their digest, *size their length.
 */
int sm_archive_copy(struct sm_archive *a, int fd, uint8_t *sha256,
		    uint64_t *size, struct sm_err *e);

/*
 * Choose what is extracted and where. `dest` (SM_ARCHIVE_NAME_MAX bytes) holds
 * the entry's name and may be changed. Returns 1 to extract, 0 to pass over,
 * or a negative code after setting `e`.
 */
typedef int sm_archive_pick_fn(void *user, const struct sm_archive_entry *en,
			       char *dest, struct sm_err *e);

/* Told of each file, folder and link once it is written and synced. */
struct sm_archive_done {
	const char *path; /* relative to the target folder */
	enum sm_file_type type;
	unsigned mode;
	uint64_t size;
	const char *link;
	uint8_t sha256[SM_SHA256_SIZE]; /* of a regular file */
};
typedef int sm_archive_done_fn(void *user, const struct sm_archive_done *d,
			       struct sm_err *e);

struct sm_archive_sink {
	const char *dir;          /* existing, private and empty */
	sm_archive_pick_fn *pick; /* NULL: everything */
	sm_archive_done_fn *done; /* NULL: nobody is told */
	void *user;
	bool links; /* false: a link is refused instead of made */
};

/*
 * Extract all that is left. Files are new (never through a link, never over
 * something), get mode 0644 or 0755 and are synced, then the folders. On
 * failure what was written stays for the caller to remove.
 */
int sm_archive_extract(struct sm_archive *a, const struct sm_archive_sink *s,
		       struct sm_err *e);

/* Name rule alone: clean `name` into `out` (SM_ARCHIVE_NAME_MAX bytes).
 * Errors: SM_EVERIFY. An empty result is the root folder. */
int sm_archive_clean(struct sm_str name, char *out, struct sm_err *e);

#endif

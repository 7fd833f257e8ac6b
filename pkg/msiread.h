/*
 * pkg_msiread: reads a Windows Installer package: its tables, the files in its
 * cabinets by the place where they are installed, and what a signature of it
 * is over.
 *
 * Source: as pkg/msidb.h.
 */
#ifndef PKG_MSIREAD_H
#define PKG_MSIREAD_H

#include "common/buf.h"
#include "common/digest.h"
#include "pkg/cfbread.h"

#define PKG_MSIREAD_COLUMNS_MAX 32
#define PKG_MSIREAD_NAME_MAX 64 /* bytes of a stream's decoded name */

/* The streams that are no part of the database, by their names. */
#define PKG_MSIREAD_SUMMARY "\5SummaryInformation"
#define PKG_MSIREAD_SIGNATURE "\5DigitalSignature"

struct pkg_msiread_column {
	struct sm_str name;
	unsigned type; /* as pkg_msidb_column.type */
	size_t at;     /* in the table's stream, of row 0 */
};

struct pkg_msiread_table {
	struct sm_str name;
	struct pkg_msiread_column column[PKG_MSIREAD_COLUMNS_MAX];
	size_t n_columns, n_rows;
	struct sm_str data;
};

struct pkg_msiread {
	struct pkg_cfbread cfb;
	char (*name)[PKG_MSIREAD_NAME_MAX]; /* of the stream of this number */
	bool *is_table;
	struct sm_str *text; /* the pool; number 0 is null */
	size_t n_texts;
	size_t ref_size; /* bytes of a number of a text */
	struct pkg_msiread_table *table;
	size_t n_tables;
	struct sm_arena arena;
};

/*
 * Read the database. *m is released by the caller, also after a failure;
 * everything in it is its own.
 *
 * Errors: those of pkg_cfbread_parse; SM_EFORMAT if the tables contradict each
 *         other.
 */
int pkg_msiread_open(struct pkg_msiread *m, struct sm_str file,
		     struct sm_err *e);
void pkg_msiread_release(struct pkg_msiread *m);

/* The table or the stream (NULL data) of a name, or NULL. */
const struct pkg_msiread_table *pkg_msiread_table(const struct pkg_msiread *m,
						  const char *name);
const struct sm_str *pkg_msiread_stream(const struct pkg_msiread *m,
					const char *name);

/*
 * Append a cell as text: a text, a number in decimals, nothing for null. An
 * unknown column is null.
 */
void pkg_msiread_put(const struct pkg_msiread *m,
		     const struct pkg_msiread_table *t, size_t row,
		     const char *column, struct sm_buf *out);

/* Append the value of a property; nothing if it is not there. */
void pkg_msiread_property(const struct pkg_msiread *m, const char *name,
			  struct sm_buf *out);

/*
 * Append where the file of row `row` of the File table is installed:
 * "ProgramFiles64Folder/Amazon/.../VERSION".
 * Errors: SM_EFORMAT if its folder is not there or no end of folders.
 */
int pkg_msiread_path(const struct pkg_msiread *m, size_t row,
		     struct sm_buf *out, struct sm_err *e);

/* One property a line, "template: x64;1033", of the summary. Errors:
 * SM_EFORMAT. Source: [MS-OLEPS] 2.21. */
int pkg_msiread_summary(const struct pkg_msiread *m, struct sm_buf *out,
			struct sm_err *e);

/* What a signature is over: all other streams and the root's class. */
int pkg_msiread_digest(const struct pkg_msiread *m, enum sm_digest_alg alg,
		       uint8_t *out, struct sm_err *e);

#endif

/*
 * pkg_msidb: a Windows Installer database: tables of rows as the streams of a
 * compound file, and the summary that stands beside them.
 *
 * Source: Microsoft's documentation of the Windows Installer ("Database
 *         Tables", "Column Definition Format", "Summary Property
 *         Descriptions"), [MS-OLEPS]. How tables are laid out in their
 *         streams is not documented there; it was found by reading packages
 *         and is judged by msiinfo, 7z and wine.
 */
#ifndef PKG_MSIDB_H
#define PKG_MSIDB_H

#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"
#include "pkg/cfb.h"

#define PKG_MSIDB_COLUMNS_MAX 10
#define PKG_MSIDB_TABLES_MAX 32
#define PKG_MSIDB_ROWS_MAX 16384

/* What a column holds; width in characters, 0 for any. The low case letter of
 * the documentation, s72, is PKG_MSIDB_TEXT(72); S72 has _NULL with it. */
#define PKG_MSIDB_KEY 0x2000u
#define PKG_MSIDB_NULL 0x1000u
#define PKG_MSIDB_TEXT(width) (0x0D00u | (width))
#define PKG_MSIDB_LOCAL(width) (0x0F00u | (width)) /* may be translated */
#define PKG_MSIDB_I2 0x0502u
#define PKG_MSIDB_I4 0x0104u

struct pkg_msidb_column {
	const char *name;
	unsigned type; /* of the above; key columns come first */

	/* what _Validation says; NULL and 0 where it says nothing */
	const char *category;
	const char *set;
	const char *key_table; /* of whose first column this is one */
	int32_t min, max;
};

struct pkg_msidb_table {
	const char *name;
	struct pkg_msidb_column column[PKG_MSIDB_COLUMNS_MAX];
};

/* A cell. Text that is NULL or empty is null. */
struct pkg_msidb_value {
	enum {
		PKG_MSIDB_V_NULL,
		PKG_MSIDB_V_TEXT,
		PKG_MSIDB_V_NUMBER
	} kind;
	const char *text; /* copied */
	int32_t number;
};

struct pkg_msidb_row {
	uint32_t cell[PKG_MSIDB_COLUMNS_MAX]; /* as in the stream; 0: null */
};

struct pkg_msidb_rows {
	struct pkg_msidb_row *row;
	size_t n, cap;
};

struct pkg_msidb_string {
	struct sm_str text;
	uint32_t n_uses;
};

struct pkg_msidb {
	const struct pkg_msidb_table *table;
	size_t n_tables;
	struct pkg_msidb_rows rows[PKG_MSIDB_TABLES_MAX + 3];
	struct pkg_msidb_string *string; /* string i has the number i + 1 */
	size_t n_strings, cap_strings;
	bool ascii;        /* all of them */
	struct sm_err err; /* the first mistake; it sticks */
	struct sm_arena arena;
};

/* An empty database with these tables, which stay the caller's. */
void pkg_msidb_init(struct pkg_msidb *db, const struct pkg_msidb_table *table,
		    size_t n_tables);
void pkg_msidb_release(struct pkg_msidb *db);

/*
 * Add a row to table number `table`; order is of no importance. What does not
 * fit its column is kept as the error that pkg_msidb_finish returns.
 */
void pkg_msidb_put(struct pkg_msidb *db, size_t table,
		   const struct pkg_msidb_value *value, size_t n);

/*
 * Add the streams of all tables, with the tables that describe them. Called
 * once, after the last row.
 *
 * Owns:   the streams' data is the database's, which must outlive `out`.
 * Errors: SM_EFORMAT for a row that did not fit or a key that stands twice,
 *         SM_ELIMIT for too many rows or texts.
 */
int pkg_msidb_finish(struct pkg_msidb *db, struct pkg_cfb *out,
		     struct sm_err *e);

/*
 * The name of a stream: pairs of the 64 characters of identifiers become one
 * unit each. A table's has a mark in front. Returns the units used.
 * Errors: SM_EFORMAT if it does not fit.
 */
int pkg_msidb_name(const char *z, bool table, uint16_t name[PKG_CFB_NAME_MAX]);

struct pkg_msidb_summary {
	const char *subject, *author, *comments;
	const char *template_text; /* "x64;1033" */
	const char *code;          /* of the package, a GUID in braces */
	const char *program;       /* that made it */
	int64_t when_sec;          /* Unix time */
	int32_t schema;            /* 200, 500 for Arm64 */
	int32_t words;             /* 2: long names, compressed */
};

/*
 * Append the summary information stream, whose name is "\5SummaryInformation"
 * as it is.
 * Errors: SM_ELIMIT of the buffer, which keeps it.
 * Source: [MS-OLEPS] 2.21; "Summary Property Descriptions".
 */
int pkg_msidb_summary(const struct pkg_msidb_summary *s, struct sm_buf *out);

#endif

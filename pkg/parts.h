/*
 * pkg_parts: takes a container apart, one level: ar, tar, cpio, zip, xar, rpm,
 * Bom, msi, cab, gzip, xz, zstd, programs that carry something. Each part has
 * a name, what the container says of it, and its bytes, which may be a
 * container again.
 *
 * For looking at: everything is accepted that can be read, nothing is
 * written. Unpacking safely is common/archive.h's.
 */
#ifndef PKG_PARTS_H
#define PKG_PARTS_H

#include "common/err.h"
#include "common/mem.h"
#include "common/str.h"

#define PKG_PARTS_MAX 65536
/* Bytes of all parts of one container. */
#define PKG_PARTS_BYTES_MAX ((size_t)768 << 20)

/* What containers say of an entry; as text, because it is only compared and
 * shown. */
enum pkg_parts_field {
	PKG_PARTS_TYPE,  /* "file", "folder", "link", "other" */
	PKG_PARTS_MODE,  /* "0755" */
	PKG_PARTS_OWNER, /* "0:0 root:root" */
	PKG_PARTS_TIME,  /* Unix time, "1767225600" */
	PKG_PARTS_LINK,  /* text of a link */
	PKG_PARTS_FIELDS
};

struct pkg_part {
	const char *name; /* may be "": the only content of what is packed */
	const char *field[PKG_PARTS_FIELDS]; /* NULL: not said */
	struct sm_str data;
};

struct pkg_parts {
	const char *kind; /* "ar", "tar", "gzip" ...; NULL: no container */
	struct pkg_part *part;
	size_t n, cap, bytes;
	struct sm_arena arena; /* owns names, fields and data */
};

/* The kind of a program that carries something. */
#define PKG_PARTS_PROGRAM "program"

/* What the bytes begin: one of the kinds, or NULL. */
const char *pkg_parts_kind(struct sm_str data);

/*
 * Take `data` apart. *p is released by the caller, also after a failure.
 *
 * Errors: SM_EFORMAT if it is damaged, SM_ELIMIT above the limits; what was
 *         read until then is in *p. No container at all is no error.
 */
int pkg_parts_read(struct pkg_parts *p, struct sm_str data, struct sm_err *e);
void pkg_parts_release(struct pkg_parts *p);

/* The name of a field, "mode". */
const char *pkg_parts_field_name(enum pkg_parts_field f);

/*
 * Append an empty part; for readers of one kind. Errors: SM_ELIMIT.
 */
int pkg_parts_add(struct pkg_parts *p, const char *name, struct pkg_part **part,
		  struct sm_err *e);
/* Its contents, copied. Errors: SM_ELIMIT. */
int pkg_parts_fill(struct pkg_parts *p, struct pkg_part *part,
		   struct sm_str data, struct sm_err *e);

#endif

/*
 * pkg_rpmhdr: builds one rpm header with librpm's header functions. Needs no
 * rpm configuration, runs no macros, and serves any architecture.
 */
#ifndef PKG_RPMHDR_H
#define PKG_RPMHDR_H

#include "common/buf.h"
#include "common/err.h"

/* Region tags: what the first entry of a header says that it is. */
#define PKG_RPMHDR_SIGNATURES 62 /* PACKAGING.md 3.1 */
#define PKG_RPMHDR_IMMUTABLE 63

struct pkg_rpmhdr;

/* Never NULL; freed by pkg_rpmhdr_free. The first failure of a put sticks and
 * is reported by pkg_rpmhdr_finish. Values are copied. */
struct pkg_rpmhdr *pkg_rpmhdr_new(void);
void pkg_rpmhdr_free(struct pkg_rpmhdr *h);

/* One string; a NULL or empty one is left out. */
void pkg_rpmhdr_str(struct pkg_rpmhdr *h, int tag, const char *z);
/* A string that could be translated, in the locale "C". */
void pkg_rpmhdr_text(struct pkg_rpmhdr *h, int tag, const char *z);
void pkg_rpmhdr_strs(struct pkg_rpmhdr *h, int tag, const char *const *z,
		     size_t n);
void pkg_rpmhdr_u16s(struct pkg_rpmhdr *h, int tag, const uint16_t *v,
		     size_t n);
void pkg_rpmhdr_u32s(struct pkg_rpmhdr *h, int tag, const uint32_t *v,
		     size_t n);
void pkg_rpmhdr_u32(struct pkg_rpmhdr *h, int tag, uint32_t v);
void pkg_rpmhdr_bin(struct pkg_rpmhdr *h, int tag, const void *p, size_t len);

/*
 * Append the header as it stands in a file: magic, index sorted by tag with
 * its region, data.
 * Errors: SM_EFORMAT if a put failed, SM_ELIMIT of the buffer.
 * Source: PACKAGING.md 3.1.
 */
int pkg_rpmhdr_finish(struct pkg_rpmhdr *h, int region, struct sm_buf *out,
		      struct sm_err *e);

#endif

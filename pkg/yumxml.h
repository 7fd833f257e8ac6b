/*
 * pkg_yumxml: what the index of a yum repository says of one package, as
 * elements of primary.xml, filelists.xml and other.xml.
 */
#ifndef PKG_YUMXML_H
#define PKG_YUMXML_H

#include "common/buf.h"

struct pkg_rpmread;

/*
 * Append <package type="rpm">. `href` is the place below the repository;
 * `file_sec` is the Unix time of the file.
 * Source: PACKAGING.md 9.2; order and contents as createrepo_c writes them.
 */
void pkg_yumxml_put_primary(struct pkg_rpmread *p, const char *href,
			    uint64_t file_sec, struct sm_buf *out);

/* Append <package pkgid=...> with all files. */
void pkg_yumxml_put_filelists(struct pkg_rpmread *p, struct sm_buf *out);

/* Append <package pkgid=...> with its changelog. */
void pkg_yumxml_put_other(struct pkg_rpmread *p, struct sm_buf *out);

#endif

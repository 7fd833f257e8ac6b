/*
 * pkg_tarw: tar entries one by one, for formats that need records of their own
 * in extended headers, or an archive without its end. Others use arc.h.
 *
 * Source: POSIX.1-2008 pax, "ustar Interchange Format" and "pax Extended
 *         Header".
 */
#ifndef PKG_TARW_H
#define PKG_TARW_H

#include "pkg/arc.h"

/*
 * Append one entry, owned by user 0 and group 0. `records`, which may be
 * empty, are the records of an extended header in front of it, as
 * pkg_tarw_record makes them.
 *
 * Errors: SM_ELIMIT above the maximum of `out`, SM_EFORMAT for a name or a
 *         link's text that a ustar header cannot hold.
 */
int pkg_tarw_put(struct sm_buf *out, const struct pkg_arc_entry *entry,
		 struct sm_str records, struct sm_err *e);

/* Append "LENGTH KEY=VALUE\n", the length its own digits included. */
void pkg_tarw_record(struct sm_buf *out, const char *key, const char *value);

/* Append the two empty blocks that end an archive. */
void pkg_tarw_end(struct sm_buf *out);

#endif

/*
 * pkg_staple: the ticket of Apple's notary behind a macOS package, so that it
 * is found where there is no network.
 */
#ifndef PKG_STAPLE_H
#define PKG_STAPLE_H

#include "common/buf.h"
#include "common/err.h"

/* Tickets have a few KiB; more than this is a mistake. */
#define PKG_STAPLE_TICKET_MAX ((size_t)1 << 20)

struct pkg_staple {
	char before[65]; /* SHA-256 of the package without a ticket */
	char after[65];  /* and with the new one */
	bool replaced;   /* there was a ticket already */
};

/*
 * Append the package that is open as `fd` and the ticket to `out`. A ticket
 * that it has already is left out. What the signatures in the package cover
 * stays as it is. That the ticket is one for this package, only Apple's
 * service and macOS can tell.
 *
 * Errors: SM_EFORMAT if it is no xar or has no signature, which the notary
 *         wants; SM_EUSAGE for an empty ticket or one that is too large; those
 *         of sm_xar_read; SM_ELIMIT of the buffer.
 * Source: PACKAGING.md 4.3.
 */
int pkg_staple_put(int fd, struct sm_str ticket, struct sm_buf *out,
		   struct pkg_staple *done, struct sm_err *e);

#endif

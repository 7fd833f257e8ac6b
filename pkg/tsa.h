/*
 * pkg_tsa: asks a time stamping authority for a token over a signature.
 */
#ifndef PKG_TSA_H
#define PKG_TSA_H

#include "common/buf.h"
#include "common/cms.h"
#include "common/err.h"

/* A token has 3 to 6 KiB; a package keeps room for this much. */
#define PKG_TSA_TOKEN_MAX ((size_t)16 << 10)

/* Of one request, when a limit is not given. Units: milliseconds. */
#define PKG_TSA_TIMEOUT_MS 30000

struct pkg_tsa {
	const char *url; /* http:// or https://; NULL: no time stamp */
	/* its tsa_root are what the authority must lead to; if it has none, the
	 * chain is not judged, but everything else is */
	struct sm_cms_policy policy;
	int timeout_ms; /* 0: PKG_TSA_TIMEOUT_MS */
};

/*
 * Append the token over `stamped`. One request: SHA-256, a random nonce, and
 * the certificate asked for. What comes back is verified: status, nonce,
 * imprint, signature, purpose.
 *
 * Errors: those of sm_http_perform; SM_ENET if the authority refuses; SM_EVERIFY
 *         and SM_EFORMAT for a bad answer. The message names the address.
 * Source: RFC 3161 sections 2.4 and 3.4.
 */
int pkg_tsa_stamp(const struct pkg_tsa *t, struct sm_str stamped,
		  struct sm_buf *token, struct sm_err *e);

/*
 * Add a token to the one signer of a detached CMS, as an attribute that is not
 * signed, and put the new encoding in place of the old.
 *
 * Errors: the same; SM_EFORMAT if `cms` is none.
 * Source: RFC 3161 appendix A.
 */
int pkg_tsa_stamp_cms(const struct pkg_tsa *t, struct sm_buf *cms,
		      struct sm_err *e);

#endif

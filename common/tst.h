/*
 * Time stamps of RFC 3161: an authority says that certain bytes existed at a
 * certain time. With one over a signature, that outlives its certificate.
 */
#ifndef COMMON_TST_H
#define COMMON_TST_H

#include "common/digest.h"
#include "common/err.h"
#include "common/str.h"

struct sm_cms_policy;

struct sm_tst {
	int64_t time_sec;    /* Unix time, fractions dropped */
	char authority[256]; /* CN of its certificate */
	struct sm_str nonce; /* an INTEGER's body, or empty; into the token */
};

/* How far an authority's clock may be ahead of ours. Units: seconds. */
#define SM_TST_SKEW_SEC 300

/*
 * Verify a token (TimeStampToken, DER) over the bytes `stamped`: imprint,
 * signature, the reference to its certificate, that certificate's purpose and
 * chain (policy->tsa_root) at the time that the token says, which may not be
 * after policy->now.
 *
 * A NULL policy leaves out the chain and the clock: for a token that has just
 * been asked for, when no root is at hand.
 *
 * Errors: SM_EFORMAT, SM_ELIMIT, SM_EVERIFY; each with "time stamp" in front.
 * Source: RFC 3161 sections 2.3 and 2.4.2; RFC 5816 section 2.2.
 */
int sm_tst_verify(const struct sm_cms_policy *p, struct sm_str token,
		  struct sm_str stamped, struct sm_tst *out, struct sm_err *e);

#endif

/*
 * What a certificate is worth: does it lead to a root, is it valid at that
 * time, may it do what it did, and is it who it must be. Nothing is asked of
 * the network: revocation is not looked at.
 */
#ifndef COMMON_CHAIN_H
#define COMMON_CHAIN_H

#include "common/cms.h"
#include "common/mem.h"

#include <openssl/types.h>

struct stack_st_X509; /* STACK_OF(X509) */

enum sm_chain_use {
	SM_CHAIN_SIGNER, /* policy->root, policy->eku */
	SM_CHAIN_STAMP   /* policy->tsa_root; may stamp and nothing else */
};

/*
 * Verify the chain of `leaf` at a time, with keys of 112 bits of strength or
 * more. `others` (may be NULL) helps to find authorities.
 *
 * Errors: SM_EVERIFY with the reason, SM_EFORMAT for a pinned root that is no
 *         certificate, SM_ENOTFOUND for a machine without roots.
 * Source: RFC 5280 section 6, RFC 3161 section 2.3.
 */
int sm_chain_verify(const struct sm_cms_policy *p, enum sm_chain_use use,
		    X509 *leaf, struct stack_st_X509 *others, int64_t at_sec,
		    struct sm_err *e);

/*
 * Every one of them must lead to a root, whenever it was valid, so that none
 * can carry anything else. That goes for a root as another one issued it, too:
 * then this one must be given as well, though nothing else needs it.
 * Errors: those of sm_chain_verify.
 */
int sm_chain_all(const struct sm_cms_policy *p, enum sm_chain_use use,
		 struct stack_st_X509 *certs, struct sm_err *e);

/*
 * Who is it, and may he sign: purpose, marker, team and publisher of the
 * policy. Fills the names in *out. Errors: SM_EVERIFY.
 */
int sm_chain_signer(const struct sm_cms_policy *p, X509 *leaf,
		    struct sm_cms_signer *out, struct sm_err *e);

/*
 * Add every certificate of a PEM text to the roots of a policy, or to those
 * for time stamps; they are kept in `arena`.
 * Errors: SM_EFORMAT if there is none or one is malformed, SM_ELIMIT.
 */
int sm_chain_add_roots(struct sm_cms_policy *p, enum sm_chain_use use,
		       struct sm_str pem, struct sm_arena *arena,
		       struct sm_err *e);

/* The CN of the subject, "" if there is none or it is no plain text. */
void sm_chain_name(X509 *cert, char *out, size_t size);

/* True if the extended key usage has this OID. */
bool sm_chain_has_purpose(X509 *cert, const char *oid);

#endif

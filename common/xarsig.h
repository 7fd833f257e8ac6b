/*
 * Who signed a xar: RSA and CMS signatures over the digest of its table of
 * contents, which covers everything else through its checksums.
 */
#ifndef COMMON_XARSIG_H
#define COMMON_XARSIG_H

#include "common/cms.h"
#include "common/xar.h"

/*
 * Verify both signatures of an archive that sm_xar_read has accepted. The CMS
 * must be there and its chain must end in a root of `p`; an RSA signature is
 * checked where there is one, against the same certificate.
 *
 * Roots are the caller's: Apple's are not built in, since no authentic copy
 * was at hand to pin.
 *
 * Errors: SM_EVERIFY if it is not signed or a signature is refused, SM_EFORMAT,
 *         SM_ELIMIT, SM_EIO.
 * Source: PACKAGING.md 4.2.
 */
int sm_xarsig_verify(const struct sm_xar *x, int fd,
		     const struct sm_cms_policy *p, struct sm_cms_signer *out,
		     struct sm_err *e);

/*
 * The policy for "Developer ID Installer" certificates: purpose, marker and
 * the critical extensions that Apple uses. `team` may be "". Roots are added
 * by the caller.
 */
void sm_xarsig_developer_id(struct sm_cms_policy *p, const char *team,
			    int64_t now_sec);

#endif

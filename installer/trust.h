/*
 * Which keys are trusted, and the check of one artifact against them.
 */
#ifndef INSTALLER_TRUST_H
#define INSTALLER_TRUST_H

#include "common/openpgp.h"
#include "common/options.h"

struct inst_trust {
	struct sm_openpgp_ring ring;
	const char *from; /* "built in", or the file that the key came from */
};

/*
 * The ring of --key files, or AWS's published key when there are none.
 * Errors: those of reading, SM_EFORMAT, SM_EVERIFY with the file's name.
 */
int inst_trust_open(struct inst_trust *t, const struct sm_option_list *keys,
		    struct sm_err *e);
void inst_trust_release(struct inst_trust *t);

/*
 * Verify the open file `fd`, called `name` in messages, against a signature.
 * Errors: SM_EVERIFY "cannot trust 'name': reason"; never anything milder
 * when a signature does not hold.
 */
int inst_trust_check(const struct inst_trust *t, int fd, const char *name,
		     struct sm_str sig, struct sm_openpgp_result *res,
		     struct sm_err *e);

/* Append "OpenPGP ecdsa-p256 sha256, key FPR (user id), signed DATE". */
int inst_trust_describe(const struct inst_trust *t,
			const struct sm_openpgp_result *res,
			struct sm_buf *out);

#endif

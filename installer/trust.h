/*
 * Which keys and roots are trusted, and the check of one artifact against
 * them: its detached OpenPGP signature, or the one inside it, of those that
 * are published without (PACKAGING.md 1.1): setup programs and macOS packages.
 */
#ifndef INSTALLER_TRUST_H
#define INSTALLER_TRUST_H

#include "common/cms.h"
#include "common/mem.h"
#include "common/openpgp.h"
#include "common/options.h"

struct inst_trust {
	struct sm_openpgp_ring ring;
	const char *from; /* "built in", or the file that the key came from */
	bool has_keys;    /* it came from a file */
	struct sm_cms_policy exe; /* of setup programs */
	struct sm_cms_policy pkg; /* of macOS packages */
	bool has_roots;           /* from files; their names are in `roots` */
	const char *roots;
	struct sm_arena arena; /* owns the roots */
};

/*
 * The names under which AWS signs Windows programs. None is documented for the
 * plugin, so the pin is not confirmed, and messages say so.
 * Source: PACKAGING.md 1.7.
 */
#define INST_TRUST_PUBLISHERS                                           \
	{                                                               \
		"Amazon.com Services LLC", "Amazon Web Services, Inc.", \
			"Amazon.com, Inc."                              \
	}

/*
 * The ring of --key files, or AWS's published key when there are none.
 * Errors: those of reading, SM_EFORMAT, SM_EVERIFY with the file's name.
 */
int inst_trust_open(struct inst_trust *t, const struct sm_option_list *keys,
		    struct sm_err *e);
void inst_trust_release(struct inst_trust *t);

/*
 * For signatures inside: trust these PEM roots, and publishers of these names
 * only. Without roots Windows programs must lead to one of this system and be
 * signed by AWS; macOS packages are refused, since Apple's root is not built
 * in: no authentic copy was at hand.
 * Errors: those of reading and sm_chain_add_roots, with the file's name.
 */
int inst_trust_add_roots(struct inst_trust *t,
			 const struct sm_option_list *roots,
			 const struct sm_option_list *publishers,
			 struct sm_err *e);

/* May a signature inside stand in for a detached one that is not there? Not
 * if a key was named: then a signature by it is wanted. */
bool inst_trust_takes_inside(const struct inst_trust *t);

/*
 * Verify the open file `fd`, called `name` in messages, against a signature.
 * Errors: SM_EVERIFY "cannot trust 'name': reason"; never anything milder
 * when a signature does not hold.
 */
int inst_trust_check(const struct inst_trust *t, int fd, const char *name,
		     struct sm_str sig, struct sm_openpgp_result *res,
		     struct sm_err *e);

/*
 * The same for a file without a detached signature, which would be `sig_name`:
 * by the signature inside. *res has "authenticode" or "pkg" as alg, no key, and
 * the publisher as user id; `created` is the time of the time stamp or 0.
 * Errors: SM_EVERIFY; SM_EIO.
 */
int inst_trust_check_inside(const struct inst_trust *t, int fd,
			    const char *name, const char *sig_name,
			    struct sm_openpgp_result *res, struct sm_err *e);

/* True if `res` is of inst_trust_check_inside. */
bool inst_trust_is_inside(const struct sm_openpgp_result *res);

/* Append "OpenPGP ecdsa-p256 sha256, key FPR (user id), signed DATE", or
 * "Authenticode sha256, publisher NAME, ...". */
int inst_trust_describe(const struct inst_trust *t,
			const struct sm_openpgp_result *res,
			struct sm_buf *out);

#endif

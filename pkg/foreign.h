/*
 * pkg_foreign: packages that common/package.h does not know, because they hold
 * another program than the plugin or are for the Windows Installer.
 */
#ifndef PKG_FOREIGN_H
#define PKG_FOREIGN_H

#include "common/cms.h"
#include "common/err.h"
#include "common/str.h"

struct pkg_foreign {
	char about[256]; /* "msi, Session Manager Plugin 1.3.0.0 for x64" */
};

/* True for what begins like a Windows Installer package. */
bool pkg_foreign_is_installer(struct sm_str head);

/*
 * Tell a package of these kinds: one for the Windows Installer, or a container
 * that can be taken apart down to the last one in it and has no file of the
 * plugin's name. Returns 1 for one, 0 for what is no container at all.
 * Errors: SM_EFORMAT for another container, a damaged one among them.
 */
int pkg_foreign_look(struct pkg_foreign *f, struct sm_str data);

/*
 * Verify the signature inside a Windows Installer package.
 * Errors: those of sm_authenticode_verify_package and pkg_msiread_open;
 *         SM_EVERIFY if it is not signed.
 */
int pkg_foreign_verify(const struct sm_cms_policy *p, struct sm_str data,
		       struct sm_cms_signer *who, struct sm_err *e);

#endif

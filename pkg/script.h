/*
 * pkg_script: the scripts of packages: what keeps the manifest's links, and
 * the manifest's own fragments around it.
 *
 * The rule for a link is the same everywhere (docs/manifest.md, PACKAGING.md
 * section 10): made if absent, replaced if it is a symbolic link, left alone
 * with a warning if it is a real file; removed with the package only if it
 * still has our text. Keeping links never makes an installation fail.
 */
#ifndef PKG_SCRIPT_H
#define PKG_SCRIPT_H

#include "common/buf.h"
#include "pkg/manifest.h"

/*
 * Append the Debian maintainer script for this moment (preinst, postinst,
 * prerm, postrm); nothing if there is nothing to do. Works without a chroot
 * when DPKG_ROOT is set.
 * Source: Debian policy 6.5, 9.1.2; PACKAGING.md 2.3.
 */
int pkg_script_deb(const struct pkg_manifest *m, enum pkg_manifest_script when,
		   struct sm_buf *out);

/*
 * Append the script of an apk for this moment; nothing if there is nothing to
 * do. That of an installation is used for upgrades, too.
 */
int pkg_script_apk(const struct pkg_manifest *m, enum pkg_manifest_script when,
		   struct sm_buf *out);

/*
 * Append the rpm scriptlet: %pre, %posttrans, %preun, %postun. *program
 * becomes its interpreter: "<lua>", which is part of rpm and needs nothing
 * installed, or "/bin/sh" when the manifest has a fragment for this moment.
 * Source: PACKAGING.md 1.4 for why %posttrans.
 */
int pkg_script_rpm(const struct pkg_manifest *m, enum pkg_manifest_script when,
		   struct sm_buf *out, const char **program);

#endif

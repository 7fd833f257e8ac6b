/*
 * pkg_repoapt: an apt repository of one suite and the component "main".
 */
#ifndef PKG_REPOAPT_H
#define PKG_REPOAPT_H

#include "common/err.h"

struct pkg_repo;

/*
 * Add the debs of `r` to the pool and write all indices of the pool:
 *
 *   pool/main/N/NAME/NAME_VERSION_ARCH.deb
 *   dists/SUITE/main/binary-ARCH/Packages, .gz, .xz and by-hash/SHA256/...
 *   dists/SUITE/Release, Release.gpg, InRelease, the last one last
 *   key.asc, key.gpg
 *
 * Errors: SM_EFORMAT for a file that is no deb of ours; SM_EEXIST as
 *         pkg_repo_add; SM_EUSAGE if there is no package at all.
 * Source: PACKAGING.md 9.1.
 */
int pkg_repoapt_write(const struct pkg_repo *r, struct sm_err *e);

#endif

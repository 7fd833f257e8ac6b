/*
 * pkg_repoyum: a yum repository, for all architectures.
 */
#ifndef PKG_REPOYUM_H
#define PKG_REPOYUM_H

#include "common/err.h"

struct pkg_repo;

/*
 * Add the rpms of `r` to the pool and write the index of the pool:
 *
 *   packages/NAME-VERSION-RELEASE.ARCH.rpm
 *   repodata/SHA256-primary.xml.gz, -filelists.xml.gz, -other.xml.gz
 *   repodata/repomd.xml.asc, repodata/repomd.xml, the last one last
 *   key.asc, key.gpg
 *
 * Errors: SM_EFORMAT for a file that is no rpm; SM_EEXIST as pkg_repo_add;
 *         SM_EUSAGE if there is no package at all.
 * Source: PACKAGING.md 9.2.
 */
int pkg_repoyum_write(const struct pkg_repo *r, struct sm_err *e);

#endif

/*
 * pkg_programs: signs the Windows programs that a package is made of, so that
 * what is installed is signed, and not only what it came in.
 */
#ifndef PKG_PROGRAMS_H
#define PKG_PROGRAMS_H

#include "common/buf.h"
#include "common/err.h"

struct pkg_filelist;
struct pkg_manifest;

/*
 * Sign one program with the manifest's certificate, name, address and clock.
 * Nothing happens if the manifest has no certificate.
 * Errors: those of pkg_pesign_put.
 */
int pkg_programs_put(const struct pkg_manifest *m, struct sm_buf *image,
		     struct sm_err *e);

/*
 * Append the signature of a Windows Installer package, over `digest` as
 * pkg_pesign_package has it. The manifest has a certificate.
 * Errors: those of pkg_pesign_package.
 */
int pkg_programs_put_package(const struct pkg_manifest *m,
			     const uint8_t *digest, struct sm_buf *out,
			     struct sm_err *e);

/*
 * The same as pkg_programs_put for every program in the list whose path begins with `folder`. One
 * that is signed already keeps its signature.
 *
 * Owns:   the signed bytes are the list's.
 * Errors: those of pkg_pesign_put, with the path; SM_ELIMIT.
 */
int pkg_programs_sign(const struct pkg_manifest *m, struct pkg_filelist *l,
		      const char *folder, struct sm_err *e);

#endif

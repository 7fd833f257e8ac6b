/*
 * pkg_sbom: what is linked into a release, as an SPDX 2.3 document.
 */
#ifndef PKG_SBOM_H
#define PKG_SBOM_H

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

struct pkg_manifest;

#define PKG_SBOM_SOURCES_MAX ((size_t)1 << 20)

/*
 * Append the document. `sources` is the text of scripts/sources.list: lines
 * "library package file sha256 upstream"; name, version, licence and clock are
 * the manifest's.
 *
 * Errors: SM_EFORMAT with the line of a list that has another shape.
 * Source: SPDX 2.3, clauses 6, 7, 11; its JSON schema for the spelling.
 */
int pkg_sbom_put(const struct pkg_manifest *m, struct sm_str sources,
		 struct sm_buf *out, struct sm_err *e);

#endif

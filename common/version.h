/*
 * Our version, and the order of dotted versions.
 */
#ifndef COMMON_VERSION_H
#define COMMON_VERSION_H

#include "common/str.h"

/*
 * The contents of the file VERSION, four numbers. It is what `--version`
 * prints and what the service is told; a build without it fails, because a
 * wrong default changes how agents treat a session (PROTOCOL.md 7.7).
 */
const char *sm_version(void);

#define SM_VERSION_PARTS 8

struct sm_version {
	unsigned n;                      /* parts given, 1 to 8 */
	uint32_t part[SM_VERSION_PARTS]; /* zeros behind n */
};

/*
 * Parse digits and dots. Errors: SM_EFORMAT on anything else or on an empty
 * part, SM_ELIMIT on more than 8 parts or a part above UINT32_MAX.
 */
int sm_version_parse(struct sm_version *v, struct sm_str text);

/* Numeric order, missing parts count as zero: <0, 0, >0. */
int sm_version_cmp(const struct sm_version *a, const struct sm_version *b);

#endif

/*
 * Rpm packages, format version 3 and 4: lead, signature header, header, and
 * where the payload lies. The payload itself is read by archive.h.
 */
#ifndef COMMON_RPM_H
#define COMMON_RPM_H

#include "common/err.h"
#include "common/str.h"

#define SM_RPM_INDEX_MAX 32768              /* entries of one header */
#define SM_RPM_STORE_MAX ((size_t)16 << 20) /* bytes of one header's data */

struct sm_rpm {
	char name[128];
	char version[64];
	char release[64];
	char arch[32];         /* rpm's word: "x86_64", "i386", "aarch64" */
	bool header_digest;    /* SHA-256 of the header is there and agrees */
	bool payload_digest;   /* the same for the payload */
	uint64_t payload;      /* offset in the file */
	uint64_t payload_size; /* bytes to the end of the file */
};

/* True if the bytes begin an rpm (four are enough). */
bool sm_rpm_is_rpm(struct sm_str head);

/*
 * Read both headers and check SHA-256 of header (tag 273) and payload (tag
 * 5092) where they are given: packages before 1.2.677.0 have none
 * (PACKAGING.md 1.4), and whether that matters is the caller's decision.
 *
 * Errors: SM_EFORMAT; SM_EVERIFY for a digest or size that disagrees;
 *         SM_ELIMIT; SM_EIO.
 * Source: PACKAGING.md 3.1; rpm's documentation of the V4 package format.
 */
int sm_rpm_read(struct sm_rpm *p, int fd, struct sm_err *e);

#endif

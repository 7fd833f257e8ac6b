/*
 * Windows programs (PE/COFF): headers, the digest that Authenticode signs,
 * and where the certificate table lies.
 */
#ifndef COMMON_PE_H
#define COMMON_PE_H

#include "common/digest.h"
#include "common/err.h"
#include "common/os/platform.h"

struct sm_pe {
	enum sm_arch arch;
	uint64_t size;        /* of the file */
	uint64_t checksum_at; /* offset of the CheckSum field */
	uint64_t security_at; /* offset of the Security directory entry */
	uint64_t image_end;   /* end of the last section's bytes */
	uint64_t table;       /* certificate table; 0 if not signed */
	uint64_t table_size;
};

/* True if the bytes begin a program (two are enough). */
bool sm_pe_is_pe(struct sm_str head);

/*
 * Read the headers. A certificate table must lie behind the sections, be
 * aligned to eight and end with the file.
 * Errors: SM_EFORMAT, SM_EIO. Source: PE format; PACKAGING.md 5.1, 5.2.
 */
int sm_pe_read(struct sm_pe *p, int fd, struct sm_err *e);

/*
 * The image digest of Authenticode: everything but the CheckSum field, the
 * Security directory entry and the certificate table; an overlay counts.
 * Errors: SM_EIO. Source: PACKAGING.md 5.2.
 */
int sm_pe_digest(const struct sm_pe *p, int fd, enum sm_digest_alg alg,
		 uint8_t *out, struct sm_err *e);

#endif

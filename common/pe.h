/*
 * Windows programs (PE/COFF): headers, the digest that Authenticode signs,
 * and where the certificate table lies. The signature itself: authenticode.h.
 */
#ifndef COMMON_PE_H
#define COMMON_PE_H

#include "common/buf.h"
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

/* WIN_CERTIFICATE: length, revision 2.0, type PKCS#7. */
#define SM_PE_CERT_HEAD 8
#define SM_PE_CERT_REVISION 0x0200
#define SM_PE_CERT_PKCS7 0x0002

/*
 * Append what the one entry of the certificate table holds, with the zeros
 * that fill it up to a multiple of eight.
 *
 * Errors: SM_EVERIFY if the program is not signed; SM_EFORMAT for another kind
 *         of entry, a second one, or bytes behind it; SM_ELIMIT, SM_EIO.
 * Source: PE format, "The Attribute Certificate Table"; PACKAGING.md 5.2.
 */
int sm_pe_certificate(const struct sm_pe *p, int fd, struct sm_buf *out,
		      struct sm_err *e);

/*
 * The CheckSum field as it is, and as it ought to be: the sum of all 16-bit
 * words but its own, folded, and the size of the file.
 *
 * Errors: SM_EIO, SM_EFORMAT. Source: PE format, "Optional Header".
 */
int sm_pe_checksum(const struct sm_pe *p, int fd, uint32_t *has, uint32_t *want,
		   struct sm_err *e);

#endif

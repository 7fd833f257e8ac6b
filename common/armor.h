/*
 * ASCII armor of OpenPGP (RFC 9580 section 6): text around base64, with an
 * optional CRC-24 that is checked when it is there.
 */
#ifndef COMMON_ARMOR_H
#define COMMON_ARMOR_H

#include "common/buf.h"
#include "common/err.h"

#define SM_ARMOR_PUBLIC "PGP PUBLIC KEY BLOCK"
#define SM_ARMOR_SECRET "PGP PRIVATE KEY BLOCK"
#define SM_ARMOR_SIGNATURE "PGP SIGNATURE"

/* True if the text begins, after white space, with "-----BEGIN PGP ". */
bool sm_armor_is(struct sm_str text);

/*
 * Append "-----BEGIN label-----", the base64 in lines of 64, the CRC-24 and
 * the end line. Errors: SM_ELIMIT of the buffer.
 */
int sm_armor_encode(struct sm_buf *out, const char *label, struct sm_str data);

/*
 * Append the bytes inside one armored block with this label. Nothing but
 * white space may stand before or behind it: what is not signed must not
 * look as if it were.
 *
 * Errors: SM_EFORMAT for another label, a bad header line, a character that
 * is no base64, a wrong CRC or text around; SM_ELIMIT of the buffer.
 * Source: RFC 9580 6.1, 6.2; PACKAGING.md 7.1.
 */
int sm_armor_decode(struct sm_buf *out, const char *label, struct sm_str text,
		    struct sm_err *e);

#endif

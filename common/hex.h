/*
 * Text forms of bytes: hexadecimal and base64 (RFC 4648, standard alphabet
 * with padding). Pure.
 */
#ifndef COMMON_HEX_H
#define COMMON_HEX_H

#include "common/buf.h"
#include "common/str.h"

/* Append lower-case hexadecimal. Errors: SM_ELIMIT of the buffer. */
int sm_hex_put(struct sm_buf *out, const void *p, size_t len);

/*
 * Append the bytes of `text` (either case, even length).
 * Errors: SM_EFORMAT on another character or an odd length.
 */
int sm_hex_get(struct sm_buf *out, struct sm_str text);

/* Append base64 without line breaks. */
int sm_base64_put(struct sm_buf *out, const void *p, size_t len);

/*
 * Append the decoded bytes. White space is skipped; padding is required.
 * Errors: SM_EFORMAT on anything else, bits behind the padding included.
 */
int sm_base64_get(struct sm_buf *out, struct sm_str text);

#endif

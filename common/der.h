/*
 * DER, as far as signatures need it: a strict cursor over bytes from outside.
 * Nothing is copied and nothing is allocated.
 */
#ifndef COMMON_DER_H
#define COMMON_DER_H

#include "common/str.h"

enum sm_der_tag {
	SM_DER_BOOLEAN = 0x01,
	SM_DER_INTEGER = 0x02,
	SM_DER_BITS = 0x03,
	SM_DER_OCTETS = 0x04,
	SM_DER_NULL = 0x05,
	SM_DER_OID = 0x06,
	SM_DER_UTF8 = 0x0c,
	SM_DER_TIME = 0x18, /* GeneralizedTime */
	SM_DER_SEQUENCE = 0x30,
	SM_DER_SET = 0x31,
	SM_DER_CONTEXT = 0x80,     /* | number: implicit, primitive */
	SM_DER_CONSTRUCTED = 0xa0, /* | number: explicit, or constructed */
};

/* One element. Views into what was read. */
struct sm_der {
	uint8_t tag;
	struct sm_str whole; /* with tag and length */
	struct sm_str body;
};

/*
 * Take the element at the front of *in.
 *
 * Shape:  one byte of tag, definite length in its shortest form.
 * Errors: SM_EFORMAT for anything else, also when *in is empty.
 * Source: X.690 sections 8.1 and 10.1.
 */
int sm_der_next(struct sm_str *in, struct sm_der *out);

/* The same; another tag is SM_EFORMAT. */
int sm_der_take(struct sm_str *in, unsigned tag, struct sm_der *out);

/* The same, and its contents are all that is read from then on; what follows
 * it is SM_EFORMAT. */
int sm_der_only(struct sm_str in, unsigned tag, struct sm_der *out);

/* True if the next element has this tag. */
bool sm_der_peek(struct sm_str in, unsigned tag);

/* A number that is not negative and below 2^32. Errors: SM_EFORMAT. */
int sm_der_u32(struct sm_str *in, uint32_t *out);

#endif

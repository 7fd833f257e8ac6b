/*
 * Results as JSON lines (--json): one object a line, with a member "type" that
 * says which. Texts are escaped; bytes that are not UTF-8 become U+FFFD.
 */
#ifndef INSTALLER_RESULT_H
#define INSTALLER_RESULT_H

#include "common/buf.h"
#include "common/openpgp.h"
#include "common/out.h"

struct inst_result {
	struct sm_buf text;
};

/* Begin the object. Release always. */
void inst_result_init(struct inst_result *r, const char *type);
void inst_result_release(struct inst_result *r);

/* Members. A text that is NULL or "" is left out; a time is RFC 3339. */
void inst_result_text(struct inst_result *r, const char *name,
		      const char *value);
void inst_result_number(struct inst_result *r, const char *name,
			uint64_t value);
void inst_result_flag(struct inst_result *r, const char *name, bool value);
void inst_result_time(struct inst_result *r, const char *name,
		      int64_t unix_sec);

/* The members of a signature that held: method, algorithm, hash, key, user,
 * signed, sha256, size. */
void inst_result_verified(struct inst_result *r,
			  const struct sm_openpgp_result *v);

/* End the object and print it if results are JSON. sm_out_flush reports. */
void inst_result_print(struct inst_result *r, struct sm_out *out);

#endif

/*
 * pkg_template: texts with fields, "version=\"@VERSION@\"".
 */
#ifndef PKG_TEMPLATE_H
#define PKG_TEMPLATE_H

#include "common/buf.h"
#include "common/err.h"

struct pkg_template_field {
	const char *name; /* "VERSION": capitals and underscores */
	struct sm_str value;
};

/*
 * Append `text` with every @NAME@ replaced. With `xml`, values are escaped
 * for text and attributes, except those whose name begins with "RAW_".
 *
 * Errors: SM_EFORMAT for a field that has no value here, SM_ELIMIT.
 */
int pkg_template_put(struct sm_str text, const struct pkg_template_field *field,
		     size_t n, bool xml, struct sm_buf *out, struct sm_err *e);

/* Append with the five characters of XML 1.0 section 4.6 escaped. */
void pkg_template_put_xml(struct sm_str value, struct sm_buf *out);

#endif

/*
 * pkg_field: reads members of the manifest, and says where what is wrong:
 * "FILE:LINE: FIELD: cause".
 */
#ifndef PKG_FIELD_H
#define PKG_FIELD_H

#include "common/mem.h"
#include "pkg/jsonpos.h"

struct pkg_manifest_want;

/* What all readers need. Borrowed, lives for one parse. */
struct pkg_field {
	const struct pkg_jsonpos *json;
	const char *file;       /* of the manifest, for messages */
	struct sm_arena *arena; /* for texts that are kept */
	const struct pkg_manifest_want *want;
};

/* One member of an object, or one element of an array. */
struct pkg_member {
	const char *path; /* "files[3].mode" */
	unsigned line;
	yyjson_val *val;
};

/* Sets "FILE:LINE: FIELD: ..." with SM_EFORMAT, and returns that. */
int pkg_field_refuse(const struct pkg_field *f, const struct pkg_member *m,
		     struct sm_err *e, const char *fmt, ...) SM_PRINTF(4, 5);

/* Called for each member; `index` is the place of its name in the list. */
typedef int pkg_field_fn(void *user, const struct pkg_field *f, size_t index,
			 const struct pkg_member *m, struct sm_err *e);

/*
 * Walk the members of an object; `names` ends with NULL, at most 63 of them.
 * Errors: SM_EFORMAT if it is no object, or has a member whose name is not in
 * the list, or one twice; what `fn` returned.
 */
int pkg_field_object(const struct pkg_field *f, const struct pkg_member *obj,
		     const char *const *names, pkg_field_fn *fn, void *user,
		     struct sm_err *e);

/*
 * Walk the elements of an array; `index` counts them.
 * Errors: SM_EFORMAT if it is no array, SM_ELIMIT above `max` elements.
 */
int pkg_field_array(const struct pkg_field *f, const struct pkg_member *arr,
		    size_t max, pkg_field_fn *fn, void *user, struct sm_err *e);

/* NULL, or what is wrong with a text (pkg/check.h). */
typedef const char *pkg_field_check_fn(const char *z);

/*
 * A string: @VERSION@, @ARCH@ and @EXE@ replaced, checked (`check` may be
 * NULL), kept in the arena.
 */
int pkg_field_text(const struct pkg_field *f, const struct pkg_member *m,
		   pkg_field_check_fn *check, const char **out,
		   struct sm_err *e);

#endif

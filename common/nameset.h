/*
 * The names that an archive has used so far, each with its kind: a name may
 * come once, and nothing may lie below what is not a folder. The time for one
 * name depends on its length alone, not on how many came before.
 */
#ifndef COMMON_NAMESET_H
#define COMMON_NAMESET_H

#include "common/err.h"
#include "common/mem.h"
#include "common/os/file.h"

struct sm_nameset_name {
	uint32_t hash;
	enum sm_file_type type;
	const char *text; /* terminated; owned by the set */
};

struct sm_nameset {
	struct sm_nameset_name *name; /* in the order they came */
	size_t n;
	uint32_t *slot; /* open addressing: place in `name`, plus 1 */
	size_t n_slots; /* a power of two */
	struct sm_arena arena;
};

#define SM_NAMESET_INIT                         \
	{                                       \
		NULL, 0, NULL, 0, SM_ARENA_INIT \
	}

void sm_nameset_release(struct sm_nameset *s);

/* The name of these `len` bytes, or NULL; valid until the next is added. */
const struct sm_nameset_name *sm_nameset_find(const struct sm_nameset *s,
					      const char *p, size_t len);

/* Add a name that is not there yet. Owns: a copy of `text`. */
void sm_nameset_add(struct sm_nameset *s, const char *text,
		    enum sm_file_type type);

/*
 * Add a name by the rules at the top; a folder may come more than once.
 * Errors: SM_EVERIFY.
 */
int sm_nameset_claim(struct sm_nameset *s, const char *text,
		     enum sm_file_type type, struct sm_err *e);

#endif

/*
 * A list of folders as the Path variable of Windows holds it: separated by
 * ';', an element maybe in quotes, variables in it not expanded. Pure text.
 *
 * Two spellings are the same folder if they differ in case, in the direction
 * of slashes, in slashes at the end, or in what %VARIABLES% stand for.
 */
#ifndef INSTALLER_PATHLIST_H
#define INSTALLER_PATHLIST_H

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

/* Longest value of a variable, in bytes here. Microsoft, "Environment
 * Variables". */
#define INST_PATHLIST_MAX 32767

/* Append `element` with its variables expanded. */
typedef void inst_pathlist_expand_fn(struct sm_buf *out, struct sm_str element);

/* True if the folder is in the list. `expand` may be NULL. */
bool inst_pathlist_has(struct sm_str list, struct sm_str dir,
		       inst_pathlist_expand_fn *expand);

/*
 * Append the list with `dir` as last element. Returns 1, or 0 if it is there
 * already. Errors: SM_ELIMIT above INST_PATHLIST_MAX; SM_EFORMAT if `dir` has
 * a ';' or a quote, which no element can hold for every reader.
 */
int inst_pathlist_add(struct sm_buf *out, struct sm_str list, struct sm_str dir,
		      inst_pathlist_expand_fn *expand);

/* Append the list without `dir`, everything else as it is. Returns 1, or 0 if
 * it was not there. */
int inst_pathlist_remove(struct sm_buf *out, struct sm_str list,
			 struct sm_str dir, inst_pathlist_expand_fn *expand);

#endif

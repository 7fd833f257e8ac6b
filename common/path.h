/*
 * Paths as text: UTF-8 with '/', nothing asks the file system. A path that
 * begins with '/' or with a drive ("C:/") is absolute on every platform, so
 * that a name from an archive means the same everywhere.
 */
#ifndef COMMON_PATH_H
#define COMMON_PATH_H

#include "common/buf.h"
#include "common/str.h"

#include <stdbool.h>

bool sm_path_is_absolute(struct sm_str path);

/*
 * True for the name of an archive member that may be unpacked below any
 * folder: relative, not empty, at most 4096 bytes of UTF-8; no empty, "." or
 * ".." part (one '/' at the end is fine), no backslash, colon (a drive or a
 * stream on Windows) or control character.
 */
bool sm_path_is_safe(struct sm_str path);

/*
 * Folder and last part, as dirname(1) and basename(1): "a/b/" gives "a" and
 * "b", "a" gives "." and "a", "/" gives "/" twice. Views of `path` or literals.
 */
struct sm_str sm_path_dirname(struct sm_str path);
struct sm_str sm_path_basename(struct sm_str path);

/* Append `dir`/`name`, or `name` alone if it is absolute or dir is empty. */
int sm_path_join(struct sm_buf *out, struct sm_str dir, struct sm_str name);

/*
 * Append `path` without ".", "..", doubled and trailing slashes; "." if
 * nothing stays. A ".." at the root is dropped, at the front of a relative
 * path it is kept. Two leading slashes stay two (POSIX 4.13; a share on
 * Windows). Links are not considered: "link/.." is the folder of the link.
 */
int sm_path_clean(struct sm_buf *out, struct sm_str path);

/* Append `path` as seen from the absolute folder `base`, cleaned. */
int sm_path_absolute(struct sm_buf *out, struct sm_str base,
		     struct sm_str path);

#endif

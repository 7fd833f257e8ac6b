/*
 * UTF-8 to UTF-16 and back: private to this folder. Everything above it knows
 * UTF-8 and '/' only.
 */
#ifndef COMMON_OS_WINDOWS_UTF_H
#define COMMON_OS_WINDOWS_UTF_H

#include "common/buf.h"

#include <wchar.h>

/*
 * A wide copy, freed with sm_mem_free. Text that is not UTF-8 gets U+FFFD in
 * place of what is wrong, which names no file.
 */
wchar_t *sm_os_utf_wide_new(const char *text);

/*
 * The same for a path: '/' becomes a backslash, and one that is too long for
 * the plain interface is made absolute and gets the prefix that lifts the
 * limit of 260 characters.
 * Source: Microsoft, "Maximum Path Length Limitation".
 */
wchar_t *sm_os_utf_path_new(const char *path);

/* Append as UTF-8; the path form turns backslashes into '/'. */
int sm_os_utf_put(struct sm_buf *out, const wchar_t *wide);
int sm_os_utf_put_path(struct sm_buf *out, const wchar_t *wide);

#endif

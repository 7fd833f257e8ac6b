/*
 * A private folder for tests that need files. Everything is made with the
 * project's own functions, and a failure ends the test.
 */
#ifndef TESTS_LIB_SCRATCH_H
#define TESTS_LIB_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/fs.h"
#include "common/os/file.h"

struct scratch {
	char dir[256];
	char path[1024]; /* of the last name asked for */
};

static inline void scratch_make(struct scratch *s)
{
	assert_int_equal(sm_os_dir_temp("/tmp/sm-unit-", s->dir, sizeof(s->dir),
					NULL),
			 0);
}

static inline void scratch_remove(struct scratch *s)
{
	assert_int_equal(sm_fs_remove_tree(s->dir, NULL), 0);
}

/* The full path of `name`; valid until the next call. */
static inline const char *scratch_path(struct scratch *s, const char *name)
{
	(void)snprintf(s->path, sizeof(s->path), "%s/%s", s->dir, name);
	return s->path;
}

/* A file with `text`, and the folders above it. */
static inline void scratch_file(struct scratch *s, const char *name,
				const char *text)
{
	char *last;

	(void)scratch_path(s, name);
	last = strrchr(s->path, '/');
	*last = '\0';
	assert_int_equal(sm_fs_mkdirs(s->path, 0755, NULL), 0);
	*last = '/';
	assert_int_equal(sm_fs_write_atomic(s->path, sm_str(text), 0644, NULL),
			 0);
}

static inline void scratch_link(struct scratch *s, const char *name,
				const char *target)
{
	assert_int_equal(sm_os_link_make(target, scratch_path(s, name), NULL),
			 0);
}

/* True if there is anything of that name. */
static inline bool scratch_has(struct scratch *s, const char *name)
{
	struct sm_file_info st;

	return sm_os_file_stat(scratch_path(s, name), false, &st, NULL) == 0;
}

/* The file holds exactly `text`. */
static inline void scratch_expect(struct scratch *s, const char *name,
				  const char *text)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);

	assert_int_equal(
		sm_fs_read(scratch_path(s, name), SM_BUF_SMALL, &b, NULL), 0);
	assert_string_equal(sm_buf_z(&b), text);
	sm_buf_release(&b);
}

#endif

/*
 * Certificates, and what is signed with them, for unit tests: made by the
 * functions of tests/lib/authenticode.sh in a private folder.
 */
#ifndef TESTS_LIB_CERTS_H
#define TESTS_LIB_CERTS_H

#include "common/os/process.h"
#include "tests/lib/scratch.h"

/* True if this program is here. */
static inline bool certs_have(const char *program)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	bool have = sm_os_process_which(program, &out) >= 0;

	sm_buf_release(&out);
	return have;
}

/*
 * Run a script in `s`, which exists. The test runs in the top folder of the
 * tree, as all do. Returns 0, or -1 with the reason printed.
 */
static inline int certs_make(struct scratch *s, const char *script)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	const char *argv[] = { "sh", "-c", NULL, "sh", s->dir, NULL };
	struct sm_err e = SM_ERR_INIT;
	int status = -1, r;

	sm_buf_printf(&text,
		      "set -e; top=$PWD; cd \"$1\"\n"
		      ". \"$top/tests/lib/authenticode.sh\"\n%s",
		      script);
	argv[2] = sm_buf_z(&text);
	r = sm_os_process_run(argv, 120000, NULL, NULL, &status, &e);
	sm_buf_release(&text);
	if (r >= 0 && status == 0)
		return 0;
	print_message("# %s: status %d %s\n", s->dir, status, e.msg);
	return -1;
}

/* Read a file of the folder, instead of what `out` has. */
static inline void certs_load(struct scratch *s, const char *name,
			      struct sm_buf *out)
{
	sm_buf_clear(out);
	assert_int_equal(
		sm_fs_read(scratch_path(s, name), SM_BUF_SMALL, out, NULL), 0);
}

#endif

/*
 * Symbolic links. A swap makes the link under a temporary name beside the
 * final one and renames it, so that the name always leads somewhere.
 */
#include "common/def.h"
#include "common/os/file.h"

#include <errno.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/hex.h"
#include "common/os/errno.h"
#include "common/os/random.h"

#define LINK_TEXT_MAX 4096 /* PATH_MAX of Linux; macOS has 1024 */
#define SWAP_TRIES 16

int sm_os_link_make(const char *target, const char *path, struct sm_err *e)
{
	if (symlink(target, path) < 0)
		return sm_os_errno_set(e, errno, "cannot create link '%s'",
				       path);
	return 0;
}

int sm_os_link_read(const char *path, struct sm_buf *out, struct sm_err *e)
{
	char text[LINK_TEXT_MAX];
	ssize_t n = readlink(path, text, sizeof(text));
	int r;

	if (n < 0)
		return sm_os_errno_set(e, errno, "cannot read link '%s'", path);
	r = (size_t)n == sizeof(text) ? SM_ELIMIT :
					sm_buf_put(out, text, (size_t)n);
	if (r < 0)
		return sm_err_set(e, r, "cannot read link '%s': too long",
				  path);
	return 0;
}

/* DIR/.sm-RANDOM for DIR/NAME */
static int beside(struct sm_buf *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash + 1 - path) : 0;
	unsigned char salt[8];

	sm_os_random(salt, sizeof(salt));
	sm_buf_clear(out);
	(void)sm_buf_printf(out, "%.*s.sm-", dir_len, path); /* sticks */
	return sm_hex_put(out, salt, sizeof(salt));
}

int sm_os_link_swap(const char *target, const char *path, struct sm_err *e)
{
	struct sm_buf tmp = SM_BUF_INIT(SM_BUF_SMALL);
	int tries, r = SM_EEXIST;

	for (tries = 0; r == SM_EEXIST && tries < SWAP_TRIES; tries++) {
		if ((r = beside(&tmp, path)) < 0) {
			r = sm_err_set(e, r,
				       "cannot create a link: name too long");
			goto out;
		}
		r = symlink(target, tmp.ptr) < 0 ? sm_os_errno_code(errno) : 0;
	}
	if (r < 0) {
		r = sm_os_errno_set(e, errno, "cannot create link '%s'", path);
		goto out;
	}
	if (rename(tmp.ptr, path) < 0) {
		r = sm_os_errno_set(e, errno, "cannot create link '%s'", path);
		(void)unlink(tmp.ptr); /* ours, and the first error counts */
	}
out:
	sm_buf_release(&tmp);
	return r;
}

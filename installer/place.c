/*
 * Default and given places, as absolute paths without "." and "..".
 */
#include "common/def.h"
#include "installer/place.h"

#include "common/buf.h"
#include "common/os/env.h"
#include "common/os/file.h"
#include "common/path.h"
#include "installer/layout.h"

#define PATH_BYTES ((size_t)8 << 10)

static int absolute(const char **out, struct sm_arena *a, const char *path,
		    const char *what, struct sm_err *e)
{
	struct sm_buf cwd = SM_BUF_INIT(PATH_BYTES);
	struct sm_buf abs = SM_BUF_INIT(PATH_BYTES);
	int r = 0;

	if (!path[0]) {
		r = sm_err_set(e, SM_EUSAGE, "the %s is empty", what);
		goto out;
	}
	if (!sm_path_is_absolute(sm_str(path)) &&
	    (r = sm_os_dir_current(&cwd, e)) < 0)
		goto out;
	r = sm_path_absolute(&abs, sm_buf_str(&cwd), sm_str(path));
	if (r < 0) {
		r = sm_err_set(e, r, "the %s is too long", what);
		goto out;
	}
	*out = sm_arena_dup(a, sm_buf_str(&abs));
out:
	sm_buf_release(&cwd);
	sm_buf_release(&abs);
	return r;
}

/* "/", and "//", which POSIX lets mean something else. */
static bool is_root(const char *path)
{
	return !path[strspn(path, "/")];
}

int inst_place_resolve(struct inst_place *p, struct sm_arena *a,
		       const char *dir, const char *link, bool user,
		       struct sm_err *e)
{
	struct sm_buf home = SM_BUF_INIT(PATH_BYTES);
	int r = 0;

	if (user && (r = sm_os_env_home(&home, e)) < 0)
		goto out;
	if (!dir)
		dir = user ? inst_layout_text(
				     a, "%s/.local/share/sessionmanagerplugin",
				     sm_buf_z(&home)) :
			     INST_DEFAULT_DIR;
	if (!link)
		link = user ? inst_layout_text(
				      a, "%s/.local/bin/session-manager-plugin",
				      sm_buf_z(&home)) :
			      INST_DEFAULT_LINK;
	if ((r = absolute(&p->dir, a, dir, "installation directory", e)) < 0)
		goto out;
	if ((r = absolute(&p->link, a, link, "link's path", e)) < 0)
		goto out;
	if (is_root(p->dir) || is_root(p->link))
		r = sm_err_set(e, SM_EUSAGE, "cannot install into '/'");
out:
	sm_buf_release(&home);
	return r;
}

/*
 * Unix: the official bundle's places, or those below the home directory.
 */
#include "common/def.h"
#include "installer/place.h"

#include "common/buf.h"
#include "common/os/env.h"
#include "installer/layout.h"

const char inst_place_dir_help[] =
	"Directory to install into. Default: " INST_DEFAULT_DIR;
const char inst_place_link_help[] =
	"Path of the link to the plugin, which must be in a directory on "
	"your PATH. Default: " INST_DEFAULT_LINK;

int inst_place_default(struct inst_place *p, struct sm_arena *a, bool user,
		       struct sm_err *e)
{
	struct sm_buf home = SM_BUF_INIT((size_t)8 << 10);
	int r = 0;

	p->dir = INST_DEFAULT_DIR;
	p->link = INST_DEFAULT_LINK;
	if (user && (r = sm_os_env_home(&home, e)) >= 0) {
		p->dir = inst_layout_text(
			a, "%s/.local/share/sessionmanagerplugin",
			sm_buf_z(&home));
		p->link = inst_layout_text(
			a, "%s/.local/bin/session-manager-plugin",
			sm_buf_z(&home));
	}
	sm_buf_release(&home);
	return r;
}

const char *inst_place_given(struct sm_arena *a, const char *path)
{
	SM_UNUSED(a);
	return path;
}

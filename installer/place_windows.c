/*
 * Windows: Program Files for an administrator, the user's own programs for
 * others; the Path instead of a link.
 */
#include "common/def.h"
#include "installer/place.h"

#include "common/buf.h"
#include "common/os/env.h"
#include "common/os/file.h"
#include "common/os/process.h"
#include "installer/layout.h"

#define BELOW "Amazon/SessionManagerPlugin"

const char inst_place_dir_help[] =
	"Directory to install into. Default: "
	"%ProgramFiles%\\Amazon\\SessionManagerPlugin for an administrator, else "
	"%LOCALAPPDATA%\\Programs\\Amazon\\SessionManagerPlugin";
const char inst_place_link_help[] =
	"Refused: Windows has no links for everybody. The directory's bin is "
	"put on the Path instead.";

/* From the first of the variables that is set. */
static const char *below(struct sm_arena *a, const char *variable,
			 const char *other, const char *middle)
{
	struct sm_buf b = SM_BUF_INIT((size_t)8 << 10);
	const char *path = NULL;

	if (sm_os_env_get(&b, variable) <= 0 && other)
		(void)sm_os_env_get(&b, other); /* empty then */
	if (b.len)
		path = inst_layout_text(a, "%s%s/" BELOW,
					inst_place_given(a, sm_buf_z(&b)),
					middle);
	sm_buf_release(&b);
	return path;
}

static bool is_installed(struct sm_arena *a, const char *dir)
{
	struct sm_file_info st;

	return sm_os_file_stat(inst_layout_text(a, "%s/" INST_PLUGIN, dir),
			       true, &st, NULL) == 0;
}

int inst_place_default(struct inst_place *p, struct sm_arena *a, bool user,
		       struct sm_err *e)
{
	/* a program of 32 bits is told another folder (PACKAGING.md 5.5) */
	const char *all = below(a, "ProgramW6432", "ProgramFiles", "");
	const char *own = below(a, "LOCALAPPDATA", NULL, "/Programs");

	p->link = "";
	p->dir = all;
	if (user || !all ||
	    (own && !sm_os_process_is_root() &&
	     (is_installed(a, own) || !is_installed(a, all))))
		p->dir = own;
	if (!p->dir)
		return sm_err_set(e, SM_ENOTFOUND,
				  "cannot tell where to install: neither "
				  "ProgramFiles nor LOCALAPPDATA is set");
	return 0;
}

const char *inst_place_given(struct sm_arena *a, const char *path)
{
	char *z = sm_arena_dup(a, sm_str(path)), *c;

	for (c = z; *c; c++) {
		if (*c == '\\')
			*c = '/';
	}
	return z;
}

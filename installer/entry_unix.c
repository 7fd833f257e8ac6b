/*
 * Links, replaced by rename(2).
 */
#include "common/def.h"
#include "installer/entry.h"

#include "common/os/file.h"

bool inst_entry_copies(void)
{
	return false;
}

int inst_entry_read(const char *path, struct sm_buf *text, struct sm_err *e)
{
	return sm_os_link_read(path, text, e);
}

int inst_entry_point(const char *path, const char *text, const char *beside,
		     struct sm_err *e)
{
	int r = sm_os_link_make(text, beside, e);

	if (r == SM_EEXIST) {
		sm_err_clear(e);
		if ((r = sm_os_file_remove(beside, e)) < 0)
			return r;
		r = sm_os_link_make(text, beside, e);
	}
	if (r < 0)
		return sm_err_wrap(e, r, "cannot create the link '%s'", path);
	if ((r = sm_os_file_rename(beside, path, e)) < 0) {
		(void)sm_os_file_remove(beside, NULL); /* r is reported */
		return sm_err_wrap(e, r, "cannot create the link '%s'", path);
	}
	return 0;
}

int inst_entry_copy(const char *from, const char *path, const char *beside,
		    const char *aside, struct sm_err *e)
{
	SM_UNUSED(from);
	SM_UNUSED(beside);
	SM_UNUSED(aside);
	return sm_err_set(e, SM_ENOTSUP,
			  "cannot copy to '%s': files are linked here", path);
}

int inst_entry_remove(const char *path, struct sm_err *e)
{
	return sm_os_file_remove(path, e);
}

int inst_entry_settle(struct inst_state *s, struct sm_err *e)
{
	SM_UNUSED(s);
	SM_UNUSED(e);
	return 0;
}

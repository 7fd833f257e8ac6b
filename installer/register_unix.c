/*
 * Unix keeps no such lists: the link is all.
 */
#include "common/def.h"
#include "installer/register.h"

bool inst_register_has(const char *dir)
{
	SM_UNUSED(dir);
	return false;
}

bool inst_register_on_path(const char *dir)
{
	SM_UNUSED(dir);
	return false;
}

bool inst_register_is_own(const char *dir)
{
	SM_UNUSED(dir);
	return false;
}

int inst_register_add(const char *dir, const char *version, struct sm_err *e)
{
	SM_UNUSED(dir);
	SM_UNUSED(version);
	SM_UNUSED(e);
	return 0;
}

int inst_register_remove(const char *dir, struct sm_err *e)
{
	SM_UNUSED(dir);
	SM_UNUSED(e);
	return 0;
}

int inst_register_rival(const char *dir, struct sm_buf *command,
			struct sm_buf *version)
{
	SM_UNUSED(dir);
	SM_UNUSED(command);
	SM_UNUSED(version);
	return 0;
}

int inst_register_retire(const char *command, struct sm_err *e)
{
	return sm_err_set(e, SM_ENOTSUP, "cannot run '%s' here", command);
}

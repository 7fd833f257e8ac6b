/*
 * The refusal that goes with a package's ownership. Looking is the platform's
 * part.
 */
#include "common/def.h"
#include "installer/owner.h"

int inst_owner_check(const char *dir, const char *act, struct sm_err *e)
{
	struct sm_buf command = SM_BUF_INIT((size_t)4096);
	int r = 0;

	if (inst_owner_find(dir, "", &command))
		r = sm_err_set(e, SM_EPERM,
			       "%s '%s': a package owns it; remove that with "
			       "'%s' first, or use --force",
			       act, dir, sm_buf_z(&command));
	sm_buf_release(&command);
	return r;
}

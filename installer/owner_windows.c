/*
 * Windows has no package database that owns folders.
 */
#include "common/def.h"
#include "installer/owner.h"

int inst_owner_find(const char *dir, const char *root, struct sm_buf *command)
{
	SM_UNUSED(dir);
	SM_UNUSED(root);
	SM_UNUSED(command);
	return 0;
}

/*
 * Input: a folder, a line end, a Path. After adding the folder is there; after
 * removing it is not, and removing adds nothing.
 */
#include "common/def.h"

#include "common/mem.h"
#include "installer/pathlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_buf with = SM_BUF_INIT((size_t)1 << 20);
	struct sm_buf without = SM_BUF_INIT((size_t)1 << 20);
	struct sm_str list = sm_str_n(data, size), dir;

	if (size > INST_PATHLIST_MAX || !sm_str_split(&list, '\n', &dir) ||
	    !list.ptr || !dir.len)
		return 0;
	if (inst_pathlist_add(&with, list, dir, NULL) == 1) {
		must(with.len > list.len);
		must(!memcmp(with.ptr, list.ptr, list.len));
	}
	must(inst_pathlist_remove(&without, list, dir, NULL) >= 0);
	must(without.len <= list.len);
	must(!inst_pathlist_has(sm_buf_str(&without), dir, NULL));
	sm_buf_release(&with);
	sm_buf_release(&without);
	return 0;
}

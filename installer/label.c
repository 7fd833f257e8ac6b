/*
 * Looks for SELinux and its tool; the plan says what is labelled. Without
 * either there is nothing to do, on every platform.
 */
#include "common/def.h"
#include "installer/label.h"

#include "common/mem.h"
#include "common/os/file.h"
#include "common/os/process.h"
#include "installer/layout.h"

#define SWITCH "/sys/fs/selinux/enforce"
#define PROGRAM "restorecon"

int inst_label_find(const char *root, struct sm_buf *program)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_file_info st;
	int found;

	found = sm_os_file_stat(inst_layout_text(&a, "%s" SWITCH, root), true,
				&st, NULL) == 0 &&
		sm_os_process_which(PROGRAM, program) >= 0;
	sm_arena_release(&a);
	return found;
}

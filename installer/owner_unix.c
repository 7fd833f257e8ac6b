/*
 * dpkg's file lists and rpm's database. Failing to look is the same as
 * finding nothing: the check is a courtesy to the user, not a lock.
 */
#include "common/def.h"
#include "installer/owner.h"

#include "common/fs.h"
#include "common/mem.h"
#include "common/os/env.h"
#include "common/os/file.h"
#include "common/os/process.h"
#include "installer/layout.h"

#define DPKG_INFO "/var/lib/dpkg/info"
#define LIST_MAX ((size_t)1 << 20)
#define RPM_TIMEOUT_MS 10000

struct search {
	const char *info;   /* folder of the lists */
	const char *wanted; /* path to look for */
	struct sm_arena arena;
	struct sm_buf *package;
};

static bool has_line(struct sm_str text, const char *line)
{
	struct sm_str piece;

	while (sm_str_split(&text, '\n', &piece)) {
		if (sm_str_eqz(piece, line))
			return true;
	}
	return false;
}

static int on_list(void *user, const char *name)
{
	struct search *s = user;
	struct sm_buf text = SM_BUF_INIT(LIST_MAX);
	struct sm_str n = sm_str(name);
	long colon;

	/* ours and official packages alone are called so; others are many */
	if (!sm_str_starts(n, "session-manager-plugin") ||
	    !sm_str_ends(n, ".list"))
		return 0;
	if (sm_fs_read(inst_layout_text(&s->arena, "%s/%s", s->info, name),
		       LIST_MAX, &text, NULL) == 0 &&
	    has_line(sm_buf_str(&text), s->wanted)) {
		n = sm_str_sub(n, 0, n.len - strlen(".list"));
		colon = sm_str_chr(n, ':', 0);
		(void)sm_buf_put_str(
			s->package,
			colon < 0 ? n : sm_str_sub(n, 0, (size_t)colon));
	}
	sm_buf_release(&text);
	return 0;
}

/*
 * Is there a database to ask? Many systems have the program for building
 * packages only, and starting it takes longer than an installation.
 * Source: rpm's macro _dbpath in Fedora and its kin, old and new, and Debian.
 */
static bool has_rpm_database(struct sm_arena *arena)
{
	static const char *const names[] = { "rpmdb.sqlite", "Packages.db",
					     "Packages" };
	const char *dirs[] = { "/var/lib/rpm", "/usr/lib/sysimage/rpm", "" };
	struct sm_buf home = SM_BUF_INIT(4096);
	struct sm_file_info st;
	size_t i, j;
	bool found = false;

	if (sm_os_env_get(&home, "HOME") == 1)
		dirs[2] = inst_layout_text(arena, "%s/.rpmdb", sm_buf_z(&home));
	for (i = 0; i < SM_ARRAY_LEN(dirs) && !found; i++) {
		for (j = 0; j < SM_ARRAY_LEN(names) && !found; j++)
			found = sm_os_file_stat(inst_layout_text(arena, "%s/%s",
								 dirs[i],
								 names[j]),
						true, &st, NULL) == 0;
	}
	sm_buf_release(&home);
	return found;
}

static int ask_rpm(const char *path, struct sm_buf *package)
{
	const char *argv[] = { "rpm", "-qf", "--qf", "%{NAME}", path, NULL };
	int status = 1;

	if (sm_os_process_run(argv, RPM_TIMEOUT_MS, package, NULL, &status,
			      NULL) < 0 ||
	    status != 0)
		sm_buf_clear(package);
	return package->len != 0;
}

/* A package would have put its file in the place of our link. */
static bool is_our_link(const char *path)
{
	struct sm_buf text = SM_BUF_INIT(4096);
	bool ours = sm_os_link_read(path, &text, NULL) == 0 &&
		    sm_str_eqz(sm_buf_str(&text),
			       "../" INST_CURRENT "/" INST_PLUGIN);

	sm_buf_release(&text);
	return ours;
}

int inst_owner_find(const char *dir, const char *root, struct sm_buf *command)
{
	struct sm_buf package = SM_BUF_INIT((size_t)4096);
	struct search s = { NULL, NULL, SM_ARENA_INIT, &package };
	struct sm_file_info st;
	int found = 0;

	s.info = inst_layout_text(&s.arena, "%s" DPKG_INFO, root);
	s.wanted = inst_layout_text(&s.arena, "%s/" INST_PLUGIN, dir);
	/* A package that is gone, or whose file we replaced, may be listed. */
	if (sm_os_file_stat(s.wanted, false, &st, NULL) < 0)
		goto out;
	(void)sm_os_dir_list(s.info, on_list, &s, NULL); /* none: no dpkg */
	if (package.len) {
		(void)sm_buf_printf(command, "dpkg -r %s", sm_buf_z(&package));
		found = 1;
	} else if (!root[0] && !is_our_link(s.wanted) &&
		   has_rpm_database(&s.arena) && ask_rpm(s.wanted, &package)) {
		(void)sm_buf_printf(command, "rpm -e %s", sm_buf_z(&package));
		found = 1;
	}
out:
	sm_arena_release(&s.arena);
	sm_buf_release(&package);
	return found;
}

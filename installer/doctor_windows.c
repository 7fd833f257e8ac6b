/*
 * What Windows tells about itself: system, programs on PATH, PowerShell. Nano
 * Server and the agent are not looked for; the rows about them stay silent.
 */
#include "common/def.h"
#include "installer/doctor.h"

#include "common/os/file.h"
#include "common/os/process.h"
#include "installer/layout.h"
#include "installer/place.h"

#define RUN_MS 10000

static const char *ask(struct sm_arena *a, const char *const *argv)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	const char *v = NULL;
	int status;

	if (sm_os_process_run(argv, RUN_MS, &out, NULL, &status, NULL) == 0)
		v = inst_doctor_version(a, sm_buf_str(&out));
	sm_buf_release(&out);
	return v;
}

static const char *which(struct sm_arena *a, const char *program)
{
	struct sm_buf b = SM_BUF_INIT((size_t)32 << 10);
	const char *path = NULL;

	if (sm_os_process_which(program, &b) >= 0)
		path = sm_arena_dup(a, sm_buf_str(&b));
	sm_buf_release(&b);
	return path;
}

/* Where this installer puts it by itself. */
static const char *installed(struct sm_arena *a)
{
	struct inst_place p = { 0 };
	struct sm_file_info st;
	const char *path;

	if (inst_place_default(&p, a, false, NULL) < 0)
		return NULL;
	path = inst_layout_text(a, "%s/" INST_PLUGIN, p.dir);
	return sm_os_file_stat(path, true, &st, NULL) == 0 ? path : NULL;
}

void inst_doctor_probe(struct inst_doctor_facts *f, struct sm_arena *a,
		       const char *root)
{
	struct sm_buf name = SM_BUF_INIT((size_t)256);
	struct sm_buf version = SM_BUF_INIT((size_t)256);
	const char *shell[] = { "powershell", "-NoProfile", "-Command",
				"$PSVersionTable.PSVersion.ToString()", NULL };
	const char *cli[] = { NULL, "--version", NULL };
	const char *plugin[] = { NULL, "--version", NULL };

	SM_UNUSED(root);
	f->platform = sm_os_platform();
	f->arch = sm_os_platform_arch();
	if (sm_os_platform_describe(&name, &version, NULL) >= 0) {
		f->os = sm_arena_dup(a, sm_buf_str(&name));
		f->os_version = sm_arena_dup(a, sm_buf_str(&version));
	}
	f->powershell = ask(a, shell);
	cli[0] = f->cli = which(a, "aws");
	if (f->cli)
		f->cli_version = ask(a, cli);
	plugin[0] = f->plugin = which(a, "session-manager-plugin");
	if (f->plugin)
		f->plugin_version = ask(a, plugin);
	else
		f->plugin_off_path = installed(a);
	sm_buf_release(&name);
	sm_buf_release(&version);
}

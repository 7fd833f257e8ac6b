/*
 * What a Unix machine tells about itself. Programs are run with a limit, and
 * only to ask for their version.
 */
#include "common/def.h"
#include "installer/doctor.h"

#include <unistd.h>

#include "common/fs.h"
#include "common/os/env.h"
#include "common/os/process.h"
#include "installer/layout.h"

#define RUN_MS 10000
#define FILE_MAX ((size_t)1 << 20)
#define PLUGIN_NAME "session-manager-plugin"

static const char *ask(struct sm_arena *a, const char *program,
		       const char *option)
{
	const char *argv[] = { program, option, NULL };
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf err = SM_BUF_INIT(SM_BUF_SMALL);
	const char *v = NULL;
	int status;

	if (sm_os_process_run(argv, RUN_MS, &out, &err, &status, NULL) == 0 &&
	    !(v = inst_doctor_version(a, sm_buf_str(&out))))
		v = inst_doctor_version(a, sm_buf_str(&err)); /* old CLIs */
	sm_buf_release(&out);
	sm_buf_release(&err);
	return v;
}

static bool is_program(const char *path, struct sm_file_info *st)
{
	return sm_os_file_stat(path, true, st, NULL) == 0 &&
	       st->type == SM_FILE_REGULAR && access(path, X_OK) == 0;
}

/* One file under two names of PATH (/bin and /usr/bin) is one. */
static void find_plugins(struct inst_doctor_facts *f, struct sm_arena *a)
{
	struct sm_buf path = SM_BUF_INIT((size_t)64 << 10);
	struct sm_buf others = SM_BUF_INIT((size_t)4096);
	struct sm_file_info st, first = { 0 };
	struct sm_str rest, dir;
	const char *name;

	(void)sm_os_env_get(&path, "PATH"); /* unset: empty */
	rest = sm_buf_str(&path);
	while (sm_str_split(&rest, ':', &dir)) {
		if (!dir.len || dir.ptr[0] != '/')
			continue;
		name = inst_layout_text(a, "%.*s/" PLUGIN_NAME,
					SM_STR_ARG(dir));
		if (!is_program(name, &st))
			continue;
		if (!f->plugin) {
			f->plugin = name;
			first = st;
		} else if ((st.dev != first.dev || st.ino != first.ino) &&
			   sm_str_find(sm_buf_str(&others), sm_str(name)) < 0) {
			(void)sm_buf_printf(&others, "%s%s",
					    others.len ? ", " : "", name);
		}
	}
	f->plugins = sm_arena_dup(a, sm_buf_str(&others));
	if (f->plugin)
		f->plugin_version = ask(a, f->plugin, "--version");
	else if (is_program(INST_DEFAULT_LINK, &st))
		f->plugin_off_path = INST_DEFAULT_LINK;
	else if (is_program(INST_DEFAULT_DIR "/" INST_PLUGIN, &st))
		f->plugin_off_path = INST_DEFAULT_DIR "/" INST_PLUGIN;
	sm_buf_release(&path);
	sm_buf_release(&others);
}

/* Does a line begin with `head` and hold `word` after it? */
static enum inst_doctor_tri grep(const char *path, const char *head,
				 const char *word)
{
	struct sm_buf text = SM_BUF_INIT(FILE_MAX);
	enum inst_doctor_tri found = INST_DOCTOR_NO;
	struct sm_str rest, line;
	int r = sm_fs_read(path, FILE_MAX, &text, NULL);

	rest = sm_buf_str(&text);
	while (sm_str_split(&rest, '\n', &line)) {
		line = sm_str_trim(line);
		if (sm_str_starts(line, head) &&
		    sm_str_find(line, sm_str(word)) >= 0)
			found = INST_DOCTOR_YES;
	}
	sm_buf_release(&text);
	return r < 0 ? INST_DOCTOR_UNKNOWN : found;
}

struct search {
	struct sm_arena *a;
	const char *dir;
	enum inst_doctor_tri found;
};

static int on_sudoers(void *user, const char *name)
{
	struct search *s = user;

	if (grep(inst_layout_text(s->a, "%s/%s", s->dir, name), "ssm-user",
		 "ALL") == INST_DOCTOR_YES)
		s->found = INST_DOCTOR_YES;
	return 0;
}

static void find_user(struct inst_doctor_facts *f, struct sm_arena *a,
		      const char *root)
{
	struct search s = { a, inst_layout_text(a, "%s/etc/sudoers.d", root),
			    INST_DOCTOR_NO };
	const char *sudoers = inst_layout_text(a, "%s/etc/sudoers", root);

	f->ssm_user = grep(inst_layout_text(a, "%s/etc/passwd", root),
			   "ssm-user:", ":");
	f->ssm_user_sudo = grep(sudoers, "ssm-user", "ALL");
	if (f->ssm_user_sudo == INST_DOCTOR_YES)
		return;
	if (sm_os_dir_list(s.dir, on_sudoers, &s, NULL) >= 0 &&
	    (s.found == INST_DOCTOR_YES ||
	     f->ssm_user_sudo == INST_DOCTOR_UNKNOWN))
		f->ssm_user_sudo = s.found;
}

static void find_agent(struct inst_doctor_facts *f, struct sm_arena *a,
		       const char *root)
{
	static const char *const places[] = {
		"/usr/bin/amazon-ssm-agent",
		"/usr/sbin/amazon-ssm-agent",
		"/snap/amazon-ssm-agent/current/amazon-ssm-agent",
		"/opt/aws/ssm/bin/amazon-ssm-agent",
	};
	struct sm_file_info st;
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(places) && !f->agent; i++) {
		const char *p = inst_layout_text(a, "%s%s", root, places[i]);

		if (is_program(p, &st))
			f->agent = p;
	}
	if (!f->agent)
		return;
	f->agent_version = ask(a, f->agent, "-version");
	find_user(f, a, root);
}

static void find_logs(struct inst_doctor_facts *f)
{
	static const char logs[] = INST_DEFAULT_DIR "/logs";
	struct sm_file_info st;
	bool there = sm_os_file_stat(logs, true, &st, NULL) == 0;

	f->log_dir = logs;
	if (!there && sm_os_file_stat(INST_DEFAULT_DIR, true, &st, NULL) < 0)
		return; /* not installed there: not used */
	f->log_writable = access(there ? logs : INST_DEFAULT_DIR, W_OK) == 0 ?
				  INST_DOCTOR_YES :
				  INST_DOCTOR_NO;
}

void inst_doctor_probe(struct inst_doctor_facts *f, struct sm_arena *a,
		       const char *root)
{
	struct sm_buf name = SM_BUF_INIT((size_t)256);
	struct sm_buf version = SM_BUF_INIT((size_t)256);
	struct sm_buf aws = SM_BUF_INIT((size_t)8192);
	const char *sudoers = inst_layout_text(a, "%s/etc/sudoers", root);

	f->platform = sm_os_platform();
	f->arch = sm_os_platform_arch();
	if (sm_os_platform_describe(&name, &version, NULL) >= 0) {
		f->os = sm_arena_dup(a, sm_buf_str(&name));
		f->os_version = sm_arena_dup(a, sm_buf_str(&version));
	}
	if (sm_os_process_which("aws", &aws) >= 0) {
		f->cli = sm_arena_dup(a, sm_buf_str(&aws));
		f->cli_version = ask(a, f->cli, "--version");
	}
	find_plugins(f, a);
	f->link_dir = "/usr/local/bin";
	if (grep(sudoers, "Defaults", "secure_path") == INST_DOCTOR_YES)
		f->sudo_path = grep(sudoers, "Defaults", "/usr/local/bin");
	find_logs(f);
	find_agent(f, a, root);
	sm_buf_release(&name);
	sm_buf_release(&version);
	sm_buf_release(&aws);
}

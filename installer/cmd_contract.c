/*
 * What the official bundle's script does, without Python: install from the
 * folder that this program is in, or, if the files are not there, what the
 * program carries. PACKAGING.md 6.2, with the improvements of
 * 6.3: the exit code is honest, and everything is one atomic switch.
 */
#include "common/def.h"
#include "installer/cmd.h"

#include "common/os/process.h"
#include "common/path.h"
#include "common/version.h"
#include "installer/bring.h"
#include "installer/settings.h"

static const char USAGE[] = "[options]";
static const char TEXT[] =
	"Installs the Session Manager plugin from the directory that holds this "
	"program,\nor the one that a self-contained installer carries.\n"
	"Other commands: install, download, update, rollback, uninstall, "
	"verify, status,\nlist, history, doctor, completion; 'install COMMAND "
	"-h' explains each.\n";

/* True if the folder is laid out as a bundle, or at least meant to be. */
static bool has_plugin(const char *dir)
{
	static const char *const names[] = { "bin/session-manager-plugin",
					     "bin/session-manager-plugin.exe" };
	struct sm_buf path = SM_BUF_INIT((size_t)8 << 10);
	struct sm_file_info st;
	bool found = false;
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(names) && !found; i++) {
		sm_buf_clear(&path);
		found = sm_path_join(&path, sm_str(dir), sm_str(names[i])) >=
				0 &&
			sm_os_file_stat(sm_buf_z(&path), true, &st, NULL) == 0;
	}
	sm_buf_release(&path);
	return found;
}

/* From the folder that holds this program; without a plugin there, what this
 * program carries. */
static int install(const struct inst_settings *s, struct inst_job *j,
		   struct sm_err *e)
{
	struct inst_bundled b = { .fd = -1 };
	int r = 0;

	if (!has_plugin(j->source))
		r = inst_bundled_open(&b, e);
	if (r == SM_ENOTFOUND) {
		sm_err_clear(e);
		r = 0;
	} else if (b.fd >= 0 && r == 0) {
		r = inst_bring_bundled(s, j, &b, e);
		goto out;
	}
	if (r < 0)
		goto out;
	j->receipt->source_kind = "directory";
	j->receipt->source_from = sm_receipt_text(j->receipt, j->source);
	j->receipt->verified_method = "none";
	j->receipt->verified_reason = "installed from a local directory";
	r = inst_job_install(j, e);
out:
	inst_bundled_release(&b);
	return r;
}

static int run(const struct inst_settings *s, struct sm_out *out,
	       struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_buf self = SM_BUF_INIT((size_t)8 << 10);
	struct sm_receipt receipt;
	struct inst_job j = { 0 };
	int r;

	sm_receipt_init(&receipt);
	if ((r = inst_place_resolve(&j.place, &a, s->dir, s->link, s->user,
				    e)) < 0)
		goto out;
	if ((r = sm_os_process_self(&self, e)) < 0)
		goto out;
	j.source = sm_arena_dup(&a, sm_path_dirname(sm_buf_str(&self)));
	j.out = out;
	j.receipt = &receipt;
	j.contract = true;
	j.dry_run = s->dry_run;
	j.force = s->force;
	j.keep = s->keep;
	j.no_probe = s->no_probe;
	if ((r = install(s, &j, e)) < 0 || j.dry_run)
		goto out;
	sm_out_say(out, "Installation successful!");
	r = inst_job_greet(&j, e);
out:
	sm_receipt_release(&receipt);
	sm_buf_release(&self);
	sm_arena_release(&a);
	return r;
}

int inst_cmd_contract(int argc, char **argv, struct sm_out *out)
{
	struct inst_settings s;
	struct sm_err e = SM_ERR_INIT;
	int r;

	inst_settings_init(&s, INST_SETTINGS_CONTRACT);
	r = inst_settings_parse(&s, argc, argv, INST_ARGS_MAX, out, &e);
	if (r == SM_EUSAGE) {
		/* optparse's form, which the official script prints */
		fprintf(out->err,
			"Usage: install [options]\n\n"
			"install: error: %s\n",
			sm_err_msg(&e));
		return 2;
	}
	if (s.help) {
		inst_settings_help(&s, out, USAGE, TEXT);
	} else if (s.version) {
		sm_out_say(out, "%s", sm_version());
	} else if (r >= 0) {
		r = run(&s, out, &e);
	}
	if (r >= 0)
		r = sm_out_flush(out, &e);
	if (r >= 0)
		return 0;
	sm_out_error(out, "%s%s", sm_err_msg(&e), inst_settings_hint(&s, &e));
	return s.compat ? 0 : sm_out_exit_code(r);
}

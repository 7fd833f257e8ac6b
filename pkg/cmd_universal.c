/*
 * smpkg universal: one Mach-O file for all machines from one for each.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/fs.h"
#include "common/mem.h"
#include "pkg/filelist.h"
#include "pkg/machofat.h"

struct args {
	const char *output;
	bool help;
};

static int join(struct sm_out *o, const struct pkg_cmd_line *line,
		const char *output, struct sm_err *e)
{
	struct sm_buf file[PKG_MACHOFAT_MAX];
	struct sm_str thin[PKG_MACHOFAT_MAX];
	struct sm_buf out =
		SM_BUF_INIT(PKG_MACHOFAT_MAX * PKG_FILELIST_FILE_MAX);
	int r = 0;

	for (size_t i = 0; i < line->n_args; i++)
		sm_buf_init(&file[i], PKG_FILELIST_FILE_MAX);
	for (size_t i = 0; i < line->n_args && r == 0; i++) {
		r = sm_fs_read(line->args[i], file[i].max, &file[i], e);
		thin[i] = sm_buf_str(&file[i]);
	}
	if (r == 0 && (r = pkg_machofat_put(thin, line->n_args, &out, e)) < 0)
		sm_err_wrap(e, r, "cannot make '%s'", output);
	if (r == 0)
		r = sm_fs_write_atomic(output, sm_buf_str(&out), 0755, e);
	if (r == 0)
		sm_out_say(o, "%s", output);
	for (size_t i = 0; i < line->n_args; i++)
		sm_buf_release(&file[i]);
	sm_buf_release(&out);
	return r;
}

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	const struct args *a = args;

	if (!a->output)
		return sm_err_set(e, SM_EUSAGE, "--output is needed");
	return join(o, line, a->output, e);
}

int pkg_cmd_universal(struct sm_out *o, int argc, char **argv)
{
	struct args a = { 0 };
	const struct sm_option table[] = {
		{ 'o', "output", "FILE", "file to write", SM_OPTION_STR,
		  &a.output },
		PKG_CMD_HELP(a.help),
	};
	struct pkg_cmd_line line = {
		.usage = "universal --output FILE FILE FILE...",
		.about = "Join Mach-O programs, one for each machine, into one "
			 "file.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &a.help,
		.min_args = 2,
		.max_args = PKG_MACHOFAT_MAX,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, &a);
}

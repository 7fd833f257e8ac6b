/*
 * smpkg distributor: a package for SSM Distributor.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "pkg/distrib.h"
#include "pkg/facts.h"

struct args {
	struct pkg_cmd_published from;
	const char *output;
	bool help;
};

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	const struct args *a = args;
	struct pkg_facts f = { .dir = NULL };
	int64_t epoch_sec;
	int r;

	SM_UNUSED(o);
	SM_UNUSED(line);
	if (!a->output)
		return sm_err_set(e, SM_EUSAGE, "--output is needed");
	if ((r = pkg_cmd_now(&epoch_sec, e)) < 0)
		return r;
	r = pkg_cmd_load_published(&f, &a->from, e);
	if (r == 0)
		r = pkg_distrib_write(&f, a->output, epoch_sec, e);
	pkg_facts_release(&f);
	return r;
}

int pkg_cmd_distributor(struct sm_out *o, int argc, char **argv)
{
	struct args a = { 0 };
	const struct sm_option table[] = {
		PKG_CMD_PUBLISHED(a.from),
		{ 'o', "output", "DIR", "where manifest.json and zips are made",
		  SM_OPTION_STR, &a.output },
		PKG_CMD_HELP(a.help),
	};
	struct pkg_cmd_line line = {
		.usage = "distributor --manifest FILE --release DIR --output "
			 "DIR --key KEY",
		.about = "Make a package for SSM Distributor from a release.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &a.help,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, &a);
}

/*
 * What the commands of smpkg share: their command line, their clock, their
 * last words.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/mem.h"
#include "common/os/env.h"

static void print_help(struct sm_out *o, const struct pkg_cmd_line *line)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);

	sm_options_help(line->table, line->n_table, &text);
	(void)fprintf(o->out, "Usage: smpkg %s\n\n%s\n\n%s", line->usage,
		      line->about, sm_buf_z(&text));
	sm_buf_release(&text);
}

int pkg_cmd_parse(struct sm_out *o, struct pkg_cmd_line *line, int argc,
		  char **argv)
{
	struct sm_err e = SM_ERR_INIT;
	int r;

	line->args = sm_mem_zalloc((size_t)argc + 1, sizeof(char *));
	r = sm_options_parse(line->table, line->n_table, argc, argv, line->args,
			     &line->n_args, &e);
	if (r >= 0 && *line->help) {
		print_help(o, line);
		return 0;
	}
	if (r >= 0 && line->n_args < line->min_args)
		r = sm_err_set(&e, SM_EUSAGE, "too few arguments");
	if (r >= 0 && line->n_args > line->max_args)
		r = sm_err_set(&e, SM_EUSAGE, "unexpected argument '%s'",
			       line->args[line->max_args]);
	if (r >= 0)
		return 1;
	(void)fprintf(o->err, "Usage: smpkg %s\n\n", line->usage);
	sm_out_error(o, "%s", sm_err_msg(&e));
	return r;
}

void pkg_cmd_release(struct pkg_cmd_line *line)
{
	sm_mem_free(line->args);
	line->args = NULL;
}

int pkg_cmd_fail(struct sm_out *o, const struct sm_err *e)
{
	sm_out_error(o, "%s", sm_err_msg(e));
	return sm_out_exit_code(e->code);
}

int pkg_cmd_epoch(int64_t *epoch_sec, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	uint64_t sec = 0;
	int r;

	*epoch_sec = -1;
	r = sm_os_env_get(&text, "SOURCE_DATE_EPOCH");
	if (r > 0) {
		r = sm_str_u64(sm_buf_str(&text), INT32_MAX, &sec);
		*epoch_sec = (int64_t)sec;
	}
	if (r < 0)
		sm_err_set(e, SM_EUSAGE,
			   "SOURCE_DATE_EPOCH is not a number of seconds");
	sm_buf_release(&text);
	return r < 0 ? SM_EUSAGE : 0;
}

/*
 * What the commands of smpkg share: their command line, their clock, their
 * last words.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/os/clock.h"
#include "common/os/env.h"
#include "common/version.h"
#include "pkg/build.h"
#include "pkg/cmssign.h"
#include "pkg/facts.h"
#include "pkg/key.h"
#include "pkg/roots.h"
#include "pkg/sign.h"
#include "pkg/tsa.h"

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

int pkg_cmd_run(struct sm_out *o, struct pkg_cmd_line *line, int argc,
		char **argv,
		int (*run)(struct sm_out *o, const struct pkg_cmd_line *line,
			   void *args, struct sm_err *e),
		void *args)
{
	struct sm_err e = SM_ERR_INIT;
	int r;

	r = pkg_cmd_parse(o, line, argc, argv);
	if (r > 0)
		r = run(o, line, args, &e) < 0 ? pkg_cmd_fail(o, &e) : 0;
	else
		r = r < 0 ? 2 : 0;
	pkg_cmd_release(line);
	return r;
}

int pkg_cmd_load_key(struct pkg_key *k, const struct pkg_cmd_key *a,
		     struct sm_err *e)
{
	return pkg_sign_load_key(k, a->name, a->public_key, e);
}

int pkg_cmd_load_cert(struct pkg_cmssign *c, const struct pkg_cmd_cert *a,
		      struct sm_err *e)
{
	return a->chain ? pkg_cmssign_load(c, a->chain, a->key, e) : 0;
}

int pkg_cmd_check_certs(const struct pkg_cmd_cert *mac,
			const struct pkg_cmd_cert *exe,
			const struct pkg_cmd_stamp *stamp, struct sm_err *e)
{
	if (mac->key && !mac->chain)
		return sm_err_set(e, SM_EUSAGE, "--cert-key needs --cert");
	if (exe && exe->key && !exe->chain)
		return sm_err_set(e, SM_EUSAGE,
				  "--exe-cert-key needs --exe-cert");
	if ((stamp->url || stamp->roots.n) && !mac->chain &&
	    !(exe && exe->chain))
		return sm_err_set(e, SM_EUSAGE,
				  "--timestamp and --tsa-roots need --cert%s",
				  exe ? " or --exe-cert" : "");
	return 0;
}

int pkg_cmd_load_stamp(struct pkg_tsa *t, const struct pkg_cmd_stamp *a,
		       struct sm_arena *arena, struct sm_err *e)
{
	const struct sm_option_list none = { { NULL }, 0 };

	memset(t, 0, sizeof(*t));
	if (a->roots.n && !a->url)
		return sm_err_set(e, SM_EUSAGE,
				  "--tsa-roots needs --timestamp");
	t->url = a->url;
	t->policy.now = sm_os_clock_wall_ms() / 1000;
	return pkg_roots_load(&t->policy, &none, &a->roots, arena, e);
}

const char *pkg_cmd_version(const struct pkg_cmd_source *s)
{
	return s->version ? s->version : sm_version();
}

int pkg_cmd_load_source(struct pkg_build *b, const struct pkg_cmd_source *s,
			struct sm_err *e)
{
	static const char *const here[] = { "." };

	if (s->roots.n > PKG_ROOTS_MAX)
		return sm_err_set(e, SM_EUSAGE, "more than %d roots",
				  PKG_ROOTS_MAX);
	b->manifest = s->manifest;
	b->want.version = pkg_cmd_version(s);
	b->want.exe = "";
	b->roots.dir = s->roots.n ? s->roots.value : here;
	b->roots.n = s->roots.n ? s->roots.n : 1;
	return pkg_cmd_epoch(&b->epoch_sec, e);
}

int pkg_cmd_load_published(struct pkg_facts *f,
			   const struct pkg_cmd_published *a, struct sm_err *e)
{
	struct pkg_key key;
	int r;

	if (!a->source.manifest || !a->dir || !a->key.name)
		return sm_err_set(e, SM_EUSAGE,
				  "--manifest, --release and --key are "
				  "needed");
	pkg_key_init(&key);
	r = pkg_cmd_load_key(&key, &a->key, e);
	if (r == 0)
		r = pkg_facts_load(f, a->source.manifest, a->dir,
				   pkg_cmd_version(&a->source), &key, e);
	pkg_key_release(&key);
	return r;
}

void pkg_cmd_show_file(void *user, const char *path, size_t bytes)
{
	sm_out_say(user, "%10zu  %s", bytes, path);
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

int pkg_cmd_now(int64_t *now_sec, struct sm_err *e)
{
	int r = pkg_cmd_epoch(now_sec, e);

	if (r == 0 && *now_sec < 0)
		*now_sec = sm_os_clock_wall_ms() / 1000;
	return r;
}

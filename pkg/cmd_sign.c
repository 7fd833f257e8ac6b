/*
 * smpkg sign: detached signatures.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/os/clock.h"
#include "pkg/key.h"
#include "pkg/sign.h"

static int run(struct sm_out *o, const char *key_path,
	       const struct pkg_cmd_line *line, struct pkg_key *key,
	       struct sm_err *e)
{
	int64_t when = -1;
	int r;

	if (!key_path)
		return sm_err_set(e, SM_EUSAGE, "--key is needed");
	if ((r = pkg_cmd_epoch(&when, e)) < 0)
		return r;
	if (when < 0)
		when = sm_os_clock_wall_ms() / 1000;
	if ((r = pkg_sign_load_key(key, key_path, e)) < 0)
		return r;
	for (size_t i = 0; i < line->n_args; i++) {
		r = pkg_sign_file(key, line->args[i], (uint32_t)when, e);
		if (r < 0)
			return r;
		sm_out_say(o, "%s.sig", line->args[i]);
	}
	return 0;
}

int pkg_cmd_sign(struct sm_out *o, int argc, char **argv)
{
	const char *key_path = NULL;
	bool help = false;
	const struct sm_option table[] = {
		{ 'k', "key", "FILE", "secret key, not protected",
		  SM_OPTION_STR, &key_path },
		{ 'h', "help", NULL, "show this help", SM_OPTION_HELP, &help },
	};
	struct pkg_cmd_line line = { "sign --key FILE FILE...",
				     "Write FILE.sig beside each file.",
				     table,
				     SM_ARRAY_LEN(table),
				     &help,
				     NULL,
				     0,
				     1,
				     SIZE_MAX };
	struct sm_err e = SM_ERR_INIT;
	struct pkg_key key;
	int r;

	pkg_key_init(&key);
	r = pkg_cmd_parse(o, &line, argc, argv);
	if (r <= 0)
		r = r < 0 ? 2 : 0;
	else
		r = run(o, key_path, &line, &key, &e) < 0 ?
			    pkg_cmd_fail(o, &e) :
			    0;
	pkg_key_release(&key);
	pkg_cmd_release(&line);
	return r;
}

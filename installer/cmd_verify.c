/*
 * verify: one file, one signature, and the file's own digests.
 */
#include "common/def.h"
#include "installer/cmd.h"

#include "installer/fetch.h"
#include "installer/result.h"

static int run(const struct inst_settings *s, struct sm_out *out,
	       struct sm_err *e)
{
	struct sm_buf line = SM_BUF_INIT((size_t)4096);
	struct inst_trust trust = { 0 };
	struct inst_fetch f;
	struct inst_result json;
	int r;

	inst_fetch_init(&f);
	if (!s->n_args) {
		r = sm_err_set(e, SM_EUSAGE, "no file to verify");
		goto out;
	}
	if ((r = inst_trust_open(&trust, &s->keys, e)) < 0 ||
	    (r = inst_trust_add_roots(&trust, &s->roots, &s->publishers, e)) <
		    0)
		goto out;
	f.out = out;
	f.from = s->args[0];
	f.sig = s->n_args > 1 ? s->args[1] : NULL;
	f.version = "latest";
	f.trust = &trust;
	f.any_file = f.as_is = true;
	if ((r = inst_fetch_run(&f, e)) < 0)
		goto out;
	(void)inst_trust_describe(&trust, &f.verified, &line);
	sm_out_say(out, "Verified %s: %s", f.name, sm_buf_z(&line));
	if (f.package.version[0])
		sm_out_say(out, "It is a %s of version %s for %s.",
			   sm_package_format_name(f.package.format),
			   f.package.version, f.package.arch_text);
	inst_result_init(&json, "verified");
	inst_result_text(&json, "file", f.where);
	inst_result_verified(&json, &f.verified);
	if (f.package.version[0]) {
		inst_result_text(&json, "format",
				 sm_package_format_name(f.package.format));
		inst_result_text(&json, "version", f.package.version);
		inst_result_text(&json, "arch", f.package.arch_text);
	}
	inst_result_print(&json, out);
	inst_result_release(&json);
out:
	inst_fetch_release(&f);
	inst_trust_release(&trust);
	sm_buf_release(&line);
	return r;
}

const struct inst_verb inst_cmd_verify = {
	"verify",
	INST_GROUP_KEY | INST_GROUP_JSON,
	2,
	"verify FILE [SIGNATURE] [options]",
	"Verifies a file against its detached signature, FILE.sig unless "
	"given, and what\na package says of itself. A Windows program or a "
	"macOS package without FILE.sig\nis verified by the signature inside.\n",
	run,
	NULL,
};

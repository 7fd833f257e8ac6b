/*
 * download: bring a package and its signature into a folder, verified.
 */
#include "common/def.h"
#include "installer/cmd.h"

#include "common/fs.h"
#include "installer/bring.h"
#include "installer/fetch.h"
#include "installer/layout.h"
#include "installer/result.h"

#define CHUNK ((size_t)64 << 10)

/* The verified bytes, through the same descriptor, into a new file. */
static int save(int fd, const char *path, struct sm_err *e)
{
	struct sm_fs_tmp t = SM_FS_TMP_INIT;
	char *chunk = sm_mem_alloc(CHUNK);
	uint64_t at = 0;
	int64_t n;
	int r;

	if ((r = sm_fs_tmp_open(&t, path, 0644, e)) < 0)
		goto out;
	while ((n = sm_os_file_read_at(fd, chunk, CHUNK, at, e)) > 0) {
		at += (uint64_t)n;
		r = sm_os_file_write_all(t.fd, sm_str_n(chunk, (size_t)n), e);
		if (r < 0)
			goto out;
	}
	r = n < 0 ? (int)n : sm_fs_tmp_commit(&t, e);
out:
	sm_fs_tmp_release(&t);
	sm_mem_free(chunk);
	return r;
}

static int run(const struct inst_settings *s, struct sm_out *out,
	       struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_buf line = SM_BUF_INIT((size_t)4096);
	struct inst_trust trust = { 0 };
	struct inst_fetch f;
	struct inst_result json;
	const char *path;
	int r;

	inst_fetch_init(&f);
	if ((r = inst_bring_pick(s, &f.artifact, e)) < 0 ||
	    (r = inst_trust_open(&trust, &s->keys, e)) < 0 ||
	    (r = inst_trust_add_roots(&trust, &s->roots, &s->publishers, e)) <
		    0)
		goto out;
	f.out = out;
	f.from = s->from;
	f.version = s->n_args ? s->args[0] : "latest";
	f.trust = &trust;
	f.as_is = true;
	path = inst_layout_text(&a, "%s/%s", s->output ? s->output : ".",
				f.artifact->file);
	if ((r = inst_fetch_run(&f, e)) < 0)
		goto out;
	if ((r = save(f.fd, path, e)) < 0)
		goto out;
	if (f.signature.len && /* a channel vouches without one */
	    (r = sm_fs_write_atomic(inst_layout_text(&a, "%s.sig", path),
				    sm_buf_str(&f.signature), 0644, e)) < 0)
		goto out;
	(void)inst_trust_describe(&trust, &f.verified, &line);
	sm_out_say(out, "Verified %s: %s", f.name, sm_buf_z(&line));
	sm_out_say(out, "Downloaded version %s to %s",
		   f.package.version[0] ? f.package.version : f.version, path);
	inst_result_init(&json, "download");
	inst_result_text(&json, "file", path);
	inst_result_text(&json, "from", f.where);
	inst_result_text(&json, "version",
			 f.package.version[0] ? f.package.version : f.version);
	inst_result_text(&json, "format",
			 sm_package_format_name(f.package.format));
	inst_result_verified(&json, &f.verified);
	inst_result_print(&json, out);
	inst_result_release(&json);
out:
	inst_fetch_release(&f);
	inst_trust_release(&trust);
	sm_buf_release(&line);
	sm_arena_release(&a);
	return r;
}

const struct inst_verb inst_cmd_download = {
	"download",
	INST_GROUP_SOURCE | INST_GROUP_PICK | INST_GROUP_OUTPUT |
		INST_GROUP_JSON,
	1,
	"download [VERSION] [options]",
	"Downloads the package for a platform and architecture, with its "
	"signature, and\nverifies it. Nothing is left in the directory that "
	"was not verified.\n",
	run,
	NULL,
};

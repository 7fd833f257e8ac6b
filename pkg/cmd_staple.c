/*
 * smpkg staple: the notary's ticket behind a macOS package.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/fs.h"
#include "pkg/format.h"
#include "pkg/key.h"
#include "pkg/pgpsign.h"
#include "pkg/sign.h"
#include "pkg/staple.h"

struct args {
	struct pkg_cmd_key key;
	bool help;
};

static int put_ticket(const char *path, const char *ticket_path,
		      struct pkg_staple *done, struct sm_err *e)
{
	struct sm_buf ticket = SM_BUF_INIT(PKG_STAPLE_TICKET_MAX + 1);
	struct sm_buf out = SM_BUF_INIT(PKG_FORMAT_ARTIFACT_MAX);
	int fd = -1;
	int r;

	if ((r = sm_fs_read(ticket_path, ticket.max, &ticket, e)) < 0)
		goto out;
	if ((fd = r = sm_os_file_open(path, SM_FILE_READ, 0, e)) < 0)
		goto out;
	r = pkg_staple_put(fd, sm_buf_str(&ticket), &out, done, e);
	if (r < 0)
		sm_err_wrap(e, r, "cannot staple a ticket to '%s'", path);
	else
		r = sm_fs_write_atomic(path, sm_buf_str(&out), 0644, e);
out:
	if (fd >= 0)
		sm_os_file_close(fd);
	sm_buf_release(&ticket);
	sm_buf_release(&out);
	return r;
}

/* The file has changed: a signature beside it is made again, or told of. */
static int renew(struct sm_out *o, const struct args *a,
		 const struct pkg_key *key, const char *path, struct sm_err *e)
{
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_file_info st;
	int64_t now;
	int r;

	sm_buf_printf(&sig, "%s.sig", path);
	if ((r = pkg_cmd_now(&now, e)) < 0)
		goto out;
	if (a->key.name)
		r = pkg_sign_file(key, path,
				  pkg_pgpsign_time(key, (uint32_t)now), e);
	else if (sm_os_file_stat(sm_buf_z(&sig), false, &st, NULL) == 0)
		sm_out_warn(o,
			    "'%s' is of the file without the ticket; sign it "
			    "again",
			    sm_buf_z(&sig));
out:
	sm_buf_release(&sig);
	return r;
}

static int run(struct sm_out *o, const struct pkg_cmd_line *line, void *args,
	       struct sm_err *e)
{
	const char *path = line->args[0];
	const struct args *a = args;
	struct pkg_staple done;
	struct pkg_key key;
	int r = 0;

	pkg_key_init(&key);
	if (a->key.name && (r = pkg_cmd_load_key(&key, &a->key, e)) < 0)
		goto out;
	if ((r = put_ticket(path, line->args[1], &done, e)) < 0)
		goto out;
	if ((r = renew(o, a, &key, path, e)) < 0)
		goto out;
	sm_out_say(o, "%s  %s without the ticket", done.before, path);
	sm_out_say(o, "%s  %s%s", done.after, path,
		   done.replaced ? ", the ticket replaced" : "");
out:
	pkg_key_release(&key);
	return r;
}

int pkg_cmd_staple(struct sm_out *o, int argc, char **argv)
{
	struct args a = { 0 };
	const struct sm_option table[] = {
		PKG_CMD_KEY(a.key, "write FILE.sig again with this secret key"),
		PKG_CMD_HELP(a.help),
	};
	struct pkg_cmd_line line = {
		.usage = "staple [--key KEY] FILE TICKET",
		.about = "Put the notary's ticket behind a signed macOS "
			 "package.",
		.table = table,
		.n_table = SM_ARRAY_LEN(table),
		.help = &a.help,
		.min_args = 2,
		.max_args = 2,
	};

	return pkg_cmd_run(o, &line, argc, argv, run, &a);
}

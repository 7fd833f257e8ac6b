/*
 * smpkg verify: the detached signature and the digests inside.
 */
#include "common/def.h"
#include "pkg/cmd.h"

#include "common/fs.h"
#include "common/openpgp.h"
#include "common/os/clock.h"
#include "common/package.h"

/* One file: signature first, then what the container says of itself. */
static int verify_one(struct sm_out *o, const struct sm_openpgp_ring *ring,
		      const char *path, struct sm_err *e)
{
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf sig = SM_BUF_INIT(SM_PGPPACKET_MAX);
	struct sm_openpgp_result res;
	struct sm_package p;
	int fd;
	int r;

	fd = r = sm_os_file_open(path, SM_FILE_READ, 0, e);
	if (fd < 0)
		goto out;
	sm_buf_printf(&name, "%s.sig", path);
	r = sm_fs_read(sm_buf_z(&name), SM_PGPPACKET_MAX, &sig, e);
	if (r == SM_ENOTFOUND)
		r = sm_err_set(e, SM_EVERIFY, "'%s' has no signature '%s'",
			       path, sm_buf_z(&name));
	if (r < 0)
		goto out;
	r = sm_openpgp_verify_fd(ring, fd, sm_buf_str(&sig),
				 sm_os_clock_wall_ms() / 1000, &res, e);
	if (r < 0) {
		sm_err_wrap(e, r = SM_EVERIFY, "'%s'", path);
		goto out;
	}
	if ((r = sm_package_read(&p, fd, e)) < 0) {
		sm_err_wrap(e, r = SM_EVERIFY, "'%s'", path);
		goto out;
	}
	sm_out_say(o, "%s: good %s signature by %s %s; %s %s %s %s", path,
		   res.alg, res.fpr, res.user_id,
		   sm_package_format_name(p.format), p.name, p.version,
		   p.arch_text);
out:
	if (fd >= 0)
		sm_os_file_close(fd);
	sm_buf_release(&name);
	sm_buf_release(&sig);
	return r;
}

static int load_ring(struct sm_openpgp_ring *ring,
		     const struct sm_option_list *keys, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(SM_PGPPACKET_MAX);
	int r = 0;

	for (size_t i = 0; i < keys->n && r >= 0; i++) {
		sm_buf_clear(&text);
		r = sm_fs_read(keys->value[i], SM_PGPPACKET_MAX, &text, e);
		if (r < 0)
			break;
		r = sm_openpgp_ring_add(ring, sm_buf_str(&text), e);
		if (r < 0)
			sm_err_wrap(e, r, "cannot use the key '%s'",
				    keys->value[i]);
	}
	if (keys->n == 0)
		r = sm_openpgp_ring_add_aws(ring);
	sm_buf_release(&text);
	return r;
}

int pkg_cmd_verify(struct sm_out *o, int argc, char **argv)
{
	struct sm_openpgp_ring ring = SM_OPENPGP_RING_INIT;
	struct sm_option_list keys;
	bool help = false;
	const struct sm_option table[] = {
		{ 'k', "key", "FILE",
		  "public key to trust; may be repeated [default: the key "
		  "that AWS publishes]",
		  SM_OPTION_LIST, &keys },
		{ 'h', "help", NULL, "show this help", SM_OPTION_HELP, &help },
	};
	struct pkg_cmd_line line = {
		"verify [--key FILE] FILE...",
		"Check FILE.sig and the digests inside each package.",
		table,
		SM_ARRAY_LEN(table),
		&help,
		NULL,
		0,
		1,
		SIZE_MAX
	};
	struct sm_err e = SM_ERR_INIT;
	int r;

	memset(&keys, 0, sizeof(keys));
	r = pkg_cmd_parse(o, &line, argc, argv);
	if (r <= 0) {
		r = r < 0 ? 2 : 0;
		goto out;
	}
	r = load_ring(&ring, &keys, &e);
	for (size_t i = 0; i < line.n_args && r >= 0; i++)
		r = verify_one(o, &ring, line.args[i], &e);
	r = r < 0 ? pkg_cmd_fail(o, &e) : 0;
out:
	sm_openpgp_ring_release(&ring);
	pkg_cmd_release(&line);
	return r;
}

/*
 * Rings of pinned keys. There is no way to switch verification off.
 */
#include "common/def.h"
#include "installer/trust.h"

#include "common/fs.h"
#include "common/os/clock.h"

#define KEY_FILE_MAX ((size_t)64 << 10)

static int add_file(struct inst_trust *t, const char *path, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(KEY_FILE_MAX);
	int r;

	if ((r = sm_fs_read(path, KEY_FILE_MAX, &text, e)) < 0)
		goto out;
	if ((r = sm_openpgp_ring_add(&t->ring, sm_buf_str(&text), e)) < 0)
		r = sm_err_wrap(e, r, "cannot use the key in '%s'", path);
out:
	sm_buf_release(&text);
	return r;
}

int inst_trust_open(struct inst_trust *t, const struct sm_option_list *keys,
		    struct sm_err *e)
{
	struct sm_openpgp_ring none = SM_OPENPGP_RING_INIT;
	size_t i;
	int r;

	t->ring = none;
	t->from = "built in";
	if (!keys->n) {
		r = sm_openpgp_ring_add_aws(&t->ring);
		return r < 0 ? sm_err_set(e, r, "the built-in key is bad") : 0;
	}
	t->from = keys->value[0];
	for (i = 0; i < keys->n; i++) {
		if ((r = add_file(t, keys->value[i], e)) < 0)
			return r;
	}
	return 0;
}

void inst_trust_release(struct inst_trust *t)
{
	sm_openpgp_ring_release(&t->ring);
}

int inst_trust_check(const struct inst_trust *t, int fd, const char *name,
		     struct sm_str sig, struct sm_openpgp_result *res,
		     struct sm_err *e)
{
	int r = sm_openpgp_verify_fd(&t->ring, fd, sig,
				     sm_os_clock_wall_ms() / 1000, res, e);

	if (r >= 0)
		return 0;
	if (r == SM_EFORMAT || r == SM_ELIMIT)
		r = SM_EVERIFY;
	return sm_err_wrap(e, r, "cannot trust '%s'", name);
}

int inst_trust_describe(const struct inst_trust *t,
			const struct sm_openpgp_result *res, struct sm_buf *out)
{
	struct tm tm;
	char date[32] = "?";

	if (sm_os_clock_utc(res->created, &tm) == 0)
		(void)strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	(void)sm_buf_printf(out, "OpenPGP %s %s, key %s", res->alg, res->hash,
			    res->primary);
	if (res->user_id[0])
		(void)sm_buf_printf(out, " (%s)", res->user_id);
	return sm_buf_printf(out, " from %s, signed %s", t->from, date);
}

/*
 * Rings of pinned keys, and roots. There is no way to switch verification off.
 */
#include "common/def.h"
#include "installer/trust.h"

#include "common/authenticode.h"
#include "common/chain.h"
#include "common/flatcheck.h"
#include "common/fs.h"
#include "common/os/clock.h"
#include "common/xarsig.h"

#define KEY_FILE_MAX ((size_t)64 << 10)
#define ROOTS_FILE_MAX ((size_t)1 << 20)
#define AUTHENTICODE "authenticode"
#define PKG "pkg"

static const char *const publishers[] = INST_TRUST_PUBLISHERS;

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

	int64_t now = sm_os_clock_wall_ms() / 1000;

	t->ring = none;
	t->from = "built in";
	t->has_keys = keys->n > 0;
	sm_xarsig_developer_id(&t->pkg, "", now);
	sm_authenticode_policy(&t->exe, now);
	t->exe.system_roots = true;
	t->exe.publisher = publishers;
	t->exe.n_publishers = SM_ARRAY_LEN(publishers);
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
	sm_arena_release(&t->arena);
}

/* Both kinds take the same roots, for time stamps too. */
static int add_pem(struct inst_trust *t, const char *path, struct sm_err *e)
{
	struct sm_buf pem = SM_BUF_INIT(ROOTS_FILE_MAX);
	int r;

	if ((r = sm_fs_read(path, ROOTS_FILE_MAX, &pem, e)) == 0 &&
	    ((r = sm_chain_add_roots(&t->exe, SM_CHAIN_SIGNER, sm_buf_str(&pem),
				     &t->arena, e)) < 0 ||
	     (r = sm_chain_add_roots(&t->pkg, SM_CHAIN_SIGNER, sm_buf_str(&pem),
				     &t->arena, e)) < 0))
		sm_err_wrap(e, r, "cannot use the roots in '%s'", path);
	sm_buf_release(&pem);
	return r;
}

int inst_trust_add_roots(struct inst_trust *t,
			 const struct sm_option_list *roots,
			 const struct sm_option_list *names, struct sm_err *e)
{
	size_t i;
	int r;

	if (roots->n) {
		t->has_roots = true;
		t->roots = roots->value[0];
		t->exe.system_roots = false;
		t->exe.n_publishers = 0;
	}
	if (names->n) {
		t->exe.publisher = t->pkg.publisher = names->value;
		t->exe.n_publishers = t->pkg.n_publishers = names->n;
	}
	for (i = 0; i < roots->n; i++)
		if ((r = add_pem(t, roots->value[i], e)) < 0)
			return r;
	return 0;
}

bool inst_trust_takes_inside(const struct inst_trust *t)
{
	return !t->has_keys || t->has_roots;
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

/* --- signatures inside --------------------------------------------------- */

static int check_exe(const struct inst_trust *t, int fd,
		     struct sm_cms_signer *who, struct sm_openpgp_result *res,
		     struct sm_err *e)
{
	struct sm_authenticode a;
	int r = sm_authenticode_verify(&t->exe, fd, &a, e);

	*who = a.signer;
	(void)snprintf(res->alg, sizeof(res->alg), AUTHENTICODE);
	(void)snprintf(res->hash, sizeof(res->hash), "%s",
		       sm_digest_name(a.alg));
	return r;
}

static int check_pkg(const struct inst_trust *t, int fd,
		     struct sm_cms_signer *who, struct sm_openpgp_result *res,
		     struct sm_err *e)
{
	struct sm_flatpkg p;
	int r;

	if (!t->has_roots)
		return sm_err_set(e, SM_EVERIFY,
				  "no root is given for the signature inside, "
				  "and the pin of Apple's is not confirmed: "
				  "use --roots");
	if ((r = sm_flatpkg_read(&p, fd, e)) < 0)
		return r;
	if ((r = sm_xarsig_verify(&p.xar, fd, &t->pkg, who, e)) == 0)
		r = sm_flatcheck_run(&p, fd, e);
	(void)snprintf(res->alg, sizeof(res->alg), PKG);
	(void)snprintf(res->hash, sizeof(res->hash), "%s",
		       sm_digest_name(p.xar.alg));
	sm_flatpkg_release(&p);
	return r;
}

int inst_trust_check_inside(const struct inst_trust *t, int fd,
			    const char *name, const char *sig_name,
			    struct sm_openpgp_result *res, struct sm_err *e)
{
	uint8_t sum[SM_SHA256_SIZE];
	struct sm_cms_signer who;
	char head[8] = "";
	struct sm_str start = sm_str_n(head, sizeof(head));
	int64_t n;
	int r;

	memset(res, 0, sizeof(*res));
	if ((n = sm_os_file_read_at(fd, head, sizeof(head), 0, e)) < 0)
		return (int)n;
	if (sm_pe_is_pe(start))
		r = check_exe(t, fd, &who, res, e);
	else if (sm_xar_is_xar(start))
		r = check_pkg(t, fd, &who, res, e);
	else
		return sm_err_set(e, SM_EVERIFY,
				  "cannot trust '%s': it has no signature "
				  "'%s'",
				  name, sig_name);
	if (r == 0)
		r = sm_digest_fd(SM_DIGEST_SHA256, fd, 0, UINT64_MAX, sum,
				 &res->size, e);
	if (r < 0)
		return sm_err_wrap(e, r == SM_EIO ? r : SM_EVERIFY,
				   "cannot trust '%s'", name);
	sm_digest_hex(sum, sizeof(sum), res->sha256);
	(void)snprintf(res->user_id, sizeof(res->user_id), "%s",
		       who.org[0] ? who.org : who.cn);
	res->created = who.stamped_sec;
	return 0;
}

bool inst_trust_is_inside(const struct sm_openpgp_result *res)
{
	return res->alg[0] && !res->primary[0];
}

static int describe_inside(const struct inst_trust *t,
			   const struct sm_openpgp_result *res,
			   const char *date, struct sm_buf *out)
{
	bool exe = !strcmp(res->alg, AUTHENTICODE);

	(void)sm_buf_printf(out, "%s %s, publisher %s, by the roots %s%s",
			    exe ? "Authenticode" : "Developer ID", res->hash,
			    res->user_id, t->has_roots ? "in " : "",
			    t->has_roots ? t->roots : "of this system");
	if (res->created)
		(void)sm_buf_printf(out, ", time stamp of %s", date);
	if (!t->has_roots)
		(void)sm_buf_puts(out, " (pin of the publisher not confirmed)");
	return out->err;
}

int inst_trust_describe(const struct inst_trust *t,
			const struct sm_openpgp_result *res, struct sm_buf *out)
{
	struct tm tm;
	char date[32] = "?";

	if (sm_os_clock_utc(res->created, &tm) == 0)
		(void)strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	if (inst_trust_is_inside(res))
		return describe_inside(t, res, date, out);
	(void)sm_buf_printf(out, "OpenPGP %s %s, key %s", res->alg, res->hash,
			    res->primary);
	if (res->user_id[0])
		(void)sm_buf_printf(out, " (%s)", res->user_id);
	return sm_buf_printf(out, " from %s, signed %s", t->from, date);
}

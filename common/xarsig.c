/*
 * Signatures of xar. The digest that is signed is the one that sm_xar_read
 * computed over the table itself, not the copy in the heap.
 */
#include "common/def.h"
#include "common/xarsig.h"

#include "common/os/file.h"

#define RSA_MAX 1024 /* bytes: 8192 bits */
#define CMS_MAX ((size_t)256 << 10)

static int read_region(const struct sm_xar_signature *s, size_t max, int fd,
		       struct sm_buf *out, struct sm_err *e)
{
	int64_t n;

	if (s->size > max)
		return sm_err_set(e, SM_ELIMIT, "xar signature is too large");
	(void)sm_buf_reserve(out, (size_t)s->size); /* its maximum is more */
	n = sm_os_file_read_at(fd, out->ptr, (size_t)s->size, s->offset, e);
	if (n < 0)
		return (int)n;
	if ((uint64_t)n != s->size)
		return sm_err_set(e, SM_EFORMAT, "xar is cut off");
	sm_buf_added(out, (size_t)n);
	return 0;
}

int sm_xarsig_verify(const struct sm_xar *x, int fd,
		     const struct sm_cms_policy *p, struct sm_cms_signer *out,
		     struct sm_err *e)
{
	struct sm_buf sig = SM_BUF_INIT(CMS_MAX);
	struct sm_str digest = sm_str_n(x->digest, sm_digest_size(x->alg));
	int r;

	memset(out, 0, sizeof(*out));
	if (!x->has_digest || !x->cms.size || !x->n_certs)
		return sm_err_set(e, SM_EVERIFY, "package is not signed");
	if (x->rsa.size &&
	    ((r = read_region(&x->rsa, RSA_MAX, fd, &sig, e)) < 0 ||
	     (r = sm_cms_rsa_verify(x->cert[0], x->alg, x->digest,
				    sm_buf_str(&sig), e)) < 0))
		goto out;
	sm_buf_clear(&sig);
	if ((r = read_region(&x->cms, CMS_MAX, fd, &sig, e)) == 0)
		r = sm_cms_verify(p, sm_buf_str(&sig), digest, x->cert[0], out,
				  e);
out:
	sm_buf_release(&sig);
	return r;
}

void sm_xarsig_developer_id(struct sm_cms_policy *p, const char *team,
			    int64_t now_sec)
{
	memset(p, 0, sizeof(*p));
	p->eku = SM_CMS_APPLE_INSTALLER_EKU;
	p->marker = SM_CMS_APPLE_INSTALLER_MARKER;
	p->critical_arc = SM_CMS_APPLE_ARC ".6"; /* of extensions */
	p->team = team;
	p->now = now_sec;
}

/*
 * Secret key files, from any bytes: refused with a reason, or a key that can
 * sign.
 */
#include "common/def.h"
#include "pkg/key.h"

#include "pkg/pgpsign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same bytes as the public part of a key that is held elsewhere. */
static void attach(struct sm_str block)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_key k;

	pkg_key_init(&k);
	if (pkg_key_attach(&k, "command:true", block, &e) == 0) {
		if (!k.signer || k.uid.len == 0 || k.certs.len == 0)
			abort();
	} else if (!e.msg[0]) {
		abort();
	}
	pkg_key_release(&k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_key k;

	pkg_key_init(&k);
	if (pkg_key_parse(&k, sm_str_n(data, size), &e) == 0) {
		if (!k.pkey || k.uid.len == 0 || k.certs.len == 0 ||
		    pkg_pgpsign_put_data(&k, sm_str("data"), UINT32_MAX, &sig,
					 &e) < 0)
			abort();
	} else if (!e.msg[0]) {
		abort();
	}
	sm_buf_release(&sig);
	pkg_key_release(&k);
	attach(sm_str_n(data, size));
	return 0;
}

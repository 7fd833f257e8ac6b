/*
 * Any bytes as an answer of STS. What is taken has both keys, and nothing in
 * them that could end a header.
 */
#include "common/def.h"
#include "common/aws/cred_provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_aws_cred c;
	struct sm_err e = SM_ERR_INIT;

	sm_aws_cred_init(&c);
	if (sm_aws_cred_sts_parse(sm_str_n(data, size), "it", &c, &e) >= 0) {
		if (!c.access_key.len || !c.secret_key.len ||
		    !sm_aws_cred_is_plain(sm_buf_str(&c.access_key)) ||
		    !sm_aws_cred_is_plain(sm_buf_str(&c.token)))
			abort();
	} else if (!e.msg[0]) {
		abort();
	}
	sm_aws_cred_release(&c);
	return 0;
}

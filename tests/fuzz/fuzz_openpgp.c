/*
 * Signatures and key blocks: the first two bytes say where the key block
 * ends and the signature begins. Nothing that is found here may verify over
 * the fixed text but the corpus's own pair.
 */
#include "common/def.h"
#include "common/openpgp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_openpgp_ring ring = SM_OPENPGP_RING_INIT;
	struct sm_openpgp_result res;
	struct sm_err e = SM_ERR_INIT;
	struct sm_str in = sm_str_n(data, size), key, sig;
	size_t at;

	if (size < 2)
		return 0;
	at = (size_t)data[0] << 8 | data[1];
	in = sm_str_sub(in, 2, in.len);
	key = sm_str_sub(in, 0, at);
	sig = sm_str_sub(in, at, in.len);
	(void)sm_openpgp_ring_add(&ring, key, &e);
	(void)sm_openpgp_ring_add_aws(&ring);
	(void)sm_openpgp_verify_bytes(&ring, sm_str("text\n"), sig, 1800000000,
				      &res, &e);
	sm_openpgp_ring_release(&ring);
	return 0;
}

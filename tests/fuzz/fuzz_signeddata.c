/* Any bytes as SignedData, as far as its signature; then its parts as sets of
 * attributes. */
#include "common/def.h"
#include "common/signeddata.h"

#include <openssl/x509.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sm_str oid =
		SM_STR_LIT("\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0c");
	struct stack_st_X509 *certs = NULL;
	struct sm_str in = sm_str_n(data, size);
	struct sm_signeddata s;
	struct sm_der value;
	X509 *signer = NULL;

	(void)sm_signeddata_attr(in, oid, &value);
	if (sm_signeddata_parse(&s, in, NULL) < 0)
		return 0;
	(void)sm_signeddata_attr(s.attrs.body, oid, &value);
	(void)sm_signeddata_attr(s.outside, oid, &value);
	if ((sm_signeddata_verify(&s, &signer, &certs, NULL) == 0) != !!signer)
		abort();
	sk_X509_pop_free(certs, X509_free);
	return 0;
}

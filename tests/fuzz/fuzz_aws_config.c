/*
 * Any text as configuration file and then as credentials file. Only size can
 * be refused, and values hold no line ends.
 */
#include "common/def.h"
#include "common/aws/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_aws_config c = SM_AWS_CONFIG_INIT;
	struct sm_str text = sm_str_n(data, size), v;
	int kind, r;

	r = sm_aws_config_parse(&c, text, false, NULL);
	if (r >= 0)
		r = sm_aws_config_parse(&c, text, true, NULL);
	if (r < 0 && r != SM_ELIMIT)
		abort();
	for (kind = SM_AWS_CONFIG_PROFILE; kind <= SM_AWS_CONFIG_SERVICES;
	     kind++) {
		v = sm_aws_config_get(&c, (enum sm_aws_config_kind)kind,
				      sm_str("default"), "region");
		if (sm_str_chr(v, '\n', 0) >= 0)
			abort();
	}
	sm_aws_config_release(&c);
	return 0;
}

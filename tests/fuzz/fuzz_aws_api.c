/*
 * Any bytes as an error answer: the first line is the header, the rest the
 * body. Code and message come out as one line of UTF-8 each.
 */
#include "common/def.h"
#include "common/aws/api.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *z, size_t size)
{
	size_t n = strnlen(z, size), i;

	if (n == size || !sm_str_utf8(sm_str_n(z, n)))
		abort();
	for (i = 0; i < n; i++) {
		if ((unsigned char)z[i] < ' ')
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_str rest = sm_str_n(data, size), type = { NULL, 0 };
	struct sm_aws_api_error err;

	(void)sm_str_split(&rest, '\n', &type); /* no line end: no body */
	sm_aws_api_error_parse(&err, 400, type, rest);
	check(err.code, sizeof(err.code));
	check(err.message, sizeof(err.message));
	(void)sm_aws_api_error_transient(&err);
	return 0;
}

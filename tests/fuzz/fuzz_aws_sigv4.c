/*
 * A request made of the input's lines: target, Authorization header, further
 * headers. It is checked as a server would, and signed and checked again,
 * which must succeed whatever the target is.
 */
#include "common/def.h"
#include "common/aws/sigv4.h"

#define DATE "20240102T030405Z"
#define NOW 1704164645

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const struct sm_aws_sigv4_key *k, struct sm_str target,
		       struct sm_str body)
{
	struct sm_aws_sigv4_request q = { .method = sm_str("POST"),
					  .host = sm_str("h"),
					  .target = target,
					  .body = body };
	struct sm_aws_sigv4_header h[2] = { { SM_STR_LIT("x-amz-date"),
					      SM_STR_LIT(DATE) } };
	struct sm_aws_sigv4_result s;

	sm_aws_sigv4_result_init(&s);
	if (sm_aws_sigv4_sign(k, &q, NOW, &s, NULL) >= 0) {
		h[1].name = sm_str("Authorization");
		h[1].value = sm_buf_str(&s.authorization);
		q.headers = h;
		q.n_headers = 2;
		if (sm_aws_sigv4_verify(k, &q, NOW, 0, NULL) < 0)
			abort();
	}
	sm_aws_sigv4_result_release(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_aws_sigv4_key k = { sm_str("AKID"), sm_str("secret"),
				      sm_str(""), sm_str("r"), sm_str("s") };
	struct sm_aws_sigv4_header h[SM_AWS_SIGV4_HEADERS + 4];
	struct sm_aws_sigv4_request q = { .method = sm_str("GET"),
					  .host = sm_str("h"),
					  .headers = h };
	struct sm_str rest = sm_str_n(data, size), target = { NULL, 0 }, line;
	struct sm_str host, path;

	(void)sm_str_split(&rest, '\n', &target); /* nothing: empty target */
	while (q.n_headers < SM_ARRAY_LEN(h) &&
	       sm_str_split(&rest, '\n', &line)) {
		long at = sm_str_chr(line, ':', 0);

		if (at < 0)
			continue;
		h[q.n_headers].name = sm_str_sub(line, 0, (size_t)at);
		h[q.n_headers++].value =
			sm_str_sub(line, (size_t)at + 1, line.len);
	}
	q.target = target;
	if (sm_aws_sigv4_verify(&k, &q, NOW, -1, NULL) >= 0 && !q.n_headers)
		abort();
	(void)sm_aws_sigv4_split(target, &host, &path, NULL);
	(void)sm_aws_sigv4_presigned(target);
	round_trip(&k, target, rest);
	return 0;
}

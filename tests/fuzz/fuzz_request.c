/*
 * StartSession's response and parameters, from any bytes. What is accepted
 * must keep the promises of the header.
 */
#include "common/def.h"
#include "plugin/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_err e = SM_ERR_INIT;
	struct plug_request q;
	struct sm_str in = sm_str_n(data, size);

	plug_request_init(&q);
	if (plug_request_response(&q, in, &e) == 0) {
		if (!q.session_id.len || !q.token.len ||
		    q.session_id.len > PLUG_REQUEST_ID_MAX ||
		    q.stream_url.len > PLUG_REQUEST_URL_MAX ||
		    !sm_str_starts(q.stream_url, "ws") ||
		    strlen(q.stream_url.ptr) != q.stream_url.len)
			abort();
	} else if (!e.msg[0]) {
		abort();
	}
	(void)plug_request_parameters(&q, in, &e);
	plug_request_release(&q);
	return 0;
}

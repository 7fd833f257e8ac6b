/*
 * The request parser: whatever comes, views stay inside the input and a
 * refusal has a status.
 */
#include "common/def.h"
#include "loopback/http.h"

#include "common/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct sm_str view, const char *from, size_t size)
{
	if (view.len && (view.ptr < from || view.ptr + view.len > from + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct loop_http_request q;
	int status;
	size_t i;
	long n;

	n = loop_http_parse(&q, sm_str_n(text, size), &status);
	if (n == SM_EAGAIN && status)
		abort();
	if (n < 0) {
		if (n != SM_EAGAIN && status < 400)
			abort();
		return 0;
	}
	if (!n || (size_t)n > size)
		abort();
	inside(q.target, text, size);
	inside(q.path, text, size);
	inside(q.query, text, size);
	inside(q.body, text, size);
	for (i = 0; i < q.n_headers; i++) {
		inside(q.header[i].name, text, size);
		inside(q.header[i].value, text, size);
	}
	(void)loop_http_has_token(&q, "Connection", "upgrade");
	return 0;
}

/*
 * The escape filter, cut anywhere: the pieces give what the whole gives.
 */
#include "common/def.h"
#include "plugin/escape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_buf a = SM_BUF_INIT(size + 2), b = SM_BUF_INIT(size + 2);
	enum plug_escape_action ra, rb = PLUG_ESCAPE_NONE;
	struct plug_escape x, y;
	size_t used, i;

	plug_escape_init(&x);
	plug_escape_init(&y);
	ra = plug_escape_feed(&x, sm_str_n(data, size), &a, &used);
	for (i = 0; i < size && rb == PLUG_ESCAPE_NONE; i++) {
		size_t one;

		rb = plug_escape_feed(&y, sm_str_n(data + i, 1), &b, &one);
		if (one != 1)
			abort();
	}
	if (ra != rb || i != used || a.err || b.err ||
	    !sm_str_eq(sm_buf_str(&a), sm_buf_str(&b)))
		abort();
	sm_buf_release(&a);
	sm_buf_release(&b);
	return 0;
}

/*
 * Any bytes as JSON, and as a string: what is written is read back the same if
 * it was UTF-8.
 */
#include "common/def.h"
#include "common/json.h"

#define SIZE_LIMIT ((size_t)1 << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_string(struct sm_str s)
{
	struct sm_buf b = SM_BUF_INIT(8 * SIZE_LIMIT);
	struct sm_json j = SM_JSON_INIT;

	if (sm_json_put(&b, s) < 0 ||
	    sm_json_parse(&j, sm_buf_str(&b), b.len, "it", NULL) < 0 ||
	    !yyjson_is_str(j.root))
		abort();
	if (sm_str_utf8(s) &&
	    (yyjson_get_len(j.root) != s.len ||
	     (s.len && memcmp(yyjson_get_str(j.root), s.ptr, s.len) != 0)))
		abort();
	sm_json_wipe(&j);
	sm_buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_json j = SM_JSON_INIT;

	if (size > SIZE_LIMIT)
		return 0;
	if (sm_json_parse(&j, sm_str_n(data, size), SIZE_LIMIT, "it", NULL) >=
	    0) {
		(void)sm_json_str(j.root, "a");
		(void)sm_json_str_nocase(j.root, "SessionId");
		sm_json_wipe(&j);
	}
	as_string(sm_str_n(data, size));
	return 0;
}

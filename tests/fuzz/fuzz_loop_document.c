/*
 * Documents: the first line is the name, the rest the parameters. What is
 * accepted has properties that are JSON.
 */
#include "common/def.h"
#include "loopback/document.h"

#include <yyjson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_str name, rest = sm_str_n(data, size);
	struct sm_buf out = SM_BUF_INIT((size_t)4 << 20);
	struct sm_arena arena = SM_ARENA_INIT;
	struct loop_document d;
	yyjson_doc *doc;

	if (!sm_str_split(&rest, '\n', &name))
		return 0;
	if (loop_document_resolve(&d, &arena, name, rest, NULL) == 0 &&
	    loop_document_properties_put(&out, &d) == 0) {
		doc = yyjson_read(out.ptr, out.len, 0);
		if (!doc)
			abort();
		yyjson_doc_free(doc);
	}
	sm_buf_release(&out);
	sm_arena_release(&arena);
	return 0;
}

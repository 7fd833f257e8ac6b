/*
 * The list of pinned sources: whatever it is, the result is JSON or an error.
 */
#include "common/def.h"
#include "pkg/sbom.h"

#include "common/json.h"
#include "pkg/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_buf out = SM_BUF_INIT((size_t)16 << 20);
	struct sm_json j = SM_JSON_INIT;
	struct sm_err e = SM_ERR_INIT;
	struct pkg_manifest m;

	pkg_manifest_init(&m);
	m.name = "thing";
	m.version = "1.2.3.4";
	m.license = "Apache-2.0";
	m.vendor = "";
	if (pkg_sbom_put(&m, sm_str_n(data, size), &out, &e) == 0 &&
	    sm_json_parse(&j, sm_buf_str(&out), out.len, "sbom", &e) < 0)
		abort();
	sm_json_release(&j);
	sm_buf_release(&out);
	return 0;
}

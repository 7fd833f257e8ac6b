/*
 * Manifests, from any bytes: refused with a place, or complete.
 */
#include "common/def.h"
#include "pkg/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pkg_manifest_want want = { "deb", "x86_64",
						       "1.2.3.4", "" };
	struct sm_err e = SM_ERR_INIT;
	struct pkg_manifest m;

	pkg_manifest_init(&m);
	if (pkg_manifest_parse(&m, sm_str_n(data, size), "m", "/nonexistent",
			       &want, &e) == 0) {
		if (!m.name || !m.version || !m.url || !m.identifier ||
		    m.n_files == 0)
			abort();
		for (size_t i = 0; i < m.n_files; i++)
			if (m.files[i].destination[0] != '/' ||
			    strstr(m.files[i].destination, "/../") ||
			    m.files[i].mode & ~0777u)
				abort();
	} else if (strncmp(e.msg, "m:", 2)) {
		abort();
	}
	pkg_manifest_release(&m);
	return 0;
}

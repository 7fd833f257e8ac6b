/*
 * Versions. The build passes the contents of VERSION as SM_VERSION.
 */
#include "common/def.h"
#include "common/version.h"
#include "common/err.h"

#ifndef SM_VERSION
#error "build with the makefile: SM_VERSION is the contents of VERSION"
#endif

const char *sm_version(void)
{
	return SM_VERSION;
}

int sm_version_parse(struct sm_version *v, struct sm_str text)
{
	struct sm_str rest = text, piece;
	uint64_t n;
	int r;

	memset(v, 0, sizeof(*v));
	if (!text.len)
		return SM_EFORMAT;
	while (sm_str_split(&rest, '.', &piece)) {
		if (v->n == SM_VERSION_PARTS)
			return SM_ELIMIT;
		if ((r = sm_str_u64(piece, UINT32_MAX, &n)) < 0)
			return r;
		v->part[v->n++] = (uint32_t)n;
	}
	return 0;
}

int sm_version_cmp(const struct sm_version *a, const struct sm_version *b)
{
	unsigned i;

	for (i = 0; i < SM_VERSION_PARTS; i++) {
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	}
	return 0;
}

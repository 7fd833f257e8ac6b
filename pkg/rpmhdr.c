/*
 * rpm headers through librpm.
 *
 * Rule: types are given here, not looked up by tag, because the signature
 * header uses numbers that mean something else in the main header (1004 is a
 * summary there, an MD5 digest here).
 */
#include "common/def.h"
#include "pkg/rpmhdr.h"

#include <rpm/header.h>
#include <rpm/rpmtag.h>
#include <rpm/rpmtd.h>

#include "common/mem.h"

struct pkg_rpmhdr {
	Header h;
	int failed_tag; /* 0: none */
};

struct pkg_rpmhdr *pkg_rpmhdr_new(void)
{
	struct pkg_rpmhdr *h = sm_mem_zalloc(1, sizeof(*h));

	h->h = headerNew();
	if (!h->h)
		sm_mem_exhausted();
	return h;
}

void pkg_rpmhdr_free(struct pkg_rpmhdr *h)
{
	if (!h)
		return;
	headerFree(h->h);
	sm_mem_free(h);
}

/* librpm takes all data by a pointer that is not const, and copies it. */
static void put(struct pkg_rpmhdr *h, int tag, rpmTagType type,
		const void *data, size_t n)
{
	union {
		const void *in;
		void *out;
	} p = { data };
	struct rpmtd_s td;

	rpmtdReset(&td);
	td.tag = (rpmTagVal)tag;
	td.type = type;
	td.data = p.out;
	td.count = (rpm_count_t)n;
	if (n == 0 || !headerPut(h->h, &td, HEADERPUT_DEFAULT))
		if (h->failed_tag == 0)
			h->failed_tag = tag;
}

void pkg_rpmhdr_str(struct pkg_rpmhdr *h, int tag, const char *z)
{
	if (z && *z)
		put(h, tag, RPM_STRING_TYPE, z, 1);
}

void pkg_rpmhdr_text(struct pkg_rpmhdr *h, int tag, const char *z)
{
	if (!headerAddI18NString(h->h, (rpmTagVal)tag, z, NULL))
		if (h->failed_tag == 0)
			h->failed_tag = tag;
}

void pkg_rpmhdr_strs(struct pkg_rpmhdr *h, int tag, const char *const *z,
		     size_t n)
{
	put(h, tag, RPM_STRING_ARRAY_TYPE, z, n);
}

void pkg_rpmhdr_u16s(struct pkg_rpmhdr *h, int tag, const uint16_t *v, size_t n)
{
	put(h, tag, RPM_INT16_TYPE, v, n);
}

void pkg_rpmhdr_u32s(struct pkg_rpmhdr *h, int tag, const uint32_t *v, size_t n)
{
	put(h, tag, RPM_INT32_TYPE, v, n);
}

void pkg_rpmhdr_u32(struct pkg_rpmhdr *h, int tag, uint32_t v)
{
	put(h, tag, RPM_INT32_TYPE, &v, 1);
}

void pkg_rpmhdr_bin(struct pkg_rpmhdr *h, int tag, const void *p, size_t len)
{
	put(h, tag, RPM_BIN_TYPE, p, len);
}

int pkg_rpmhdr_finish(struct pkg_rpmhdr *h, int region, struct sm_buf *out,
		      struct sm_err *e)
{
	unsigned len = 0;
	void *blob;
	int r;

	if (h->failed_tag)
		return sm_err_set(e, SM_EFORMAT, "cannot store rpm tag %d",
				  h->failed_tag);
	h->h = headerReload(h->h, (rpmTagVal)region);
	if (!h->h)
		return sm_err_set(e, SM_EFORMAT, "cannot build an rpm header");
	blob = headerExport(h->h, &len);
	if (!blob)
		return sm_err_set(e, SM_EFORMAT, "cannot build an rpm header");
	sm_buf_put(out, rpm_header_magic, sizeof(rpm_header_magic));
	r = sm_buf_put(out, blob, len);
	free(blob);
	if (r < 0)
		sm_err_set(e, r, "rpm header too large");
	return r;
}

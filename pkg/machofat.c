/*
 * Universal files: a table of slices, each at a multiple of its machine's
 * page. What is written is read back before it is handed out.
 */
#include "common/def.h"
#include "pkg/machofat.h"

#include "common/macho.h"

#define MAGIC 0xcafebabeu
#define HEADER 8
#define ENTRY 20
#define PAGE_SHIFT 14 /* 16 KiB on arm64; also a multiple of Intel's 4 KiB */
#define PAGE ((size_t)1 << PAGE_SHIFT)

static size_t up(size_t n)
{
	return (n + PAGE - 1) & ~(PAGE - 1);
}

static int put_entry(struct sm_str thin, size_t offset, struct sm_buf *out,
		     struct sm_err *e)
{
	struct sm_macho m;
	int r;

	if ((r = sm_macho_read(&m, thin, e)) < 0)
		return r;
	if (m.universal)
		return sm_err_set(e, SM_EFORMAT, "already universal");
	if (offset > UINT32_MAX || thin.len > UINT32_MAX - offset)
		return sm_err_set(e, SM_ELIMIT, "too large");
	sm_buf_put_u32be(out, m.slice[0].cputype);
	sm_buf_put_u32be(out, m.slice[0].cpusubtype);
	sm_buf_put_u32be(out, (uint32_t)offset);
	sm_buf_put_u32be(out, (uint32_t)thin.len);
	sm_buf_put_u32be(out, PAGE_SHIFT);
	return 0;
}

int pkg_machofat_put(const struct sm_str *thin, size_t n, struct sm_buf *out,
		     struct sm_err *e)
{
	size_t base = out->len, at = up(HEADER + n * ENTRY), i;
	struct sm_macho m;
	int r;

	if (n < 1 || n > PKG_MACHOFAT_MAX)
		return sm_err_set(e, SM_EFORMAT, "not 1 to %d files",
				  PKG_MACHOFAT_MAX);
	sm_buf_put_u32be(out, MAGIC);
	sm_buf_put_u32be(out, (uint32_t)n);
	for (i = 0; i < n; i++) {
		if ((r = put_entry(thin[i], at, out, e)) < 0)
			return sm_err_wrap(e, r, "file %zu", i + 1);
		at = up(at + thin[i].len);
	}
	for (i = 0; i < n; i++) {
		at = out->len - base;
		sm_buf_put_fill(out, '\0', up(at) - at);
		sm_buf_put_str(out, thin[i]);
	}
	if (out->err)
		return sm_err_set(e, SM_ELIMIT, "above %zu bytes", out->max);
	return sm_macho_read(&m, sm_str_sub(sm_buf_str(out), base, out->len),
			     e);
}

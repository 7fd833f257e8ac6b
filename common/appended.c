/*
 * The trailer behind a program, and the archive in front of the trailer.
 *
 * Rule: the trailer is looked for in one place only, at the end of the file
 * or, in a signed Windows program, at its certificate table; and the place of
 * the archive that it names must be the one it follows. Bytes that merely
 * look like a trailer elsewhere mean nothing.
 *
 * Nothing is unpacked here: common/archive.h does that, on the range.
 */
#include "common/def.h"
#include "common/appended.h"

#include "common/os/file.h"
#include "common/pe.h"

/* Not text, not 7 bit clean, harmed by any change of line ends. */
static const uint8_t magic[8] = { 0x89, 'S', 'M', 'A', 'P', '\r', '\n', 0x1a };

#define AT_VERSION 8
#define AT_ZERO 12
#define AT_OFFSET 16
#define AT_SIZE 24
#define AT_SHA256 32

static uint64_t le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static void put_le(uint8_t *p, size_t n, uint64_t v)
{
	while (n--) {
		*p++ = (uint8_t)v;
		v >>= 8;
	}
}

static int none(struct sm_err *e)
{
	return sm_err_set(e, SM_ENOTFOUND,
			  "no archive is appended to this program");
}

/* The part of the file that may end with a trailer: from `*start`, behind
 * the program as far as its headers tell, to `*end`. */
static int bounds(int fd, uint64_t *start, uint64_t *end, struct sm_err *e)
{
	struct sm_file_info st;
	struct sm_pe pe;
	char head[2];
	int64_t n;
	int r;

	*start = 1;
	if ((r = sm_os_file_fstat(fd, &st, e)) < 0)
		return r;
	*end = st.size;
	if ((n = sm_os_file_read_at(fd, head, sizeof(head), 0, e)) < 0)
		return (int)n;
	if (!sm_pe_is_pe(sm_str_n(head, (size_t)n)))
		return 0;
	if ((r = sm_pe_read(&pe, fd, e)) < 0)
		return r;
	*start = pe.image_end;
	if (pe.table)
		*end = pe.table;
	return 0;
}

/* What a trailer that ends at `end` says, checked; the magic is there. */
static int parse(const uint8_t *t, uint64_t start, uint64_t end,
		 struct sm_appended *a, struct sm_err *e)
{
	uint64_t at = end - SM_APPENDED_TRAILER;

	if (le(t + AT_VERSION, 4) != SM_APPENDED_VERSION)
		return sm_err_set(e, SM_ENOTSUP,
				  "the appended archive has a trailer of "
				  "version %u",
				  (unsigned)le(t + AT_VERSION, 4));
	a->offset = le(t + AT_OFFSET, 8);
	a->size = le(t + AT_SIZE, 8);
	memcpy(a->sha256, t + AT_SHA256, sizeof(a->sha256));
	if (le(t + AT_ZERO, 4) || a->offset < start || a->offset > at ||
	    a->size != at - a->offset || !a->size)
		return sm_err_set(e, SM_EFORMAT,
				  "the trailer of the appended archive is "
				  "damaged");
	if (a->size > SM_APPENDED_MAX)
		return sm_err_set(e, SM_ELIMIT,
				  "the appended archive is too large");
	return 0;
}

int sm_appended_find(int fd, struct sm_appended *a, struct sm_err *e)
{
	uint8_t tail[SM_APPENDED_TRAILER + SM_APPENDED_PADDING];
	uint64_t start, end;
	size_t len = sizeof(tail), pad;
	int64_t n;
	int r;

	memset(a, 0, sizeof(*a));
	if ((r = bounds(fd, &start, &end, e)) < 0)
		return r;
	if (end < start || end - start < SM_APPENDED_TRAILER)
		return none(e);
	if (end < len)
		len = (size_t)end;
	n = sm_os_file_read_at(fd, tail, len, end - len, e);
	if (n < 0)
		return (int)n;
	if ((size_t)n != len)
		return sm_err_set(e, SM_EIO, "the program is being changed");
	for (pad = 0; pad <= len - SM_APPENDED_TRAILER; pad++) {
		const uint8_t *t = tail + len - pad - SM_APPENDED_TRAILER;

		if (pad && tail[len - pad])
			break;
		if (!memcmp(t, magic, sizeof(magic)))
			return parse(t, start, end - pad, a, e);
	}
	return none(e);
}

int sm_appended_check(int fd, const struct sm_appended *a, struct sm_err *e)
{
	uint8_t sum[SM_SHA256_SIZE];
	int r;

	r = sm_digest_fd(SM_DIGEST_SHA256, fd, a->offset, a->size, sum, NULL,
			 e);
	if (r < 0)
		return r;
	if (memcmp(sum, a->sha256, sizeof(sum)) != 0)
		return sm_err_set(e, SM_EVERIFY,
				  "the appended archive is damaged: its digest "
				  "is not the one in the trailer");
	return 0;
}

struct sm_archive_range sm_appended_range(const struct sm_appended *a)
{
	struct sm_archive_range range = { a->offset, a->size };

	return range;
}

int sm_appended_put(struct sm_buf *out, struct sm_str archive, struct sm_err *e)
{
	uint8_t t[SM_APPENDED_TRAILER] = { 0 };
	size_t all = out->len + archive.len + sizeof(t);
	int r;

	if (archive.len > SM_APPENDED_MAX)
		return sm_err_set(e, SM_ELIMIT,
				  "an archive of %zu bytes is too large to be "
				  "appended",
				  archive.len);
	(void)sm_buf_put_fill(out, 0, (8 - all % 8) % 8);
	memcpy(t, magic, sizeof(magic));
	put_le(t + AT_VERSION, 4, SM_APPENDED_VERSION);
	put_le(t + AT_OFFSET, 8, out->len);
	put_le(t + AT_SIZE, 8, archive.len);
	r = sm_digest_bytes(SM_DIGEST_SHA256, archive, t + AT_SHA256, e);
	if (r < 0)
		return r;
	(void)sm_buf_put_str(out, archive);
	(void)sm_buf_put(out, t, sizeof(t));
	if (out->err)
		return sm_err_set(e, out->err,
				  "program and archive are too large together");
	return 0;
}

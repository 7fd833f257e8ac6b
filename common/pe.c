/*
 * PE headers, as far as signing needs them. Offsets are checked against the
 * file before they are used; nothing is loaded or run.
 */
#include "common/def.h"
#include "common/pe.h"

#include "common/mem.h"
#include "common/os/file.h"

#define DOS_LFANEW 0x3c
#define COFF 24         /* signature and file header */
#define OPTIONAL_MIN 96 /* of PE32, up to the directories */
#define SECTION 40
#define SECTIONS_MAX 96 /* the format's own limit */
#define DIR_SECURITY 4
#define CHECKSUM_IN_OPTIONAL 64
#define CHUNK ((size_t)64 << 10)

static uint64_t le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

bool sm_pe_is_pe(struct sm_str head)
{
	return sm_str_starts(head, "MZ");
}

static int read_exact(int fd, void *p, size_t len, uint64_t at,
		      struct sm_err *e)
{
	int64_t n = sm_os_file_read_at(fd, p, len, at, e);

	if (n < 0)
		return (int)n;
	if ((size_t)n != len)
		return sm_err_set(e, SM_EFORMAT, "program is cut off");
	return 0;
}

static enum sm_arch machine(uint64_t code)
{
	switch (code) {
	case 0x8664:
		return SM_ARCH_X86_64;
	case 0x14c:
		return SM_ARCH_I386;
	case 0xaa64:
		return SM_ARCH_AARCH64;
	default:
		return SM_ARCH_OTHER;
	}
}

static int bad(struct sm_err *e)
{
	return sm_err_set(e, SM_EFORMAT, "not a Windows program");
}

/* The optional header at `at`: where checksum and directories are. */
static int read_optional(struct sm_pe *p, int fd, uint64_t at, uint64_t len,
			 struct sm_err *e)
{
	uint8_t raw[OPTIONAL_MIN + 16], dir[8];
	uint64_t magic, dirs, n;
	int r;

	if (len < OPTIONAL_MIN + 16)
		return bad(e);
	if ((r = read_exact(fd, raw, sizeof(raw), at, e)) < 0)
		return r;
	magic = le(raw, 2);
	if (magic != 0x10b && magic != 0x20b)
		return bad(e);
	dirs = magic == 0x10b ? 96 : 112;
	n = le(raw + dirs - 4, 4);
	p->checksum_at = at + CHECKSUM_IN_OPTIONAL;
	if (n <= DIR_SECURITY || len < dirs + (DIR_SECURITY + 1) * 8)
		return sm_err_set(e, SM_EFORMAT,
				  "program has no room for a signature");
	p->security_at = at + dirs + (uint64_t)DIR_SECURITY * 8;
	if ((r = read_exact(fd, dir, sizeof(dir), p->security_at, e)) < 0)
		return r;
	p->table = le(dir, 4); /* a file offset, PACKAGING.md 5.1 */
	p->table_size = le(dir + 4, 4);
	return 0;
}

static int read_sections(struct sm_pe *p, int fd, uint64_t at, uint64_t n,
			 struct sm_err *e)
{
	uint8_t raw[SECTION];
	uint64_t end;
	int r;

	if (n > SECTIONS_MAX)
		return bad(e);
	p->image_end = at + n * SECTION;
	for (; n; n--, at += SECTION) {
		if ((r = read_exact(fd, raw, sizeof(raw), at, e)) < 0)
			return r;
		end = le(raw + 16, 4) ? le(raw + 20, 4) + le(raw + 16, 4) : 0;
		if (end > p->size)
			return sm_err_set(e, SM_EFORMAT, "program is cut off");
		if (end > p->image_end)
			p->image_end = end;
	}
	return 0;
}

static int check_table(const struct sm_pe *p, struct sm_err *e)
{
	if (!p->table && !p->table_size)
		return 0;
	if (p->table < p->image_end || p->table % 8 || p->table_size < 8 ||
	    p->table > p->size || p->table_size != p->size - p->table)
		return sm_err_set(e, SM_EFORMAT,
				  "certificate table is not at the end of the "
				  "program");
	return 0;
}

int sm_pe_read(struct sm_pe *p, int fd, struct sm_err *e)
{
	uint8_t dos[64], coff[COFF];
	struct sm_file_info st;
	uint64_t at, optional;
	int r;

	memset(p, 0, sizeof(*p));
	if ((r = sm_os_file_fstat(fd, &st, e)) < 0 ||
	    (r = read_exact(fd, dos, sizeof(dos), 0, e)) < 0)
		return r;
	p->size = st.size;
	at = le(dos + DOS_LFANEW, 4);
	if (!sm_pe_is_pe(sm_str_n(dos, sizeof(dos))))
		return bad(e);
	if ((r = read_exact(fd, coff, sizeof(coff), at, e)) < 0)
		return r;
	if (memcmp(coff, "PE\0\0", 4) != 0)
		return bad(e);
	p->arch = machine(le(coff + 4, 2));
	optional = le(coff + 20, 2);
	if ((r = read_optional(p, fd, at + COFF, optional, e)) < 0 ||
	    (r = read_sections(p, fd, at + COFF + optional, le(coff + 6, 2),
			       e)) < 0)
		return r;
	return check_table(p, e);
}

static int add_range(struct sm_digest *d, int fd, uint64_t from, uint64_t to,
		     struct sm_err *e)
{
	uint8_t *chunk = sm_mem_alloc(CHUNK);
	int r = 0;

	while (from < to && r == 0) {
		size_t n = to - from < CHUNK ? (size_t)(to - from) : CHUNK;

		if ((r = read_exact(fd, chunk, n, from, e)) == 0)
			sm_digest_add(d, chunk, n);
		from += n;
	}
	sm_mem_free(chunk);
	return r;
}

int sm_pe_digest(const struct sm_pe *p, int fd, enum sm_digest_alg alg,
		 uint8_t *out, struct sm_err *e)
{
	struct sm_digest d = SM_DIGEST_INIT;
	uint64_t end = p->table ? p->table : p->size;
	int r;

	if ((r = sm_digest_start(&d, alg, e)) < 0)
		return r;
	if ((r = add_range(&d, fd, 0, p->checksum_at, e)) == 0 &&
	    (r = add_range(&d, fd, p->checksum_at + 4, p->security_at, e)) ==
		    0 &&
	    (r = add_range(&d, fd, p->security_at + 8, end, e)) == 0)
		sm_digest_finish(&d, out);
	sm_digest_release(&d);
	return r;
}

int sm_pe_certificate(const struct sm_pe *p, int fd, struct sm_buf *out,
		      struct sm_err *e)
{
	uint8_t head[SM_PE_CERT_HEAD];
	uint64_t len;
	int r;

	if (!p->table)
		return sm_err_set(e, SM_EVERIFY, "program is not signed");
	if ((r = read_exact(fd, head, sizeof(head), p->table, e)) < 0)
		return r;
	len = le(head, 4);
	if (len <= sizeof(head) || len > p->table_size ||
	    le(head + 4, 2) != SM_PE_CERT_REVISION ||
	    le(head + 6, 2) != SM_PE_CERT_PKCS7)
		return sm_err_set(e, SM_EFORMAT,
				  "certificate table is malformed");
	if (len < p->table_size)
		return sm_err_set(e, SM_EFORMAT,
				  "certificate table has more than one entry");
	len -= sizeof(head);
	if (len > out->max - out->len || sm_buf_reserve(out, (size_t)len) < 0)
		return sm_err_set(e, SM_ELIMIT, "signature is too large");
	r = read_exact(fd, out->ptr + out->len, (size_t)len,
		       p->table + sizeof(head), e);
	if (r == 0)
		sm_buf_added(out, (size_t)len);
	return r;
}

int sm_pe_checksum(const struct sm_pe *p, int fd, uint32_t *has, uint32_t *want,
		   struct sm_err *e)
{
	uint8_t *chunk = sm_mem_alloc(CHUNK), field[4];
	uint64_t at, sum = 0, i;
	size_t n;
	int r = read_exact(fd, field, sizeof(field), p->checksum_at, e);

	for (at = 0; at < p->size && r == 0; at += n) {
		n = p->size - at < CHUNK ? (size_t)(p->size - at) : CHUNK;
		if ((r = read_exact(fd, chunk, n, at, e)) < 0)
			break;
		/* CHUNK is even, so words do not cross it; the field may be at
		 * an odd place of a strange program, so it goes by bytes */
		for (i = 0; i < n; i++)
			if (at + i < p->checksum_at ||
			    at + i >= p->checksum_at + sizeof(field))
				sum += (uint64_t)chunk[i] << (i & 1 ? 8 : 0);
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	*has = (uint32_t)le(field, 4);
	*want = (uint32_t)(sum + p->size);
	sm_mem_free(chunk);
	return r;
}

/*
 * Reading Mach-O headers. A thin 64-bit little-endian file is one slice; a
 * universal file begins with a big-endian table of slices.
 *
 * Rule: an offset or length is compared with what is left before it is used.
 */
#include "common/def.h"
#include "common/macho.h"

#define MAGIC_64 0xfeedfacfu
#define MAGIC_32 0xfeedfaceu
#define MAGIC_FAT 0xcafebabeu /* big endian; also that of Java classes */
#define HEADER 32
#define FAT_HEADER 8
#define FAT_ENTRY 20
#define COMMAND 8

#define LC_CODE_SIGNATURE 0x1du
#define LC_VERSION_MIN_MACOSX 0x24u
#define LC_BUILD_VERSION 0x32u
#define PLATFORM_MACOS 1

/* Both take positions that the caller has compared with the length. */
static uint32_t le32(struct sm_str s, size_t at)
{
	const uint8_t *p = (const uint8_t *)s.ptr + at;

	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[1] << 8 | p[0];
}

static uint32_t be32(struct sm_str s, size_t at)
{
	const uint8_t *p = (const uint8_t *)s.ptr + at;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

bool sm_macho_is_macho(struct sm_str file)
{
	if (file.len < FAT_HEADER)
		return false;
	if (le32(file, 0) == MAGIC_64 || le32(file, 0) == MAGIC_32)
		return true;
	/* the second word of a Java class is its version, 45 or more */
	return be32(file, 0) == MAGIC_FAT && be32(file, 4) > 0 &&
	       be32(file, 4) <= SM_MACHO_SLICES_MAX;
}

/* What one load command says of its slice. */
static void take_command(struct sm_macho_slice *s, struct sm_str cmd)
{
	uint32_t kind = le32(cmd, 0);

	if (kind == LC_CODE_SIGNATURE && cmd.len >= 16)
		s->has_signature = le32(cmd, 8) <= s->size &&
				   le32(cmd, 12) <= s->size - le32(cmd, 8);
	else if (kind == LC_VERSION_MIN_MACOSX && cmd.len >= 16)
		s->min_os = le32(cmd, 8);
	else if (kind == LC_BUILD_VERSION && cmd.len >= 24 &&
		 le32(cmd, 8) == PLATFORM_MACOS)
		s->min_os = le32(cmd, 12);
}

static int read_slice(struct sm_macho_slice *s, struct sm_str file,
		      struct sm_err *e)
{
	struct sm_str in = sm_str_sub(file, (size_t)s->offset, (size_t)s->size);
	uint32_t n, len;

	if (in.len < HEADER)
		return sm_err_set(e, SM_EFORMAT, "Mach-O is cut off");
	if (le32(in, 0) != MAGIC_64)
		return sm_err_set(e, SM_ENOTSUP,
				  "Mach-O is not 64-bit little-endian");
	s->cputype = le32(in, 4);
	s->cpusubtype = le32(in, 8);
	n = le32(in, 16);
	len = le32(in, 20);
	if (len > in.len - HEADER)
		return sm_err_set(e, SM_EFORMAT, "Mach-O is cut off");
	in = sm_str_sub(in, HEADER, len);
	for (; n > 0; n--) {
		if (in.len < COMMAND || le32(in, 4) < COMMAND ||
		    le32(in, 4) > in.len)
			return sm_err_set(e, SM_EFORMAT,
					  "Mach-O load commands are damaged");
		len = le32(in, 4);
		take_command(s, sm_str_sub(in, 0, len));
		in = sm_str_sub(in, len, in.len);
	}
	return 0;
}

static int read_fat(struct sm_macho *m, struct sm_str file, struct sm_err *e)
{
	uint64_t end = FAT_HEADER + (uint64_t)be32(file, 4) * FAT_ENTRY;
	struct sm_macho_slice *s;
	uint32_t cputype;
	size_t at;
	int r;

	if (end > file.len)
		return sm_err_set(e, SM_EFORMAT, "Mach-O is cut off");
	m->universal = true;
	while (m->n < be32(file, 4)) {
		at = FAT_HEADER + m->n * FAT_ENTRY;
		s = &m->slice[m->n];
		cputype = be32(file, at);
		s->offset = be32(file, at + 8);
		s->size = be32(file, at + 12);
		if (s->offset < end)
			return sm_err_set(e, SM_EFORMAT,
					  "Mach-O slices overlap");
		if (s->offset > file.len || s->size > file.len - s->offset)
			return sm_err_set(e, SM_EFORMAT, "Mach-O is cut off");
		if ((r = read_slice(s, file, e)) < 0)
			return r;
		if (s->cputype != cputype || sm_macho_find(m, cputype))
			return sm_err_set(e, SM_EFORMAT,
					  "Mach-O table of slices is wrong");
		end = s->offset + s->size;
		m->n++;
	}
	return 0;
}

int sm_macho_read(struct sm_macho *m, struct sm_str file, struct sm_err *e)
{
	int r;

	memset(m, 0, sizeof(*m));
	if (!sm_macho_is_macho(file))
		return sm_err_set(e, SM_EFORMAT, "not a Mach-O file");
	if (be32(file, 0) == MAGIC_FAT)
		return read_fat(m, file, e);
	m->slice[0].size = file.len;
	if ((r = read_slice(&m->slice[0], file, e)) == 0)
		m->n = 1;
	return r;
}

const struct sm_macho_slice *sm_macho_find(const struct sm_macho *m,
					   uint32_t cputype)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->slice[i].cputype == cputype)
			return &m->slice[i];
	return NULL;
}

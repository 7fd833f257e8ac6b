/*
 * Looks through the section table of a Windows program for WiX's section.
 * Only names are read; nothing is believed about the rest.
 */
#include "common/def.h"
#include "common/burn.h"

#include "common/os/file.h"

#define LFANEW 0x3c
#define COFF 24 /* signature and file header */
#define SECTION 40
#define SECTIONS_MAX 96 /* the format's own limit */

static uint32_t le(const uint8_t *p, size_t n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static bool get(int fd, void *p, size_t len, uint64_t at)
{
	return sm_os_file_read_at(fd, p, len, at, NULL) == (int64_t)len;
}

bool sm_burn_is_burn(int fd)
{
	uint8_t dos[LFANEW + 4], coff[COFF], section[SECTION];
	uint64_t at;
	uint32_t i, n;

	if (!get(fd, dos, sizeof(dos), 0) || memcmp(dos, "MZ", 2) != 0)
		return false;
	at = le(dos + LFANEW, 4);
	if (!get(fd, coff, sizeof(coff), at) || memcmp(coff, "PE\0\0", 4) != 0)
		return false;
	at += COFF + le(coff + 20, 2);
	n = le(coff + 6, 2);
	for (i = 0; i < n && i < SECTIONS_MAX; i++, at += SECTION)
		if (!get(fd, section, sizeof(section), at))
			return false;
		else if (!memcmp(section, ".wixburn", 8))
			return true;
	return false;
}

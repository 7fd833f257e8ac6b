/*
 * The version resource of a Windows program.
 *
 * Rule: every number is read through get(), which remembers that one was not
 * there; nothing found is used before that is asked.
 */
#include "common/def.h"
#include "pkg/pever.h"

#include "common/err.h"

#define DOS_LFANEW 0x3c
#define COFF 24
#define SECTION 40
#define SECTIONS_MAX 96
#define DIR_RESOURCE 2
#define RT_VERSION 16
#define IS_FOLDER 0x80000000u
#define ENTRIES_MAX 4096
#define FIXED_AT 40 /* behind three words and the name, aligned */
#define FIXED_MAGIC 0xFEEF04BDu

struct reader {
	struct sm_str data;
	bool bad; /* something lay outside */
};

static uint32_t get(struct reader *r, size_t at, size_t n)
{
	uint32_t v = 0;

	if (at > r->data.len || n > r->data.len - at) {
		r->bad = true;
		return 0;
	}
	while (n--)
		v = v << 8 | (uint8_t)r->data.ptr[at + n];
	return v;
}

/* The bytes of the section from this address on. */
static struct sm_str section_at(struct reader *r, size_t pe, uint32_t address)
{
	size_t at = pe + COFF + get(r, pe + 20, 2);
	uint32_t n = get(r, pe + 6, 2);

	for (uint32_t i = 0; i < n && i < SECTIONS_MAX; i++, at += SECTION) {
		uint32_t from = get(r, at + 12, 4), len = get(r, at + 16, 4);

		if (address >= from && address - from < len)
			return sm_str_sub(sm_str_sub(r->data,
						     get(r, at + 20, 4), len),
					  address - from, len);
	}
	return sm_str("");
}

/*
 * The entry of the folder at `at` with this number, or the first one: where it
 * points, 0 if there is none (that is the first folder itself).
 */
static uint32_t entry(struct reader *r, size_t at, uint32_t wanted,
		      uint32_t *id)
{
	uint32_t n = get(r, at + 12, 2) + get(r, at + 14, 2);

	for (uint32_t i = 0; i < n && i < ENTRIES_MAX && !r->bad; i++) {
		*id = get(r, at + 16 + 8 * i, 4);
		if (!wanted || *id == wanted)
			return get(r, at + 20 + 8 * i, 4);
	}
	return 0;
}

int pkg_pever_read(struct pkg_pever *v, struct sm_str program)
{
	struct reader r = { program, false }, rsrc, data;
	uint32_t pe, directory, address, at, id = 0;

	memset(v, 0, sizeof(*v));
	if (!sm_str_starts(program, "MZ"))
		return SM_ENOTFOUND;
	pe = get(&r, DOS_LFANEW, 4);
	if (get(&r, pe, 4) != 0x4550) /* "PE" */
		return r.bad ? SM_EFORMAT : SM_ENOTFOUND;
	/* the directories of a 64-bit program begin 16 bytes later */
	directory = pe + COFF + (get(&r, pe + COFF, 2) == 0x20b ? 112 : 96);
	if (get(&r, directory - 4, 4) <= DIR_RESOURCE)
		return r.bad ? SM_EFORMAT : SM_ENOTFOUND;
	address = get(&r, directory + 8 * DIR_RESOURCE, 4);
	if (!address || r.bad)
		return r.bad ? SM_EFORMAT : SM_ENOTFOUND;
	rsrc = (struct reader){ section_at(&r, pe, address), false };
	at = entry(&rsrc, 0, RT_VERSION, &id);
	if (!at && !rsrc.bad)
		return SM_ENOTFOUND;
	at = entry(&rsrc, at & ~IS_FOLDER, 0, &id); /* the first name */
	at = entry(&rsrc, at & ~IS_FOLDER, 0, &id); /* its first language */
	if (rsrc.bad || !at || at & IS_FOLDER)
		return SM_EFORMAT;
	data = (struct reader){ section_at(&r, pe, get(&rsrc, at, 4)), false };
	if (get(&data, FIXED_AT, 4) != FIXED_MAGIC || rsrc.bad || r.bad)
		return SM_EFORMAT;
	v->language = (uint16_t)id;
	v->part[0] = (uint16_t)get(&data, FIXED_AT + 10, 2);
	v->part[1] = (uint16_t)get(&data, FIXED_AT + 8, 2);
	v->part[2] = (uint16_t)get(&data, FIXED_AT + 14, 2);
	v->part[3] = (uint16_t)get(&data, FIXED_AT + 12, 2);
	if (!data.bad)
		return 0;
	memset(v, 0, sizeof(*v));
	return SM_EFORMAT;
}

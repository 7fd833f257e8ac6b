/*
 * Reading octal cpio: a header of eleven octal fields, the name with its NUL,
 * the data, no padding.
 */
#include "common/def.h"
#include "common/odc.h"

#define HEADER 76
#define NAME_MAX_LEN 4096
#define TRAILER "TRAILER!!!"

/* `n` octal digits at `at`; false if one is something else. */
static bool octal(struct sm_str s, size_t at, size_t n, uint64_t *out)
{
	*out = 0;
	for (; n > 0; n--, at++) {
		if (s.ptr[at] < '0' || s.ptr[at] > '7')
			return false;
		*out = *out << 3 | (uint64_t)(s.ptr[at] - '0');
	}
	return true;
}

static int check_end(struct sm_str rest, struct sm_err *e)
{
	size_t i;

	for (i = 0; i < rest.len; i++)
		if (rest.ptr[i] != '\0')
			return sm_err_set(e, SM_EFORMAT,
					  "cpio has bytes behind its end");
	return 0;
}

int sm_odc_next(struct sm_str *rest, struct sm_odc_entry *en, struct sm_err *e)
{
	struct sm_str s = *rest;
	uint64_t mode, uid, gid, nlink, mtime, name, size;

	memset(en, 0, sizeof(*en));
	if (s.len < HEADER || memcmp(s.ptr, "070707", 6) != 0 ||
	    !octal(s, 18, 6, &mode) || !octal(s, 24, 6, &uid) ||
	    !octal(s, 30, 6, &gid) || !octal(s, 36, 6, &nlink) ||
	    !octal(s, 48, 11, &mtime) || !octal(s, 59, 6, &name) ||
	    !octal(s, 65, 11, &size))
		return sm_err_set(e, SM_EFORMAT, "cpio header is malformed");
	if (name < 2 || name > NAME_MAX_LEN || name > s.len - HEADER ||
	    size > s.len - HEADER - name)
		return sm_err_set(e, SM_EFORMAT, "cpio is cut off");
	en->name = sm_str_sub(s, HEADER, (size_t)name - 1);
	if (s.ptr[HEADER + name - 1] != '\0' ||
	    sm_str_chr(en->name, '\0', 0) >= 0)
		return sm_err_set(e, SM_EFORMAT, "cpio name is malformed");
	en->mode = (unsigned)mode;
	en->uid = (uint32_t)uid;
	en->gid = (uint32_t)gid;
	en->nlink = (uint32_t)nlink;
	en->mtime_sec = mtime;
	en->data = sm_str_sub(s, HEADER + (size_t)name, (size_t)size);
	*rest = sm_str_sub(s, HEADER + (size_t)name + (size_t)size, s.len);
	if (sm_str_eqz(en->name, TRAILER))
		return check_end(*rest, e);
	return 1;
}

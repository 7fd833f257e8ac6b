/*
 * Reading rpm headers through librpm, which is given one header from memory:
 * no configuration, no database, no keyring.
 *
 * Rule: librpm sees a header only after common/rpm.h has checked its sizes and
 * digests.
 */
#include "common/def.h"
#include "pkg/rpmread.h"

#include <rpm/header.h>
#include <rpm/rpmtag.h>
#include <rpm/rpmtd.h>

#include "common/buf.h"
#include "common/os/file.h"

#define LEAD 96          /* PACKAGING.md 3.1 */
#define INTRO 16         /* magic, entries, bytes of data */
#define MAGIC 8          /* of a header; librpm takes it without */
#define ARRAY_MAX 100000 /* entries of one array */
#define PAYLOADSIZE 1007 /* of the signature header */
#define INT32 4

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* Bytes of the header at `offset`, from its introduction. */
static int header_size(int fd, uint64_t offset, uint64_t *size,
		       struct sm_err *e)
{
	uint8_t intro[INTRO];
	int64_t n = sm_os_file_read_at(fd, intro, sizeof(intro), offset, e);

	if (n < 0)
		return (int)n;
	if (n != INTRO || u32(intro + 8) > SM_RPM_INDEX_MAX ||
	    u32(intro + 12) > SM_RPM_STORE_MAX)
		return sm_err_set(e, SM_EFORMAT, "rpm is damaged");
	*size = INTRO + (uint64_t)16 * u32(intro + 8) + u32(intro + 12);
	return 0;
}

/*
 * The size of the archive stands in the signature header, from which librpm
 * would take it if it read the file itself. What is not there stays 0.
 */
static void find_archive_size(struct pkg_rpmread *p, int fd)
{
	uint8_t intro[INTRO], entry[16], value[4];
	uint64_t data, at = LEAD + INTRO;

	if (sm_os_file_read_at(fd, intro, sizeof(intro), LEAD, NULL) != INTRO)
		return;
	data = at + (uint64_t)16 * u32(intro + 8);
	for (; at < data; at += sizeof(entry)) {
		if (sm_os_file_read_at(fd, entry, sizeof(entry), at, NULL) !=
		    sizeof(entry))
			return;
		if (u32(entry) == PAYLOADSIZE && u32(entry + 4) == INT32 &&
		    u32(entry + 8) <= u32(intro + 12) &&
		    sm_os_file_read_at(fd, value, sizeof(value),
				       data + u32(entry + 8),
				       NULL) == sizeof(value))
			p->archive_size = u32(value);
	}
}

static int import_header(struct pkg_rpmread *p, int fd, struct sm_err *e)
{
	struct sm_buf blob = SM_BUF_INIT(SM_RPM_STORE_MAX * 2);
	uint64_t size = 0;
	int64_t n;
	int r;

	if ((r = header_size(fd, LEAD, &size, e)) < 0)
		goto out;
	p->header_start = LEAD + (size + 7) / 8 * 8;
	if ((r = header_size(fd, p->header_start, &size, e)) < 0)
		goto out;
	find_archive_size(p, fd);
	size -= MAGIC;
	if (p->header_start + MAGIC + size != p->rpm.payload) {
		r = sm_err_set(e, SM_EFORMAT, "rpm is damaged");
		goto out;
	}
	sm_buf_reserve(&blob, (size_t)size);
	if ((r = blob.err) < 0)
		goto out;
	n = sm_os_file_read_at(fd, blob.ptr, (size_t)size,
			       p->header_start + MAGIC, e);
	if (n != (int64_t)size) {
		r = sm_err_set(e, SM_EFORMAT, "rpm is cut off");
		goto out;
	}
	p->header = headerImport(blob.ptr, (unsigned)size, HEADERIMPORT_COPY);
	if (!p->header)
		r = sm_err_set(e, SM_EFORMAT, "rpm has a damaged header");
out:
	sm_buf_release(&blob);
	return r;
}

static int digest(struct pkg_rpmread *p, int fd, struct sm_err *e)
{
	uint8_t sha256[SM_SHA256_SIZE];
	int r;

	r = sm_digest_fd(SM_DIGEST_SHA256, fd, 0, UINT64_MAX, sha256, &p->size,
			 e);
	if (r == 0)
		sm_digest_hex(sha256, sizeof(sha256), p->sha256);
	return r;
}

int pkg_rpmread_load(struct pkg_rpmread *p, const char *path, struct sm_err *e)
{
	int fd, r;

	memset(p, 0, sizeof(*p));
	fd = sm_os_file_open(path, SM_FILE_READ, 0, e);
	if (fd < 0)
		return fd;
	if ((r = sm_rpm_read(&p->rpm, fd, e)) < 0)
		goto out;
	if ((r = import_header(p, fd, e)) < 0)
		goto out;
	r = digest(p, fd, e);
out:
	sm_os_file_close(fd);
	if (r < 0)
		sm_err_wrap(e, r, "cannot publish '%s'", path);
	return r;
}

void pkg_rpmread_release(struct pkg_rpmread *p)
{
	if (p->header)
		headerFree(p->header);
	p->header = NULL;
	sm_arena_release(&p->arena);
}

const char *pkg_rpmread_text(struct pkg_rpmread *p, int tag)
{
	const char *z = headerGetString(p->header, (rpmTagVal)tag);

	return z ? z : "";
}

uint64_t pkg_rpmread_number(struct pkg_rpmread *p, int tag, uint64_t otherwise)
{
	size_t n = 0;
	const uint64_t *v = pkg_rpmread_numbers(p, tag, &n);

	return n ? v[0] : otherwise;
}

/* 0 for what is no list of texts, however it is called. */
static size_t count_of(const struct pkg_rpmread *p, rpmTagVal tag)
{
	struct rpmtd_s td;
	size_t n = 0;

	if (headerGet(p->header, tag, &td, HEADERGET_MINMEM)) {
		if (rpmtdType(&td) == RPM_STRING_ARRAY_TYPE)
			n = rpmtdCount(&td);
		rpmtdFreeData(&td);
	}
	return n;
}

/* librpm joins folders and names by an index that it does not compare, and
 * takes both for lists. */
static bool paths_ok(struct pkg_rpmread *p)
{
	size_t n, folders = count_of(p, RPMTAG_DIRNAMES);
	const uint64_t *at = pkg_rpmread_numbers(p, RPMTAG_DIRINDEXES, &n);

	if (n != count_of(p, RPMTAG_BASENAMES))
		return false;
	for (size_t i = 0; i < n; i++)
		if (at[i] >= folders)
			return false;
	return true;
}

const char *const *pkg_rpmread_texts(struct pkg_rpmread *p, int tag, size_t *n)
{
	const char **list = NULL;
	struct rpmtd_s td;
	size_t count;
	const char *z;

	*n = 0;
	if (tag == RPMTAG_FILENAMES && !paths_ok(p))
		return NULL;
	if (!headerGet(p->header, (rpmTagVal)tag, &td, HEADERGET_EXT))
		return NULL;
	count = rpmtdCount(&td);
	if (count <= ARRAY_MAX) {
		list = sm_arena_alloc(&p->arena, count + 1, sizeof(*list));
		while (*n < count && (z = rpmtdNextString(&td)))
			list[(*n)++] = sm_arena_dup(&p->arena, sm_str(z));
	}
	rpmtdFreeData(&td);
	return list;
}

const uint64_t *pkg_rpmread_numbers(struct pkg_rpmread *p, int tag, size_t *n)
{
	uint64_t *list = NULL;
	struct rpmtd_s td;
	size_t count;

	*n = 0;
	if (!headerGet(p->header, (rpmTagVal)tag, &td, HEADERGET_EXT))
		return NULL;
	count = rpmtdCount(&td);
	if (count <= ARRAY_MAX && rpmtdClass(&td) == RPM_NUMERIC_CLASS) {
		list = sm_arena_alloc(&p->arena, count + 1, sizeof(*list));
		while (*n < count && rpmtdNext(&td) >= 0)
			list[(*n)++] = rpmtdGetNumber(&td);
	}
	rpmtdFreeData(&td);
	return list;
}

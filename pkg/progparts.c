/*
 * Programs as containers. Where things lie is what the readers in common/ say,
 * who read files: a private one.
 */
#include "common/def.h"
#include "pkg/progparts.h"

#include "common/appended.h"
#include "common/os/file.h"
#include "common/pe.h"

#define CHECKSUM_SIZE 4
#define SECURITY_SIZE 8

struct split {
	bool windows, archive;
	struct sm_pe pe;
	struct sm_appended a;
};

/* Returns 1 if there is something, 0 if not. */
static int look(struct split *s, int fd, struct sm_str data, struct sm_err *e)
{
	int r = sm_os_file_write_all(fd, data, e);

	if (r < 0)
		return r;
	if (s->windows && (r = sm_pe_read(&s->pe, fd, e)) < 0)
		return r;
	s->archive = sm_appended_find(fd, &s->a, e) == 0;
	return s->archive || (s->windows && s->pe.table);
}

bool pkg_progparts_may(struct sm_str data)
{
	return sm_pe_is_pe(data) || sm_str_starts(data, "\177ELF");
}

static int split(struct split *s, struct sm_str data)
{
	struct sm_err e = SM_ERR_INIT;
	int fd, r;

	memset(s, 0, sizeof(*s));
	if (!pkg_progparts_may(data))
		return 0;
	s->windows = sm_pe_is_pe(data);
	if ((fd = sm_os_file_temp(NULL, &e)) < 0)
		return fd;
	r = look(s, fd, data, &e);
	sm_os_file_close(fd);
	return r;
}

bool pkg_progparts_is(struct sm_str data)
{
	struct split s;

	return split(&s, data) > 0;
}

static int add(struct pkg_parts *p, const char *name, struct sm_str data,
	       struct sm_err *e)
{
	struct pkg_part *part;
	int r = pkg_parts_add(p, name, &part, e);

	return r < 0 ? r : pkg_parts_fill(p, part, data, e);
}

/* Up to the archive or the signature, whichever is first; without the zeros
 * before an archive, whose number depends on its size. */
static int add_program(struct pkg_parts *p, const struct split *s,
		       struct sm_str data, struct sm_err *e)
{
	struct sm_buf image = SM_BUF_INIT(PKG_PARTS_BYTES_MAX);
	size_t len = data.len;
	int r;

	if (s->windows && s->pe.table)
		len = (size_t)s->pe.table;
	if (s->archive)
		len = (size_t)s->a.offset;
	while (s->archive && len && !data.ptr[len - 1])
		len--;
	if (sm_buf_put_str(&image, sm_str_sub(data, 0, len)) < 0) {
		r = sm_err_set(e, SM_ELIMIT, "too much data");
		goto out;
	}
	if (s->windows && image.len >= s->pe.security_at + SECURITY_SIZE) {
		memset(image.ptr + s->pe.checksum_at, 0, CHECKSUM_SIZE);
		memset(image.ptr + s->pe.security_at, 0, SECURITY_SIZE);
	}
	r = add(p, "program", sm_buf_str(&image), e);
out:
	sm_buf_release(&image);
	return r;
}

int pkg_progparts_read(struct pkg_parts *p, struct sm_str data,
		       struct sm_err *e)
{
	struct split s;
	int r;

	if (split(&s, data) < 0)
		return sm_err_set(e, SM_EFORMAT, "program is damaged");
	r = add_program(p, &s, data, e);
	if (r == 0 && s.archive)
		r = add(p, "archive",
			sm_str_sub(data, (size_t)s.a.offset, (size_t)s.a.size),
			e);
	if (r == 0 && s.windows && s.pe.table)
		r = add(p, "signature",
			sm_str_sub(data, (size_t)s.pe.table, data.len), e);
	return r;
}

/*
 * The ar container of a deb, walked from header to header, the few fields of
 * the control paragraph that say what it is, and the signature that may stand
 * in it. Nothing here trusts the package: a signature does that (openpgp.h).
 */
#include "common/def.h"
#include "common/deb.h"

#include "common/archive.h"
#include "common/openpgp.h"
#include "common/os/file.h"

#define AR_MAGIC 8
#define AR_HEADER 60
#define MEMBERS_MAX 32
#define ORIGIN "_gpgorigin"
#define SIGNED_MEMBERS 4 /* the three and the signature */
#define CONTROL_MAX SM_BUF_SMALL

enum stage {
	WANT_BINARY,
	WANT_CONTROL,
	WANT_DATA,
	HAVE_ALL
};

struct walk {
	struct sm_deb *deb;
	int fd;
	uint64_t size; /* of the file */
	enum stage stage;
};

bool sm_deb_is_deb(struct sm_str head)
{
	return head.len >= AR_MAGIC &&
	       memcmp(head.ptr, "!<arch>\n", AR_MAGIC) == 0;
}

/* Name without padding and the slash of the GNU variant. */
static struct sm_str member_name(const char *header)
{
	struct sm_str name = sm_str_n(header, 16);

	while (name.len && name.ptr[name.len - 1] == ' ')
		name.len--;
	if (name.len > 1 && name.ptr[name.len - 1] == '/')
		name.len--;
	return name;
}

static int member_size(const char *header, uint64_t *size)
{
	struct sm_str text = sm_str_n(header + 48, 10);

	while (text.len && text.ptr[text.len - 1] == ' ')
		text.len--;
	return sm_str_u64(text, UINT64_MAX / 2, size);
}

static int check_binary(const struct walk *w, const struct sm_deb_range *at,
			struct sm_err *e)
{
	char text[4];
	int64_t n;

	n = sm_os_file_read_at(w->fd, text, sizeof(text), at->offset, e);
	if (n < 0)
		return (int)n;
	/* "2.0\n"; a later minor version only adds, deb(5) */
	if (at->size < 4 || n != 4 || memcmp(text, "2.", 2) != 0)
		return sm_err_set(e, SM_EFORMAT,
				  "not a deb of format version 2");
	return 0;
}

static int take_origin(struct walk *w, const struct sm_deb_range *at,
		       struct sm_err *e)
{
	if (w->deb->origin.size)
		return sm_err_set(e, SM_EFORMAT,
				  "deb has more than one " ORIGIN);
	w->deb->origin = *at;
	return 0;
}

static int take_member(struct walk *w, struct sm_str name,
		       const struct sm_deb_range *at, struct sm_err *e)
{
	switch (w->stage) {
	case WANT_BINARY:
		if (!sm_str_eqz(name, "debian-binary"))
			break;
		w->deb->binary = *at;
		w->stage = WANT_CONTROL;
		return check_binary(w, at, e);
	case WANT_CONTROL:
		if (sm_str_starts(name, "_"))
			return 0;
		if (!sm_str_starts(name, "control.tar"))
			break;
		w->deb->control = *at;
		w->stage = WANT_DATA;
		return 0;
	case WANT_DATA:
		if (sm_str_starts(name, "_"))
			return 0;
		if (!sm_str_starts(name, "data.tar"))
			break;
		w->deb->data = *at;
		w->stage = HAVE_ALL;
		return 0;
	default:
		if (sm_str_eqz(name, ORIGIN))
			return take_origin(w, at, e);
		return 0;
	}
	return sm_err_set(e, SM_EFORMAT, "deb has an unexpected member");
}

static int walk_members(struct walk *w, struct sm_err *e)
{
	uint64_t at = AR_MAGIC;
	struct sm_deb_range member;
	char header[AR_HEADER];
	unsigned n_members = 0;
	int64_t n;
	int r;

	while (at < w->size) {
		n = sm_os_file_read_at(w->fd, header, sizeof(header), at, e);
		if (n < 0)
			return (int)n;
		if (n != AR_HEADER || memcmp(header + 58, "`\n", 2) != 0 ||
		    member_size(header, &member.size) < 0)
			return sm_err_set(e, SM_EFORMAT,
					  "deb is damaged or cut off");
		if (++n_members > MEMBERS_MAX)
			return sm_err_set(e, SM_ELIMIT,
					  "deb has more than %d members",
					  MEMBERS_MAX);
		member.offset = at + AR_HEADER;
		if (member.size > w->size - member.offset)
			return sm_err_set(e, SM_EFORMAT, "deb is cut off");
		if ((r = take_member(w, member_name(header), &member, e)) < 0)
			return r;
		at = member.offset + member.size + (member.size & 1);
	}
	if (w->stage != HAVE_ALL)
		return sm_err_set(e, SM_EFORMAT, "deb is cut off");
	w->deb->n_members = n_members;
	return 0;
}

struct sm_str sm_deb_field(struct sm_str paragraph, const char *name)
{
	struct sm_str line, key;
	long colon;

	while (sm_str_split(&paragraph, '\n', &line)) {
		if (!line.len || line.ptr[0] == ' ' || line.ptr[0] == '\t')
			continue;
		colon = sm_str_chr(line, ':', 0);
		if (colon < 0)
			continue;
		key = sm_str_sub(line, 0, (size_t)colon);
		if (sm_str_eq_nocase(key, sm_str(name)))
			return sm_str_trim(
				sm_str_sub(line, (size_t)colon + 1, line.len));
	}
	return sm_str_n("", 0);
}

/* Fields are words: printable, no blanks, and they must be there. */
static int copy_field(struct sm_str paragraph, const char *name, char *out,
		      size_t size, struct sm_err *e)
{
	struct sm_str value = sm_deb_field(paragraph, name);
	size_t i;

	for (i = 0; i < value.len; i++)
		if (value.ptr[i] <= 0x20 || value.ptr[i] >= 0x7f)
			break;
	if (!value.len || value.len >= size || i < value.len)
		return sm_err_set(e, SM_EFORMAT,
				  "deb has a bad or no field '%s'", name);
	memcpy(out, value.ptr, value.len);
	out[value.len] = '\0';
	return 0;
}

int sm_deb_control(const struct sm_deb *d, int fd, struct sm_buf *out,
		   struct sm_err *e)
{
	struct sm_archive_range range = { d->control.offset, d->control.size };
	struct sm_archive *a = NULL;
	struct sm_archive_entry en;
	int r;

	if ((r = sm_archive_open_new(&a, fd, range, SM_ARCHIVE_TAR, NULL, e)) <
	    0)
		return r;
	while ((r = sm_archive_next(a, &en, e)) > 0)
		if (en.type == SM_FILE_REGULAR && !strcmp(en.name, "control"))
			break;
	if (r == 0)
		r = sm_err_set(e, SM_EFORMAT, "deb has no control file");
	if (r > 0)
		r = sm_archive_read(a, out, e);
	sm_archive_free(a);
	return r;
}

static int read_control(struct sm_deb *d, int fd, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(CONTROL_MAX);
	struct sm_str p;
	int r;

	if ((r = sm_deb_control(d, fd, &text, e)) < 0)
		goto out;
	p = sm_buf_str(&text);
	if ((r = copy_field(p, "Package", d->package, sizeof(d->package), e)) <
		    0 ||
	    (r = copy_field(p, "Version", d->version, sizeof(d->version), e)) <
		    0)
		goto out;
	r = copy_field(p, "Architecture", d->arch, sizeof(d->arch), e);
out:
	sm_buf_release(&text);
	return r;
}

int sm_deb_read(struct sm_deb *d, int fd, struct sm_err *e)
{
	struct walk w = { d, fd, 0, WANT_BINARY };
	struct sm_file_info st;
	char magic[AR_MAGIC];
	int64_t n;
	int r;

	memset(d, 0, sizeof(*d));
	if ((r = sm_os_file_fstat(fd, &st, e)) < 0)
		return r;
	w.size = st.size;
	if ((n = sm_os_file_read_at(fd, magic, sizeof(magic), 0, e)) < 0)
		return (int)n;
	if (!sm_deb_is_deb(sm_str_n(magic, (size_t)n)))
		return sm_err_set(e, SM_EFORMAT, "not a deb");
	if ((r = walk_members(&w, e)) < 0)
		return r;
	return read_control(d, fd, e);
}

static int read_origin(const struct sm_deb *d, int fd, struct sm_buf *sig,
		       struct sm_err *e)
{
	size_t size = (size_t)d->origin.size;
	int64_t n;

	if (d->origin.size == 0)
		return sm_err_set(e, SM_ENOTFOUND, "deb has no " ORIGIN);
	if (d->origin.size > SM_PGPPACKET_MAX)
		return sm_err_set(e, SM_EVERIFY, ORIGIN " is too large");
	if (d->n_members != SIGNED_MEMBERS || d->origin.offset < d->data.offset)
		return sm_err_set(e, SM_EVERIFY,
				  "deb has members that " ORIGIN
				  " does not cover");
	sm_buf_reserve(sig, size);
	n = sm_os_file_read_at(fd, sig->ptr, size, d->origin.offset, e);
	if (n < 0)
		return (int)n;
	if ((uint64_t)n != d->origin.size)
		return sm_err_set(e, SM_EVERIFY, "deb is cut off");
	sig->len = size;
	return 0;
}

int sm_deb_verify_origin(const struct sm_deb *d, int fd,
			 const struct sm_openpgp_ring *ring, int64_t now,
			 struct sm_openpgp_result *res, struct sm_err *e)
{
	const struct sm_openpgp_parts parts = {
		fd,
		3,
		{ { d->binary.offset, d->binary.size },
		  { d->control.offset, d->control.size },
		  { d->data.offset, d->data.size } }
	};
	struct sm_buf sig = SM_BUF_INIT(SM_PGPPACKET_MAX);
	int r;

	r = read_origin(d, fd, &sig, e);
	if (r == 0 &&
	    (r = sm_openpgp_verify_parts(ring, &parts, sm_buf_str(&sig), now,
					 res, e)) < 0)
		sm_err_wrap(e, r, ORIGIN);
	sm_buf_release(&sig);
	return r;
}

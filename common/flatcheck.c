/*
 * The cross-check of a macOS package: the payload is walked in its own order,
 * each entry is looked up in the Bom, and every entry of the Bom must have
 * been met once.
 */
#include "common/def.h"
#include "common/flatcheck.h"

#include <zlib.h>

#include "common/bom.h"
#include "common/odc.h"

#define CHUNK ((size_t)1 << 20)

struct check {
	struct sm_bom bom;
	const struct sm_bom_entry **sorted; /* by path */
	bool *met;
	size_t n_entries; /* of the payload */
	uint64_t bytes;
	struct sm_err *e;
};

/* --- the parts ------------------------------------------------------------- */

/* One gzip stream from its header to its end, nothing behind it. */
static int gunzip(struct sm_str in, struct sm_buf *out, struct sm_err *e)
{
	z_stream z;
	int r = Z_OK;

	memset(&z, 0, sizeof(z));
	if (inflateInit2(&z, 15 + 16) != Z_OK) /* 16: gzip only */
		sm_mem_exhausted();
	z.next_in = (Bytef *)(uintptr_t)in.ptr; /* zlib does not write there */
	z.avail_in = (uInt)in.len;              /* a package is below 256 MiB */
	while (r == Z_OK) {
		if (out->len + CHUNK > out->max) {
			inflateEnd(&z);
			return sm_err_set(e, SM_ELIMIT, "Payload is too large");
		}
		(void)sm_buf_reserve(out, CHUNK); /* fits, as just seen */
		z.next_out = (Bytef *)out->ptr + out->len;
		z.avail_out = (uInt)CHUNK;
		r = inflate(&z, Z_NO_FLUSH);
		sm_buf_added(out, CHUNK - z.avail_out);
	}
	inflateEnd(&z);
	if (r != Z_STREAM_END || z.avail_in)
		return sm_err_set(e, SM_EFORMAT,
				  "Payload is not a whole gzip stream");
	return 0;
}

/* The one part of this name, at the top or in the component's folder. */
static const struct sm_xar_file *part(const struct sm_xar *x, const char *name)
{
	const struct sm_xar_file *found = NULL;
	struct sm_str path;
	size_t i;

	for (i = 0; i < x->n_files; i++) {
		path = sm_str(x->file[i].path);
		path = sm_str_sub(path, (size_t)(sm_str_rchr(path, '/') + 1),
				  path.len);
		if (!x->file[i].has_data || !sm_str_eqz(path, name))
			continue;
		if (found)
			return NULL;
		found = &x->file[i];
	}
	return found;
}

static int read_part(const struct sm_xar *x, const char *name, int fd,
		     struct sm_buf *out, struct sm_err *e)
{
	const struct sm_xar_file *f = part(x, name);

	if (!f)
		return sm_err_set(e, SM_EFORMAT, "package has not one %s",
				  name);
	return sm_xar_extract(x, f, fd, out, e);
}

static int check_all_sums(const struct sm_xar *x, int fd, struct sm_err *e)
{
	struct sm_buf bytes = SM_BUF_INIT(SM_FLATCHECK_PAYLOAD_MAX);
	size_t i;
	int r = 0;

	for (i = 0; i < x->n_files && r == 0; i++) {
		sm_buf_clear(&bytes);
		if (x->file[i].has_data)
			r = sm_xar_extract(x, &x->file[i], fd, &bytes, e);
	}
	sm_buf_release(&bytes);
	return r;
}

/* --- the comparison -------------------------------------------------------- */

static int by_path(const void *a, const void *b)
{
	const struct sm_bom_entry *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

static int sort_bom(struct check *c)
{
	size_t i;

	c->sorted = sm_mem_zalloc(c->bom.n + 1, sizeof(*c->sorted));
	c->met = sm_mem_zalloc(c->bom.n + 1, sizeof(*c->met));
	for (i = 0; i < c->bom.n; i++)
		c->sorted[i] = &c->bom.entry[i];
	qsort(c->sorted, c->bom.n, sizeof(*c->sorted), by_path);
	for (i = 1; i < c->bom.n; i++)
		if (!by_path(&c->sorted[i - 1], &c->sorted[i]))
			return sm_err_set(c->e, SM_EVERIFY,
					  "Bom has '%s' twice",
					  c->sorted[i]->path);
	return 0;
}

/* The index in `sorted`, or SIZE_MAX. */
static size_t look_up(const struct check *c, struct sm_str path)
{
	size_t low = 0, high = c->bom.n, mid;
	int order;

	while (low < high) {
		mid = low + (high - low) / 2;
		order = sm_str_cmp(path, sm_str(c->sorted[mid]->path));
		if (!order)
			return mid;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return SIZE_MAX;
}

static const char *difference(const struct sm_odc_entry *f,
			      const struct sm_bom_entry *b)
{
	if (f->mode != b->mode)
		return "mode";
	if (f->uid != b->uid || f->gid != b->gid)
		return "owner";
	if (f->mtime_sec != b->mtime_sec)
		return "time";
	if (b->type == SM_BOM_DIR)
		return NULL;
	if (f->data.len != b->size)
		return "size";
	if (sm_bom_cksum(f->data) != b->cksum)
		return "checksum";
	if (b->type == SM_BOM_LINK && !sm_str_eqz(f->data, b->link))
		return "link";
	return NULL;
}

static int check_entry(struct check *c, const struct sm_odc_entry *f)
{
	size_t at = look_up(c, f->name);
	const char *what;

	if (at == SIZE_MAX)
		return sm_err_set(c->e, SM_EVERIFY, "'%.*s' is not in the Bom",
				  SM_STR_ARG(f->name));
	if (c->met[at])
		return sm_err_set(c->e, SM_EVERIFY,
				  "'%.*s' is twice in the Payload",
				  SM_STR_ARG(f->name));
	c->met[at] = true;
	what = difference(f, c->sorted[at]);
	if (what)
		return sm_err_set(c->e, SM_EVERIFY,
				  "'%.*s': Payload and Bom differ in %s",
				  SM_STR_ARG(f->name), what);
	c->n_entries++;
	c->bytes += f->data.len;
	return 0;
}

static int check_payload(struct check *c, struct sm_str cpio)
{
	struct sm_odc_entry f;
	size_t i;
	int r;

	while ((r = sm_odc_next(&cpio, &f, c->e)) > 0)
		if ((r = check_entry(c, &f)) < 0)
			break;
	for (i = 0; i < c->bom.n && r == 0; i++)
		if (!c->met[i])
			r = sm_err_set(c->e, SM_EVERIFY,
				       "'%s' is not in the Payload",
				       c->sorted[i]->path);
	return r;
}

static int check_info(const struct check *c, const struct sm_flatpkg *p)
{
	if (p->n_files != c->n_entries)
		return sm_err_set(c->e, SM_EVERIFY,
				  "PackageInfo counts %llu files, Payload "
				  "has %zu",
				  (unsigned long long)p->n_files, c->n_entries);
	if (p->kib != (c->bytes + 1023) / 1024)
		return sm_err_set(c->e, SM_EVERIFY,
				  "PackageInfo says %llu KiB, Payload has %llu",
				  (unsigned long long)p->kib,
				  (unsigned long long)(c->bytes + 1023) / 1024);
	return 0;
}

int sm_flatcheck_run(const struct sm_flatpkg *p, int fd, struct sm_err *e)
{
	struct sm_buf bom = SM_BUF_INIT(SM_BOM_MAX);
	struct sm_buf packed = SM_BUF_INIT(SM_FLATCHECK_PAYLOAD_MAX);
	struct sm_buf cpio = SM_BUF_INIT(SM_FLATCHECK_PAYLOAD_MAX);
	struct check c;
	int r;

	memset(&c, 0, sizeof(c));
	c.e = e;
	if ((r = check_all_sums(&p->xar, fd, e)) < 0 ||
	    (r = read_part(&p->xar, "Bom", fd, &bom, e)) < 0 ||
	    (r = read_part(&p->xar, "Payload", fd, &packed, e)) < 0 ||
	    (r = gunzip(sm_buf_str(&packed), &cpio, e)) < 0 ||
	    (r = sm_bom_read(&c.bom, sm_buf_str(&bom), e)) < 0)
		goto out;
	if ((r = sort_bom(&c)) == 0 &&
	    (r = check_payload(&c, sm_buf_str(&cpio))) == 0)
		r = check_info(&c, p);
out:
	sm_bom_release(&c.bom);
	sm_mem_free(c.sorted);
	sm_mem_free(c.met);
	sm_buf_release(&bom);
	sm_buf_release(&packed);
	sm_buf_release(&cpio);
	return r;
}

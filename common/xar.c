/*
 * Reading xar: the table of contents is XML (expat), compressed with zlib;
 * everything else is offsets into the heap. An offset is checked against the
 * file before anything is read there, and no two regions may overlap, so
 * that nothing can be read in two ways.
 *
 * The XML walk keeps the path of open elements as a stack of known names;
 * text is taken only in elements that we know.
 */
#include "common/def.h"
#include "common/xar.h"

#include <expat.h>
#include <zlib.h>

#include "common/hex.h"
#include "common/os/file.h"
#include "common/path.h"

#define HEADER 28
#define HEADER_MAX 64 /* with a name of the algorithm, PACKAGING.md 4.1 */
#define DEPTH_MAX 64
#define TEXT_MAX 16384 /* a certificate in base64 */

/* Elements that matter; the rest is ELSE. */
enum element {
	ELSE,
	TOC,
	CHECKSUM,
	OFFSET,
	SIZE,
	LENGTH,
	SIGNATURE,
	X_SIGNATURE,
	CERTIFICATE,
	FILE_,
	NAME,
	TYPE,
	DATA,
	ENCODING,
	ARCHIVED,
	EXTRACTED
};

static const char *const names[] = { "",
				     "toc",
				     "checksum",
				     "offset",
				     "size",
				     "length",
				     "signature",
				     "x-signature",
				     "X509Certificate",
				     "file",
				     "name",
				     "type",
				     "data",
				     "encoding",
				     "archived-checksum",
				     "extracted-checksum" };

struct region {
	uint64_t offset, size; /* in the heap */
};

/* A file under construction; files nest. */
struct open_file {
	struct sm_xar_file f;
	const char *name;
	struct region data;
};

struct walk {
	struct sm_xar *x;
	XML_Parser parser;
	enum element stack[DEPTH_MAX + 1]; /* the first is ELSE, for all */
	size_t depth;
	struct open_file open[DEPTH_MAX];
	size_t n_open;
	struct region checksum, rsa, cms;
	bool has_checksum, has_rsa, has_cms;
	struct sm_str cms_cert[SM_XAR_CERTS_MAX]; /* of <x-signature> */
	size_t n_cms_certs;
	enum sm_digest_alg style; /* of <checksum> */
	struct sm_buf text;
	struct sm_err *e;
	int code; /* first failure */
};

static uint64_t be(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

bool sm_xar_is_xar(struct sm_str head)
{
	return sm_str_starts(head, "xar!");
}

/* --- the table of contents ------------------------------------------------- */

static void fail(struct walk *w, int code, const char *what)
{
	if (w->code)
		return;
	w->code = sm_err_set(w->e, code, "xar table of contents: %s", what);
	XML_StopParser(w->parser, XML_FALSE);
}

static enum element known(const char *name)
{
	size_t i;

	for (i = 1; i < SM_ARRAY_LEN(names); i++)
		if (!strcmp(name, names[i]))
			return (enum element)i;
	return ELSE;
}

static const char *attribute(const char **atts, const char *name)
{
	for (; atts[0]; atts += 2)
		if (!strcmp(atts[0], name))
			return atts[1];
	return "";
}

static int style_alg(const char *style, enum sm_digest_alg *alg)
{
	struct sm_str s = sm_str(style);

	if (sm_str_eq_nocase(s, sm_str("sha1")))
		*alg = SM_DIGEST_SHA1;
	else if (sm_str_eq_nocase(s, sm_str("sha256")))
		*alg = SM_DIGEST_SHA256;
	else if (sm_str_eq_nocase(s, sm_str("sha512")))
		*alg = SM_DIGEST_SHA512;
	else
		return SM_ENOTSUP;
	return 0;
}

static enum element parent(const struct walk *w)
{
	return w->depth > 1 ? w->stack[w->depth - 2] : ELSE;
}

static void open_file(struct walk *w)
{
	if (w->n_open == DEPTH_MAX ||
	    w->x->n_files + w->n_open >= SM_XAR_FILES_MAX) {
		fail(w, SM_ELIMIT, "too many files");
		return;
	}
	memset(&w->open[w->n_open], 0, sizeof(w->open[0]));
	w->n_open++;
}

static void open_data(struct walk *w, enum element el, const char **atts)
{
	struct open_file *o = &w->open[w->n_open - 1];
	const char *style = attribute(atts, "style");

	if (el == DATA) {
		if (o->f.has_data)
			fail(w, SM_EFORMAT, "a file has two contents");
		o->f.has_data = true;
	} else if (parent(w) != DATA) {
		return;
	} else if (el == ENCODING) {
		/* "x-gzip" really means a zlib stream, PACKAGING.md 4.1 */
		if (!strcmp(style, "application/x-gzip"))
			o->f.coding = SM_XAR_ZLIB;
		else if (strcmp(style, "application/octet-stream") != 0)
			fail(w, SM_ENOTSUP, "unknown encoding");
	} else if (el == ARCHIVED) {
		if (style_alg(style, &o->f.archived.alg) < 0)
			fail(w, SM_ENOTSUP, "unknown checksum");
	} else if (el == EXTRACTED) {
		if (style_alg(style, &o->f.extracted.alg) < 0)
			fail(w, SM_ENOTSUP, "unknown checksum");
	}
}

/* Checksum and signatures; one of each. */
static void open_region(struct walk *w, enum element el, const char **atts)
{
	const char *style = attribute(atts, "style");
	bool *seen;

	if (el == CHECKSUM)
		seen = &w->has_checksum;
	else if (el == SIGNATURE)
		seen = &w->has_rsa;
	else if (el == X_SIGNATURE)
		seen = &w->has_cms;
	else
		return;
	if (*seen)
		fail(w, SM_EFORMAT, "two checksums or signatures");
	else if (el == CHECKSUM && style_alg(style, &w->style) < 0)
		fail(w, SM_ENOTSUP, "unknown checksum");
	else if ((el == SIGNATURE && strcmp(style, "RSA") != 0) ||
		 (el == X_SIGNATURE && strcmp(style, "CMS") != 0))
		fail(w, SM_ENOTSUP, "unknown signature");
	*seen = true;
}

static void XMLCALL on_start(void *user, const char *name, const char **atts)
{
	struct walk *w = user;
	enum element el = known(name);

	if (w->code)
		return;
	if (w->depth == DEPTH_MAX + 1) {
		fail(w, SM_ELIMIT, "nested too deep");
		return;
	}
	/* only where they belong: an extended attribute has a <data> too */
	if ((el == DATA && w->stack[w->depth - 1] != FILE_) ||
	    (el == FILE_ && w->stack[w->depth - 1] != FILE_ &&
	     w->stack[w->depth - 1] != TOC))
		el = ELSE;
	w->stack[w->depth++] = el;
	sm_buf_clear(&w->text);
	if (el == FILE_) {
		open_file(w);
	} else if (w->n_open) {
		open_data(w, el, atts);
	} else if (parent(w) == TOC) {
		open_region(w, el, atts);
	}
}

static void XMLCALL on_text(void *user, const char *p, int len)
{
	struct walk *w = user;

	if (w->code || w->stack[w->depth - 1] == ELSE)
		return;
	if (sm_buf_put(&w->text, p, (size_t)len) < 0)
		fail(w, SM_ELIMIT, "a text is too long");
}

static void take_number(struct walk *w, uint64_t *out)
{
	if (sm_str_u64(sm_str_trim(sm_buf_str(&w->text)), UINT64_MAX / 4, out) <
	    0)
		fail(w, SM_EFORMAT, "a number is malformed");
}

/* <offset> and <size> of checksum and signatures. */
static void end_region(struct walk *w, enum element el)
{
	struct region *r;

	if (parent(w) == CHECKSUM)
		r = &w->checksum;
	else if (parent(w) == SIGNATURE)
		r = &w->rsa;
	else if (parent(w) == X_SIGNATURE)
		r = &w->cms;
	else
		return;
	take_number(w, el == OFFSET ? &r->offset : &r->size);
}

static void end_certificate(struct walk *w)
{
	struct sm_buf der = SM_BUF_INIT(TEXT_MAX);
	struct sm_str *list = w->x->cert;
	size_t *n = &w->x->n_certs;
	size_t i;

	for (i = 0; i < w->depth; i++)
		if (w->stack[i] == X_SIGNATURE) {
			list = w->cms_cert;
			n = &w->n_cms_certs;
		}
	if (*n == SM_XAR_CERTS_MAX)
		fail(w, SM_ELIMIT, "too many certificates");
	else if (sm_base64_get(&der, sm_buf_str(&w->text)) < 0 || !der.len)
		fail(w, SM_EFORMAT, "a certificate is not base64");
	else
		list[(*n)++] = sm_arena_str(&w->x->arena, sm_buf_str(&der));
	sm_buf_release(&der);
}

static void take_sum(struct walk *w, struct sm_xar_sum *sum)
{
	struct sm_str hex = sm_str_trim(sm_buf_str(&w->text));

	if (hex.len != 2 * sm_digest_size(sum->alg))
		fail(w, SM_EFORMAT, "a checksum is malformed");
	else
		sum->hex = sm_arena_dup(&w->x->arena, hex);
}

static void end_data(struct walk *w, enum element el)
{
	struct open_file *o = &w->open[w->n_open - 1];

	if (el == OFFSET)
		take_number(w, &o->data.offset);
	else if (el == LENGTH)
		take_number(w, &o->data.size);
	else if (el == SIZE)
		take_number(w, &o->f.size);
	else if (el == ARCHIVED)
		take_sum(w, &o->f.archived);
	else if (el == EXTRACTED)
		take_sum(w, &o->f.extracted);
}

static void end_attribute(struct walk *w, enum element el)
{
	struct open_file *o = &w->open[w->n_open - 1];
	struct sm_str text = sm_str_trim(sm_buf_str(&w->text));

	if (parent(w) == DATA)
		end_data(w, el);
	else if (parent(w) != FILE_)
		return;
	else if (el == NAME) /* Apple repeats it; readers take the last */
		o->name = sm_arena_dup(&w->x->arena, text);
	else if (el == TYPE)
		o->f.dir = sm_str_eqz(text, "directory");
}

/* The path from the names of all open files. */
static void end_file(struct walk *w)
{
	struct sm_xar *x = w->x;
	struct open_file *o = &w->open[w->n_open - 1];
	struct sm_buf path = SM_BUF_INIT(4096);
	size_t i;

	for (i = 0; i < w->n_open; i++)
		sm_buf_printf(&path, "%s%s", i ? "/" : "",
			      w->open[i].name ? w->open[i].name : "");
	if (path.err || !sm_path_is_safe(sm_buf_str(&path))) {
		fail(w, SM_EVERIFY, "a file has an unsafe name");
	} else {
		o->f.path = sm_arena_dup(&x->arena, sm_buf_str(&path));
		o->f.offset = o->data.offset;
		o->f.length = o->data.size;
		x->file[x->n_files++] = o->f;
	}
	sm_buf_release(&path);
	w->n_open--;
}

static void XMLCALL on_end(void *user, const char *name)
{
	struct walk *w = user;
	enum element el;

	SM_UNUSED(name);
	if (w->code)
		return;
	el = w->stack[w->depth - 1];
	if (el == FILE_)
		end_file(w);
	else if (w->n_open)
		end_attribute(w, el);
	else if (el == OFFSET || el == SIZE)
		end_region(w, el);
	else if (el == CERTIFICATE)
		end_certificate(w);
	w->depth--;
	sm_buf_clear(&w->text);
}

/* Entities could grow without end; a table of contents has none. */
static void XMLCALL on_doctype(void *user, const char *name, const char *sysid,
			       const char *pubid, int internal)
{
	SM_UNUSED(name);
	SM_UNUSED(sysid);
	SM_UNUSED(pubid);
	SM_UNUSED(internal);
	fail(user, SM_EFORMAT, "has a document type");
}

static int parse_toc(struct walk *w, struct sm_str xml)
{
	int r = 0;

	w->parser = XML_ParserCreate("UTF-8");
	if (!w->parser)
		sm_mem_exhausted();
	XML_SetUserData(w->parser, w);
	XML_SetElementHandler(w->parser, on_start, on_end);
	XML_SetCharacterDataHandler(w->parser, on_text);
	XML_SetStartDoctypeDeclHandler(w->parser, on_doctype);
	if (XML_Parse(w->parser, xml.ptr, (int)xml.len, 1) != XML_STATUS_OK &&
	    !w->code)
		r = sm_err_set(
			w->e, SM_EFORMAT,
			"xar table of contents is not XML (line %lu)",
			(unsigned long)XML_GetCurrentLineNumber(w->parser));
	XML_ParserFree(w->parser);
	return w->code ? w->code : r;
}

/* --- the container --------------------------------------------------------- */

struct head {
	uint64_t size, toc_length, toc_size;
	uint32_t alg;
	char name[HEADER_MAX - HEADER + 1]; /* "" in the short header */
};

static int read_exact(int fd, void *p, size_t len, uint64_t at,
		      struct sm_err *e)
{
	int64_t n = sm_os_file_read_at(fd, p, len, at, e);

	if (n < 0)
		return (int)n;
	if ((size_t)n != len)
		return sm_err_set(e, SM_EFORMAT, "xar is cut off");
	return 0;
}

static int read_head(struct head *h, int fd, struct sm_err *e)
{
	uint8_t raw[HEADER];
	int r;

	if ((r = read_exact(fd, raw, sizeof(raw), 0, e)) < 0)
		return r;
	h->size = be(raw + 4, 2);
	h->toc_length = be(raw + 8, 8);
	h->toc_size = be(raw + 16, 8);
	h->alg = (uint32_t)be(raw + 24, 4);
	if (!sm_xar_is_xar(sm_str_n(raw, 4)) || be(raw + 6, 2) != 1 ||
	    h->size < HEADER || h->size > HEADER_MAX)
		return sm_err_set(e, SM_EFORMAT, "not a xar of version 1");
	memset(h->name, 0, sizeof(h->name));
	if ((r = read_exact(fd, h->name, (size_t)h->size - HEADER, HEADER, e)) <
	    0)
		return r;
	if (!h->toc_length || h->toc_length > SM_XAR_TOC_MAX || !h->toc_size ||
	    h->toc_size > SM_XAR_TOC_MAX)
		return sm_err_set(e, SM_ELIMIT,
				  "xar table of contents is empty or too "
				  "large");
	return 0;
}

/* Inflate to exactly `size` bytes. */
static int inflate_all(struct sm_str in, uint64_t size, struct sm_buf *out,
		       struct sm_err *e)
{
	uLongf len = (uLongf)size;
	uLong used = (uLong)in.len;

	if (sm_buf_reserve(out, (size_t)size) < 0)
		return sm_err_set(e, SM_ELIMIT, "contents are too large");
	if (uncompress2((Bytef *)out->ptr + out->len, &len,
			(const Bytef *)in.ptr, &used) != Z_OK ||
	    len != size || used != in.len)
		return sm_err_set(e, SM_EFORMAT,
				  "xar contents are not a whole zlib stream");
	sm_buf_added(out, (size_t)size);
	return 0;
}

/* The algorithm of the header must be the table's own (no downgrade). */
static int check_alg(const struct head *h, const struct walk *w,
		     struct sm_err *e)
{
	static const enum sm_digest_alg algs[] = { [1] = SM_DIGEST_SHA1,
						   [3] = SM_DIGEST_SHA256,
						   [4] = SM_DIGEST_SHA512 };
	bool other;

	if (h->alg == 0 && !w->has_checksum) {
		if (w->rsa.size || w->cms.size)
			return sm_err_set(e, SM_EVERIFY,
					  "xar is signed but has no digest");
		return 0;
	}
	if (!w->has_checksum)
		return sm_err_set(e, SM_EFORMAT, "xar has no checksum");
	/* 3 with the long header names its algorithm, PACKAGING.md 4.1 */
	if (h->alg == 3 && h->name[0])
		other = strcmp(h->name, sm_digest_name(w->style)) != 0;
	else
		other = (h->alg != 1 && h->alg != 3 && h->alg != 4) ||
			algs[h->alg] != w->style;
	if (other)
		return sm_err_set(e, SM_EVERIFY,
				  "xar header and table of contents name "
				  "different digests");
	if (w->checksum.size != sm_digest_size(w->style))
		return sm_err_set(e, SM_EFORMAT, "xar checksum is malformed");
	w->x->alg = w->style;
	w->x->has_digest = true;
	return 0;
}

static int check_digest(struct walk *w, struct sm_str toc, int fd,
			struct sm_err *e)
{
	struct sm_xar *x = w->x;
	uint8_t stored[SM_DIGEST_MAX];
	int r;

	if (!x->has_digest)
		return 0;
	if ((r = sm_digest_bytes(x->alg, toc, x->digest, e)) < 0 ||
	    (r = read_exact(fd, stored, sm_digest_size(x->alg),
			    x->heap + w->checksum.offset, e)) < 0)
		return r;
	if (memcmp(stored, x->digest, sm_digest_size(x->alg)) != 0)
		return sm_err_set(e, SM_EVERIFY,
				  "xar table of contents does not match its "
				  "digest");
	return 0;
}

/* Both signatures name the same certificates; one list is kept. */
static int check_certificates(struct walk *w, struct sm_err *e)
{
	struct sm_xar *x = w->x;
	size_t i;

	if (!x->n_certs) {
		memcpy(x->cert, w->cms_cert, sizeof(x->cert));
		x->n_certs = w->n_cms_certs;
		return 0;
	}
	if (!w->n_cms_certs)
		return 0;
	for (i = 0; i < x->n_certs && x->n_certs == w->n_cms_certs; i++)
		if (!sm_str_eq(x->cert[i], w->cms_cert[i]))
			break;
	if (i != x->n_certs || x->n_certs != w->n_cms_certs)
		return sm_err_set(e, SM_EVERIFY,
				  "xar signatures name different "
				  "certificates");
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Which of two files of one name is meant, readers would not agree. */
static int check_names(const struct sm_xar *x, struct sm_err *e)
{
	const char **path = sm_mem_zalloc(x->n_files + 1, sizeof(*path));
	size_t i;
	int r = 0;

	for (i = 0; i < x->n_files; i++)
		path[i] = x->file[i].path;
	qsort(path, x->n_files, sizeof(*path), by_path);
	for (i = 1; i < x->n_files && r == 0; i++)
		if (!strcmp(path[i - 1], path[i]))
			r = sm_err_set(e, SM_EVERIFY, "xar has '%s' twice",
				       path[i]);
	sm_mem_free(path);
	return r;
}

static int by_offset(const void *a, const void *b)
{
	const struct region *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/*
 * Only a stapled ticket may follow the heap: it ends in a record "t8lr"
 * whose length leads back to one of type 1 at the heap's end.
 */
static int check_trailer(struct sm_xar *x, uint64_t size, int fd,
			 struct sm_err *e)
{
	const uint64_t n = SM_XAR_RECORD;
	uint8_t first[SM_XAR_RECORD], last[SM_XAR_RECORD];
	int r;

	if (x->end == size)
		return 0;
	if (size - x->end < 2 * n)
		return sm_err_set(e, SM_EFORMAT, "xar has bytes behind it");
	if ((r = read_exact(fd, first, n, x->end, e)) < 0 ||
	    (r = read_exact(fd, last, n, size - n, e)) < 0)
		return r;
	x->ticket = (uint64_t)last[8] | (uint64_t)last[9] << 8 |
		    (uint64_t)last[10] << 16 | (uint64_t)last[11] << 24;
	if (memcmp(first, "t8lr\1\0\1\0\0\0\0", 12) != 0 ||
	    memcmp(last, "t8lr\1\0\2\0", 8) != 0 ||
	    x->ticket != size - x->end - 2 * n)
		return sm_err_set(e, SM_EFORMAT, "xar has bytes behind it");
	return 0;
}

/* Every region inside the file, none over another; then what is behind. */
static int check_regions(struct walk *w, int fd, struct sm_err *e)
{
	struct sm_xar *x = w->x;
	struct region *r;
	struct sm_file_info st;
	uint64_t end = 0, heap;
	size_t n = 0, i;
	int ret;

	if ((ret = sm_os_file_fstat(fd, &st, e)) < 0)
		return ret;
	if (st.size < x->heap)
		return sm_err_set(e, SM_EFORMAT, "xar is cut off");
	heap = st.size - x->heap;
	r = sm_mem_alloc((x->n_files + 3) * sizeof(*r));
	r[n++] = w->checksum;
	r[n++] = w->rsa;
	r[n++] = w->cms;
	for (i = 0; i < x->n_files; i++) {
		r[n].offset = x->file[i].offset;
		r[n++].size = x->file[i].length;
	}
	qsort(r, n, sizeof(*r), by_offset);
	for (i = 0; i < n && ret == 0; i++) {
		if (!r[i].size)
			continue;
		if (r[i].offset > heap || r[i].size > heap - r[i].offset)
			ret = sm_err_set(e, SM_EFORMAT, "xar is cut off");
		else if (r[i].offset < end)
			ret = sm_err_set(e, SM_EFORMAT, "xar contents overlap");
		else
			end = r[i].offset + r[i].size;
	}
	sm_mem_free(r);
	x->end = x->heap + end;
	return ret < 0 ? ret : check_trailer(x, st.size, fd, e);
}

/* Offsets of the file instead of the heap, for the callers. */
static void make_absolute(struct walk *w)
{
	struct sm_xar *x = w->x;
	size_t i;

	for (i = 0; i < x->n_files; i++)
		x->file[i].offset += x->heap;
	if (w->rsa.size) {
		x->rsa.offset = x->heap + w->rsa.offset;
		x->rsa.size = w->rsa.size;
	}
	if (w->cms.size) {
		x->cms.offset = x->heap + w->cms.offset;
		x->cms.size = w->cms.size;
	}
}

void sm_xar_release(struct sm_xar *x)
{
	sm_mem_free(x->file);
	sm_arena_release(&x->arena);
	memset(x, 0, sizeof(*x));
}

static int read_toc(struct walk *w, const struct head *h, int fd,
		    struct sm_err *e)
{
	struct sm_buf xml = SM_BUF_INIT((size_t)SM_XAR_TOC_MAX + 1);
	uint8_t *toc = sm_mem_alloc((size_t)h->toc_length);
	struct sm_str packed = sm_str_n(toc, (size_t)h->toc_length);
	int r;

	if ((r = read_exact(fd, toc, packed.len, h->size, e)) < 0 ||
	    (r = inflate_all(packed, h->toc_size, &xml, e)) < 0 ||
	    (r = parse_toc(w, sm_buf_str(&xml))) < 0 ||
	    (r = check_alg(h, w, e)) < 0 ||
	    (r = check_certificates(w, e)) < 0 ||
	    (r = check_names(w->x, e)) < 0 || (r = check_regions(w, fd, e)) < 0)
		goto out;
	r = check_digest(w, packed, fd, e);
out:
	sm_mem_free(toc);
	sm_buf_release(&xml);
	return r;
}

int sm_xar_read(struct sm_xar *x, int fd, struct sm_err *e)
{
	struct walk *w = sm_mem_zalloc(1, sizeof(*w));
	struct head h;
	int r;

	memset(x, 0, sizeof(*x));
	x->file = sm_mem_zalloc(SM_XAR_FILES_MAX, sizeof(*x->file));
	w->x = x;
	w->e = e;
	w->depth = 1;
	sm_buf_init(&w->text, TEXT_MAX);
	if ((r = read_head(&h, fd, e)) < 0)
		goto out;
	x->heap = h.size + h.toc_length;
	if ((r = read_toc(w, &h, fd, e)) == 0)
		make_absolute(w);
out:
	sm_buf_release(&w->text);
	sm_mem_free(w);
	if (r < 0)
		sm_xar_release(x);
	return r;
}

const struct sm_xar_file *sm_xar_find(const struct sm_xar *x, const char *path)
{
	size_t i;

	for (i = 0; i < x->n_files; i++)
		if (!strcmp(x->file[i].path, path))
			return &x->file[i];
	return NULL;
}

int sm_xar_check(const struct sm_xar_file *f, int fd, struct sm_err *e)
{
	uint8_t digest[SM_DIGEST_MAX];
	int r;

	if (!f->archived.hex)
		return sm_err_set(e, SM_EVERIFY, "'%s' has no checksum",
				  f->path);
	if ((r = sm_digest_fd(f->archived.alg, fd, f->offset, f->length, digest,
			      NULL, e)) < 0)
		return r;
	if (!sm_digest_hex_eq(digest, sm_digest_size(f->archived.alg),
			      sm_str(f->archived.hex)))
		return sm_err_set(e, SM_EVERIFY,
				  "'%s' does not match its checksum", f->path);
	return 0;
}

static int check_extracted(const struct sm_xar_file *f, struct sm_str bytes,
			   struct sm_err *e)
{
	uint8_t digest[SM_DIGEST_MAX];
	int r;

	if (!f->extracted.hex)
		return 0;
	if ((r = sm_digest_bytes(f->extracted.alg, bytes, digest, e)) < 0)
		return r;
	if (!sm_digest_hex_eq(digest, sm_digest_size(f->extracted.alg),
			      sm_str(f->extracted.hex)))
		return sm_err_set(e, SM_EVERIFY,
				  "'%s' does not match its checksum", f->path);
	return 0;
}

int sm_xar_extract(const struct sm_xar *x, const struct sm_xar_file *f, int fd,
		   struct sm_buf *out, struct sm_err *e)
{
	struct sm_buf packed = SM_BUF_INIT(out->max);
	size_t from = out->len;
	int r;

	SM_UNUSED(x);
	if (f->length > out->max - out->len || f->size > out->max - out->len)
		return sm_err_set(e, SM_ELIMIT, "'%s' is too large", f->path);
	if ((r = sm_xar_check(f, fd, e)) < 0)
		return r;
	(void)sm_buf_reserve(&packed,
			     (size_t)f->length + 1); /* bounded above */
	if ((r = read_exact(fd, packed.ptr, (size_t)f->length, f->offset, e)) <
	    0)
		goto out;
	sm_buf_added(&packed, (size_t)f->length);
	if (f->coding == SM_XAR_ZLIB)
		r = inflate_all(sm_buf_str(&packed), f->size, out, e);
	else if (f->size != f->length)
		r = sm_err_set(e, SM_EFORMAT, "'%s' has a wrong size", f->path);
	else
		(void)sm_buf_put_str(out, sm_buf_str(&packed)); /* fits */
	if (r == 0)
		r = check_extracted(
			f, sm_str_sub(sm_buf_str(out), from, out->len), e);
out:
	sm_buf_release(&packed);
	return r;
}

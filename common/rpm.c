/*
 * The front of an rpm. Each index entry is bounded by the store before it is
 * looked at; only strings and numbers that we need are taken out. Signatures
 * inside the header are not judged here.
 */
#include "common/def.h"
#include "common/rpm.h"

#include "common/digest.h"
#include "common/mem.h"
#include "common/os/file.h"

#define LEAD 96
#define INTRO 16 /* magic, reserved, two counts */
#define ENTRY 16

/* Tags and types, PACKAGING.md 3.1. */
enum tag {
	SIG_SHA256 = 273,
	SIG_SIZE = 1000,
	TAG_NAME = 1000,
	TAG_VERSION = 1001,
	TAG_RELEASE = 1002,
	TAG_ARCH = 1022,
	TAG_PAYLOAD_FORMAT = 1124,
	TAG_PAYLOAD_DIGEST = 5092,
	TAG_PAYLOAD_DIGEST_ALG = 5093
};

enum type {
	TYPE_INT32 = 4,
	TYPE_STRING = 6,
	TYPE_STRING_ARRAY = 8
};

#define ALG_SHA256 8 /* RFC 9580 9.5, which rpm borrows */

struct header {
	uint8_t *bytes; /* intro, index, store */
	size_t len;
	uint32_t n;
	const uint8_t *store;
	size_t store_len;
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

bool sm_rpm_is_rpm(struct sm_str head)
{
	return head.len >= 4 && memcmp(head.ptr, "\xed\xab\xee\xdb", 4) == 0;
}

static int read_exact(int fd, void *p, size_t len, uint64_t at,
		      struct sm_err *e)
{
	int64_t n = sm_os_file_read_at(fd, p, len, at, e);

	if (n < 0)
		return (int)n;
	if ((size_t)n != len)
		return sm_err_set(e, SM_EFORMAT, "rpm is cut off");
	return 0;
}

static int header_read(struct header *h, int fd, uint64_t at, struct sm_err *e)
{
	static const uint8_t magic[8] = { 0x8e, 0xad, 0xe8, 1 };
	uint8_t intro[INTRO];
	uint32_t n, store;
	int r;

	if ((r = read_exact(fd, intro, INTRO, at, e)) < 0)
		return r;
	if (memcmp(intro, magic, sizeof(magic)) != 0)
		return sm_err_set(e, SM_EFORMAT, "rpm header is damaged");
	n = be32(intro + 8);
	store = be32(intro + 12);
	if (!n || n > SM_RPM_INDEX_MAX || store > SM_RPM_STORE_MAX)
		return sm_err_set(e, SM_ELIMIT,
				  "rpm header is empty or too large");
	h->n = n;
	h->store_len = store;
	h->len = INTRO + (size_t)n * ENTRY + store;
	h->bytes = sm_mem_alloc(h->len);
	h->store = h->bytes + INTRO + (size_t)n * ENTRY;
	return read_exact(fd, h->bytes, h->len, at, e);
}

static void header_release(struct header *h)
{
	sm_mem_free(h->bytes);
	h->bytes = NULL;
}

/* The index entry of a tag, or NULL. */
static const uint8_t *find(const struct header *h, uint32_t tag)
{
	const uint8_t *p = h->bytes + INTRO;
	uint32_t i;

	for (i = 0; i < h->n; i++, p += ENTRY)
		if (be32(p) == tag)
			return p;
	return NULL;
}

/*
 * A tag's first string. Returns 1, or 0 if the tag is not there.
 * Errors: SM_EFORMAT if it is no string that ends inside the store.
 */
static int get_string(const struct header *h, uint32_t tag, struct sm_str *out)
{
	const uint8_t *p = find(h, tag), *end;
	uint32_t type, at;

	*out = sm_str_n("", 0);
	if (!p)
		return 0;
	type = be32(p + 4);
	at = be32(p + 8);
	if ((type != TYPE_STRING && type != TYPE_STRING_ARRAY) ||
	    be32(p + 12) < 1 || at >= h->store_len)
		return SM_EFORMAT;
	end = memchr(h->store + at, 0, h->store_len - at);
	if (!end)
		return SM_EFORMAT;
	*out = sm_str_n(h->store + at, (size_t)(end - (h->store + at)));
	return 1;
}

static int get_u32(const struct header *h, uint32_t tag, uint32_t *out)
{
	const uint8_t *p = find(h, tag);
	uint32_t at;

	if (!p)
		return 0;
	at = be32(p + 8);
	if (be32(p + 4) != TYPE_INT32 || be32(p + 12) != 1 || at % 4 ||
	    h->store_len < 4 || at > h->store_len - 4)
		return SM_EFORMAT;
	*out = be32(h->store + at);
	return 1;
}

static int copy_string(const struct header *h, uint32_t tag, char *out,
		       size_t size, struct sm_err *e)
{
	struct sm_str s;
	size_t i;

	if (get_string(h, tag, &s) != 1 || !s.len || s.len >= size)
		return sm_err_set(e, SM_EFORMAT,
				  "rpm header has a bad or no tag %u", tag);
	for (i = 0; i < s.len; i++)
		if (s.ptr[i] <= 0x20 || s.ptr[i] >= 0x7f)
			return sm_err_set(e, SM_EFORMAT,
					  "rpm header has a bad tag %u", tag);
	memcpy(out, s.ptr, s.len);
	out[s.len] = '\0';
	return 0;
}

/* Tag 273 of the signature header, over the whole main header. */
static int check_header(struct sm_rpm *p, const struct header *sig,
			const struct header *h, struct sm_err *e)
{
	uint8_t digest[SM_SHA256_SIZE];
	struct sm_str want;
	int r;

	r = get_string(sig, SIG_SHA256, &want);
	if (r < 0)
		return sm_err_set(e, r, "rpm signature header is damaged");
	if (r == 0)
		return 0;
	if ((r = sm_digest_bytes(SM_DIGEST_SHA256, sm_str_n(h->bytes, h->len),
				 digest, e)) < 0)
		return r;
	if (!sm_digest_hex_eq(digest, sizeof(digest), want))
		return sm_err_set(e, SM_EVERIFY,
				  "rpm header does not match its SHA-256");
	p->header_digest = true;
	return 0;
}

/* Tag 5092, over the compressed payload. */
static int check_payload(struct sm_rpm *p, const struct header *h, int fd,
			 struct sm_err *e)
{
	uint8_t digest[SM_SHA256_SIZE];
	struct sm_str want;
	uint32_t alg = 0;
	int r;

	r = get_string(h, TAG_PAYLOAD_DIGEST, &want);
	if (r == 0)
		return 0;
	if (r < 0 || get_u32(h, TAG_PAYLOAD_DIGEST_ALG, &alg) < 0)
		return sm_err_set(e, SM_EFORMAT, "rpm header is damaged");
	if (alg != ALG_SHA256)
		return 0; /* none that we count */
	if ((r = sm_digest_fd(SM_DIGEST_SHA256, fd, p->payload, p->payload_size,
			      digest, NULL, e)) < 0)
		return r;
	if (!sm_digest_hex_eq(digest, sizeof(digest), want))
		return sm_err_set(e, SM_EVERIFY,
				  "rpm payload does not match its SHA-256");
	p->payload_digest = true;
	return 0;
}

/* Size of header and payload, when the signature header has it. */
static int check_size(const struct sm_rpm *p, const struct header *sig,
		      const struct header *h, struct sm_err *e)
{
	uint32_t want = 0;
	int r;

	r = get_u32(sig, SIG_SIZE, &want);
	if (r < 0)
		return sm_err_set(e, r, "rpm signature header is damaged");
	if (r > 0 && (uint64_t)want != h->len + p->payload_size)
		return sm_err_set(e, SM_EFORMAT,
				  "rpm is cut off or has something behind it");
	return 0;
}

static int read_names(struct sm_rpm *p, const struct header *h,
		      struct sm_err *e)
{
	struct sm_str format;
	int r;

	if ((r = copy_string(h, TAG_NAME, p->name, sizeof(p->name), e)) < 0 ||
	    (r = copy_string(h, TAG_VERSION, p->version, sizeof(p->version),
			     e)) < 0 ||
	    (r = copy_string(h, TAG_RELEASE, p->release, sizeof(p->release),
			     e)) < 0 ||
	    (r = copy_string(h, TAG_ARCH, p->arch, sizeof(p->arch), e)) < 0)
		return r;
	if (get_string(h, TAG_PAYLOAD_FORMAT, &format) != 1 ||
	    !sm_str_eqz(format, "cpio"))
		return sm_err_set(e, SM_ENOTSUP,
				  "rpm payload is not in cpio format");
	return 0;
}

int sm_rpm_read(struct sm_rpm *p, int fd, struct sm_err *e)
{
	struct header sig = { 0 }, h = { 0 };
	struct sm_file_info st;
	uint8_t lead[LEAD];
	uint64_t at;
	int r;

	memset(p, 0, sizeof(*p));
	if ((r = sm_os_file_fstat(fd, &st, e)) < 0 ||
	    (r = read_exact(fd, lead, LEAD, 0, e)) < 0)
		goto out;
	if (!sm_rpm_is_rpm(sm_str_n(lead, LEAD)) || lead[6] || lead[7]) {
		r = sm_err_set(e, SM_EFORMAT, "not a binary rpm");
		goto out;
	}
	if ((r = header_read(&sig, fd, LEAD, e)) < 0)
		goto out;
	/* the signature header alone is padded to eight */
	at = LEAD + ((sig.len + 7) & ~(size_t)7);
	if ((r = header_read(&h, fd, at, e)) < 0)
		goto out;
	p->payload = at + h.len;
	p->payload_size = st.size - p->payload;
	if ((r = read_names(p, &h, e)) < 0 ||
	    (r = check_size(p, &sig, &h, e)) < 0 ||
	    (r = check_header(p, &sig, &h, e)) < 0)
		goto out;
	r = check_payload(p, &h, fd, e);
out:
	header_release(&sig);
	header_release(&h);
	return r;
}

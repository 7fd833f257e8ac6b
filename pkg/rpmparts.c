/*
 * The headers of an rpm as lists of tags.
 *
 * Rule: nothing of the input is trusted: offsets and counts are compared with
 * the store before a value is looked at. librpm only gives the names of tags.
 */
#include "common/def.h"
#include "pkg/rpmparts.h"

#include <rpm/rpmtag.h>

#include "common/buf.h"

#define LEAD 96
#define INTRO 16 /* magic, reserved, number of entries, bytes of the store */
#define ENTRY 16
#define REGION_FIRST 61
#define REGION_LAST 63
#define VALUE_MAX ((size_t)16 << 20)

enum {
	T_CHAR = 1,
	T_INT8 = 2,
	T_INT16 = 3,
	T_INT32 = 4,
	T_INT64 = 5,
	T_STRING = 6,
	T_BIN = 7,
	T_STRINGS = 8,
	T_I18N = 9
};

struct entry {
	uint32_t tag, type, offset, count;
};

static uint64_t be(struct sm_str s, size_t at, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | (uint8_t)s.ptr[at++];
	return v;
}

static int damaged(struct sm_err *e)
{
	return sm_err_set(e, SM_EFORMAT, "rpm header is damaged");
}

/* Texts of a value, one a line. */
static int put_texts(struct sm_str store, const struct entry *en,
		     struct sm_buf *out)
{
	struct sm_str rest = sm_str_sub(store, en->offset, store.len);
	uint32_t n = en->type == T_STRING ? 1 : en->count;
	long end;

	for (; n > 0; n--) {
		if ((end = sm_str_chr(rest, '\0', 0)) < 0)
			return SM_EFORMAT;
		sm_buf_put_str(out, sm_str_sub(rest, 0, (size_t)end));
		sm_buf_puts(out, "\n");
		rest = sm_str_sub(rest, (size_t)end + 1, rest.len);
	}
	return out->err;
}

/* Numbers of a value, one a line; bytes as they are. */
static int put_numbers(struct sm_str store, const struct entry *en,
		       struct sm_buf *out)
{
	static const size_t sizes[] = { 0, 1, 1, 2, 4, 8 };
	size_t size = en->type == T_BIN ? 1 : sizes[en->type];
	size_t at = en->offset;

	if (at > store.len || en->count > (store.len - at) / size)
		return SM_EFORMAT;
	if (en->type == T_BIN)
		return sm_buf_put_str(out, sm_str_sub(store, at, en->count));
	for (uint32_t i = 0; i < en->count; i++, at += size)
		sm_buf_printf(out, "%llu\n",
			      (unsigned long long)be(store, at, size));
	return out->err;
}

/* From 1000 on numbers of the signature header mean something else there. */
static const char *signature_name(uint32_t tag)
{
	static const struct {
		uint32_t tag;
		const char *name;
	} names[] = { { 1000, "Size" },        { 1002, "Pgp" },
		      { 1004, "Md5" },         { 1005, "Gpg" },
		      { 1007, "Payloadsize" }, { 1008, "Reserved" } };

	for (size_t i = 0; i < SM_ARRAY_LEN(names); i++)
		if (names[i].tag == tag)
			return names[i].name;
	return tag < 1000 ? rpmTagGetName((rpmTagVal)tag) : NULL;
}

static void put_name(struct sm_buf *name, const char *header, uint32_t tag,
		     bool main_header)
{
	const char *z = main_header ? rpmTagGetName((rpmTagVal)tag) :
				      signature_name(tag);

	if (z && *z != '(')
		sm_buf_printf(name, "%s/%s", header, z);
	else
		sm_buf_printf(name, "%s/%u", header, tag);
}

static int add_tag(struct pkg_parts *p, const char *header, bool main_header,
		   struct sm_str store, const struct entry *en,
		   struct sm_err *e)
{
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf value = SM_BUF_INIT(VALUE_MAX);
	struct pkg_part *part;
	int r;

	if (en->type < T_CHAR || en->type > T_I18N || en->offset > store.len) {
		r = SM_EFORMAT;
	} else if (en->type == T_STRING || en->type == T_STRINGS ||
		   en->type == T_I18N) {
		r = put_texts(store, en, &value);
	} else {
		r = put_numbers(store, en, &value);
	}
	if (r < 0) {
		r = damaged(e);
		goto out;
	}
	put_name(&name, header, en->tag, main_header);
	if ((r = pkg_parts_add(p, sm_buf_z(&name), &part, e)) < 0)
		goto out;
	r = pkg_parts_fill(p, part, sm_buf_str(&value), e);
out:
	sm_buf_release(&name);
	sm_buf_release(&value);
	return r;
}

/* One header at the front of *rest, which is moved behind it. The
 * signature's numbers overlap with those of the main header. */
static int add_header(struct pkg_parts *p, const char *header, bool main_header,
		      struct sm_str *rest, struct sm_err *e)
{
	struct sm_str index, store;
	struct entry en;
	uint64_t n, len;
	int r;

	if (rest->len < INTRO || memcmp(rest->ptr, "\x8e\xad\xe8\x01", 4) != 0)
		return damaged(e);
	n = be(*rest, 8, 4);
	len = be(*rest, 12, 4);
	if (n > (rest->len - INTRO) / ENTRY ||
	    len > rest->len - INTRO - n * ENTRY)
		return damaged(e);
	index = sm_str_sub(*rest, INTRO, (size_t)n * ENTRY);
	store = sm_str_sub(*rest, INTRO + index.len, (size_t)len);
	*rest = sm_str_sub(*rest, INTRO + index.len + store.len, rest->len);
	for (; index.len; index = sm_str_sub(index, ENTRY, index.len)) {
		en.tag = (uint32_t)be(index, 0, 4);
		en.type = (uint32_t)be(index, 4, 4);
		en.offset = (uint32_t)be(index, 8, 4);
		en.count = (uint32_t)be(index, 12, 4);
		if (en.tag >= REGION_FIRST && en.tag <= REGION_LAST)
			continue; /* where the header is sealed */
		if ((r = add_tag(p, header, main_header, store, &en, e)) < 0)
			return r;
	}
	return 0;
}

static int add_bytes(struct pkg_parts *p, const char *name, struct sm_str data,
		     struct sm_err *e)
{
	struct pkg_part *part;
	int r = pkg_parts_add(p, name, &part, e);

	return r < 0 ? r : pkg_parts_fill(p, part, data, e);
}

int pkg_rpmparts_read(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct sm_str rest;
	size_t used;
	int r;

	if (data.len < LEAD)
		return damaged(e);
	r = add_bytes(p, "lead", sm_str_sub(data, 0, LEAD), e);
	if (r < 0)
		return r;
	rest = sm_str_sub(data, LEAD, data.len);
	if ((r = add_header(p, "signatures", false, &rest, e)) < 0)
		return r;
	used = data.len - rest.len; /* padded to 8 */
	rest = sm_str_sub(rest, (8 - used % 8) % 8, rest.len);
	if ((r = add_header(p, "header", true, &rest, e)) < 0)
		return r;
	return add_bytes(p, "payload", rest, e);
}

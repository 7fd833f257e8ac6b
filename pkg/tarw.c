/*
 * Writing tar.
 *
 * Rule: same input, same bytes: numbers for owners are 0, device 0, times are
 * whole seconds, the extended header has the time of its entry.
 */
#include "common/def.h"
#include "pkg/tarw.h"

#define BLOCK 512
#define NAME_MAX_LEN 100
#define PREFIX_MAX_LEN 155
#define OWNER_MAX_LEN 32
#define SIZE_MAX_OCTAL ((uint64_t)1 << 33) /* eleven digits */

/* Offsets in a header block. */
enum {
	AT_NAME = 0,
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	AT_SIZE = 124,
	AT_MTIME = 136,
	AT_CHECKSUM = 148,
	AT_TYPE = 156,
	AT_LINK = 157,
	AT_MAGIC = 257,
	AT_UNAME = 265,
	AT_GNAME = 297,
	AT_MAJOR = 329,
	AT_MINOR = 337,
	AT_PREFIX = 345
};

/* `digits` octal digits and a NUL. */
static void octal(char *p, int digits, uint64_t v)
{
	p[digits] = '\0';
	while (digits-- > 0) {
		p[digits] = (char)('0' + (v & 7));
		v >>= 3;
	}
}

static void text(char *p, const char *z, size_t max)
{
	size_t len = z ? strlen(z) : 0;

	memcpy(p, z ? z : "", len < max ? len : max);
}

/* A long name is cut at a slash into prefix and name. */
static int put_name(char *block, const char *path)
{
	size_t len = strlen(path), cut;

	if (len <= NAME_MAX_LEN) {
		memcpy(block + AT_NAME, path, len);
		return 0;
	}
	cut = len - NAME_MAX_LEN - 1;
	while (cut < len && (path[cut] != '/' || cut == 0))
		cut++;
	if (cut > PREFIX_MAX_LEN || cut + 1 >= len)
		return SM_EFORMAT;
	memcpy(block + AT_PREFIX, path, cut);
	memcpy(block + AT_NAME, path + cut + 1, len - cut - 1);
	return 0;
}

static void put_checksum(char *block)
{
	unsigned sum = 0;

	memset(block + AT_CHECKSUM, ' ', 8);
	for (int i = 0; i < BLOCK; i++)
		sum += (uint8_t)block[i];
	octal(block + AT_CHECKSUM, 6, sum);
}

static int put_header(struct sm_buf *out, const struct pkg_arc_entry *entry,
		      char type, struct sm_err *e)
{
	char block[BLOCK] = "";
	bool is_link = type == '2';

	if (put_name(block, entry->path) < 0)
		return sm_err_set(e, SM_EFORMAT, "'%s': name too long for tar",
				  entry->path);
	if (is_link && entry->data.len > NAME_MAX_LEN)
		return sm_err_set(e, SM_EFORMAT, "'%s': link too long for tar",
				  entry->path);
	if (entry->data.len >= SIZE_MAX_OCTAL || entry->mtime_sec < 0)
		return sm_err_set(e, SM_EFORMAT,
				  "'%s': size or time do not fit into tar",
				  entry->path);
	octal(block + AT_MODE, 7, entry->mode & 07777);
	octal(block + AT_UID, 7, 0);
	octal(block + AT_GID, 7, 0);
	octal(block + AT_SIZE, 11,
	      type == '0' || type == 'x' ? entry->data.len : 0);
	octal(block + AT_MTIME, 11, (uint64_t)entry->mtime_sec);
	block[AT_TYPE] = type;
	if (is_link)
		memcpy(block + AT_LINK, entry->data.ptr, entry->data.len);
	memcpy(block + AT_MAGIC, "ustar\00000", 8);
	text(block + AT_UNAME, entry->owner, OWNER_MAX_LEN);
	text(block + AT_GNAME, entry->group, OWNER_MAX_LEN);
	octal(block + AT_MAJOR, 7, 0);
	octal(block + AT_MINOR, 7, 0);
	put_checksum(block);
	sm_buf_put(out, block, BLOCK);
	return 0;
}

static void put_data(struct sm_buf *out, struct sm_str data)
{
	sm_buf_put_str(out, data);
	sm_buf_put_fill(out, '\0', (BLOCK - data.len % BLOCK) % BLOCK);
}

int pkg_tarw_put(struct sm_buf *out, const struct pkg_arc_entry *entry,
		 struct sm_str records, struct sm_err *e)
{
	static const char types[] = { '0', '5', '2' };
	struct pkg_arc_entry pax = *entry;
	int r;

	if (records.len) {
		pax.path = "PaxHeader";
		pax.mode = 0644;
		pax.data = records;
		if ((r = put_header(out, &pax, 'x', e)) < 0)
			return r;
		put_data(out, records);
	}
	if ((r = put_header(out, entry, types[entry->type], e)) < 0)
		return r;
	if (entry->type == PKG_ARC_FILE)
		put_data(out, entry->data);
	return out->err ? sm_err_set(e, SM_ELIMIT, "archive above %zu bytes",
				     out->max) :
			  0;
}

void pkg_tarw_record(struct sm_buf *out, const char *key, const char *value)
{
	size_t rest = strlen(key) + strlen(value) + 3; /* ' ', '=', '\n' */
	size_t len = rest + 1;
	char digits[24];

	/* its own digits count, which may be one more for it */
	while (rest + (size_t)snprintf(digits, sizeof(digits), "%zu", len) !=
	       len)
		len++;
	sm_buf_printf(out, "%s %s=%s\n", digits, key, value);
}

void pkg_tarw_end(struct sm_buf *out)
{
	sm_buf_put_fill(out, '\0', (size_t)2 * BLOCK);
}

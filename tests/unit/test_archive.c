/*
 * Archives that mean harm, made with libarchive's writer, and what is left
 * on the disk after them; good ones in every compression.
 */
#include "common/def.h"
#include "common/archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <archive.h>
#include <archive_entry.h>

#include "common/fs.h"
#include "common/mem.h"

struct item {
	const char *name;
	unsigned type; /* AE_IF... */
	unsigned mode;
	const char *text; /* contents, or a link's text */
};

enum box {
	BOX_TAR,
	BOX_CPIO,
	BOX_ZIP
};

struct fixture {
	char dir[512];
	int fd;
	struct sm_err e;
	struct sm_archive *a;
	unsigned n_done;
	char last[SM_ARCHIVE_NAME_MAX];
	char sha256[SM_SHA256_HEX];
};

static int set_up(void **state)
{
	struct fixture *f = sm_mem_zalloc(1, sizeof(*f));

	*state = f;
	f->fd = sm_os_file_temp(NULL, NULL);
	if (f->fd < 0)
		return -1;
	return sm_os_dir_temp("/tmp/sm-archive-", f->dir, sizeof(f->dir), NULL);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sm_archive_free(f->a);
	sm_os_file_close(f->fd);
	(void)sm_fs_remove_tree(f->dir, NULL);
	sm_mem_free(f);
	return 0;
}

static struct archive *writer(enum box box, const char *filter)
{
	struct archive *w = archive_write_new();

	assert_non_null(w);
	if (box == BOX_TAR)
		archive_write_set_format_gnutar(w);
	else if (box == BOX_CPIO)
		archive_write_set_format_cpio_newc(w);
	else
		archive_write_set_format_zip(w);
	if (filter)
		assert_int_equal(archive_write_add_filter_by_name(w, filter),
				 ARCHIVE_OK);
	return w;
}

static void put_item(struct archive *w, const struct item *it)
{
	struct archive_entry *en = archive_entry_new();

	archive_entry_set_pathname(en, it->name);
	archive_entry_set_filetype(en, it->type);
	archive_entry_set_perm(en, (mode_t)it->mode);
	if (it->type == AE_IFLNK)
		archive_entry_set_symlink(en, it->text);
	else if (it->type == 0)
		archive_entry_set_hardlink(en, it->text);
	else
		archive_entry_set_size(
			en, it->text ? (la_int64_t)strlen(it->text) : 0);
	if (it->type == 0)
		archive_entry_set_filetype(en, AE_IFREG);
	assert_true(archive_write_header(w, en) >= ARCHIVE_WARN);
	if (it->type == AE_IFREG && it->text)
		archive_write_data(w, it->text, strlen(it->text));
	archive_entry_free(en);
}

/* Write an archive into the fixture's file, in place of what was there. */
static void make(struct fixture *f, enum box box, const char *filter,
		 const struct item *items, size_t n)
{
	static char bytes[1 << 20];
	struct archive *w = writer(box, filter);
	size_t used = 0, i;

	assert_int_equal(archive_write_open_memory(w, bytes, sizeof(bytes),
						   &used),
			 ARCHIVE_OK);
	for (i = 0; i < n; i++)
		put_item(w, &items[i]);
	assert_int_equal(archive_write_close(w), ARCHIVE_OK);
	archive_write_free(w);
	sm_os_file_close(f->fd);
	f->fd = sm_os_file_temp(NULL, NULL);
	assert_int_equal(
		sm_os_file_write_all(f->fd, sm_str_n(bytes, used), NULL), 0);
}

static int note(void *user, const struct sm_archive_done *d, struct sm_err *e)
{
	struct fixture *f = user;

	SM_UNUSED(e);
	f->n_done++;
	snprintf(f->last, sizeof(f->last), "%s", d->path);
	if (d->type == SM_FILE_REGULAR)
		sm_digest_hex(d->sha256, SM_SHA256_SIZE, f->sha256);
	return 0;
}

static int extract(struct fixture *f, const struct sm_archive_limits *l,
		   bool links)
{
	struct sm_archive_sink s = { f->dir, NULL, note, f, links };
	int r;

	sm_err_clear(&f->e);
	f->n_done = 0;
	(void)sm_fs_remove_tree(f->dir, NULL);
	assert_int_equal(sm_os_dir_make(f->dir, 0700, NULL), 0);
	r = sm_archive_open_new(&f->a, f->fd, SM_ARCHIVE_WHOLE, SM_ARCHIVE_ANY,
				l, &f->e);
	if (r == 0)
		r = sm_archive_extract(f->a, &s, &f->e);
	sm_archive_free(f->a);
	f->a = NULL;
	return r;
}

static void info(const struct fixture *f, const char *name,
		 struct sm_file_info *st)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	assert_int_equal(sm_os_file_stat(path, false, st, NULL), 0);
}

static const struct item plain[] = {
	{ "./", AE_IFDIR, 0755, NULL },
	{ "./a/b/run", AE_IFREG, 04755, "#!x\n" },
	{ "./a", AE_IFDIR, 02777, NULL },
	{ "./a/text", AE_IFREG, 0666, "hello\n" },
};

static void every_box(void **state)
{
	static const struct {
		enum box box;
		const char *filter;
	} ways[] = { { BOX_TAR, NULL },  { BOX_TAR, "gzip" },
		     { BOX_TAR, "xz" },  { BOX_TAR, "zstd" },
		     { BOX_CPIO, NULL }, { BOX_CPIO, "gzip" },
		     { BOX_CPIO, "xz" }, { BOX_CPIO, "zstd" },
		     { BOX_ZIP, NULL } };
	struct fixture *f = *state;
	struct sm_file_info st;
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(ways); i++) {
		make(f, ways[i].box, ways[i].filter, plain,
		     SM_ARRAY_LEN(plain));
		if (extract(f, NULL, false) < 0)
			fail_msg("box %d, %s: %s", (int)ways[i].box,
				 ways[i].filter, f->e.msg);
		assert_int_equal(f->n_done, 4); /* a, a/b and two files */
		info(f, "a/b/run", &st);
		assert_int_equal(st.type, SM_FILE_REGULAR);
		assert_int_equal(st.mode, 0755); /* no set-id */
		info(f, "a/text", &st);
		assert_int_equal(st.mode, 0644);
		assert_int_equal(st.size, 6);
		info(f, "a", &st);
		assert_int_equal(st.mode, 0755);
		assert_string_equal(f->last, "a/text");
		assert_string_equal(f->sha256,
				    "5891b5b522d5df086d0ff0b110fbd9d2"
				    "1bb4fc7163af34d08286a2e846f6be03");
	}
}

static void refused(struct fixture *f, const struct item *items, size_t n,
		    bool links, const char *why)
{
	make(f, BOX_TAR, NULL, items, n);
	if (extract(f, NULL, links) != SM_EVERIFY)
		fail_msg("not refused: %s", why);
	if (!strstr(f->e.msg, why))
		fail_msg("'%s' does not say '%s'", f->e.msg, why);
}

static void bad_names(void **state)
{
	static const char *const names[] = {
		"/etc/passwd", "../x",  "a/../../x", "a/..",   "..",
		"a//b",        "a/./b", "a\\b",      "C:x",    "a\nb",
		"a/ ",         "a./b",  "\xff",      "a/\x7f", "./../x",
	};
	struct fixture *f = *state;
	struct item it = { NULL, AE_IFREG, 0644, "x" };
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(names); i++) {
		it.name = names[i];
		refused(f, &it, 1, true, "name");
		assert_int_equal(f->n_done, 0);
	}
}

static void bad_kinds(void **state)
{
	static const unsigned types[] = { AE_IFCHR, AE_IFBLK, AE_IFIFO };
	struct fixture *f = *state;
	struct item two[] = { { "x", AE_IFREG, 0644, "x" },
			      { "y", 0, 0644, "x" } };
	struct item it = { "x", 0, 0644, NULL };
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(types); i++) {
		it.type = types[i];
		refused(f, &it, 1, true, "'x' is a device");
	}
	refused(f, two, 2, true, "'y' is a hard link");
}

static void twice(void **state)
{
	static const struct item same[] = { { "x", AE_IFREG, 0644, "1" },
					    { "./x", AE_IFREG, 0644, "2" } };
	static const struct item below[] = { { "x", AE_IFREG, 0644, "1" },
					     { "x/y", AE_IFREG, 0644, "2" } };
	static const struct item above[] = { { "x/y", AE_IFREG, 0644, "1" },
					     { "x", AE_IFREG, 0644, "2" } };
	struct fixture *f = *state;

	refused(f, same, 2, true, "'x' comes twice");
	refused(f, below, 2, true, "below something that is not a folder");
	make(f, BOX_TAR, NULL, above, 2);
	assert_true(extract(f, NULL, true) < 0);
}

static void links(void **state)
{
	static const char *const bad[] = { "/etc/passwd", "../x",  "../../x",
					   "a/../../x",   "b/..",  "a//b",
					   "./a",         "a\\..", "" };
	static const struct item through[] = {
		{ "d", AE_IFLNK, 0777, "e" },
		{ "d/x", AE_IFREG, 0644, "1" },
	};
	struct fixture *f = *state;
	struct item it = { "l", AE_IFLNK, 0777, NULL };
	struct item good = { "a/l", AE_IFLNK, 0777, "../b/c" };
	struct sm_file_info st;
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		it.text = bad[i];
		refused(f, &it, 1, true, "'l' is a link");
	}
	refused(f, through, 2, true, "below something that is not a folder");
	refused(f, &good, 1, false, "is a link");
	make(f, BOX_TAR, NULL, &good, 1);
	assert_int_equal(extract(f, NULL, true), 0);
	info(f, "a/l", &st);
	assert_int_equal(st.type, SM_FILE_LINK);
}

static void limits(void **state)
{
	struct fixture *f = *state;
	struct sm_archive_limits l = { 4, 6, 10, 200 };

	make(f, BOX_TAR, NULL, plain, SM_ARRAY_LEN(plain));
	assert_int_equal(extract(f, &l, false), 0);
	l.entries = 3;
	assert_int_equal(extract(f, &l, false), SM_ELIMIT);
	l.entries = 4;
	l.file_bytes = 5;
	assert_int_equal(extract(f, &l, false), SM_ELIMIT);
	assert_non_null(strstr(f->e.msg, "'a/text' is too large"));
	l.file_bytes = 6;
	l.all_bytes = 9;
	assert_int_equal(extract(f, &l, false), SM_ELIMIT);
}

static void bomb(void **state)
{
	struct fixture *f = *state;
	struct sm_buf zeros = SM_BUF_INIT((size_t)8 << 20);
	struct item it = { "zeros", AE_IFREG, 0644, NULL };

	sm_buf_put_fill(&zeros, 'z', (size_t)8 << 20);
	it.text = zeros.ptr;
	make(f, BOX_TAR, "xz", &it, 1);
	assert_int_equal(extract(f, NULL, false), SM_ELIMIT);
	assert_non_null(strstr(f->e.msg, "times its size"));
	sm_buf_release(&zeros);
}

static void cut_off(void **state)
{
	static const char *const filters[] = { "gzip", "xz", "zstd" };
	struct fixture *f = *state;
	char bytes[4096];
	int64_t len, i;
	size_t k;

	for (k = 0; k < SM_ARRAY_LEN(filters); k++) {
		make(f, BOX_TAR, filters[k], plain, SM_ARRAY_LEN(plain));
		len = sm_os_file_read_at(f->fd, bytes, sizeof(bytes), 0, NULL);
		for (i = 0; i < len - 20; i += 7) {
			sm_os_file_close(f->fd);
			f->fd = sm_os_file_temp(NULL, NULL);
			sm_os_file_write_all(f->fd, sm_str_n(bytes, (size_t)i),
					     NULL);
			if (extract(f, NULL, false) >= 0)
				fail_msg("%s cut to %lld of %lld is accepted",
					 filters[k], (long long)i,
					 (long long)len);
			assert_true(f->e.msg[0] != '\0');
		}
	}
}

static int pick(void *user, const struct sm_archive_entry *en, char *dest,
		struct sm_err *e)
{
	const char **want = user;

	if (strcmp(en->name, "a/text") != 0)
		return 0;
	if (!*want)
		return sm_err_set(e, SM_ECANCEL, "no");
	snprintf(dest, SM_ARCHIVE_NAME_MAX, "%s", *want);
	return 1;
}

static int picked(struct fixture *f, const char *want)
{
	struct sm_archive_sink s = { f->dir, pick, NULL, &want, false };
	int r;

	r = sm_archive_open_new(&f->a, f->fd, SM_ARCHIVE_WHOLE, SM_ARCHIVE_TAR,
				NULL, &f->e);
	assert_int_equal(r, 0);
	r = sm_archive_extract(f->a, &s, &f->e);
	sm_archive_free(f->a);
	f->a = NULL;
	return r;
}

static void picking(void **state)
{
	struct fixture *f = *state;
	struct sm_file_info st;
	char path[600];

	make(f, BOX_TAR, NULL, plain, SM_ARRAY_LEN(plain));
	assert_int_equal(picked(f, "new/name"), 0);
	info(f, "new/name", &st);
	snprintf(path, sizeof(path), "%s/a", f->dir);
	assert_int_equal(sm_os_file_stat(path, false, &st, NULL), SM_ENOTFOUND);
	assert_int_equal(picked(f, "../name"), SM_EVERIFY);
	assert_int_equal(picked(f, NULL), SM_ECANCEL);
	/* something is there: never over it */
	assert_int_equal(picked(f, "new/name"), SM_EEXIST);
}

static void a_range(void **state)
{
	struct fixture *f = *state;
	struct sm_archive_entry en;
	struct sm_buf all = SM_BUF_INIT(SM_BUF_SMALL);
	char bytes[20000];
	struct sm_archive_range range = { 5, 0 };
	int64_t len;

	make(f, BOX_TAR, "gzip", plain, SM_ARRAY_LEN(plain));
	len = sm_os_file_read_at(f->fd, bytes, sizeof(bytes), 0, NULL);
	range.len = (uint64_t)len;
	sm_buf_puts(&all, "front");
	sm_buf_put(&all, bytes, (size_t)len);
	sm_buf_puts(&all, "behind");
	sm_os_file_close(f->fd);
	f->fd = sm_os_file_temp(NULL, NULL);
	sm_os_file_write_all(f->fd, sm_buf_str(&all), NULL);
	assert_int_equal(sm_archive_open_new(&f->a, f->fd, range,
					     SM_ARCHIVE_TAR, NULL, &f->e),
			 0);
	assert_int_equal(sm_archive_next(f->a, &en, &f->e), 1);
	assert_string_equal(en.name, "a/b/run");
	sm_buf_clear(&all);
	assert_int_equal(sm_archive_read(f->a, &all, &f->e), 0);
	assert_string_equal(all.ptr, "#!x\n");
	assert_int_equal(sm_archive_next(f->a, &en, &f->e), 1);
	assert_int_equal(sm_archive_next(f->a, &en, &f->e), 1);
	all.max = 3;
	sm_buf_clear(&all);
	assert_int_equal(sm_archive_read(f->a, &all, &f->e), SM_ELIMIT);
	sm_archive_free(f->a);
	f->a = NULL;
	range.len = (uint64_t)len * 2;
	assert_int_equal(sm_archive_open_new(&f->a, f->fd, range,
					     SM_ARCHIVE_TAR, NULL, &f->e),
			 SM_EFORMAT);
	sm_buf_release(&all);
}

static void xz_dictionary(void **state)
{
	struct fixture *f = *state;
	struct archive *w = writer(BOX_TAR, "xz");
	static char bytes[4096];
	size_t used = 0, at;

	/* level 9 asks for 64 MiB, which is the limit */
	archive_write_set_filter_option(w, "xz", "compression-level", "9");
	archive_write_open_memory(w, bytes, sizeof(bytes), &used);
	put_item(w, &plain[3]);
	archive_write_close(w);
	archive_write_free(w);
	sm_os_file_close(f->fd);
	f->fd = sm_os_file_temp(NULL, NULL);
	sm_os_file_write_all(f->fd, sm_str_n(bytes, used), NULL);
	assert_int_equal(extract(f, NULL, false), 0);
	/* LZMA2's one property in the first block header: 28 is 64 MiB */
	for (at = 12; !(bytes[at] == 0x21 && bytes[at + 1] == 1); at++)
		assert_true(at < 40);
	assert_int_equal(bytes[at + 2], 28);
	bytes[at + 2] = 29;
	sm_os_file_close(f->fd);
	f->fd = sm_os_file_temp(NULL, NULL);
	sm_os_file_write_all(f->fd, sm_str_n(bytes, used), NULL);
	assert_int_equal(extract(f, NULL, false), SM_ELIMIT);
	assert_non_null(strstr(f->e.msg, "dictionary of 96 MiB"));
}

/* The dictionary's limit would not be seen below another compression. */
static void compressed_twice(void **state)
{
	struct fixture *f = *state;
	struct archive *w = writer(BOX_TAR, "gzip");
	static char bytes[4096];
	size_t used = 0;

	assert_int_equal(archive_write_add_filter_by_name(w, "xz"), ARCHIVE_OK);
	archive_write_open_memory(w, bytes, sizeof(bytes), &used);
	put_item(w, &plain[3]);
	archive_write_close(w);
	archive_write_free(w);
	sm_os_file_close(f->fd);
	f->fd = sm_os_file_temp(NULL, NULL);
	sm_os_file_write_all(f->fd, sm_str_n(bytes, used), NULL);
	assert_int_equal(extract(f, NULL, false), SM_EVERIFY);
	assert_non_null(strstr(f->e.msg, "more than once"));
}

/* Write `method` over that of every entry, in both of a zip's headers. */
static void set_method(struct fixture *f, char method)
{
	char bytes[4096];
	int64_t i, n = sm_os_file_read_at(f->fd, bytes, sizeof(bytes), 0, NULL);

	for (i = 0; i + 12 < n; i++) {
		if (!memcmp(bytes + i, "PK\3\4", 4))
			bytes[i + 8] = method;
		else if (!memcmp(bytes + i, "PK\1\2", 4))
			bytes[i + 10] = method;
	}
	sm_os_file_close(f->fd);
	f->fd = sm_os_file_temp(NULL, NULL);
	sm_os_file_write_all(f->fd, sm_str_n(bytes, (size_t)n), NULL);
}

static void zip_methods(void **state)
{
	/* deflate64, bzip2, lzma, zstd, xz, ppmd, AES, none known */
	static const char methods[] = { 9, 12, 14, 93, 95, 98, 99, 77 };
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(methods); i++) {
		make(f, BOX_ZIP, NULL, &plain[3], 1);
		assert_int_equal(extract(f, NULL, false), 0);
		set_method(f, methods[i]);
		assert_int_equal(extract(f, NULL, false), SM_EVERIFY);
		assert_non_null(strstr(f->e.msg, "not accepted"));
	}
}

static void not_archives(void **state)
{
	struct fixture *f = *state;

	assert_true(extract(f, NULL, false) < 0); /* empty */
	sm_os_file_write_all(f->fd, sm_str("<html>403</html>\n"), NULL);
	assert_true(extract(f, NULL, false) < 0);
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(every_box),
		WITH(bad_names),
		WITH(bad_kinds),
		WITH(twice),
		WITH(links),
		WITH(limits),
		WITH(bomb),
		WITH(cut_off),
		WITH(picking),
		WITH(a_range),
		WITH(xz_dictionary),
		WITH(not_archives),
		WITH(compressed_twice),
		WITH(zip_methods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

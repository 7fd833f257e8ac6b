/*
 * What a zip of the plugin is taken for, above all which VERSION counts.
 */
#include "common/def.h"
#include "common/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <archive.h>
#include <archive_entry.h>

#define PLUGIN "bin/session-manager-plugin"

struct item {
	const char *name, *text;
};

/* A zip of these in an unlinked file. */
static int make(const struct item *items, size_t n)
{
	static char bytes[65536];
	struct archive *w = archive_write_new();
	struct archive_entry *en = archive_entry_new();
	size_t used = 0, i;
	int fd = sm_os_file_temp(NULL, NULL);

	assert_true(fd >= 0);
	archive_write_set_format_zip(w);
	archive_write_open_memory(w, bytes, sizeof(bytes), &used);
	for (i = 0; i < n; i++) {
		archive_entry_clear(en);
		archive_entry_set_pathname(en, items[i].name);
		archive_entry_set_filetype(en, AE_IFREG);
		archive_entry_set_perm(en, 0755);
		archive_entry_set_size(en, (la_int64_t)strlen(items[i].text));
		assert_int_equal(archive_write_header(w, en), ARCHIVE_OK);
		archive_write_data(w, items[i].text, strlen(items[i].text));
	}
	assert_int_equal(archive_write_close(w), ARCHIVE_OK);
	archive_write_free(w);
	archive_entry_free(en);
	assert_int_equal(sm_os_file_write_all(fd, sm_str_n(bytes, used), NULL),
			 0);
	return fd;
}

static int look(struct sm_bundle *b, const struct item *items, size_t n,
		struct sm_err *e)
{
	int fd = make(items, n), r;

	sm_err_clear(e);
	r = sm_bundle_read(b, fd, SM_ARCHIVE_WHOLE, e);
	sm_os_file_close(fd);
	return r;
}

static void usual(void **state)
{
	static const struct item items[] = { { "x/VERSION", "1.2.3.4\n" },
					     { "x/" PLUGIN, "\177ELF" },
					     { "x/README.md", "." } };
	struct sm_bundle b;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(look(&b, items, SM_ARRAY_LEN(items), &e), 0);
	assert_string_equal(b.version, "1.2.3.4");
	assert_string_equal(b.prefix, "x/");
	assert_false(b.windows);
}

/* One elsewhere is not unpacked, so it is not what the version is told by. */
static void version_elsewhere(void **state)
{
	static const struct item first[] = { { "docs/VERSION", "9.9.9.9" },
					     { "x/" PLUGIN, "\177ELF" } };
	static const struct item last[] = { { "x/" PLUGIN, "\177ELF" },
					    { "VERSION", "9.9.9.9" } };
	struct sm_bundle b;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(look(&b, first, SM_ARRAY_LEN(first), &e), 0);
	assert_string_equal(b.version, "");
	assert_int_equal(look(&b, last, SM_ARRAY_LEN(last), &e), 0);
	assert_string_equal(b.version, "");
}

static void refused(void **state)
{
	static const struct item versions[] = { { "x/VERSION", "1.2.3.4" },
						{ "x/" PLUGIN, "\177ELF" },
						{ "VERSION", "9.9.9.9" } };
	static const struct item plugins[] = { { "x/" PLUGIN, "\177ELF" },
					       { "y/" PLUGIN, "\177ELF" } };
	static const struct item none[] = { { "x/VERSION", "1.2.3.4" } };
	static const struct item text[] = { { "x/VERSION", "new" },
					    { "x/" PLUGIN, "\177ELF" } };
	static const struct item empty[] = { { "x/" PLUGIN, "" } };
	static const struct {
		const struct item *items;
		size_t n;
		const char *why;
	} cases[] = {
		{ versions, 3, "two VERSION files" },
		{ plugins, 2, "two plugins" },
		{ none, 1, "holds no plugin" },
		{ text, 2, "is no version" },
		{ empty, 1, "is empty" },
	};
	struct sm_bundle b;
	struct sm_err e = SM_ERR_INIT;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		assert_int_equal(look(&b, cases[i].items, cases[i].n, &e),
				 SM_EFORMAT);
		assert_non_null(strstr(e.msg, cases[i].why));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual),
		cmocka_unit_test(version_elsewhere),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

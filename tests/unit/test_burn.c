/*
 * WiX's section, found in a section table built byte by byte, and nothing
 * found in what is cut off or points elsewhere.
 */
#include "common/def.h"
#include "common/burn.h"

#include "tests/lib/scratch.h"

#define AT 0x40             /* of the PE header */
#define TABLE (AT + 24 + 8) /* of the sections: 8 bytes of optional header */
#define LEN (TABLE + 2 * 40)

/* Two sections, the second WiX's. */
static void build(char raw[LEN])
{
	memset(raw, 0, LEN);
	memcpy(raw, "MZ", 2);
	raw[0x3c] = AT;
	memcpy(raw + AT, "PE\0\0", 4);
	raw[AT + 6] = 2;
	raw[AT + 20] = 8;
	memcpy(raw + TABLE, ".text", 5);
	memcpy(raw + TABLE + 40, ".wixburn", 8);
}

static bool look(const char *raw, size_t len)
{
	int fd = sm_os_file_temp(NULL, NULL);
	bool found;

	assert_int_equal(sm_os_file_write_all(fd, sm_str_n(raw, len), NULL), 0);
	found = sm_burn_is_burn(fd);
	sm_os_file_close(fd);
	return found;
}

static void found(void **state)
{
	char raw[LEN];

	SM_UNUSED(state);
	build(raw);
	assert_true(look(raw, LEN));
	for (size_t i = 0; i < LEN; i++)
		assert_false(look(raw, i));
}

static void other(void **state)
{
	char raw[LEN];

	SM_UNUSED(state);
	build(raw);
	raw[TABLE + 40] = '_';
	assert_false(look(raw, LEN));
	build(raw);
	raw[AT + 6] = 1; /* the second is no section any more */
	assert_false(look(raw, LEN));
	build(raw);
	raw[0] = 'N';
	assert_false(look(raw, LEN));
	build(raw);
	raw[AT] = 'N';
	assert_false(look(raw, LEN));
	build(raw);
	memset(raw + 0x3c, 0xff, 4); /* the header, far behind the end */
	assert_false(look(raw, LEN));
	build(raw);
	memset(raw + AT + 20, 0xff, 2);
	assert_false(look(raw, LEN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Two artifacts compared: the input is cut in two at the place that its first
 * two bytes say. What is reported must be printable and on one line.
 */
#include "common/def.h"
#include "pkg/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *z)
{
	if (!sm_str_utf8(sm_str(z)))
		abort();
	for (; *z; z++)
		if ((unsigned char)*z < 0x20 || *z == 0x7f)
			abort();
}

static void say(void *user, const char *path, const char *what)
{
	SM_UNUSED(user);
	check(path);
	check(what);
	if (!*what)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_str all, a, b;
	size_t cut, n;

	if (size < 2)
		return 0;
	cut = (size_t)data[0] << 8 | data[1];
	all = sm_str_n(data + 2, size - 2);
	a = sm_str_sub(all, 0, cut);
	b = sm_str_sub(all, cut, all.len);
	n = pkg_diff_run(a, b, say, NULL);
	if ((n == 0) != sm_str_eq(a, b))
		abort();
	return 0;
}

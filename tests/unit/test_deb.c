/*
 * The signature inside a deb: what it covers, and that nothing passes that it
 * does not cover. The packages are made here, with the packager's functions.
 */
#include "common/def.h"
#include "common/deb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/openpgp.h"
#include "common/os/file.h"
#include "pkg/arc.h"
#include "pkg/key.h"
#include "pkg/pgpsign.h"

#define WHEN 1767225600
#define MEMBERS_MAX 6

static struct pkg_key key;
static struct sm_openpgp_ring ring;
static struct sm_buf control, tree, origin;

struct member {
	const char *name;
	const struct sm_buf *data;
};

static void put(struct pkg_arc *a, const char *name, struct sm_str data)
{
	const struct pkg_arc_entry entry = { name, PKG_ARC_FILE, 0644, NULL,
					     NULL, WHEN,         data };

	assert_int_equal(pkg_arc_put(a, &entry, NULL), 0);
}

static void make_tar(struct sm_buf *out, const char *name, const char *text)
{
	struct pkg_arc *a = NULL;

	sm_buf_init(out, SM_BUF_SMALL);
	assert_int_equal(
		pkg_arc_new(&a, PKG_ARC_USTAR, PKG_ARC_GZIP, out, NULL), 0);
	put(a, name, sm_str(text));
	assert_int_equal(pkg_arc_finish(a, NULL), 0);
	pkg_arc_free(a);
}

/* An ar of `binary` and the members, as a file. */
static int make_file(const struct member *m, size_t n)
{
	struct sm_buf out = SM_BUF_INIT((size_t)1 << 20);
	struct pkg_arc *a = NULL;
	int fd = sm_os_file_temp(NULL, NULL);

	assert_int_equal(pkg_arc_new(&a, PKG_ARC_AR, PKG_ARC_PLAIN, &out, NULL),
			 0);
	put(a, "debian-binary", sm_str("2.0\n"));
	for (size_t i = 0; i < n; i++)
		put(a, m[i].name, sm_buf_str(m[i].data));
	assert_int_equal(pkg_arc_finish(a, NULL), 0);
	pkg_arc_free(a);
	assert_int_equal(sm_os_file_write_all(fd, sm_buf_str(&out), NULL), 0);
	sm_buf_release(&out);
	return fd;
}

static int setup(void **state)
{
	struct sm_buf all = SM_BUF_INIT((size_t)1 << 20);
	struct sm_buf pub = SM_BUF_INIT(SM_BUF_SMALL);

	SM_UNUSED(state);
	make_tar(&control, "./control",
		 "Package: x\nVersion: 1-1\nArchitecture: amd64\n");
	make_tar(&tree, "./usr", "contents");
	sm_buf_init(&origin, SM_BUF_SMALL);
	pkg_key_init(&key);
	sm_buf_puts(&all, "2.0\n");
	sm_buf_put_str(&all, sm_buf_str(&control));
	sm_buf_put_str(&all, sm_buf_str(&tree));
	assert_int_equal(pkg_key_generate(&key, "p256", sm_str("T <t@e.org>"),
					  WHEN, NULL),
			 0);
	assert_int_equal(pkg_pgpsign_put_data(&key, sm_buf_str(&all), WHEN,
					      &origin, NULL),
			 0);
	assert_int_equal(pkg_key_put_public(&key, &pub, NULL), 0);
	assert_int_equal(sm_openpgp_ring_add(&ring, sm_buf_str(&pub), NULL), 0);
	sm_buf_release(&all);
	sm_buf_release(&pub);
	return 0;
}

static int teardown(void **state)
{
	SM_UNUSED(state);
	sm_buf_release(&control);
	sm_buf_release(&tree);
	sm_buf_release(&origin);
	pkg_key_release(&key);
	sm_openpgp_ring_release(&ring);
	return 0;
}

static int verify(int fd, struct sm_err *e)
{
	struct sm_openpgp_result res;
	struct sm_deb d;
	int r = sm_deb_read(&d, fd, e);

	if (r == 0)
		r = sm_deb_verify_origin(&d, fd, &ring, WHEN + 1, &res, e);
	if (r == 0)
		assert_int_equal(res.size, 4 + control.len + tree.len);
	return r;
}

static void expect(const struct member *m, size_t n, int code, const char *why)
{
	struct sm_err e = SM_ERR_INIT;
	int fd = make_file(m, n);
	int r = verify(fd, &e);

	sm_os_file_close(fd);
	if (r != code || (why && !strstr(sm_err_msg(&e), why)))
		fail_msg("%d, not %d: %s", r, code, sm_err_msg(&e));
}

static void members(void **state)
{
	const struct member c = { "control.tar.gz", &control };
	const struct member d = { "data.tar.gz", &tree };
	const struct member o = { "_gpgorigin", &origin };
	const struct member x = { "_gpgmaint", &origin };
	struct sm_buf large = SM_BUF_INIT((size_t)1 << 20);
	const struct member big = { "_gpgorigin", &large };

	SM_UNUSED(state);
	sm_buf_put_fill(&large, 'x', SM_PGPPACKET_MAX + 1);
	expect((struct member[]){ c, d, o }, 3, 0, NULL);
	expect((struct member[]){ c, d }, 2, SM_ENOTFOUND, "no _gpgorigin");
	expect((struct member[]){ c, d, o, x }, 4, SM_EVERIFY, "not cover");
	expect((struct member[]){ c, d, x, o }, 4, SM_EVERIFY, "not cover");
	expect((struct member[]){ c, x, d, o }, 4, SM_EVERIFY, "not cover");
	expect((struct member[]){ c, d, o, o }, 4, SM_EFORMAT, "more than one");
	/* in front of the data it is a member like any other */
	expect((struct member[]){ c, o, d }, 3, SM_ENOTFOUND, "no _gpgorigin");
	expect((struct member[]){ c, d, big }, 3, SM_EVERIFY, "too large");
	expect((struct member[]){ c, { "data.tar.gz", &control }, o }, 3,
	       SM_EVERIFY, "signature refused");
	sm_buf_release(&large);
}

/* Every bit of the contents counts. */
static void flips(void **state)
{
	const struct member m[] = { { "control.tar.gz", &control },
				    { "data.tar.gz", &tree },
				    { "_gpgorigin", &origin } };
	int fd = make_file(m, 3);
	struct sm_deb d;
	struct sm_file_info st;

	SM_UNUSED(state);
	assert_int_equal(sm_deb_read(&d, fd, NULL), 0);
	assert_int_equal(sm_os_file_fstat(fd, &st, NULL), 0);
	const struct sm_deb_range part[] = { d.binary, d.control, d.data };

	for (size_t i = 0; i < SM_ARRAY_LEN(part); i++)
		for (uint64_t at = 0; at < part[i].size; at++) {
			struct sm_buf all = SM_BUF_INIT((size_t)1 << 20);
			struct sm_err e = SM_ERR_INIT;
			int bad = sm_os_file_temp(NULL, NULL);

			sm_buf_reserve(&all, st.size);
			all.len = (size_t)sm_os_file_read_at(
				fd, all.ptr, (size_t)st.size, 0, NULL);
			all.ptr[part[i].offset + at] ^= 1 << (at % 8);
			sm_os_file_write_all(bad, sm_buf_str(&all), NULL);
			if (verify(bad, &e) == 0)
				fail_msg("byte %u of member %u", (unsigned)at,
					 (unsigned)i);
			sm_os_file_close(bad);
			sm_buf_release(&all);
		}
	sm_os_file_close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members),
		cmocka_unit_test(flips),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/*
 * Windows programs: one built byte by byte, and a real one signed by
 * osslsigncode, whose digest must be ours.
 */
#include "common/def.h"
#include "common/pe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/fs.h"
#include "common/os/process.h"

#define OPT 0x58 /* of the optional header, in small() */
#define SECURITY (OPT + 112 + 32)

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

/* A PE32+ with one section of 16 bytes at 512, 536 bytes in all. */
static void small(uint8_t raw[536])
{
	memset(raw, 0, 536);
	memcpy(raw, "MZ", 2);
	raw[0x3c] = 0x40;
	memcpy(raw + 0x40, "PE\0\0\x64\x86\1\0", 8);
	raw[0x40 + 20] = 240; /* size of the optional header */
	raw[OPT] = 0x0b;
	raw[OPT + 1] = 2;
	raw[OPT + 108] = 16;
	put32(raw + OPT + 240 + 16, 16);
	put32(raw + OPT + 240 + 20, 512);
}

static int read_pe(const uint8_t *raw, size_t len, struct sm_pe *p,
		   struct sm_err *e)
{
	int fd = sm_os_file_temp(NULL, NULL);
	int r;

	sm_err_clear(e);
	assert_int_equal(sm_os_file_write_all(fd, sm_str_n(raw, len), NULL), 0);
	r = sm_pe_read(p, fd, e);
	sm_os_file_close(fd);
	return r;
}

static void built(void **state)
{
	uint8_t raw[536];
	struct sm_err e;
	struct sm_pe p;
	size_t i;

	SM_UNUSED(state);
	small(raw);
	if (read_pe(raw, 536, &p, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(p.arch, SM_ARCH_X86_64);
	assert_int_equal(p.image_end, 528);
	assert_int_equal(p.security_at, SECURITY);
	assert_int_equal(p.checksum_at, OPT + 64);
	assert_int_equal(p.table, 0);
	for (i = 0; i < 528; i++)
		assert_int_equal(read_pe(raw, i, &p, &e), SM_EFORMAT);
	/* a certificate table: at the end, aligned, behind the sections */
	put32(raw + SECURITY, 528);
	put32(raw + SECURITY + 4, 8);
	assert_int_equal(read_pe(raw, 536, &p, &e), 0);
	assert_int_equal(p.table, 528);
	assert_int_equal(read_pe(raw, 535, &p, &e), SM_EFORMAT);
	put32(raw + SECURITY, 520);
	put32(raw + SECURITY + 4, 16);
	assert_int_equal(read_pe(raw, 536, &p, &e), SM_EFORMAT);
	put32(raw + SECURITY, 0xfffffff8);
	assert_int_equal(read_pe(raw, 536, &p, &e), SM_EFORMAT);
	assert_non_null(strstr(e.msg, "not at the end"));
	small(raw);
	put32(raw + OPT + 240 + 20, 0xffffffff);
	assert_int_equal(read_pe(raw, 536, &p, &e), SM_EFORMAT);
	small(raw);
	put32(raw + 0x3c, 0xffffffff);
	assert_int_equal(read_pe(raw, 536, &p, &e), SM_EFORMAT);
	small(raw);
	raw[OPT + 108] = 4; /* no entry for a signature */
	assert_int_equal(read_pe(raw, 536, &p, &e), SM_EFORMAT);
	small(raw);
	raw[0x46] = 97; /* sections */
	assert_int_equal(read_pe(raw, 536, &p, &e), SM_EFORMAT);
}

static const char script[] =
	"set -e; cd \"$1\"; echo 'int main(void){return 0;}' >a.c\n"
	"x86_64-w64-mingw32-gcc -Os -s a.c -o a.exe\n"
	"printf overlay >>a.exe\n"
	"openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -days 9"
	" -subj /CN=x -addext extendedKeyUsage=codeSigning\n"
	"osslsigncode sign -h sha256 -certs c -key k -in a.exe -out s.exe >&2\n"
	"osslsigncode verify -in s.exe -CAfile c |"
	" sed -n 's/^Calculated message digest *: *\\([0-9A-F]*\\).*/\\1/p'\n";

static void real(void **state)
{
	char dir[512], path[600];
	const char *argv[] = { "sh", "-c", script, "sh", dir, NULL };
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	uint8_t digest[SM_DIGEST_MAX];
	struct sm_err e = SM_ERR_INIT;
	struct sm_pe p;
	int fd, status = -1;

	SM_UNUSED(state);
	if (sm_os_process_which("osslsigncode", &out) < 0 ||
	    sm_os_process_which("x86_64-w64-mingw32-gcc", &out) < 0 ||
	    sm_os_process_which("openssl", &out) < 0) {
		print_message("# skipped: osslsigncode, mingw or openssl is "
			      "not here\n");
		sm_buf_release(&out);
		skip();
	}
	sm_buf_clear(&out);
	assert_int_equal(sm_os_dir_temp("/tmp/sm-pe-", dir, sizeof(dir), NULL),
			 0);
	assert_int_equal(
		sm_os_process_run(argv, 60000, &out, NULL, &status, NULL), 0);
	assert_int_equal(status, 0);
	snprintf(path, sizeof(path), "%s/s.exe", dir);
	fd = sm_os_file_open(path, SM_FILE_READ, 0, NULL);
	if (sm_pe_read(&p, fd, &e) < 0)
		fail_msg("%s", e.msg);
	assert_true(p.table > p.image_end);
	assert_int_equal(sm_pe_digest(&p, fd, SM_DIGEST_SHA256, digest, &e), 0);
	assert_true(sm_digest_hex_eq(digest, SM_SHA256_SIZE,
				     sm_str_trim(sm_buf_str(&out))));
	sm_os_file_close(fd);
	sm_buf_release(&out);
	(void)sm_fs_remove_tree(dir, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built),
		cmocka_unit_test(real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

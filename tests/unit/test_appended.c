/*
 * The trailer behind a program: in files built byte by byte with each way to
 * be wrong, and in a real Windows program before and after it is signed.
 */
#include "common/def.h"
#include "common/appended.h"

#include "tests/lib/scratch.h"

#include "common/os/process.h"

#define ELF "\177ELF, as far as anybody looks here"
#define ZIP "PK\5\6 and so on: the archive"
#define PE_LEN 528 /* of small_pe() */

static void put32(char *p, uint32_t v)
{
	p[0] = (char)v;
	p[1] = (char)(v >> 8);
	p[2] = (char)(v >> 16);
	p[3] = (char)(v >> 24);
}

/* A PE32+ with one section of 16 bytes at 512; see test_pe.c. */
static void small_pe(char raw[PE_LEN])
{
	memset(raw, 0, PE_LEN);
	memcpy(raw, "MZ", 2);
	raw[0x3c] = 0x40;
	memcpy(raw + 0x40, "PE\0\0\x64\x86\1\0", 8);
	raw[0x54] = (char)240;
	raw[0x58] = 0x0b;
	raw[0x59] = 2;
	raw[0x58 + 108] = 16;
	put32(raw + 0x58 + 240 + 16, 16);
	put32(raw + 0x58 + 240 + 20, 512);
}

/* Find in a file with these bytes; 1 if the digest is another one. */
static int find(struct sm_str bytes, struct sm_appended *a)
{
	struct sm_err e = SM_ERR_INIT;
	int fd = sm_os_file_temp(NULL, NULL);
	int r;

	assert_true(fd >= 0);
	assert_int_equal(sm_os_file_write_all(fd, bytes, NULL), 0);
	r = sm_appended_find(fd, a, &e);
	if (r == 0 && sm_appended_check(fd, a, &e) == SM_EVERIFY)
		r = 1;
	if (r != 0)
		assert_true(e.msg[0]);
	sm_os_file_close(fd);
	return r;
}

static void build(struct sm_buf *out, struct sm_str program)
{
	sm_buf_clear(out);
	assert_int_equal(sm_buf_put_str(out, program), 0);
	assert_int_equal(sm_appended_put(out, sm_str(ZIP), NULL), 0);
}

static void behind_elf(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_archive_range range;
	struct sm_appended a;
	struct sm_str s;

	SM_UNUSED(state);
	build(&b, sm_str(ELF));
	assert_int_equal(b.len % 8, 0);
	assert_int_equal(find(sm_buf_str(&b), &a), 0);
	assert_int_equal(a.size, strlen(ZIP));
	s = sm_str_sub(sm_buf_str(&b), (size_t)a.offset, (size_t)a.size);
	assert_true(sm_str_eqz(s, ZIP));
	range = sm_appended_range(&a);
	assert_int_equal(range.offset, a.offset);
	assert_int_equal(range.len, a.size);
	/* nothing appended, and files too short for anything */
	assert_int_equal(find(sm_str(ELF), &a), SM_ENOTFOUND);
	assert_int_equal(find(sm_str(""), &a), SM_ENOTFOUND);
	assert_int_equal(find(sm_str("M"), &a), SM_ENOTFOUND);
	/* bytes behind the trailer: it no longer ends the file */
	assert_int_equal(sm_buf_puts(&b, "\n"), 0);
	assert_int_equal(find(sm_buf_str(&b), &a), SM_ENOTFOUND);
	sm_buf_release(&b);
}

/* No byte of archive or trailer can change unnoticed, and no length. */
static void damage(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_appended a;
	size_t i;
	int r;

	SM_UNUSED(state);
	build(&b, sm_str(ELF));
	for (i = b.len - SM_APPENDED_TRAILER - strlen(ZIP); i < b.len; i++) {
		b.ptr[i] ^= 0x10;
		if (find(sm_buf_str(&b), &a) == 0)
			fail_msg("byte %zu is not looked at", i);
		b.ptr[i] ^= 0x10;
	}
	for (i = 0; i < b.len; i++)
		if (find(sm_str_n(b.ptr, i), &a) == 0)
			fail_msg("cut off at %zu", i);
	/* in front: only the place is wrong then */
	r = find(sm_str_n(b.ptr + 1, b.len - 1), &a);
	assert_int_equal(r, SM_EFORMAT);
	sm_buf_release(&b);
}

static void lies(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_appended a;
	char *t;

	SM_UNUSED(state);
	build(&b, sm_str(ELF));
	t = b.ptr + b.len - SM_APPENDED_TRAILER;
	t[8] = 2;
	assert_int_equal(find(sm_buf_str(&b), &a), SM_ENOTSUP);
	t[8] = 1;
	memset(t + 16, 0xff, 8); /* the offset */
	assert_int_equal(find(sm_buf_str(&b), &a), SM_EFORMAT);
	memset(t + 16, 0, 8); /* the whole file, program and all */
	put32(t + 24, (uint32_t)(b.len - SM_APPENDED_TRAILER));
	assert_int_equal(find(sm_buf_str(&b), &a), SM_EFORMAT);
	put32(t + 16, (uint32_t)(b.len - SM_APPENDED_TRAILER));
	put32(t + 24, 0); /* an archive of no bytes */
	assert_int_equal(find(sm_buf_str(&b), &a), SM_EFORMAT);
	sm_buf_release(&b);
}

static void limits(void **state)
{
	struct sm_buf b = SM_BUF_INIT(strlen(ELF) + 100);
	static const char one[1];
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(sm_buf_puts(&b, ELF), 0);
	assert_int_equal(sm_appended_put(&b, sm_str(ZIP ZIP ZIP ZIP), &e),
			 SM_ELIMIT);
	sm_err_clear(&e);
	assert_int_equal(sm_appended_put(&b, sm_str_n(one, SM_APPENDED_MAX + 1),
					 &e),
			 SM_ELIMIT);
	assert_non_null(strstr(e.msg, "too large"));
	sm_buf_release(&b);
}

/* A certificate table of 16 bytes behind `zeros` of padding. */
static void add_table(struct sm_buf *b, size_t zeros)
{
	assert_int_equal(sm_buf_put_fill(b, 0, zeros), 0);
	put32(b->ptr + 0x58 + 112 + 32, (uint32_t)b->len);
	put32(b->ptr + 0x58 + 112 + 36, 16);
	assert_int_equal(sm_buf_put_fill(b, 'c', 16), 0);
}

static void behind_pe(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_appended a;
	char raw[PE_LEN];

	SM_UNUSED(state);
	small_pe(raw);
	assert_int_equal(find(sm_str_n(raw, PE_LEN), &a), SM_ENOTFOUND);
	build(&b, sm_str_n(raw, PE_LEN));
	assert_int_equal(find(sm_buf_str(&b), &a), 0);
	add_table(&b, 0);
	assert_int_equal(find(sm_buf_str(&b), &a), 0);
	/* padding, as a signer leaves it: 7 at most, all zero */
	build(&b, sm_str_n(raw, PE_LEN));
	assert_int_equal(sm_buf_put_fill(&b, 0, 7), 0);
	assert_int_equal(find(sm_buf_str(&b), &a), 0);
	b.ptr[b.len - 4] = 'x';
	assert_int_equal(find(sm_buf_str(&b), &a), SM_ENOTFOUND);
	b.ptr[b.len - 4] = 0;
	add_table(&b, 1);
	assert_int_equal(find(sm_buf_str(&b), &a), SM_ENOTFOUND);
	/* behind the table the signature covers nothing */
	build(&b, sm_str_n(raw, PE_LEN));
	add_table(&b, 0);
	assert_int_equal(sm_appended_put(&b, sm_str(ZIP), NULL), 0);
	assert_int_equal(find(sm_buf_str(&b), &a), SM_EFORMAT);
	/* an archive that begins inside the program's sections */
	build(&b, sm_str_n(raw, PE_LEN));
	put32(b.ptr + 0x58 + 240 + 16, 24);
	assert_int_equal(find(sm_buf_str(&b), &a), SM_EFORMAT);
	sm_buf_release(&b);
}

static const char script[] =
	"set -e; cd \"$1\"; echo 'int main(void){return 7;}' >a.c\n"
	"x86_64-w64-mingw32-gcc -Os -s a.c -o a.exe\n"
	"echo text >VERSION; zip -q a.zip VERSION\n";
static const char sign[] =
	"set -e; cd \"$1\"\n"
	"openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -days 9"
	" -subj /CN=x -addext extendedKeyUsage=codeSigning\n"
	"osslsigncode sign -h sha256 -certs c -key k -in b.exe -out s.exe >&2\n"
	"osslsigncode verify -in s.exe -CAfile c >&2\n"
	"unzip -p s.exe VERSION || [ $? = 1 ]\n";

static void run(const char *text, const char *dir, struct sm_buf *out)
{
	const char *argv[] = { "sh", "-c", text, "sh", dir, NULL };
	int status = -1;

	sm_buf_clear(out);
	assert_int_equal(
		sm_os_process_run(argv, 60000, out, NULL, &status, NULL), 0);
	assert_int_equal(status, 0);
}

/* Foreign tools make the program, the archive and the signature. */
static void signed_pe(void **state)
{
	static const char *const tools[] = { "osslsigncode", "openssl", "zip",
					     "x86_64-w64-mingw32-gcc",
					     "unzip" };
	struct sm_buf b = SM_BUF_INIT((size_t)1 << 20);
	struct sm_buf zip = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_appended a;
	struct scratch s;

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(tools); i++) {
		if (sm_os_process_which(tools[i], &zip) < 0) {
			print_message("# skipped: no %s\n", tools[i]);
			sm_buf_release(&zip);
			skip();
		}
	}
	scratch_make(&s);
	run(script, s.dir, &zip);
	sm_buf_clear(&zip);
	assert_int_equal(sm_fs_read(scratch_path(&s, "a.exe"), b.max, &b, NULL),
			 0);
	assert_int_equal(
		sm_fs_read(scratch_path(&s, "a.zip"), zip.max, &zip, NULL), 0);
	assert_int_equal(find(sm_buf_str(&b), &a), SM_ENOTFOUND);
	assert_int_equal(sm_appended_put(&b, sm_buf_str(&zip), NULL), 0);
	assert_int_equal(sm_fs_write_atomic(scratch_path(&s, "b.exe"),
					    sm_buf_str(&b), 0644, NULL),
			 0);
	run(sign, s.dir, &zip);
	assert_string_equal(sm_buf_z(&zip), "text\n");
	sm_buf_clear(&b);
	assert_int_equal(sm_fs_read(scratch_path(&s, "s.exe"), b.max, &b, NULL),
			 0);
	assert_int_equal(find(sm_buf_str(&b), &a), 0);
	assert_int_equal(b.ptr[a.offset], 'P');
	sm_buf_release(&b);
	sm_buf_release(&zip);
	scratch_remove(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(behind_elf), cmocka_unit_test(damage),
		cmocka_unit_test(lies),       cmocka_unit_test(limits),
		cmocka_unit_test(behind_pe),  cmocka_unit_test(signed_pe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

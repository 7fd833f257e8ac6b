/*
 * Kinds of files.
 *
 * Rule: only what the first bytes and the text itself say for certain. file(1)
 * knows thousands of kinds more; nothing but a search by class would notice.
 */
#include "common/def.h"
#include "pkg/rpmclass.h"

#include "pkg/filelist.h"

#define ELF_HEAD 20
#define LONG_LINE 300 /* characters; longer ones are told of */

/* e_machine, System V ABI, in file(1)'s words. */
static const struct {
	unsigned machine;
	const char *name;
} machines[] = { { 62, "x86-64" },
		 { 3, "Intel 80386" },
		 { 183, "ARM aarch64" } };

static unsigned byte(struct sm_str s, size_t at)
{
	return (uint8_t)s.ptr[at];
}

/* Of little endian, as all of ours are. */
static bool is_elf(struct sm_str s)
{
	return s.len >= ELF_HEAD &&
	       !memcmp(s.ptr,
		       "\x7f"
		       "ELF",
		       4) &&
	       (byte(s, 4) == 1 || byte(s, 4) == 2) && byte(s, 5) == 1;
}

unsigned pkg_rpmclass_colour(const struct pkg_file *f)
{
	if (f->type != PKG_ARC_FILE || !is_elf(f->data))
		return 0;
	return byte(f->data, 4);
}

static int put_elf(struct sm_str s, struct sm_buf *out)
{
	static const char *const types[] = { "no file type", "relocatable",
					     "executable", "shared object",
					     "core file" };
	unsigned type = byte(s, 16) | byte(s, 17) << 8;
	unsigned machine = byte(s, 18) | byte(s, 19) << 8;
	const char *name = "unknown machine";

	for (size_t i = 0; i < SM_ARRAY_LEN(machines); i++)
		if (machines[i].machine == machine)
			name = machines[i].name;
	return sm_buf_printf(out, "ELF %s-bit LSB %s, %s, version 1 (%s)",
			     byte(s, 4) == 1 ? "32" : "64",
			     type < SM_ARRAY_LEN(types) ? types[type] : "file",
			     name, byte(s, 7) == 3 ? "GNU/Linux" : "SYSV");
}

/* Control characters that are part of text. */
static bool is_text(struct sm_str s, bool *ascii)
{
	*ascii = true;
	for (size_t i = 0; i < s.len; i++) {
		unsigned c = byte(s, i);

		if (c >= 0x80)
			*ascii = false;
		else if ((c < 0x20 && !strchr("\a\b\t\n\v\f\r\x1b", (int)c)) ||
			 c == 0x7f || c == 0)
			return false;
	}
	return *ascii || sm_str_utf8(s);
}

/* Characters of the longest line above LONG_LINE, or 0. */
static size_t long_line(struct sm_str s)
{
	size_t len = 0, longest = 0;

	for (size_t i = 0; i < s.len; i++) {
		if ((byte(s, i) & 0xc0) == 0x80)
			continue; /* not the first byte of a character */
		len = s.ptr[i] == '\n' || s.ptr[i] == '\r' ? 0 : len + 1;
		if (len > longest)
			longest = len;
	}
	return longest > LONG_LINE ? longest : 0;
}

static int put_text(struct sm_str s, bool ascii, struct sm_buf *out)
{
	const char *kind = ascii ? "ASCII text" : "Unicode text, UTF-8 text";
	size_t longest = long_line(s);

	if (sm_str_starts(s, "#!/bin/sh\n") || sm_str_starts(s, "#!/bin/sh "))
		sm_buf_printf(out, "POSIX shell script, %s executable", kind);
	else
		sm_buf_puts(out, kind);
	if (longest)
		sm_buf_printf(out, ", with very long lines (%zu)", longest);
	if (sm_str_chr(s, '\n', 0) < 0)
		sm_buf_puts(out, ", with no line terminators");
	return out->err;
}

int pkg_rpmclass_put(const struct pkg_file *f, struct sm_buf *out)
{
	bool ascii;

	if (f->type == PKG_ARC_DIR)
		return sm_buf_puts(out, "directory");
	if (f->type == PKG_ARC_LINK || !f->data.len)
		return out->err; /* file(1) says nothing certain either */
	if (is_elf(f->data))
		return put_elf(f->data, out);
	if (is_text(f->data, &ascii))
		return put_text(f->data, ascii, out);
	return sm_buf_puts(out, "data");
}

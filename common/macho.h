/*
 * Mach-O executables: which machines a file is for, where each slice lies,
 * whether it is signed at all and which macOS it asks for. Nothing is
 * executed, nothing below the load commands is read.
 */
#ifndef COMMON_MACHO_H
#define COMMON_MACHO_H

#include "common/err.h"
#include "common/str.h"

/* Source: mach/machine.h; PACKAGING.md 4.6. */
#define SM_MACHO_X86_64 0x01000007u
#define SM_MACHO_ARM64 0x0100000cu

#define SM_MACHO_SLICES_MAX 8

struct sm_macho_slice {
	uint32_t cputype, cpusubtype;
	uint64_t offset, size; /* in the file, bytes */
	bool has_signature;    /* LC_CODE_SIGNATURE; its worth is not judged */
	uint32_t min_os;       /* 0x000b0000 is 11.0; 0 if it does not say */
};

struct sm_macho {
	bool universal; /* a fat header comes first, even with one slice */
	struct sm_macho_slice slice[SM_MACHO_SLICES_MAX];
	size_t n;
};

/* True if the file begins as one (eight bytes are enough). */
bool sm_macho_is_macho(struct sm_str file);

/*
 * Read the headers of a whole file.
 *
 * Errors: SM_EFORMAT if a length leads out of the file or slices overlap,
 *         SM_ENOTSUP for 32-bit and big-endian slices.
 * Source: mach-o/fat.h and mach-o/loader.h layouts; PACKAGING.md 4.7.
 */
int sm_macho_read(struct sm_macho *m, struct sm_str file, struct sm_err *e);

/* The slice for this machine, or NULL. */
const struct sm_macho_slice *sm_macho_find(const struct sm_macho *m,
					   uint32_t cputype);

#endif

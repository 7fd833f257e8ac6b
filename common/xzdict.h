/*
 * How much memory an .xz stream asks for, before a decoder is started.
 */
#ifndef COMMON_XZDICT_H
#define COMMON_XZDICT_H

#include "common/err.h"
#include "common/str.h"

/* True if the bytes begin an .xz stream (six are enough). */
bool sm_xzdict_is_xz(struct sm_str head);

/*
 * Find the largest dictionary that any block of the stream, or of several
 * in a row, declares in a range of an open file. The library that decodes
 * would take up to 1 GiB without asking.
 *
 * Units:  *bytes is the size of the dictionary.
 * Errors: SM_EFORMAT for a stream whose index does not lead to its blocks,
 *         SM_ELIMIT for one with more than 65536 blocks, SM_EIO.
 * Source: The .xz File Format 1.1.0 (2022), sections 2.1, 3.1, 4 and 5.3.1.
 */
int sm_xzdict_largest(int fd, uint64_t offset, uint64_t len, uint64_t *bytes,
		      struct sm_err *e);

#endif

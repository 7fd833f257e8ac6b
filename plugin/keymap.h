/*
 * Keys of a Windows console: from the sequences that libuv makes of them to
 * those of the official client, which are what programs on the other side
 * find in their description of the terminal. Pure.
 */
#ifndef PLUGIN_KEYMAP_H
#define PLUGIN_KEYMAP_H

#include "common/buf.h"

/* Bytes that are added to `n` bytes at most. */
#define PLUG_KEYMAP_GROWTH(n) ((n) / 4)

/*
 * Append `in`, with every key in it as PROTOCOL.md 9.7 has it; everything
 * else, and a sequence that is cut by the end of `in`, as it is.
 * Errors: SM_ELIMIT of the buffer.
 */
int plug_keymap_put(struct sm_buf *out, struct sm_str in);

#endif

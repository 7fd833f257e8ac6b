/*
 * The caller's terminal and descriptors: raw input while a shell runs, and
 * everything as it was on every way out. Source: PROTOCOL.md 9.3;
 * BUILDING.md 9.6.
 *
 * What has to be put back is process state, and a signal handler puts it
 * back; so it lives in the platform's file, not in an object.
 */
#ifndef PLUGIN_TERMINAL_H
#define PLUGIN_TERMINAL_H

#include "common/buf.h"
#include "common/err.h"

#include <uv.h>

/* First of all: descriptors 0, 1 and 2 that are closed get the null device,
 * and the blocking mode of all three is remembered. */
void plug_terminal_open(void);

/*
 * Give the terminal raw mode: every key is a byte for the other side, output
 * processing stays. From now on fatal signals restore it too.
 * Errors: SM_EIO.
 */
int plug_terminal_raw(uv_tty_t *tty, struct sm_err *e);

/* The terminal was changed behind our back (stopped and continued). */
void plug_terminal_again(uv_tty_t *tty);

/* Put back terminal and descriptors. Any number of times; async-signal-safe. */
void plug_terminal_restore(void);

/* Columns and rows of stdout's terminal, 300 x 100 when it is none. */
void plug_terminal_size(unsigned *cols, unsigned *rows);

/*
 * What was typed, as the other side expects it, appended to `out`: with
 * PLUG_KEYMAP_GROWTH bytes more at most (plugin/keymap.h). Returns false, and
 * appends nothing, where terminals speak that language anyway.
 */
bool plug_terminal_keys(struct sm_str typed, struct sm_buf *out);

#endif

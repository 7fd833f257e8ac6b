/*
 * Progress of something that has bytes: a bar on a terminal, a line every few
 * seconds elsewhere, JSON lines if results are JSON, nothing when quiet. All
 * of it goes to the error stream. The caller passes the time in, from a clock
 * that does not go back.
 */
#ifndef COMMON_PROGRESS_H
#define COMMON_PROGRESS_H

#include "common/def.h"
#include "common/out.h"

#include <stdbool.h>
#include <stdint.h>

enum sm_progress_style {
	SM_PROGRESS_NONE,
	SM_PROGRESS_BAR,   /* one line, rewritten after '\r' */
	SM_PROGRESS_LINES, /* plain lines */
	SM_PROGRESS_JSON
};

struct sm_progress {
	struct sm_out *out;
	enum sm_progress_style style;
	unsigned cols;     /* of the terminal; the bar uses one less */
	bool utf8;         /* block characters instead of '#' */
	const char *label; /* "downloading plugin.deb"; borrowed */
	uint64_t total;    /* bytes; 0 while unknown */
	uint64_t done;     /* bytes */
	int64_t start_ms, shown_ms;
	unsigned width; /* columns of the line on the screen */
	bool shown;     /* anything was printed */
};

/*
 * Prepare for `out`: style from it and from the terminal behind stderr, UTF-8
 * from LC_ALL, LC_CTYPE, LANG. Tests set the fields themselves afterwards.
 */
void sm_progress_init(struct sm_progress *p, struct sm_out *out);

/* Begin one item. `label` must live until the end; total 0: not known. */
void sm_progress_start(struct sm_progress *p, const char *label, uint64_t total,
		       int64_t now_ms);

/*
 * `done` bytes of `total` (0: as before) are through. Prints when enough time
 * has passed since the last print: 100 ms for a bar, 5 s for lines, 1 s for
 * JSON.
 */
void sm_progress_update(struct sm_progress *p, uint64_t done, uint64_t total,
			int64_t now_ms);

/*
 * The end of the item: the last state and a line end. With `ok` false the bar
 * is wiped instead, so that the error message stands alone.
 */
void sm_progress_end(struct sm_progress *p, bool ok, int64_t now_ms);

#endif

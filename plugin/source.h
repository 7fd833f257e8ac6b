/*
 * Standard input: a terminal, pipe, socket, file or device, read only while
 * somebody has room for what comes.
 */
#ifndef PLUGIN_SOURCE_H
#define PLUGIN_SOURCE_H

#include "common/err.h"
#include "common/str.h"

#include <stdbool.h>
#include <uv.h>

struct plug_source_ops {
	/*
	 * Bytes that were read. Returns how many were taken; when that is not
	 * all, reading stops, the rest is kept and offered first after
	 * plug_source_start.
	 */
	size_t (*data)(void *user, struct sm_str bytes);
	/* The end (`uv` is 0 or UV_EOF) or a read error; comes once, after
	 * all data was taken. */
	void (*end)(void *user, int uv);
};

struct plug_source;

/* Opens `fd`; does not read yet. Errors: SM_EIO. */
struct plug_source *plug_source_new(uv_loop_t *loop, int fd,
				    const struct plug_source_ops *ops,
				    void *user, struct sm_err *e);

/* Memory goes with the loop's next turns. */
void plug_source_free(struct plug_source *s);

/* Read, or go on reading; does nothing while reading and after the end. */
void plug_source_start(struct plug_source *s);
void plug_source_stop(struct plug_source *s);

/* The terminal's handle, or NULL when it is not one. */
uv_tty_t *plug_source_tty(struct plug_source *s);

#endif

/*
 * The caller's death: a forward whose owner is gone would hold its port and
 * its session for ever.
 */
#ifndef PLUGIN_PARENT_H
#define PLUGIN_PARENT_H

#include <uv.h>

struct plug_parent;

typedef void plug_parent_fn(void *user);

/* Calls `fn` once when the parent process ends. NULL where that cannot be
 * known, or when there is no parent to speak of (init). */
struct plug_parent *plug_parent_new(uv_loop_t *loop, plug_parent_fn *fn,
				    void *user);

/* Memory goes with the loop's next turns. */
void plug_parent_free(struct plug_parent *p);

/* The kernel's part of it, on Unix: a descriptor that becomes readable when
 * this process ends, for the caller to close; negative where there is none. */
int plug_parent_fd(long pid);

#endif

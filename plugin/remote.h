/*
 * The AWS calls of a session, off the loop's thread: signing headers for the
 * upgrade, ResumeSession, TerminateSession, GenerateDataKey. Each answers
 * through a callback on the loop.
 *
 * Credentials are looked up for every call, so that renewed ones are used.
 */
#ifndef PLUGIN_REMOTE_H
#define PLUGIN_REMOTE_H

#include "common/err.h"
#include "common/log.h"
#include "common/str.h"

#include <stdbool.h>
#include <uv.h>

struct plug_remote_config {
	const char *region, *profile, *endpoint;
	const char *session_id, *target;
};

struct plug_remote;

/* The strings of `c` must outlive it. Owned by the caller. */
struct plug_remote *plug_remote_new(uv_loop_t *loop,
				    const struct plug_remote_config *c,
				    struct sm_log *log);

/* Cancels what runs; no callback comes any more. */
void plug_remote_free(struct plug_remote *r);

/* Lines "Name: value" for the upgrade of the URL; n is 0 when it goes out
 * unsigned (already signed, or no credentials: PROTOCOL.md 3.3). */
typedef void plug_remote_sign_fn(void *user, const char *const *headers,
				 size_t n);
void plug_remote_sign(struct plug_remote *r, struct sm_str url,
		      plug_remote_sign_fn *fn, void *user);

/* code: 1 with a token, 0 when the session is over, or negative with `e`,
 * after left_ms or half a minute at the latest. */
typedef void plug_remote_resume_fn(void *user, int code, struct sm_str token,
				   const struct sm_err *e);
void plug_remote_resume(struct plug_remote *r, int64_t left_ms,
			plug_remote_resume_fn *fn, void *user);

/* True while a call runs. */
bool plug_remote_busy(const struct plug_remote *r);

/* code: 0, or negative; what failed is logged. `fn` may be NULL. */
typedef void plug_remote_done_fn(void *user, int code);
void plug_remote_terminate(struct plug_remote *r, plug_remote_done_fn *fn,
			   void *user);

/*
 * A data key. With a `challenge` that is not empty it becomes part of the
 * encryption context (PROTOCOL.md 8).
 */
typedef void plug_remote_key_fn(void *user, int code, struct sm_str plain,
				struct sm_str cipher, const struct sm_err *e);
void plug_remote_key(struct plug_remote *r, struct sm_str key_id,
		     struct sm_str challenge, plug_remote_key_fn *fn,
		     void *user);

#endif

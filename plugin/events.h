/*
 * What happens to a session, as one JSON object per line on a descriptor that
 * the caller opened (SSM_PLUGIN_EVENT_FD), so that nobody has to parse texts:
 *
 *	{"event":"connected","session":"..."}
 *	{"event":"listening","host":"127.0.0.1","port":8080}
 *	{"event":"listening","path":"/run/x.sock"}
 *	{"event":"accepted"}           a local connection
 *	{"event":"remote_refused"}     the target's port did not answer
 *	{"event":"lost"} {"event":"resumed"}
 *	{"event":"closed","reason":"..."}
 */
#ifndef PLUGIN_EVENTS_H
#define PLUGIN_EVENTS_H

#include "common/err.h"
#include "common/str.h"

#include <uv.h>

struct plug_events;
struct plug_sink_ops;

/* `fd` -1: everything below does nothing (NULL is returned, no error). `ops`
 * are those of the sink below. Errors: SM_EIO, the descriptor is not open. */
struct plug_events *plug_events_new(uv_loop_t *loop, int fd,
				    const struct plug_sink_ops *ops, void *user,
				    struct sm_err *e);
void plug_events_free(struct plug_events *v);

/* An event with no member, with a string, with host and port. */
void plug_events_put(struct plug_events *v, const char *event);
void plug_events_put_text(struct plug_events *v, const char *event,
			  const char *name, struct sm_str value);
void plug_events_put_port(struct plug_events *v, const char *host,
			  unsigned port);

/* Bytes not yet written. */
size_t plug_events_queued(const struct plug_events *v);

#endif

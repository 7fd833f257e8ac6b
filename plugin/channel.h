/*
 * The data channel: a reliable stream over a WebSocket that may break. It
 * connects, opens (OpenDataChannel), keeps the stream going through
 * ResumeSession when the socket ends, and gives up within its budgets.
 *
 * Source: PROTOCOL.md 1.10, 3.4 to 3.9, 6.
 */
#ifndef PLUGIN_CHANNEL_H
#define PLUGIN_CHANNEL_H

#include "common/err.h"
#include "common/log.h"
#include "common/str.h"
#include "plugin/wire/stream.h"

#include <uv.h>

enum plug_channel_event {
	PLUG_CHANNEL_OPENED,  /* the first time */
	PLUG_CHANNEL_LOST,    /* the socket ended; being resumed */
	PLUG_CHANNEL_RESUMED, /* a new socket, same stream */
	PLUG_CHANNEL_FINISHED /* after plug_channel_finish: all is said */
};

struct plug_channel_ops {
	/* As plug_stream_ops.deliver: 0, or SM_EAGAIN for "not ready". */
	int (*deliver)(void *user, uint32_t payload_type,
		       struct sm_str payload);
	/* The service closed the session; nothing more comes. */
	void (*closed)(void *user, const struct plug_closed *c);
	void (*event)(void *user, enum plug_channel_event ev);
	/* Once after plug_channel_want_room, when there is some. */
	void (*room)(void *user);
	/*
	 * It is over and cannot be helped. SM_EOF: the service says that the
	 * session timed out; otherwise `e` says what failed.
	 */
	void (*failed)(void *user, int code, const struct sm_err *e);
};

struct plug_remote;

struct plug_channel_config {
	struct sm_str url, token; /* copied */
	unsigned ping_sec;
	unsigned connect_sec; /* budget of the first connection */
	unsigned resume_sec;  /* budget of each resumption; 0: never */
	unsigned answer_sec;  /* from opening to the first message */
	struct plug_stream_config stream;
	struct plug_remote *remote; /* borrowed */
};

struct plug_channel;

/* Errors: SM_ENET when libcurl does not start. */
struct plug_channel *plug_channel_new(uv_loop_t *loop,
				      const struct plug_channel_config *c,
				      const struct plug_channel_ops *ops,
				      void *user, struct sm_log *log,
				      struct sm_err *e);

/* Memory goes with the loop's next turns. */
void plug_channel_free(struct plug_channel *ch);

/* Begin to connect. Results come through `ops`. */
void plug_channel_open(struct plug_channel *ch);

/* The stream (plugin/wire/stream.h); sent at the end of the loop's turn. */
int plug_channel_write(struct plug_channel *ch, uint32_t payload_type,
		       struct sm_str payload);
size_t plug_channel_room(const struct plug_channel *ch);
size_t plug_channel_pending(const struct plug_channel *ch);
void plug_channel_want_room(struct plug_channel *ch);
void plug_channel_redeliver(struct plug_channel *ch);
void plug_channel_configure(struct plug_channel *ch,
			    const struct plug_stream_config *c);
void plug_channel_seal(struct plug_channel *ch, struct plug_crypter *c);

/* Stop or go on reading the socket: a sink is slow. */
void plug_channel_hold(struct plug_channel *ch, bool hold);

/*
 * Say goodbye, with `drain` only when what is pending has arrived, but within
 * a second; PLUG_CHANNEL_FINISHED follows. Messages that still arrive are
 * ignored.
 */
void plug_channel_finish(struct plug_channel *ch, bool drain);

#endif

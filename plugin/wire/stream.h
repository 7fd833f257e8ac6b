/*
 * The reliable stream: order, acknowledgement, retransmission, flow control.
 *
 * Sans I/O: messages and the time come in, messages and the next deadline go
 * out. Source: PROTOCOL.md 6; where the reference is at fault (section 15,
 * points 4, 7-11, 14, 17) this does better and stays compatible:
 * - a message is registered before it is handed out, and has its own timer;
 * - what arrived before is acknowledged again;
 * - handshake messages are dispatched alike, in order or from the buffer;
 * - bytes in flight are bounded by a window driven by acknowledgements;
 * - nothing is dropped when a limit is reached: plug_stream_room() says 0.
 *
 * One object per session and end; it survives reconnects. Not thread safe.
 */
#ifndef PLUGIN_WIRE_STREAM_H
#define PLUGIN_WIRE_STREAM_H

#include "common/buf.h"
#include "common/err.h"
#include "plugin/wire/crypter.h"
#include "plugin/wire/message.h"
#include "plugin/wire/payload.h"

struct plug_now {
	int64_t mono_ms; /* for timers; never goes back */
	int64_t wall_ms; /* CreatedDate */
};

#define PLUG_STREAM_PAYLOAD 1024u      /* official size; always accepted */
#define PLUG_STREAM_PAYLOAD_MAX 32768u /* what the self-check may go up to */
#define PLUG_STREAM_QUEUE ((size_t)1 << 20)   /* bytes waiting to be sent */
#define PLUG_STREAM_REORDER ((size_t)4 << 20) /* bytes buffered out of order */

struct plug_stream_ops {
	/*
	 * A whole message to put into one binary WebSocket frame. Copy it
	 * before returning. Never fails: the caller owns a growing buffer and
	 * looks at its own limit through plug_stream_flush's `budget`. May
	 * call plug_stream_suspend once it has its copy, and nothing else.
	 */
	void (*transmit)(void *user, struct sm_str message);
	/*
	 * The next payload in order, decrypted. Return 0 when consumed, or
	 * SM_EAGAIN when the session is not ready: it is then not acknowledged
	 * and comes again. Another negative code ends the session.
	 * May call plug_stream_write; must not call receive, poll or flush.
	 * Types 5, 7 and 8 are acknowledged before the call (PROTOCOL.md 6.2).
	 */
	int (*deliver)(void *user, uint32_t payload_type,
		       struct sm_str payload);
	/* channel_closed arrived; may be called at any time after opening. */
	void (*closed)(void *user, const struct plug_closed *c);
	/* 16 to 4096 random bytes, for message ids. */
	void (*random)(void *user, void *p, size_t len);
};

struct plug_stream_config {
	enum plug_role role;  /* CLIENT sends input_stream_data */
	bool lf_to_cr;        /* shell: a write of one LF is sent as CR */
	uint32_t payload_max; /* 1024..PLUG_STREAM_PAYLOAD_MAX; above 1024 it is
				 tried with the self-check first */
	uint64_t rate_limit;  /* bytes per second of data, 0: none */
	unsigned resend_limit; /* of one message; 0: none */
};

/*
 * The self-check, once at least PLUG_STREAM_BULK bytes of data wait: one Size
 * payload padded with spaces to the largest message there would be goes out
 * among the data. It is for Port sessions, where agents ignore and acknowledge
 * that type (PROTOCOL.md 13.5): so a smaller one may take its place under the
 * same sequence number, whichever of the two arrives. Data could not be cut
 * again like that: a message that is only late, or whose acknowledgement got
 * lost, would be delivered twice in part. Until it is acknowledged, and for
 * ever when it is not, data goes in PLUG_STREAM_PAYLOAD bytes. There is no
 * self-check with lf_to_cr (1024 is used) nor for the agent (payload_max is
 * used at once: clients have no limit, PROTOCOL.md 3.5).
 */
#define PLUG_STREAM_BULK 8192u

struct plug_stream;

/* `ops` must outlive the stream. Owned by the caller. */
struct plug_stream *plug_stream_new(const struct plug_stream_config *c,
				    const struct plug_stream_ops *ops,
				    void *user);
void plug_stream_free(struct plug_stream *s);

/* Change all but the role once the kind of session is known. */
void plug_stream_configure(struct plug_stream *s,
			   const struct plug_stream_config *c);

/* From now on types 1 (both ways), 11 and 12 (from the agent) are sealed.
 * The stream does not own the crypter; NULL turns it off. */
void plug_stream_set_crypter(struct plug_stream *s, struct plug_crypter *c);

/*
 * Queue a payload behind everything queued before. Type 1 data is joined and
 * cut into messages later; other types are one message each and always
 * accepted up to 64 KiB, as long as no more than PLUG_STREAM_QUEUE bytes of
 * them wait. A Size takes the place of one that was not sent yet. Empty
 * payloads are ignored. Returns 0, SM_EAGAIN when data does not fit into
 * plug_stream_room (nothing is taken), SM_ELIMIT.
 */
int plug_stream_write(struct plug_stream *s, uint32_t payload_type,
		      struct sm_str payload);

/* Data bytes plug_stream_write takes now; 0: stop reading the source. */
size_t plug_stream_room(const struct plug_stream *s);

/* Bytes queued or not yet acknowledged; 0: everything arrived. */
size_t plug_stream_pending(const struct plug_stream *s);

/*
 * Hand out what window, pacing and `budget` (bytes the socket side can take
 * now) allow; the last message may go beyond the budget. With 0 the timers
 * stand still until there is room again. Call once per loop turn, after all
 * receives and writes. Returns the number of messages handed out or a
 * negative code.
 */
int plug_stream_flush(struct plug_stream *s, struct plug_now now,
		      size_t budget);

/*
 * One WebSocket message (text or binary). Bad ones are dropped with a code
 * for the log: SM_EFORMAT (unknown types included), SM_EVERIFY; SM_EAGAIN: not
 * ready, or no room for what came early, or suspended; 0 handled; a code of
 * deliver that is neither is returned as it is.
 *
 * What deliver was not ready for is kept, unacknowledged, where there is room:
 * plug_stream_redeliver need not wait for the peer to send it again.
 */
int plug_stream_receive(struct plug_stream *s, struct sm_str message,
			struct plug_now now);

/*
 * Timers: retransmission, of at most a window. Call it at the deadline, and
 * flush after it. Returns SM_ELIMIT once resend_limit is reached.
 */
int plug_stream_poll(struct plug_stream *s, struct plug_now now);

/* When poll or flush wants to be called again (mono_ms), which may be in the
 * past; INT64_MAX: never. */
int64_t plug_stream_deadline(const struct plug_stream *s);

/* The socket is gone: timers stop, writes are still queued. A self-check that
 * was under way has failed. */
void plug_stream_suspend(struct plug_stream *s);
/* A new socket is open: everything unacknowledged is sent again, paced. Not
 * needed for the first socket. */
void plug_stream_resume(struct plug_stream *s, struct plug_now now);
/* The socket closed with 1009: if the self-check is under way it has failed,
 * and its message goes out again as a small one; from now on 1024 bytes. */
void plug_stream_shrink(struct plug_stream *s);

/* Something moved: a readiness that made deliver say SM_EAGAIN changed, so
 * try what is buffered. */
int plug_stream_redeliver(struct plug_stream *s, struct plug_now now);

struct plug_stream_stats {
	uint64_t sent, resent, received, duplicates, out_of_order, bad;
	uint64_t bytes_sent, bytes_received; /* payload */
	uint64_t acked; /* messages acknowledged, up to the first gap */
	double srtt_ms, rto_ms;
	size_t window; /* bytes allowed in flight */
	size_t in_flight;
	size_t early;     /* messages kept that wait for one before them */
	uint32_t payload; /* size in use */
};
void plug_stream_stats(const struct plug_stream *s,
		       struct plug_stream_stats *out);

#endif

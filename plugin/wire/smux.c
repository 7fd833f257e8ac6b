/*
 * smux version 1.
 *
 * Rule: a stream is in the table from SYN until we send FIN; the peer's FIN
 * only marks it, because a FIN does not stop the other direction. Payload is
 * handed on as it comes, so nothing but a partial header is ever stored.
 */
#include "common/def.h"
#include "plugin/wire/smux.h"

#include "common/mem.h"

#define VERSION 1
#define TABLE_MIN 64u

enum command {
	SYN = 0,
	FIN = 1,
	PSH = 2,
	NOP = 3
}; /* PROTOCOL.md 10.6 */

/* One stream. Free slots have id 0, which no stream ever has. */
struct slot {
	uint32_t id;
	bool peer_closed;
};

struct plug_smux {
	const struct plug_smux_ops *ops;
	void *user;
	enum plug_role role;
	int failed;       /* the first fatal error of input */
	uint32_t next_id; /* 0: all were used */

	/* open addressing, linear probing, at most half full */
	struct slot *table;
	uint32_t size; /* power of two */
	size_t count;

	unsigned char head[PLUG_SMUX_HEADER];
	size_t head_len;
	size_t body_left; /* of the PSH frame being read */
	uint32_t body_id;

	size_t held;
	uint64_t frames;
};

struct plug_smux *plug_smux_new(enum plug_role role,
				const struct plug_smux_ops *ops, void *user)
{
	struct plug_smux *m = sm_mem_zalloc(1, sizeof(*m));

	m->ops = ops;
	m->user = user;
	m->role = role;
	m->next_id = role == PLUG_ROLE_CLIENT ? 3 : 2;
	m->size = TABLE_MIN;
	m->table = sm_mem_zalloc(m->size, sizeof(*m->table));
	return m;
}

void plug_smux_free(struct plug_smux *m)
{
	if (!m)
		return;
	sm_mem_free(m->table);
	sm_mem_free(m);
}

/* Where `id` belongs in the table when nobody is in its way. */
static uint32_t home(const struct plug_smux *m, uint32_t id)
{
	uint32_t h = id * 2654435769u; /* 2^32 / golden ratio */

	return (h ^ h >> 15) & (m->size - 1);
}

/* The slot of `id`, or the free one where it would go. */
static uint32_t locate(const struct plug_smux *m, uint32_t id)
{
	uint32_t at = home(m, id);

	while (m->table[at].id && m->table[at].id != id)
		at = (at + 1) & (m->size - 1);
	return at;
}

static struct slot *find(const struct plug_smux *m, uint32_t id)
{
	struct slot *s;

	if (!id)
		return NULL;
	s = &m->table[locate(m, id)];
	return s->id ? s : NULL;
}

static void grow(struct plug_smux *m)
{
	struct slot *old = m->table;
	uint32_t i, n = m->size;

	m->size *= 2;
	m->table = sm_mem_zalloc(m->size, sizeof(*m->table));
	for (i = 0; i < n; i++) {
		if (old[i].id)
			m->table[locate(m, old[i].id)] = old[i];
	}
	sm_mem_free(old);
}

static int add(struct plug_smux *m, uint32_t id)
{
	struct slot fresh = { id, false };

	if (m->count >= PLUG_SMUX_STREAMS_MAX)
		return SM_ELIMIT;
	if ((m->count + 1) * 2 > m->size)
		grow(m);
	m->table[locate(m, id)] = fresh;
	m->count++;
	return 0;
}

/* Take a slot out and move up what was pushed behind it. */
static void drop(struct plug_smux *m, struct slot *s)
{
	uint32_t mask = m->size - 1;
	uint32_t hole = (uint32_t)(s - m->table), at = hole;

	for (;;) {
		at = (at + 1) & mask;
		if (!m->table[at].id)
			break;
		if (((at - home(m, m->table[at].id)) & mask) >=
		    ((at - hole) & mask)) {
			m->table[hole] = m->table[at];
			hole = at;
		}
	}
	m->table[hole].id = 0;
	m->count--;
}

static int put_head(struct sm_buf *out, enum command command, size_t len,
		    uint32_t id)
{
	unsigned char h[PLUG_SMUX_HEADER];

	h[0] = VERSION;
	h[1] = (unsigned char)command;
	h[2] = (unsigned char)len;
	h[3] = (unsigned char)(len >> 8);
	h[4] = (unsigned char)id;
	h[5] = (unsigned char)(id >> 8);
	h[6] = (unsigned char)(id >> 16);
	h[7] = (unsigned char)(id >> 24);
	return sm_buf_put(out, h, sizeof(h));
}

static int take_syn(struct plug_smux *m, uint32_t id)
{
	int r;

	if (!id || m->role == PLUG_ROLE_CLIENT || find(m, id))
		return 0;
	if ((r = add(m, id)) < 0)
		return r;
	if (m->ops->opened)
		m->ops->opened(m->user, id);
	return 0;
}

static void take_fin(struct plug_smux *m, uint32_t id)
{
	struct slot *s = find(m, id);

	if (!s || s->peer_closed)
		return;
	s->peer_closed = true;
	m->ops->fin(m->user, id);
}

static int take_head(struct plug_smux *m)
{
	const unsigned char *h = m->head;
	size_t len = (size_t)(h[2] | h[3] << 8);
	uint32_t id = (uint32_t)h[4] | (uint32_t)h[5] << 8 |
		      (uint32_t)h[6] << 16 | (uint32_t)h[7] << 24;

	m->head_len = 0;
	if (h[0] != VERSION || h[1] > NOP || (h[1] != PSH && len))
		return SM_EFORMAT;
	m->frames++;
	switch (h[1]) {
	case SYN:
		return take_syn(m, id);
	case FIN:
		take_fin(m, id);
		return 0;
	case PSH:
		m->body_id = id;
		m->body_left = len;
		return 0;
	default:
		return 0;
	}
}

/* Looked up for every piece: a callback may have closed the stream. */
static void take_body(struct plug_smux *m, struct sm_str piece)
{
	struct slot *s = find(m, m->body_id);

	m->body_left -= piece.len;
	if (s && !s->peer_closed)
		m->ops->data(m->user, m->body_id, piece);
}

int plug_smux_input(struct plug_smux *m, struct sm_str bytes)
{
	size_t n;

	while (bytes.len && !m->failed) {
		if (m->body_left) {
			n = bytes.len < m->body_left ? bytes.len : m->body_left;
			take_body(m, sm_str_sub(bytes, 0, n));
		} else {
			n = PLUG_SMUX_HEADER - m->head_len;
			if (n > bytes.len)
				n = bytes.len;
			memcpy(m->head + m->head_len, bytes.ptr, n);
			m->head_len += n;
			if (m->head_len == PLUG_SMUX_HEADER)
				m->failed = take_head(m);
		}
		bytes = sm_str_sub(bytes, n, bytes.len);
	}
	return m->failed;
}

int plug_smux_open(struct plug_smux *m, struct sm_buf *out, uint32_t *id)
{
	int r;

	if (!m->next_id || m->count >= PLUG_SMUX_STREAMS_MAX)
		return SM_ELIMIT;
	if ((r = put_head(out, SYN, 0, m->next_id)) < 0)
		return r;
	*id = m->next_id;
	m->next_id = m->next_id > UINT32_MAX - 2 ? 0 : m->next_id + 2;
	return find(m, *id) ? 0 : add(m, *id);
}

int plug_smux_send(struct plug_smux *m, struct sm_buf *out, uint32_t id,
		   struct sm_str bytes)
{
	size_t frames = bytes.len / PLUG_SMUX_FRAME_MAX + 1;
	size_t n;
	int r;

	if (!find(m, id))
		return SM_ENOTFOUND;
	/* all or nothing: half a frame would garble what follows */
	if (bytes.len > SIZE_MAX / 2)
		return SM_ELIMIT;
	if ((r = sm_buf_reserve(out, bytes.len + frames * PLUG_SMUX_HEADER)) <
	    0)
		return r;
	for (; bytes.len; bytes = sm_str_sub(bytes, n, bytes.len)) {
		n = bytes.len < PLUG_SMUX_FRAME_MAX ? bytes.len :
						      PLUG_SMUX_FRAME_MAX;
		(void)put_head(out, PSH, n, id); /* reserved above */
		(void)sm_buf_put(out, bytes.ptr, n);
	}
	return 0;
}

int plug_smux_close(struct plug_smux *m, struct sm_buf *out, uint32_t id)
{
	struct slot *s = find(m, id);
	int r;

	if (!s)
		return SM_ENOTFOUND;
	if ((r = put_head(out, FIN, 0, id)) < 0)
		return r;
	drop(m, s);
	return 0;
}

int plug_smux_nop(struct plug_smux *m, struct sm_buf *out)
{
	SM_UNUSED(m);
	return put_head(out, NOP, 0, 0);
}

void plug_smux_hold(struct plug_smux *m, size_t bytes)
{
	m->held += bytes;
}

void plug_smux_release(struct plug_smux *m, size_t bytes)
{
	m->held = bytes < m->held ? m->held - bytes : 0;
}

bool plug_smux_full(const struct plug_smux *m)
{
	return m->held >= PLUG_SMUX_BUDGET;
}

size_t plug_smux_count(const struct plug_smux *m)
{
	return m->count;
}

uint64_t plug_smux_frames(const struct plug_smux *m)
{
	return m->frames;
}

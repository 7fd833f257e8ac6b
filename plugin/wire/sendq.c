/*
 * A list of chunks. A data chunk has room behind its bytes, so that many
 * small writes become one message; any other chunk is one message.
 */
#include "common/def.h"
#include "plugin/wire/sendq.h"

#include "common/mem.h"
#include "plugin/wire/message.h"

#define CHUNK_FIRST ((size_t)2 << 10) /* the queue was empty: a keystroke */
#define CHUNK_MORE ((size_t)32 << 10)
#define CHUNK_SIZE 64 /* a Size is at most 43 bytes long */

struct plug_sendq_chunk {
	struct plug_sendq_chunk *next;
	uint32_t type;
	size_t off, len, cap;
	char bytes[];
};

void plug_sendq_init(struct plug_sendq *q)
{
	memset(q, 0, sizeof(*q));
	sm_buf_init(&q->joined, PLUG_MESSAGE_MAX);
}

void plug_sendq_release(struct plug_sendq *q)
{
	while (q->head) {
		struct plug_sendq_chunk *next = q->head->next;

		sm_mem_free(q->head);
		q->head = next;
	}
	sm_buf_release(&q->joined);
	plug_sendq_init(q);
}

static struct plug_sendq_chunk *add(struct plug_sendq *q, uint32_t type,
				    size_t cap)
{
	struct plug_sendq_chunk *c = sm_mem_alloc(sizeof(*c) + cap);

	c->next = NULL;
	c->type = type;
	c->off = c->len = 0;
	c->cap = cap;
	if (q->tail)
		q->tail->next = c;
	else
		q->head = c;
	q->tail = c;
	return c;
}

static void append(struct plug_sendq_chunk *c, struct sm_str s)
{
	memcpy(c->bytes + c->off + c->len, s.ptr, s.len);
	c->len += s.len;
}

static void put_data(struct plug_sendq *q, struct sm_str s)
{
	size_t cap = q->head ? CHUNK_MORE : CHUNK_FIRST;
	struct plug_sendq_chunk *c = q->tail;
	size_t room, n;

	q->data_bytes += s.len;
	if (c && c->type == PLUG_PAYLOAD_OUTPUT) {
		room = c->cap - c->off - c->len;
		n = s.len < room ? s.len : room;
		append(c, sm_str_sub(s, 0, n));
		s = sm_str_sub(s, n, s.len);
	}
	if (s.len)
		append(add(q, PLUG_PAYLOAD_OUTPUT, s.len > cap ? s.len : cap),
		       s);
}

void plug_sendq_put(struct plug_sendq *q, uint32_t payload_type,
		    struct sm_str payload)
{
	struct plug_sendq_chunk *c;

	if (payload_type == PLUG_PAYLOAD_OUTPUT) {
		put_data(q, payload);
		return;
	}
	c = payload_type == PLUG_PAYLOAD_SIZE ? q->size : NULL;
	if (c && c->cap >= payload.len) {
		q->other_bytes -= c->len;
		c->len = 0;
	} else {
		c = add(q, payload_type,
			payload.len > CHUNK_SIZE ? payload.len : CHUNK_SIZE);
		if (payload_type == PLUG_PAYLOAD_SIZE)
			q->size = c;
	}
	append(c, payload);
	q->other_bytes += payload.len;
}

size_t plug_sendq_run(const struct plug_sendq *q, size_t enough)
{
	const struct plug_sendq_chunk *c = q->head;
	size_t n = 0;

	for (; c && c->type == PLUG_PAYLOAD_OUTPUT && n < enough; c = c->next)
		n += c->len;
	return n;
}

/* `max` bytes of data that are spread over several chunks. */
static struct sm_str join(struct plug_sendq *q, size_t max)
{
	const struct plug_sendq_chunk *c = q->head;
	size_t n;

	sm_buf_clear(&q->joined);
	for (; c && c->type == PLUG_PAYLOAD_OUTPUT && max; c = c->next) {
		n = c->len < max ? c->len : max;
		(void)sm_buf_put(&q->joined, c->bytes + c->off,
				 n); /* a message is far below its maximum */
		max -= n;
	}
	return sm_buf_str(&q->joined);
}

bool plug_sendq_peek(struct plug_sendq *q, size_t max,
		     struct plug_sendq_piece *piece)
{
	const struct plug_sendq_chunk *c = q->head;

	if (!c)
		return false;
	piece->payload_type = c->type;
	piece->payload = sm_str_n(c->bytes + c->off, c->len);
	if (c->type != PLUG_PAYLOAD_OUTPUT)
		return true;
	if (c->len >= max)
		piece->payload.len = max;
	else if (c->next && c->next->type == PLUG_PAYLOAD_OUTPUT)
		piece->payload = join(q, max);
	return true;
}

void plug_sendq_drop(struct plug_sendq *q, size_t len)
{
	while (len && q->head) {
		struct plug_sendq_chunk *c = q->head;
		size_t n = len < c->len ? len : c->len;

		if (c->type == PLUG_PAYLOAD_OUTPUT)
			q->data_bytes -= n;
		else
			q->other_bytes -= n;
		c->off += n;
		c->len -= n;
		len -= n;
		if (c->len)
			return;
		q->head = c->next;
		if (!q->head)
			q->tail = NULL;
		if (q->size == c)
			q->size = NULL;
		sm_mem_free(c);
	}
}

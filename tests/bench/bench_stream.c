/*
 * The cost of the stream: a client and an agent in one process, messages
 * handed over in memory. Beside it, in the same run, the SHA-256 that each
 * message needs at both ends anyway.
 *
 *   bench_stream [MEGABYTES]
 */
#include "common/def.h"
#include "plugin/wire/stream.h"

#include <openssl/evp.h>

#include "common/mem.h"
#include "common/os/clock.h"
#include "common/os/random.h"

struct end {
	struct plug_stream *stream;
	struct sm_buf out;  /* messages, each behind its length */
	uint64_t delivered; /* bytes */
};

static void on_transmit(void *user, struct sm_str m)
{
	struct end *e = user;

	(void)sm_buf_put(&e->out, &m.len, sizeof(m.len));
	(void)sm_buf_put_str(&e->out, m);
}

static int on_deliver(void *user, uint32_t type, struct sm_str payload)
{
	struct end *e = user;

	if (type == PLUG_PAYLOAD_OUTPUT)
		e->delivered += payload.len;
	return 0;
}

static void on_closed(void *user, const struct plug_closed *c)
{
	SM_UNUSED(user);
	SM_UNUSED(c);
}

static void on_random(void *user, void *p, size_t len)
{
	SM_UNUSED(user);
	sm_os_random(p, len);
}

static const struct plug_stream_ops ops = { on_transmit, on_deliver, on_closed,
					    on_random };

static void move(struct end *from, struct end *to, struct plug_now now)
{
	size_t at = 0, len;

	while (at < from->out.len) {
		memcpy(&len, from->out.ptr + at, sizeof(len));
		at += sizeof(len);
		(void)plug_stream_receive(
			to->stream, sm_str_n(from->out.ptr + at, len), now);
		at += len;
	}
	sm_buf_clear(&from->out);
}

static void open_end(struct end *e, enum plug_role role, uint32_t payload)
{
	struct plug_stream_config c = { 0 };

	memset(e, 0, sizeof(*e));
	sm_buf_init(&e->out, (size_t)64 << 20);
	c.role = role;
	c.payload_max = payload;
	e->stream = plug_stream_new(&c, &ops, e);
}

static void close_end(struct end *e)
{
	plug_stream_free(e->stream);
	sm_buf_release(&e->out);
}

/* Milliseconds for `total` bytes from client to agent; *n messages. */
static double transfer(uint32_t payload, uint64_t total, uint64_t *n)
{
	char *block = sm_mem_zalloc(65536, 1);
	struct plug_now now = { 0, 1700000000000 };
	struct plug_stream_stats st;
	struct end client, agent;
	int64_t start = sm_os_clock_mono_ms();

	open_end(&client, PLUG_ROLE_CLIENT, payload);
	open_end(&agent, PLUG_ROLE_AGENT, payload);
	while (agent.delivered < total) {
		now.mono_ms = sm_os_clock_mono_ms();
		while (plug_stream_room(client.stream) >= 65536)
			(void)plug_stream_write(client.stream,
						PLUG_PAYLOAD_OUTPUT,
						sm_str_n(block, 65536));
		(void)plug_stream_flush(client.stream, now, SIZE_MAX);
		move(&client, &agent, now);
		move(&agent, &client, now);
		(void)plug_stream_poll(client.stream, now);
	}
	plug_stream_stats(client.stream, &st);
	*n = st.sent + st.resent;
	close_end(&client);
	close_end(&agent);
	sm_mem_free(block);
	return (double)(sm_os_clock_mono_ms() - start);
}

/* Milliseconds for the four digests of that many messages. */
static double digests(uint32_t payload, uint64_t n)
{
	char *block = sm_mem_zalloc(payload, 1);
	EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int64_t start = sm_os_clock_mono_ms();
	unsigned char sum[32];
	uint64_t i;

	for (i = 0; i < n * 4; i++) {
		/* a message and its acknowledgement, written and checked */
		(void)EVP_DigestInit_ex2(ctx, md, NULL);
		(void)EVP_DigestUpdate(ctx, block, i % 4 < 2 ? payload : 176);
		(void)EVP_DigestFinal_ex(ctx, sum, NULL);
	}
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	sm_mem_free(block);
	return (double)(sm_os_clock_mono_ms() - start);
}

int main(int argc, char **argv)
{
	static const uint32_t payload[] = { 1024, 32768 };
	uint64_t total = (uint64_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 200)
			 << 20;
	uint64_t n;
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(payload); i++) {
		double ms = transfer(payload[i], total, &n);
		double sha = digests(payload[i], n);

		printf("stream %6u bytes: %5.0f MB/s, %.2f us per message at "
		       "both ends, %.2f of it SHA-256, ratio %.2f\n",
		       (unsigned)payload[i], (double)total / 1e3 / ms,
		       ms * 1e3 / (double)n, sha * 1e3 / (double)n, ms / sha);
	}
	return 0;
}

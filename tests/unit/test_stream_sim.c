/*
 * Two streams over a network that loses, repeats, reorders, delays and
 * corrupts messages, cuts the connection and pauses: everything must arrive
 * byte for byte, in order, once. The clock is simulated and every run is
 * decided by its seed, so a failure can be played again.
 */
#include "common/def.h"
#include "plugin/wire/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/mem.h"

#define SEEDS 240
#define WALL 1700000000000
#define GIVE_UP_MS 600000 /* simulated; a run that takes longer is stuck */
#define MARK_EVERY 5000   /* bytes between two payloads of another type */

struct packet {
	struct packet *next;
	int64_t at_ms;
	size_t len;
	char bytes[];
};

/* Per mille. */
struct weather {
	unsigned drop, repeat, reorder, corrupt, not_ready, cut, pause;
	unsigned delay_ms;
};

struct end {
	struct plug_stream *stream;
	struct plug_crypter *crypter;
	struct sim *sim;
	struct end *peer;
	struct packet *to_me; /* sorted by time */
	size_t total;         /* bytes to send */
	size_t written, delivered;
	size_t marks_written, marks_delivered;
	bool busy;    /* deliver says SM_EAGAIN */
	bool limited; /* the socket took little: it will be writable soon */
};

struct sim {
	uint64_t state;
	int64_t now_ms;
	struct weather weather;
	struct end client, agent;
	bool connected, paused;
	int64_t connect_ms;
	size_t cuts, most_in_flight;
};

static uint32_t draw(struct sim *sim)
{
	sim->state = sim->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(sim->state >> 33);
}

static bool chance(struct sim *sim, unsigned per_mille)
{
	return draw(sim) % 1000 < per_mille;
}

static struct plug_now now_of(const struct sim *sim)
{
	struct plug_now n = { sim->now_ms, WALL + sim->now_ms };

	return n;
}

/* The byte at a place of the stream that `e` sends. */
static char byte_at(const struct end *e, size_t at)
{
	size_t x = at * 2654435761u + (e == &e->sim->client ? 77 : 0);

	return (char)(x >> 13 ^ x >> 5 ^ x);
}

static void enqueue(struct end *to, const char *bytes, size_t len,
		    int64_t at_ms)
{
	struct packet *p = sm_mem_alloc(sizeof(*p) + len);
	struct packet **at = &to->to_me;

	while (*at && (*at)->at_ms <= at_ms)
		at = &(*at)->next;
	p->next = *at;
	p->at_ms = at_ms;
	p->len = len;
	memcpy(p->bytes, bytes, len);
	*at = p;
}

/* A bit of what the digest covers, or of the digest. */
static void corrupt(struct sim *sim, struct packet *p)
{
	size_t i = 80 + draw(sim) % (p->len - 80);

	if (i >= 112 && i < 120)
		i -= 20;
	p->bytes[i] ^= (char)(1 << draw(sim) % 8);
}

static void on_transmit(void *user, struct sm_str m)
{
	struct end *from = user;
	struct sim *sim = from->sim;
	const struct weather *w = &sim->weather;
	int64_t at = sim->now_ms + w->delay_ms;

	if (!sim->connected || chance(sim, w->drop))
		return;
	if (chance(sim, w->reorder))
		at += draw(sim) % (4 * w->delay_ms + 20);
	enqueue(from->peer, m.ptr, m.len, at);
	if (chance(sim, w->repeat))
		enqueue(from->peer, m.ptr, m.len, at + draw(sim) % 50);
}

static int on_deliver(void *user, uint32_t type, struct sm_str payload)
{
	struct end *e = user;
	const struct end *from = e->peer;
	uint32_t mark;
	size_t i;

	if (e->busy)
		return SM_EAGAIN;
	if (type == PLUG_PAYLOAD_SIZE)
		return 0; /* the self-check */
	if (type != PLUG_PAYLOAD_OUTPUT) {
		/* it says how many bytes were written in front of it */
		if (plug_payload_flag_get(&mark, payload) < 0)
			fail_msg("mark of %zu bytes", payload.len);
		assert_int_equal(mark, e->delivered);
		e->marks_delivered++;
		return 0;
	}
	for (i = 0; i < payload.len; i++) {
		if (payload.ptr[i] != byte_at(from, e->delivered + i))
			fail_msg("wrong byte at %zu", e->delivered + i);
	}
	e->delivered += payload.len;
	return 0;
}

static void on_closed(void *user, const struct plug_closed *c)
{
	SM_UNUSED(user);
	fail_msg("closed: %s", c->output);
}

static void on_random(void *user, void *p, size_t len)
{
	struct end *e = user;
	unsigned char *b = p;

	while (len--)
		*b++ = (unsigned char)draw(e->sim);
}

static const struct plug_stream_ops ops = { on_transmit, on_deliver, on_closed,
					    on_random };

static struct plug_crypter *make_crypter(enum plug_role role)
{
	char key[PLUG_CRYPTER_DATA_KEY];
	unsigned char nonce[12] = { 0 };
	struct plug_crypter *c;
	int r;

	memset(key, 'k', 32);
	memset(key + 32, 'q', 32);
	c = plug_crypter_new(role, sm_str_n(key, sizeof(key)), nonce, &r);
	assert_non_null(c);
	return c;
}

static void open_end(struct sim *sim, struct end *e, struct end *peer,
		     const struct plug_stream_config *c)
{
	e->sim = sim;
	e->peer = peer;
	e->stream = plug_stream_new(c, &ops, e);
}

static void drop_packets(struct end *e)
{
	while (e->to_me) {
		struct packet *next = e->to_me->next;

		sm_mem_free(e->to_me);
		e->to_me = next;
	}
}

static void close_end(struct end *e)
{
	drop_packets(e);
	plug_stream_free(e->stream);
	plug_crypter_free(e->crypter);
}

/* Type 10 of both directions carries the place; 7 is acknowledged first. */
static void write_mark(struct end *e)
{
	static const uint32_t type[] = { PLUG_PAYLOAD_FLAG,
					 PLUG_PAYLOAD_HANDSHAKE_COMPLETE };
	struct sm_buf b = SM_BUF_INIT(16);

	(void)sm_buf_put_u32be(&b, (uint32_t)e->written);
	assert_int_equal(plug_stream_write(e->stream,
					   type[e->marks_written % 2],
					   sm_buf_str(&b)),
			 0);
	e->marks_written++;
	sm_buf_release(&b);
}

static void write_some(struct end *e)
{
	char bytes[9000];
	size_t n, i;

	for (;;) {
		n = 1 + draw(e->sim) % sizeof(bytes);
		if (n > e->total - e->written)
			n = e->total - e->written;
		if (n > plug_stream_room(e->stream) || !n)
			return;
		for (i = 0; i < n; i++)
			bytes[i] = byte_at(e, e->written + i);
		assert_int_equal(plug_stream_write(e->stream,
						   PLUG_PAYLOAD_OUTPUT,
						   sm_str_n(bytes, n)),
				 0);
		e->written += n;
		if (e->written / MARK_EVERY > e->marks_written)
			write_mark(e);
	}
}

static void read_packets(struct sim *sim, struct end *e)
{
	struct packet *p;
	int r;

	while ((p = e->to_me) && p->at_ms <= sim->now_ms) {
		bool bad = p->len > 120 && chance(sim, sim->weather.corrupt);

		e->to_me = p->next;
		if (bad)
			corrupt(sim, p);
		r = plug_stream_receive(e->stream, sm_str_n(p->bytes, p->len),
					now_of(sim));
		if (r && r != SM_EAGAIN && !(bad && r == SM_EFORMAT))
			fail_msg("receive says %d", r);
		sm_mem_free(p);
	}
}

static void service_says(struct end *to, const char *type)
{
	char raw[PLUG_MESSAGE_HEADER] = { 0 };

	memcpy(raw + 4, type, strlen(type));
	enqueue(to, raw, sizeof(raw), to->sim->now_ms);
}

/* Cut the client's connection or mend it; sometimes pause the agent. */
static void disturb(struct sim *sim)
{
	if (!sim->connected && sim->now_ms >= sim->connect_ms) {
		sim->connected = true;
		plug_stream_resume(sim->client.stream, now_of(sim));
		if (sim->paused)
			service_says(&sim->agent, PLUG_MESSAGE_START);
		sim->paused = false;
	} else if (sim->connected && chance(sim, sim->weather.cut)) {
		sim->connected = false;
		sim->cuts++;
		sim->connect_ms = sim->now_ms + draw(sim) % 3000;
		plug_stream_suspend(sim->client.stream);
		drop_packets(&sim->client);
		drop_packets(&sim->agent);
		sim->paused = chance(sim, 500);
		if (sim->paused)
			service_says(&sim->agent, PLUG_MESSAGE_PAUSE);
	} else if (sim->connected && chance(sim, sim->weather.pause)) {
		service_says(&sim->client, PLUG_MESSAGE_PAUSE);
		service_says(&sim->client, PLUG_MESSAGE_START);
	}
}

static void turn(struct sim *sim, struct end *e)
{
	struct plug_stream_stats st;

	if (e->busy && chance(sim, 300)) {
		e->busy = false;
		(void)plug_stream_redeliver(e->stream, now_of(sim));
	} else if (chance(sim, sim->weather.not_ready)) {
		e->busy = true;
	}
	read_packets(sim, e);
	write_some(e);
	assert_int_equal(plug_stream_poll(e->stream, now_of(sim)), 0);
	e->limited = chance(sim, 100);
	assert_true(plug_stream_flush(e->stream, now_of(sim),
				      e->limited ? draw(sim) % 3 * 1500 :
						   SIZE_MAX) >= 0);
	plug_stream_stats(e->stream, &st);
	if (st.in_flight > sim->most_in_flight)
		sim->most_in_flight = st.in_flight;
}

static bool finished(const struct end *e)
{
	return e->written == e->total && !plug_stream_pending(e->stream) &&
	       e->peer->delivered == e->total;
}

static void earlier(int64_t *at, int64_t candidate)
{
	if (candidate < *at)
		*at = candidate;
}

/* Jump to the next instant at which something can happen. */
static void advance(struct sim *sim)
{
	int64_t at = sim->now_ms + 1000;

	if (sim->client.to_me)
		earlier(&at, sim->client.to_me->at_ms);
	if (sim->agent.to_me)
		earlier(&at, sim->agent.to_me->at_ms);
	earlier(&at, plug_stream_deadline(sim->client.stream));
	earlier(&at, plug_stream_deadline(sim->agent.stream));
	if (!sim->connected)
		earlier(&at, sim->connect_ms);
	if (sim->client.busy || sim->agent.busy)
		earlier(&at, sim->now_ms + 5);
	if (sim->client.limited || sim->agent.limited)
		earlier(&at, sim->now_ms + 1);
	sim->now_ms = at > sim->now_ms ? at : sim->now_ms + 1;
}

static void run(struct sim *sim, unsigned seed)
{
	for (;; advance(sim)) {
		disturb(sim);
		turn(sim, &sim->client);
		turn(sim, &sim->agent);
		if (finished(&sim->client) && finished(&sim->agent))
			break;
		if (sim->now_ms > GIVE_UP_MS)
			fail_msg("seed %u is stuck: %zu and %zu delivered",
				 seed, sim->agent.delivered,
				 sim->client.delivered);
	}
	assert_int_equal(sim->client.marks_delivered, sim->agent.marks_written);
	assert_int_equal(sim->agent.marks_delivered, sim->client.marks_written);
}

/* Weather, sizes and features by seed; some runs are calm, some are foul. */
static void start(struct sim *sim, unsigned seed)
{
	struct plug_stream_config c = { 0 };
	struct weather *w = &sim->weather;
	unsigned foul = seed % 4 * 20;

	memset(sim, 0, sizeof(*sim));
	sim->state = seed * 1000003u + 17;
	sim->connected = true;
	w->drop = foul ? draw(sim) % foul : 0;
	w->repeat = foul ? draw(sim) % foul : 0;
	w->reorder = foul ? draw(sim) % (foul * 3) : 0;
	w->corrupt = foul ? draw(sim) % foul : 0;
	w->not_ready = seed % 3 ? 0 : 30;
	w->cut = seed % 5 ? 0 : 30;
	w->pause = seed % 7 ? 0 : 20;
	w->delay_ms = draw(sim) % 80;
	c.role = PLUG_ROLE_CLIENT;
	c.payload_max = seed % 2 ? 1024 : 32768;
	open_end(sim, &sim->client, &sim->agent, &c);
	c.role = PLUG_ROLE_AGENT;
	open_end(sim, &sim->agent, &sim->client, &c);
	sim->client.total = sim->agent.total =
		seed / 4 % 4 ? 20000 + draw(sim) % 400000 : (size_t)2 << 20;
	if (seed % 3 == 1) {
		sim->client.crypter = make_crypter(PLUG_ROLE_CLIENT);
		sim->agent.crypter = make_crypter(PLUG_ROLE_AGENT);
		plug_stream_set_crypter(sim->client.stream,
					sim->client.crypter);
		plug_stream_set_crypter(sim->agent.stream, sim->agent.crypter);
	}
}

static void test_seeds(void **state)
{
	size_t cuts = 0, resent = 0, duplicates = 0, early = 0, bad = 0;
	struct plug_stream_stats st;
	struct sim sim;
	unsigned seed;

	SM_UNUSED(state);
	for (seed = 0; seed < SEEDS; seed++) {
		start(&sim, seed);
		run(&sim, seed);
		plug_stream_stats(sim.client.stream, &st);
		assert_true(sim.most_in_flight <= ((size_t)4 << 20) + 65536);
		cuts += sim.cuts;
		resent += st.resent;
		duplicates += st.duplicates;
		early += st.out_of_order;
		bad += st.bad;
		close_end(&sim.client);
		close_end(&sim.agent);
	}
	/* the weather was what it says it was */
	assert_true(cuts > 50 && resent > 500 && duplicates > 500);
	assert_true(early > 500 && bad > 500);
}

/* A calm path costs nothing: no message twice, and the window has grown. */
static void test_calm(void **state)
{
	struct plug_stream_stats st;
	struct sim sim;

	SM_UNUSED(state);
	start(&sim, 4);
	sim.weather.delay_ms = 20;
	sim.client.total = (size_t)8 << 20;
	run(&sim, 4);
	plug_stream_stats(sim.client.stream, &st);
	assert_int_equal(st.resent, 0);
	assert_int_equal(st.bad, 0);
	assert_int_equal(st.payload, 32768); /* the self-check passed */
	assert_true(st.window > (size_t)1 << 20);
	/* 8 MiB at 40 ms a round trip; with 64 KiB in flight it is over 5 s */
	assert_true(sim.now_ms < 700);
	close_end(&sim.client);
	close_end(&sim.agent);
}

/* Two MiB up, from the start or from the middle on at `delay_ms` each way. */
static void far(unsigned delay_ms, bool from_start)
{
	struct plug_stream_stats st;
	struct sim sim;
	int64_t begin;

	start(&sim, 8);
	sim.weather.delay_ms = from_start ? delay_ms : 5;
	sim.client.total = (size_t)2 << 20;
	sim.agent.total = 1000;
	if (!from_start) {
		while (sim.agent.delivered < sim.client.total / 2) {
			turn(&sim, &sim.client);
			turn(&sim, &sim.agent);
			advance(&sim);
		}
		sim.weather.delay_ms = delay_ms;
	}
	begin = sim.now_ms;
	run(&sim, 8);
	plug_stream_stats(sim.client.stream, &st);
	if (sim.now_ms - begin > 24 * (int64_t)delay_ms)
		fail_msg("%u ms each way: took %lld", delay_ms,
			 (long long)(sim.now_ms - begin));
	if (st.resent > st.sent / 2)
		fail_msg("%u ms each way: %llu of %llu resent", delay_ms,
			 (unsigned long long)st.resent,
			 (unsigned long long)st.sent);
	close_end(&sim.client);
	close_end(&sim.agent);
}

/* A round trip longer than any time-out known so far must not be taken for a
 * loss again and again. */
static void test_far(void **state)
{
	SM_UNUSED(state);
	far(90, true);
	far(150, true);
	far(400, true);
	far(1000, true);
	far(60, false);
	far(150, false);
	far(400, false);
	far(1000, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calm),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_seeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * A remote terminal. The rule: with a terminal on stdin every key is a byte
 * for the other side and the local terminal is raw; without one no terminal
 * mode is touched at all (callers depend on it: USERS.md 1).
 *
 * The end of a piped input is passed on as Ctrl-D. A shell that was busy when
 * it came does not see it, so it is sent again whenever the other side has
 * said something and then fallen silent.
 */
#include "common/def.h"
#include "plugin/shell.h"

#include "common/mem.h"
#include "plugin/escape.h"
#include "plugin/keymap.h"
#include "plugin/session.h"
#include "plugin/terminal.h"

#define EOT "\004"
/* Less room than this is none: what is typed must fit when it grows. */
#define ROOM_MIN 16u
/* Silence after output that means: it waits for input. */
#define EOT_QUIET_MS 1000
#define EOT_MAX 50u

#define HELP                                   \
	"\r\nSupported escape sequences:\r\n"  \
	" ~.  - end this session\r\n"          \
	" ~?  - this message\r\n"              \
	" ~~  - send the escape character\r\n" \
	"(They are recognised after Enter only.)\r\n"

struct shell {
	struct plug_session *s;
	unsigned flags;
	uv_tty_t *tty; /* stdin, when it is a terminal */
	struct plug_escape escape;
	unsigned cols, rows; /* as sent */
	uv_timer_t eot;
	unsigned n_eot;
	bool ended;     /* stdin */
	bool mid_line;  /* the last byte of input was no line end */
	bool eot_waits; /* there was no room for it */
};

struct plug_session *plug_shell_session(void *state)
{
	struct shell *sh = state;

	return sh->s;
}

static void send_size(struct shell *sh, bool always)
{
	struct sm_buf b = SM_BUF_INIT(64);
	unsigned cols, rows;

	plug_terminal_size(&cols, &rows);
	if (!always && cols == sh->cols && rows == sh->rows)
		return;
	sh->cols = cols;
	sh->rows = rows;
	(void)plug_payload_size_put(&b, cols, rows);
	(void)plug_channel_write(sh->s->channel, PLUG_PAYLOAD_SIZE,
				 sm_buf_str(&b)); /* always accepted */
	sm_buf_release(&b);
}

static void send_byte(struct shell *sh, char c)
{
	/* without room it is lost, as a key on a dead line is */
	(void)plug_channel_write(sh->s->channel, PLUG_PAYLOAD_OUTPUT,
				 sm_str_n(&c, 1));
}

int plug_shell_start(struct plug_session *s, unsigned flags, void **state,
		     struct sm_err *e)
{
	struct shell *sh = sm_mem_zalloc(1, sizeof(*sh));
	int r;

	*state = sh;
	sh->s = s;
	sh->flags = flags;
	plug_escape_init(&sh->escape);
	(void)uv_timer_init(&s->loop, &sh->eot);
	sh->eot.data = sh;
	if ((r = plug_session_input(s, e)) < 0)
		return r;
	sh->tty = plug_source_tty(s->in);
	if (sh->tty && (r = plug_terminal_raw(sh->tty, e)) < 0)
		return r;
	plug_signals_watch(s->signals, PLUG_SIGNALS_KEYS | PLUG_SIGNALS_END |
					       PLUG_SIGNALS_TERMINAL);
	send_size(sh, true);
	plug_source_start(s->in);
	return 0;
}

static int start(struct plug_session *s, void **state, struct sm_err *e)
{
	return plug_shell_start(s, 0, state, e);
}

/* ---- the end of input ---- */

static void send_eot(struct shell *sh)
{
	const char *bytes = sh->mid_line ? EOT EOT : EOT;

	/* at the end of a line once; in the middle the first only flushes */
	if (sh->n_eot >= EOT_MAX)
		return;
	sh->eot_waits = plug_channel_write(sh->s->channel, PLUG_PAYLOAD_OUTPUT,
					   sm_str(bytes)) < 0;
	if (sh->eot_waits) {
		plug_channel_want_room(sh->s->channel);
		return;
	}
	sh->n_eot++;
	sh->mid_line = false;
}

static void on_quiet(uv_timer_t *h)
{
	send_eot(h->data);
}

void plug_shell_input_end(void *state, int uv)
{
	struct shell *sh = state;

	sm_log_debug(sh->s->c.log, "end of standard input: %s",
		     uv && uv != UV_EOF ? uv_strerror(uv) : "end of file");
	sh->ended = true;
	if (sh->tty) {
		/* the terminal was hung up: nobody is there */
		plug_session_end(sh->s, PLUG_STATUS_DONE, true);
	} else if (!(sh->flags & PLUG_SHELL_NO_EOT)) {
		send_eot(sh);
	}
}

int plug_shell_deliver(void *state, uint32_t type, struct sm_str payload)
{
	struct shell *sh = state;

	SM_UNUSED(type); /* whatever it is: PROTOCOL.md 9.2 */
	plug_session_output(sh->s, sh->s->out, payload);
	if (sh->ended && sh->n_eot && !sh->tty)
		(void)uv_timer_start(&sh->eot, on_quiet, EOT_QUIET_MS, 0);
	return 0;
}

/* ---- input ---- */

/* To the other side; it fits, since the caller looked at the room. */
static void send_typed(struct shell *sh, struct sm_str bytes)
{
	struct sm_buf keys =
		SM_BUF_INIT(bytes.len + PLUG_KEYMAP_GROWTH(bytes.len));

	if (sh->tty && plug_terminal_keys(bytes, &keys))
		bytes = sm_buf_str(&keys);
	if (bytes.len)
		(void)plug_channel_write(sh->s->channel, PLUG_PAYLOAD_OUTPUT,
					 bytes);
	sm_buf_release(&keys);
}

/* Typed at a terminal: escapes are ours. */
static size_t typed(struct shell *sh, struct sm_str bytes)
{
	struct sm_buf out = SM_BUF_INIT(bytes.len + 2);
	enum plug_escape_action a;
	size_t used = 0;

	a = plug_escape_feed(&sh->escape, bytes, &out, &used);
	send_typed(sh, sm_buf_str(&out));
	sm_buf_release(&out);
	if (a == PLUG_ESCAPE_HELP) {
		plug_sink_write(sh->s->out, sm_str(HELP));
	} else if (a == PLUG_ESCAPE_END) {
		plug_session_say_exit(sh->s);
		plug_session_end(sh->s, PLUG_STATUS_DONE, true);
	}
	return used;
}

size_t plug_shell_input(void *state, struct sm_str bytes)
{
	struct shell *sh = state;
	size_t total = 0, n, room;

	while (total < bytes.len && !sh->s->ending) {
		room = plug_channel_room(sh->s->channel);
		n = bytes.len - total;
		if (room < ROOM_MIN) {
			plug_channel_want_room(sh->s->channel);
			break;
		}
		/* keys may grow; one is for a tilde that was held back */
		if (n > room / 5 * 4 - 1)
			n = room / 5 * 4 - 1;
		if (sh->tty && sh->s->c.settings->escape)
			n = typed(sh, sm_str_sub(bytes, total, n));
		else
			send_typed(sh, sm_str_sub(bytes, total, n));
		total += n;
	}
	if (total)
		sh->mid_line = !strchr("\r\n", bytes.ptr[total - 1]);
	return sh->s->ending ? bytes.len : total;
}

void plug_shell_room(void *state)
{
	struct shell *sh = state;

	if (sh->eot_waits)
		send_eot(sh);
	else
		plug_source_start(sh->s->in);
}

/* ---- signals ---- */

bool plug_shell_signal(void *state, enum plug_signal sig)
{
	struct shell *sh = state;

	switch (sig) { /* PROTOCOL.md 9.5 */
	case PLUG_SIGNAL_INT:
		send_byte(sh, 0x03);
		return true;
	case PLUG_SIGNAL_QUIT:
		send_byte(sh, 0x1c);
		return true;
	case PLUG_SIGNAL_STOP:
		send_byte(sh, 0x1a);
		return true;
	case PLUG_SIGNAL_CONT:
		if (sh->tty)
			plug_terminal_again(sh->tty);
		send_size(sh, false);
		return true;
	case PLUG_SIGNAL_WINCH:
		send_size(sh, false);
		return true;
	default:
		return false;
	}
}

void plug_shell_resumed(void *state)
{
	send_size(state, true);
}

static void on_timer_closed(uv_handle_t *h)
{
	sm_mem_free(h->data);
}

void plug_shell_stop(void *state)
{
	struct shell *sh = state;

	uv_close((uv_handle_t *)&sh->eot, on_timer_closed);
}

const struct plug_kind plug_shell_kind = {
	.name = "shell",
	.lf_to_cr = true,
	.start = start,
	.deliver = plug_shell_deliver,
	.input = plug_shell_input,
	.input_end = plug_shell_input_end,
	.room = plug_shell_room,
	.signal = plug_shell_signal,
	.resumed = plug_shell_resumed,
	.stop = plug_shell_stop,
};

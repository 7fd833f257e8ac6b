/*
 * A command and its output. As the official client shows it, stderr and the
 * line with the exit code come on stdout; when the caller asked for clean
 * output or statuses, stderr goes to stderr and the code becomes ours.
 */
#include "common/def.h"
#include "plugin/commands.h"

#include "plugin/session.h"
#include "plugin/shell.h"

static int start(struct plug_session *s, void **state, struct sm_err *e)
{
	return plug_shell_start(s, PLUG_SHELL_NO_EOT, state, e);
}

static int deliver(void *state, uint32_t type, struct sm_str payload)
{
	struct plug_session *s = plug_shell_session(state);
	int code;

	if (s->separate && type == PLUG_PAYLOAD_STDERR) {
		plug_session_output(s, s->err, payload);
		return 0;
	}
	if (s->separate && type == PLUG_PAYLOAD_EXIT_CODE) {
		if (plug_payload_exit_code_get(&code, payload) == 0)
			s->remote_status = code & 0xff;
		return 0;
	}
	return plug_shell_deliver(state, type, payload);
}

const struct plug_kind plug_commands_kind = {
	.name = "commands",
	.lf_to_cr = true,
	.start = start,
	.deliver = deliver,
	.input = plug_shell_input,
	.input_end = plug_shell_input_end,
	.room = plug_shell_room,
	.signal = plug_shell_signal,
	.resumed = plug_shell_resumed,
	.stop = plug_shell_stop,
};

/*
 * session-manager-loopback: the AWS side of Session Manager on this machine.
 *
 * The only file of the folder that prints and exits.
 */
#include "common/def.h"

#include <signal.h>

#include "common/log.h"
#include "common/os/file.h"
#include "common/out.h"
#include "common/version.h"
#include "loopback/options.h"
#include "loopback/server.h"

static void log_line(void *user, const struct sm_log_record *rec)
{
	struct sm_out *out = user;

	(void)fprintf(out->err, "%s: %.*s\n", out->prog, SM_STR_ARG(rec->msg));
}

static int write_port(const struct loop_options *o, uint16_t port,
		      struct sm_err *e)
{
	struct sm_buf part = SM_BUF_INIT(SM_BUF_SMALL);
	char text[16];
	int fd, r;

	if (!o->port_file)
		return 0;
	/* A reader that waits for the file never sees half of it. */
	(void)sm_buf_printf(&part, "%s.part", o->port_file);
	(void)snprintf(text, sizeof(text), "%u\n", (unsigned)port);
	r = fd = sm_os_file_open(sm_buf_z(&part),
				 SM_FILE_WRITE | SM_FILE_CREATE, 0644, e);
	if (fd >= 0) {
		r = sm_os_file_write_all(fd, sm_str(text), e);
		sm_os_file_close(fd);
	}
	if (r >= 0)
		r = sm_os_file_rename(sm_buf_z(&part), o->port_file, e);
	sm_buf_release(&part);
	return r;
}

static int announce(const struct loop_server *s, struct sm_out *out,
		    struct sm_err *e)
{
	const char *host = s->options->address;
	bool six = strchr(host, ':') != NULL;

	sm_out_say(out, "listening on http://%s%s%s:%u", six ? "[" : "", host,
		   six ? "]" : "", (unsigned)s->port);
	return sm_out_flush(out, e);
}

static int serve(const struct loop_options *o, struct sm_out *out,
		 struct sm_err *e)
{
	struct loop_server s;
	struct sm_log log;
	uv_loop_t loop;
	int r;

	sm_log_init(&log, o->verbose ? SM_LOG_DEBUG : SM_LOG_WARN, log_line,
		    out);
	sm_log_hide(&log, sm_str(o->secret_key));
	if (uv_loop_init(&loop) < 0)
		return sm_err_set(e, SM_EIO, "cannot make an event loop");
	r = loop_server_start(&s, &loop, o, &log, e);
	if (r == 0)
		r = write_port(o, s.port, e);
	if (r >= 0)
		r = announce(&s, out, e);
	if (r < 0)
		loop_server_stop(&s);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	loop_server_release(&s);
	(void)uv_loop_close(&loop);
	sm_log_release(&log);
	return r;
}

int main(int argc, char **argv)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct loop_options o;
	struct sm_out out;
	int r;

	(void)signal(SIGPIPE, SIG_IGN);
	sm_out_init(&out, "session-manager-loopback");
	r = loop_options_parse(&o, argc, argv, &e);
	if (r < 0)
		(void)fputs(LOOP_OPTIONS_USAGE, out.err);
	if (r == 0 && o.help) {
		(void)loop_options_help(&text);
		(void)fputs(sm_buf_z(&text), out.out);
	} else if (r == 0 && o.version) {
		sm_out_say(&out, "%s", sm_version());
	} else if (r == 0) {
		r = serve(&o, &out, &e);
	}
	if (r >= 0)
		r = sm_out_flush(&out, &e);
	sm_buf_release(&text);
	if (r >= 0)
		return 0;
	sm_out_error(&out, "%s", sm_err_msg(&e));
	return sm_out_exit_code(r);
}

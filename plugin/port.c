/*
 * What port kinds with a listener share.
 */
#include "common/def.h"
#include "plugin/port.h"

#include "plugin/limits.h"

/* Whoever reaches the port reaches what is behind it, without a password. */
static void warn_open(struct plug_session *s, const char *host)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);

	(void)sm_buf_printf(&b,
			    "Warning: the port is open to other machines, on "
			    "address %s.\n",
			    host);
	plug_sink_write(s->err, sm_buf_str(&b));
	sm_buf_release(&b);
	sm_log_warn(s->c.log, "listening on %s, for other machines too", host);
}

struct plug_listener *plug_port_listen(struct plug_session *s,
				       plug_listener_fn *fn, void *user,
				       const char *more, struct sm_err *e)
{
	struct sm_str id = s->c.request->session_id;
	const char *host = s->c.settings->local_host, *path;
	struct plug_listener *l;
	unsigned port;

	(void)plug_limits_raise(); /* port_mux asks how many */
	l = plug_listener_new(&s->loop, &s->query.port, host, fn, user, e);
	if (!l)
		return NULL;
	path = plug_listener_path(l);
	port = plug_listener_port(l);
	if (path) {
		plug_session_say(
			s, "Unix socket %s opened for sessionId %.*s.\n%s",
			path, SM_STR_ARG(id), more);
		plug_events_put_text(s->events, "listening", "path",
				     sm_str(path));
		sm_log_info(s->c.log, "listening on %s", path);
	} else {
		plug_session_say(s, "Port %u opened for sessionId %.*s.\n%s",
				 port, SM_STR_ARG(id), more);
		plug_events_put_port(s->events, plug_listener_host(l), port);
		sm_log_info(s->c.log, "listening on %s port %u",
			    plug_listener_host(l), port);
		if (!plug_listener_is_local(plug_listener_host(l)))
			warn_open(s, plug_listener_host(l));
	}
	plug_signals_watch(s->signals, PLUG_SIGNALS_KEYS | PLUG_SIGNALS_END);
	return l;
}

void plug_port_interrupt(struct plug_session *s)
{
	plug_session_say(s, "Terminate signal received, exiting.\n");
	plug_session_say_exit(s);
	plug_session_end(s, PLUG_STATUS_DONE, true);
}

/*
 * The option table and the checks that make a setting valid.
 *
 * Nothing outside loopback addresses can be asked for: this program hands a
 * shell to whoever holds a published key.
 */
#include "common/def.h"
#include "loopback/options.h"

#include "common/mem.h"
#include "common/options.h"
#include "common/version.h"
#include "plugin/wire/stream.h"

#define TABLE_MAX 48

struct table {
	struct sm_option row[TABLE_MAX];
	size_t n;
	struct sm_option_list faults;
};

static void add(struct table *t, struct sm_option row)
{
	if (t->n < TABLE_MAX)
		t->row[t->n++] = row;
}

static void flag(struct table *t, const char *name, const char *help, bool *to)
{
	add(t, (struct sm_option){ 0, name, NULL, help, SM_OPTION_FLAG, to });
}

static void text(struct table *t, const char *name, const char *metavar,
		 const char *help, const char **to)
{
	add(t, (struct sm_option){ 0, name, metavar, help, SM_OPTION_STR, to });
}

static void number(struct table *t, const char *name, const char *metavar,
		   const char *help, uint32_t *to)
{
	add(t, (struct sm_option){ 0, name, metavar, help, SM_OPTION_U32, to });
}

static void table_server(struct table *t, struct loop_options *o)
{
	text(t, "address", "ADDRESS", "Loopback address to serve on.",
	     &o->address);
	number(t, "port", "PORT", "Port to serve on; 0 lets the system choose.",
	       &o->port);
	text(t, "port-file", "FILE", "Write the port to this file.",
	     &o->port_file);
	text(t, "files", "DIR", "Serve this directory below /files/.",
	     &o->files);
	flag(t, "once", "End when the first session has ended.", &o->once);
	text(t, "access-key", "ID", "Access key id that requests must use.",
	     &o->access_key);
	text(t, "secret-key", "KEY", "Its secret key.", &o->secret_key);
	text(t, "session-token", "TOKEN",
	     "Session token that requests must use.", &o->token);
	flag(t, "no-auth", "Do not check signatures.", &o->no_auth);
	flag(t, "any-user", "Serve other users of this machine too.",
	     &o->any_user);
	flag(t, "require-signed",
	     "Refuse a WebSocket upgrade that is not signed.",
	     &o->require_signed);
	text(t, "target", "ID", "The only target that is connected.",
	     &o->target);
}

static void table_agent(struct table *t, struct loop_options *o)
{
	text(t, "agent-version", "VERSION", "What the agent says it is.",
	     &o->agent_version);
	text(t, "shell", "COMMAND", "Shell of a session; default: $SHELL.",
	     &o->shell);
	number(t, "payload", "BYTES",
	       "Largest payload of the agent's messages.", &o->payload);
	flag(t, "pace", "Send as slowly as the official agent.", &o->pace);
	flag(t, "separate-output",
	     "Commands send stderr and exit code separately.", &o->separate);
	flag(t, "allow-remote", "Forward to hosts other than this one.",
	     &o->allow_remote);
	number(t, "drain", "MS",
	       "Wait this long for the last acknowledgements.", &o->drain_ms);
	number(t, "resume-timeout", "MS",
	       "End a session whose client stays away for so long.",
	       &o->resume_timeout_ms);
	text(t, "kms-key", "KEY", "Encrypt shell sessions with this KMS key.",
	     &o->kms_key);
	flag(t, "require-challenge",
	     "Refuse clients that leave out the random challenge.",
	     &o->require_challenge);
	text(t, "banner", "TEXT", "Message shown after the handshake.",
	     &o->banner);
}

static void table_make(struct table *t, struct loop_options *o)
{
	memset(t, 0, sizeof(*t));
	table_server(t, o);
	table_agent(t, o);
	add(t, (struct sm_option){ 0, "fault", "NAME=N",
				   "Do something wrong; see the manual.",
				   SM_OPTION_LIST, &t->faults });
	number(t, "seed", "N", "Start of the faults' random numbers.",
	       &o->seed);
	add(t, (struct sm_option){ 'v', "verbose", NULL,
				   "Say on stderr what happens.",
				   SM_OPTION_FLAG, &o->verbose });
	flag(t, "version", "Print the version.", &o->version);
	add(t, (struct sm_option){ 'h', "help", NULL, "Print this text.",
				   SM_OPTION_HELP, &o->help });
}

static void defaults(struct loop_options *o)
{
	const char *shell = getenv("SHELL");

	memset(o, 0, sizeof(*o));
	o->address = "127.0.0.1";
	o->access_key = LOOP_OPTIONS_ACCESS_KEY;
	o->secret_key = LOOP_OPTIONS_SECRET_KEY;
	o->agent_version = LOOP_OPTIONS_AGENT_VERSION;
	o->shell = shell && *shell ? shell : "/bin/sh";
	o->payload = PLUG_STREAM_PAYLOAD;
	o->drain_ms = 2000;           /* PROTOCOL.md 11 */
	o->resume_timeout_ms = 60000; /* ours */
	o->seed = 1;
}

/* 127.0.0.0/8 in four decimal parts, or ::1. */
static bool is_loopback(struct sm_str address)
{
	struct sm_version v;

	if (sm_str_eqz(address, "::1"))
		return true;
	return sm_version_parse(&v, address) == 0 && v.n == 4 &&
	       v.part[0] == 127 && v.part[1] < 256 && v.part[2] < 256 &&
	       v.part[3] < 256;
}

static int check(const struct loop_options *o, struct sm_err *e)
{
	struct sm_version v;

	if (!is_loopback(sm_str(o->address)))
		return sm_err_set(e, SM_EUSAGE,
				  "'%s' is not a loopback address", o->address);
	if (o->port > 65535)
		return sm_err_set(e, SM_EUSAGE, "'%u' is not a port",
				  (unsigned)o->port);
	if (o->payload < PLUG_STREAM_PAYLOAD ||
	    o->payload > PLUG_STREAM_PAYLOAD_MAX)
		return sm_err_set(e, SM_EUSAGE,
				  "--payload is not between %u and %u",
				  PLUG_STREAM_PAYLOAD, PLUG_STREAM_PAYLOAD_MAX);
	if (sm_version_parse(&v, sm_str(o->agent_version)) < 0)
		return sm_err_set(e, SM_EUSAGE, "'%s' is not a version",
				  o->agent_version);
	return 0;
}

int loop_options_parse(struct loop_options *o, int argc, char **argv,
		       struct sm_err *e)
{
	const char **args;
	size_t n_args = 0, i;
	struct table t;
	int r;

	defaults(o);
	table_make(&t, o);
	args = sm_mem_zalloc((size_t)argc + 1, sizeof(*args));
	r = sm_options_parse(t.row, t.n, argc, argv, args, &n_args, e);
	if (r < 0 || o->help || o->version)
		goto out;
	if (n_args) {
		r = sm_err_set(e, SM_EUSAGE, "unexpected argument '%s'",
			       args[0]);
		goto out;
	}
	for (i = 0; i < t.faults.n && r >= 0; i++)
		r = loop_fault_parse(&o->fault, sm_str(t.faults.value[i]), e);
	if (r >= 0)
		r = check(o, e);
out:
	sm_mem_free(args);
	return r;
}

int loop_options_help(struct sm_buf *out)
{
	struct loop_options o;
	struct table t;

	defaults(&o);
	table_make(&t, &o);
	(void)sm_buf_puts(out, LOOP_OPTIONS_USAGE
			  "Serves the AWS side of Session Manager on this "
			  "machine: API, gateway and agent.\n\n");
	return sm_options_help(t.row, t.n, out);
}

/*
 * Options of "start". The rule: everything that can be wrong in them is said
 * before a session is started. What the service knows better (targets,
 * documents, their parameters) is left to it.
 */
#include "common/def.h"
#include "plugin/start.h"

#include "common/aws/config.h"
#include "common/json.h"

/* Documents of the service: PROTOCOL.md 10.1, 11. */
#define DOCUMENT_LOCAL "AWS-StartPortForwardingSession"
#define DOCUMENT_REMOTE "AWS-StartPortForwardingSessionToRemoteHost"
#define DOCUMENT_COMMAND "AWS-StartNonInteractiveCommand"
#define BIND_MAX 63

/* clang-format off */
#define OPTIONS(s) { \
	{ 't', "target", "ID", "What to connect to.", \
	  SM_OPTION_STR, &(s)->target }, \
	{ 0, "region", "REGION", "AWS region.", \
	  SM_OPTION_STR, &(s)->region }, \
	{ 0, "profile", "NAME", "Profile to take credentials from.", \
	  SM_OPTION_STR, &(s)->profile }, \
	{ 'L', NULL, "[BIND:]PORT:HOST:PORT", \
	  "Forward this local port; may be repeated.", \
	  SM_OPTION_LIST, &(s)->forwards }, \
	{ 'c', "command", "TEXT", "Run this command; its exit code is ours.", \
	  SM_OPTION_STR, &(s)->command }, \
	{ 0, "document-name", "NAME", "Session document.", \
	  SM_OPTION_STR, &(s)->document }, \
	{ 0, "parameters", "JSON", "Parameters of the document.", \
	  SM_OPTION_STR, &(s)->parameters }, \
	{ 0, "reason", "TEXT", "Why, for the log of the service.", \
	  SM_OPTION_STR, &(s)->reason }, \
	{ 0, "endpoint-url", "URL", "Endpoint of the SSM service.", \
	  SM_OPTION_STR, &(s)->endpoint }, \
	{ 'q', "quiet", NULL, "No banners: only what the target writes.", \
	  SM_OPTION_FLAG, &(s)->quiet }, \
	{ 'h', "help", NULL, "Print this text.", \
	  SM_OPTION_HELP, &(s)->help }, \
}
/* clang-format on */

/* ---- forwards ---- */

/* No name and no address has a bracket in it. */
static bool is_host(struct sm_str s)
{
	return s.len && sm_str_chr(s, '[', 0) < 0 && sm_str_chr(s, ']', 0) < 0;
}

static bool printable(struct sm_str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= 0x20 ||
		    (unsigned char)s.ptr[i] == 0x7f)
			return false;
	return true;
}

/* Up to the next ':' outside of brackets, which are dropped. */
static bool take(struct sm_str *rest, struct sm_str *part)
{
	long end;

	if (!sm_str_starts(*rest, "["))
		return sm_str_split(rest, ':', part);
	end = sm_str_chr(*rest, ']', 0);
	if (end < 0)
		return false;
	*part = sm_str_sub(*rest, 1, (size_t)end - 1);
	*rest = sm_str_sub(*rest, (size_t)end + 1, rest->len);
	if (!rest->len)
		return true;
	if (rest->ptr[0] != ':' || rest->len == 1)
		return false;
	*rest = sm_str_sub(*rest, 1, rest->len);
	return true;
}

static bool port(struct sm_str s, uint64_t min, unsigned *out)
{
	uint64_t n;

	if (sm_str_u64(s, 65535, &n) < 0 || n < min)
		return false;
	*out = (unsigned)n;
	return true;
}

int plug_start_forward(struct plug_start_forward *f, struct sm_str text,
		       struct sm_err *e)
{
	struct sm_str rest = text, part[4], none = { NULL, 0 };
	size_t n = 0;

	while (n < SM_ARRAY_LEN(part) && rest.len && take(&rest, &part[n]))
		n++;
	if (rest.len || n < 3 || sm_str_ends(text, ":"))
		goto wrong;
	f->bind = n == 4 ? part[0] : none;
	f->host = part[n - 2];
	if (!port(part[n - 3], 0, &f->local) ||
	    !port(part[n - 1], 1, &f->remote))
		goto wrong;
	if (!is_host(f->host) || f->host.len > PLUG_START_HOST_MAX ||
	    (n == 4 && !is_host(f->bind)) || f->bind.len > BIND_MAX ||
	    !printable(text))
		goto wrong;
	return 0;
wrong:
	return sm_err_set(e, SM_EUSAGE, "'%.*s' is not [BIND:]PORT:HOST:PORT",
			  SM_STR_ARG(text));
}

/* ---- the line ---- */

static int check(const struct plug_start *s, struct sm_err *e)
{
	struct plug_start_forward f;
	size_t i;
	int r;

	if (!s->target || !*s->target)
		return sm_err_set(e, SM_EUSAGE, "--target is missing");
	if (s->forwards.n && (s->command || s->document || s->parameters))
		return sm_err_set(e, SM_EUSAGE,
				  "-L does not go with --command, "
				  "--document-name or --parameters");
	if (s->command && s->parameters)
		return sm_err_set(e, SM_EUSAGE,
				  "--command does not go with --parameters");
	if (s->command && !*s->command)
		return sm_err_set(e, SM_EUSAGE, "--command is empty");
	for (i = 0; i < s->forwards.n; i++)
		if ((r = plug_start_forward(&f, sm_str(s->forwards.value[i]),
					    e)) < 0)
			return r;
	return 0;
}

int plug_start_parse(struct plug_start *s, int argc, char **argv,
		     struct sm_err *e)
{
	const struct sm_option table[] = OPTIONS(s);
	const char **args = sm_mem_zalloc((size_t)argc + 1, sizeof(*args));
	size_t n = 0;
	int r;

	memset(s, 0, sizeof(*s));
	r = sm_options_parse(table, SM_ARRAY_LEN(table), argc, argv, args, &n,
			     e);
	if (r < 0 || s->help)
		goto out;
	if (n)
		r = sm_err_set(e, SM_EUSAGE, "unexpected argument '%s'",
			       args[0]);
	else
		r = check(s, e);
out:
	sm_mem_free(args);
	return r;
}

int plug_start_help(struct sm_buf *out)
{
	struct plug_start s = { 0 };
	const struct sm_option table[] = OPTIONS(&s);

	(void)sm_buf_puts(out, "Usage: session-manager-plugin start "
			       "--target ID [options]\n\n"
			       "Start a session and be its client: a shell, a "
			       "command, or forwarded ports.\n\n");
	(void)sm_options_help(table, SM_ARRAY_LEN(table), out);
	return out->err;
}

/* ---- what to ask for ---- */

static bool is_local(struct sm_str host)
{
	return sm_str_eq_nocase(host, sm_str("localhost")) ||
	       sm_str_eqz(host, "127.0.0.1");
}

static int forward_parameters(const struct plug_start_forward *f,
			      struct sm_buf *out)
{
	(void)sm_buf_printf(
		out, "{\"portNumber\":[\"%u\"],\"localPortNumber\":[\"%u\"]",
		f->remote, f->local);
	if (!is_local(f->host)) {
		(void)sm_buf_puts(out, ",\"host\":[");
		(void)sm_json_put(out, f->host);
		(void)sm_buf_puts(out, "]");
	}
	return sm_buf_puts(out, "}");
}

/* Errors, exit code and output apart, where the document can do that. */
static int command_parameters(const struct plug_start *s, struct sm_buf *out)
{
	(void)sm_buf_puts(out, "{\"command\":[");
	(void)sm_json_put(out, sm_str(s->command));
	return sm_buf_puts(
		out,
		s->document ? "]}" : "],\"separateOutputStream\":[\"true\"]}");
}

int plug_start_document(const struct plug_start *s, const char **document,
			struct sm_buf *parameters, struct sm_str *bind,
			struct sm_err *e)
{
	struct plug_start_forward f;
	int r = 0;

	*document = s->document;
	*bind = sm_str("");
	if (s->forwards.n) {
		if ((r = plug_start_forward(&f, sm_str(s->forwards.value[0]),
					    e)) < 0)
			return r;
		*document = is_local(f.host) ? DOCUMENT_LOCAL : DOCUMENT_REMOTE;
		*bind = f.bind;
		r = forward_parameters(&f, parameters);
	} else if (s->command) {
		if (!s->document)
			*document = DOCUMENT_COMMAND;
		r = command_parameters(s, parameters);
	} else if (s->parameters) {
		r = sm_buf_puts(parameters, s->parameters);
	}
	return r < 0 ? sm_err_set(e, r, "the parameters are too long") : 0;
}

int plug_start_region(const struct plug_start *s, struct sm_buf *out,
		      struct sm_err *e)
{
	struct sm_aws_config c = SM_AWS_CONFIG_INIT;
	struct sm_buf profile = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	if (s->region && *s->region)
		return sm_buf_puts(out, s->region);
	if ((r = sm_aws_config_load(&c, e)) < 0)
		goto out;
	if ((r = sm_aws_config_profile(s->profile, &profile)) < 0)
		goto out;
	r = sm_aws_config_region(&c, sm_buf_str(&profile), out);
	if (r == 0)
		r = sm_err_set(e, SM_EUSAGE,
			       "no region: use --region, AWS_REGION or the "
			       "region of a profile");
out:
	sm_aws_config_release(&c);
	sm_buf_release(&profile);
	return r < 0 ? r : 0;
}

/*
 * Credentials from a program: credential_process of a profile, and as the last
 * resort the AWS CLI, which knows ways of logging in that are not built in
 * here. Nothing is typed into it: its standard input is the null device.
 */
#include "common/def.h"
#include "common/aws/cred_provider.h"

#include "common/os/platform.h"
#include "common/os/process.h"

#define PROCESS_MS 60000
#define STDERR_SHOWN 160

/* The last line of what a program said about its failure. */
static struct sm_str last_line(const struct sm_buf *err)
{
	struct sm_str s = sm_str_trim(sm_buf_str(err));
	long at = sm_str_rchr(s, '\n');

	if (at >= 0)
		s = sm_str_trim(sm_str_sub(s, (size_t)at + 1, s.len));
	return sm_str_sub(s, 0, STDERR_SHOWN);
}

static int parse(const struct sm_buf *text, const char *source,
		 struct sm_aws_cred *out, struct sm_err *e)
{
	struct sm_json j = SM_JSON_INIT;
	int r = sm_json_parse(&j, sm_buf_str(text), SM_AWS_CRED_FILE_MAX,
			      "its output", e);

	if (r < 0)
		return sm_err_wrap(e, SM_EAUTH, "%s", source);
	if (yyjson_get_int(sm_json_get(j.root, "Version")) != 1)
		r = sm_err_set(e, SM_EAUTH, "%s: output is not of version 1",
			       source);
	else
		r = sm_aws_cred_from_json(out, j.root, source, e);
	sm_json_wipe(&j);
	return r;
}

static int run(struct sm_aws_cred_ctx *x, const char *const *argv,
	       const char *source, struct sm_aws_cred *out, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_SECRET(SM_AWS_CRED_FILE_MAX);
	struct sm_buf err = SM_BUF_INIT(SM_AWS_CRED_FILE_MAX);
	int status = 0, ms = sm_aws_cred_left(x, PROCESS_MS), r;

	if (!ms) {
		r = sm_err_set(e, SM_ETIMEOUT, "%s: no time left", source);
		goto out;
	}
	r = sm_os_process_run(argv, ms, &text, &err, &status, e);
	if (r < 0)
		r = sm_err_wrap(e, r == SM_ETIMEOUT ? r : SM_EAUTH, "%s",
				source);
	else if (status)
		r = sm_err_set(e, SM_EAUTH, "%s: exit status %d: %.*s", source,
			       status, SM_STR_ARG(last_line(&err)));
	else
		r = parse(&text, source, out, e);
out:
	sm_buf_release(&text);
	sm_buf_release(&err);
	return r < 0 ? r : 1;
}

int sm_aws_cred_process_run(struct sm_aws_cred_ctx *x, struct sm_str command,
			    const char *source, struct sm_aws_cred *out,
			    struct sm_err *e)
{
	bool windows = sm_os_platform() == SM_PLATFORM_WINDOWS;
	char *line = sm_mem_dup(command);
	const char *argv[] = { windows ? "cmd.exe" : "/bin/sh",
			       windows ? "/C" : "-c", line, NULL };
	char name[128];
	int r;

	(void)snprintf(name, sizeof(name), "%s: credential_process", source);
	r = run(x, argv, name, out, e);
	sm_mem_free(line);
	return r;
}

int sm_aws_cred_process_cli(struct sm_aws_cred_ctx *x, struct sm_aws_cred *out,
			    struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	bool named = x->q->profile && x->q->profile[0];
	const char *argv[8];
	size_t n = 0;
	int r;

	if (sm_os_process_which("aws", &path) < 0) {
		sm_buf_release(&path);
		return 0;
	}
	argv[n++] = sm_buf_z(&path);
	argv[n++] = "configure";
	argv[n++] = "export-credentials";
	argv[n++] = "--format";
	argv[n++] = "process";
	if (named)
		argv[n++] = "--profile";
	if (named)
		argv[n++] = x->q->profile;
	argv[n] = NULL;
	r = run(x, argv, "AWS CLI", out, e);
	sm_buf_release(&path);
	return r;
}

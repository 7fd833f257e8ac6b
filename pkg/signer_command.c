/*
 * A key behind a program: one run for each signature.
 *
 * Rule: the program is trusted to hold the key, not to be right: its status,
 * its time and the amount it prints are checked here, the signature itself by
 * the caller.
 */
#include "common/def.h"
#include "pkg/signer_command.h"

#include "common/mem.h"
#include "common/os/env.h"
#include "common/os/file.h"
#include "common/os/process.h"

#define SECONDS_MAX 3600
#define COMPLAINT_MAX 200 /* bytes of its standard error in a message */

/* env(1) gives the program its two variables: the environment of this process
 * is not touched, other threads may read it. */
enum {
	WORD_ENV,
	WORD_ALGORITHM,
	WORD_HASH,
	WORD_PROGRAM
};

struct command {
	char *text; /* the words, each terminated */
	const char *argv[WORD_PROGRAM + PKG_SIGNER_COMMAND_WORDS + 1];
	int timeout_ms;
};

static int split(struct command *c, struct sm_err *e)
{
	size_t n = 0;

	for (char *p = c->text; *p;) {
		if (*p == ' ' || *p == '\t') {
			*p++ = '\0';
			continue;
		}
		if (n == PKG_SIGNER_COMMAND_WORDS)
			return sm_err_set(e, SM_EUSAGE,
					  "a command of more than %d words",
					  PKG_SIGNER_COMMAND_WORDS);
		c->argv[WORD_PROGRAM + n++] = p;
		while (*p && *p != ' ' && *p != '\t')
			p++;
	}
	if (n == 0)
		return sm_err_set(e, SM_EUSAGE, "a command without a program");
	return 0;
}

static int set_limit(struct command *c, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	uint64_t sec = PKG_SIGNER_COMMAND_SECONDS;
	int r;

	r = sm_os_env_get(&text, "SMPKG_SIGN_SECONDS");
	if (r > 0)
		r = sm_str_u64(sm_buf_str(&text), SECONDS_MAX, &sec);
	sm_buf_release(&text);
	if (r < 0 || sec == 0)
		return sm_err_set(e, SM_EUSAGE,
				  "SMPKG_SIGN_SECONDS is not a number from 1 "
				  "to %d",
				  SECONDS_MAX);
	c->timeout_ms = (int)sec * 1000;
	return 0;
}

/* Its first words in a message: printable only. */
static int complain(const struct command *c, int status,
		    const struct sm_buf *said, struct sm_err *e)
{
	char line[COMPLAINT_MAX];
	size_t n = 0;

	while (n < said->len && n + 1 < sizeof(line) && said->ptr[n] != '\n') {
		line[n] = said->ptr[n];
		if ((uint8_t)line[n] < 0x20 || (uint8_t)line[n] >= 0x7f)
			line[n] = '?';
		n++;
	}
	line[n] = '\0';
	return sm_err_set(e, SM_EIO, "'%s' ended with status %d%s%s",
			  c->argv[WORD_PROGRAM], status, n ? ": " : "", line);
}

static int command_sign(void *self, const struct pkg_signer_job *job,
			struct sm_buf *out, struct sm_err *e)
{
	static const char *const algorithms[] = { "SMPKG_ALGORITHM=rsa",
						  "SMPKG_ALGORITHM=p256",
						  "SMPKG_ALGORITHM=ed25519" };
	const struct command *c = self;
	const char *argv[SM_ARRAY_LEN(c->argv)];
	struct sm_buf said = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_os_process_filter run = {
		.argv = argv,
		.input = job->digest,
		.timeout_ms = c->timeout_ms,
		.out = out,
		.err = &said,
	};
	char hash[32];
	int r;

	(void)snprintf(hash, sizeof(hash), "SMPKG_HASH=%s",
		       sm_digest_name(job->hash));
	memcpy(argv, c->argv, sizeof(argv));
	argv[WORD_ENV] = "env";
	argv[WORD_ALGORITHM] = algorithms[job->alg];
	argv[WORD_HASH] = hash;
	if ((r = sm_os_process_filter(&run, e)) < 0)
		sm_err_wrap(e, r, "cannot sign with '%s'",
			    c->argv[WORD_PROGRAM]);
	else if (run.status != 0)
		r = complain(c, run.status, &said, e);
	sm_buf_release(&said);
	return r;
}

/* Early, because env's own words for it are not ours. */
static int check_program(const struct command *c, struct sm_err *e)
{
	const char *name = c->argv[WORD_PROGRAM];
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_file_info st;
	int r;

	if (strchr(name, '=')) /* env would take it for a variable */
		r = sm_err_set(e, SM_EUSAGE, "'%s' cannot be a program", name);
	else if (strchr(name, '/'))
		r = sm_os_file_stat(name, true, &st, e);
	else if ((r = sm_os_process_which(name, &path)) < 0)
		sm_err_set(e, r, "cannot run '%s': not found in PATH", name);
	sm_buf_release(&path);
	return r;
}

static void command_free(void *self)
{
	struct command *c = self;

	sm_mem_free(c->text);
	sm_mem_free(c);
}

int pkg_signer_command_open(struct pkg_signer_holder *h, const char *spec,
			    struct sm_err *e)
{
	struct command *c = sm_mem_zalloc(1, sizeof(*c));
	int r;

	c->text = sm_mem_dup(sm_str(spec));
	h->self = c;
	h->sign = command_sign;
	h->free = command_free;
	if ((r = split(c, e)) < 0 || (r = check_program(c, e)) < 0)
		return r;
	return set_limit(c, e);
}

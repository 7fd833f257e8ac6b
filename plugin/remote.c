/*
 * AWS calls on libuv's thread pool. The rule: a job owns copies of all it
 * needs and of all it finds; the object it belongs to lives until its last
 * job has come back, even when the owner has let go of it.
 */
#include "common/def.h"
#include "plugin/remote.h"

#include <stdatomic.h>

#include "common/aws/api.h"
#include "common/aws/sigv4.h"
#include "common/os/clock.h"

/*
 * The whole search for credentials before an upgrade. Only what somebody
 * configured can take so long; the metadata service has its own second.
 */
#define SIGN_MS 15000
/* One ResumeSession with its tries, within what the caller has left. */
#define RESUME_MS 30000
#define RESUME_MIN_MS 1000
#define KEY_MS 60000
#define TERMINATE_MS 10000
/* Date, token, Authorization. */
#define HEADERS 3

enum kind {
	SIGN,
	RESUME,
	TERMINATE,
	KEY
};

struct plug_remote {
	uv_loop_t *loop;
	struct plug_remote_config c;
	struct sm_log *log;
	atomic_bool cancel;
	unsigned jobs;
	bool freed;
};

struct job {
	uv_work_t work;
	struct plug_remote *r;
	enum kind kind;
	union {
		plug_remote_sign_fn *sign;
		plug_remote_resume_fn *resume;
		plug_remote_key_fn *key;
		plug_remote_done_fn *done;
	} fn;
	void *user;
	int limit_ms;
	struct sm_buf in;   /* URL or key id */
	struct sm_buf in2;  /* challenge */
	struct sm_buf out;  /* token or plain key */
	struct sm_buf out2; /* cipher */
	struct sm_buf head[HEADERS];
	size_t n_head;
	int code;
	struct sm_err err;
};

struct plug_remote *plug_remote_new(uv_loop_t *loop,
				    const struct plug_remote_config *c,
				    struct sm_log *log)
{
	struct plug_remote *r = sm_mem_zalloc(1, sizeof(*r));

	r->loop = loop;
	r->c = *c;
	r->log = log;
	return r;
}

void plug_remote_free(struct plug_remote *r)
{
	if (!r)
		return;
	r->freed = true;
	atomic_store(&r->cancel, true);
	if (!r->jobs)
		sm_mem_free(r);
}

bool plug_remote_busy(const struct plug_remote *r)
{
	return r && r->jobs > 0;
}

/* ---- on the thread ---- */

static struct sm_aws_api api_of(struct plug_remote *r, int timeout_ms)
{
	struct sm_aws_api a = { 0 };

	a.region = r->c.region;
	a.profile = r->c.profile;
	a.endpoint = r->c.endpoint;
	a.timeout_ms = timeout_ms;
	a.cancel = &r->cancel;
	a.log = r->log;
	return a;
}

static int sign_with(struct job *j, const struct sm_aws_cred *cred)
{
	struct sm_aws_sigv4_key k = { 0 };
	struct sm_aws_sigv4_request q = { 0 };
	struct sm_aws_sigv4_result s;
	int r;

	k.access_key = sm_buf_str(&cred->access_key);
	k.secret_key = sm_buf_str(&cred->secret_key);
	k.token = sm_buf_str(&cred->token);
	k.region = sm_str(j->r->c.region);
	k.service = sm_str("ssmmessages");
	q.method = sm_str("GET");
	sm_aws_sigv4_result_init(&s);
	if ((r = sm_aws_sigv4_split(sm_buf_str(&j->in), &q.host, &q.target,
				    &j->err)) < 0)
		goto out;
	if ((r = sm_aws_sigv4_sign(&k, &q, sm_os_clock_wall_ms() / 1000, &s,
				   &j->err)) < 0)
		goto out;
	(void)sm_buf_printf(&j->head[0], "X-Amz-Date: %s", s.date);
	(void)sm_buf_printf(&j->head[1], "Authorization: %s",
			    sm_buf_z(&s.authorization));
	j->n_head = 2;
	if (k.token.len) {
		(void)sm_buf_puts(&j->head[2], "X-Amz-Security-Token: ");
		(void)sm_buf_put_str(&j->head[2], k.token);
		j->n_head = 3;
	}
	r = j->head[0].err || j->head[1].err || j->head[2].err ? SM_ELIMIT : 0;
out:
	sm_aws_sigv4_result_release(&s);
	return r;
}

static int do_sign(struct job *j)
{
	struct sm_aws_cred_query q = { 0 };
	struct sm_aws_cred cred;
	int r;

	q.profile = j->r->c.profile;
	q.region = j->r->c.region;
	q.deadline_ms = sm_os_clock_mono_ms() + SIGN_MS;
	q.cancel = &j->r->cancel;
	q.log = j->r->log;
	sm_aws_cred_init(&cred);
	if ((r = sm_aws_cred_resolve(&q, &cred, &j->err)) == 0)
		r = sign_with(j, &cred);
	sm_aws_cred_release(&cred);
	return r;
}

static int do_key(struct job *j)
{
	struct sm_aws_api a = api_of(j->r, KEY_MS);
	struct sm_aws_api_key k = { sm_buf_z(&j->in), j->r->c.session_id,
				    j->r->c.target, sm_buf_z(&j->in2) };

	return sm_aws_api_generate_data_key(&a, &k, &j->out, &j->out2, NULL,
					    &j->err);
}

static void on_work(uv_work_t *w)
{
	struct job *j = w->data;
	struct sm_aws_api a;

	switch (j->kind) {
	case SIGN:
		j->code = do_sign(j);
		break;
	case RESUME:
		a = api_of(j->r, j->limit_ms);
		j->code = sm_aws_api_resume_session(&a, j->r->c.session_id,
						    &j->out, NULL, &j->err);
		break;
	case TERMINATE:
		a = api_of(j->r, TERMINATE_MS);
		j->code = sm_aws_api_terminate_session(&a, j->r->c.session_id,
						       NULL, &j->err);
		break;
	case KEY:
		j->code = do_key(j);
		break;
	}
}

/* ---- on the loop ---- */

static void answer_sign(struct job *j)
{
	const char *line[HEADERS];
	size_t i;

	if (j->code < 0) {
		sm_log_warn(j->r->log, "the upgrade goes out unsigned: %s",
			    sm_err_msg(&j->err));
		j->n_head = 0;
	}
	for (i = 0; i < j->n_head; i++)
		line[i] = sm_buf_z(&j->head[i]);
	j->fn.sign(j->user, line, j->n_head);
}

static void answer(struct job *j)
{
	switch (j->kind) {
	case SIGN:
		answer_sign(j);
		break;
	case RESUME:
		j->fn.resume(j->user, j->code, sm_buf_str(&j->out), &j->err);
		break;
	case TERMINATE:
		if (j->code < 0)
			sm_log_e(j->r->log, &j->err, "cannot end the session");
		if (j->fn.done)
			j->fn.done(j->user, j->code);
		break;
	case KEY:
		j->fn.key(j->user, j->code, sm_buf_str(&j->out),
			  sm_buf_str(&j->out2), &j->err);
		break;
	}
}

static void release(struct job *j)
{
	size_t i;

	sm_buf_release(&j->in);
	sm_buf_release(&j->in2);
	sm_buf_release(&j->out);
	sm_buf_release(&j->out2);
	for (i = 0; i < HEADERS; i++)
		sm_buf_release(&j->head[i]);
	sm_mem_free(j);
}

static void on_done(uv_work_t *w, int status)
{
	struct job *j = w->data;
	struct plug_remote *r = j->r;

	if (status < 0)
		j->code = sm_err_set(&j->err, SM_ECANCEL, "cancelled");
	if (!r->freed)
		answer(j);
	release(j);
	r->jobs--;
	if (r->freed && !r->jobs)
		sm_mem_free(r);
}

static struct job *job_new(struct plug_remote *r, enum kind kind, void *user)
{
	static const struct sm_buf secret = SM_BUF_SECRET(SM_BUF_SMALL);
	struct job *j = sm_mem_zalloc(1, sizeof(*j));
	size_t i;

	j->r = r;
	j->kind = kind;
	j->user = user;
	j->work.data = j;
	j->in = j->in2 = j->out = j->out2 = secret;
	for (i = 0; i < HEADERS; i++)
		j->head[i] = secret;
	return j;
}

static void submit(struct job *j)
{
	/* fails only without a function to run */
	(void)uv_queue_work(j->r->loop, &j->work, on_work, on_done);
	j->r->jobs++;
}

void plug_remote_sign(struct plug_remote *r, struct sm_str url,
		      plug_remote_sign_fn *fn, void *user)
{
	struct job *j;

	if (sm_aws_sigv4_presigned(url) || !*r->c.region) {
		fn(user, NULL, 0);
		return;
	}
	j = job_new(r, SIGN, user);
	j->fn.sign = fn;
	(void)sm_buf_put_str(&j->in, url); /* bounded by the request */
	submit(j);
}

void plug_remote_resume(struct plug_remote *r, int64_t left_ms,
			plug_remote_resume_fn *fn, void *user)
{
	struct job *j = job_new(r, RESUME, user);

	j->limit_ms = left_ms < RESUME_MIN_MS ? RESUME_MIN_MS :
		      left_ms < RESUME_MS     ? (int)left_ms :
						RESUME_MS;
	j->fn.resume = fn;
	submit(j);
}

void plug_remote_terminate(struct plug_remote *r, plug_remote_done_fn *fn,
			   void *user)
{
	struct job *j = job_new(r, TERMINATE, user);

	j->fn.done = fn;
	submit(j);
}

void plug_remote_key(struct plug_remote *r, struct sm_str key_id,
		     struct sm_str challenge, plug_remote_key_fn *fn,
		     void *user)
{
	struct job *j = job_new(r, KEY, user);

	j->fn.key = fn;
	(void)sm_buf_put_str(&j->in, key_id); /* bounded by the message */
	(void)sm_buf_put_str(&j->in2, challenge);
	submit(j);
}

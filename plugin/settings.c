/*
 * The SSM_PLUGIN_* variables. One table row per number; a value that cannot
 * be meant is an error, since somebody set it on purpose.
 */
#include "common/def.h"
#include "plugin/settings.h"

#include "common/buf.h"
#include "common/os/env.h"

/* PROTOCOL.md 3.6: five minutes, as official. */
#define PING_DEFAULT 300u
/* The official client gives up after seconds; networks come back later. */
#define RESUME_DEFAULT 600u
#define CONNECT_DEFAULT 60u
#define ANSWER_DEFAULT 180u

static int get(const char *name, struct sm_buf *value, struct sm_err *e)
{
	int r;

	sm_buf_clear(value);
	r = sm_os_env_get(value, name);
	if (r < 0)
		return sm_err_set(e, SM_EUSAGE, "%s is too long", name);
	return value->len > 0;
}

static int number(const char *name, uint64_t min, uint64_t max, uint64_t *out,
		  struct sm_err *e)
{
	struct sm_buf v = SM_BUF_INIT(256);
	uint64_t n;
	int r = get(name, &v, e);

	if (r <= 0)
		goto out;
	if (sm_str_u64(sm_buf_str(&v), max, &n) < 0 || n < min) {
		r = sm_err_set(e, SM_EUSAGE,
			       "%s='%s' is not a number from %llu to %llu",
			       name, sm_buf_z(&v), (unsigned long long)min,
			       (unsigned long long)max);
		goto out;
	}
	*out = n;
	r = 0;
out:
	sm_buf_release(&v);
	return r;
}

static int seconds(const char *name, uint64_t min, unsigned *out,
		   struct sm_err *e)
{
	uint64_t n = *out;
	int r = number(name, min, 86400, &n, e);

	*out = (unsigned)n;
	return r;
}

/* Set, not empty and not "0". */
static bool on(const char *name)
{
	struct sm_buf v = SM_BUF_INIT(256);
	bool yes = get(name, &v, NULL) > 0 && !sm_str_eqz(sm_buf_str(&v), "0");

	sm_buf_release(&v);
	return yes;
}

static bool is(const char *name, const char *word)
{
	struct sm_buf v = SM_BUF_INIT(256);
	bool yes = get(name, &v, NULL) > 0 && sm_str_eqz(sm_buf_str(&v), word);

	sm_buf_release(&v);
	return yes;
}

static int local_host(struct plug_settings *s, struct sm_err *e)
{
	struct sm_buf v = SM_BUF_INIT(PLUG_SETTINGS_HOST_MAX - 1);
	int r = get("SSM_PLUGIN_LOCAL_HOST", &v, e);

	if (r > 0)
		memcpy(s->local_host, v.ptr, v.len + 1);
	sm_buf_release(&v);
	return r < 0 ? r : 0;
}

int plug_settings_read(struct plug_settings *s, struct sm_err *e)
{
	uint64_t fd = 0, payload = 0;
	int r;

	memset(s, 0, sizeof(*s));
	s->event_fd = -1;
	s->ping_sec = PING_DEFAULT;
	s->resume_sec = RESUME_DEFAULT;
	s->connect_sec = CONNECT_DEFAULT;
	s->answer_sec = ANSWER_DEFAULT;
	s->quiet = on("SSM_PLUGIN_QUIET");
	if (is("SSM_PLUGIN_EXIT_STATUS", "always"))
		s->status = PLUG_EXIT_ALWAYS;
	else if (on("SSM_PLUGIN_EXIT_STATUS"))
		s->status = PLUG_EXIT_SAFE;
	s->follow_parent = !is("SSM_PLUGIN_PARENT", "ignore");
	s->escape = !is("SSM_PLUGIN_ESCAPE", "none");

	if ((r = number("SSM_PLUGIN_EVENT_FD", 3, 1023, &fd, e)) < 0)
		return r;
	if (fd)
		s->event_fd = (int)fd;
	if ((r = number("SSM_PLUGIN_RATE_LIMIT", 1024, UINT32_MAX,
			&s->rate_limit, e)) < 0)
		return r;
	if ((r = number("SSM_PLUGIN_PAYLOAD", 1024, 32768, &payload, e)) < 0)
		return r;
	s->payload = (uint32_t)payload;
	if ((r = seconds("SSM_PLUGIN_PING_SECONDS", 5, &s->ping_sec, e)) < 0 ||
	    (r = seconds("SSM_PLUGIN_RESUME_SECONDS", 0, &s->resume_sec, e)) <
		    0 ||
	    (r = seconds("SSM_PLUGIN_CONNECT_SECONDS", 1, &s->connect_sec, e)) <
		    0 ||
	    (r = seconds("SSM_PLUGIN_ANSWER_SECONDS", 1, &s->answer_sec, e)) <
		    0)
		return r;
	return local_host(s, e);
}

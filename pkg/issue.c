/*
 * Issues of the release channel.
 *
 * Rule: the serial grows by one with every issue, and what was published of a
 * version (its artifacts) is never changed by a later one; only states are.
 */
#include "common/def.h"
#include "pkg/issue.h"

#include "common/os/clock.h"
#include "common/version.h"
#include "pkg/key.h"

#define PRODUCT "session-manager-plugin"

void pkg_issue_init(struct pkg_issue *i)
{
	memset(i, 0, sizeof(*i));
}

void pkg_issue_release(struct pkg_issue *i)
{
	sm_channel_release(&i->last);
	sm_history_release(&i->history);
}

int pkg_issue_last(struct pkg_issue *i, const struct pkg_key *key,
		   struct sm_str json, struct sm_str sig, struct sm_err *e)
{
	struct sm_openpgp_ring ring = SM_OPENPGP_RING_INIT;
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	int64_t now = sm_os_clock_wall_ms() / 1000;
	struct sm_openpgp_result res;
	int r;

	if (now < i->issued_sec)
		now = i->issued_sec;
	if ((r = pkg_key_put_public(key, &text, e)) < 0)
		goto out;
	if ((r = sm_openpgp_ring_add(&ring, sm_buf_str(&text), e)) < 0)
		goto out;
	r = sm_openpgp_verify_bytes(&ring, json, sig, now, &res, e);
	if (r < 0) {
		sm_err_wrap(e, r, "the last issue of the release channel");
		goto out;
	}
	r = sm_channel_parse(&i->last, json, e);
out:
	sm_openpgp_ring_release(&ring);
	sm_buf_release(&text);
	return r;
}

static int compare(const char *a, const char *b)
{
	struct sm_version x, y;

	if (sm_version_parse(&x, sm_str(a)) < 0 ||
	    sm_version_parse(&y, sm_str(b)) < 0)
		return 0; /* neither is newer: refused by the caller */
	return sm_version_cmp(&x, &y);
}

int pkg_issue_check(const struct pkg_issue *i, const char *version,
		    struct sm_err *e)
{
	const struct sm_history_release *h;

	h = sm_history_find(&i->history, version);
	if (!h)
		return sm_err_set(e, SM_EUSAGE,
				  "version %s is not described in the release "
				  "history",
				  version);
	if (strcmp(h->publisher, "project") != 0)
		return sm_err_set(e, SM_EUSAGE,
				  "version %s belongs to another publisher",
				  version);
	if (*h->state)
		return sm_err_set(e, SM_EUSAGE, "version %s is %s", version,
				  h->state);
	if (i->last.n_versions &&
	    compare(version, i->last.version[0].version) <= 0)
		return sm_err_set(e, SM_EUSAGE,
				  "version %s is not newer than %s, which is "
				  "published",
				  version, i->last.version[0].version);
	return 0;
}

/* State, date and notes as the history has them now. */
static int set_state(struct pkg_issue *i, struct sm_channel_version *v,
		     bool *have_current, struct sm_err *e)
{
	const struct sm_history_release *h;
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);

	h = sm_history_find(&i->history, v->version);
	if (!h)
		return sm_err_set(e, SM_EFORMAT,
				  "version %s of the channel is not described "
				  "in the release history",
				  v->version);
	v->date = h->date;
	v->notes = h->change;
	v->reason = "";
	v->state = SM_CHANNEL_SUPERSEDED;
	if (*h->state) {
		v->state = strcmp(h->state, "withdrawn") ?
				   SM_CHANNEL_DEPRECATED :
				   SM_CHANNEL_WITHDRAWN;
		sm_buf_printf(&text, "%s on %s", h->state, h->state_date);
		v->reason = sm_arena_dup(&i->history.arena, sm_buf_str(&text));
		sm_buf_release(&text);
	} else if (!*have_current) {
		v->state = SM_CHANNEL_CURRENT;
		*have_current = true;
	}
	return 0;
}

int pkg_issue_put(struct pkg_issue *i, const char **current, struct sm_buf *out,
		  struct sm_err *e)
{
	struct sm_channel next = { 0 };
	bool have_current = false;
	int r;

	next.version = sm_arena_alloc(&i->history.arena, i->last.n_versions + 1,
				      sizeof(*next.version));
	if (i->release.version)
		next.version[next.n_versions++] = i->release;
	for (size_t k = 0; k < i->last.n_versions; k++)
		next.version[next.n_versions++] = i->last.version[k];
	next.product = PRODUCT;
	next.minimum = i->history.minimum;
	next.serial = i->last.serial + 1;
	next.issued = i->issued_sec;
	next.expires = i->issued_sec + (int64_t)i->days * 86400;
	if (next.issued < i->last.issued)
		return sm_err_set(e, SM_EUSAGE,
				  "the last issue of the release channel is "
				  "younger (is the clock right?)");
	if (current)
		*current = NULL;
	for (size_t k = 0; k < next.n_versions; k++) {
		r = set_state(i, &next.version[k], &have_current, e);
		if (r < 0)
			return r;
		if (current && next.version[k].state == SM_CHANNEL_CURRENT)
			*current = next.version[k].version;
	}
	return sm_channel_put(&next, out, e);
}

/*
 * From settings to an installation: bring a verified package, unpack it into
 * a private folder, and install from there.
 */
#include "common/def.h"
#include "installer/bring.h"

#include "installer/fetch.h"
#include "installer/job.h"
#include "installer/scratch.h"
#include "installer/support.h"

static bool has_dpkg(void)
{
	struct sm_file_info st;

	return sm_os_file_stat("/var/lib/dpkg/status", true, &st, NULL) == 0;
}

int inst_bring_pick(const struct inst_settings *s,
		    const struct inst_artifact **a, struct sm_err *e)
{
	enum sm_platform p = sm_os_platform();
	enum sm_arch arch = sm_os_platform_arch();
	int r = 0;

	if (s->platform && (r = inst_artifact_platform(&p, s->platform, e)) < 0)
		return r;
	if (s->arch && (r = inst_artifact_arch(&arch, s->arch, e)) < 0)
		return r;
	return inst_artifact_find(a, p, arch, s->format, has_dpkg(), e);
}

static void fill_receipt(struct sm_receipt *t, const struct inst_fetch *f)
{
	char alg[40];

	(void)snprintf(alg, sizeof(alg), "%s %s", f->verified.alg,
		       f->verified.hash);
	t->source_kind = f->kind;
	t->source_from = sm_receipt_text(t, f->where);
	t->artifact_name = sm_receipt_text(t, f->name);
	t->artifact_format = sm_package_format_name(f->package.format);
	t->artifact_sha256 = sm_receipt_text(t, f->verified.sha256);
	t->artifact_size = f->verified.size;
	t->verified_method = f->by_channel                      ? "channel" :
			     inst_trust_is_inside(&f->verified) ? "x509" :
								  "openpgp";
	t->verified_alg = sm_receipt_text(t, alg);
	t->verified_fpr = sm_receipt_text(t, f->verified.primary);
	t->verified_key = sm_receipt_text(
		t, inst_trust_is_inside(&f->verified) ? f->verified.user_id :
							f->trust->from);
	t->verified_created = f->verified.created;
}

static int check_arch(enum sm_arch arch, bool allowed, struct sm_err *e)
{
	enum sm_arch here = sm_os_platform_arch();

	if (allowed || arch == here || arch == SM_ARCH_OTHER ||
	    (here == SM_ARCH_X86_64 && arch == SM_ARCH_I386))
		return 0;
	return sm_err_set(e, SM_ENOTSUP,
			  "the plugin in the package is for %s, this machine "
			  "is %s",
			  sm_os_platform_arch_name(arch),
			  sm_os_platform_arch_name(here));
}

static int on_unpacked(void *user, const struct sm_archive_done *d,
		       struct sm_err *e)
{
	SM_UNUSED(user);
	SM_UNUSED(d);
	return inst_support_stopped() ?
		       sm_err_set(e, SM_ECANCEL, "stopped by a signal") :
		       0;
}

/* The package open on `fd`, called `where`; the receipt is filled. */
static int unpack_and_install(const struct inst_settings *s, struct inst_job *j,
			      int fd, const char *where, struct sm_err *e)
{
	struct inst_scratch scratch = INST_SCRATCH_INIT;
	enum sm_arch arch;
	int r;

	if ((r = inst_scratch_make(&scratch, e)) < 0)
		return r;
	r = sm_package_extract(fd, scratch.path, on_unpacked, NULL, &arch, e);
	if (r < 0) {
		sm_err_wrap(e, r, "cannot unpack '%s'", where);
		goto out;
	}
	if ((r = check_arch(arch, s->no_probe, e)) < 0)
		goto out;
	j->source = scratch.path;
	r = inst_job_install(j, e);
out:
	inst_scratch_remove(&scratch);
	return r;
}

/* Also after a failed installation: the document was accepted. */
static void remember(struct inst_fetch *f, struct sm_out *out)
{
	struct inst_feed_source src = inst_fetch_source(f);
	struct sm_err e = SM_ERR_INIT;

	if (inst_feed_remember(&f->feed, &src, &e) < 0)
		sm_out_warn(out, "cannot remember the release channel: %s",
			    sm_err_msg(&e));
}

/* Nothing large is brought before it is known to be wanted. */
static int bring(const struct inst_settings *s, struct inst_job *j,
		 struct inst_fetch *f, struct sm_err *e)
{
	struct sm_buf line = SM_BUF_INIT((size_t)4096);
	int r;

	if ((r = inst_fetch_resolve(f, e)) < 0)
		return r;
	r = inst_job_decide(j, f->version, e);
	if (r < 0 || (r == 0 && (r = inst_fetch_run(f, e)) < 0))
		return r;
	if (f->fd >= 0) {
		(void)inst_trust_describe(f->trust, &f->verified, &line);
		sm_out_say(j->out, "Verified %s: %s", f->name, sm_buf_z(&line));
		fill_receipt(j->receipt, f);
		j->version = f->package.version;
		r = unpack_and_install(s, j, f->fd, f->where, e);
	}
	if (f->feed.found && !s->dry_run)
		remember(f, j->out);
	sm_buf_release(&line);
	return r;
}

int inst_bring_bundled(const struct inst_settings *s, struct inst_job *j,
		       const struct inst_bundled *b, struct sm_err *e)
{
	int r = inst_job_decide(j, b->package.version, e);

	if (r != 0)
		return r;
	sm_out_detail(j->out, "installing what this program carries");
	inst_bundled_receipt(b, j->receipt);
	j->version = b->package.version;
	return unpack_and_install(s, j, b->fd, b->where, e);
}

/* What this program carries is meant, unless something else was named. */
static int open_bundled(const struct inst_settings *s, bool update,
			struct inst_bundled *b, struct sm_err *e)
{
	bool other = s->from || s->n_args || s->platform || s->arch ||
		     s->format || s->keys.n;
	int r;

	if (s->bundled && other)
		return sm_err_set(e, SM_EUSAGE,
				  "--bundled goes with no other source: no "
				  "VERSION, --from, --key, --platform, --arch "
				  "or --format");
	if (update || other)
		return 0;
	r = inst_bundled_open(b, e);
	if (r == SM_ENOTFOUND && !s->bundled) {
		sm_err_clear(e);
		r = 0;
	}
	return r;
}

int inst_bring_install(const struct inst_settings *s, bool update,
		       struct sm_out *out, struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_receipt receipt;
	struct inst_trust trust = { 0 };
	struct inst_bundled bundled = { .fd = -1 };
	struct inst_fetch f;
	struct inst_job j = { 0 };
	int r;

	inst_fetch_init(&f);
	sm_receipt_init(&receipt);
	if ((r = inst_place_resolve(&j.place, &a, s->dir, s->link, s->user,
				    e)) < 0 ||
	    (r = open_bundled(s, update, &bundled, e)) < 0 ||
	    (r = inst_bring_pick(s, &f.artifact, e)) < 0 ||
	    (r = inst_trust_open(&trust, &s->keys, e)) < 0 ||
	    (r = inst_trust_add_roots(&trust, &s->roots, &s->publishers, e)) <
		    0)
		goto out;
	f.out = out;
	f.from = s->from;
	f.version = s->n_args ? s->args[0] : "latest";
	f.trust = &trust;
	f.dir = j.place.dir;
	j.out = out;
	j.receipt = &receipt;
	j.keep = s->keep;
	j.dry_run = s->dry_run;
	j.force = s->force;
	j.no_probe = s->no_probe;
	j.skip_same = update;
	j.no_downgrade = update && !s->allow_downgrade;
	j.feed = &f.feed;
	r = bundled.fd >= 0 ? inst_bring_bundled(s, &j, &bundled, e) :
			      bring(s, &j, &f, e);
	if (r == 0 && !j.dry_run)
		r = inst_job_greet(&j, e);
out:
	inst_bundled_release(&bundled);
	inst_fetch_release(&f);
	inst_trust_release(&trust);
	sm_receipt_release(&receipt);
	sm_arena_release(&a);
	return r;
}

int inst_bring_channel(const struct inst_settings *s, const char *dir,
		       struct inst_feed *feed, struct sm_err *e)
{
	struct inst_trust trust = { 0 };
	struct inst_fetch f;
	struct inst_feed_source src;
	int r;

	inst_fetch_init(&f);
	if ((r = inst_trust_open(&trust, &s->keys, e)) < 0)
		goto out;
	f.from = s->from;
	f.dir = dir;
	f.trust = &trust;
	src = inst_fetch_source(&f);
	if ((r = inst_feed_open(feed, &src, e)) >= 0 && !feed->found)
		r = sm_err_set(e, SM_ENOTFOUND,
			       "there is no release channel at '%s'", src.base);
out:
	inst_fetch_release(&f);
	inst_trust_release(&trust);
	return r;
}

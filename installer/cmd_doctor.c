/*
 * doctor: the prerequisites, one line each.
 */
#include "common/def.h"
#include "installer/cmd.h"

#include "common/history.h"
#include "common/os/env.h"
#include "installer/doctor.h"
#include "installer/doctor_net.h"
#include "installer/result.h"

static const char *region(const struct inst_settings *s, struct sm_arena *a)
{
	static const char *const names[] = { "AWS_REGION",
					     "AWS_DEFAULT_REGION" };
	struct sm_buf b = SM_BUF_INIT((size_t)1024);
	const char *found = s->region;
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(names) && !found; i++) {
		if (sm_os_env_get(&b, names[i]) == 1 && b.len)
			found = sm_arena_dup(a, sm_buf_str(&b));
	}
	sm_buf_release(&b);
	return found ? found : "us-east-1";
}

static void print(struct sm_out *out, const struct inst_doctor_finding *x)
{
	struct inst_result json;
	const char *grade = inst_doctor_grade_name(x->grade);

	sm_out_say(out, "%s  %-20s %s", grade, x->name, x->found);
	if (x->advice[0])
		sm_out_say(out, "%28s-> %s (%s)", "", x->advice, x->source);
	inst_result_init(&json, "check");
	inst_result_text(&json, "name", x->name);
	inst_result_text(&json, "grade", grade);
	inst_result_text(&json, "found", x->found);
	inst_result_text(&json, "advice", x->advice);
	inst_result_text(&json, "source", x->source);
	inst_result_print(&json, out);
	inst_result_release(&json);
}

static int run(const struct inst_settings *s, struct sm_out *out,
	       struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_history h = { 0 };
	struct inst_doctor_facts f = { 0 };
	const struct sm_history_release *newest;
	struct inst_doctor_finding x;
	size_t i, failed = 0;
	int r;

	if ((r = sm_history_parse(&h, sm_history_builtin(), e)) < 0)
		goto out;
	newest = sm_history_newest(&h);
	f.minimum = h.minimum;
	f.newest = newest ? newest->version : NULL;
	inst_doctor_probe(&f, &a, "");
	inst_doctor_net_roots(&f, &a);
	if ((r = inst_doctor_net_reach(&f, &a, region(s, &a), e)) < 0)
		goto out;
	for (i = 0; i < inst_doctor_count(); i++) {
		inst_doctor_judge(&f, i, &x);
		if (x.grade == INST_DOCTOR_NONE)
			continue;
		failed += x.grade == INST_DOCTOR_FAIL;
		print(out, &x);
	}
	if (failed)
		r = sm_err_set(e, SM_ESTATE,
			       "prerequisites that are not met: %zu", failed);
out:
	sm_history_release(&h);
	sm_arena_release(&a);
	return r;
}

const struct inst_verb inst_cmd_doctor = {
	"doctor",
	INST_GROUP_REGION | INST_GROUP_JSON,
	0,
	"doctor [options]",
	"Checks the prerequisites of sessions on this machine and says what to "
	"do about\neach that is not met; exit status 1 if one is not.\n",
	run,
	NULL,
};

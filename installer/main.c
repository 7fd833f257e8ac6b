/*
 * The installer. Without a verb it is what the bundle's script was:
 * `install -i DIR -b LINK`.
 */
#include "common/def.h"

#include "common/http.h"
#include "installer/cmd.h"
#include "installer/support.h"

static int unknown(struct sm_out *out, const char *word)
{
	size_t i;

	fprintf(out->err,
		"Usage: install [options]\n       install COMMAND "
		"[options]\n\ninstall: error: no such command: %s "
		"(choose from",
		word);
	for (i = 0; inst_cmd_completion_verbs[i]; i++)
		fprintf(out->err, " %s", inst_cmd_completion_verbs[i]->name);
	fprintf(out->err, ")\n");
	return 2;
}

static int with_network(const struct inst_verb *v, int argc, char **argv,
			struct sm_out *out)
{
	struct sm_err e = SM_ERR_INIT;
	int r;

	if (sm_http_init(&e) < 0) {
		sm_out_error(out, "%s", sm_err_msg(&e));
		return 1;
	}
	if (v->groups & (INST_GROUP_ACT | INST_GROUP_OUTPUT))
		inst_support_catch();
	r = inst_settings_command(v, argc, argv, out);
	sm_http_cleanup();
	return r;
}

static int run(int argc, char **argv, struct sm_out *out)
{
	size_t i;

	if (argc < 2 || argv[1][0] == '-') {
		inst_support_catch();
		return inst_cmd_contract(argc, argv, out);
	}
	for (i = 0; inst_cmd_completion_verbs[i]; i++) {
		if (!strcmp(argv[1], inst_cmd_completion_verbs[i]->name))
			return with_network(inst_cmd_completion_verbs[i],
					    argc - 1, argv + 1, out);
	}
	return unknown(out, argv[1]);
}

int main(int argc, char **argv)
{
	struct sm_out out;

	inst_support_start();
	inst_support_args(&argc, &argv);
	sm_out_init(&out, "install");
	return inst_support_end(run(argc, argv, &out));
}

/*
 * The command line. The rule: what can be answered from argc and argv[1] is
 * answered before anything is initialised; the token is in memory once.
 */
#include "common/def.h"
#include "plugin/args.h"

#include "common/os/env.h"

/* Callers of the official client never have an option behind that word. */
static bool is_start(int argc, char *const *argv)
{
	int i;

	if (strcmp(argv[1], "start"))
		return false;
	for (i = 2; i < argc; i++)
		if (argv[i][0] == '-')
			return true;
	return false;
}

enum plug_args_verb plug_args_verb(int argc, char *const *argv)
{
	if (argc <= 1)
		return PLUG_ARGS_BANNER;
	if (argc == 2 && !strcmp(argv[1], "--version"))
		return PLUG_ARGS_VERSION;
	if (is_start(argc, argv))
		return PLUG_ARGS_START;
	if (argc <= 3)
		return PLUG_ARGS_UNKNOWN;
	return PLUG_ARGS_SESSION;
}

/*
 * The argument stays one of the same length, in case somebody counts, but
 * says nothing. Not every system lets us change what others see.
 */
static void scrub(char *arg)
{
	memset(arg, '*', strlen(arg));
}

int plug_args_session(struct plug_args *a, int argc, char **argv,
		      struct sm_err *e)
{
	struct sm_buf empty = SM_BUF_SECRET(PLUG_ARGS_RESPONSE_MAX);
	int r;

	a->response = empty;
	a->by_variable = sm_str_starts(sm_str(argv[1]), PLUG_ARGS_VARIABLE);
	a->legacy = argc == 4;
	a->region = argc > 2 ? argv[2] : "";
	a->operation = argc > 3 ? argv[3] : "";
	a->profile = argc > 4 ? argv[4] : "";
	a->parameters = argc > 5 ? argv[5] : NULL;
	a->endpoint = argc > 6 ? argv[6] : "";
	if (a->by_variable) {
		r = sm_os_env_get(&a->response, argv[1]);
		(void)sm_os_env_set(argv[1], NULL); /* absent is as good */
	} else {
		r = sm_buf_puts(&a->response, argv[1]);
		scrub(argv[1]);
	}
	if (r < 0)
		return sm_err_set(e, r,
				  "the StartSession response is too long");
	return 0;
}

void plug_args_release(struct plug_args *a)
{
	sm_buf_release(&a->response);
}

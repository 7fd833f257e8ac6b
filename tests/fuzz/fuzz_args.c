/*
 * A command line, one argument for each string that ends with a zero byte:
 * the token is taken once and stays nowhere in argv.
 */
#include "common/def.h"
#include "plugin/args.h"

#include "common/mem.h"

#define ARGS_MAX 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void session(int argc, char **argv)
{
	struct plug_args a = { 0 };
	char *before = sm_mem_dup(sm_str(argv[1]));
	size_t i;
	int r = plug_args_session(&a, argc, argv, NULL);

	if (strlen(argv[1]) != strlen(before))
		abort();
	if (a.by_variable) {
		if (strcmp(argv[1], before) || a.response.len)
			abort();
	} else {
		for (i = 0; argv[1][i]; i++)
			if (argv[1][i] != '*')
				abort();
		if (r >= 0 && !sm_str_eqz(sm_buf_str(&a.response), before))
			abort();
	}
	if (r < 0 && strlen(before) <= PLUG_ARGS_RESPONSE_MAX)
		abort();
	if (!a.region || !a.operation || !a.profile || !a.endpoint ||
	    a.legacy != (argc == 4) || !a.parameters != (argc < 6))
		abort();
	plug_args_release(&a);
	sm_mem_free(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[] = "plugin", *argv[ARGS_MAX + 2] = { name };
	char *text = sm_mem_alloc(size + 1), *at = text;
	int argc = 1;

	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	while (argc <= ARGS_MAX && at < text + size) {
		argv[argc++] = at;
		at += strlen(at) + 1;
	}
	switch (plug_args_verb(argc, argv)) {
	case PLUG_ARGS_BANNER:
		if (argc > 1)
			abort();
		break;
	case PLUG_ARGS_VERSION:
		if (argc != 2 || strcmp(argv[1], "--version"))
			abort();
		break;
	case PLUG_ARGS_START:
		if (strcmp(argv[1], "start"))
			abort();
		break;
	case PLUG_ARGS_UNKNOWN:
		if (argc != 2 && argc != 3)
			abort();
		break;
	case PLUG_ARGS_SESSION:
		session(argc, argv);
		break;
	}
	sm_mem_free(text);
	return 0;
}

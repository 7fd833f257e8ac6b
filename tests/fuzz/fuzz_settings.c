/*
 * The SSM_PLUGIN_* variables, one value for each string that ends with a zero
 * byte, in the order of the table: what is taken is within its limits.
 */
#include "common/def.h"
#include "plugin/settings.h"

#include "common/mem.h"
#include "common/os/env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
	"SSM_PLUGIN_QUIET",           "SSM_PLUGIN_EXIT_STATUS",
	"SSM_PLUGIN_EVENT_FD",        "SSM_PLUGIN_LOCAL_HOST",
	"SSM_PLUGIN_RATE_LIMIT",      "SSM_PLUGIN_PAYLOAD",
	"SSM_PLUGIN_PING_SECONDS",    "SSM_PLUGIN_RESUME_SECONDS",
	"SSM_PLUGIN_CONNECT_SECONDS", "SSM_PLUGIN_ANSWER_SECONDS",
	"SSM_PLUGIN_PARENT",          "SSM_PLUGIN_ESCAPE",
};

static bool within(uint64_t n, uint64_t min, uint64_t max)
{
	return n >= min && n <= max;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = sm_mem_alloc(size + 1), *at = text;
	struct sm_err e = SM_ERR_INIT;
	struct plug_settings s;
	size_t i;
	int r;

	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	for (i = 0; i < SM_ARRAY_LEN(names); i++) {
		bool more = at < text + size;

		(void)sm_os_env_set(names[i], more ? at : NULL);
		if (more)
			at += strlen(at) + 1;
	}
	r = plug_settings_read(&s, &e);
	if (r < 0 && (r != SM_EUSAGE || !strstr(e.msg, "SSM_PLUGIN_")))
		abort();
	if (s.event_fd != -1 && !within((uint64_t)s.event_fd, 3, 1023))
		abort();
	if ((s.rate_limit && !within(s.rate_limit, 1024, UINT32_MAX)) ||
	    (s.payload && !within(s.payload, 1024, 32768)) ||
	    !within(s.ping_sec, 5, 86400) || s.resume_sec > 86400 ||
	    !within(s.connect_sec, 1, 86400) ||
	    !within(s.answer_sec, 1, 86400) ||
	    !memchr(s.local_host, 0, sizeof(s.local_host)))
		abort();
	sm_mem_free(text);
	return 0;
}

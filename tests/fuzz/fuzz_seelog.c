/*
 * Any text as seelog.xml. What is taken must be consistent: strings where
 * there must be some, and a record can be written with every output.
 */
#include "common/def.h"
#include "plugin/seelog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_record(const struct plug_seelog_output *o)
{
	struct sm_log_record rec = { .level = SM_LOG_WARN,
				     .file = "file.c",
				     .func = "a.function",
				     .msg = sm_str("text") };
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);

	if ((o->kind != PLUG_SEELOG_CONSOLE && !o->path[0]) ||
	    o->levels & ~PLUG_SEELOG_ALL ||
	    (o->kind == PLUG_SEELOG_ROLLING && !o->max_size))
		abort();
	(void)plug_seelog_format(&out, o->format, &rec);
	sm_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plug_seelog s;
	size_t i;

	plug_seelog_init(&s);
	if (plug_seelog_parse(&s, sm_str_n(data, size), NULL) >= 0) {
		for (i = 0; i < s.n_outputs; i++)
			write_record(&s.output[i]);
		if (plug_seelog_levels(&s, "file.c", "f") & ~PLUG_SEELOG_ALL ||
		    plug_seelog_min(&s) > SM_LOG_OFF)
			abort();
	} else if (s.n_outputs || s.levels || s.arena.head) {
		abort();
	}
	plug_seelog_release(&s);
	return 0;
}

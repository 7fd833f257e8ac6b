/*
 * The memory of release channels: the last line of the input is the source
 * that is looked for in the rest.
 */
#include "common/def.h"
#include "installer/feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_str text = sm_str_n(data, size);
	long last = sm_str_rchr(text, '\n');
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_channel_seen seen;
	const char *base =
		sm_arena_dup(&a, sm_str_sub(text, (size_t)(last + 1), size));

	if (inst_feed_recall(text, base, &seen) < 0 && seen.serial)
		abort();
	if (seen.serial && strlen(seen.sha256) != SM_SHA256_HEX - 1)
		abort();
	sm_arena_release(&a);
	return 0;
}

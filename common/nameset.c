/*
 * A hash table over a growing array. The array keeps the order, so that
 * folders can be gone through parents first; it is the caller that bounds how
 * many names there are.
 */
#include "common/def.h"
#include "common/nameset.h"

#define SLOTS_MIN 128

/* FNV-1a, which goes on from the hash of what stands in front. */
#define HASH_BEGIN 2166136261u

static uint32_t hash_on(uint32_t h, const char *p, size_t len)
{
	while (len--)
		h = (h ^ (uint8_t)*p++) * 16777619u;
	return h;
}

static const struct sm_nameset_name *find(const struct sm_nameset *s,
					  uint32_t h, const char *p, size_t len)
{
	const struct sm_nameset_name *n;
	size_t i;

	if (!s->n_slots)
		return NULL;
	for (i = h & (s->n_slots - 1); s->slot[i];
	     i = (i + 1) & (s->n_slots - 1)) {
		n = &s->name[s->slot[i] - 1];
		if (n->hash == h && strlen(n->text) == len &&
		    memcmp(n->text, p, len) == 0)
			return n;
	}
	return NULL;
}

const struct sm_nameset_name *sm_nameset_find(const struct sm_nameset *s,
					      const char *p, size_t len)
{
	return find(s, hash_on(HASH_BEGIN, p, len), p, len);
}

static void put_slot(struct sm_nameset *s, size_t which)
{
	size_t i = s->name[which].hash & (s->n_slots - 1);

	while (s->slot[i])
		i = (i + 1) & (s->n_slots - 1);
	s->slot[i] = (uint32_t)which + 1;
}

/* At most half of the slots are in use. */
static void grow(struct sm_nameset *s)
{
	size_t i;

	s->n_slots = s->n_slots ? 2 * s->n_slots : SLOTS_MIN;
	sm_mem_free(s->slot);
	s->slot = sm_mem_zalloc(s->n_slots, sizeof(*s->slot));
	s->name = sm_mem_realloc(s->name, s->n_slots / 2, sizeof(*s->name));
	for (i = 0; i < s->n; i++)
		put_slot(s, i);
}

void sm_nameset_add(struct sm_nameset *s, const char *text,
		    enum sm_file_type type)
{
	struct sm_nameset_name *n;

	if (s->n == s->n_slots / 2)
		grow(s);
	n = &s->name[s->n];
	n->hash = hash_on(HASH_BEGIN, text, strlen(text));
	n->type = type;
	n->text = sm_arena_dup(&s->arena, sm_str(text));
	put_slot(s, s->n++);
}

void sm_nameset_release(struct sm_nameset *s)
{
	sm_mem_free(s->name);
	sm_mem_free(s->slot);
	sm_arena_release(&s->arena);
	memset(s, 0, sizeof(*s));
}

int sm_nameset_claim(struct sm_nameset *s, const char *text,
		     enum sm_file_type type, struct sm_err *e)
{
	const struct sm_nameset_name *n;
	uint32_t h = HASH_BEGIN;
	size_t i;

	for (i = 0; text[i]; i++) {
		n = i && text[i] == '/' ? find(s, h, text, i) : NULL;
		if (n && n->type != SM_FILE_DIR)
			return sm_err_set(e, SM_EVERIFY,
					  "entry '%s' lies below something "
					  "that is not a folder",
					  text);
		h = hash_on(h, text + i, 1);
	}
	n = find(s, h, text, i);
	if (!n)
		sm_nameset_add(s, text, type);
	else if (n->type != SM_FILE_DIR || type != SM_FILE_DIR)
		return sm_err_set(e, SM_EVERIFY, "entry '%s' comes twice",
				  text);
	return 0;
}

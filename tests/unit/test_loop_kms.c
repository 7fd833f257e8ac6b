/*
 * Data keys open with the same key and context, and with nothing else.
 */
#include "common/def.h"
#include "loopback/kms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void context(struct loop_kms_context *c, const char *session,
		    const char *target)
{
	c->n = 0;
	assert_int_equal(loop_kms_context_add(c, sm_str("aws:ssm:TargetId"),
					      sm_str(target)),
			 0);
	assert_int_equal(loop_kms_context_add(c, sm_str("aws:ssm:SessionId"),
					      sm_str(session)),
			 0);
}

struct sealed {
	struct loop_kms kms;
	struct loop_kms_context context;
	struct sm_buf plain, blob, opened;
};

static void seal(struct sealed *s, size_t len)
{
	memset(s, 0, sizeof(*s));
	sm_buf_init(&s->plain, SM_BUF_SMALL);
	sm_buf_init(&s->blob, SM_BUF_SMALL);
	sm_buf_init(&s->opened, SM_BUF_SMALL);
	loop_kms_init(&s->kms);
	context(&s->context, "s-1", "i-1");
	assert_int_equal(loop_kms_generate(&s->kms, sm_str("key"), &s->context,
					   len, &s->plain, &s->blob),
			 0);
	assert_true(s->plain.len == len);
}

static int open_with(struct sealed *s, const char *key)
{
	sm_buf_clear(&s->opened);
	return loop_kms_open(&s->kms, sm_str(key), &s->context,
			     sm_buf_str(&s->blob), &s->opened);
}

static void release(struct sealed *s)
{
	sm_buf_release(&s->plain);
	sm_buf_release(&s->blob);
	sm_buf_release(&s->opened);
	loop_kms_release(&s->kms);
}

static void opens(void **state)
{
	static const size_t lengths[] = { 1, 16, 64, LOOP_KMS_KEY_MAX };
	struct sealed s;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(lengths); i++) {
		seal(&s, lengths[i]);
		assert_int_equal(open_with(&s, "key"), 0);
		assert_true(
			sm_str_eq(sm_buf_str(&s.opened), sm_buf_str(&s.plain)));
		release(&s);
	}
}

static void lengths(void **state)
{
	struct sealed s;

	SM_UNUSED(state);
	seal(&s, 64);
	assert_int_equal(loop_kms_generate(&s.kms, sm_str("key"), &s.context, 0,
					   &s.plain, &s.blob),
			 SM_ELIMIT);
	assert_int_equal(loop_kms_generate(&s.kms, sm_str("key"), &s.context,
					   LOOP_KMS_KEY_MAX + 1, &s.plain,
					   &s.blob),
			 SM_ELIMIT);
	release(&s);
}

static void another_key_or_context(void **state)
{
	struct sealed s;

	SM_UNUSED(state);
	seal(&s, 64);
	assert_int_equal(open_with(&s, "other"), SM_EVERIFY);
	context(&s.context, "s-2", "i-1");
	assert_int_equal(open_with(&s, "key"), SM_EVERIFY);
	context(&s.context, "s-1", "i-2");
	assert_int_equal(open_with(&s, "key"), SM_EVERIFY);
	context(&s.context, "s-1", "i-1");
	assert_int_equal(loop_kms_context_add(&s.context, sm_str("more"),
					      sm_str("x")),
			 0);
	assert_int_equal(open_with(&s, "key"), SM_EVERIFY);
	s.context.n = 0;
	assert_int_equal(open_with(&s, "key"), SM_EVERIFY);
	assert_true(s.opened.len == 0);
	release(&s);
}

/* "a" + "bc" is not "ab" + "c". */
static void context_is_not_joined(void **state)
{
	struct loop_kms_context c = { .n = 0 };
	struct sealed s;

	SM_UNUSED(state);
	seal(&s, 64);
	assert_int_equal(loop_kms_context_add(&c, sm_str("a"), sm_str("bc")),
			 0);
	sm_buf_clear(&s.blob);
	assert_int_equal(loop_kms_generate(&s.kms, sm_str("key"), &c, 64,
					   &s.plain, &s.blob),
			 0);
	c.n = 0;
	assert_int_equal(loop_kms_context_add(&c, sm_str("ab"), sm_str("c")),
			 0);
	s.context = c;
	assert_int_equal(open_with(&s, "key"), SM_EVERIFY);
	release(&s);
}

static void every_flip_and_cut(void **state)
{
	struct sealed s;
	size_t i, len;

	SM_UNUSED(state);
	seal(&s, 64);
	for (i = 0; i < s.blob.len; i++) {
		s.blob.ptr[i] = (char)(s.blob.ptr[i] ^ 1);
		assert_int_equal(open_with(&s, "key"), SM_EVERIFY);
		s.blob.ptr[i] = (char)(s.blob.ptr[i] ^ 1);
	}
	for (len = s.blob.len; len-- > 0;) {
		sm_buf_truncate(&s.blob, len);
		assert_true(open_with(&s, "key") < 0);
	}
	release(&s);
}

static void context_limits(void **state)
{
	struct loop_kms_context c = { .n = 0 };
	char names[LOOP_KMS_CONTEXT_MAX + 1][2];
	unsigned i;

	SM_UNUSED(state);
	for (i = 0; i <= LOOP_KMS_CONTEXT_MAX; i++) {
		names[i][0] = (char)('z' - i);
		names[i][1] = '\0';
		assert_int_equal(loop_kms_context_add(&c, sm_str(names[i]),
						      sm_str("v")),
				 i < LOOP_KMS_CONTEXT_MAX ? 0 : SM_ELIMIT);
	}
	for (i = 1; i < c.n; i++)
		assert_true(sm_str_cmp(c.pair[i - 1].name, c.pair[i].name) < 0);
	c.n = 3;
	assert_int_equal(loop_kms_context_add(&c, c.pair[1].name, sm_str("w")),
			 SM_EEXIST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens),
		cmocka_unit_test(lengths),
		cmocka_unit_test(another_key_or_context),
		cmocka_unit_test(context_is_not_joined),
		cmocka_unit_test(every_flip_and_cut),
		cmocka_unit_test(context_limits),
	};

	return cmocka_run_group_tests_name("loop_kms", tests, NULL, NULL);
}

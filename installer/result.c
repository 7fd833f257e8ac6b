/*
 * JSON lines. Nothing here fails: a line that would be too long (1 MiB) is
 * replaced by one that says so, because half an object is worse than none.
 */
#include "common/def.h"
#include "installer/result.h"

#include "common/json.h"
#include "common/jtable.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)

void inst_result_init(struct inst_result *r, const char *type)
{
	sm_buf_init(&r->text, LINE_MAX_BYTES);
	(void)sm_buf_puts(&r->text, "{\"type\": "); /* sticks */
	(void)sm_json_put(&r->text, sm_str(type));  /* sticks */
}

void inst_result_release(struct inst_result *r)
{
	sm_buf_release(&r->text);
}

static void put_name(struct inst_result *r, const char *name)
{
	(void)sm_buf_puts(&r->text, ", ");         /* sticks */
	(void)sm_json_put(&r->text, sm_str(name)); /* sticks */
	(void)sm_buf_puts(&r->text, ": ");         /* sticks */
}

void inst_result_text(struct inst_result *r, const char *name,
		      const char *value)
{
	if (!value || !value[0])
		return;
	put_name(r, name);
	(void)sm_json_put(&r->text, sm_str(value)); /* sticks */
}

void inst_result_number(struct inst_result *r, const char *name, uint64_t value)
{
	put_name(r, name);
	(void)sm_buf_printf(&r->text, "%llu", /* sticks */
			    (unsigned long long)value);
}

void inst_result_flag(struct inst_result *r, const char *name, bool value)
{
	put_name(r, name);
	(void)sm_buf_puts(&r->text, value ? "true" : "false"); /* sticks */
}

void inst_result_time(struct inst_result *r, const char *name, int64_t unix_sec)
{
	struct sm_buf text = SM_BUF_INIT((size_t)64);

	if (unix_sec > 0 && sm_jtable_time_put(&text, unix_sec) == 0)
		inst_result_text(r, name, sm_buf_z(&text));
	sm_buf_release(&text);
}

void inst_result_verified(struct inst_result *r,
			  const struct sm_openpgp_result *v)
{
	inst_result_text(r, "method", v->primary[0] ? "openpgp" : "x509");
	inst_result_text(r, "algorithm", v->alg);
	inst_result_text(r, "hash", v->hash);
	inst_result_text(r, "key", v->primary);
	inst_result_text(r, "user", v->user_id);
	inst_result_time(r, "signed", v->created);
	inst_result_text(r, "sha256", v->sha256);
	inst_result_number(r, "size", v->size);
}

void inst_result_print(struct inst_result *r, struct sm_out *out)
{
	(void)sm_buf_puts(&r->text, "}"); /* sticks */
	if (!out->json)
		return;
	/* sm_out_flush asks ferror */
	(void)fputs(r->text.err ? "{\"type\": \"too-long\"}" :
				  sm_buf_z(&r->text),
		    out->out);
	(void)fputc('\n', out->out);
}

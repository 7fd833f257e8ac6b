/*
 * Templates. An '@' that begins no field (a mail address) stays as it is; a
 * field without a value is a mistake and not left in the text.
 */
#include "common/def.h"
#include "pkg/template.h"

void pkg_template_put_xml(struct sm_str value, struct sm_buf *out)
{
	size_t i;

	for (i = 0; i < value.len; i++)
		switch (value.ptr[i]) {
		case '&':
			sm_buf_puts(out, "&amp;");
			break;
		case '<':
			sm_buf_puts(out, "&lt;");
			break;
		case '>':
			sm_buf_puts(out, "&gt;");
			break;
		case '"':
			sm_buf_puts(out, "&quot;");
			break;
		case '\'':
			sm_buf_puts(out, "&apos;");
			break;
		default:
			sm_buf_put(out, value.ptr + i, 1);
		}
}

/* The name between '@' and '@' at the front of `s`, or an empty view. */
static struct sm_str field_name(struct sm_str s)
{
	struct sm_str none = { NULL, 0 };
	size_t i = 1;

	while (i < s.len &&
	       ((s.ptr[i] >= 'A' && s.ptr[i] <= 'Z') || s.ptr[i] == '_'))
		i++;
	return i > 1 && i < s.len && s.ptr[i] == '@' ? sm_str_sub(s, 1, i - 1) :
						       none;
}

static int put_field(struct sm_str name, const struct pkg_template_field *field,
		     size_t n, bool xml, struct sm_buf *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!sm_str_eqz(name, field[i].name))
			continue;
		if (xml && !sm_str_starts(name, "RAW_"))
			pkg_template_put_xml(field[i].value, out);
		else
			sm_buf_put_str(out, field[i].value);
		return 0;
	}
	return SM_ENOTFOUND;
}

int pkg_template_put(struct sm_str text, const struct pkg_template_field *field,
		     size_t n, bool xml, struct sm_buf *out, struct sm_err *e)
{
	struct sm_str name;
	long at;

	while ((at = sm_str_chr(text, '@', 0)) >= 0) {
		sm_buf_put(out, text.ptr, (size_t)at);
		text = sm_str_sub(text, (size_t)at, text.len);
		name = field_name(text);
		if (!name.len)
			sm_buf_put(out, "@", 1);
		else if (put_field(name, field, n, xml, out) < 0)
			return sm_err_set(e, SM_EFORMAT,
					  "template has an unknown field "
					  "@%.*s@",
					  SM_STR_ARG(name));
		text = sm_str_sub(text, name.len ? name.len + 2 : 1, text.len);
	}
	if (sm_buf_put_str(out, text) < 0 || out->err)
		return sm_err_set(e, SM_ELIMIT, "text above %zu bytes",
				  out->max);
	return 0;
}

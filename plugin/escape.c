/*
 * The escape filter. A tilde is held back only as the first byte of a line;
 * whatever follows decides, and every other byte passes at once.
 */
#include "common/def.h"
#include "plugin/escape.h"

void plug_escape_init(struct plug_escape *x)
{
	x->line_start = true;
	x->tilde = false;
}

/* The byte behind a held tilde. */
static enum plug_escape_action decide(struct plug_escape *x, char c,
				      struct sm_buf *out)
{
	x->tilde = false;
	switch (c) {
	case '.':
		return PLUG_ESCAPE_END;
	case '?':
		x->line_start = true;
		return PLUG_ESCAPE_HELP;
	case '~':
		(void)sm_buf_put_u8(out, '~'); /* sticks in out->err */
		break;
	default:
		(void)sm_buf_put_u8(out, '~');
		(void)sm_buf_put_u8(out, (uint8_t)c);
	}
	x->line_start = c == '\r' || c == '\n';
	return PLUG_ESCAPE_NONE;
}

enum plug_escape_action plug_escape_feed(struct plug_escape *x,
					 struct sm_str in, struct sm_buf *out,
					 size_t *used)
{
	enum plug_escape_action a = PLUG_ESCAPE_NONE;
	size_t i;

	for (i = 0; i < in.len && a == PLUG_ESCAPE_NONE; i++) {
		char c = in.ptr[i];

		if (x->tilde) {
			a = decide(x, c, out);
		} else if (c == '~' && x->line_start) {
			x->tilde = true;
		} else {
			(void)sm_buf_put_u8(out, (uint8_t)c);
			x->line_start = c == '\r' || c == '\n';
		}
	}
	*used = i;
	return a;
}

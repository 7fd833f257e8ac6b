/*
 * One row for each key on which the two disagree. Arrows are those of the
 * application mode: programs that switch it on know no others, and line
 * editors know both. libuv makes a Linux console's F1 to F5, which hardly
 * anything else does.
 */
#include "common/def.h"
#include "plugin/keymap.h"

/* clang-format off */
static const struct {
	const char *from; /* libuv 1.44 and later, src/win/tty.c, unmodified */
	const char *to;   /* PROTOCOL.md 9.7 */
} keys[] = {
	{ "\033[A", "\033OA" },   /* up */
	{ "\033[B", "\033OB" },   /* down */
	{ "\033[C", "\033OC" },   /* right */
	{ "\033[D", "\033OD" },   /* left */
	{ "\033[1~", "\033[H" },  /* home */
	{ "\033[4~", "\033[F" },  /* end */
	{ "\033[[A", "\033OP" },  /* F1 */
	{ "\033[[B", "\033OQ" },
	{ "\033[[C", "\033OR" },
	{ "\033[[D", "\033OS" },
	{ "\033[[E", "\033[15~" } /* F5 */
};
/* clang-format on */

int plug_keymap_put(struct sm_buf *out, struct sm_str in)
{
	size_t i;
	long at;

	while ((at = sm_str_chr(in, '\033', 0)) >= 0) {
		(void)sm_buf_put(out, in.ptr, (size_t)at); /* sticks */
		in = sm_str_sub(in, (size_t)at, in.len);
		for (i = 0; i < SM_ARRAY_LEN(keys); i++)
			if (sm_str_starts(in, keys[i].from))
				break;
		if (i < SM_ARRAY_LEN(keys)) {
			(void)sm_buf_puts(out, keys[i].to);
			in = sm_str_sub(in, strlen(keys[i].from), in.len);
		} else {
			(void)sm_buf_put(out, in.ptr, 1);
			in = sm_str_sub(in, 1, in.len);
		}
	}
	return sm_buf_put_str(out, in);
}

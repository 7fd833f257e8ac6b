/*
 * The reader of seelog.xml: which records go where, in which form. Pure: text
 * in, a flat list of outputs out; files are plugin/logfile's business.
 *
 * Filters are resolved while reading: each output carries the levels that
 * reach it, so that writing a record is a walk over a short array.
 *
 * Source: PROTOCOL.md 12.
 */
#ifndef PLUGIN_SEELOG_H
#define PLUGIN_SEELOG_H

#include "common/err.h"
#include "common/log.h"
#include "common/mem.h"

/* Bytes of a configuration; nesting; outputs, formats and exceptions. */
#define PLUG_SEELOG_MAX ((size_t)256 << 10)
#define PLUG_SEELOG_DEPTH 16
#define PLUG_SEELOG_OUTPUTS 16
#define PLUG_SEELOG_FORMATS 32
#define PLUG_SEELOG_EXCEPTIONS 16

/* Sizes where the element has no maxsize or maxrolls. PROTOCOL.md 12.2. */
#define PLUG_SEELOG_SIZE 30000000
#define PLUG_SEELOG_ROLLS 5

/* A set of levels: bit 1 << level; no bit is "off". */
#define PLUG_SEELOG_BIT(level) (1u << (unsigned)(level))
#define PLUG_SEELOG_ALL (PLUG_SEELOG_BIT(SM_LOG_OFF) - 1u)

enum plug_seelog_kind {
	PLUG_SEELOG_FILE,    /* grows for ever */
	PLUG_SEELOG_ROLLING, /* by size */
	PLUG_SEELOG_CONSOLE  /* stderr: stdout belongs to the session */
};

struct plug_seelog_output {
	enum plug_seelog_kind kind;
	const char *path;   /* NULL for the console */
	uint64_t max_size;  /* bytes; rolling only */
	unsigned max_rolls; /* old files kept */
	unsigned levels;    /* those that reach it */
	const char *format; /* "%Date %Time %LEVEL %Msg%n" */
};

/* Records from matching places follow their own levels. '*' and '?'. */
struct plug_seelog_exception {
	const char *file; /* pattern of the file's base name, or NULL */
	const char *func; /* pattern of the function, or NULL */
	unsigned levels;
};

/* All strings are in the arena. */
struct plug_seelog {
	struct sm_arena arena;
	unsigned levels; /* of records that no exception matches */
	struct plug_seelog_output output[PLUG_SEELOG_OUTPUTS];
	size_t n_outputs;
	struct plug_seelog_exception exception[PLUG_SEELOG_EXCEPTIONS];
	size_t n_exceptions;
};

/* Off: no levels, no outputs. Also what a missing or broken file means. */
void plug_seelog_init(struct plug_seelog *s);
void plug_seelog_release(struct plug_seelog *s);

/*
 * Read a configuration into an initialised `s`; after an error `s` is as
 * after init. Unknown elements and attributes are skipped.
 *
 * Errors: SM_EFORMAT with line and cause (no XML, another root, an unknown
 *         level or format id, an output without file name, a document type),
 *         SM_ELIMIT above the limits above.
 */
int plug_seelog_parse(struct plug_seelog *s, struct sm_str xml,
		      struct sm_err *e);

/* The levels that hold for a record from this place. */
unsigned plug_seelog_levels(const struct plug_seelog *s, const char *file,
			    const char *func);

/* The lowest level that any record can have to be written; SM_LOG_OFF. */
enum sm_log_level plug_seelog_min(const struct plug_seelog *s);

/*
 * Append one record in a format. Verbs: %Date %Time %UTCDate %UTCTime %LEVEL
 * %Level %LEV %Lev %l %Func %FuncShort %File %RelFile %FullPath %Line %Msg
 * %Ns %n %t %%, and %Date(...) with a layout, whose argument is dropped. An
 * unknown verb is copied as it stands. Control characters of the message other
 * than tab become '?', so that a record is one line.
 */
int plug_seelog_format(struct sm_buf *out, const char *format,
		       const struct sm_log_record *rec);

#endif

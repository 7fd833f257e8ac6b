/*
 * Names inside the installation directory: DESIGN of an installed tree.
 *
 *   DIR/bin/session-manager-plugin -> ../current/bin/session-manager-plugin
 *   DIR/VERSION                    -> current/VERSION        (and so on)
 *   DIR/current                    -> versions/1.3.0.0
 *   DIR/versions/1.3.0.0/          the files and receipt.json
 *   DIR/versions/.stage-*          being written
 *   DIR/versions/.trash-*          being deleted
 *   DIR/versions/.channel          the channel documents seen last
 *
 * On Windows, which has no links for everybody, `current` is a file with that
 * text and the contract files are copies (installer/entry.h).
 *
 * The contract files are what the official bundle and packages leave
 * (PACKAGING.md 1.2); seelog.xml and logs/ belong to the user.
 */
#ifndef INSTALLER_LAYOUT_H
#define INSTALLER_LAYOUT_H

#include "common/def.h"
#include "common/mem.h"

#define INST_DEFAULT_DIR "/usr/local/sessionmanagerplugin"
#define INST_DEFAULT_LINK "/usr/local/bin/session-manager-plugin"
#define INST_PLUGIN "bin/session-manager-plugin" SM_EXE
#define INST_INSTALLER "bin/session-manager-installer" SM_EXE
#define INST_SETUP "setup.exe" /* Windows: the program with the window */

#define INST_CURRENT "current"
#define INST_VERSIONS "versions"
#define INST_STAGE ".stage-"
#define INST_TRASH ".trash-"
#define INST_RECEIPT "receipt.json"
#define INST_SEEN ".channel"
#define INST_SEELOG "seelog.xml" /* the user's, as the next */
#define INST_LOGS "logs"

#define INST_FILES 10 /* contract files, all below */
#define INST_FILE_INSTALLER 1
#define INST_FILE_SETUP 9

struct inst_file {
	const char *name; /* relative to DIR, with '/' */
	unsigned mode;
	bool required; /* an installation without it is refused */
};

/* The contract files; `i` below INST_FILES. The first is the plugin. */
const struct inst_file *inst_layout_file(size_t i);

/* The text of the contract link for file `i`: "../current/bin/...". */
char *inst_layout_target(struct sm_arena *a, size_t i);

/*
 * The name under which a link is made before it is renamed to `path`:
 * ".NAME.new" beside it. Fixed, so that the next run finds what a killed one
 * left.
 */
char *inst_layout_new(struct sm_arena *a, const char *path);

/* True if `name` is a version folder's name: a version, maybe "~N". */
bool inst_layout_is_version(const char *name);

/* The version in a version folder's name: without "~N". */
char *inst_layout_version(struct sm_arena *a, const char *folder);

/* printf into the arena; at most 16 KiB. */
char *inst_layout_text(struct sm_arena *a, const char *fmt, ...)
	SM_PRINTF(2, 3);

#endif

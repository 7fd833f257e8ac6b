/*
 * The window of setup.exe: choose a folder (or confirm the removal), watch,
 * read the result. Windows only.
 */
#ifndef INSTALLER_WIZARD_H
#define INSTALLER_WIZARD_H

#include "installer/setup.h"

/*
 * Show the wizard, or only its progress if the arguments say passive, and do
 * what was asked for. Returns the exit code; the result has been shown.
 */
int inst_wizard_run(struct inst_setup *s, FILE *log);

/* A message box: an error, or a question. */
void inst_wizard_error(const char *text);
bool inst_wizard_ask(const char *text);

#endif

/*
 * "session-manager-plugin start": start sessions and be their client.
 */
#ifndef PLUGIN_CMD_START_H
#define PLUGIN_CMD_START_H

/* Runs the command; argv[0] is "start". Returns the exit status. */
int plug_cmd_start(int argc, char **argv);

#endif

/*
 * Which kind of session it is.
 */
#include "common/def.h"
#include "plugin/kind.h"

#include "plugin/commands.h"
#include "plugin/port_basic.h"
#include "plugin/port_mux.h"
#include "plugin/port_stdio.h"
#include "plugin/shell.h"

static const struct plug_kind *port_kind(const struct plug_kind_query *q)
{
	if (!sm_str_eqz(q->port.type, "LocalPortForwarding"))
		return &plug_port_stdio_kind;
	if (plug_handshake_gate(PLUG_GATE_MUX, q->agent_version))
		return &plug_port_mux_kind;
	return &plug_port_basic_kind;
}

const struct plug_kind *plug_kind_find(const struct plug_kind_query *q)
{
	static const struct {
		const char *type;
		const struct plug_kind *kind;
	} table[] = {
		{ "Standard_Stream", &plug_shell_kind },
		{ "InteractiveCommands", &plug_shell_kind },
		{ "NonInteractiveCommands", &plug_commands_kind },
	};
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(table); i++)
		if (sm_str_eqz(q->session_type, table[i].type))
			return table[i].kind;
	return sm_str_eqz(q->session_type, "Port") ? port_kind(q) : NULL;
}

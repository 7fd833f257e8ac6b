/*
 * The client's part of the handshake: what the agent asks for, the answer,
 * the encryption key and its proof. Source: PROTOCOL.md 7, 8.
 */
#ifndef PLUGIN_NEGOTIATE_H
#define PLUGIN_NEGOTIATE_H

#include "common/str.h"

#include <stdint.h>

struct plug_negotiation;
struct plug_session;

struct plug_negotiation *plug_negotiate_new(struct plug_session *s);
void plug_negotiate_free(struct plug_negotiation *n);

/*
 * A payload before a kind runs, or one of the handshake's own types (5, 7, 8)
 * at any time. Returns as plug_kind.deliver.
 */
int plug_negotiate_deliver(struct plug_negotiation *n, uint32_t type,
			   struct sm_str payload);

#endif

#!/bin/sh
# The plugin against a service and agents that were written from the
# description of the protocol alone, in another language: every kind of
# session with every fault, byte by byte, and whatever else is odd.
# tests/lib/peer.py says how it is made.
. "$(dirname "$0")/../lib/tap.sh"
tap_need python3

PYTHONDONTWRITEBYTECODE=1
TMPDIR=$T
export PYTHONDONTWRITEBYTECODE TMPDIR

# prints its own TAP
timeout -k 5 "${TAP_LIMIT:-240}" python3 "$SM_TOP/tests/lib/peer_cases.py" \
	"$SM_BIN/session-manager-plugin"
exit $?

#!/bin/sh
set -eu
if dpkg -s session-manager-plugin >/dev/null 2>&1; then
	DEBIAN_FRONTEND=noninteractive dpkg -r session-manager-plugin
fi

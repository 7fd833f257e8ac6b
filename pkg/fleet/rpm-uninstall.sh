#!/bin/sh
set -eu
if rpm -q session-manager-plugin >/dev/null 2>&1; then
	rpm -e session-manager-plugin
fi

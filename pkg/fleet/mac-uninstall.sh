#!/bin/sh
set -eu
cd "$(dirname "$0")"
[ -e /usr/local/sessionmanagerplugin ] || exit 0
rm -rf sessionmanager-bundle
unzip -q sessionmanager-bundle.zip
./sessionmanager-bundle/install uninstall -i /usr/local/sessionmanagerplugin \
	-b /usr/local/bin/session-manager-plugin

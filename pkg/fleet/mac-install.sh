#!/bin/sh
# Run as root in the folder of the unpacked attachment.
set -eu
cd "$(dirname "$0")"
rm -rf sessionmanager-bundle
unzip -q sessionmanager-bundle.zip
mkdir -p /usr/local/bin
./sessionmanager-bundle/install -i /usr/local/sessionmanagerplugin \
	-b /usr/local/bin/session-manager-plugin

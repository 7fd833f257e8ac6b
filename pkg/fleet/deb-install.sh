#!/bin/sh
# Run as root in the folder of the unpacked attachment.
set -eu
cd "$(dirname "$0")"
DEBIAN_FRONTEND=noninteractive dpkg -i session-manager-plugin.deb

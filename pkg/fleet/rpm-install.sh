#!/bin/sh
# Run as root in the folder of the unpacked attachment. The same version
# again, and an older one, are what was asked for.
set -eu
cd "$(dirname "$0")"
rpm -U --replacepkgs --oldpackage session-manager-plugin.rpm

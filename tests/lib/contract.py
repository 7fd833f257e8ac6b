#!/usr/bin/env python3
"""The contract of the bundle's `install`, as PACKAGING.md 6.2 has it: the
yardstick that the installer is compared with, tree, texts and time. It lies in
the bundle's directory, as the original does."""
import optparse
import os
import shutil
import sys

DIR = "/usr/local/sessionmanagerplugin"
LINK = "/usr/local/bin/session-manager-plugin"
PLUGIN = "bin/session-manager-plugin"


def options():
    parser = optparse.OptionParser(usage="install [options]", prog="install")
    parser.add_option("-i", "--install-dir", default=DIR)
    parser.add_option("-b", "--bin-location", default=LINK)
    return parser.parse_args()[0]


def install(source, target, link, known):
    folder = os.path.join(target, "bin")
    if not os.path.isdir(folder):
        print("Creating install directories: " + folder)
        os.makedirs(folder)
    shutil.copy2(os.path.join(source, PLUGIN), folder)
    known[0] = folder
    for name in ("seelog.xml.template", "VERSION", "LICENSE"):
        shutil.copy2(os.path.join(source, name), target)
    plugin = os.path.join(target, PLUGIN)
    if os.path.isfile(link):
        print("Symlink already exists. Removing symlink from " + link)
        os.remove(link)
    print("Creating Symlink from %s to %s" % (plugin, link))
    os.symlink(plugin, link)
    print("Installation successful!")


def main():
    chosen = options()
    source = os.path.dirname(os.path.abspath(__file__))
    known = [os.path.join(source, "bin")]
    try:
        install(source, chosen.install_dir, chosen.bin_location, known)
    except Exception:  # whatever it is, the same two lines and status 0
        print("Failed to create symlink.")
        print("Please add %s to your $PATH to use Session Manager Plugin."
              % known[0])


main()
sys.exit(0)

# shellcheck shell=sh
# A small release to package: programs that are quick to compress, all other
# sources from the tree. Read after tap.sh.
#
# SMPKG     the packager
# MANIFEST  the project's own manifest
# V         the version of this tree, R the packaging revision

SMPKG=$SM_BIN/smpkg
MANIFEST=$SM_TOP/pkg/session-manager-plugin.json
V=$(cat "$SM_TOP/VERSION")
R=$(sed -n 's/.*"release": "\(.*\)".*/\1/p' "$MANIFEST")
DIR=/usr/local/sessionmanagerplugin
LINK=/usr/local/bin/session-manager-plugin
export SOURCE_DATE_EPOCH=1767225600
export V R DIR LINK MANIFEST SMPKG

# pkg_stage DIR: static programs that say what the real one says
pkg_stage()
{
	mkdir -p "$1/bin"
	printf '%s\n' '#include <stdio.h>' 'int main(void) {' \
		'puts("The Session Manager plugin was installed successfully."' \
		'" Use the AWS CLI to start a session."); return 0; }' \
		>"$1/main.c"
	cc -static -s -O1 -o "$1/bin/session-manager-plugin" "$1/main.c" &&
		cp "$1/bin/session-manager-plugin" \
			"$1/bin/session-manager-installer"
}

# pkg_build FORMAT ARCH OUT [OPTION...]
pkg_build()
{
	pkg_format=$1
	pkg_arch=$2
	pkg_out=$3
	shift 3
	"$SMPKG" build --manifest "$MANIFEST" --format "$pkg_format" \
		--arch "$pkg_arch" --root "$T/stage" --root "$SM_TOP" \
		--output "$pkg_out" "$@"
}

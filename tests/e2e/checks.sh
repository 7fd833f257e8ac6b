#!/bin/sh
# The checks of `make lint` and the build scripts were seen to fail: each gets
# a small tree that is right, then the same with one thing wrong.
. "$(dirname "$0")/../lib/tap.sh"
tap_need perl gcc ctags shellcheck

s=$SM_TOP/scripts
build=${BUILD:-build}
case $build in
/*) ;;
*) build=$SM_TOP/$build ;;
esac
export DEPS="${DEPS:-$build/deps}"

# A tree with one module, right in every respect.
tree()
{
	cd "$T" && rm -rf tree && mkdir -p tree/common tree/plugin/wire \
		tree/scripts tree/o/obj/common && cd tree || exit 1
	printf '/* leaf */\n#ifndef COMMON_DEF_H\n#define COMMON_DEF_H\n#endif\n' \
		>common/def.h
	printf '#ifndef COMMON_BUF_H\n#define COMMON_BUF_H\n%s\n#endif\n' \
		'int sm_buf_get(int a, int b);' >common/buf.h
	printf '#include "common/def.h"\n\n#include "common/buf.h"\n\n%s\n' \
		'int sm_buf_get(int a, int b) { return a + b; }' >common/buf.c
}

# lines N TEXT: a file of that many lines
lines()
{
	awk -v n="$1" -v t="$2" 'BEGIN { while (n-- > 0) print t }'
}

tree
tap_ok 'layers: a right tree' "$s/check-layers"
printf '#include "plugin/x.h"\n' >>common/buf.c
: >plugin/x.h
tap_fails 'layers: an arrow that goes up' "$s/check-layers"
tap_like 'layers: names file and line' "$ERR" 'common/buf.c:6: must not'

tree
printf '#include "common/def.h"\n#include <uv.h>\n' >plugin/wire/m.c
tap_fails 'layers: libuv in protocol code' "$s/check-layers"

tree
printf '#include "common/b.h"\n' >common/a.h
printf '#include "common/a.h"\n' >common/b.h
tap_fails 'layers: headers that include each other' "$s/check-layers"
tap_like 'layers: names the cycle' "$ERR" 'cycle: .*a.h'

tree
printf '#ifdef _WIN32\nint sm_buf_win;\n#endif\n' >>common/buf.c
tap_fails 'layers: a test for the operating system' "$s/check-layers"

tree
printf '#include "common/buf.h"\n#include "common/def.h"\n' >common/buf.c
tap_fails 'layers: def.h is not first' "$s/check-layers"

tree
printf '#include "common/def.h"\n#include "buf.h"\n' >common/buf.c
tap_fails 'layers: an include without its folder' "$s/check-layers"

tree
gcc -I. -c common/buf.c -o o/obj/common/buf.o
tap_ok 'symbols: a right object' "$s/check-symbols" o
echo 'int buffer_get(void); int buffer_get(void) { return 0; }' >>common/buf.c
gcc -I. -c common/buf.c -o o/obj/common/buf.o
tap_fails 'symbols: a name without the stem' "$s/check-symbols" o
echo 'common/buf.c buffer_*  because' >scripts/waivers
tap_ok 'symbols: a waiver' "$s/check-symbols" o
tap_fails 'symbols: no objects' "$s/check-symbols" nowhere

tree
tap_ok 'size: a right tree' "$s/check-size"
{
	echo 'int sm_buf_long(void)'
	echo '{'
	lines 97 '	;'
	echo '	return 0;'
	echo '}'
} >>common/buf.c
tap_fails 'size: a function of 101 lines' "$s/check-size"
tap_like 'size: names the function' "$ERR" 'sm_buf_long has 101 lines'
echo 'common/buf.c sm_buf_long  because' >scripts/waivers
tap_ok 'size: a waiver' "$s/check-size"
tree
echo 'common/buf.c sm_buf_long  because' >scripts/waivers
tap_fails 'size: a waiver that is not needed' "$s/check-size"
tree
lines 795 '/* */' >>common/buf.c
tap_ok 'size: a file of 800 lines' "$s/check-size"
lines 1 '/* */' >>common/buf.c
tap_fails 'size: a file of 801 lines' "$s/check-size"
tree
lines 11 '#include <stdio.h>' >>common/buf.c
tap_fails 'size: 13 includes' "$s/check-size"
tree
echo 'int sm_buf_x(int a, int b, int c, int d, int e, int f, int g) {' \
	'return a + b + c + d + e + f + g; }' >>common/buf.c
tap_fails 'size: seven parameters' "$s/check-size"

tree
tap_ok 'headers: a right header' "$s/check-headers"
sed -i 's/int b/size_t b/' common/buf.h
tap_fails 'headers: a header that needs another' "$s/check-headers"

tree
tap_ok 'text: a right tree' "$s/check-text"
echo '/* see /roo''t/notes */' >>common/buf.c
tap_fails 'text: a folder of one machine' "$s/check-text"
tree
echo '# https://registry.np''mjs.org/x' >x.mk
tap_fails 'text: a package registry' "$s/check-text"
tree
echo '/* TO''DO: more */' >>common/buf.c
tap_fails 'text: deferred work' "$s/check-text"
tree
printf 'int sm_buf_x; \n' >>common/buf.c
tap_fails 'text: a blank at the end of a line' "$s/check-text"

tree
mkdir -p docs bin
printf '#!/bin/sh\necho "Options:"\necho "  -i DIR, --install-dir DIR  where"\n' \
	>bin/session-manager-x
chmod +x bin/session-manager-x
tap_fails 'man: no page' "$s/check-man" bin
printf '.Sh OPTIONS\n.It Fl i Ar DIR , Fl Fl install-dir Ar DIR\n' \
	>docs/session-manager-x.1
tap_ok 'man: page and program agree' "$s/check-man" bin
echo '.It Fl z' >>docs/session-manager-x.1
tap_fails 'man: an option that is not there' "$s/check-man" bin
sed -i '/It Fl [iz]/d' docs/session-manager-x.1
tap_fails 'man: an option that the page lacks' "$s/check-man" bin

cd "$T" || exit 1
printf '#!/bin/sh\necho 1..2\necho ok 1\necho not ok 2\n' >bad.sh
printf '#!/bin/sh\necho 1..1\necho ok 1 "#" SKIP none\n' >skip.sh
printf '#!/bin/sh\necho 1..2\necho ok 1\n' >short.sh
tap_fails 'run-tests: a failed test' "$s/run-tests" bad.sh
tap_like 'run-tests: counts' "$OUT" '^1 passed, 1 failed$'
tap_fails 'run-tests: a plan that is not kept' "$s/run-tests" short.sh
tap_ok 'run-tests: a skip' env CI= "$s/run-tests" skip.sh
tap_fails 'run-tests: a skip in CI' env CI=1 "$s/run-tests" skip.sh

# A machine with a few tools, where apt-get and sudo are what a test says.
machine()
{
	cd "$T" && rm -rf machine && mkdir -p machine/scripts machine/bin ||
		exit 1
	cp "$s/setup" machine/scripts
	printf '%s\n' '# groups' 'build sh dash' 'build none-b lib-b' \
		'test none-t tool-t' 'demo none-d tool-d' \
		>machine/scripts/packages.list
	for tool in sh dirname sort tr mktemp rm ln tail env cat; do
		ln -s "$(command -v $tool)" "machine/bin/$tool"
	done
	printf '#!/bin/sh\necho 1000\n' >machine/bin/id
	chmod +x machine/bin/id
}
# setup GROUP...: scripts/setup there, with nothing else in reach
setup()
{
	sed -i 's,^PATH=.*,,' machine/scripts/setup
	env -i PATH="$T/machine/bin" CI="${AS_CI-}" machine/scripts/setup "$@"
}
# apt TEXT: an apt-get that does this
apt()
{
	printf '#!/bin/sh\n%s\n' "$1" >machine/bin/apt-get
	chmod +x machine/bin/apt-get
}

machine
tap_status 'setup: no apt-get, and what the build needs is missing' 1 \
	setup build
tap_like 'setup: names the package' "$ERR" 'missing packages.*: lib-b '
tap_unlike 'setup: and none that is there' "$ERR" 'dash'
tap_status 'setup: a group that is not there' 2 setup bulid
tap_status 'setup: only looks' 1 setup --check build
tap_like 'setup: says who installs' "$ERR" "'make setup'"
sed -i '/none-b/d' machine/scripts/packages.list
tap_ok 'setup: nothing is missing' setup build
tap_is 'setup: then it is silent' "$(cat "$OUT" "$ERR")" ''
tap_ok 'setup: a tool for tests alone is missing' setup build test
tap_like 'setup: tells that too' "$ERR" 'tool-t'
AS_CI=1 tap_status 'setup: which is an error in CI' 1 setup build test

machine
apt 'exit 0'
tap_status 'setup: neither root nor sudo' 1 setup build demo
tap_like 'setup: says what to run' "$ERR" \
	'apt-get install --no-install-recommends lib-b tool-d'
printf '#!/bin/sh\nexec "$@"\n' >machine/bin/sudo
chmod +x machine/bin/sudo
tap_status 'setup: a package that apt does not have' 1 setup build demo
tap_like 'setup: names what could not be installed' "$ERR" \
	'cannot install: lib-b tool-d'
# shellcheck disable=SC2016 # apt-get expands it
apt 'for last; do :; done
case "$*" in *" lib-b"*) ln -sf /bin/sh "${0%/*}/none-b" ;; esac
[ "$last" = lib-b ]'
tap_ok 'setup: goes on without a tool of the demo' setup build demo
tap_like 'setup: names it' "$ERR" 'cannot install: tool-d'

tap_done

# shellcheck shell=bash
# The cache of everything that is fetched or built outside the project.
#
#   src/SHA256/FILE   sources, by digest
#   zig/KEY/          node_modules with the cross compiler, by lock file
#   deps/KEY/         one built library for one target: include/, lib/, .ok
#   zig-cache/        zig's own C libraries, one per target
#   ccache/           objects of release builds
#
# A folder without its .ok was interrupted and is made again. Everything is
# made beside its place and renamed into it, under a lock, so two builds at
# once are safe and a kill at any moment costs only the step under way.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/session-manager-toolchain
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

say()
{
	printf '  %-4s %s\n' "$1" "$2"
}

sha256_of()
{
	sha256sum -- "$1" | cut -d' ' -f1
}

# cache_make FOLDER COMMAND...: runs COMMAND... NEW, unless FOLDER is there
# and complete, and makes NEW the folder when the command succeeds. COMMAND
# must check each of its steps: "set -e" does not hold in it.
cache_make()
{
	local dir=$1 rc=0
	shift
	if [ -e "$dir/.ok" ]; then
		touch "$dir/.ok"
		return 0
	fi
	mkdir -p "${dir%/*}"
	exec 9>"$dir.lock"
	flock 9
	if [ ! -e "$dir/.ok" ]; then
		rm -rf "$dir" "$dir".tmp.*
		mkdir "$dir.tmp.$$"
		"$@" "$dir.tmp.$$" 9>&- || rc=$?
		if [ "$rc" = 0 ]; then
			: >"$dir.tmp.$$/.ok"
			mv "$dir.tmp.$$" "$dir"
		else
			rm -rf "$dir.tmp.$$"
		fi
	fi
	exec 9>&-
	return "$rc"
}

# Libraries that no build has used for thirty days, and what a killed build
# left behind.
cache_prune()
{
	local ok
	[ -d "$CACHE/deps" ] || return 0
	find "$CACHE/deps" -mindepth 1 -maxdepth 1 -name '*.tmp.*' -mtime +1 \
		-exec rm -rf {} +
	find "$CACHE/deps" -mindepth 2 -maxdepth 2 -name .ok -mtime +30 |
		while read -r ok; do
			rm -rf "${ok%/.ok}" "${ok%/.ok}.lock"
		done
}

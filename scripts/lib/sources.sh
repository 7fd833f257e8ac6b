# shellcheck shell=bash
# Pinned sources: found in the cache, else fetched; judged by digest alone.
# Needs lib/cache.sh.

# Sets package, file, sha256 and upstream of one line of sources.list.
source_find()
{
	local name
	while read -r name package file sha256 upstream; do
		[ "$name" = "$1" ] && return 0
	done <"$ROOT/scripts/sources.list"
	die "no source '$1' in scripts/sources.list"
}

# The package mirrors that this machine is configured to use, in one-line,
# deb822 or mirror-list form; other people's repositories are left alone. No
# mirror is named in the tree: a machine behind a mirror stays behind it.
source_mirrors()
{
	echo "${SM_SOURCE_MIRROR-}"
	cat /etc/apt/sources.list /etc/apt/sources.list.d/* \
		/etc/apt/mirrors/* 2>/dev/null |
		sed -n -e 's/^URIs:[[:space:]]*//p' \
			-e 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' \
			-e '/^http/p' |
		tr -s ' \t' '\n' | sed 's,/*$,,' |
		grep -E '^https?://.*/(debian|ubuntu)$'
}

source_urls()
{
	local mirror part prefix=${package:0:1} name=${file//+/%2b}
	case $package in lib?*) prefix=${package:0:4} ;; esac
	source_mirrors | awk 'NF && !seen[$0]++' | while read -r mirror; do
		for part in main universe; do
			echo "$mirror/pool/$part/$prefix/$package/$name"
		done
	done
	[ "$upstream" = - ] || echo "$upstream"
}

# One try at one address. apt's own fetcher knows the proxy of the mirror.
source_get()
{
	rm -f "$2"
	if [ -x /usr/lib/apt/apt-helper ] && [ "${1#http:}" != "$1" ]; then
		/usr/lib/apt/apt-helper download-file "$1" "$2" \
			>/dev/null 2>&1 && return 0
		rm -f "$2"
	fi
	command -v curl >/dev/null || return 1
	curl -fsSL --retry 2 --connect-timeout 20 --max-time 600 \
		-o "$2" "$1" 2>/dev/null
}

# source_fetch_into FOLDER-OF-TMP: for cache_make
source_fetch_into()
{
	local url try
	for try in 1 2; do
		while read -r url; do
			source_get "$url" "$1/part" || continue
			[ "$(sha256_of "$1/part")" = "$sha256" ] || continue
			mv "$1/part" "$1/$file"
			return 0
		done < <(source_urls)
		sleep "$try"
	done
	rm -f "$1/part"
	echo "cannot fetch '$file' (SHA-256 $sha256) from any of:" >&2
	source_urls >&2
	echo "set SM_SOURCE_MIRROR to a mirror of Debian 13," \
		"or put the file into '$CACHE/src/$sha256/'" >&2
	return 1
}

# Prints the path of the source of library $1, fetching it when needed.
source_path()
{
	local package file sha256 upstream dir
	source_find "$1"
	dir=$CACHE/src/$sha256
	# a file put there by hand is as good as a fetched one
	if [ -f "$dir/$file" ] && [ ! -e "$dir/.ok" ] &&
		[ "$(sha256_of "$dir/$file")" = "$sha256" ]; then
		: >"$dir/.ok"
	fi
	if [ ! -e "$dir/.ok" ]; then
		say GET "$file" >&2
	fi
	cache_make "$dir" source_fetch_into || return 1
	printf '%s\n' "$dir/$file"
}

# source_unpack LIBRARY FOLDER: the source with the project's patches
source_unpack()
{
	local path patch dir=$ROOT/scripts/patches/$1
	path=$(source_path "$1") || return 1
	mkdir -p "$2"
	tar -xf "$path" -C "$2" --strip-components=1 --no-same-owner
	[ -f "$dir/series" ] || return 0
	while read -r patch; do
		patch -d "$2" -p1 -s -f <"$dir/$patch" ||
			die "cannot apply '$dir/$patch'"
	done <"$dir/series"
}

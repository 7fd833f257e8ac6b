# shellcheck shell=sh
# A bundle as users unpack it, with the built installer as `install`.

# make_bundle DIR VERSION: DIR/install and its files. The plugin is a script
# that says VERSION, so that several versions cost nothing.
make_bundle()
{
	mkdir -p "$1/bin"
	cp "$SM_BIN/session-manager-installer" "$1/install"
	cat >"$1/bin/session-manager-plugin" <<EOF
#!/bin/sh
case \${1-} in
--version) echo $2 ;;
*) printf '\\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\\n\\n' ;;
esac
EOF
	chmod 755 "$1/bin/session-manager-plugin"
	printf '%s' "$2" >"$1/VERSION"
	for make_bundle_f in seelog.xml.template LICENSE NOTICE README.md \
		RELEASENOTES.md THIRD-PARTY; do
		echo "$make_bundle_f of $2" >"$1/$make_bundle_f"
	done
}

# whole DIR LINK VERSION: the installation is that version, complete: LINK
# leads to it, every file is there and says the version.
whole()
{
	[ "$("$2" --version 2>/dev/null)" = "$3" ] || return 1
	[ "$(cd "$1" 2>/dev/null && cat VERSION seelog.xml.template LICENSE \
		NOTICE README.md RELEASENOTES.md THIRD-PARTY 2>/dev/null)" = \
		"$3seelog.xml.template of $3
LICENSE of $3
NOTICE of $3
README.md of $3
RELEASENOTES.md of $3
THIRD-PARTY of $3" ]
}

# plain_tree DIR LINK BUNDLE: what the official script leaves, all files.
plain_tree()
{
	mkdir -p "$1/bin" "$(dirname "$2")"
	cp "$3/bin/session-manager-plugin" "$1/bin/"
	for plain_f in seelog.xml.template VERSION LICENSE NOTICE README.md \
		RELEASENOTES.md THIRD-PARTY; do
		cp "$3/$plain_f" "$1/"
	done
	ln -sf "$1/bin/session-manager-plugin" "$2"
}

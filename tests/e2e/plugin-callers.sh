#!/bin/sh
# The forms in which other programs call the plugin (tests/data/callers): each
# must open a shell.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"

start_loopback --shell /bin/sh || exit 1

# fill TEXT: with the facts of a fresh session
fill()
{
	printf '%s' "$1" | sed -e "s#@ID@#$id#g" -e "s#@TOKEN@#$token#g" \
		-e "s#@STREAM@#$stream#g" -e "s#@API@#$LOOPBACK_URL#g"
}

# fact NAME: a member of the fresh session
fact()
{
	sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$T/session.json" |
		sed 's/\\u0026/\&/g'
}

# call FILE: the plugin as that caller runs it
call()
{
	set --
	while IFS= read -r line; do
		case $line in
		'env '*)
			name=${line#env }
			IFS= read -r line
			value=$(fill "$line")
			export "$name=$value"
			;;
		*) set -- "$@" "$(fill "$line")" ;;
		esac
	done <"$file"
	printf 'echo over-$((6 * 7)); exit\n' |
		timeout 30 "$SM_BIN/session-manager-plugin" "$@"
	status=$?
	[ -z "${name-}" ] || unset "$name"
	return "$status"
}

for file in "$SM_TOP"/tests/data/callers/*; do
	caller=${file##*/}
	[ "$caller" != README.md ] || continue
	loopback_session >"$T/session.json"
	id=$(fact SessionId)
	token=$(fact TokenValue)
	stream=$(fact StreamUrl | sed 's/[&]/\\&/g')
	name=
	tap_ok "$caller" call
	tap_like "$caller: the banner" "$OUT" "^Starting session with SessionId: $id"
	tap_like "$caller: a shell answered" "$OUT" 'over-42'
	tap_like "$caller: the end" "$OUT" "^Exiting session with sessionId: $id\.\$"
done

# Ansible: stdin a pipe, stdout a terminal, stderr a pipe. It waits for a mark
# between line ends, which are "\r\r\n" because only stdin's terminal, which is
# none here, may be touched.
loopback_session >"$T/session.json"
cat >"$T/ansible.py" <<'EOF'
import os, pty, select, subprocess, sys, time
master, slave = pty.openpty()
p = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=slave,
                     stderr=subprocess.PIPE, close_fds=True)
os.close(slave)
seen = b""
def wait(mark, limit=20):
    global seen
    end = time.time() + limit
    while mark not in seen and time.time() < end:
        if select.select([master], [], [], 0.2)[0]:
            try:
                seen += os.read(master, 65536)
            except OSError:
                break
    return mark in seen
ok = wait(b"Starting session with SessionId")
p.stdin.write(b"stty -echo\nPS1=''\necho; echo mark-begin\n"); p.stdin.flush()
ok = ok and wait(b"\r\r\nmark-begin\r\r\n")
p.stdin.write(b"echo result-$((6 * 7))\nexit\n"); p.stdin.flush()
ok = ok and wait(b"result-42\r\r\n")
p.stdin.close()
p.wait(timeout=20)
sys.stdout.write(repr(seen))
sys.exit(0 if ok else 1)
EOF
tap_ok 'ansible: pipe, terminal, pipe' python3 "$T/ansible.py" \
	"$SM_BIN/session-manager-plugin" "$(cat "$T/session.json")" us-east-1 \
	StartSession '' '{"Target":"i-0123456789abcdef0"}' "$LOOPBACK_URL"
tap_done

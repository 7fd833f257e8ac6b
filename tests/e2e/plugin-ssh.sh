#!/bin/sh
# Real ssh, scp and sftp through the plugin as ProxyCommand, started by the
# real AWS CLI: both ways, megabytes, exit codes, and with sockets that are cut.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need ssh scp sftp ssh-keygen /usr/sbin/sshd /usr/bin/aws

PATH=$SM_BIN:$PATH
export PATH
umask 077
ssh-keygen -q -t ed25519 -N '' -f "$T/host" || exit 1
ssh-keygen -q -t ed25519 -N '' -f "$T/user" || exit 1
cp "$T/user.pub" "$T/authorized"
SSH_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$T/sshd_config" <<EOF
ListenAddress 127.0.0.1
Port $SSH_PORT
HostKey $T/host
AuthorizedKeysFile $T/authorized
PidFile $T/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
EOF
[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
/usr/sbin/sshd -D -e -f "$T/sshd_config" 2>"$T/sshd.log" &
tap_reap $!
tap_wait 10 test -s "$T/sshd.pid" || tap_diag "$(cat "$T/sshd.log")"

start_loopback || exit 1
cat >"$T/ssh_config" <<EOF
Host i-*
	User $(id -un)
	Port $SSH_PORT
	IdentityFile $T/user
	IdentitiesOnly yes
	StrictHostKeyChecking accept-new
	UserKnownHostsFile $T/known
	LogLevel ERROR
	ProxyCommand /usr/bin/aws ssm start-session --endpoint-url $LOOPBACK_URL --target %h --document-name AWS-StartSSHSession --parameters portNumber=%p
EOF
H=$LOOPBACK_TARGET
head -c 6000000 /dev/urandom >"$T/big"
printf 'a\n' >"$T/line"

tap_ok 'ssh runs a command' ssh -F "$T/ssh_config" "$H" 'echo "over $((6 * 7))"'
tap_is 'its output alone is on stdout' "$(cat "$OUT")" 'over 42'
tap_status 'its exit code comes back' 7 ssh -F "$T/ssh_config" "$H" 'exit 7'
tap_ok 'scp up' scp -q -F "$T/ssh_config" "$T/big" "$H:$T/up"
tap_same 'byte by byte' "$T/big" "$T/up"
tap_ok 'scp down' scp -q -F "$T/ssh_config" "$H:$T/big" "$T/down"
tap_same 'byte by byte' "$T/big" "$T/down"
pipe_up() { ssh -F "$T/ssh_config" "$H" "cat >'$T/piped'" <"$T/big"; }
tap_ok 'ssh with a pipe' pipe_up
tap_same 'byte by byte' "$T/big" "$T/piped"
sftp_both()
{
	printf 'put %s %s\nget %s %s\n' "$T/line" "$T/sftp-up" "$T/big" \
		"$T/sftp-down" | sftp -q -b - -F "$T/ssh_config" "$H"
}
tap_ok 'sftp both ways' sftp_both
tap_same 'a line feed stays one' "$T/line" "$T/sftp-up"
tap_same 'byte by byte' "$T/big" "$T/sftp-down"

start_loopback --fault cut=700000 --fault drop=40 --fault reorder=30 || exit 1
sed -i "s#--endpoint-url [^ ]*#--endpoint-url $LOOPBACK_URL#" "$T/ssh_config"
rm -f "$T/up" "$T/down"
tap_ok 'scp up over a bad network' scp -q -F "$T/ssh_config" "$T/big" "$H:$T/up"
tap_same 'byte by byte' "$T/big" "$T/up"
tap_ok 'scp down over a bad network' scp -q -F "$T/ssh_config" "$H:$T/big" "$T/down"
tap_same 'byte by byte' "$T/big" "$T/down"
tap_ok 'the socket was really cut' test "$(loopback_total cuts)" -ge 2
tap_done

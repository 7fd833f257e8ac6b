#!/bin/sh
# The log, as the whole program writes it: seelog.xml in its place, changed
# while a session runs, rolled, broken; SSM_PLUGIN_LOG; and that neither token
# nor keys are in anything that the program leaves behind.
# shellcheck disable=SC2016 # other shells expand what is quoted here
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need curl python3 unshare

# The configuration has one place on a machine: below /usr/local, which is
# another folder inside of a mount namespace.
tap_apart || tap_skip_all 'there are no mount namespaces here'
mkdir conf logs
cat >inside <<EOF
#!/bin/sh
exec $APART sh -c 'mount -t tmpfs none /usr/local &&
	mkdir /usr/local/sessionmanagerplugin &&
	mount --bind "\$0" /usr/local/sessionmanagerplugin &&
	exec "\$@"' "$T/conf" "\$@"
EOF
chmod +x inside
./inside true 2>"$ERR" || tap_skip_all 'there are no mount namespaces here'

# seelog LEVEL [OUTPUTS]: a configuration, put in its place by renaming
seelog()
{
	cat >conf/part <<-END
		<seelog type="adaptive" mininterval="2000000" maxinterval="100000000" critmsgcount="500" minlevel="$1">
		  <exceptions><exception filepattern="test*" minlevel="error"/></exceptions>
		  <outputs formatid="fmtinfo">${2-<file path=\"$T/logs/all\"/>}</outputs>
		  <formats>
		    <format id="fmterror" format="%Date %Time %LEVEL [%FuncShort @ %File.%Line] %Msg%n"/>
		    <format id="fmtinfo" format="%Date %Time %LEVEL %Msg%n"/>
		  </formats>
		</seelog>
	END
	mv conf/part conf/seelog.xml
}

# shell [WRAPPER...]: a session that says "hi-2"; its output in shell.out
shell()
{
	loopback_session >session.json
	echo 'echo hi-$((1+1)); exit' >input
	loopback_plugin "$(cat session.json)" "$@" timeout 40 <input \
		>shell.out 2>shell.err && grep -q hi-2 shell.out
}

start_loopback --shell 'env PS1=: sh' || exit 1

# --- seelog.xml -----------------------------------------------------------------
tap_ok 'no configuration' shell ./inside
tap_is 'no log' "$(ls logs)" ''
seelog info
tap_ok 'a file' shell ./inside
tap_like 'in the format that was asked for' logs/all \
	'^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} INFO [^[]'
tap_unlike 'nothing below the level' logs/all ' (DEBUG|TRACE) '
tap_is 'for its owner only' "$(stat -c %a logs/all)" 600
tap_unlike 'the log is not the output' shell.out ' INFO '
rm -f logs/*
seelog off
tap_ok 'off' shell ./inside
tap_is 'is off' "$(ls logs)" ''

seelog trace "<rollingfile type=\"size\" filename=\"$T/logs/deep/roll\" maxsize=\"100\" maxrolls=\"3\"/>"
tap_ok 'a file that rolls' shell ./inside
shell ./inside
shell ./inside
find logs/deep -name 'roll.*' | sed 's/.*\.//' | sort -n >rolls
tap_is 'leaves as many as it may' "$(wc -l <rolls | tr -d ' ')" 3
tap_fails 'and not the oldest' grep -qx 1 rolls
rm -rf logs/*

seelog debug "<filter levels=\"error,critical\" formatid=\"fmterror\"><file path=\"$T/logs/errors\"/></filter><console/>"
tap_ok 'a filter, and the console' shell ./inside
cat shell.out shell.err >both
tap_like 'the console has what the filter has not' both ' (INFO|DEBUG) '
loopback_session | sed "s/127.0.0.1:$LOOPBACK_PORT/127.0.0.1:1/" >session.json
tap_ok 'an error' loopback_plugin "$(cat session.json)" ./inside env \
	SSM_PLUGIN_CONNECT_SECONDS=1 timeout 20
tap_like 'is in its file, with its place' logs/errors \
	' ERROR \[[a-z_]+ @ [a-z_]+\.c\.[0-9]+\] .*cannot connect'
tap_unlike 'and nothing else' logs/errors ' (INFO|DEBUG|WARN) '
rm -rf logs/*

printf '<seelog minlevel="trace"><outputs><file path="%s"/></outputs' \
	"$T/logs/all" >conf/seelog.xml
tap_ok 'a configuration that does not parse' shell ./inside
tap_is 'logs nothing' "$(ls logs)" ''
seelog trace '<file path="/dev/full"/><file path="/proc/no/where"/>'
tap_ok 'outputs that fail do not matter' shell ./inside

# --- a folder where others write --------------------------------------------------
mkdir -m 777 logs/shared
echo theirs >logs/victim
ln -s "$T/logs/victim" logs/shared/link
ln logs/victim logs/shared/second
mkfifo logs/shared/pipe
seelog info "<file path=\"$T/logs/shared/link\"/><file path=\"$T/logs/shared/second\"/><file path=\"$T/logs/shared/pipe\"/><file path=\"$T/logs/shared/own\"/>"
tap_ok 'beside links and a pipe' shell ./inside
tap_is 'neither is followed' "$(cat logs/victim)" theirs
tap_like 'a file is written' logs/shared/own ' INFO '
rm -r logs/shared logs/victim

# --- while it runs --------------------------------------------------------------
# cut N: break the connection; there is something to log when the N-th is open
cut()
{
	loopback_fault '{"cut-now":1}' >fault.out
	tap_wait 20 loopback_reopened "$1"
}
rm -f conf/seelog.xml
loopback_session >session.json
mkfifo keys
loopback_plugin "$(cat session.json)" ./inside timeout 50 <keys \
	>running.out 2>&1 &
RUNNING=$!
tap_reap "$RUNNING"
exec 5>keys
echo 'echo up-$((1+1))' >&5
tap_ok 'a session without a log' tap_wait 20 grep -q up-2 running.out
seelog debug
tap_ok 'is interrupted' cut 2
tap_ok 'and its log was switched on' tap_wait 10 grep -q 'opened again' logs/all
printf '<seelog minlevel="off"' >conf/part && mv conf/part conf/seelog.xml
tap_ok 'a change that does not parse' cut 3
tap_ok 'is none' tap_wait 10 sh -c \
	'[ "$(grep -c "opened again" logs/all)" -eq 2 ]'
seelog debug "<file path=\"$T/logs/other\"/>"
tap_ok 'another file' cut 4
tap_ok 'is used' tap_wait 10 grep -q 'opened again' logs/other
seelog off
sleep 1
lines=$(cat logs/* | wc -l)
tap_ok 'switched off' cut 5
echo 'echo down-$((2+2)); exit' >&5
exec 5>&-
tap_ok 'until the end' tap_wait 20 dead "$RUNNING"
tap_like 'which came' running.out down-4
tap_is 'it is off' "$(cat logs/* | wc -l)" "$lines"
rm -rf conf/* logs/*

# --- SSM_PLUGIN_LOG --------------------------------------------------------------
tap_ok 'the variable' shell env SSM_PLUGIN_LOG="$T/log:info"
tap_like 'names a file and a level' log ' INFO '
tap_unlike 'no more than that' log ' (DEBUG|TRACE) '
tap_ok 'stderr' shell env SSM_PLUGIN_LOG=stderr
tap_like 'has it' shell.err ' (INFO|DEBUG) '
tap_unlike 'and stdout has not' shell.out ' (INFO|DEBUG) '
mkdir folder
for bad in /proc/no/where "$T/folder" /dev/full :debug ''; do
	tap_ok "a log that cannot be written: '${bad#"$T/"}'" shell \
		env SSM_PLUGIN_LOG="$bad"
done

# --- secrets -----------------------------------------------------------------------
# Everything on: encryption, temporary keys, and two resumptions with a token
# each.
seelog trace "<file path=\"$T/logs/all\"/><console/>"
start_loopback --shell 'env PS1=: sh' --kms-key alias/k \
	--session-token SESSIONTOKEN-of-ours || exit 1
AWS_SESSION_TOKEN=SESSIONTOKEN-of-ours
export AWS_SESSION_TOKEN
loopback_session >session.json
token=$(sed -n 's/.*"TokenValue":"\([^"]*\)".*/\1/p' session.json)
tap_ok 'a token' test "${#token}" -gt 20
(
	loopback_plugin "$(cat session.json)" ./inside env \
		SSM_PLUGIN_EVENT_FD=4 timeout 50 <keys >logs/out \
		2>logs/err 4>logs/events
	echo $? >status
) &
exec 5>keys
echo 'echo up-$((3+3))' >&5
tap_ok 'a session with all of it' tap_wait 20 grep -q up-6 logs/out
tap_ok 'is resumed' cut 2
tap_ok 'and again' cut 3
echo exit >&5
exec 5>&-
tap_ok 'and ends' tap_wait 20 test -s status
tap_like 'was logged' logs/all ' DEBUG '
tap_like 'with its resumptions' logs/all 'opened again'
for secret in "$token" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN"; do
	tap_is "a secret of ${#secret} characters is nowhere" \
		"$(grep -rlF -e "$secret" logs)" ''
done
tap_unlike 'nor is a token of a resumption' logs/all 'TokenValue":"[^*<[]'
tap_unlike 'nor a signature' logs/all 'Signature=[0-9a-f]{8}'
tap_done

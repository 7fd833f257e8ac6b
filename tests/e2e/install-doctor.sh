#!/bin/sh
# doctor: each verdict on what stands between this machine and AWS, and the
# hosts that it asks for in each partition.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/bundle.sh"
tap_need python3 openssl

INST=$SM_BIN/session-manager-installer
mkdir "$T/tls" "$T/path"
key() { openssl req "$@" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes; }

# leaf NAME HOST DAYS: a certificate of the test's authority
leaf()
{
	key -keyout "$T/tls/$1.key" -out "$T/tls/$1.csr" -subj '/CN=leaf' \
		-addext "subjectAltName=DNS:$2" 2>"$ERR" &&
		openssl x509 -req -in "$T/tls/$1.csr" -CA "$T/tls/ca.pem" \
			-CAkey "$T/tls/ca.key" -days "$3" -CAcreateserial \
			-copy_extensions copy -out "$T/tls/$1.pem" 2>"$ERR"
}
tap_ok 'an authority' key -x509 -keyout "$T/tls/ca.key" -out "$T/tls/ca.pem" \
	-days 2 -subj '/CN=root of the test'
leaf good '*.eu-west-1.amazonaws.com' 2
leaf other portal.example 2
leaf expired '*.eu-west-1.amazonaws.com' -1
key -x509 -keyout "$T/tls/self.key" -out "$T/tls/self.pem" -days 2 -subj '/CN=x' \
	-addext 'subjectAltName=DNS:*.eu-west-1.amazonaws.com' 2>"$ERR"
tap_is 'certificates' "$(cd "$T/tls" && echo ./*.pem)" \
	'./ca.pem ./expired.pem ./good.pem ./other.pem ./self.pem'

echo '* close' >"$T/modes"
python3 "$SM_TOP/tests/lib/front.py" "$T/port" "$T/log" "$T/modes" "$T/tls" \
	>"$T/front.log" 2>&1 &
tap_reap $!
tap_wait 30 test -s "$T/port" || exit 1

# A plugin that nothing can be said against, on PATH alone.
printf '#!/bin/sh\necho 999.0.0.0\n' >"$T/path/session-manager-plugin"
chmod 755 "$T/path/session-manager-plugin"
PATH=$T/path:/usr/bin:/bin
HOME=$T
unset SSL_CERT_FILE SSL_CERT_DIR AWS_ENDPOINT_URL AWS_ENDPOINT_URL_SSM \
	AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT AWS_REGION \
	AWS_DEFAULT_REGION AWS_PROFILE AWS_CA_BUNDLE
AWS_EC2_METADATA_DISABLED=true
HTTPS_PROXY=http://127.0.0.1:$(cat "$T/port")
export AWS_EC2_METADATA_DISABLED HTTPS_PROXY HOME PATH

# look MODES [REGION]: what the doctor says of three hosts. Its status is that
# of all checks together, and not asked for here.
look()
{
	printf '%s\n' "$1" >"$T/modes"
	AWS_CA_BUNDLE=$T/tls/ca.pem "$INST" doctor --region "${2:-eu-west-1}" \
		>"$OUT" 2>"$ERR" </dev/null
}
# grades: "pass pass pass" of ssm, ssmmessages, ec2messages
grades() { sed -n 's/ *endpoint-.*//p' "$OUT" | tr '\n' ' '; }

look '* good'
tap_is 'all answer' "$(grades)" 'pass pass pass '
tap_like 'the proxy is named' "$OUT" "endpoint-ssm +https://ssm\.eu-west-1\.amazonaws\.com answers through $HTTPS_PROXY"
look '* other'
tap_is "another host's certificate" "$(grades)" 'fail fail fail '
tap_like 'says why' "$OUT" '^fail  endpoint-ssm .*(does not match|no alternative certificate)'
tap_like 'and what to do' "$OUT" '-> .*certificate that is not trusted'
look '* expired'
tap_is 'an expired certificate' "$(grades)" 'fail fail fail '
tap_like 'says why' "$OUT" '^fail  endpoint-ssm .*expired'
tap_like 'and what to do' "$OUT" '-> .*clock'
look '* self'
tap_is 'an authority that is not trusted' "$(grades)" 'fail fail fail '
tap_like 'and what to do' "$OUT" '-> .*AWS_CA_BUNDLE'
look 'ec2messages 403
* good'
tap_is 'one host is forbidden' "$(grades)" 'pass pass fail '
tap_like 'says why' "$OUT" '^fail  endpoint-ec2messages .*403'
tap_like 'and what to do' "$OUT" '-> the proxy .*allow'
look '* 407'
tap_is 'the proxy wants a password' "$(grades)" 'fail fail fail '
tap_like 'says why' "$OUT" '^fail  endpoint-ssm .*407'
tap_like 'and what to do' "$OUT" '-> .*USER:PASSWORD'
look '* portal'
tap_is 'a captive portal' "$(grades)" 'fail fail fail '
tap_like 'and what to do' "$OUT" '-> .*portal'
look '* close'
tap_is 'nothing answers' "$(grades)" 'warn warn warn '
tap_like 'and what to do' "$OUT" '-> allow outbound port 443'
tap_unlike 'no line is empty' "$OUT" '^[a-z]+ +[a-z0-9-]+ *$'

# --- roots -------------------------------------------------------------------
tap_like "none of AWS's roots" "$OUT" '^fail  trusted-roots +none of AWS'
AWS_CA_BUNDLE=$T/nowhere "$INST" doctor >"$OUT" 2>"$ERR" </dev/null
tap_like 'a bundle that is not there' "$OUT" "^fail  trusted-roots +cannot use AWS_CA_BUNDLE: .*$T/nowhere"

# --- names -------------------------------------------------------------------
# hosts REGION: which hosts were asked for
hosts()
{
	: >"$T/log"
	look '* 403' "$1"
	sed 's/CONNECT \([^:]*\):443 .*/\1/' "$T/log" | tr '\n' ' '
}
tap_is 'China' "$(hosts cn-north-1)" 'ssm.cn-north-1.amazonaws.com.cn ssmmessages.cn-north-1.amazonaws.com.cn ec2messages.cn-north-1.amazonaws.com.cn '
tap_is 'the US government' "$(hosts us-gov-west-1)" 'ssm.us-gov-west-1.amazonaws.com ssmmessages.us-gov-west-1.amazonaws.com ec2messages.us-gov-west-1.amazonaws.com '
AWS_USE_FIPS_ENDPOINT=true
export AWS_USE_FIPS_ENDPOINT
tap_is 'FIPS, as the plugin asks' "$(hosts us-east-1)" 'ssm-fips.us-east-1.amazonaws.com ssmmessages.us-east-1.amazonaws.com ec2messages.us-east-1.amazonaws.com '
unset AWS_USE_FIPS_ENDPOINT
AWS_DEFAULT_REGION=ap-south-1
export AWS_DEFAULT_REGION
: >"$T/log"
"$INST" doctor >"$OUT" 2>"$ERR" </dev/null
tap_like 'the region of the environment' "$T/log" 'ssm\.ap-south-1\.'

# --- without a proxy ---------------------------------------------------------
unset HTTPS_PROXY
AWS_ENDPOINT_URL_SSM=https://ssm.invalid "$INST" doctor >"$OUT" 2>"$ERR" </dev/null
tap_like 'a name that leads nowhere' "$OUT" '^(warn|fail)  endpoint-ssm .*[Rr]esolve.*ssm\.invalid'
tap_like 'and what to do' "$OUT" '-> .*name server'
"$INST" doctor --json >"$OUT" 2>"$ERR" </dev/null
tap_ok 'every line of --json is an object' python3 -c '
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    x = json.loads(line)
    assert x["type"] == "check" and x["name"] and x["found"] and x["source"], x
    assert x["grade"] in ("pass", "warn", "fail"), x
    assert x["grade"] == "pass" or x["advice"], x
' "$OUT"
tap_done

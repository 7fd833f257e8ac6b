# shellcheck shell=sh
# Certificates for signing programs and stamping times, and an authority that
# stamps on loopback. Read after tap.sh.

cat >code.cnf <<'E'
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unused
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
extendedKeyUsage = codeSigning
[web]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
extendedKeyUsage = serverAuth
[code]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning
[lifetime]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning, 1.3.6.1.4.1.311.10.3.13
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
[stamp]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[loose]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = timeStamping
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = tsa.serial
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
signer_digest = sha256
E

# code_cert NAME ISSUER EXTENSIONS SUBJECT [FROM TO]: the times as `openssl ca`
# takes them, YYYYMMDDHHMMSSZ; a key that is there already is used, and an
# issuer of the same name signs itself
code_cert()
{
	[ -f "$1.key" ] || openssl genrsa -out "$1.key" 2048 2>/dev/null
	openssl req -new -key "$1.key" -out "$1.csr" -config code.cnf \
		-subj "$4" 2>/dev/null || return
	: >"$1.index"
	{
		printf '[ca]\ndefault_ca = c\n[c]\ndatabase = %s.index\n' "$1"
		printf 'rand_serial = yes\ndefault_md = sha256\npolicy = p\n'
		printf 'new_certs_dir = .\nunique_subject = no\n[p]\n'
		printf 'CN = supplied\nO = optional\nOU = optional\n'
		cat code.cnf
	} >"$1.ca"
	code_by=-selfsign
	[ "$1" = "$2" ] || code_by="-cert $2.pem"
	# shellcheck disable=SC2086
	openssl ca -batch -notext -config "$1.ca" -in "$1.csr" $code_by \
		-keyfile "$2.key" -extensions "$3" \
		-startdate "${5:-20200101000000Z}" \
		-enddate "${6:-20491231000000Z}" -out "$1.pem" >"$1.log" 2>&1
}

# code_root NAME
code_root()
{
	code_cert "$1" "$1" root "/CN=$1"
}

# tsa_start CERTIFICATE [MODE [SECONDS]]: sets TSA to the address of an
# authority that answers as tests/lib/tsa.py says
tsa_start()
{
	tsa_port=tsa.$1.${2:-good}.${3-now}
	rm -f "$tsa_port"
	printf '01\n' >tsa.serial
	python3 "$SM_TOP/tests/lib/tsa.py" "$1" "${2:-good}" ${3:+"$3"} \
		>"$tsa_port" 2>tsa.log &
	tap_reap $!
	tap_wait 30 test -s "$tsa_port" || return
	TSA=http://127.0.0.1:$(cat "$tsa_port")/stamp
	export TSA
}

# shellcheck shell=sh
# A certificate chain like that of Apple's Developer ID Installer: root,
# authority and leaf with their purposes and critical markers (PACKAGING.md
# 4.2). Read after tap.sh.

cat >chain.cnf <<'E'
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
1.2.840.113635.100.6.2.6 = critical, DER:0500
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, 1.2.840.113635.100.4.13
1.2.840.113635.100.6.1.14 = critical, DER:0500
[plain]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning
[strange]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = critical, 1.2.840.113635.100.4.13
1.2.840.113635.100.6.1.14 = critical, DER:0500
1.2.3.4 = critical, DER:0500
E

# chain_root NAME
chain_root()
{
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" \
		-out "$1.pem" -days 30 -config chain.cnf -extensions root \
		-subj "/CN=$1" 2>/dev/null
}

# chain_cert NAME ISSUER EXTENSIONS DAYS SUBJECT
chain_cert()
{
	openssl req -new -newkey rsa:2048 -nodes -keyout "$1.key" \
		-out "$1.csr" -config chain.cnf -subj "$5" 2>/dev/null &&
		openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" \
			-CAcreateserial -days "$4" -extfile chain.cnf \
			-extensions "$3" -out "$1.pem" 2>/dev/null
}

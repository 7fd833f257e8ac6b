#!/bin/sh
# The notary's ticket behind a macOS package: where it stands, that the package
# is the same to its readers, and what is refused.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need python3 openssl sha256sum
# shellcheck source=tests/lib/developer-id.sh
. "$SM_TOP/tests/lib/developer-id.sh"

PLUGIN=session-manager-plugin
TEAM=ABCDE12345
mkdir -p bin
python3 "$SM_TOP/tests/lib/macho.py" bin/$PLUGIN arm64 || exit 1
chain_root root && chain_cert authority root authority 20 '/CN=Authority' &&
	chain_cert leaf authority leaf 10 "/UID=$TEAM/CN=Installer/OU=$TEAM"
cat leaf.pem authority.pem root.pem >leaf.chain
"$SMPKG" key generate --name 'T <t@example.org>' --output key.asc >/dev/null
"$SMPKG" key export --key key.asc --output key.pub

mac()
{
	mac_out=$1
	shift
	"$SMPKG" build --manifest "$MANIFEST" --format pkg --arch aarch64 \
		--root "$T" --root "$SM_TOP" --output "$mac_out" "$@"
}
sum()
{
	sha256sum <"$1" | cut -d' ' -f1
}
tap_ok 'a signed package' mac signed.pkg --cert leaf.chain --cert-key leaf.key \
	--key key.asc
head -c 3000 /dev/urandom >ticket
cp signed.pkg a.pkg
tap_ok 'staple' "$SMPKG" staple a.pkg ticket
tap_like 'says what it was' "$OUT" "^$(sum signed.pkg)  a.pkg without"
tap_like 'and what it is' "$OUT" "^$(sum a.pkg)  a.pkg\$"
{
	cat signed.pkg
	printf 't8lr\001\000\001\000\000\000\000\000\000\000\000\000'
	cat ticket
	printf 't8lr\001\000\002\000\270\013\000\000\000\000\000\000'
} >want.pkg
tap_same 'as it must be' a.pkg want.pkg
tap_ok 'still good' "$SMPKG" verify --roots root.pem --team $TEAM a.pkg
if tap_have 7z; then
	tap_run 7z l a.pkg
	tap_like '7z lists it' "$OUT" Distribution
else
	tap_skip '7z lists it' 'no 7z'
fi

# a new ticket takes the place of the old one
echo 'another ticket' >ticket2
tap_ok 'again' "$SMPKG" staple a.pkg ticket2
tap_like 'says so' "$OUT" 'the ticket replaced'
tap_like 'the same package' "$OUT" "^$(sum signed.pkg)  "
tap_is 'one ticket' "$(wc -c <a.pkg | tr -d ' ')" \
	"$(($(wc -c <signed.pkg) + 32 + 15))"
tap_ok 'still good' "$SMPKG" verify --roots root.pem --team $TEAM a.pkg

# the signature beside it
cp signed.pkg b.pkg && cp signed.pkg.sig b.pkg.sig
tap_ok 'with a signature beside it' "$SMPKG" staple b.pkg ticket
tap_like 'warned of' "$ERR" "'b.pkg.sig' is of the file without"
tap_status 'which is no longer good' 3 "$SMPKG" verify --key key.pub b.pkg
tap_ok 'made again' "$SMPKG" staple --key key.asc b.pkg ticket
tap_unlike 'no warning' "$ERR" warning
tap_ok 'good' "$SMPKG" verify --key key.pub b.pkg

# --- what is refused ---------------------------------------------------------
# refused NAME FILE STATUS TICKET PATTERN
refused()
{
	before=$(sum "$2")
	tap_status "$1" "$3" "$SMPKG" staple "$2" "$4"
	tap_like "$1: says why" "$ERR" "$5"
	tap_is "$1: file as it was" "$(sum "$2")" "$before"
}
tap_ok 'a package that is not signed' mac plain.pkg
: >empty
head -c 1048577 /dev/zero >huge
cat signed.pkg key.pub >behind.pkg
refused 'not signed inside' plain.pkg 1 ticket 'not signed inside'
refused 'not a package' ticket 1 ticket "cannot staple a ticket to 'ticket'"
refused 'something behind it' behind.pkg 1 ticket 'bytes behind it'
refused 'no ticket' signed.pkg 1 absent "'absent'"
refused 'an empty ticket' signed.pkg 2 empty 'has 0 bytes'
refused 'not a ticket' signed.pkg 2 huge 'not 1 to'
tap_status 'no such package' 1 "$SMPKG" staple absent ticket
tap_status 'too few words' 2 "$SMPKG" staple a.pkg
tap_done

#!/bin/sh
# SPDX-License-Identifier: MIT
#
# certs.sh DIR: makes the certificates that the tests serve.
#
# Each set is NAME.pem (the chain as it is served, leaf first) and NAME.key;
# ca.pem is what a client should trust, client.pem what a client may show.
# Nothing is made again for six hours; some sets expire within the day.
set -eu
umask 077

[ $# -eq 1 ] || { echo "usage: certs.sh DIR" >&2; exit 2; }
command -v openssl >/dev/null || { echo "certs.sh: needs the package openssl" >&2; exit 4; }
mkdir -p "$1"
cd "$1"
[ -n "$(find . -maxdepth 1 -name made -mmin -360)" ] && exit 0
rm -f made

work=$(mktemp -d ./work.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

say_no() { echo "certs.sh: $*" >&2; cat "$work/log" >&2; exit 4; }
quiet() { "$@" >"$work/log" 2>&1 || say_no "failed: $*"; }
at() { date -u -d "@$(($(date +%s) + $1))" +%Y%m%d%H%M%SZ; }

day=86400
names='DNS:localhost,IP:127.0.0.1,IP:::1'

# "openssl ca" is the one command of OpenSSL 3.0 that sets both dates freely.
cat >"$work/cnf" <<EOF
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unused
[ca]
default_ca = any
[any]
database = $work/index
rand_serial = yes
new_certs_dir = $work
default_md = sha256
policy = anything
unique_subject = no
email_in_dn = no
copy_extensions = none
[anything]
commonName = supplied
[ext_ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ext_leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = $names
[ext_other]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:other.example,DNS:*.other.example
[ext_client]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
EOF
: >"$work/index"

# One key for all ordinary leaves: what is under test is never the key.
quiet openssl ecparam -name prime256v1 -genkey -noout -out "$work/leaf.key"

new_key() { quiet openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

# sign NAME CN KEY ISSUER EXTENSIONS FROM TO [MD]: makes work/NAME.crt;
# ISSUER "self" signs itself.
sign() {
	quiet openssl req -new -config "$work/cnf" -key "$3" -subj "/CN=$2" \
		-out "$work/$1.csr"
	if [ "$4" = self ]; then
		by="-selfsign -keyfile $3"
	else
		by="-cert $work/$4.crt -keyfile $work/$4.key"
	fi
	# shellcheck disable=SC2086
	quiet openssl ca -batch -notext -config "$work/cnf" $by \
		-in "$work/$1.csr" -out "$work/$1.crt" -extensions "$5" \
		-startdate "$(at "$6")" -enddate "$(at "$7")" -md "${8:-sha256}"
}

# serve NAME KEY CERT...: the set as the origin serves it
serve() {
	name=$1 key=$2
	shift 2
	: >"$name.pem"
	for one; do cat "$work/$one.crt" >>"$name.pem"; done
	cp "$key" "$name.key"
}

leaf() { sign "$1" localhost "$work/leaf.key" "$2" ext_leaf "$3" "$4" "${5:-sha256}"; }

for one in root inter inter-old stray; do new_key "$work/$one.key"; done
sign root 'Test Root' "$work/root.key" self ext_ca -$((30 * day)) $((3650 * day))
sign stray 'Test Stray Root' "$work/stray.key" self ext_ca -$((30 * day)) $((3650 * day))
sign inter 'Test Intermediate' "$work/inter.key" root ext_ca -$((30 * day)) $((1825 * day))
sign inter-old 'Test Old Intermediate' "$work/inter-old.key" root ext_ca -$((400 * day)) -$((2 * day))

leaf good inter -$day $((90 * day))
leaf good-long inter -$day $((900 * day))
leaf expires-soon inter -$((85 * day)) $((5 * day + 3600))
leaf expires-today inter -$((89 * day)) $((20 * 3600))
leaf expired inter -$((93 * day)) -$((3 * day))
leaf not-yet-valid inter $((2 * day)) $((92 * day))
leaf under-old inter-old -$((60 * day)) $((30 * day))
leaf sha1 inter -$day $((90 * day)) sha1
leaf untrusted-root stray -$day $((90 * day))
sign wrong-name other.example "$work/leaf.key" inter ext_other -$day $((90 * day))
sign self-signed localhost "$work/leaf.key" self ext_leaf -$day $((90 * day))
sign client 'test client' "$work/leaf.key" root ext_client -$day $((90 * day))
quiet openssl genrsa -out "$work/weak.key" 1024
sign weak localhost "$work/weak.key" inter ext_leaf -$day $((90 * day))

for one in good good-long expires-soon expires-today expired not-yet-valid \
	wrong-name sha1; do
	serve "$one" "$work/leaf.key" "$one" inter
done
serve self-signed "$work/leaf.key" self-signed
serve expired-intermediate "$work/leaf.key" under-old inter-old
serve missing-intermediate "$work/leaf.key" good
serve extra-root "$work/leaf.key" good inter root
serve untrusted-root "$work/leaf.key" untrusted-root
serve weak "$work/weak.key" weak inter
serve client "$work/leaf.key" client
cp "$work/root.crt" ca.pem
cp "$work/inter.crt" intermediate.pem
: >made

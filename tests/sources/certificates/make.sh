#!/bin/sh
# Makes the certificates of the tests anew: an authority, and what servers may show. They open nothing.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
key "$work/authority.key"
openssl req -x509 -new -key "$work/authority.key" -subj "/CN=Test authority" -days 36500 -out authority.pem \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign" 2>/dev/null
touch "$work/index"
cat > "$work/ca.cnf" <<END
[ca]
default_ca = own
[own]
database = $work/index
new_certs_dir = $work
certificate = authority.pem
private_key = $work/authority.key
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
END
server() { # name, whose, first and last day
    key "$work/$1.key"
    openssl req -new -key "$work/$1.key" -subj "/CN=$1" -out "$work/$1.csr"
    printf 'subjectAltName=%s\n' "$2" > "$work/$1.ext"
    openssl ca -batch -notext -config "$work/ca.cnf" -in "$work/$1.csr" -out "$work/$1.crt" \
        -extfile "$work/$1.ext" -startdate "$3" -enddate "$4" 2>/dev/null
    cat "$work/$1.key" "$work/$1.crt" > "$1.pem"
}
server good "IP:127.0.0.1" 20200101000000Z 21200101000000Z
server expired "IP:127.0.0.1" 20200101000000Z 20210101000000Z
server early "IP:127.0.0.1" 21100101000000Z 21200101000000Z
server other "DNS:accounts.example" 20200101000000Z 21200101000000Z
rm -r "$work"

#!/bin/sh
# Makes a certificate for developing on this machine: self-signed, for localhost, 127.0.0.1 and ::1.
# Browsers warn of it; curl takes it with --cacert.
#
# Usage: scripts/make_dev_cert.sh FOLDER
set -eu

if [ $# -ne 1 ] || [ "${1#-}" != "$1" ]; then
  sed -n '2,5s/^# \{0,1\}//p' "$0"
  exit 2
fi
command -v openssl >/dev/null || { echo "please:  apt-get install openssl" >&2; exit 1; }

folder=$1
certificate=$folder/cert.pem
key=$folder/key.pem
for file in "$certificate" "$key"; do
  if [ -e "$file" ]; then
    echo "$file is there already; remove it to have another made" >&2
    exit 1
  fi
done

mkdir -p "$folder"
umask 077 # nobody else reads the key
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days 825 \
  -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1" \
  -addext "extendedKeyUsage=serverAuth" -addext "basicConstraints=critical,CA:FALSE" \
  -keyout "$key" -out "$certificate" 2>/dev/null
chmod 644 "$certificate"

echo "certificate  $certificate"
echo "key          $key"
echo "for          localhost, 127.0.0.1, ::1"
echo "valid until $(openssl x509 -in "$certificate" -noout -enddate | cut -d= -f2)"

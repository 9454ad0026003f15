#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh BUILD: starts a small service, runs scenarios/demo.yaml against it,
# and leaves the result as JSON and JUnit.
set -eu

build=$1
dir=$build/demo
mkdir -p "$dir"
sh tests/certs.sh "$dir/certs" >"$dir/certs.log" 2>&1

rm -f "$dir/origin.json"
"$build/origin" --seconds 120 --tls-port 0 --cert "$dir/certs/good-long.pem" \
	--key "$dir/certs/good-long.key" >"$dir/origin.json" 2>"$dir/origin.log" &
origin=$!
trap 'kill "$origin" 2>/dev/null || true' EXIT INT TERM
tries=100
until [ -s "$dir/origin.json" ]; do
	tries=$((tries - 1))
	if [ "$tries" -eq 0 ] || ! kill -0 "$origin" 2>/dev/null; then
		echo 'demo: the service did not start:' >&2
		cat "$dir/origin.log" >&2
		exit 4
	fi
	sleep 0.05
done

# "name": NUMBER in the one line that the service prints
port() {
	sed -n "s/.*\"$1\": *\([0-9][0-9]*\).*/\1/p" "$dir/origin.json"
}
DEMO_SITE="http://127.0.0.1:$(port http)"
DEMO_SECURE="127.0.0.1:$(port https)"
DEMO_CA="$(pwd)/$dir/certs/ca.pem"
export DEMO_SITE DEMO_SECURE DEMO_CA

echo "\$ assay probe scenarios/demo.yaml --json $dir/result.json --junit $dir/junit.xml"
code=0
"$build/assay" probe scenarios/demo.yaml --json "$dir/result.json" \
	--junit "$dir/junit.xml" || code=$?
if [ "$code" -ne 1 ]; then
	echo "demo: expected exit code 1, got $code" >&2
	exit 4
fi
cat <<END

The check "checkout" fails on purpose, so that you see what failure looks like;
that is why assay ended with exit code 1.  Now the same steps as load:

END
echo "\$ assay loadgen scenarios/demo.yaml --json $dir/load.json"
code=0
"$build/assay" loadgen scenarios/demo.yaml --json "$dir/load.json" || code=$?
# a machine that is busy with other things may well be the limit itself
if [ "$code" -ne 0 ] && [ "$code" -ne 4 ]; then
	echo "demo: expected exit code 0, got $code" >&2
	exit 4
fi
cat <<END

The results are in
  $dir/result.json   for scripts; assay report renders it again
  $dir/junit.xml     for CI servers
  $dir/load.json     the load, with its histograms
Next: $build/assay init, then $build/assay probe assay.yaml
END

#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what building and testing need, from Debian or Ubuntu packages.
# Quick and silent when nothing is missing.
set -eu

packages='
	gcc clang make pkg-config libc6-dev libclang-rt-dev
	libyaml-dev libpcre2-dev libcjson-dev libsqlite3-dev zlib1g-dev
	libcurl4-openssl-dev libssl-dev libev-dev libc-ares-dev libcmocka-dev
	openssl curl perl libxml2-utils mandoc nodejs npm
	nginx-light redis-server postgresql
	clang-format-14 pmccabe shellcheck
	prometheus-blackbox-exporter
'

# libFuzzer and the sanitizers of clang are in a package with its version.
clang_runtime() {
	version=$(apt-cache depends clang 2>/dev/null |
		sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
	echo "libclang-rt-${version:-14}-dev"
}

installed() {
	# node and npm may come from elsewhere
	case $1 in
	nodejs) command -v node >/dev/null && return 0 ;;
	npm) command -v npm >/dev/null && return 0 ;;
	esac
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null |
		grep -q 'ok installed'
}

if ! command -v dpkg-query >/dev/null; then
	echo "deps: this is no Debian or Ubuntu; install by hand: $packages" >&2
	exit 0
fi

missing=
for package in $packages; do
	if [ "$package" = libclang-rt-dev ]; then
		package=$(clang_runtime)
	fi
	installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
	sudo=sudo
fi
echo "deps: installing$missing"
log=$(mktemp)
# No server of a package is started, nor its port taken, by installing it.
# shellcheck disable=SC2086
if ! { $sudo apt-get update -qq &&
	$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
		apt-get install -y -qq --no-install-recommends $missing; } \
	>"$log" 2>&1; then
	cat "$log" >&2
	rm -f "$log"
	echo "deps: apt-get could not install:$missing" >&2
	exit 1
fi
rm -f "$log"

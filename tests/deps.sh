#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what building and testing need, from Debian or Ubuntu packages; with
# DEPS=build only what building needs.  Quick and silent when nothing is
# missing.
set -eu

building='
	gcc make pkg-config libc6-dev
	libyaml-dev libpcre2-dev libcjson-dev libsqlite3-dev zlib1g-dev
	libcurl4-openssl-dev libssl-dev libev-dev libc-ares-dev libnghttp2-dev
	libmicrohttpd-dev tzdata
'
testing='
	clang libcmocka-dev
	openssl ca-certificates curl perl libxml2-utils mandoc nodejs npm
	nginx-light redis-server postgresql sqlite3
	clang-format-14 pmccabe shellcheck
	prometheus prometheus-blackbox-exporter prometheus-alertmanager
	prometheus-pushgateway influxdb
	python3-prometheus-client python3-aiosmtpd monitoring-plugins-basic
	nghttp2-client wrk hey python3
	default-jdk-headless libhdrhistogram-java chromium
'
packages=$building
[ "${DEPS:-}" = build ] || packages="$building $testing"

if ! command -v dpkg-query >/dev/null; then
	echo "deps: this is no Debian or Ubuntu; install by hand: $packages" >&2
	exit 0
fi

# Names of all that is installed, one on a line, between spaces.
have=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package} ' 2>/dev/null |
	sed 's/ii //g') "

missing=
for package in $packages; do
	case $package in
	# these may come from elsewhere
	nodejs) command -v node >/dev/null && continue ;;
	npm) command -v npm >/dev/null && continue ;;
	# Ubuntu has it as a snap only; GitHub's runners have the other
	chromium)
		command -v google-chrome >/dev/null && continue
		grep -q '^ID=ubuntu' /etc/os-release && continue
		;;
	# Debian has it; the test has a check of its own where there is none
	influxdb) grep -q '^ID=ubuntu' /etc/os-release && continue ;;
	default-jdk-headless) command -v javac >/dev/null && continue ;;
	esac
	case $have in
	*" $package "*) ;;
	*) missing="$missing $package" ;;
	esac
done
# libFuzzer and the sanitizers of clang are in a package with its version.
case $have in
*" libclang-rt-"*) runtime=yes ;;
*) runtime= ;;
esac
[ "${DEPS:-}" != build ] || runtime=yes
[ -n "$missing" ] || [ -z "$runtime" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
	sudo=sudo
fi
log=$(mktemp)
policy=/usr/sbin/policy-rc.d
made_policy=

finish() {
	rm -f "$log"
	if [ -n "$made_policy" ]; then
		$sudo rm -f "$policy"
	fi
}
trap finish EXIT
trap 'exit 1' INT TERM

try() {
	if ! "$@" >"$log" 2>&1; then
		cat "$log" >&2
		echo "deps: this failed: $*" >&2
		exit 1
	fi
}

# No server of a package is started, nor its port taken, by installing it.
if ! [ -e "$policy" ]; then
	made_policy=1
	printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
	$sudo chmod 755 "$policy"
fi

try $sudo apt-get update -qq
if [ -z "$runtime" ]; then
	version=$(apt-cache depends clang |
		sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
	missing="$missing libclang-rt-$version-dev"
fi
echo "deps: installing$missing"
# shellcheck disable=SC2086
try $sudo env DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -qq --no-install-recommends $missing

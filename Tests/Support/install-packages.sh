#!/usr/bin/env bash
# Installs the Debian packages of .ci/packages that are missing. Does nothing, and needs no network, if none is.
# SKIP_PACKAGES=1: does nothing at all, for a system that is not Debian.
set -euo pipefail
cd "$(dirname "$0")/../.."

[ "${SKIP_PACKAGES:-}" != 1 ] || exit 0
mapfile -t wanted < <(sed 's/#.*//' .ci/packages | awk 'NF { print $1 }')

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "kpx: this is no Debian. Install what these packages hold, then set SKIP_PACKAGES=1: ${wanted[*]}" >&2
  exit 1
fi

installed=$(dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true)
missing=()
for package in "${wanted[@]}"; do
  grep -qx "$package installed" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "Installing ${missing[*]}"
run=(env DEBIAN_FRONTEND=noninteractive)
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "kpx: not root, and there is no sudo. As root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  run=(sudo "${run[@]}")
fi
"${run[@]}" apt-get -qq update </dev/null
"${run[@]}" apt-get -qq install --yes --no-install-recommends "${missing[@]}" </dev/null

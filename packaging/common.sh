# For the scripts beside it, which stand in the repository's folder then: names, versions and files of a release.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C TZ=UTC0
umask 022

binary=.build/release/kpx
out=.build/dist
version=$(sed -n 's/.*static let release = "\(.*\)"/\1/p' Sources/kpx/Kpx.swift)
# 0.1.0-dev comes before 0.1.0, for dpkg and rpm.
package_version=${version/-/\~}
# Go's and Debian's name for the processor; rpm's is the kernel's.
machine=$(uname -m)
case $machine in
  x86_64) arch=amd64 ;;
  aarch64) arch=arm64 ;;
  *) echo "kpx: packages are made for x86_64 and aarch64, not for $machine" >&2; exit 1 ;;
esac
# Every time in an archive is the commit's, so that whoever builds the same gets the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH

maintainer=${KPX_MAINTAINER:-The kpx authors <kpx@example.com>}
home=${KPX_URL:-https://example.com/kpx}
summary='what a Kubernetes node does with packets to Services'
description="kpx shows how a node's kernel forwards the traffic of Kubernetes
Services, as kube-proxy programmed it: frontends, endpoints with shares and
connections, the rules that a packet meets, what differs from the API, and
which interface is which pod's. It only reads."

[ -x "$binary" ] || { echo 'kpx: run `make build` first' >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

# What a distribution's package installs, below $1, with compressed manual pages.
stage() {
  make --silent --no-print-directory install DESTDIR="$1" PREFIX=/usr BINDIR=/usr/bin
  gzip -9 --no-name "$1"/usr/share/man/man?/*
  sed -i '1{/^#!/d}' "$1/usr/share/bash-completion/completions/kpx"
}
# Sets all times below $1, which archives hold.
settle() { find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +; }
# Writes the sum of $1 beside it.
sum() {
  (cd "$(dirname "$1")" && sha256sum "$(basename "$1")" >"$(basename "$1").sha256")
  echo "$1: $(stat -c %s "$1") bytes"
}

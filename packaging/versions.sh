#!/usr/bin/env bash
# What is linked into kpx, and of which version: one a line, with the revision where a version is a tag in git.
#   versions.sh           prints what this machine builds with
#   versions.sh --check   compares it with packaging/versions, what releases are built from, and fails where they differ
set -euo pipefail
cd "$(dirname "$0")/.."

current() {
  [ -e Package.resolved ] || swift package resolve >&2
  swiftc --version 2>/dev/null | sed -n 's/.*Swift version \([^ ]*\).*/swift \1/p'
  python3 - <<'EOF'
import json
for pin in json.load(open("Package.resolved"))["pins"]:
    print(pin["identity"], pin["state"]["version"], pin["state"]["revision"])
EOF
  local compiler
  compiler=$(gcc -dumpversion)
  dpkg-query --show --showformat '${Package} ${Version}\n' \
    libc6-dev "libgcc-$compiler-dev" libmd-dev libnl-3-dev "libstdc++-$compiler-dev" libyaml-dev zlib1g-dev
}

if [ "${1:-}" = --check ]; then
  diff -U 0 --label 'what releases are built from (packaging/versions)' --label 'this machine' \
    <(sed '/^#/d' packaging/versions) <(current) >&2 || { echo 'kpx: built from other versions than releases are' >&2; exit 1; }
else
  current
fi

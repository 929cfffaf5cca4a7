#!/usr/bin/env bash
# Whether a build of the same files in another folder, of another length, gives the same program and archive.
# Run `make build` first. Takes as long as a release build from nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
other=$work/a/folder/of/another/length

mkdir -p "$other"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --no-dereference -t "$other"
cp Package.resolved "$other"
# No git there: what the build takes from it.
KPX_COMMIT=$(.build/release/kpx --version | sed 's/.*(\(.*\))/\1/')
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export KPX_COMMIT SOURCE_DATE_EPOCH
[ "$KPX_COMMIT" != 'unknown commit' ] || KPX_COMMIT=
# The dependencies that were fetched already.
mkdir "$other/.build"
cp -r .build/repositories "$other/.build"

make --no-print-directory -C "$other" dist
packaging/dist.sh >/dev/null
for file in .build/release/kpx $(cd .build/dist && ls -d "$PWD"/*.tar.gz "$PWD"/*.spdx.json | sed "s|^$here/||"); do
  cmp "$here/$file" "$other/$file" || { echo "kpx: a build in another folder gives another $file" >&2; exit 1; }
done
echo 'A build in another folder gives the same program, archive and list of what is linked.'

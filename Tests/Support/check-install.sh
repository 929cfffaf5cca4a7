#!/usr/bin/env bash
# What `make install` puts where, that `make uninstall` takes all of it away, and that the notices name everything that is
# linked statically.
set -euo pipefail
cd "$(dirname "$0")/../.."
destination=$(mktemp -d)
trap 'rm -rf "$destination"' EXIT
files() { (cd "$destination" && find . -type f | sort); }

make --silent --no-print-directory install DESTDIR="$destination" PREFIX=/usr
diff -u - <(files) <<EOF
./usr/sbin/kpx
./usr/share/bash-completion/completions/kpx
./usr/share/doc/kpx/LICENSE
./usr/share/doc/kpx/NOTICES
./usr/share/fish/vendor_completions.d/kpx.fish
$(printf './usr/share/man/man%s/%s\n' $(cd man && for page in *.7 *.8; do echo "${page##*.}" "$page"; done))
./usr/share/zsh/vendor-completions/_kpx
EOF
linked=$(sed -n 's|.*package(url: ".*/\([^"]*\)".*|\1|p; s|.*linkedLibrary(":\(.*\)\.a").*|\1|p' Package.swift)
for name in swift-foundation libstdc++ libgcc $linked; do
  grep -qwF -- "$name" "$destination/usr/share/doc/kpx/NOTICES" || { echo "kpx: NOTICES does not name $name" >&2; exit 1; }
done

if [ -e .git ] && [ -z "${KPX_COMMIT:-}" ]; then
  version=$("$destination/usr/sbin/kpx" --version)
  grep -q "($(git rev-parse --short=12 HEAD)[+)]" <<<"$version" || { echo "kpx: $version does not name the commit" >&2; exit 1; }
fi

make --silent --no-print-directory uninstall DESTDIR="$destination" PREFIX=/usr
[ -z "$(files)" ] || { echo "kpx: make uninstall leaves" $(files) >&2; exit 1; }
echo 'make install: the program, its manual pages, completions, LICENSE and NOTICES, for' $linked

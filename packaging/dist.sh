#!/usr/bin/env bash
# Makes .build/dist/kpx-VERSION-linux-ARCH.tar.gz: the program, manual pages, completions, the licences of all that is linked
# and a list of that (SPDX); and the manifest by which krew installs it as `kubectl kpx`.
#   KPX_URL: kpx's home, where releases are as on GitHub, for the manifest.
source "$(dirname "$0")/common.sh"

name=kpx-$version-linux-$arch
root=$work/$name
install -D -m 755 -t "$root" $binary
install -D -m 644 -t "$root" LICENSE NOTICES README.md CHANGELOG.md
install -D -m 644 -t "$root/man" man/*.[78]
install -D -m 644 -t "$root/completions" completions/*
packaging/sbom.py >"$out/$name.spdx.json"
install -m 644 "$out/$name.spdx.json" "$root/kpx.spdx.json"
settle "$root"
tar --create --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode=go-w,u+w -C "$work" "$name" |
  gzip -9 --no-name >"$out/$name.tar.gz"
sum "$out/$name.tar.gz"

sed -e "s|@VERSION@|$version|; s|@ARCH@|$arch|; s|@NAME@|$name|; s|@HOME@|$home|" \
  -e "s|@URL@|$home/releases/download/v$version/$name.tar.gz|" \
  -e "s|@SUM@|$(cut -d ' ' -f 1 "$out/$name.tar.gz.sha256")|" packaging/krew.yaml >"$out/kpx-$arch.krew.yaml"
echo "$out/kpx-$arch.krew.yaml, $out/$name.spdx.json"

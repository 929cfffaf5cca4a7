#!/usr/bin/env bash
# Makes .build/dist/kpx_VERSION_ARCH.deb, with what a release binary was built before.
source "$(dirname "$0")/common.sh"

root=$work/kpx
documents=$root/usr/share/doc/kpx
stage "$root"
rm "$documents/LICENSE" "$documents/NOTICES"
{
  echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
  printf '\nFiles: *\nCopyright: The kpx authors\nLicense: Apache-2.0\n'
  echo ' On Debian systems, the text of the licence is in /usr/share/common-licenses/Apache-2.0.'
  echo 'Comment: What is linked statically, and its licences:'
  sed 's/^$/./; s/^/ /' NOTICES
} >"$documents/copyright"
gzip -9 --no-name >"$documents/changelog.gz" <<EOF
kpx ($package_version) unstable; urgency=medium

  * See CHANGELOG.md of this version.

 -- $maintainer  $(date --date="@$SOURCE_DATE_EPOCH" --rfc-email)
EOF
install -D -m 644 packaging/deb-lintian-overrides "$root/usr/share/lintian/overrides/kpx"

mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<EOF
Package: kpx
Version: $package_version
Architecture: $arch
Maintainer: $maintainer
Homepage: $home
Installed-Size: $(du -s --apparent-size -k "$root/usr" | cut -f 1)
Depends: libc6 (>= 2.17)
Recommends: libcurl4t64 | libcurl4 | libcurl3-gnutls
Suggests: libip4tc2, libip6tc2, libipset13
Section: net
Priority: optional
Description: $summary
$(sed 's/^/ /' <<<"$description")
EOF
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
settle "$root"
package=$out/kpx_${package_version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >"$work/log"
sum "$package"

#!/usr/bin/env bash
# Makes .build/dist/kpx-VERSION-1.MACHINE.rpm, with what a release binary was built before.
source "$(dirname "$0")/common.sh"

root=$work/kpx
stage "$root"
mv "$root/usr/share/zsh/vendor-completions" "$root/usr/share/zsh/site-functions"
mkdir -p "$root/usr/share/licenses"
mv "$root/usr/share/doc/kpx" "$root/usr/share/licenses/kpx"
settle "$root"
cat >"$work/kpx.spec" <<EOF
Name: kpx
Version: $package_version
Release: 1
Summary: ${summary^}
License: Apache-2.0 AND LGPL-2.1-only AND BSD-3-Clause AND MIT AND GPL-3.0-or-later WITH GCC-exception-3.1
URL: $home
Packager: $maintainer
Recommends: libcurl

%description
$description

%install
cp -a '$root/.' '%{buildroot}'

%files
%license %dir /usr/share/licenses/kpx
%license /usr/share/licenses/kpx/*
$(cd "$root" && find usr -type f ! -path '*/licenses/*' -printf '/%p\n' | sort | sed 's|^/usr/share/man/|%doc &|')

%changelog
* $(date --date="@$SOURCE_DATE_EPOCH" '+%a %b %d %Y') $maintainer - $package_version-1
- See CHANGELOG.md.
EOF
# Everything is stripped and compressed; xz is what any rpm reads.
rpmbuild -bb --quiet --target "$machine" --define "_topdir $work" --define "_build_id_links none" \
  --define 'debug_package %{nil}' --define '__os_install_post %{nil}' --define '_binary_payload w7.xzdio' \
  --define '_buildhost localhost' --define 'use_source_date_epoch_as_buildtime 1' \
  --define 'clamp_mtime_to_source_date_epoch 1' "$work/kpx.spec" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
package=$out/kpx-$package_version-1.$machine.rpm
cp "$work/RPMS/$machine/$(basename "$package")" "$package"
sum "$package"

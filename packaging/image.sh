#!/usr/bin/env bash
# Makes .build/dist/kpx-VERSION-ARCH.oci.tar, an image with what a release binary was built before; see image.py.
source "$(dirname "$0")/common.sh"

image=$out/kpx-$version-$arch.oci.tar
packaging/image.py "$image" "$version" "$($binary --version | sed 's/.*(\(.*\))/\1/')" "$arch"
sum "$image"

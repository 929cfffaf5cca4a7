#!/usr/bin/env bash
# What a release binary must be: one file that starts wherever glibc, libm, libstdc++ and libgcc_s are, without ICU.
#   check-binary.sh FILE
set -euo pipefail
binary=${1:?the program}

# `import Foundation` anywhere links 40 MB of ICU data; FoundationEssentials does not.
icu=$(strings -a "$binary" | grep -c 'icudt\|uloc_' || true)
if [ "$icu" != 0 ]; then
  echo "kpx: $binary holds ICU ($icu strings): something imports Foundation instead of FoundationEssentials" >&2
  exit 1
fi

allowed='^(libc|libm|libstdc\+\+|libgcc_s|ld-linux[-a-z0-9_]*)\.so\.[0-9]+$'
needed=$(objdump -p "$binary" | awk '$1 == "NEEDED" { print $2 }')
if others=$(grep -vE "$allowed" <<<"$needed"); then
  echo "kpx: $binary needs libraries that a node may not have:" $others >&2
  exit 1
fi
echo "$binary: $(stat -c %s "$binary") bytes, no ICU, needs only" $needed

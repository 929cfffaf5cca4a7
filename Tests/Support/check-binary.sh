#!/usr/bin/env bash
# What a release binary must be: one file that starts wherever glibc 2.34, libm, libstdc++ and libgcc_s are, without ICU,
# that looks for nothing in the folder that it lies in, and that is hardened as distributions harden theirs.
#   check-binary.sh FILE
set -euo pipefail
binary=${1:?the program}
# Those of RHEL 9 and Amazon Linux 2023, both of GCC 11.
newest='GLIBC_2.34 GLIBCXX_3.4.29 CXXABI_1.3.13 GCC_11'

wrong=0
problem() { echo "kpx: $binary $*" >&2; wrong=1; }

dynamic=$(readelf -dW "$binary")
segments=$(readelf -lW "$binary")
strings=$(strings -a "$binary")
needed=$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic")
has() { grep -qE "$1" <<<"$2"; }

allowed='^(libc|libm|libstdc\+\+|libgcc_s|ld-linux[-a-z0-9_]*)\.so\.[0-9]+$'
others=$(grep -vE "$allowed" <<<"$needed" || true)
[ -z "$others" ] || problem "needs libraries that a node may not have:" $others

for version in $(readelf -VW "$binary" | grep -oE 'Name: (GLIBC|GLIBCXX|CXXABI|GCC)_\S+' | cut -d ' ' -f 2 | sort -u); do
  for limit in $newest; do
    [ "${version%%_*}" = "${limit%%_*}" ] || continue
    [ "$(printf '%s\n' "$version" "$limit" | sort -V | tail -n 1)" = "$limit" ] || problem "needs $version: more than $limit"
  done
done

# `import Foundation` anywhere links 40 MB of ICU data; FoundationEssentials does not.
! has 'icudt|uloc_' "$strings" || problem "holds ICU: something imports Foundation instead of FoundationEssentials"

! has '\((RPATH|RUNPATH)\)' "$dynamic" || problem "has a RUNPATH: whoever can write there is root when root runs it"
has 'FLAGS_1.*\bNOW\b' "$dynamic" || problem "binds lazily: link with -z now"
has 'FLAGS_1.*\bPIE\b' "$dynamic" || problem "is not position-independent"
has 'GNU_RELRO' "$segments" || problem "has no RELRO: link with -z relro"
has 'GNU_STACK.* RW +0x' "$segments" || problem "has an executable stack"

! has "^$PWD/|[^A-Za-z0-9_.-]$PWD/" "$strings" || problem "holds paths of the machine that built it"

[ $wrong = 0 ] || exit 1
echo "$binary: $(stat -c %s "$binary") bytes, no ICU, no RUNPATH, full RELRO, needs only" $needed

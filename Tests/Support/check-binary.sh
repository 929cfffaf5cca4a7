#!/usr/bin/env bash
# What a release binary must be: one file that starts wherever glibc 2.17 or a newer one is, without libstdc++, libgcc_s and
# ICU, that looks for nothing in the folder that it lies in, and that is hardened as distributions harden theirs.
#   check-binary.sh FILE
set -euo pipefail
binary=${1:?the program}
# The first glibc for arm64, too. What lets a build against a newer one do with it: Sources/CSys/older_glibc.c.
newest=GLIBC_2.17

wrong=0
problem() { echo "kpx: $binary $*" >&2; wrong=1; }

dynamic=$(readelf -dW "$binary")
segments=$(readelf -lW "$binary")
strings=$(strings -a "$binary")
needed=$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic")
has() { grep -qE "$1" <<<"$2"; }

allowed='^(libc|libm|libpthread|libdl|ld-linux[-a-z0-9_]*)\.so\.[0-9]+$'
others=$(grep -vE "$allowed" <<<"$needed" || true)
[ -z "$others" ] || problem "needs libraries that a node may not have:" $others
# A glibc before 2.34 has the functions of these in them.
for library in libpthread.so.0 libdl.so.2; do
  grep -qxF "$library" <<<"$needed" || problem "does not load $library, as an older glibc needs"
done

for version in $(readelf -VW "$binary" | grep -oE 'Name: \S+ +Flags' | cut -d ' ' -f 2 | sort -u); do
  [[ $version == GLIBC_* && $(printf '%s\n' "$version" $newest | sort -V | tail -n 1) == "$newest" ]] ||
    problem "needs $version: more than $newest"
done

# `import Foundation` anywhere links 40 MB of ICU data; FoundationEssentials does not.
! has 'icudt|uloc_' "$strings" || problem "holds ICU: something imports Foundation instead of FoundationEssentials"

! has '\((RPATH|RUNPATH)\)' "$dynamic" || problem "has a RUNPATH: whoever can write there is root when root runs it"
has 'FLAGS_1.*\bNOW\b' "$dynamic" || problem "binds lazily: link with -z now"
has 'FLAGS_1.*\bPIE\b' "$dynamic" || problem "is not position-independent"
has 'GNU_RELRO' "$segments" || problem "has no RELRO: link with -z relro"
has '\bUND __stack_chk_fail\b' "$(readelf --dyn-syms -W "$binary")" || problem "has no stack protector"
! has '\.symtab' "$(readelf -SW "$binary")" || problem "is not stripped"
has 'GNU_STACK.* RW +0x' "$segments" || problem "has an executable stack"

! has "^$PWD/|[^A-Za-z0-9_.-]$PWD/" "$strings" || problem "holds paths of the machine that built it"

[ $wrong = 0 ] || exit 1
echo "$binary: $(stat -c %s "$binary") bytes, $newest, no ICU, no RUNPATH, full RELRO, needs only" $needed

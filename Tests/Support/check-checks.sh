#!/usr/bin/env bash
# Shows check-binary.sh and check-copied.sh programs that are wrong in one way each: they have to say so.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A C program of $1, built with the flags that follow.
build() {
  local source=$1
  shift
  gcc -x c -O0 -fstack-protector-all -o "$work/program" - -x none "${release[@]}" -fpie -pie -s \
    -Wl,-z,relro,-z,now,-z,noexecstack,--gc-sections,--no-as-needed "$@" <<<"$source"
}
# What a release is linked with.
release=("$work/older_glibc.o" -Wl,--no-as-needed -lm -l:libpthread.so.0 -l:libdl.so.2)
# The check $1 has to fail and to say what matches $2.
refused() {
  local output
  if output=$("Tests/Support/$1" "$work/program" 2>&1); then
    echo "kpx: $1 passes a program that it must not: $2" >&2
    exit 1
  fi
  grep -q "$2" <<<"$output" || { printf 'kpx: %s does not say "%s" but: %s\n' "$1" "$2" "$output" >&2; exit 1; }
}
plain='int main(void) { return 0; }'
gcc -c -O2 -fpie -fstack-protector-all -ffunction-sections -D_GNU_SOURCE -DKPX_OLDER_GLIBC -o "$work/older_glibc.o" \
  Sources/CSys/older_glibc.c

build "$plain"
Tests/Support/check-binary.sh "$work/program" >/dev/null
build "$plain" -Wl,-rpath,'$ORIGIN'
refused check-binary.sh RUNPATH
build "$plain" -Wl,-rpath,'$ORIGIN',--disable-new-dtags
refused check-binary.sh RUNPATH
build "$plain" -Wl,--no-as-needed -lyaml
refused check-binary.sh 'may not have: libyaml'
build "$plain" -Wl,-z,lazy
refused check-binary.sh 'binds lazily'
build "$plain" -Wl,-z,norelro
refused check-binary.sh 'no RELRO'
build "$plain" -Wl,-z,execstack
refused check-binary.sh 'executable stack'
build "$plain" -no-pie
refused check-binary.sh 'not position-independent'
build 'const char *s = "uloc_open"; int main(void) { return s[0]; }'
refused check-binary.sh 'holds ICU'
build "const char *s = \"$PWD/Sources\"; int main(void) { return s[0]; }"
refused check-binary.sh 'holds paths'
build '#include <math.h>
  int main(int count, char **arguments) { return (int)hypotf(count, count) + !arguments; }'
refused check-binary.sh 'needs GLIBC_2.35'
build '#include <sys/random.h>
  int main(void) { return (int)getrandom(0, 0, 0); }'
refused check-binary.sh 'needs GLIBC_2.25'
# std::condition_variable::wait of GCC 12.
build 'void wait(void) __asm__("_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE");
  int main(int count, char **arguments) { if (count > 9) wait(); return !arguments; }' -lstdc++
refused check-binary.sh 'may not have: libstdc++'
refused check-binary.sh 'needs GLIBCXX_3.4.30'
# As any C program is built, on Debian 12.
gcc -x c -o "$work/program" - <<<"$plain"
refused check-binary.sh 'needs GLIBC_2.34'
refused check-binary.sh 'does not load libpthread.so.0'
refused check-binary.sh 'is not stripped'
refused check-binary.sh 'has no stack protector'

[ "$(id -u)" = 0 ] || { echo 'Not root: the checks of check-copied.sh are skipped.'; exit; }
folder=/usr/lib/$(gcc -dumpmachine)
release=()
libraries='libcurl.so.4 libip4tc.so.2 libip6tc.so.2 libipset.so.13'
# A C program that does $1, then loads the system's libraries as kpx does, and prints a line.
loading() {
  echo '#include <dlfcn.h>'
  echo '#include <unistd.h>'
  echo "int main(void) { $1;"
  printf "  dlopen(\"$folder/%s\", RTLD_NOW);\n" $libraries
  echo '  write(1, "\n", 1); return 0; }'
}
build "$(loading '')"
Tests/Support/check-copied.sh "$work/program" >/dev/null
build "$plain"
refused check-copied.sh "did not load the system's libcurl"
for library in $libraries libcurl-gnutls.so.4 libcurl.so; do
  build "$(loading "dlopen(\"$library\", RTLD_NOW)")" -Wl,-rpath,'$ORIGIN'
  refused check-copied.sh "run as it is: ran what lies beside it: $library"
done
build "$(loading 'dlopen("libcurl-gnutls.so.4", RTLD_NOW)')"
refused check-copied.sh 'with LD_LIBRARY_PATH: ran what lies beside it: libcurl-gnutls.so.4'
build "$(loading 'access("kpx.conf", F_OK)')"
refused check-copied.sh 'looks for files in the folder that it lies in: kpx.conf'
# As Swift makes a program.
{
  echo 'import Glibc'
  printf "dlopen(\"$folder/%s\", RTLD_NOW)\n" $libraries
  echo 'print()'
} >"$work/program.swift"
swiftc -static-stdlib -o "$work/program" "$work/program.swift" 2>"$work/warnings" || cat "$work/warnings" >&2
refused check-copied.sh 'on a crash with SWIFT_BACKTRACE=: ran what lies beside it: swift-backtrace'

echo 'The checks of the binary find what they are for.'

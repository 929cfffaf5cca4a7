#!/usr/bin/env bash
# Root runs a program from a folder that anybody can write to: nothing that lies there may run.
#
# Beside the program are libraries of every name that it loads, and a swift-backtrace, which Swift's runtime would run on a
# crash. Each leaves a mark when it is loaded or run. Rules and sets in a network namespace of its own make it load all.
#   check-copied.sh PROGRAM
set -euo pipefail
program=$(realpath "${1:?the program}")
PATH=$PATH:/usr/sbin:/sbin
if [ "$(id -u)" != 0 ]; then
  echo 'Not root: running kpx from a folder of others is skipped.'
  exit
fi

work=$(mktemp -d)
namespace=kpx-copied-$$
trap 'ip netns delete "$namespace" 2>/dev/null || true; rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -m 1777 "$work/drop" "$work/marks"
cd "$work/drop"
cp "$program" kpx

linked='libm.so.6 libpthread.so.0 libdl.so.2 libstdc++.so.6 libgcc_s.so.1'
for library in libcurl.so.4 libcurl-gnutls.so.4 libcurl.so libip4tc.so.2 libip6tc.so.2 libipset.so.13 $linked; do
  gcc -shared -fPIC -nostdlib -x c -o "$library" - <<EOF
int creat(const char *, unsigned);
__attribute__((constructor)) static void mark(void) { creat("$work/marks/$library", 0644); }
EOF
done
printf '#!/bin/sh\n: >%s/marks/swift-backtrace\n' "$work" >swift-backtrace
chmod 755 swift-backtrace

fail() { echo "kpx: $program $*" >&2; exit 1; }
inside() { ip netns exec "$namespace" "$@"; }
# What is on trial may end as it likes, also by a signal.
try() { (inside "$@" || true) >"$work/out" 2>&1 </dev/null; }
check() {
  local marks
  marks=$(ls "$work/marks")
  [ -z "$marks" ] || fail "$*: ran what lies beside it:" $marks
}

ip netns add "$namespace"
rules='*nat
:KUBE-SERVICES - [0:0]
:KUBE-SVC-AAAAAAAAAAAAAAAA - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A KUBE-SERVICES -d ADDRESS -p tcp -m comment --comment "a/b cluster IP" -m tcp --dport 80 -j KUBE-SVC-AAAAAAAAAAAAAAAA
-A KUBE-SVC-AAAAAAAAAAAAAAAA -p tcp -j DNAT --to-destination :8080
COMMIT'
expected=libcurl
! inside iptables-legacy-restore <<<"${rules/ADDRESS/10.96.0.1}" 2>/dev/null || expected+=' libip4tc'
! inside ip6tables-legacy-restore <<<"${rules/ADDRESS/fd00::1}" 2>/dev/null || expected+=' libip6tc'
! inside ipset create KUBE-CLUSTER-IP hash:ip 2>/dev/null || expected+=' libipset'

# Whatever makes it load something; `opened` is every file that it asked for.
try_all() {
  : >"$work/opened"
  for arguments in 'trace 10.96.0.1:80' 'trace [fd00::1]:80' ipset; do
    try strace -f -A -o "$work/opened" -e trace=%file "$@" ./kpx $arguments --verify --server https://127.0.0.1:1 --token x
  done
}
try_all
check 'run as it is'
for library in $expected; do
  grep -qE "openat\(AT_FDCWD, \"/[^\"]*/$library[^\"]*\.so.* = [0-9]" "$work/opened" ||
    fail "did not load the system's $library, so nothing was tried:" "$(cat "$work/out")"
done
cp "$work/opened" "$work/opened-first"

for setting in '' enable=yes "enable=yes,swift-backtrace=$work/drop/swift-backtrace"; do
  try strace -f -o "$work/opened" -e trace=write -e inject=write:signal=SEGV:when=1 ${setting:+-E "SWIFT_BACKTRACE=$setting"} \
    ./kpx --version
  grep -q SIGSEGV "$work/opened" || fail 'did not crash where it was to'
  check "on a crash with SWIFT_BACKTRACE=$setting"
done

# Those that are linked are the dynamic loader's to find, before kpx runs; sudo takes this variable away.
rm $linked
try_all -E "LD_LIBRARY_PATH=$work/drop:"
check 'with LD_LIBRARY_PATH'

# The first name in a line is the one that was asked for.
sought=$(sed -n 's/^[^"]*"\([^"]*\)".*/\1/p' "$work/opened-first" | grep -v '^\./kpx$' | grep "^$work/drop\|^[^/]" || true)
[ -z "$sought" ] || fail 'looks for files in the folder that it lies in:' $sought
echo "$program: runs nothing that lies beside it, loads the system's $expected"

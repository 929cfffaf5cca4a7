#!/usr/bin/env bash
# run-tests.sh [--kernel 5.10|6.1|6.12] [--out FOLDER] [--env NAME=VALUE]... BUILD-FOLDER KPX OPTION...
#
# Tests in the virtual machine, under one of Debian's kernels (6.1 unless another is asked for).
#
# One machine, started once: first the commands of the program KPX, none of which may have the kernel look for a module,
# while IPVS was never used and after; then tests of the bundle that `swift build --build-tests` left in BUILD-FOLDER,
# chosen by Swift Testing's options (--filter, --skip). What they write to /out comes back to FOLDER. A test may be
# skipped for what the kernel has not, with a reason that begins with "this kernel", and for nothing else.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
kernel=6.1
options=()
while :; do
  case "$1" in
  --kernel) kernel=$2; shift 2 ;;
  --out | --env) options+=("$1" "$2"); shift 2 ;;
  *) break ;;
  esac
done
build=$(cd "$1" && pwd)
kpx=$(realpath -s "$2")
machine=$root/.build/vm/$kernel

"$here/make-vm.sh" --kernel "$kernel" "$machine"
# kpx loads it on demand, so that no ldd names it. awk reads to the end: ldconfig would die of a closed pipe.
curl=$(ldconfig -p | awk '$1 == "libcurl.so.4" && !found { found = $NF } END { print found }')
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
"$here/run-in-vm.sh" --timeout 1200 --cpus 2 --cwd "$root" \
  --add "$root/Tests/Fixtures" --add "$here/in-vm.sh" --add "$kpx" --add "$(command -v nfacct)" --add "$(command -v gzip)" \
  --add "$build/kpxPackageTests.xctest" --add "$curl" --env KPX_VM=1 --env "KPX=$kpx" "${options[@]}" \
  "$machine" -- sh "$here/in-vm.sh" "$build/kpxPackageTests.xctest" "${@:3}" 2>&1 | tee "$log" || status=$?
# A bundle without tests, or one that skips them, is no success.
grep -q 'Test run with [1-9][0-9]* tests* .*passed' "$log" || status=1
if grep -E '^.{1,12} (Test|Suite) .* skipped' "$log" | grep -v 'skipped: "this kernel ' >&2; then
  echo 'run-tests: nothing may be skipped in the machine but for what its kernel has not' >&2
  status=1
fi
exit "$status"

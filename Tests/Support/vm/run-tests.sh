#!/usr/bin/env bash
# run-tests.sh BUILD-FOLDER: the tests that need IPVS, in the virtual machine that has it.
#
# One machine, started once: first kpx's commands, none of which may have the kernel look for a module, while IPVS was
# never used and after; then the test bundle of `swift build --build-tests`, whose tests run here that cannot run on the
# host.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=$(cd "$1" && pwd)
machine=$root/.build/vm

"$here/make-vm.sh" "$machine"
# kpx loads it on demand, so that no ldd names it. awk reads to the end: ldconfig would die of a closed pipe.
curl=$(ldconfig -p | awk '$1 == "libcurl.so.4" && !found { found = $NF } END { print found }')
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
"$here/run-in-vm.sh" --timeout 1200 --cpus 2 --cwd "$root" \
  --add "$root/Tests/Fixtures/captures" --add "$here/in-vm.sh" --add "$build/kpx" \
  --add "$build/kpxPackageTests.xctest" --add "$curl" --env KPX_VM=1 \
  --env "KPX=$build/kpx" \
  "$machine" -- sh "$here/in-vm.sh" "$build" 2>&1 | tee "$log" || status=$?
# A bundle without tests, or one that skips them, is no success.
grep -q 'Test run with [1-9][0-9]* tests* .*passed' "$log" || status=1
if grep -E '^.{1,4} (Test|Suite) .* skipped' "$log" >&2; then
  echo 'run-tests: nothing may be skipped in the machine' >&2
  status=1
fi
exit "$status"

#!/usr/bin/env bash
# run-kernels.sh BUILD-FOLDER KPX [KERNEL...]: kpx under the kernels that nodes have, each in a virtual machine.
#
# Debian's of 11, 12 and 13, unless some are named. Under each: the commands, the live tests, random rules and packets with
# the kernel as the judge, and what kpx answers of every capture, which has to be the same under all of them and this
# machine's own.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 kpx=$2
shift 2
kernels=("$@")
[ $# -gt 0 ] || kernels=(5.10 6.1 6.12)

tests='LiveTests|OracleTests|CaptureAnswers'
# What computes for long and asks the kernel nothing that the others do not ask: emulated, minutes each. The cost in
# messages to the kernel (TraceNFTCost) wants Python, which the machine has not.
left_out='SavedNodeLiveTests|CaptureLoadingTests|TraceTests|TraceNFT(Captures|Changing|Parity|Cost|Rules)'
left_out+='|TraceFromTests/(nothingOpen|sourceRanges)|NFTVerifyTests/agrees|NFTLiveTests/(equalsLegacy|changing)'
left_out+='|IPVSLiveTests/everyService|icmpNames|LegacyLiveTests/consistentWhileChanging|FullTableTests'
# Python, and a page of docs/, are not there either.
left_out+='|WorldOracleTests|NFTExpressionTableTests'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/this"
KPX_ANSWERS=$work/this KPX=$kpx "$build/kpxPackageTests.xctest" --testing-library swift-testing --filter CaptureAnswers \
  >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; exit 1; }

# One after the other where a machine is not there yet: they may install packages.
for kernel in "${kernels[@]}"; do "$here/make-vm.sh" --kernel "$kernel" "$here/../../../.build/vm/$kernel"; done
# Tests one after the other: beside each other on an emulated processor they would wait for each other's time limits.
run() {
  local started=$SECONDS status=0
  "$here/run-tests.sh" --kernel "$1" --out "$work/$1" --env KPX_ANSWERS=/out --env KPX_ORACLE_PAIRS=24 \
    "$build" "$kpx" --no-parallel --filter "$tests" --skip "$left_out" >"$work/log.$1" 2>&1 || status=$?
  echo "Linux $1: $(grep -E 'Test run with' "$work/log.$1" || echo 'no test was run') ($((SECONDS - started)) s)"
  grep -E 'skipped: |^in-vm:|^oracle:' "$work/log.$1" | sed "s/^/  $1: /" || true
  [ "$status" = 0 ] || { grep -vE ' (started|passed after)' "$work/log.$1" | tail -n 60 >&2; return 1; }
}
running=()
for kernel in "${kernels[@]}"; do run "$kernel" & running+=($!); done
status=0
for process in "${running[@]}"; do wait "$process" || status=1; done

# Each answer beside that of the kernel before that gave one: this machine's may have no IPVS.
for kernel in "${kernels[@]}"; do
  compared=0
  for answer in "$work/$kernel"/*.json; do
    [ -e "$answer" ] || { echo "run-kernels: Linux $kernel left no answers" >&2; status=1; continue; }
    known=$work/this/${answer##*/}
    if [ ! -e "$known" ]; then cp "$answer" "$known"; continue; fi
    compared=$((compared + 1))
    diff -U 2 "$known" "$answer" >"$work/difference" && continue
    echo "run-kernels: Linux $kernel answers otherwise:" >&2
    head -n 40 "$work/difference" >&2
    status=1
  done
  echo "Linux $kernel: $compared answers are compared with another kernel's"
done
exit "$status"

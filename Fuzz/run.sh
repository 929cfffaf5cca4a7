#!/usr/bin/env bash
# run.sh SECONDS [TARGET...]: builds the fuzz targets, makes their first inputs, and runs each for so long, two at a time.
#
# Fails on a finding, and says which file makes it again. SEED: of libFuzzer's random numbers; another each time without.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:?seconds for each target}
shift
[ $# -gt 0 ] || set -- api connections cri ipset ipvs kubeconfig legacy links names nftables snapshot xtables
work=$PWD/.build
program=$work/release/fuzz

# Optimised, but with the checks of the standard library that a release leaves out: of unsafe pointers' bounds, too. Of
# several -sanitize the compiler obeys the last one alone, so that this one names both.
swift build --configuration release --product fuzz --sanitize=fuzzer -Xcc -fsanitize=address \
  -Xswiftc -sanitize=fuzzer,address -Xswiftc -enable-testing -Xswiftc -assert-config -Xswiftc Debug

rm -rf "$work/corpus/first" "$work/findings"
./make-corpus.py "$work/corpus/first"
# What captures lack; without root they must do.
[ "$(id -u)" != 0 ] || unshare --net ./live-corpus.py "$work/corpus/first" ||
  echo 'Nothing could be loaded into a network namespace; captures alone are changed.'

# The clock's limit is wide, for a machine that has other work; how much of the processor an input may take is in Entry.swift.
limits=(-timeout=20 -rss_limit_mb=768 -malloc_limit_mb=64 -max_len=40960)
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=quarantine_size_mb=32
symbolizer=$(dirname "$(readlink -f "$(command -v swift)")")/llvm-symbolizer
[ ! -x "$symbolizer" ] || export ASAN_SYMBOLIZER_PATH=$symbolizer

fuzz() { FUZZ_TARGET=$1 "$program" "${limits[@]}" "${@:2}"; }

# A fuzzer that finds nothing may have no eyes: what is broken on purpose must be found, each in its way.
for wanted in 'r heap-buffer-overflow' 'o Fatal error' 'l processor time' 'm malloc\|out-of-memory' 'p is printed'; do
  printf '%s\33' "${wanted%% *}" >"$work/broken"
  if fuzz broken "$work/broken" >"$work/broken.log" 2>&1 || ! grep -q "${wanted#* }" "$work/broken.log"; then
    echo "kpx: the fuzzer does not find what is broken (${wanted#* })" >&2
    exit 1
  fi
done

run() {
  local target=$1 findings=$work/findings/$1 found=$work/corpus/found/$1 log=$work/findings/$1.log
  mkdir -p "$findings" "$found"
  if fuzz "$target" -max_total_time="$seconds" -seed="${SEED:-0}" -print_final_stats=1 -artifact_prefix="$findings/" \
    "$found" "$work/corpus/first/$target" >"$log" 2>&1; then
    # cov: places in the program that were reached; ft: those with how often; corp: inputs that are kept.
    awk -v target="$target" '
      / cov: / { for (i = 1; i < NF; i++) if ($i ~ /^(cov|ft|corp):$/) value[$i] = $(i + 1) }
      /stat::number_of_executed_units/ { runs = $2 }
      /stat::peak_rss_mb/ { rss = $2 }
      END {
        if (value["cov:"] < 100) {
          print "kpx: fuzzing " target " does not see what it reaches" >"/dev/stderr"
          exit 1
        }
        printf "%-11s %9d inputs  cov %-6s ft %-6s corpus %-12s peak %s MB\n", target, runs, value["cov:"], value["ft:"],
          value["corp:"], rss
      }' "$log"
    return
  fi
  {
    echo "kpx: fuzzing $target found something:"
    grep -aE -A 25 'Fatal error|ERROR:|SUMMARY' "$log" || tail -n 40 "$log"
    for file in "$findings"/*; do
      [ ! -e "$file" ] || echo "again: FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no $program $file"
    done
  } >&2
  return 1
}

status=0
for target; do
  # Two at a time.
  [ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n || status=1
  run "$target" &
done
while [ -n "$(jobs -p)" ]; do wait -n || status=1; done
exit "$status"

#!/usr/bin/env bash
# Breaks the walk on purpose, in a copy of this tree, one way after the other: the tests that have the kernel for a judge
# must notice each. Prints what they said; fails if one break was not noticed.
set -euo pipefail
cd "$(dirname "$0")/../.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r Package.swift Sources Tests Benchmarks "$copy"
cd "$copy"

# mutate NAME FILE OLD NEW: NEW in the place of OLD, tests, and back again.
mutate() {
  local name=$1 file=$2
  cp "$file" original
  OLD=$3 NEW=$4 python3 - "$file" <<'END'
import os, sys
path = sys.argv[1]
text = open(path).read()
assert text.count(os.environ["OLD"]) == 1, "what is to be broken is no longer there"
open(path, "w").write(text.replace(os.environ["OLD"], os.environ["NEW"]))
END
  swift build --build-tests >build.log 2>&1 || { cat build.log; exit 2; }
  if swift test --skip-build --disable-xctest --filter OracleTests.OracleTests >test.log 2>&1; then
    echo "$name: not noticed" >&2
    exit 1
  fi
  echo "$name: noticed, $(grep -c 'recorded an issue' test.log) times; the first:"
  grep -m 1 -A 12 '↳ seed' test.log | sed 's/^/  /'
  mv original "$file"
}

mutate 'goto treated as jump' Sources/Inspect/Walk/Walker.swift \
  'act.returned += try enter(name, states, step, &act)
      return []' \
  'return try enter(name, states, step, &act)'
mutate 'inversion ignored' Sources/Inspect/Walk/MatchEvaluation.swift \
  'all([Fact(condition, !inverted)])' 'all([Fact(condition, inverted || !inverted)])'
mutate 'share not multiplied' Sources/Inspect/Walk/State.swift \
  'state.share *= factor' 'state.share = factor'

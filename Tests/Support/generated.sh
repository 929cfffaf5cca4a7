#!/usr/bin/env bash
# Writes completions/ and man/ of the folder given, from what the program says of itself, the catalogue of findings, the
# schema of JSON, and man/*.mdoc.
#   generated.sh FOLDER          write them there
#   generated.sh --check         fail if those that are committed are not what would be written
set -euo pipefail
cd "$(dirname "$0")/../.."

write() {
  local folder=$1
  mkdir -p "$folder/completions" "$folder/man"
  .build/debug/kpx completion bash >"$folder/completions/kpx.bash"
  .build/debug/kpx completion zsh >"$folder/completions/_kpx"
  .build/debug/kpx completion fish >"$folder/completions/kpx.fish"
  rm -f "$folder"/man/*.[78]
  Tests/Support/manual.py .build/debug/kpx .build/debug/catalogue "$folder/man"
}

if [ "${1:-}" != --check ]; then
  write "${1:?a folder, or --check}"
  exit
fi

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
write "$fresh"
for folder in completions man; do
  if ! diff -u --exclude='*.mdoc' "$folder" "$fresh/$folder"; then
    echo "kpx: $folder/ is not what the program says of itself. Run 'make generated' and commit." >&2
    exit 1
  fi
done
mandoc -T lint -W warning man/*.[78]
bash -n completions/kpx.bash
zsh -n completions/_kpx
fish -n completions/kpx.fish

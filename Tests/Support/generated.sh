#!/usr/bin/env bash
# Writes completions/ and man/ of the folder given, from what the program says of itself.
#   generated.sh FOLDER          write them there
#   generated.sh --check         fail if those that are committed are not what would be written
set -euo pipefail
cd "$(dirname "$0")/../.."

# In the manual page's heading. A fixed date, so that the same program gives the same page.
manual_date=2026-11-21

write() {
  local folder=$1 page
  mkdir -p "$folder/completions" "$folder/man"
  .build/debug/kpx --generate-completion-script bash >"$folder/completions/kpx.bash"
  .build/debug/kpx --generate-completion-script zsh >"$folder/completions/_kpx"
  .build/debug/kpx --generate-completion-script fish >"$folder/completions/kpx.fish"

  swift package generate-manual --configuration debug --section 8 --date "$manual_date" >/dev/null
  page=.build/plugins/GenerateManual/outputs/kpx/kpx.8
  # The program cannot describe its exit statuses, files and examples; those sections are written by hand and
  # take the place of the empty EXIT STATUS. mdoc wants a sentence on a line of its own, and no empty lines; before an item or a list .Pp does nothing.
  {
    sed -e '/^\.Sh "EXIT STATUS"/,$d' -e 's/^$/.Pp/' -e '/^[^.]/s/\([[:lower:])]\)\. \([[:upper:]]\)/\1.\n\2/g' "$page" |
      sed -e ':all' -e 'N' -e '$!b all' -e 's/\n\.Pp\(\n\.\(It\|Bl\|El\|Sh\)\)/\1/g'
    sed '/^\.\\"/d' man/sections.mdoc
  } >"$folder/man/kpx.8"
}

if [ "${1:-}" != --check ]; then
  write "${1:?a folder, or --check}"
  exit
fi

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
write "$fresh"
for file in completions/kpx.bash completions/_kpx completions/kpx.fish man/kpx.8; do
  if ! diff -u "$file" "$fresh/$file"; then
    echo "kpx: $file is not what the program says of itself. Run 'make generated' and commit." >&2
    exit 1
  fi
done
mandoc -T lint -W warning man/kpx.8
bash -n completions/kpx.bash

#!/usr/bin/env bash
# Builds every guest into bin/<name>. The result depends only on the sources
# and the tool chain, not on where this directory lies.
#
#   build.sh                  build into bin/
#   build.sh --output DIR     build into DIR instead
#   build.sh --manifest       also write the new sha256 sums into manifest.json
set -euo pipefail

compiler=riscv64-linux-gnu-gcc
output=bin
update_manifest=false

while (($# > 0)); do
    case $1 in
        --output) output=$(mkdir -p "${2:?--output needs a directory}" && cd "$2" && pwd); shift 2 ;;
        --manifest) update_manifest=true; shift ;;
        *) echo "build.sh: unknown argument '$1'" >&2; exit 2 ;;
    esac
done

if ! command -v "$compiler" >/dev/null; then
    echo "build.sh: $compiler is not installed (Debian: gcc-riscv64-linux-gnu)" >&2
    exit 2
fi

# Compiling by relative paths from here keeps the directory's name out of the
# objects; the prefix map covers what the compiler writes with full paths.
cd "$(dirname "$0")"
mkdir -p "$output"

flags=(
    -std=gnu17 -O2 -Wall -Wextra -Werror
    -march=rv64gc -mabi=lp64d
    -static -pthread
    "-ffile-prefix-map=$PWD=."
    -Wl,--build-id=none   # a build id would only repeat the sha256
    -Wl,--strip-debug     # no debug sections, but the symbol table stays
)

export LC_ALL=C SOURCE_DATE_EPOCH=0
for source in */*.c; do
    name=${source%%/*}
    [[ $source == "$name/$name.c" ]] || continue
    "$compiler" "${flags[@]}" -o "$output/$name" "$source" -lm
    echo "built $output/$name"
done

if $update_manifest; then
    python3 manifest.py hashes manifest.json
fi

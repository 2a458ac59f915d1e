#!/usr/bin/env bash
# Builds every conformance program into bin/<name>: C from src/*.c, C++ from
# src/*.cpp. The result depends only on the sources and the tool chain.
#
#   build.sh                  build into bin/
#   build.sh --output DIR     build into DIR instead
#   build.sh --only NAME      build one program
#   build.sh --manifest       also write the new sha256 sums into manifest.json,
#                             by the manifest.py of the guests (MANIFEST_TOOL)
set -euo pipefail

c_compiler=riscv64-linux-gnu-gcc
cxx_compiler=riscv64-linux-gnu-g++
output=bin
only=
update_manifest=false

while (($# > 0)); do
    case $1 in
        --output) output=$(mkdir -p "${2:?--output needs a directory}" && cd "$2" && pwd); shift 2 ;;
        --only) only=${2:?--only needs a name}; shift 2 ;;
        --manifest) update_manifest=true; shift ;;
        *) echo "build.sh: unknown argument '$1'" >&2; exit 2 ;;
    esac
done

for compiler in "$c_compiler" "$cxx_compiler"; do
    if ! command -v "$compiler" >/dev/null; then
        echo "build.sh: $compiler is not installed (Debian: gcc-riscv64-linux-gnu, g++-riscv64-linux-gnu)" >&2
        exit 2
    fi
done

# Relative paths from here keep the directory's name out of the objects.
cd "$(dirname "$0")"
mkdir -p "$output"

flags=(
    -O2 -Wall -Wextra -Werror
    # Wrong calls are made on purpose here, to see them refused.
    -Wno-array-bounds -Wno-format-truncation -Wno-infinite-recursion -Wno-nonnull
    -Wno-stringop-overflow -Wno-stringop-truncation -Wno-unused-result
    -march=rv64gc -mabi=lp64d
    -static -pthread -D_GNU_SOURCE
    "-ffile-prefix-map=$PWD=."
    -Wl,--build-id=none   # a build id would only repeat the sha256
    -Wl,--strip-debug     # no debug sections, but the symbol table stays
)

export LC_ALL=C SOURCE_DATE_EPOCH=0
for source in src/*.c src/*.cpp; do
    name=$(basename "${source%.*}")
    [[ -e $source && ( -z $only || $only == "$name" ) ]] || continue
    case $source in
        *.c) "$c_compiler" -std=gnu17 "${flags[@]}" -o "$output/$name" "$source" -lm -latomic ;;
        *.cpp) "$cxx_compiler" -std=c++20 "${flags[@]}" -o "$output/$name" "$source" ;;
    esac
    echo "built $output/$name"
done

if $update_manifest; then
    python3 "${MANIFEST_TOOL:-../manifest.py}" hashes manifest.json
fi

#!/usr/bin/env bash
# Builds the benchmark programs of this directory for riscv64 into bin/.
# The result depends only on the sources and the tool chain.
set -euo pipefail

compiler=riscv64-linux-gnu-gcc
if ! command -v "$compiler" >/dev/null; then
    echo "build.sh: $compiler is not installed (Debian: gcc-riscv64-linux-gnu)" >&2
    exit 2
fi

cd "$(dirname "$0")"
mkdir -p bin

flags=(
    -std=gnu17 -O2 -Wall -Wextra -Werror
    -march=rv64gc -mabi=lp64d
    -static
    "-ffile-prefix-map=$PWD=."
    -Wl,--build-id=none   # a build id would only repeat what the bytes say
    -Wl,--strip-debug     # no debug sections, but the symbol table stays
)

export LC_ALL=C SOURCE_DATE_EPOCH=0
for source in *.c; do
    name=${source%.c}
    "$compiler" "${flags[@]}" -o "bin/$name" "$source"
    echo "built bin/$name"
done

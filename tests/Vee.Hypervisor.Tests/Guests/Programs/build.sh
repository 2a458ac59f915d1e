#!/usr/bin/env bash
# Builds the programs beside it. The results depend only on the sources and the tool chain. Nobody sets gp: no relaxing.
set -euo pipefail

compiler=riscv64-linux-gnu-gcc
if ! command -v "$compiler" >/dev/null; then
    echo "build.sh: $compiler is not installed (Debian: gcc-riscv64-linux-gnu)" >&2
    exit 2
fi

cd "$(dirname "$0")"
export LC_ALL=C SOURCE_DATE_EPOCH=0
for source in *.c; do
    "$compiler" -std=gnu17 -O1 -Wall -Wextra -march=rv64gc -mabi=lp64d \
        -ffreestanding -fno-builtin -fno-stack-protector -nostdlib -static -no-pie \
        "-ffile-prefix-map=$PWD=." -Wl,--build-id=none -Wl,--no-relax -o "${source%.c}" "$source"
    echo "built ${source%.c}"
done

#!/usr/bin/env bash
# Builds probe from probe.c. The result depends only on the source and the tool chain.
set -euo pipefail

compiler=riscv64-linux-gnu-gcc
if ! command -v "$compiler" >/dev/null; then
    echo "build.sh: $compiler is not installed (Debian: gcc-riscv64-linux-gnu)" >&2
    exit 2
fi

cd "$(dirname "$0")"
export LC_ALL=C SOURCE_DATE_EPOCH=0
"$compiler" -std=gnu17 -O1 -Wall -Wextra -march=rv64gc -mabi=lp64d \
    -ffreestanding -fno-builtin -fno-stack-protector -nostdlib -static -no-pie \
    "-ffile-prefix-map=$PWD=." -Wl,--build-id=none -o probe probe.c
echo "built probe"

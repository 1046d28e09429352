#!/usr/bin/env bash
# Builds the head unit in C with Sling behind sling.h, and prints its path.
#
#   tests/c-host/build.sh            the image for the emulated board
#   tests/c-host/build.sh desktop    the same program for this machine, C with the sanitizers of addresses and of undefined behaviour
#
# The compiler of C for ARM is Debian's gcc-arm-none-eabi, no library of C is needed; that of Rust says device/arm.sh.
set -eu
cd "$(dirname "$0")/../.."
here=tests/c-host board=tests/board/c
warnings=(-Wall -Wextra -Wconversion -Werror)

# need TOOL PACKAGE: stops without it.
need() {
    command -v "$1" >/dev/null || {
        echo "$0: $1 is missing: on Debian, apt-get install $2" >&2
        exit 2
    }
}

if [ "${1-}" = desktop ]; then
    need gcc "gcc libc6-dev"
    out=${CARGO_TARGET_DIR:-$PWD/target}/debug
    cargo rustc --locked -p sling-c-host --lib --crate-type staticlib >&2
    gcc -std=c11 -Wpedantic "${warnings[@]}" -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -I$here -I$board \
        $here/host.c $here/desktop.c "$out/libsling_c_host.a" -lm -o "$out/sling-c-host"
    echo "$out/sling-c-host"
    exit
fi

. device/arm.sh
need arm-none-eabi-gcc gcc-arm-none-eabi
out=$CARGO_TARGET_DIR/$target/release
arm rustc -p sling-c-host --lib --crate-type staticlib
# The stack is what tests/board allows any image.
arm-none-eabi-gcc -std=gnu11 "${warnings[@]}" -mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard -Os -ffreestanding \
    -ffunction-sections -fdata-sections -nostdlib -Wl,--gc-sections -Wl,-z,noexecstack -I$here -I$board -T $board/board.ld \
    -Wl,--defsym=stack_size=20K $board/board.c $here/host.c $here/on_board.c "$out/libsling_c_host.a" -o "$out/sling-c-host.elf"
echo "$out/sling-c-host.elf"

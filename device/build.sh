#!/usr/bin/env bash
# Builds core and fonts for the bare ARM target, then an image for a board, and prints the image's path. The board is the emulated
# one unless another is named.
#
#   device/build.sh            the head unit
#   device/build.sh replay     instead of it an image that rides an input log and measures
#   device/build.sh planted    the same with checks for overflow, and so with places of panics: to prove that they are found
#   device/build.sh nrf52840   the head unit for the nRF52840; beside the image as ELF the same as .hex and .uf2 (docs/hardware.md)
#
# Which compiler that is, and where its products are, says arm.sh.
set -eu
cd "$(dirname "$0")/.."
. device/arm.sh

if [ "${1-}" = planted ]; then
    export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true CARGO_TARGET_DIR=$CARGO_TARGET_DIR/planted
fi
built=$CARGO_TARGET_DIR/$target/release/sling-device
arm build -p sling-core -p sling-fonts
case "${1-}" in
replay)
    arm build -p sling-device --features replay
    image=$CARGO_TARGET_DIR/$target/release/sling-replay
    ;;
nrf52840)
    # Nordic's headers are read by libclang (Debian: libclang-dev), which does not find its own headers without the compiler.
    clang=$(printf '%s\n' /usr/lib/llvm-*/lib/clang/*/include | tail -n 1)
    [ ! -d "$clang" ] || export BINDGEN_EXTRA_CLANG_ARGS="-ffreestanding -isystem $clang ${BINDGEN_EXTRA_CLANG_ARGS-}"
    export DEFMT_LOG=${DEFMT_LOG-info}
    arm build -p sling-device --no-default-features --features nrf52840
    image=$CARGO_TARGET_DIR/$target/release/sling-nrf52840
    ;;
*)
    arm build -p sling-device --features ble
    image=$CARGO_TARGET_DIR/$target/release/sling-head-unit
    ;;
esac
# All are the same package's program: each is kept under a name of its own.
cp "$built" "$image"
if [ "${1-}" = nrf52840 ]; then
    arm-none-eabi-objcopy -O ihex "$image" "$image.hex"
    device/uf2.py "$image.hex" "$image.uf2"
fi
if command -v arm-none-eabi-size >/dev/null; then
    arm-none-eabi-size -A "$image" | grep -E '^\.(vector_table|text|rodata|data|bss|uninit) ' >&2
fi
echo "$image"

#!/usr/bin/env bash
# Builds core and fonts for the bare ARM target, then the board's image, and prints the image's path.
#
#   device/build.sh            the image
#   device/build.sh planted    the same with checks for overflow, and so with places of panics: to prove that they are found
#
# Which compiler that is, and where its products are, says arm.sh.
set -eu
cd "$(dirname "$0")/.."
. device/arm.sh

if [ "${1-}" = planted ]; then
    export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true CARGO_TARGET_DIR=$CARGO_TARGET_DIR/planted
fi
image=$CARGO_TARGET_DIR/$target/release/sling-device
arm build -p sling-core -p sling-fonts
arm build -p sling-device
if command -v arm-none-eabi-size >/dev/null; then
    arm-none-eabi-size -A "$image" | grep -E '^\.(vector_table|text|rodata|data|bss|uninit) ' >&2
fi
echo "$image"

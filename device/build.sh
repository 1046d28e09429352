#!/usr/bin/env bash
# Builds core and fonts for the bare ARM target, then an image for the emulated board, and prints the image's path.
#
#   device/build.sh            the head unit
#   device/build.sh replay     instead of it an image that rides an input log and measures
#   device/build.sh planted    the same with checks for overflow, and so with places of panics: to prove that they are found
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
if [ "${1-}" = replay ]; then
    arm build -p sling-device --features replay
    image=$CARGO_TARGET_DIR/$target/release/sling-replay
else
    arm build -p sling-device
    image=$CARGO_TARGET_DIR/$target/release/sling-head-unit
fi
# Both are the same package's program: each is kept under a name of its own.
cp "$built" "$image"
if command -v arm-none-eabi-size >/dev/null; then
    arm-none-eabi-size -A "$image" | grep -E '^\.(vector_table|text|rodata|data|bss|uninit) ' >&2
fi
echo "$image"

#!/usr/bin/env bash
# Builds core and fonts for the bare ARM target, then the board's image, and prints the image's path.
#
#   device/build.sh            the image
#   device/build.sh planted    the same with checks for overflow, and so with places of panics: to prove that they are found
#
# With rustup's thumbv7em-none-eabihf installed it is plain cargo. Without (it cannot be downloaded everywhere) Debian's
# compiler builds core for itself from its own sources: rustc-web cargo-web rust-web-src binutils-arm-none-eabi.
# Either way the products are in target-arm/, so that the two compilers' outputs never mix with the desktop's.
set -eu
cd "$(dirname "$0")/.."

target=thumbv7em-none-eabihf
export CARGO_TARGET_DIR=$PWD/target-arm
image=$CARGO_TARGET_DIR/$target/release/sling-device

# A warning is an error here as in the desktop's lint, which does not see what is for ARM only.
flags="-D warnings"
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
if rustup target list --installed 2>/dev/null | grep -qx "$target"; then
    build=(cargo build)
else
    debian=/usr/bin
    for tool in "$debian/rustc" "$debian/cargo" "$(command -v arm-none-eabi-ld || echo arm-none-eabi-ld)"; do
        [ -x "$tool" ] || {
            echo "device/build.sh: $tool is missing: rustup target add $target, or on Debian:" \
                "apt-get install rustc-web cargo-web rust-web-src binutils-arm-none-eabi" >&2
            exit 2
        }
    done
    # Its rustc has no std for the target, and building one is not yet a stable option of cargo.
    export RUSTC=$debian/rustc RUSTC_BOOTSTRAP=1
    export CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER=arm-none-eabi-ld
    flags="$flags -C linker-flavor=ld"
    build=("$debian/cargo" build -Zbuild-std=core)
fi

# The smallest that the compiler makes, all crates as one. An overflow is a defect that the desktop's builds and the fuzzing
# find, which check for it; here the checks would link in the places of panics, of which core has none otherwise.
export CARGO_TARGET_THUMBV7EM_NONE_EABIHF_RUSTFLAGS="$flags"
export CARGO_PROFILE_RELEASE_OPT_LEVEL=z CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=false
if [ "${1-}" = planted ]; then
    export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true CARGO_TARGET_DIR=$CARGO_TARGET_DIR/planted
    image=$CARGO_TARGET_DIR/$target/release/sling-device
fi
"${build[@]}" --locked --release --target "$target" -p sling-core -p sling-fonts >&2
"${build[@]}" --locked --release --target "$target" -p sling-device >&2
if command -v arm-none-eabi-size >/dev/null; then
    arm-none-eabi-size -A "$image" | grep -E '^\.(vector_table|text|rodata|data|bss|uninit) ' >&2
fi
echo "$image"

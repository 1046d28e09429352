# Cargo for the bare ARM target, to be sourced in the workspace's folder by what builds for it: device/build.sh and
# tests/c-host/build.sh.
#
# With rustup's thumbv7em-none-eabihf installed it is plain cargo. Without (it cannot be downloaded everywhere) Debian's
# compiler builds core for itself from its own sources: rustc-web cargo-web rust-web-src binutils-arm-none-eabi.
# Either way the products are in target-arm/, so that the two compilers' outputs never mix with the desktop's.
# shellcheck shell=bash disable=SC2034

target=thumbv7em-none-eabihf
export CARGO_TARGET_DIR=$PWD/target-arm

# A warning is an error here as in the desktop's lint, which does not see what is for ARM only.
flags="-D warnings"
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
arm_cargo=cargo
arm_std=()
if ! rustup target list --installed 2>/dev/null | grep -qx "$target"; then
    debian=/usr/bin
    for tool in "$debian/rustc" "$debian/cargo" "$(command -v arm-none-eabi-ld || echo arm-none-eabi-ld)"; do
        [ -x "$tool" ] || {
            echo "$0: $tool is missing: rustup target add $target, or on Debian:" \
                "apt-get install rustc-web cargo-web rust-web-src binutils-arm-none-eabi" >&2
            exit 2
        }
    done
    # Its rustc has no std for the target, and building one is not yet a stable option of cargo.
    export RUSTC=$debian/rustc RUSTC_BOOTSTRAP=1
    export CARGO_TARGET_THUMBV7EM_NONE_EABIHF_LINKER=arm-none-eabi-ld
    flags="$flags -C linker-flavor=ld"
    arm_cargo=$debian/cargo
    arm_std=(-Zbuild-std=core)
fi

# The smallest that the compiler makes, all crates as one. An overflow is a defect that the desktop's builds and the fuzzing
# find, which check for it; here the checks would link in the places of panics, of which core has none otherwise.
export CARGO_TARGET_THUMBV7EM_NONE_EABIHF_RUSTFLAGS="$flags"
export CARGO_PROFILE_RELEASE_OPT_LEVEL=z CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=false

# arm COMMAND OPTION...: a command of cargo, for ARM.
arm() {
    local command=$1
    shift
    "$arm_cargo" "$command" "${arm_std[@]}" --locked --release --target "$target" "$@" >&2
}

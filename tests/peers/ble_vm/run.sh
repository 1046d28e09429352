#!/usr/bin/env bash
# Runs the Bluetooth driver against the real bluetoothd: a small machine, emulated, with Debian's kernel and BlueZ, whose
# serial Bluetooth controller and whose sensor are Bumble's. It must be found, connected, subscribed, heard, lost twice and
# found again. Nothing is installed: packages are unpacked below .check/ble-vm.
#   tests/peers/ble_vm/run.sh PYTHON
# PYTHON (3.11 or newer) has tests/peers/requirements.txt installed.
set -eu
cd "$(dirname "$0")/../../.."
here=tests/peers/ble_vm

python=${1:?usage: tests/peers/ble_vm/run.sh PYTHON}
"$python" -c 'import bumble' || {
    echo "run.sh: $python -m pip install -r tests/peers/requirements.txt" >&2
    exit 2
}
if [ "$(uname -m)" != x86_64 ] || ! command -v apt-get >/dev/null; then
    echo "SKIP the real bluetoothd: its machine is made of Debian's packages for x86-64"
    exit 0
fi

work=$PWD/.check/ble-vm
root=$work/root
mkdir -p "$work"

# unpack: the packages, and those of their libraries that are not installed here; of the kernel only what is used.
unpack() {
    local packages package
    packages=$(apt-get install -s --no-install-recommends qemu-system-x86 bluez dbus-daemon busybox-static linux-image-amd64 |
        sed -n 's/^Inst \([^ ]*\) (.*/\1/p' | grep -E '^(bluez|busybox|dbus|lib|linux-image-[0-9]|qemu|seabios)') || true
    rm -rf "$work/packages" "$root"
    mkdir -p "$work/packages" "$root"
    # These are needed as files, whether they are installed here or not.
    for package in bluez busybox-static dbus-daemon seabios qemu-system-x86 $packages \
        "$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)"; do
        echo "$package"
    done | sort -u >"$work/packages/list"
    (cd "$work/packages" && xargs timeout 300 apt-get download -q <list)
    for package in "$work"/packages/*.deb; do
        case $package in
            */linux-image-*)
                dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --wildcards './boot/vmlinuz*' \
                    './lib/modules/*/kernel/net/*' './lib/modules/*/kernel/crypto/*' './lib/modules/*/kernel/lib/*' \
                    './lib/modules/*/kernel/drivers/bluetooth/*'
                ;;
            *) dpkg-deb -x "$package" "$root" ;;
        esac
    done
    rm -f "$work"/packages/*.deb
    touch "$work/unpacked"
}
[ -e "$work/unpacked" ] || unpack

export LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
# Its modules lie in a package that may be installed here, and then was not unpacked.
QEMU_MODULE_DIR=$root/usr/lib/x86_64-linux-gnu/qemu
[ -d "$QEMU_MODULE_DIR" ] || QEMU_MODULE_DIR=/usr/lib/x86_64-linux-gnu/qemu
export QEMU_MODULE_DIR

cargo build --quiet --release -p sling-simulator --example ble_peer

# The machine's files: programs with the libraries that they name, modules in the order of their dependencies.
modules="crc16 rfkill ecc ecdh_generic cmac ecb af_alg algif_hash algif_skcipher bluetooth btbcm btintel btrtl btqca hci_uart"
machine=$work/machine
rm -rf "$machine"
mkdir -p "$machine"/{bin,dev,proc,sys,etc,modules,lib64}
cp "$root/bin/busybox" "$machine/bin/"
programs=("$root/usr/bin/dbus-daemon" "$root/usr/bin/btattach" "$root/usr/libexec/bluetooth/bluetoothd"
    "${CARGO_TARGET_DIR:-target}/release/examples/ble_peer")
for program in "${programs[@]}"; do
    cp "$program" "$machine/bin/"
    ldd "$program" | grep -o '/[^ )]*\.so[^ )]*' | while read -r library; do
        mkdir -p "$machine/lib/x86_64-linux-gnu"
        cp -Ln "$library" "$machine/lib/x86_64-linux-gnu/"
    done
done
cp -L /lib64/ld-linux-x86-64.so.2 "$machine/lib64/"
for module in $modules; do
    cp "$(find "$root/lib/modules" -name "$module.ko")" "$machine/modules/"
done
echo "$modules" >"$machine/modules/order"
cp tests/peers/ble/bus.conf "$machine/etc/bus.conf"
mkdir -p "$machine/etc/bluetooth"
printf '[Policy]\nAutoEnable=true\n' >"$machine/etc/bluetooth/main.conf"
echo 'root:x:0:0::/:/bin/sh' >"$machine/etc/passwd"
cp "$here/init" "$machine/init"
chmod +x "$machine/init"
(cd "$machine" && find . | "$root/bin/busybox" cpio -o -H newc 2>/dev/null) | gzip -1 >"$work/initramfs.gz"

timeout --kill-after=10 300 "$python" "$here/vm.py" "$root/usr/bin/qemu-system-x86_64" \
    -L "$root/usr/share/seabios" -L "$root/usr/share/qemu" -L /usr/share/qemu \
    -machine pc -accel tcg -m 384 -no-reboot -nic none -vga none -display none -monitor none \
    -kernel "$(echo "$root"/boot/vmlinuz-*)" -initrd "$work/initramfs.gz" \
    -append "console=ttyS0 quiet panic=-1" -serial stdio

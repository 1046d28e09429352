#!/usr/bin/env bash
# Our USB driver on a real Linux kernel: a machine in QEMU whose kernel simulates a USB port (dummy_hcd) with a stick in
# it, a FunctionFS device whose endpoints are our virtual stick. The kernel binds its own serial driver to the stick, as
# it does on a desktop, and the stick is pulled out and put back.
#   tests/peers/ant/kernel.sh EXAMPLES
# EXAMPLES has virtual_stick and ant_listen. Needs qemu-system-x86, busybox-static, cpio and apt-get, which fetches
# Debian's kernel once (70 MB, unpacked under .check, not installed).
set -eu
cd "$(dirname "$0")/../../.."

examples=${1:?usage: tests/peers/ant/kernel.sh EXAMPLES}
work=$PWD/.check/kernel
limit_s=300
mkdir -p "$work"

if [ ! -e "$work/unpacked" ]; then
    package=$(apt-cache depends linux-image-amd64 | awk '/Depends:/ { print $2; exit }')
    [ -n "$package" ] || {
        echo "kernel.sh: apt knows no linux-image-amd64: apt-get update" >&2
        exit 2
    }
    (cd "$work" && rm -f ./*.deb && apt-get download "$package")
    rm -rf "$work/root"
    dpkg-deb -x "$work"/*.deb "$work/root"
    rm -f "$work"/*.deb
    touch "$work/unpacked"
fi
modules=(usb-common usbcore udc-core dummy_hcd configfs libcomposite usb_f_fs usbserial usb-serial-simple)

disk=$work/disk
rm -rf "$disk"
mkdir -p "$disk"/{bin,dev,proc,sys,ffs,config,modules}
cp "$(command -v busybox)" "$disk/bin/"
for module in "${modules[@]}"; do
    cp "$(find "$work/root" -name "$module.ko*" | head -n 1)" "$disk/modules/"
done
for program in virtual_stick ant_listen; do
    cp "$examples/$program" "$disk/bin/"
    ldd "$examples/$program" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$disk$(dirname "$library")"
        cp -L "$library" "$disk$library"
    done
done
cat >"$disk/init" <<END
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
for module in ${modules[*]}; do
    insmod /modules/\$module.ko || echo "PROBLEM no \$module"
done
END
cat >>"$disk/init" <<'END'
mount -t configfs none /config
stick=/config/usb_gadget/stick
mkdir $stick
cd $stick
echo 0x0fcf >idVendor
echo 0x1009 >idProduct
mkdir strings/0x409 configs/c.1 functions/ffs.ant
echo 123 >strings/0x409/serialnumber
ln -s functions/ffs.ant configs/c.1
mount -t functionfs ant /ffs
sleep 1000 | virtual_stick --gadget /ffs --sensors 6 &
sleep 1000 | ant_listen --seconds 900 usb --serial 123 >/heard &

# expect WHAT COUNT: so many lines of it, in a minute.
expect() {
    tries=0
    until [ "$(grep -c "$1" /heard)" -ge "$2" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 300 ]; then
            echo "PROBLEM $(grep -c "$1" /heard) of $2 lines with $1; the last lines:"
            tail -n 5 /heard
            dmesg | tail -n 20
            poweroff -f
        fi
        sleep 0.2
    done
    echo "REACHED $2 of $1"
}
tries=0
until [ -e /ffs/ep2 ] || [ $((tries += 1)) -gt 100 ]; do sleep 0.1; done

expect NoStick 1
for round in 1 2 3; do
    ls /sys/class/udc | head -n 1 >UDC
    expect '"opened"' $round
    expect '"listening"' $round
    expect '"page"' $((round * 100))
    echo >UDC
    expect '"Gone"' $round
    expect '"NoStick"' $((round + 1))
done
if dmesg | grep -q 'usb_serial_simple.*converter detected\|converter now attached'; then
    echo "ALL WELL"
else
    echo "PROBLEM no kernel driver was in the way"
fi
poweroff -f
END
chmod +x "$disk/init"
(cd "$disk" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/disk.gz"

# No KVM: it is not to be had everywhere, and this is short.
timeout "$limit_s" qemu-system-x86_64 -M pc -m 512 -smp 1 -accel tcg -display none -monitor none -no-reboot -nic none \
    -kernel "$(ls "$work"/root/boot/vmlinuz-*)" -initrd "$work/disk.gz" -serial "file:$work/console.txt" \
    -append "console=ttyS0 quiet panic=-1" </dev/null || echo "qemu ended with $?"
tr -d '\r' <"$work/console.txt" | grep -E '^(PROBLEM|REACHED|ALL WELL|\{)' || true
if ! tr -d '\r' <"$work/console.txt" | grep -qx 'ALL WELL' || grep -q '^PROBLEM' "$work/console.txt"; then
    echo "kernel.sh: the whole console is in ${work#"$PWD"/}/console.txt" >&2
    exit 1
fi

#!/usr/bin/env bash
# Our ANT drivers against libusb on an emulated stick, a terminal, and openant on the same air. Called by ../run.sh.
set -eu
python=$1
"$python" -c 'import openant' || {
    echo "run.sh: $python lacks openant: $python -m pip install -r tests/peers/requirements.txt" >&2
    exit 2
}
umockdev=(umockdev-wrapper /usr/bin/python3)
"${umockdev[@]}" -c 'import gi; gi.require_version("UMockdev", "1.0")' || {
    echo "run.sh: no umockdev: apt-get install umockdev gir1.2-umockdev-1.0 python3-gi" >&2
    exit 2
}
cargo build --quiet --release -p sling-simulator --example virtual_stick --example ant_listen

echo "== ANT: our USB driver and an emulated stick"
timeout 180 "${umockdev[@]}" tests/peers/ant/usb_stick.py "$EXAMPLES/virtual_stick" "$EXAMPLES/ant_listen"

echo "== ANT: our serial driver and a pseudo terminal"
timeout 120 "$python" tests/peers/ant/serial_line.py "$EXAMPLES/virtual_stick" "$EXAMPLES/ant_listen"

echo "== ANT: openant plays the sensor"
timeout 120 "$python" tests/peers/ant/openant_master.py "$EXAMPLES/virtual_stick" "$EXAMPLES/ant_listen"

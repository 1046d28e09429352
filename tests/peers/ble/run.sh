#!/usr/bin/env bash
# Runs the Bluetooth driver against a double of bluetoothd, through everything that goes wrong with Bluetooth: with a plain
# central, with core's, and once more with each fault left out, which must be noticed.
#   tests/peers/ble/run.sh PYTHON
# PYTHON has requirements.txt and the system's dbus and gi. Touches no bus but its own.
set -eu
cd "$(dirname "$0")/../../.."

python=$(realpath -s "${1:?usage: tests/peers/ble/run.sh PYTHON}")
"$python" -c 'import dbusmock, dbus, gi' && command -v dbus-daemon >/dev/null || {
    echo "run.sh: on Debian: apt-get install dbus python3-dbus python3-gi, and in a venv with --system-site-packages:" \
        "pip install -r tests/peers/ble/requirements.txt" >&2
    exit 2
}

cargo build --quiet --release -p sling-simulator --example ble_peer
peer=${CARGO_TARGET_DIR:-target}/release/examples/ble_peer
timeout --kill-after=10 300 "$peer" "$python"
echo "== Bluetooth: the same, asked for by core's central"
timeout --kill-after=10 300 "$peer" "$python" --core
echo "== Bluetooth: what is planted is noticed"
timeout --kill-after=10 300 "$peer" "$python" --planted
echo "== Bluetooth: sling scans, pairs and rides"
timeout --kill-after=10 180 tests/peers/ble/ride.sh "$python"

#!/usr/bin/env bash
# Checks our files against readers that share no code with ours, and our drivers against doubles of what they drive.
#   tests/peers/run.sh PYTHON DBUS_PYTHON
# PYTHON has requirements.txt installed; DBUS_PYTHON has ble/requirements.txt and the system's packages.
set -eu
cd "$(dirname "$0")/../.."

python=${1:?usage: tests/peers/run.sh PYTHON DBUS_PYTHON}
dbus_python=${2:?usage: tests/peers/run.sh PYTHON DBUS_PYTHON}
"$python" -c 'import fitdecode, fitparse, garmin_fit_sdk' || {
    echo "run.sh: $python lacks the readers: $python -m pip install -r tests/peers/requirements.txt" >&2
    exit 2
}

examples=${CARGO_TARGET_DIR:-target}/release/examples
work=.check/peers
mkdir -p "$work"
cargo build --quiet --release -p sling-simulator --example fit_six_hours --example fit_peer_ride --example fit_decode_time

echo "== FIT: every value, in three readers"
"$examples/fit_peer_ride" "$work/peer.fit" "$work/peer.csv"
timeout 120 "$python" tests/peers/fit/verify.py "$work/peer.fit" "$work/peer.csv"

echo "== FIT: six hours, against the clock"
"$examples/fit_six_hours" "$work/six-hours.fit"
timeout 300 "$python" tests/peers/fit/bench.py "$work/six-hours.fit" "$examples/fit_decode_time"

echo "== Bluetooth: everything that goes wrong, against a double of bluetoothd"
tests/peers/ble/run.sh "$dbus_python"

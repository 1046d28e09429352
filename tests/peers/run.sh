#!/usr/bin/env bash
# Checks our files and radios against programs that share no code with ours.
#   tests/peers/run.sh PYTHON
# PYTHON has requirements.txt installed. The emulated USB stick needs umockdev, and the system's Python with its gi.
set -eu
cd "$(dirname "$0")/../.."

python=${1:?usage: tests/peers/run.sh PYTHON}
"$python" -c 'import fitdecode, fitparse, garmin_fit_sdk, openant' || {
    echo "run.sh: $python lacks the peers: $python -m pip install -r tests/peers/requirements.txt" >&2
    exit 2
}
umockdev=(umockdev-wrapper /usr/bin/python3)
"${umockdev[@]}" -c 'import gi; gi.require_version("UMockdev", "1.0")' || {
    echo "run.sh: no umockdev: apt-get install umockdev gir1.2-umockdev-1.0 python3-gi" >&2
    exit 2
}

export PYTHONDONTWRITEBYTECODE=1
examples=${CARGO_TARGET_DIR:-target}/release/examples
work=.check/peers
mkdir -p "$work"
cargo build --quiet --release -p sling-simulator --example fit_six_hours --example fit_peer_ride --example fit_decode_time \
    --example virtual_stick --example ant_listen

echo "== FIT: every value, in three readers"
"$examples/fit_peer_ride" "$work/peer.fit" "$work/peer.csv"
timeout 120 "$python" tests/peers/fit/verify.py "$work/peer.fit" "$work/peer.csv"

echo "== FIT: six hours, against the clock"
"$examples/fit_six_hours" "$work/six-hours.fit"
timeout 300 "$python" tests/peers/fit/bench.py "$work/six-hours.fit" "$examples/fit_decode_time"

echo "== ANT: our USB driver and an emulated stick"
timeout 180 "${umockdev[@]}" tests/peers/ant/usb_stick.py "$examples/virtual_stick" "$examples/ant_listen"

echo "== ANT: our serial driver and a pseudo terminal"
timeout 120 "$python" tests/peers/ant/serial_line.py "$examples/virtual_stick" "$examples/ant_listen"

echo "== ANT: openant plays the sensor"
timeout 120 "$python" tests/peers/ant/openant_master.py "$examples/virtual_stick" "$examples/ant_listen"

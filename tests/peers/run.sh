#!/usr/bin/env bash
# Checks our files, our reading of radio pages and our drivers against programs that share no code with ours.
#   tests/peers/run.sh PYTHON [MODULES [DBUS_PYTHON]]
# PYTHON has requirements.txt installed. MODULES (.check/npm/node_modules if not said) is where npm put what
# tests/peers/ant_pages/package.json names. DBUS_PYTHON (.check/venv-dbus/bin/python if not said) has ble/requirements.txt
# and the system's packages.
set -eu
cd "$(dirname "$0")/../.."

python=${1:?usage: tests/peers/run.sh PYTHON [MODULES [DBUS_PYTHON]]}
modules=${2:-.check/npm/node_modules}
dbus_python=${3:-.check/venv-dbus/bin/python}
"$python" -c 'import fitdecode, fitparse, garmin_fit_sdk' || {
    echo "run.sh: $python lacks the readers: $python -m pip install -r tests/peers/requirements.txt" >&2
    exit 2
}
node -e 'for (const name of ["incyclist-ant-plus", "ant-plus"]) require(require("node:path").resolve(process.argv[1], name))' "$modules" || {
    echo "run.sh: node, or in $modules a reader, is missing: see tools_peers in ./check" >&2
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

echo "== ANT+: ten thousand random pages of each kind, in two readers"
cargo build --quiet --release -p sling-tests --example ant_pages
"$examples/ant_pages" 10000 >"$work/ant-pages.jsonl"
timeout 120 node tests/peers/ant_pages/compare.js "$modules" <"$work/ant-pages.jsonl"

echo "== Bluetooth: everything that goes wrong, against a double of bluetoothd"
tests/peers/ble/run.sh "$dbus_python"

#!/usr/bin/env bash
# Checks our files against readers, and our radios against sensors, that share no code with ours.
#   tests/peers/run.sh PYTHON
# PYTHON has requirements.txt installed.
set -eu
cd "$(dirname "$0")/../.."

python=${1:?usage: tests/peers/run.sh PYTHON}
"$python" -c 'import bumble, fitdecode, fitparse, garmin_fit_sdk' || {
    echo "run.sh: $python lacks the peers: $python -m pip install -r tests/peers/requirements.txt" >&2
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

echo "== Bluetooth: the firmware's part, with two sensors, four losses and a silent controller"
cargo build --quiet --release -p sling-device --features ble --example ble_peers
sensors=("$python" tests/peers/bumble/sensors.py)
for central in core eager fidget; do
    echo "$central:"
    timeout 120 "$examples/ble_peers" "$central" "${sensors[@]}"
done

echo "== Bluetooth: what is wrong is noticed"
faults=(
    "drop:link 1, value 10:"
    "twice:link 1: 21 of 20 values"
    "swap:link 1, value 10:"
    "garble:link 1, value 10:"
    "meaning:link 1, value 10:"
    "battery:battery is read"
    "nameless:is seen with its name"
    "away:does not come back"
    "talks:the silence was not noticed"
)
pids=()
for fault in "${faults[@]}"; do
    timeout 120 "$examples/ble_peers" eager "${sensors[@]}" --fault "${fault%%:*}" >/dev/null 2>"$work/fault-${fault%%:*}.txt" &
    pids+=($!)
done
for i in "${!faults[@]}"; do
    name=${faults[$i]%%:*} status=0
    wait "${pids[$i]}" || status=$?
    if [ "$status" -ne 1 ] || ! grep -q "${faults[$i]#*:}" "$work/fault-$name.txt"; then
        echo "the fault $name was not noticed: exit $status" >&2
        cat "$work/fault-$name.txt" >&2
        exit 1
    fi
    echo "$name: noticed"
done

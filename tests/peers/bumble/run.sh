#!/usr/bin/env bash
# The firmware's Bluetooth part against Bumble's controllers and sensors. Called by ../run.sh.
set -eu
python=$1
"$python" -c 'import bumble' || {
    echo "run.sh: $python lacks bumble: $python -m pip install -r tests/peers/requirements.txt" >&2
    exit 2
}

echo "== Bluetooth: the firmware's part, with two sensors, four losses and a silent controller"
cargo build --quiet --release -p sling-device --features ble --example ble_peers
sensors=("$python" tests/peers/bumble/sensors.py)
for central in core eager fidget; do
    echo "$central:"
    timeout 120 "$EXAMPLES/ble_peers" "$central" "${sensors[@]}"
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
    timeout 120 "$EXAMPLES/ble_peers" eager "${sensors[@]}" --fault "${fault%%:*}" >/dev/null 2>"$WORK/fault-${fault%%:*}.txt" &
    pids+=($!)
done
for i in "${!faults[@]}"; do
    name=${faults[$i]%%:*} status=0
    wait "${pids[$i]}" || status=$?
    if [ "$status" -ne 1 ] || ! grep -q "${faults[$i]#*:}" "$WORK/fault-$name.txt"; then
        echo "the fault $name was not noticed: exit $status" >&2
        cat "$WORK/fault-$name.txt" >&2
        exit 1
    fi
    echo "$name: noticed"
done

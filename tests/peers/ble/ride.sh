#!/usr/bin/env bash
# Rides with `sling` itself on a bus of its own: a scan finds the double's two sensors, they are paired by what it lists,
# a ride hears them and its capture says the same again.
#   tests/peers/ble/ride.sh PYTHON
# Called by run.sh, which says what PYTHON needs.
set -eu
cd "$(dirname "$0")/../../.."

python=${1:?usage: tests/peers/ble/ride.sh PYTHON}
cargo build --quiet --release -p sling-simulator --bin sling
sling=$(realpath "${CARGO_TARGET_DIR:-target}/release/sling")
folder=$(mktemp -d)
started=()
end() {
    for pid in "${started[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap end EXIT

export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$folder/bus XDG_CONFIG_HOME=$folder/config XDG_DATA_HOME=$folder/data
timeout 120 dbus-daemon --nofork --nopidfile --nosyslog --config-file=tests/peers/ble/bus.conf \
    --address="$DBUS_SYSTEM_BUS_ADDRESS" 2>/dev/null &
started+=($!)
for _ in $(seq 100); do [ -S "$folder/bus" ] && break; sleep 0.1; done
timeout 120 "$python" -m dbusmock --template tests/peers/ble/bluez.py \
    --parameters '{"sensors": ["moxy", "train_red"]}' --logfile "$folder/double.log" &
started+=($!)

fail() {
    echo "ride.sh: $1" >&2
    exit 1
}

# The double takes a while to appear on the bus; a scan waits for it as a user would.
timeout 60 "$sling" scan --seconds 12 --json >"$folder/scan" 2>/dev/null
mapfile -t found < <(sed -n 's/.*"sensor":"\(ble:[0-9a-f:]*\)".*/\1/p' "$folder/scan" | sort)
[ "${#found[@]}" -eq 2 ] || fail "the scan found ${#found[@]} sensors: $(cat "$folder/scan")"
grep -q '"also":"ant:1234"' "$folder/scan" || fail "the Moxy's ANT number was not read from its name"
timeout 10 "$sling" pair "${found[0]}" mg.right >/dev/null 2>&1
timeout 10 "$sling" pair "${found[1]}" vl.right >/dev/null 2>&1
timeout 60 "$sling" ride --for 12s --no-log --events "$folder/ride" --capture "$folder/capture" 2>"$folder/talk"
for sensor in "${found[@]}"; do
    grep -q "\"change\":\"found\",\"sensor\":\"$sensor\"" "$folder/ride" || fail "$sensor was not heard: $(cat "$folder/ride")"
done
timeout 60 "$sling" replay "$folder/capture" --events "$folder/again" 2>/dev/null
sensors() { grep -E '"event":"(sensor|notice)' "$1"; }
[ "$(sensors "$folder/ride")" = "$(sensors "$folder/again")" ] || fail "the capture says something else than the ride"
# Configured and powered: nothing needs doing.
timeout 60 "$sling" doctor >"$folder/doctor" 2>&1 || fail "the doctor complains: $(cat "$folder/doctor")"
echo "sling found, paired and rode with ${found[*]}: $(sed -n 's/^Rode //p' "$folder/talk")"

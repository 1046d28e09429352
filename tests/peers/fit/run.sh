#!/usr/bin/env bash
# FIT files that we write, in three foreign readers, and our reader against the clock. Called by ../run.sh.
set -eu
python=$1
"$python" -c 'import fitdecode, fitparse, garmin_fit_sdk' || {
    echo "run.sh: $python lacks the readers: $python -m pip install -r tests/peers/requirements.txt" >&2
    exit 2
}
cargo build --quiet --release -p sling-simulator --example fit_six_hours --example fit_peer_ride --example fit_decode_time

echo "== FIT: every value, in three readers"
"$EXAMPLES/fit_peer_ride" "$WORK/peer.fit" "$WORK/peer.csv" "$WORK/peer-events.csv"
timeout 120 "$python" tests/peers/fit/verify.py "$WORK/peer.fit" "$WORK/peer.csv" "$WORK/peer-events.csv"

echo "== FIT: six hours, against the clock"
"$EXAMPLES/fit_six_hours" "$WORK/six-hours.fit"
timeout 300 "$python" tests/peers/fit/bench.py "$WORK/six-hours.fit" "$EXAMPLES/fit_decode_time"

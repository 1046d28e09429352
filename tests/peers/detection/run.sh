#!/usr/bin/env bash
# The second world against what was measured on the road, and the marks of detection in it. Called by ../run.sh.
#   tests/peers/detection/run.sh PYTHON [JUDGE OPTIONS]
set -eu
python=$1
shift
"$python" -c 'import numpy' || {
    echo "run.sh: $python lacks numpy: $python -m pip install -r tests/peers/requirements.txt" >&2
    exit 2
}
cargo build --quiet --release -p sling-simulator --bin sling

echo "== Detection: the second world against what was measured"
timeout 120 "$python" tests/peers/detection/generate.py --self-check

echo "== Detection: rides of the second world"
timeout 900 "$python" tests/peers/detection/judge.py "${CARGO_TARGET_DIR:-target}/release/sling" "$@"

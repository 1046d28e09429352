#!/usr/bin/env bash
# Checks our files, our reading of radio pages and our radios against programs that share no code with ours.
#   tests/peers/run.sh PYTHON DBUS_PYTHON NODE_MODULES
# PYTHON has requirements.txt installed, DBUS_PYTHON ble/requirements.txt and the system's packages, NODE_MODULES is where
# npm put what ant_pages/package.json names. `./check` makes all three.
set -eu
cd "$(dirname "$0")/../.."

usage="usage: tests/peers/run.sh PYTHON DBUS_PYTHON NODE_MODULES"
python=${1:?$usage} dbus_python=${2:?$usage} modules=${3:?$usage}
export PYTHONDONTWRITEBYTECODE=1
export EXAMPLES=${CARGO_TARGET_DIR:-target}/release/examples
export WORK=.check/peers
mkdir -p "$WORK"

tests/peers/fit/run.sh "$python"
tests/peers/ant_pages/run.sh "$modules"
tests/peers/ant/run.sh "$python"
tests/peers/ble/run.sh "$dbus_python"
tests/peers/bumble/run.sh "$python"
tests/peers/scenario/run.sh "$python"

echo "== Detection: the second world against what was measured"
timeout 120 "$python" tests/peers/detection/generate.py --self-check

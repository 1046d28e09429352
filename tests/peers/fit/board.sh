#!/usr/bin/env bash
# The FIT file of the ride that the emulated board rode, in foreign readers: `tests/board` left its log, and what it has to hold.
#   tests/peers/fit/board.sh PYTHON SLING FOLDER
set -eu
cd "$(dirname "$0")/../../.."
usage="usage: tests/peers/fit/board.sh PYTHON SLING FOLDER"
python=${1:?$usage} sling=${2:?$usage} folder=${3:?$usage}
[ -s "$folder/ride.sling" ] || {
    echo "board.sh: there is no $folder/ride.sling: SLING_KEEP_RIDE=$folder cargo test -p sling-tests --test board leaves it" >&2
    exit 2
}
"$sling" export "$folder/ride.sling" --to fit -o "$folder/ride.fit"
PYTHONDONTWRITEBYTECODE=1 timeout 300 "$python" tests/peers/fit/verify.py "$folder/ride.fit" "$folder/records.csv" "$folder/events.csv"

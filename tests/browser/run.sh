#!/usr/bin/env bash
# Shows the demo's report in a real browser, as on a desk (1100 px) and on a phone (400 px).
# Fails when the browser does, when the summary, a chart or the table of alerts is missing, when the page has an error on
# its console, or when it is wider than its window. Screenshots: .check/browser/*.png
set -eu
cd "$(dirname "$0")/../.."

work=$PWD/.check/browser
rm -rf "$work"
mkdir -p "$work"
profiles=$(mktemp -d)
trap 'rm -rf "$profiles"' EXIT
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    echo "run.sh: no chromium here; on Debian: apt-get install chromium" >&2
    exit 2
}

# browse LOG ARGUMENT...: a new browser with nothing of an earlier one.
browse() {
    local log=$1
    shift
    timeout --kill-after=5 60 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage \
        --user-data-dir="$(mktemp -d -p "$profiles")" --allow-file-access-from-files --hide-scrollbars \
        --enable-logging=stderr --log-level=0 --virtual-time-budget=10000 "$@" 2>"$log" || {
        echo "the browser failed ($?): $*"
        tail -n 20 "$log"
        return 1
    }
}

# The report may not run scripts, so a page around it measures: `measured WIDTH SCROLL_WIDTH HEIGHT WIDEST` in its title.
# WIDEST are the elements that stick out of the window and that no scrolling box holds.
frame() {
    cat <<END
<!DOCTYPE html><meta charset="utf-8"><title>not measured</title><style>body { margin: 0 } iframe { border: 0 }</style>
<iframe src="$1" width="$2" height="2000" onload="
    const root = this.contentDocument.documentElement, inside = new Set(), out = [];
    for (const e of root.querySelectorAll('body *')) {
        const scrolls = getComputedStyle(e).overflowX !== 'visible' || e.tagName === 'svg';
        if (inside.has(e.parentElement) || scrolls) inside.add(e);
        if (!inside.has(e.parentElement) && e.getBoundingClientRect().right > $2 + 0.5)
            out.push(e.tagName + (e.className ? '.' + e.className : ''));
    }
    document.title = ['measured', root.clientWidth, root.scrollWidth, root.scrollHeight, out.slice(0, 5)].join(' ');
"></iframe>
END
}

# measure PAGE WIDTH: prints WIDTH SCROLL_WIDTH HEIGHT WIDEST.
measure() {
    frame "$1" "$2" >"$work/frame.html"
    browse "$work/measure.log" --window-size=1200,2100 --dump-dom "file://$work/frame.html" |
        sed -n 's/.*<title>measured \([^<]*\)<\/title>.*/\1/p'
}

console_of() {
    grep -E ':(INFO|WARNING|ERROR):CONSOLE' "$1" || true
}

failed=0
fail() {
    echo "FAILED: $*"
    failed=1
}

# First a page that is wrong on purpose: what follows must be able to see it.
wide_page=$work/planted.html
cat >"$wide_page" <<'END'
<!DOCTYPE html><html><head><meta http-equiv="Content-Security-Policy" content="default-src 'none'"></head>
<body><script>1</script><div style="width: 900px">wide</div></body></html>
END
browse "$work/planted.log" --dump-dom "file://$wide_page" >"$work/planted.dom"
[ -n "$(console_of "$work/planted.log")" ] || fail "a planted error does not reach the console's log"
sed -i 's/<meta[^>]*>//; s/<div style="[^"]*">/<div style="width: 900px">/' "$wide_page"
read -r _ planted_width _ <<<"$(measure "$wide_page" 400)"
[ "${planted_width:-0}" -ge 900 ] || fail "a planted width of 900 px is measured as ${planted_width:-nothing}"

cargo build --quiet --release -p sling-simulator
sling=${CARGO_TARGET_DIR:-target}/release/sling
"$sling" --data "$work/data" >"$work/demo.log" 2>&1
report=$work/data/demo/report.html

browse "$work/report.log" --dump-dom "file://$report" >"$work/report.dom"
grep -q '<h2>Summary</h2>' "$work/report.dom" || fail "no summary"
figures=$(grep -o '<figure' "$work/report.dom" | wc -l)
[ "$figures" -eq 3 ] || fail "$figures charts where there should be 3"
charts=$(grep -o '<svg' "$work/report.dom" | wc -l)
[ "$charts" -ge 3 ] || fail "$charts drawings where there should be at least 3"
grep -q '<caption>Alerts' "$work/report.dom" || fail "no table of alerts"
console=$(console_of "$work/report.log")
[ -z "$console" ] || fail "on the console: $console"

for width in 1100 400; do
    read -r client scroll height widest <<<"$(measure "$report" "$width")"
    if [ -z "${scroll:-}" ]; then
        fail "$width px: not measured"
        continue
    fi
    echo "$width px: window $client, content $scroll, height $height"
    [ "$client" -eq "$width" ] || fail "$width px: the window has $client px"
    [ "$scroll" -le "$width" ] || fail "$width px: the page is $scroll px wide (${widest:-nothing sticks out})"
    [ -z "${widest:-}" ] || fail "$width px: sticking out: $widest"
    # In the frame of that width: a window of its own is never as narrow as a phone.
    frame "$report" "$width" | sed "s/height=\"2000\"/height=\"$height\"/" >"$work/frame.html"
    browse "$work/screenshot.log" --window-size="$width,$height" --screenshot="$work/report-$width.png" \
        "file://$work/frame.html"
    [ -s "$work/report-$width.png" ] || fail "$width px: no screenshot"
done
exit "$failed"

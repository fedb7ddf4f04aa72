#!/usr/bin/env bash
# bench/report.py: its own tests, then its page of the figures of 2026-11-23 as a browser sees it. It is read as HTML, and shown by
# headless Chromium in a frame as wide as a phone and as a screen, light and dark: nothing is wider than the frame, every plot has a
# size, text stands out by 4.5:1, and the console stays empty.
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
command -v python3 > /dev/null || { echo "report: skipped: no python3"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -B "$folder/report_test.py"
cp "$folder"/../../docs/measurements/2026-11-23/*.json "$work"
python3 -B "$folder/../../bench/report.py" "$work" > "$work/printed.txt"
python3 -B "$folder/report_page.py" parse "$work/report.html"
plots=$(grep -c '<svg' "$work/report.html" || true)

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
[ -n "$chromium" ] || { echo "report: well-formed; the rest skipped: no Chromium"; exit 0; }
for width in 400 1400; do
  python3 "$folder/report_page.py" frame "$work/report.html" "$width" > "$work/frame-$width.html"
  for scheme in 0:dark 1:light; do
    # A profile of its own, so that a browser that runs already is not asked to do it.
    timeout -k 5 120 "$chromium" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$work/profile" \
      --enable-logging=stderr --blink-settings="preferredColorScheme=${scheme%%:*}" --window-size=1500,1000 --dump-dom \
      "file://$work/frame-$width.html" < /dev/null > "$work/dom.html" 2> "$work/log.txt" ||
      { echo "report: Chromium failed"; tail -5 "$work/log.txt"; exit 1; }
    if grep 'CONSOLE' "$work/log.txt"; then
      echo "report: the console is not empty ($width px, ${scheme##*:})"
      exit 1
    fi
    python3 "$folder/report_page.py" verdict "$work/dom.html" "$plots" "${scheme##*:}"
  done
done

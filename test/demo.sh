#!/bin/sh
# Explores a question on the embedded default, shows the result, and replays it: the first look of the README.
set -eu
cd "$(dirname "$0")/.."
report=${REPORT:-demo-report.html}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
id="ses_demo$(date +%s)"
began=$(date +%s)
bin/nireon models get all-MiniLM-L6-v2
fetched=$(date +%s)
bin/nireon explore --id "$id" --db "$folder/nireon.db" --out "$report" "$@" \
  --objective "Halve the food that a canteen throws away, without serving less" \
  --seed "Weigh what comes back on the trays and show the figure at the exit" \
  --seed "Let guests choose the size of their portion" || [ $? -eq 1 ] # 1: no idea could be scored, which a replay shows too
explored=$(date +%s)
echo
echo "replay of the session, with the journal as the only outside:"
bin/nireon replay "$id" --db "$folder/nireon.db"
replayed=$(date +%s)
echo
echo "embedding model $((fetched - began)) s, exploration $((explored - fetched)) s, replay $((replayed - explored)) s; the report is in $report"

#!/usr/bin/env bash
# Makes every kind of page that the program writes, for `pages.cjs` to open: `FOLDER/NAME.html` or `FOLDER/NAME/index.html`.
#
#   tests/browser/pages.sh PROGRAM FOLDER
set -euo pipefail
program=$1 out=$2
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The example policy with the drafted change that the README speaks of.
cp -r examples/community-guidelines "$work/draft"
patch --quiet -p1 -d "$work/draft" <examples/draft.patch
"$program" --quiet replay --old examples/community-guidelines --new "$work/draft" examples/items.jsonl --design simple \
    --negative ok --watch-rules=3% \
    --gate 'milder.rate <= 1 %' --gate 'new.precision >= 90 %' --items-a-day 100000 --report "$out/replay" >/dev/null || test $? -eq 1

# Policies and items that are markup and script wherever they can be.
"$program" --quiet replay --old tests/browser/hostile/old.yaml --new tests/browser/hostile/new.yaml tests/browser/hostile/items.jsonl \
    --by author.id,lang --design census --positive ok --content full --report "$out/replay-hostile" >/dev/null

# An analysis, a handbook and a briefing; of the hostile policies too.
hostile=tests/browser/hostile
for kind in example hostile; do
    old=examples/community-guidelines new="$work/draft"
    if [ $kind = hostile ]; then old=$hostile/old.yaml new=$hostile/new.yaml; fi
    "$program" --quiet analyze "$new" --today 2026-11-01 --report "$out/analysis-$kind.html" >/dev/null || test $? -eq 1
    "$program" --quiet docs "$new" -o "$work/book-$kind"
    cp "$work/book-$kind/handbook.html" "$out/handbook-$kind.html"
    "$program" --quiet brief "$old" "$new" -o "$out/briefing-$kind.html"
done

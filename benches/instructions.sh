#!/usr/bin/env bash
# Instructions for deciding the items of the example policy, by Callgrind, against the number beside this file. Fails when they are a tenth
# more: another compiler or library may move them by some hundredths. `benches/instructions.sh --write` keeps the new number.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${CARGO_TARGET_DIR:-target}
kept=benches/instructions.txt
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cargo build --quiet -p benches --example instructions
valgrind --quiet --tool=callgrind --collect-atstart=no --toggle-collect='*instructions::measured*' --callgrind-out-file="$folder/out" \
    "$target/debug/examples/instructions" examples/community-guidelines examples/items.jsonl >"$folder/said" 2>"$folder/messages" || {
    cat "$folder/said" "$folder/messages"
    exit 1
}
read -r items _ <"$folder/said"
counted=$(awk '/^(summary|totals):/ { print $2; exit }' "$folder/out")
if [[ -z $counted || $counted == 0 ]]; then
    echo "nothing was counted"
    cat "$folder/messages"
    exit 1
fi
echo "$counted instructions for $items items, $((counted / items)) each"
if [[ ${1-} == --write ]]; then
    echo "$counted" >"$kept"
    exit
fi
before=$(<"$kept")
if ((counted > before + before / 10)); then
    echo "a tenth more than the $before of $kept: find out why, or write the new number down with --write and say why"
    exit 1
fi

#!/usr/bin/env python3
"""How many planted disguises `tribunal trends` finds: 200 listed terms, each disguised once (leet, look-alike, stretched, letters
apart, dots, a letter dropped or swapped) and put into clean captions, from a seed. The policy lists the plain terms with plain
folds, so that none of the disguises is hit.

    variants.py [--tribunal PROGRAM] [--data FOLDER] [--seed N]

Prints recall among the first 500 rows and precision among the first 100; exit status 1 below .9 or .8.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from ldnoobw_davidson import lines  # noqa: E402

REPO = Path(__file__).resolve().parents[2]
CLEAN = ["restricted/tiktok-unpopular-2021", "restricted/sms-spam", "restricted/tiktok-eating-disorder", "open/xstest"]
LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7+", "l": "1|"}
LOOK_ALIKE = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "x": "х", "y": "у", "i": "і"}


def find(folder, name):
    return next(path for path in (folder / f"{name}.jsonl", folder / f"{name}.jsonl.zst") if path.exists())


def disguised(term):
    while True:
        kind = random.choice(["leet", "look-alike", "stretched", "apart", "dots", "dropped", "swapped"])
        at = random.randrange(1, len(term) - 1)
        if kind in ("leet", "look-alike"):
            table = LEET if kind == "leet" else LOOK_ALIKE
            places = [place for place, letter in enumerate(term) if letter in table]
            if not places:
                continue
            at = random.choice(places)
            return term[:at] + random.choice(table[term[at]]) + term[at + 1 :], kind
        if kind == "stretched":
            return term[:at] + term[at] * 4 + term[at + 1 :], kind
        if kind in ("apart", "dots"):
            return (" " if kind == "apart" else ".").join(term), kind
        if len(term) >= 6 and kind == "dropped":
            return term[:at] + term[at + 1 :], kind
        if len(term) >= 6 and term[at] != term[at + 1]:
            return term[:at] + term[at + 1] + term[at] + term[at + 2 :], "swapped"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tribunal", default="tribunal")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("TRIBUNAL_DATA") or REPO.parent / "shared" / "data"))
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    random.seed(args.seed)
    listed = lines(find(args.data / "terms", "open/ldnoobw"))
    terms = sorted({row["term"] for row in listed if row.get("lang") == "en" and row["term"].isascii() and row["term"].isalpha() and len(row["term"]) >= 5})
    terms = random.sample(terms, 200)
    captions = [item["caption"] for name in CLEAN for item in lines(find(args.data / "items", name)) if item.get("caption")]
    planted = [(*disguised(term), term) for term in terms]
    for (text, _, _), at in zip(planted, random.sample(range(len(captions)), len(planted))):
        captions[at] += f" {text} ok"
    with tempfile.TemporaryDirectory() as folder:
        items, policy = Path(folder) / "items.jsonl", Path(folder) / "policy.yaml"
        with items.open("w", encoding="utf-8") as out:
            for at, caption in enumerate(captions):
                print(json.dumps({"id": str(at), "caption": caption, "author": {"id": f"a{at % 5000}"}}, ensure_ascii=False), file=out)
        entries = "".join(f"      - {json.dumps(term)}\n" for term in terms)
        policy.write_text(
            f'policy: {{id: recount, version: "1"}}\nterms:\n  listed:\n    match: word\n    folds: plain\n    terms:\n{entries}'
            "rules:\n  - {id: listed, when: any text has listed, effect: {routing: review}}\n",
            encoding="utf-8",
        )
        done = subprocess.run([args.tribunal, "trends", items, "--policy", policy, "--format", "json", "--quiet"], capture_output=True, check=True)
    found = [row["text"] for row in json.loads(done.stdout)["variants"]]
    wanted = {text for text, _, _ in planted}
    recall = len(set(found[:500]) & wanted) / len(wanted)
    precision = sum(text in wanted for text in found[:100]) / 100
    missed = Counter(kind for text, kind, _ in planted if text not in found[:500])
    print(f"{len(captions)} items, {sum(len(caption.split()) for caption in captions)} words, {len(planted)} disguises")
    print(f"recall among 500: {recall:.3f}; precision among 100: {precision:.2f}; missed: {dict(missed)}")
    sys.exit(0 if recall >= 0.9 and precision >= 0.8 else 1)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Counts what `tribunal replay` counts, a second time and independently: text rules by whole words, metadata rules in
three-valued logic. Every number and every item must be the same.

    replay.py [--tribunal PROGRAM] [--data FOLDER] [SAMPLE ...]

Without --data the folder named by TRIBUNAL_DATA, else ../shared/data beside the repository. Exit status 1 when anything
differs. The word matcher is the one of ldnoobw_davidson.py; nothing is shared with the engine.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from ldnoobw_davidson import Folded, fold_term, lines  # noqa: E402

REPO = Path(__file__).resolve().parents[2]

# sample, language of the terms, labels that are violations
TEXT = {
    "davidson": ("open/davidson", "en", ["hate", "offensive"]),
    "olid": ("restricted/olid", "en", ["OFF"]),
    "multihateclip-en": ("restricted/multihateclip-en", "en", ["Hateful", "Offensive"]),
    "told-br": ("open/told-br", "pt", ["toxic"]),
}
METADATA = {"coursera-claims": "restricted/coursera-claims", "tiktok-vi-hotels-apify": "restricted/tiktok-vi-hotels-apify"}

# Conditions as trees: (field, operator, value), ("not", tree), ("and", …), ("or", …).
RULES = [
    ("author.followers", ">=", 10000),
    ("author.followers", "<", 100),
    ("author.verified", "=", True),
    ("author.verified", "=", False),
    ("stats.plays", ">", 100000),
    ("stats.likes", "<=", 50),
    ("stats.comments", "=", 0),
    ("stats.shares", "!=", 0),
    ("stats.downloads", ">", 1000),
    ("stats.saves", ">=", 100),
    ("video.duration_s", "<", 15),
    ("video.is_ad", "=", True),
    ("video.is_sponsored", "=", True),
    ("author.private", "=", False),
    ("and", ("stats.plays", ">", 10000), ("stats.likes", "<", 500)),
    ("or", ("author.verified", "=", True), ("author.followers", ">", 100000)),
    ("not", ("stats.plays", ">=", 1000)),
    ("and", ("video.duration_s", ">=", 30), ("not", ("author.verified", "=", True))),
    ("or", ("stats.saves", ">", 10), ("stats.comments", ">", 10)),
    ("and", ("author.age", "<", 18), ("stats.plays", ">", 1000)),
]


def find(data, name):
    for ending in (".jsonl", ".jsonl.zst"):
        path = data / (name + ending)
        if path.exists():
            return path
    sys.exit(f"{name} not found; set TRIBUNAL_DATA to the data folder")


def value(item, path):
    for part in path.split("."):
        item = item.get(part) if isinstance(item, dict) else None
    return item


def judge(tree, item):
    """True, False or None (Kleene)."""
    head = tree[0]
    if head == "not":
        inner = judge(tree[1], item)
        return None if inner is None else not inner
    if head in ("and", "or"):
        parts = [judge(part, item) for part in tree[1:]]
        decisive = head == "or"
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    field, operator, wanted = tree
    found = value(item, field)
    if isinstance(wanted, bool) != isinstance(found, bool) or not isinstance(found, (bool, int, float)):
        return None
    return {"=": found == wanted, "!=": found != wanted, "<": found < wanted, "<=": found <= wanted, ">": found > wanted, ">=": found >= wanted}[operator]


def written(tree):
    head = tree[0]
    if head == "not":
        return f"not ({written(tree[1])})"
    if head in ("and", "or"):
        return f" {head} ".join(f"({written(part)})" for part in tree[1:])
    field, operator, wanted = tree
    return f"{field} {operator} {json.dumps(wanted)}"


def texts(item):
    for field in ("caption", "transcript", "ocr"):
        if isinstance(item.get(field), str):
            yield item[field]
    title = value(item, "sound.title") or value(item, "video.music_title")
    if isinstance(title, str):
        yield title
    yield from (tag for tag in item.get("hashtags") or [] if isinstance(tag, str))


def replay(program, policy, items, *more):
    done = subprocess.run([program, "replay", "--new", policy, items, "--design", "census", "--format", "json", *more], capture_output=True)
    if done.returncode != 0:
        sys.exit(done.stderr.decode())
    return json.loads(done.stdout)


def fired_items(program, policy, items):
    done = subprocess.run([program, "classify", policy, items, "--quiet"], capture_output=True, check=True)
    return {decision["id"] for decision in map(json.loads, done.stdout.decode().splitlines()) if decision["rules"]}


def same(what, found, expected):
    print(f"  {'same' if found == expected else 'DIFFERS'}  {what}: replay {found}, recount {expected}")
    return found == expected


def text_sample(program, data, name, folder):
    sample, lang, positive = TEXT[name]
    path = find(data / "items", sample)
    terms = sorted({entry["term"] for entry in lines(find(data / "terms", "open/ldnoobw")) if entry.get("lang") == lang})
    policy = Path(folder) / f"{name}.yaml"
    entries = "\n".join(f"      - {json.dumps(term, ensure_ascii=False)}" for term in terms)
    policy.write_text(
        f'policy: {{id: recount, version: "1"}}\nterms:\n  listed:\n    match: word\n    folds: plain\n    terms:\n{entries}\n'
        "rules:\n  - {id: listed, when: any text has listed, effect: {routing: review}}\n",
        encoding="utf-8",
    )
    needles = [(term, fold_term(term)) for term in terms]
    count, hit, labels = Counter(), set(), Counter()
    for item in lines(path):
        bad = item.get("label") in positive
        fires = False
        for text in texts(item):
            folded = Folded(text)
            if any(needle in folded.folded and folded.hits(term, needle) for term, needle in needles):
                fires = True
                break
        count.update(items=1, positive=bad, fired=fires, both=bad and fires)
        if fires:
            hit.add(str(item["id"]))
            labels[item.get("label")] += 1
    report = replay(program, policy, path, "--positive", ",".join(positive))
    quality, rule = report["quality"], report["rules"][0]
    precision, recall = quality["new_precision"], quality["new_recall"]
    fine = [
        same("items", report["sample"]["items"], count["items"]),
        same("violations by label", quality["positive"], count["positive"]),
        same("rule fires", rule["fired"]["k"], count["fired"]),
        same("precision", (precision["k"], precision["n"], precision["estimate"]), (count["both"], count["fired"], count["both"] / count["fired"])),
        same("recall", (recall["k"], recall["n"], recall["estimate"]), (count["both"], count["positive"], count["both"] / count["positive"])),
    ]
    found = fired_items(program, policy, path)
    differing = found ^ hit
    fine.append(same("items that fire, one by one", len(found) - len(found - hit), len(hit)))
    for item in sorted(differing)[:10]:
        print(f"    {item}: {'replay' if item in found else 'recount'} only")
    return all(fine) and not differing


def metadata_sample(program, data, name, folder):
    path = find(data / "items", METADATA[name])
    policy = Path(folder) / f"{name}.yaml"
    rules = "\n".join(f"  - {{id: r{at:02}, when: {json.dumps(written(tree))}, effect: {{routing: review}}}}" for at, tree in enumerate(RULES))
    policy.write_text(f'policy: {{id: recount, version: "1"}}\nrules:\n{rules}\n', encoding="utf-8")
    fired, unknown, total = Counter(), Counter(), 0
    for item in lines(path):
        total += 1
        for at, tree in enumerate(RULES):
            truth = judge(tree, item)
            fired[at] += truth is True
            unknown[at] += truth is None
    report = replay(program, policy, path)
    fine = [same("items", report["sample"]["items"], total)]
    for at, rule in enumerate(report["rules"]):
        found = (rule["fired"]["k"], rule["not_judged"])
        if found != (fired[at], unknown[at]):
            fine.append(same(f"{rule['rule']} `{written(RULES[at])}` (fires, not judged)", found, (fired[at], unknown[at])))
    fine.append(same("rules with equal counts", len(report["rules"]) - sum(1 for entry in fine[1:] if not entry), len(RULES)))
    print(f"    fires {sum(fired.values())}, not judged {sum(unknown.values())} over {len(RULES)} rules")
    return all(fine)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", nargs="*", metavar="SAMPLE")
    parser.add_argument("--tribunal", default="tribunal", help="the program")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("TRIBUNAL_DATA") or REPO.parent / "shared" / "data"))
    args = parser.parse_args()
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        for name in args.samples or [*TEXT, *METADATA]:
            print(name)
            sample = text_sample if name in TEXT else metadata_sample
            fine &= sample(args.tribunal, args.data, name, folder)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()

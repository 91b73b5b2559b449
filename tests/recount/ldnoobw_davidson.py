#!/usr/bin/env python3
"""Counts the items of the Davidson tweets whose caption holds an English LDNOOBW term as a whole word.

An independent second opinion on the plain word matcher: written from the exact meaning of the policy
language (rules 4 to 8: mode `word`, folds `plain`), sharing nothing with the engine.

    ldnoobw_davidson.py [ITEMS [TERMS]] [--ids]

ITEMS and TERMS are JSON Lines files, plain or `.zst` (read through the `zstd` command). Without them the
files are sought in the folder named by TRIBUNAL_DATA, else in ../shared/data beside the repository.
Prints the number of matching items, or with --ids one id a line and the number on stderr.
"""

import argparse
import bisect
import json
import os
import re
import subprocess
import sys
import unicodedata
from functools import lru_cache
from pathlib import Path

# Default_Ignorable_Code_Point, DerivedCoreProperties.txt
IGNORABLE_RANGES = [
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
]
SPACELESS_NAMES = ("CJK ", "HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA", "IDEOGRAPHIC", "THAI", "LAO", "KHMER", "MYANMAR")
# Pictographs that may carry a modifier or take part in a joined sequence.
EMOJI_RANGES = [
    (0x203C, 0x203C), (0x2049, 0x2049), (0x2122, 0x2122), (0x2139, 0x2139), (0x2194, 0x21AA), (0x231A, 0x23FF),
    (0x24C2, 0x24C2), (0x25AA, 0x25FE), (0x2600, 0x27BF), (0x2934, 0x2935), (0x2B05, 0x2B55), (0x3030, 0x3030),
    (0x303D, 0x303D), (0x3297, 0x3299), (0x1F004, 0x1F004), (0x1F0CF, 0x1F0CF), (0x1F170, 0x1F19A),
    (0x1F201, 0x1F265), (0x1F300, 0x1F3FA), (0x1F400, 0x1FAFF),
]
STROKE = re.compile(r"^(LATIN|GREEK) (SMALL|CAPITAL) LETTER ([A-Z]+) WITH .*(STROKE|BAR)\b")
RLO, LRO, PDF = "\u202e", "\u202d", "\u202c"
OTHER_EMBEDDINGS = "\u202a\u202b"
ZWJ, KEYCAP = "\u200d", "\u20e3"
EMOJI_OPEN, EMOJI_CLOSE = "\ue000", "\ue001"  # keep an emoji whole in the folded text


def in_ranges(ranges, code_point):
    return any(low <= code_point <= high for low, high in ranges)


@lru_cache(maxsize=None)
def is_ignorable(char):
    return in_ranges(IGNORABLE_RANGES, ord(char))


@lru_cache(maxsize=None)
def is_emoji(char):
    return in_ranges(EMOJI_RANGES, ord(char))


def is_regional(char):
    return 0x1F1E6 <= ord(char) <= 0x1F1FF


def is_skin_tone(char):
    return 0x1F3FB <= ord(char) <= 0x1F3FF


@lru_cache(maxsize=None)
def is_word_char(char):
    """A letter, mark or digit of a script that is written with spaces (rule 5)."""
    category = unicodedata.category(char)
    if category[0] not in "LM" and category != "Nd":
        return False
    return not unicodedata.name(char, "").startswith(SPACELESS_NAMES)


@lru_cache(maxsize=None)
def continues_cluster(char):
    """A mark or a Hangul vowel or final: composes with what stands before it."""
    first = unicodedata.normalize("NFKD", char)[0]
    return unicodedata.category(first)[0] == "M" or 0x1160 <= ord(first) <= 0x11FF


@lru_cache(maxsize=None)
def fold_letter(char):
    """The stroke of a Latin or Greek letter dropped, ё to е."""
    if char == "ё":
        return "е"
    stroke = STROKE.match(unicodedata.name(char, ""))
    if stroke and len(stroke.group(3)) == 1:
        return stroke.group(3).lower()
    return char


@lru_cache(maxsize=1 << 16)
def fold_cluster(cluster):
    """NFKC, full case folding, marks and strokes of Latin and Greek; fully decomposed for comparison."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    text = "".join(fold_letter(char) for char in unicodedata.normalize("NFC", text))
    folded, base = [], ""
    for char in unicodedata.normalize("NFKD", text):
        if unicodedata.category(char)[0] == "M":
            if unicodedata.name(base, "").startswith(("LATIN", "GREEK")) if base else False:
                continue
        else:
            base = char
        folded.append(char)
    return "".join(folded)


def emoji_end(text, start):
    """End of the emoji that starts at `start`, or None (pictograph, flag or keycap sequence)."""
    size = len(text)
    end = start + 1
    if is_regional(text[start]):
        return end + 1 if end < size and is_regional(text[end]) else None
    if text[start] in "0123456789#*":
        end += end < size and text[end] == "\ufe0f"
        return end + 1 if end < size and text[end] == KEYCAP else None
    if not is_emoji(text[start]):
        return None
    while end < size:
        char = text[end]
        if char in "\ufe0e\ufe0f" or is_skin_tone(char) or 0xE0020 <= ord(char) <= 0xE007F:
            end += 1
        elif char == ZWJ and end + 1 < size and is_emoji(text[end + 1]):
            end += 2
        else:
            break
    return end


def override_runs(text):
    """(start, end) of the runs that U+202E shows from right to left, to its U+202C or the line's end."""
    runs, start, depth = [], None, 0
    for place, char in enumerate(text):
        if start is None:
            if char == RLO:
                start, depth = place + 1, 1
            continue
        if char in (RLO, LRO) or char in OTHER_EMBEDDINGS:
            depth += 1
        elif char == PDF:
            depth -= 1
        if depth == 0 or char in "\n\r\u2029":
            runs.append((start, place))
            start = None
    if start is not None:
        runs.append((start, len(text)))
    return runs


def units_in(text, low, high):
    """(folded text, start, end) of each unit of text[low:high] in stored order; white space runs are one unit."""
    units, place = [], low
    while place < high:
        end = emoji_end(text, place)
        if end is not None:
            body = "".join(c for c in text[place:end] if c not in "\ufe0e\ufe0f" and not is_skin_tone(c))
            units.append((EMOJI_OPEN + body + EMOJI_CLOSE, place, end))
            place = end
            continue
        if is_ignorable(text[place]):
            place += 1
            continue
        cluster, end = text[place], place + 1
        look = end
        while look < high and (is_ignorable(text[look]) or continues_cluster(text[look])):
            if not is_ignorable(text[look]):
                cluster, end = cluster + text[look], look + 1
            look += 1
        folded = " " if cluster.isspace() else fold_cluster(cluster)
        if folded == " " and units and units[-1][0] == " ":
            units[-1] = (" ", units[-1][1], end)
        else:
            units.append((folded, place, end))
        place = end
    return units


def fold(text):
    """Units of the whole text in displayed order."""
    units, place = [], 0
    for start, end in override_runs(text) if RLO in text else []:
        units += units_in(text, place, start)
        units += reversed(units_in(text, start, end))
        place = end
    return units + units_in(text, place, len(text))


def fold_term(term):
    return "".join(folded for folded, _, _ in fold(term.strip()))


class Folded:
    """A text, its folded form and the way back from folded places to original ones."""

    def __init__(self, text):
        self.text = text
        self.units = fold(text)
        self.starts, place = [], 0
        for folded, _, _ in self.units:
            self.starts.append(place)
            place += len(folded)
        self.folded = "".join(folded for folded, _, _ in self.units)
        self.size = place

    def span(self, start, end):
        """Original span of folded[start:end], or None when it cuts a unit in two."""
        first = bisect.bisect_left(self.starts, start)
        last = bisect.bisect_left(self.starts, end) if end < self.size else len(self.starts)
        if first >= len(self.starts) or self.starts[first] != start:
            return None
        if end < self.size and (last == len(self.starts) or self.starts[last] != end):
            return None
        touched = self.units[first:last]
        return min(unit[1] for unit in touched), max(unit[2] for unit in touched)

    def neighbour_is_word(self, place, step):
        while 0 <= place < len(self.text):
            if not is_ignorable(self.text[place]):
                return is_word_char(self.text[place])
            place += step
        return False

    def hits(self, term, needle):
        """Spans (code points) of the term, leftmost first, not overlapping."""
        found, place, visible = [], 0, [c for c in term.strip() if not is_ignorable(c)]
        while needle and (place := self.folded.find(needle, place)) >= 0:
            span = self.span(place, place + len(needle))
            place += 1
            if span is None:
                continue
            start, end = span
            if is_word_char(visible[0]) and self.neighbour_is_word(start - 1, -1):
                continue
            if is_word_char(visible[-1]) and self.neighbour_is_word(end, 1):
                continue
            found.append(span)
            place += len(needle) - 1
        return found


def lines(path):
    if str(path).endswith(".zst"):
        data = subprocess.run(["zstd", "-dcq", str(path)], check=True, capture_output=True).stdout
    else:
        data = Path(path).read_bytes()
    return [json.loads(line) for line in data.decode("utf-8").split("\n") if line.strip()]


def find(name):
    repo = Path(__file__).resolve().parents[2]
    base = Path(os.environ.get("TRIBUNAL_DATA") or repo.parent / "shared" / "data")
    for path in (base / name, base / (name + ".zst")):
        if path.exists():
            return path
    sys.exit(f"{name} not found; set TRIBUNAL_DATA to the data folder")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("items", nargs="?")
    parser.add_argument("terms", nargs="?")
    parser.add_argument("--ids", action="store_true", help="print the ids instead of the number")
    args = parser.parse_args()
    terms = {entry["term"] for entry in lines(args.terms or find("terms/open/ldnoobw.jsonl")) if entry.get("lang") == "en"}
    needles = sorted((term, fold_term(term)) for term in terms)
    matching = []
    for item in lines(args.items or find("items/open/davidson.jsonl")):
        text = Folded(item.get("caption") or "")
        if any(needle in text.folded and text.hits(term, needle) for term, needle in needles):
            matching.append(str(item["id"]))
    if args.ids:
        print("\n".join(matching))
        print(len(matching), file=sys.stderr)
    else:
        print(len(matching))


if __name__ == "__main__":
    main()

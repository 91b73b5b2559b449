"use strict";
(function () {
  const flips = JSON.parse(document.getElementById("flips-data").textContent);
  const list = document.getElementById("flips");
  const found = document.getElementById("found");
  const more = document.getElementById("more");
  const by = (id) => document.getElementById(id);
  const words = { stricter: "stricter", milder: "milder", other: "stricter for some, milder for others", same: "same" };
  const FIRST = 10;
  let shown = FIRST;
  const add = (parent, name, text, style) => {
    const node = document.createElement(name);
    if (text !== undefined) node.textContent = text;
    if (style) node.className = style;
    parent.append(node);
    return node;
  };
  const fill = (select, values) => {
    for (const value of [...new Set(values)].sort()) {
      const option = add(select, "option", value === "" ? "(none)" : value);
      option.value = "=" + value;
    }
  };
  const rulesOf = (flip) => [...flip.old_only, ...flip.new_only];
  const decision = (of) => Object.entries(of).filter(([, value]) => value !== "").map(([axis, value]) => axis + ": " + value).join(", ");
  fill(by("rule"), flips.flatMap(rulesOf));
  fill(by("market"), flips.map((flip) => flip.market));
  fill(by("direction"), flips.map((flip) => words[flip.direction]));
  const draw = () => {
    const picked = (id) => by(id).value;
    const wanted = by("search").value.trim().toLowerCase();
    const fits = (choice, values) => choice === "" || values.some((value) => "=" + value === choice);
    const rows = flips.filter((flip) =>
      fits(picked("rule"), rulesOf(flip)) && fits(picked("market"), [flip.market]) && fits(picked("direction"), [words[flip.direction]]) &&
      (wanted === "" || flip.id.toLowerCase().includes(wanted)));
    found.textContent = rows.length + " of " + flips.length + " kept items";
    list.replaceChildren();
    for (const flip of rows.slice(0, shown)) {
      const box = add(list, "article", undefined, "flip");
      const head = add(box, "h3", flip.id + " ");
      for (const tag of [flip.market, flip.lang, flip.label && "label: " + flip.label, words[flip.direction], flip.boundary && "hangs by one rule"]) {
        if (tag) add(head, "span", tag, "tag");
      }
      const changed = Object.keys(flip.new).filter((axis) => flip.old[axis] !== flip.new[axis]);
      const part = (of) => decision(Object.fromEntries(changed.map((axis) => [axis, of[axis] || ""]))) || "nothing";
      add(box, "p", part(flip.old) + "  →  " + part(flip.new));
      for (const [title, rules] of [["only before: ", flip.old_only], ["only now: ", flip.new_only], ["both: ", flip.both], ["not judged: ", flip.not_judged]]) {
        if (rules.length) add(box, "p", title + rules.join(", "), "mute");
      }
      let line, before;
      for (const [field, pieces] of Object.entries(flip.texts)) {
        // The elements of a list stand in one line.
        const name = field.replace(/\[\d+\]$/, "");
        if (name === before) line.append(" · ");
        else {
          line = add(box, "p");
          line.dir = "auto";
          add(line, "span", name + ": ", "mute");
        }
        before = name;
        for (const piece of pieces) {
          if (piece.hit) add(line, "mark", piece.text);
          else line.append(piece.text);
        }
      }
    }
    more.hidden = rows.length <= shown;
  };
  for (const id of ["rule", "market", "direction"]) by(id).addEventListener("change", () => { shown = FIRST; draw(); });
  by("search").addEventListener("input", () => { shown = FIRST; draw(); });
  more.addEventListener("click", () => { shown += 100; draw(); });
  draw();
})();

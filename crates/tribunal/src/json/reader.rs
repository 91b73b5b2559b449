//! The quick way through a line: fields that the policy knows are read, the rest is stepped over.
//!
//! It only says yes. Whatever it does not take, from a broken line to a key with an escape in it, is for [`super::JsonItem::parse_slowly`] to read or to refuse:
//! that is where errors get their words, and it is the meaning of this reader in every case that it does take.

use std::borrow::Cow;
use std::collections::HashSet;

use tribunal_policy::FieldId;
use tribunal_policy::fields::{FieldType, UNREADABLE};

use super::{JsonItem, Object, Place, Schema, Slot, number, pending, sound, text};

/// Keys that are compared one by one with those before them; more are hashed.
pub(super) const FEW: usize = 16;
/// Lists and objects in one another that are stepped over.
const DEEPEST: u32 = 64;

/// Reads an object, if it can.
pub(super) fn read<'a>(schema: &Schema, line: &'a str, told: Option<&mut dyn FnMut(&'a str, &'a str)>) -> Option<JsonItem<'a>> {
    let item = JsonItem { slots: Vec::with_capacity(8), ..JsonItem::default() };
    let mut reader = Reader { line, bytes: line.as_bytes(), stops: Stops::default(), schema, item, aliases: Vec::new(), told };
    let at = reader.blanks(0);
    let at = reader.object(at, &schema.root, true)?;
    (reader.blanks(at) == line.len()).then_some(())?;
    reader.item.slots.append(&mut reader.aliases);
    Some(reader.item)
}

/// Every step takes the place at which it begins and gives the one behind it: a place that were kept here would be waited for at every byte.
struct Reader<'a, 's, 't> {
    line: &'a str,
    bytes: &'a [u8],
    stops: Stops,
    schema: &'s Schema,
    item: JsonItem<'a>,
    /// Values under other names of fields; those under the first name go before them.
    aliases: Vec<(FieldId, Slot<'a>)>,
    /// Is told the keys of the item itself and their values as written.
    told: Option<&'t mut dyn FnMut(&'a str, &'a str)>,
}

/// What 64 bytes of the line hold that ends a string or interrupts it: every byte is looked at once.
struct Stops {
    block: usize,
    bits: u64,
}

impl Default for Stops {
    /// Of no block of any line.
    fn default() -> Stops {
        Stops { block: usize::MAX, bits: 0 }
    }
}

/// A key of an object: the place behind its quotes, its number and meaning if the policy knows it, and where its value begins.
struct Member<'o> {
    quoted: usize,
    known: Option<(usize, &'o Place)>,
    from: usize,
}

/// The keys of an object so far.
#[derive(Default)]
struct Keys<'a> {
    known: u64,
    others: Vec<&'a str>,
    hashed: Option<HashSet<&'a str>>,
}

impl<'a> Keys<'a> {
    /// `false` when it was there before.
    #[inline]
    fn add(&mut self, at: Option<usize>, key: impl FnOnce() -> Option<&'a str>) -> Option<bool> {
        let Some(bit) = at.filter(|at| *at < 64).map(|at| 1 << at) else { return key().map(|key| self.add_other(key)) };
        let new = self.known & bit == 0;
        self.known |= bit;
        Some(new)
    }

    #[inline(never)]
    fn add_other(&mut self, key: &'a str) -> bool {
        if self.others.len() < FEW {
            let new = !self.others.contains(&key);
            self.others.push(key);
            return new;
        }
        self.hashed.get_or_insert_with(|| self.others.iter().copied().collect()).insert(key)
    }
}

impl<'a> Reader<'a, '_, '_> {
    #[inline(always)]
    fn peek(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    #[inline(always)]
    fn blanks(&self, mut at: usize) -> usize {
        while self.peek(at).is_some_and(|byte| byte <= b' ' && matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            at += 1;
        }
        at
    }

    /// Steps over the byte.
    #[inline(always)]
    fn byte(&self, at: usize, byte: u8) -> Option<usize> {
        (self.peek(at) == Some(byte)).then_some(at + 1)
    }

    /// Steps over a colon and the blanks around it.
    #[inline(always)]
    fn colon(&self, at: usize) -> Option<usize> {
        let at = self.byte(self.blanks(at), b':')?;
        Some(self.blanks(at))
    }

    fn object(&mut self, at: usize, object: &Object, top: bool) -> Option<usize> {
        let mut keys = Keys::default();
        let mut at = self.blanks(self.byte(at, b'{')?);
        if let Some(end) = self.byte(at, b'}') {
            return Some(end);
        }
        let mut before: Option<&Place> = None;
        loop {
            let Member { quoted, known, from } = self.member(at, object, before)?;
            let key = || self.line.get(at + 1..quoted - 1);
            if !keys.add(known.map(|(number, _)| number), key)? {
                return None;
            }
            let end = match known {
                Some((_, place)) => {
                    before = Some(place);
                    self.known(from, place)?
                }
                None => self.unknown(self.line.get(at + 1..quoted - 1)?, from, top)?,
            };
            if top && let Some(told) = &mut self.told {
                told(self.line.get(at + 1..quoted - 1)?, self.line.get(from..end)?);
            }
            at = end;
            at = self.blanks(at);
            let Some(next) = self.byte(at, b',') else { return self.byte(at, b'}') };
            at = self.blanks(next);
        }
    }

    /// A key, its colon and the blanks around it.
    #[inline(always)]
    fn member<'o>(&mut self, at: usize, object: &'o Object, before: Option<&Place>) -> Option<Member<'o>> {
        let there = self.bytes.get(at..)?;
        match object.guess(before) {
            Some((number, (name, place))) if name.begins(there) => {
                let quoted = at + name.glance.length + 2;
                Some(Member { quoted, known: Some((number, place)), from: self.blanks(quoted + 1) })
            }
            _ => self.look_up(at, object, before),
        }
    }

    /// The same where the guess was wrong.
    #[inline(never)]
    fn look_up<'o>(&mut self, at: usize, object: &'o Object, before: Option<&Place>) -> Option<Member<'o>> {
        let (key, escaped, quoted) = self.string(at)?;
        if escaped {
            return None;
        }
        let known = object.find(key, self.bytes.get(at + 1..)?);
        if let Some((number, _)) = known {
            before.map_or(&object.first, |place| &place.next).see(number);
        }
        Some(Member { quoted, known, from: self.colon(quoted)? })
    }

    /// The value of a key that the policy does not know.
    #[inline(never)]
    fn unknown(&mut self, key: &str, from: usize, top: bool) -> Option<usize> {
        if top && key == "pending" {
            let end = self.value(from)?;
            pending(self.schema, self.line.get(from..end)?, &mut self.item).ok()?;
            return Some(end);
        }
        self.item.unknown_keys += u32::from(!(top && UNREADABLE.contains(&key)));
        self.unread(from)
    }

    /// The value of a key that the policy knows.
    #[inline(always)]
    fn known(&mut self, at: usize, place: &Place) -> Option<usize> {
        let first = self.peek(at)?;
        let mut end = at;
        if let Some((field, alias)) = place.field {
            let ty = self.schema.types.get(field.index()).copied().unwrap_or(FieldType::Text);
            end = self.take(at, first, ty, field, alias)?;
        }
        let Some(inner) = &place.inner else { return Some(end) };
        if first == b'{' {
            return self.object(at, inner, false);
        }
        let end = self.unread(at)?;
        if first != b'n' {
            inner.each(&mut |field, alias| self.put(field, alias, Slot::Wrong));
        }
        Some(end)
    }

    /// Reads a value into its slot. Each kind is put in place where it is read: a slot that is handed on is copied, and waited for.
    #[inline(always)]
    fn take(&mut self, at: usize, first: u8, ty: FieldType, field: FieldId, alias: bool) -> Option<usize> {
        Some(match (first, ty) {
            (b'"', FieldType::Text | FieldType::Id | FieldType::Time) => {
                let (inside, escaped, end) = self.string(at)?;
                if escaped {
                    let text = self.unescaped(inside, at, end)?;
                    self.put(field, alias, Slot::Text(text));
                } else {
                    self.put(field, alias, Slot::Text(Cow::Borrowed(inside)));
                }
                end
            }
            (b'"', _) => {
                let (_, end) = self.text(at)?;
                self.put(field, alias, Slot::Wrong);
                end
            }
            (b'[', FieldType::TextList | FieldType::IdList) => self.list(at, field, alias)?,
            (b't' | b'f', FieldType::Bool) => {
                let end = self.scalar(at)?;
                self.put(field, alias, Slot::Bool(first == b't'));
                end
            }
            (b'n', _) => self.scalar(at)?,
            (b'-' | b'0'..=b'9', FieldType::Number | FieldType::Time) => {
                if let Some((number, end)) = self.integer(at) {
                    self.put(field, alias, Slot::Int(number));
                    return Some(end);
                }
                let end = self.number(at)?;
                self.put(field, alias, number(self.line.get(at..end)?));
                end
            }
            // A market and a language have names, not numbers.
            (b'-' | b'0'..=b'9', FieldType::Id) if !matches!(field, FieldId::MARKET | FieldId::LANG) => {
                let end = self.number(at)?;
                let raw = self.line.get(at..end)?;
                let slot = if raw.contains(['.', 'e', 'E']) { Slot::Wrong } else { Slot::Text(Cow::Borrowed(raw)) };
                self.put(field, alias, slot);
                end
            }
            _ => {
                let end = self.unread(at)?;
                self.put(field, alias, Slot::Wrong);
                end
            }
        })
    }

    #[inline(always)]
    fn put(&mut self, field: FieldId, alias: bool, slot: Slot<'a>) {
        let slots = if alias { &mut self.aliases } else { &mut self.item.slots };
        slots.push((field, slot));
    }

    /// A text, its escapes undone.
    fn text(&mut self, at: usize) -> Option<(Cow<'a, str>, usize)> {
        let (inside, escaped, end) = self.string(at)?;
        let text = if escaped { self.unescaped(inside, at, end)? } else { Cow::Borrowed(inside) };
        Some((text, end))
    }

    /// What is written between quotes, its escapes undone; surrogates, in pairs or broken, are for the slow way.
    #[inline(never)]
    fn unescaped(&self, inside: &'a str, at: usize, end: usize) -> Option<Cow<'a, str>> {
        let mut plain = String::with_capacity(inside.len());
        let mut rest = inside;
        while let Some((before, escape)) = rest.split_once('\\') {
            plain.push_str(before);
            let mut length = 1;
            plain.push(match escape.as_bytes().first()? {
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => {
                    length = 5;
                    let code = u32::from_str_radix(escape.get(1..5)?, 16).ok()?;
                    match char::from_u32(code) {
                        Some(c) => c,
                        None => return text(self.line.get(at..end)?).ok(),
                    }
                }
                itself => char::from(*itself),
            });
            rest = escape.get(length..)?;
        }
        plain.push_str(rest);
        Some(Cow::Owned(plain))
    }

    fn list(&mut self, from: usize, field: FieldId, alias: bool) -> Option<usize> {
        let mut at = self.blanks(self.byte(from, b'[')?);
        let mut texts = Vec::new();
        if let Some(end) = self.byte(at, b']') {
            self.put(field, alias, Slot::List(texts));
            return Some(end);
        }
        loop {
            if self.peek(at) != Some(b'"') {
                // Something else in a list of texts.
                let end = self.unread(from)?;
                self.put(field, alias, Slot::Wrong);
                return Some(end);
            }
            let (text, end) = self.text(at)?;
            texts.push(text);
            at = self.blanks(end);
            let Some(next) = self.byte(at, b',') else {
                let end = self.byte(at, b']')?;
                self.put(field, alias, Slot::List(texts));
                return Some(end);
            };
            at = self.blanks(next);
        }
    }

    /// Steps over a value that no field reads, unless something in it is broken.
    #[inline(never)]
    fn unread(&mut self, at: usize) -> Option<usize> {
        if let Some(end) = self.flat(at) {
            return Some(end);
        }
        let end = self.value(at)?;
        sound(self.line.get(at..end)?).ok().map(|()| end)
    }

    /// Steps over a value of the kinds that are most frequent, at once: one without escapes, and without objects inside of it.
    fn flat(&mut self, at: usize) -> Option<usize> {
        let Some(at) = self.byte(at, b'{') else { return self.flat_value(at) };
        let (mut keys, mut count) = ([""; FEW], 0);
        let mut at = self.blanks(at);
        if let Some(end) = self.byte(at, b'}') {
            return Some(end);
        }
        loop {
            let (key, escaped, behind) = self.string(at)?;
            if escaped || keys.get(..count)?.contains(&key) {
                return None;
            }
            *keys.get_mut(count)? = key;
            count += 1;
            at = self.colon(behind)?;
            at = self.flat_value(at)?;
            at = self.blanks(at);
            let Some(next) = self.byte(at, b',') else { return self.byte(at, b'}') };
            at = self.blanks(next);
        }
    }

    /// A value that is no object, nor a list with a list in it.
    fn flat_value(&mut self, at: usize) -> Option<usize> {
        let Some(at) = self.byte(at, b'[') else { return self.scalar(at) };
        let mut at = self.blanks(at);
        if let Some(end) = self.byte(at, b']') {
            return Some(end);
        }
        loop {
            at = self.scalar(at)?;
            at = self.blanks(at);
            let Some(next) = self.byte(at, b',') else { return self.byte(at, b']') };
            at = self.blanks(next);
        }
    }

    /// A value that holds no other, without escapes.
    fn scalar(&mut self, at: usize) -> Option<usize> {
        match self.peek(at)? {
            b'"' => self.string(at).filter(|(_, escaped, _)| !escaped).map(|(.., end)| end),
            b'-' | b'0'..=b'9' => self.number(at),
            b't' => self.word(at, "true"),
            b'f' => self.word(at, "false"),
            b'n' => self.word(at, "null"),
            _ => None,
        }
    }

    /// Steps over a value.
    fn value(&mut self, mut at: usize) -> Option<usize> {
        // Whether each list or object around the place is an object, the innermost in the lowest bit.
        let (mut objects, mut depth) = (0u64, 0u32);
        loop {
            match self.peek(at)? {
                b'"' => (_, _, at) = self.string(at)?,
                open @ (b'[' | b'{') => {
                    at = self.blanks(at + 1);
                    match self.byte(at, if open == b'{' { b'}' } else { b']' }) {
                        Some(end) => at = end,
                        None if depth == DEEPEST => return None,
                        None => {
                            depth += 1;
                            objects = objects << 1 | u64::from(open == b'{');
                            if open == b'{' {
                                at = self.key(at)?;
                            }
                            continue;
                        }
                    }
                }
                _ => at = self.scalar(at)?,
            }
            // Behind a value: the next one, or the end of what it stands in.
            loop {
                if depth == 0 {
                    return Some(at);
                }
                at = self.blanks(at);
                let in_object = objects & 1 == 1;
                if let Some(next) = self.byte(at, b',') {
                    at = self.blanks(next);
                    if in_object {
                        at = self.key(at)?;
                    }
                    break;
                }
                at = self.byte(at, if in_object { b'}' } else { b']' })?;
                depth -= 1;
                objects >>= 1;
            }
        }
    }

    /// Steps over a key and its colon.
    fn key(&mut self, at: usize) -> Option<usize> {
        let (_, _, at) = self.string(at)?;
        self.colon(at)
    }

    fn word(&self, at: usize, word: &str) -> Option<usize> {
        self.bytes.get(at..)?.starts_with(word.as_bytes()).then_some(at + word.len())
    }

    fn digits(&self, from: usize) -> Option<usize> {
        let mut at = from;
        while self.peek(at).is_some_and(|byte| byte.is_ascii_digit()) {
            at += 1;
        }
        (at > from).then_some(at)
    }

    /// An integer of few digits, the usual kind of number.
    #[inline]
    fn integer(&self, at: usize) -> Option<(i64, usize)> {
        let minus = self.byte(at, b'-');
        let from = minus.unwrap_or(at);
        let (mut at, mut number) = (from, 0i64);
        while let Some(digit @ b'0'..=b'9') = self.peek(at) {
            number = number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            at += 1;
        }
        let plain = match at - from {
            1 => true,
            2..=18 => self.peek(from) != Some(b'0'),
            _ => false,
        };
        let ends = !matches!(self.peek(at), Some(b'.' | b'e' | b'E'));
        (plain && ends).then_some((if minus.is_some() { -number } else { number }, at))
    }

    fn number(&self, at: usize) -> Option<usize> {
        let at = self.byte(at, b'-').unwrap_or(at);
        let mut at = match self.byte(at, b'0') {
            Some(behind) => behind,
            None => self.digits(at)?,
        };
        if let Some(behind) = self.byte(at, b'.') {
            at = self.digits(behind)?;
        }
        if matches!(self.peek(at), Some(b'e' | b'E')) {
            let sign = matches!(self.peek(at + 1), Some(b'+' | b'-'));
            at = self.digits(at + 1 + usize::from(sign))?;
        }
        Some(at)
    }

    /// Steps over a string: what stands between its quotes, whether there are escapes in it, and the place behind it.
    #[inline(always)]
    fn string(&mut self, at: usize) -> Option<(&'a str, bool, usize)> {
        let from = self.byte(at, b'"')?;
        let end = self.stop(from);
        match self.byte(end, b'"') {
            Some(behind) => Some((self.line.get(from..end)?, false, behind)),
            None => self.with_escapes(from, end),
        }
    }

    /// The rest of a string, from its first escape on.
    #[inline(never)]
    fn with_escapes(&mut self, from: usize, mut at: usize) -> Option<(&'a str, bool, usize)> {
        while self.peek(at)? == b'\\' {
            at += 2;
            match self.peek(at - 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                b'u' => {
                    let digits = self.bytes.get(at..at + 4)?;
                    if !digits.iter().all(u8::is_ascii_hexdigit) {
                        return None;
                    }
                    at += 4;
                }
                _ => return None,
            }
            at = self.stop(at);
        }
        let behind = self.byte(at, b'"')?;
        Some((self.line.get(from..at)?, true, behind))
    }

    /// Where the first quote, backslash or control character stands from a place on; behind the end where there is none.
    #[inline(always)]
    fn stop(&mut self, from: usize) -> usize {
        if from / 64 == self.stops.block {
            let found = self.stops.bits & (u64::MAX << (from % 64));
            if found != 0 {
                return from / 64 * 64 + found.trailing_zeros() as usize;
            }
        }
        self.stop_beyond(from)
    }

    /// The same where the block at hand does not say.
    #[inline(never)]
    fn stop_beyond(&mut self, from: usize) -> usize {
        let mut block = from / 64;
        let mut wanted = u64::MAX << (from % 64);
        loop {
            let bits = self.look(block);
            if bits & wanted != 0 {
                self.stops = Stops { block, bits };
                return block * 64 + (bits & wanted).trailing_zeros() as usize;
            }
            (block, wanted) = (block + 1, u64::MAX);
        }
    }

    /// What stops a string in a block; behind the end of the line everything does.
    #[inline]
    fn look(&self, block: usize) -> u64 {
        let (blocks, rest) = self.bytes.as_chunks::<64>();
        match blocks.get(block) {
            Some(block) => tribunal_core::stops(block),
            None if block == blocks.len() => {
                let mut last = [0; 64];
                if let Some(place) = last.get_mut(..rest.len()) {
                    place.copy_from_slice(rest);
                }
                tribunal_core::stops(&last)
            }
            None => u64::MAX,
        }
    }
}

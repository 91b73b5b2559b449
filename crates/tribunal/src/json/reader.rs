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
pub(super) fn read<'a>(schema: &Schema, line: &'a str, told: &mut dyn FnMut(&'a str, &'a str)) -> Option<JsonItem<'a>> {
    let item = JsonItem { slots: Vec::with_capacity(8), ..JsonItem::default() };
    let mut reader = Reader { line, bytes: line.as_bytes(), at: 0, schema, item, aliases: Vec::new(), told };
    reader.blanks();
    reader.object(&schema.root, true)?;
    reader.blanks();
    (reader.at == line.len()).then_some(())?;
    for (field, slot) in reader.aliases {
        reader.item.slots.push((field, slot));
    }
    Some(reader.item)
}

struct Reader<'a, 's, 't> {
    line: &'a str,
    bytes: &'a [u8],
    at: usize,
    schema: &'s Schema,
    item: JsonItem<'a>,
    /// Values under other names of fields; those under the first name go before them.
    aliases: Vec<(FieldId, Slot<'a>)>,
    /// Is told the keys of the item itself and their values as written.
    told: &'t mut dyn FnMut(&'a str, &'a str),
}

/// The keys of an object so far.
#[derive(Default)]
struct Keys<'a> {
    known: u128,
    others: Vec<&'a str>,
    hashed: HashSet<&'a str>,
}

impl<'a> Keys<'a> {
    /// `false` when it was there before.
    fn add(&mut self, key: &'a str, at: Option<usize>) -> bool {
        if let Some(bit) = at.filter(|at| *at < 128).map(|at| 1u128 << at) {
            let new = self.known & bit == 0;
            self.known |= bit;
            return new;
        }
        if self.others.len() < FEW {
            let new = !self.others.contains(&key);
            self.others.push(key);
            return new;
        }
        if self.hashed.is_empty() {
            self.hashed.extend(self.others.iter());
        }
        self.hashed.insert(key)
    }
}

impl<'a> Reader<'a, '_, '_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Steps over the byte.
    fn byte(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn object(&mut self, object: &Object, top: bool) -> Option<()> {
        self.byte(b'{')?;
        let mut keys = Keys::default();
        self.blanks();
        if self.byte(b'}').is_some() {
            return Some(());
        }
        loop {
            let (key, escaped) = self.string()?;
            if escaped {
                return None;
            }
            self.blanks();
            self.byte(b':')?;
            self.blanks();
            let known = object.find(key);
            if !keys.add(key, known.map(|(at, _)| at)) {
                return None;
            }
            let from = self.at;
            match known {
                Some((_, place)) => self.known(place)?,
                None if top && key == "pending" => {
                    let raw = self.raw()?;
                    pending(self.schema, raw, &mut self.item).ok()?;
                }
                None => {
                    self.unread()?;
                    self.item.unknown_keys += u32::from(!(top && UNREADABLE.contains(&key)));
                }
            }
            if top {
                (self.told)(key, self.line.get(from..self.at)?);
            }
            self.blanks();
            if self.byte(b',').is_none() {
                return self.byte(b'}');
            }
            self.blanks();
        }
    }

    /// The value of a key that the policy knows.
    fn known(&mut self, place: &Place) -> Option<()> {
        let first = self.peek()?;
        let from = self.at;
        if let Some((field, alias)) = place.field {
            let ty = self.schema.types.get(field.index()).copied().unwrap_or(FieldType::Text);
            self.take(first, ty, field, alias)?;
        }
        let Some(inner) = &place.inner else { return Some(()) };
        match first {
            b'{' => {
                self.at = from;
                self.object(inner, false)
            }
            _ => {
                self.at = from;
                self.unread()?;
                if first != b'n' {
                    inner.each(&mut |field, alias| self.put(field, alias, Slot::Wrong));
                }
                Some(())
            }
        }
    }

    /// Reads a value into its slot. Each kind is put in place where it is read: a slot that is handed on is copied, and waited for.
    fn take(&mut self, first: u8, ty: FieldType, field: FieldId, alias: bool) -> Option<()> {
        match (first, ty) {
            (b'"', FieldType::Text | FieldType::Id | FieldType::Time) => {
                let from = self.at;
                let (inside, escaped) = self.string()?;
                if escaped {
                    let text = text(self.line.get(from..self.at)?).ok()?;
                    self.put(field, alias, Slot::Text(text));
                } else {
                    self.put(field, alias, Slot::Text(Cow::Borrowed(inside)));
                }
            }
            (b'"', _) => {
                self.text()?;
                self.put(field, alias, Slot::Wrong);
            }
            (b'[', FieldType::TextList | FieldType::IdList) => self.list(field, alias)?,
            (b't' | b'f', FieldType::Bool) => {
                self.value()?;
                self.put(field, alias, Slot::Bool(first == b't'));
            }
            (b'n', _) => self.value()?,
            (b'-' | b'0'..=b'9', FieldType::Number | FieldType::Time) => {
                let raw = self.raw()?;
                match raw.parse::<i64>() {
                    Ok(number) => self.put(field, alias, Slot::Int(number)),
                    Err(_) => self.put(field, alias, number(raw)),
                }
            }
            // A market and a language have names, not numbers.
            (b'-' | b'0'..=b'9', FieldType::Id) if !matches!(field, FieldId::MARKET | FieldId::LANG) => {
                let raw = self.raw()?;
                let slot = if raw.contains(['.', 'e', 'E']) { Slot::Wrong } else { Slot::Text(Cow::Borrowed(raw)) };
                self.put(field, alias, slot);
            }
            _ => {
                self.unread()?;
                self.put(field, alias, Slot::Wrong);
            }
        }
        Some(())
    }

    #[inline(always)]
    fn put(&mut self, field: FieldId, alias: bool, slot: Slot<'a>) {
        let slots = if alias { &mut self.aliases } else { &mut self.item.slots };
        slots.push((field, slot));
    }

    /// A text, its escapes undone.
    fn text(&mut self) -> Option<Cow<'a, str>> {
        let from = self.at;
        let (inside, escaped) = self.string()?;
        if escaped { text(self.line.get(from..self.at)?).ok() } else { Some(Cow::Borrowed(inside)) }
    }

    fn list(&mut self, field: FieldId, alias: bool) -> Option<()> {
        let from = self.at;
        self.byte(b'[')?;
        self.blanks();
        let mut texts = Vec::new();
        if self.byte(b']').is_some() {
            self.put(field, alias, Slot::List(texts));
            return Some(());
        }
        loop {
            if self.peek() != Some(b'"') {
                // Something else in a list of texts.
                self.at = from;
                self.unread()?;
                self.put(field, alias, Slot::Wrong);
                return Some(());
            }
            texts.push(self.text()?);
            self.blanks();
            if self.byte(b',').is_none() {
                self.byte(b']')?;
                self.put(field, alias, Slot::List(texts));
                return Some(());
            }
            self.blanks();
        }
    }

    /// Steps over a value that no field reads, unless something in it is broken.
    fn unread(&mut self) -> Option<()> {
        let from = self.at;
        if self.flat().is_some() {
            return Some(());
        }
        self.at = from;
        let raw = self.raw()?;
        sound(raw).ok()
    }

    /// Steps over a value of the kinds that are most frequent, at once: one without escapes, and without objects inside of it.
    fn flat(&mut self) -> Option<()> {
        if self.byte(b'{').is_none() {
            return self.flat_value();
        }
        let (mut keys, mut count) = ([""; FEW], 0);
        self.blanks();
        if self.byte(b'}').is_some() {
            return Some(());
        }
        loop {
            let (key, escaped) = self.string()?;
            if escaped || keys.get(..count)?.contains(&key) {
                return None;
            }
            *keys.get_mut(count)? = key;
            count += 1;
            self.blanks();
            self.byte(b':')?;
            self.blanks();
            self.flat_value()?;
            self.blanks();
            if self.byte(b',').is_none() {
                return self.byte(b'}');
            }
            self.blanks();
        }
    }

    /// A value that is no object, nor a list with a list in it.
    fn flat_value(&mut self) -> Option<()> {
        if self.byte(b'[').is_none() {
            return self.scalar();
        }
        self.blanks();
        if self.byte(b']').is_some() {
            return Some(());
        }
        loop {
            self.scalar()?;
            self.blanks();
            if self.byte(b',').is_none() {
                return self.byte(b']');
            }
            self.blanks();
        }
    }

    /// A value that holds no other, without escapes.
    fn scalar(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().filter(|(_, escaped)| !escaped).map(|_| ()),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => None,
        }
    }

    /// A value as it is written.
    fn raw(&mut self) -> Option<&'a str> {
        let from = self.at;
        self.value()?;
        self.line.get(from..self.at)
    }

    /// Steps over a value.
    fn value(&mut self) -> Option<()> {
        // Whether each list or object around the place is an object, the innermost in the lowest bit.
        let (mut objects, mut depth) = (0u64, 0u32);
        loop {
            match self.peek()? {
                b'"' => drop(self.string()?),
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.word("true")?,
                b'f' => self.word("false")?,
                b'n' => self.word("null")?,
                open @ (b'[' | b'{') => {
                    self.at += 1;
                    self.blanks();
                    if self.byte(if open == b'{' { b'}' } else { b']' }).is_none() {
                        if depth == DEEPEST {
                            return None;
                        }
                        depth += 1;
                        objects = objects << 1 | u64::from(open == b'{');
                        if open == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                _ => return None,
            }
            // Behind a value: the next one, or the end of what it stands in.
            loop {
                if depth == 0 {
                    return Some(());
                }
                self.blanks();
                let in_object = objects & 1 == 1;
                if self.byte(b',').is_some() {
                    self.blanks();
                    if in_object {
                        self.key()?;
                    }
                    break;
                }
                self.byte(if in_object { b'}' } else { b']' })?;
                depth -= 1;
                objects >>= 1;
            }
        }
    }

    /// Steps over a key and its colon.
    fn key(&mut self) -> Option<()> {
        self.string()?;
        self.blanks();
        self.byte(b':')?;
        self.blanks();
        Some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.bytes.get(self.at..)?.starts_with(word.as_bytes()).then(|| self.at += word.len())
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.byte(b'-');
        if self.byte(b'0').is_none() {
            self.digits()?;
        }
        if self.byte(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    /// Steps over a string; what stands between its quotes, and whether there are escapes in it.
    fn string(&mut self) -> Option<(&'a str, bool)> {
        self.byte(b'"')?;
        let from = self.at;
        let mut escaped = false;
        loop {
            self.at += plain(self.bytes.get(self.at..)?);
            match self.peek()? {
                b'"' => {
                    let inside = self.line.get(from..self.at)?;
                    self.at += 1;
                    return Some((inside, escaped));
                }
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                    match self.bytes.get(self.at - 1)? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            let digits = self.bytes.get(self.at..self.at + 4)?;
                            if !digits.iter().all(u8::is_ascii_hexdigit) {
                                return None;
                            }
                            self.at += 4;
                        }
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
    }
}

/// How many bytes stand before the first quote, backslash or control character. Eight at a time: in a word that holds none of them
/// no subtraction borrows, so the lowest bit that is set belongs to the first of them.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (at, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        let zero = |word: u64| word.wrapping_sub(ONES) & !word;
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (zero(word ^ (ONES * 0x22)) | zero(word ^ (ONES * 0x5C)) | control) & HIGH;
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let stop = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    bytes.len() - rest.len() + rest.iter().position(stop).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_is_what_a_loop_says() {
        for length in 0..40 {
            for special in (0..=255u8).step_by(1) {
                for at in 0..length {
                    let mut bytes = vec![b'a'; length];
                    bytes[at] = special;
                    let wanted = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(length);
                    assert_eq!(plain(&bytes), wanted, "{special} at {at} of {length}");
                }
            }
        }
    }
}

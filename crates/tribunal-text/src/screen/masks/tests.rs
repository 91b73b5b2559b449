use super::*;
use crate::screen::table::{self, Bytes};

/// The masks byte by byte.
fn plainly(bytes: &[u8; 64], before: u8) -> Block {
    let table = Bytes::table();
    let mut block = Block::default();
    for (i, byte) in bytes.iter().copied().enumerate() {
        let before = if i == 0 { before } else { bytes[i - 1] } | 0x20;
        let bit = |is: bool| u64::from(is) << i;
        let y = byte | 0x20;
        block.letters |= bit(table.is_letter(byte));
        block.digits |= bit(byte.is_ascii_digit());
        block.blanks |= bit(is_blank(byte));
        block.quiet |= bit(b",-.:;=?\")_".contains(&byte) || byte == line::SIGN);
        block.closed |= bit(byte == b'\'' || byte == line::BARRIER);
        block.ats |= bit(byte == b'@');
        block.hashes |= bit(byte == b'#');
        block.bangs |= bit(byte == b'!');
        block.quotes |= bit(byte == b'"');
        block.amps |= bit(byte == b'&');
        block.doubled |= bit(table.is_letter(byte) && y == before);
        block.pairs |= bit(matches!((before, y), (b'v', b'v') | (b'p', b'h')));
        block.looks |= bit((line::LOOKS..=line::LOOKS_END).contains(&byte));
    }
    block
}

#[test]
fn the_kernel_says_what_each_byte_is() {
    let mut bytes = [0u8; 64];
    let mut state = 1u64;
    for round in 0..4_000 {
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        let ascii = round % 2 == 0;
        bytes.iter_mut().for_each(|byte| *byte = if ascii { next() & 0x7f } else { next() });
        let before = if ascii { next() & 0x7f } else { next() };
        let expected = plainly(&bytes, before);
        assert_eq!(kernel::block(&bytes, before), expected, "{before} {bytes:?}");
    }
}

#[test]
fn what_is_quiet_stands_for_nothing() {
    let table = Bytes::table();
    for byte in b",-.:;=?\")_".iter().chain([&line::SIGN]) {
        assert_eq!(table.flags(*byte), 0, "{byte}");
    }
    assert_eq!([table.flags(b'\''), table.flags(line::BARRIER)], [table::CLOSED; 2]);
    assert_eq!(table.flags(b'#'), table::MASK);
    assert_eq!(table.flags(b'!') & (table::LAST | table::MASK | table::SEQUENCE), 0);
}

fn shows(text: &str, lone: bool, of: fn(&Shows) -> u64) -> Vec<usize> {
    let mut masks = Masks::default();
    masks.fill(text.as_bytes());
    let mut carry = Carry::default();
    let all: Vec<u64> = (0..masks.len()).map(|i| of(&masks.shows(i, lone, false, &mut carry))).collect();
    (0..text.len()).filter(|i| all[i / 64] >> (i % 64) & 1 != 0).collect()
}

#[test]
fn doublings_count_within_a_word() {
    let events = |text: &str, lone| shows(text, lone, |s| s.events);
    assert_eq!(events("good coffee", false), [10]);
    assert_eq!(events("good", true), [2]);
    assert_eq!(events("phone vvord don't", false), [1, 7]);
    for shift in 50..70 {
        let text = format!("{} coffee sooo", "x ".repeat(shift / 2));
        let at = text.find("coffee").unwrap();
        assert_eq!(events(&text, false), [at + 5, at + 10], "{shift}");
    }
}

#[test]
fn signs_show_where_they_may_be_letters_or_separate_letters() {
    // Behind a run of quiet signs or at the first sign that is more, wherever the text is cut into blocks.
    let quiet =
        ["yes... no", "\"so\" he) said, ok?", "\"so\" - 10:30, 5.00;", "well; #tag don't 'tis x!", "@name: @names, \"\"@others\"", "\"@name", "a 1.5. b"];
    let shown =
        [("a.b", 2), ("x-9y", 2), ("..10k", 4), ("h0t", 1), ("a&b", 1), ("5$", 1), ("f**", 1), ("so!!", 2), ("@ab", 0), ("@abc-d", 0), ("a.'b", 3), ("$5", 0)];
    for shift in 0..140 {
        let pad = "x ".repeat(shift / 2) + if shift % 2 == 1 { " " } else { "" };
        for text in quiet {
            let found = shows(&format!("{pad}{text}"), false, |s| s.events);
            // A name across the border of two blocks may show.
            assert!(found.is_empty() || (text.contains('@') && shift % 64 > 40), "{shift} {text}: {found:?}");
        }
        for (text, at) in shown {
            let found = shows(&format!("{pad}{text} z"), false, |s| s.events);
            assert_eq!(found.first(), Some(&(shift + at)), "{shift} {text}: {found:?}");
        }
    }
}

#[test]
fn single_letters_that_may_begin_a_row() {
    let singles = |text: &str| shows(text, false, |s| s.singles);
    assert_eq!(singles("I am a b2 c"), [10]);
    assert_eq!(singles("I  am a b c d"), [0, 6, 8, 10, 12]);
    assert_eq!(singles("a ph c a vv b a phone"), [0, 5, 7, 12, 14]);
    assert_eq!(singles("u r so I'm x y vv"), [9, 11, 13], "two are no row, nor what an apostrophe cuts");
    for shift in 50..70 {
        let text = format!("{} a word a b", "x".repeat(shift));
        assert_eq!(singles(&text), [shift + 8, shift + 10], "{shift}");
    }
}

#[test]
fn tokens_and_where_they_begin() {
    for shift in 0..140 {
        let text = format!("{} a1.$b-#c, x", "y".repeat(shift));
        let mut masks = Masks::default();
        masks.fill(text.as_bytes());
        let at = shift + 1;
        assert_eq!(masks.token(at + 2, text.len()), (at, at + 9));
        assert_eq!(masks.token(text.len() - 1, text.len()), (text.len() - 1, text.len()));
        assert_eq!(masks.beginnings(at, at + 9), 0b1101_1001, "{shift}");
    }
}

#[test]
fn what_is_silenced_shows_nothing() {
    for shift in 40..80 {
        let text = format!("{} oo&#8217;xx@& b", "y".repeat(shift));
        let (mut masks, from) = (Masks::default(), shift + 3);
        masks.fill(text.as_bytes());
        masks.silence(from, from + 7, true);
        masks.silence(from + 9, from + 11, false);
        let at = |of: fn(&Block) -> u64| (0..text.len()).filter(|i| of(masks.block(i / 64)) >> (i % 64) & 1 != 0).collect::<Vec<_>>();
        assert_eq!(at(|block| block.closed), (from..from + 7).collect::<Vec<_>>(), "{shift}");
        assert_eq!(at(|block| block.quiet), [from + 9, from + 10], "{shift}");
        assert!(at(|block| block.digits | block.hashes | block.amps | block.ats).is_empty(), "{shift}");
        assert_eq!(at(|block| block.letters).len(), shift + 5, "{shift}");
    }
}

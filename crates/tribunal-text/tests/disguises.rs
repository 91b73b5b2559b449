//! Disguises one by one: what is read, what is refused and why, and what explains a reading.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "tests")]

use tribunal_text::{Folds, Guard, Mode, Ordinary, Pattern, Prepared, Reading, undone, verify};

/// What was found, each with what it says of it.
type Found<T> = Vec<(String, T)>;

/// Every disguised reading of a term in a text, with what was undone; the refused ones with the guard.
fn readings(term: &str, mode: Mode, text: &str) -> (Found<String>, Found<Guard>) {
    let ordinary = Ordinary::shipped();
    let pattern = Pattern::new(term, mode, Folds::EVASIVE, false).unwrap();
    let mut field = Prepared::new();
    field.prepare(text, &ordinary);
    let (mut read, mut refused) = (Vec::new(), Vec::new());
    for a in 0..text.len() {
        for b in a + 1..=text.len() {
            if !text.is_char_boundary(a) || !text.is_char_boundary(b) {
                continue;
            }
            let span = a as u32..b as u32;
            match verify(&pattern, &field, span.clone(), &ordinary) {
                Reading::Evasive => read.push((text[a..b].to_owned(), undone(&pattern, &field, span, &ordinary).to_string())),
                Reading::Refused(guard) => refused.push((text[a..b].to_owned(), guard)),
                Reading::No => {}
            }
        }
    }
    (read, refused)
}

fn reads(term: &str, text: &str, found: &str, folds: &str) {
    let (read, refused) = readings(term, Mode::Phrase, text);
    assert!(read.iter().any(|(t, f)| t == found && f == folds), "{term} in {text:?}: expected {found:?} by {folds}; read {read:?}, refused {refused:?}");
}

fn refuses(term: &str, text: &str, guard: Guard) {
    let (read, refused) = readings(term, Mode::Phrase, text);
    assert!(read.is_empty(), "{term} in {text:?} is read: {read:?}");
    assert!(refused.iter().any(|(_, g)| *g == guard), "{term} in {text:?}: expected {guard:?}, refused {refused:?}");
}

fn not(term: &str, text: &str) {
    let (read, _) = readings(term, Mode::Phrase, text);
    assert!(read.is_empty(), "{term} in {text:?} is read: {read:?}");
}

#[test]
fn leet() {
    reads("glock", "my gl0ck", "gl0ck", "leet");
    reads("glock", "my GL0CK!", "GL0CK", "case, leet");
    reads("seggs", "$egg$ now", "$egg$", "leet");
    reads("seggs", "5e66s", "5e66s", "leet");
    reads("billy", "b|11y", "b|11y", "leet");
    reads("glock", "gloc|<", "gloc|<", "leet");
    reads("glock", "gl()ck", "gl()ck", "leet");
    reads("badword", "badvvord", "badvvord", "leet");
    reads("firearm", "phirearm", "phirearm", "leet");
    refuses("fun", "phun", Guard::Ordinary);
    not("glock", "gl0ck19");
    not("shit", "bull$hit");
    refuses("belly", "8311y", Guard::Number);
    refuses("bellies", "831113s", Guard::Letters);
    refuses("ist", "the 1st time", Guard::Number);
    refuses("sushi", "sush!", Guard::Edge);
    refuses("ab-cd-ef", "ab-(d-ef", Guard::Edge);
    refuses("hi", "h!", Guard::Letters);
    refuses("666", "66*6", Guard::Number);
    refuses("666", "6_66", Guard::Number);
    reads("a666", "a6_66", "a6_66", "separators");
    not("lol", "101");
}

#[test]
fn repeats() {
    reads("seggs", "seggggs", "seggggs", "repeats");
    reads("seggs", "sseeggs", "sseeggs", "repeats");
    reads("glock", "gloooock", "gloooock", "repeats");
    refuses("glock", "glockk", Guard::Doubling);
    refuses("god", "goood", Guard::Ordinary);
    refuses("god", "gooood", Guard::Ordinary);
    not("seggs", "segs");
    not("666", "6666");
    not("good", "god");
}

#[test]
fn one_doubling_with_a_list_of_ordinary_words() {
    let ordinary = Ordinary::with_words(["knott"]);
    let mut field = Prepared::new();
    for (term, text, wanted) in
        [("glock", "glockk", Reading::Evasive), ("knot", "knott", Reading::Refused(Guard::Ordinary)), ("god", "good", Reading::Refused(Guard::Ordinary))]
    {
        let pattern = Pattern::new(term, Mode::Word, Folds::EVASIVE, false).unwrap();
        field.prepare(text, &ordinary);
        assert_eq!(verify(&pattern, &field, 0..text.len() as u32, &ordinary), wanted, "{text}");
    }
}

#[test]
fn separators() {
    reads("seggs", "s.e.g.g.s", "s.e.g.g.s", "separators");
    reads("seggs", "s e g g s", "s e g g s", "separators");
    reads("seggs", "s e.g-g  s", "s e.g-g  s", "separators");
    reads("glock", "gl-ock", "gl-ock", "separators");
    reads("glock", "gl🔥ock", "gl🔥ock", "separators");
    reads("glock", "g--lo--ck", "g--lo--ck", "separators");
    reads("kill yourself", "k.i.l.l y.o.u.r.s.e.l.f", "k.i.l.l y.o.u.r.s.e.l.f", "separators");
    not("glock", "gl ock");
    not("glock", "gl-oc.k");
    refuses("shell", "she'll", Guard::Apostrophe);
    refuses("forum", "for-um", Guard::Split);
    refuses("hill", "c h i l l", Guard::Chain);
    reads("ar-15", "an ar15", "ar15", "separators");
    reads("e-mail", "email", "email", "separators");
    let word = readings("ar-15", Mode::Word, "ar 15").0;
    assert_eq!(word, [("ar 15".to_owned(), "separators".to_owned())]);
}

#[test]
fn masks() {
    reads("badword", "b*dword", "b*dword", "mask");
    reads("badword", "b*dw•rd", "b*dw•rd", "mask");
    reads("badword", "badw***", "badw***", "mask");
    not("badword", "*adword");
    not("badword", "b******");
    not("badword", "badwor*");
}

#[test]
fn look_alikes() {
    reads("glock", "glосk", "glосk", "confusables");
    reads("scope", "ѕсоре", "ѕсоре", "confusables");
    refuses("cop", "сор жук", Guard::Script);
    reads("seggs", "s€ggs", "s€ggs", "confusables");
    reads("seggs", "s€g.gs", "s€g.gs", "confusables, separators");
    reads("badword", "ʙᴀᴅᴡᴏʀᴅ", "ʙᴀᴅᴡᴏʀᴅ", "confusables");
    reads("badword", "🅱adword", "🅱adword", "confusables");
    reads("boxer", "bo❌er", "bo❌er", "confusables");
    not("ill", "lll");
}

#[test]
fn entities() {
    reads("glock", "gl&#111;ck", "gl&#111;ck", "entities");
    reads("glock", "&#x67;lock", "&#x67;lock", "entities");
    reads("glock", "gl&shy;ock", "gl&shy;ock", "entities");
}

#[test]
fn links_names_and_addresses() {
    refuses("glock", "www.gl0ck.com", Guard::Url);
    refuses("ass", "hi @ss", Guard::Url);
    refuses("glock", "gl0ck@mail.com", Guard::Url);
}

#[test]
fn every_guard_has_its_example() {
    for guard in Guard::ALL {
        assert!(!guard.name().is_empty() && !guard.reason().is_empty(), "{guard:?}");
        let (term, text) = guard.example();
        refuses(term, text, guard);
    }
}

#[test]
fn a_plain_reading_is_not_disguised() {
    for (term, text) in [("glock", "Glöck"), ("g.l", "g.l"), ("aaa", "AAA"), ("c++", "c++")] {
        assert!(readings(term, Mode::Word, text).0.iter().all(|(t, _)| t != text), "{term}");
    }
    let ordinary = Ordinary::shipped();
    let mut field = Prepared::new();
    field.prepare("Glöck", &ordinary);
    let pattern = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).unwrap();
    assert_eq!(undone(&pattern, &field, 0..6, &ordinary).to_string(), "case, diacritics");
    field.prepare("glock", &ordinary);
    assert_eq!(undone(&pattern, &field, 0..5, &ordinary), Folds::NONE);
}

#[test]
fn tags() {
    let ordinary = Ordinary::shipped();
    let mut field = Prepared::new();
    let pattern = Pattern::new("kill yourself", Mode::Tag, Folds::EVASIVE, false).unwrap();
    for (text, wanted) in [("#k1ll_yourself", Reading::Evasive), ("#kill-yourself", Reading::No)] {
        field.prepare(text, &ordinary);
        assert_eq!(verify(&pattern, &field, 1..text.len() as u32, &ordinary), wanted, "{text}");
    }
    field.prepare_element("k!llyourself12", &ordinary);
    assert_eq!(verify(&pattern, &field, 0..12, &ordinary), Reading::Evasive);
}

use super::*;

fn plain(text: &str) -> String {
    fold_to_string(ViewKind::PLAIN, text)
}

fn with(folds: Folds, text: &str) -> String {
    fold_to_string(ViewKind { folds, turkish: false }, text)
}

#[test]
fn plain_folds() {
    assert_eq!(plain("Ｇｌöck 𝓰𝓵𝓸𝓬𝓴 STRAẞE ⓖlock"), "glock glock strasse glock");
    assert_eq!(plain("gl\u{ad}o\u{200b}ck\u{fe0f} łøđħŧ"), "glock lodht");
    assert_eq!(plain("ё й Ё ﾀﾞ ｶﾞ"), "е и\u{306} е タ\u{3099} カ\u{3099}");
    assert_eq!(plain("กี่ हिन्दी שָׁלוֹם"), with(Folds::NONE, "กี่ हिन्दी שָׁלוֹם"));
    assert_eq!(with(Folds::CASE, "É"), "e\u{301}");
    assert_eq!(with(Folds::NONE, "a\u{301}\u{323} Ａ"), "a\u{323}\u{301} Ａ");
    assert_eq!(plain("a\u{a0}b"), "a\u{a0}b");
}

#[test]
fn turkish_letters() {
    let kind = ViewKind { folds: Folds::PLAIN, turkish: true };
    assert_eq!(fold_to_string(kind, "iıIİI\u{307}"), "iiiii");
    assert_eq!(plain("ıI"), "ıi");
    assert_eq!(with(Folds::CASE, "İ"), "i\u{307}");
}

#[test]
fn overrides_are_read_as_displayed() {
    assert_eq!(plain("a \u{202e}kcolg\u{202c} b"), "a glock b");
    assert_eq!(plain("\u{202e}kce\u{301}lg"), "gleck");
    assert_eq!(plain("\u{202e}ba\ncd"), "ab\ncd");
    assert_eq!(with(Folds::CASE, "\u{202e}ab"), "\u{202e}ab");
    let mut view = View::new();
    view.fold(ViewKind::PLAIN, "x\u{202e}kcolg\u{202c}y");
    assert_eq!(view.range_of(&(4..9)), Some(1..6));
    assert_eq!(view.range_of(&(4..8)), Some(2..6));
}

#[test]
fn whole_groups() {
    let mut view = View::new();
    view.fold(ViewKind::PLAIN, "ße\u{301}x👍🏽");
    let spans: Vec<(char, u32, u32, u8)> = view.units.iter().map(|u| (u.ch, u.start, u.end, u.flags)).collect();
    assert_eq!(spans, [('s', 0, 2, FIRST), ('s', 0, 2, LAST), ('e', 2, 5, 3), ('x', 5, 6, 3), ('👍', 6, 14, 3)]);
    assert_eq!(view.range_of(&(2..6)), Some(2..4));
    assert_eq!(view.range_of(&(2..4)), None);
    assert_eq!(plain("🇬🇱🇴🇨🇰 🇩🇪 🇩🇪🇫🇷 🇬 🇱 🇽🇿"), "glock 🇩🇪 🇩🇪🇫🇷 g l xz");
    assert_eq!(with(Folds::CASE, "🇬🇱🇴"), "🇬🇱🇴");
    view.fold(ViewKind::PLAIN, "👩🏽\u{200d}🚀1\u{fe0f}\u{20e3}");
    assert_eq!(view.text(), "👩\u{200d}🚀1\u{20e3}");
    assert_eq!(view.units.iter().filter(|u| u.flags & FIRST != 0).count(), 2);
}

#[test]
fn enclosing_marks_belong_to_their_letter() {
    let mut view = View::new();
    view.fold(ViewKind::PLAIN, "s\u{20dd}e\u{20dd}");
    assert_eq!((view.text().as_str(), view.range_of(&(0..8))), ("se", Some(0..2)));
    assert_eq!(plain("ж\u{20dd}"), "ж\u{20dd}");
}

#[test]
fn tones_beside_an_emoji_after_all() {
    let mut view = View::new();
    view.fold(ViewKind::PLAIN, "👍\u{301}🏽x");
    assert_eq!((view.text().as_str(), view.range_of(&(0..10))), ("👍x", Some(0..1)));
    for text in ["👍\u{ad}🏽", "👍\u{202e}🏽", "\u{202e}🏽👍", "👍\u{202c}🏽", "🏽\u{ad}🏽", "🅱\u{301}🏽", "👩\u{200d}🚀\u{301}🏽"]
    {
        for bits in 0..16 {
            let folds = Folds::from_bits(bits).unwrap();
            let once = with(folds, text);
            assert_eq!(with(folds, &once), once, "{text:?} under {folds}");
        }
    }
    assert_eq!(plain("x🏽 🇩🇪🏽"), "x🏽 🇩🇪🏽");
    assert_eq!(with(Folds::DIACRITICS, "👍\u{301}\u{fe0f}"), "👍");
}

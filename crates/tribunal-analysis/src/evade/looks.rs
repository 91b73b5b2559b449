//! What people write for a letter. Chosen by hand from keyboards and generators of styled text, not taken from the tables that undo it.

/// Digits, then symbols, for a letter.
pub(crate) fn leet(letter: char) -> (&'static str, &'static str) {
    match letter {
        'a' => ("4", "@"),
        'b' => ("8", ""),
        'c' => ("", "(<"),
        'e' => ("3", ""),
        'g' => ("9", ""),
        'i' => ("1", "!|"),
        'l' => ("1", "|"),
        'o' => ("0", ""),
        's' => ("5", "$"),
        't' => ("7", "+"),
        'z' => ("2", ""),
        'а' | 'α' => ("4", "@"),
        'о' | 'ο' => ("0", ""),
        'з' => ("3", ""),
        'б' => ("6", ""),
        _ => ("", ""),
    }
}

/// A Latin letter drawn with several signs.
pub(crate) fn drawn(letter: char) -> &'static [&'static str] {
    match letter {
        'k' => &["|<", "|{"],
        'v' => &["\\/"],
        'w' => &["\\/\\/"],
        'a' => &["/\\", "/-\\"],
        'b' => &["|3"],
        'd' => &["|)"],
        'o' => &["()", "[]"],
        'u' => &["|_|", "(_)"],
        'n' => &["|\\|", "/\\/"],
        'm' => &["|\\/|"],
        'h' => &["|-|"],
        'x' => &["><"],
        _ => &[],
    }
}

/// Cyrillic letters of the same shape.
pub(crate) fn cyrillic(letter: char) -> Option<char> {
    Some(match letter {
        'a' => 'а',
        'c' => 'с',
        'd' => 'ԁ',
        'e' => 'е',
        'h' => 'һ',
        'i' => 'і',
        'j' => 'ј',
        'o' => 'о',
        'p' => 'р',
        'q' => 'ԛ',
        's' => 'ѕ',
        'w' => 'ԝ',
        'x' => 'х',
        'y' => 'у',
        _ => return None,
    })
}

/// Greek letters that are used for a Latin one.
pub(crate) fn greek(letter: char) -> Option<char> {
    Some(match letter {
        'a' => 'α',
        'e' => 'ε',
        'i' => 'ι',
        'k' => 'κ',
        'n' => 'η',
        'o' => 'ο',
        'p' => 'ρ',
        't' => 'τ',
        'u' => 'υ',
        'v' => 'ν',
        'w' => 'ω',
        'x' => 'χ',
        'y' => 'γ',
        _ => return None,
    })
}

/// Latin letters of the shape of a Cyrillic or Greek one.
pub(crate) fn latin(letter: char) -> Option<char> {
    Some(match letter {
        'а' | 'α' => 'a',
        'с' | 'ϲ' => 'c',
        'е' => 'e',
        'һ' => 'h',
        'і' | 'ι' => 'i',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'х' => 'x',
        'у' => 'y',
        'ν' => 'v',
        'γ' => 'y',
        'Т' => 'T',
        'М' => 'M',
        'К' => 'K',
        'Н' => 'H',
        'В' => 'B',
        _ => return None,
    })
}

/// A letter of a styled alphabet whose small letters are one after the other from `first`.
pub(crate) fn styled(letter: char, first: u32) -> Option<char> {
    letter.is_ascii_lowercase().then(|| char::from_u32(first + u32::from(letter) - u32::from('a'))).flatten()
}

/// Small capitals.
pub(crate) fn small_capital(letter: char) -> Option<char> {
    letter.is_ascii_lowercase().then(|| "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ".chars().nth(usize::from(letter as u8 - b'a'))).flatten()
}

/// Another form of an Arabic letter that reads the same.
pub(crate) fn arabic(letter: char) -> Option<char> {
    Some(match letter {
        'ك' => 'ک',
        'ک' => 'ك',
        'ي' | 'ى' => 'ی',
        'ی' => 'ي',
        'ه' => 'ہ',
        'ہ' => 'ه',
        _ => return None,
    })
}

/// The half-width form of a katakana, with its voicing sign apart.
pub(crate) fn half_width(letter: char) -> Option<String> {
    const FULL: &str = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンァィゥェォャュョッー";
    const HALF: &str = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｬｭｮｯｰ";
    const VOICED: &str = "ガギグゲゴザジズゼゾダヂヅデドバビブベボヴ";
    const VOICELESS: &str = "カキクケコサシスセソタチツテトハヒフヘホウ";
    const HALF_VOICED: &str = "パピプペポ";
    let place = |of: &str, c: char| of.chars().position(|x| x == c);
    if let Some(at) = place(VOICED, letter) {
        return half_width(VOICELESS.chars().nth(at)?).map(|half| half + "ﾞ");
    }
    if let Some(at) = place(HALF_VOICED, letter) {
        return half_width("ハヒフヘホ".chars().nth(at)?).map(|half| half + "ﾟ");
    }
    HALF.chars().nth(place(FULL, letter)?).map(String::from)
}

/// A Hangul syllable as the letters it is made of: conjoining, or as they stand on a keyboard.
pub(crate) fn jamo(syllable: char, conjoining: bool) -> Option<String> {
    let index = u32::from(syllable).checked_sub(0xAC00).filter(|index| *index < 11_172)?;
    let (lead, vowel, tail) = (index / 588, index % 588 / 28, index % 28);
    let of = |text: &str, n: u32| text.chars().nth(usize::try_from(n).ok()?);
    let mut out = String::new();
    if conjoining {
        out.extend([char::from_u32(0x1100 + lead)?, char::from_u32(0x1161 + vowel)?]);
        if tail > 0 {
            out.push(char::from_u32(0x11A7 + tail)?);
        }
    } else {
        out.extend([of("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", lead)?, char::from_u32(0x314F + vowel)?]);
        if tail > 0 {
            out.push(of("ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ", tail - 1)?);
        }
    }
    Some(out)
}

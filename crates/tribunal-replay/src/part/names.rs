//! Texts that come again and again, by number.

use std::collections::HashMap;

/// Short numbers for texts that come again and again; 0 is the empty one.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Box<[u8]>, u32>,
    texts: Vec<Box<[u8]>>,
    /// Numbers given lately, by a few bytes of their texts: markets and decisions come again and again, and the map withstands chosen
    /// keys at a price.
    lately: Vec<u32>,
}

/// Places in [`Names::lately`].
const LATELY: usize = 256;

impl Names {
    pub(super) fn number(&mut self, text: &[u8]) -> u32 {
        // Most items have no stratum, and many no label: nothing is hashed for them.
        if text.is_empty() {
            return 0;
        }
        let place = Names::place(text);
        let lately = self.lately.get(place).copied().unwrap_or(0);
        if lately != 0 && self.bytes(lately) == text {
            return lately;
        }
        let number = match self.numbers.get(text) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.texts.len() + 1).unwrap_or(u32::MAX);
                self.texts.push(text.into());
                self.numbers.insert(text.into(), number);
                number
            }
        };
        self.lately.resize(LATELY, 0);
        if let Some(lately) = self.lately.get_mut(place) {
            *lately = number;
        }
        number
    }

    fn place(text: &[u8]) -> usize {
        let ends = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
            (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(32),
            _ => text.iter().fold(0, |ends, byte| ends << 8 | u64::from(*byte)),
        };
        ((ends ^ text.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize
    }

    pub(super) fn bytes(&self, number: u32) -> &[u8] {
        (number as usize).checked_sub(1).and_then(|at| self.texts.get(at)).map_or(&[], |text| text)
    }

    pub(super) fn text(&self, number: u32) -> String {
        String::from_utf8_lossy(self.bytes(number)).into_owned()
    }
}

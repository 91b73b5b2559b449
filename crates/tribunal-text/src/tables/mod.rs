//! Generated tables and their look-up.

#[rustfmt::skip]
pub(crate) mod disguises;
#[rustfmt::skip]
pub(crate) mod folds;
#[rustfmt::skip]
pub(crate) mod guards;
#[rustfmt::skip]
pub(crate) mod ordinary;
#[rustfmt::skip]
pub(crate) mod props;

/// Bits of a code point that select the place inside a block of a two-stage table.
const SHIFT: u32 = 7;

/// Value of `c` in a two-stage table; zero beyond its last block.
#[inline]
pub(crate) fn look_up<I: Copy + Into<usize>, V: Copy + Default>(index: &[I], blocks: &[V], c: char) -> V {
    let code = c as usize;
    let Some(block) = index.get(code >> SHIFT) else { return V::default() };
    let block: usize = (*block).into();
    blocks.get((block << SHIFT) | (code & ((1 << SHIFT) - 1))).copied().unwrap_or_default()
}

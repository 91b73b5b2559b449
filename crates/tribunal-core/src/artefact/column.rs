//! Numbers in a row, of their own or seen in the bytes of a compiled policy.

use std::ops::Deref;
use std::sync::Arc;

use bytemuck::Pod;
use yoke::Yoke;
use yoke::erased::ErasedArcCart;

/// The bytes of a compiled policy, from a whole number of words on.
#[derive(Debug)]
pub(crate) struct Buffer {
    words: Vec<u64>,
    length: usize,
}

impl Buffer {
    /// Memory for so many bytes.
    pub(crate) fn zeroed(length: usize) -> Buffer {
        Buffer { words: vec![0; length.div_ceil(8)], length }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(&self.words).get(..self.length).unwrap_or_default()
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.words).get_mut(..self.length).unwrap_or_default()
    }
}

/// A table of numbers. Reading it costs what reading a slice costs, wherever the numbers are.
pub(crate) struct Column<T: 'static>(Yoke<&'static [T], ErasedArcCart>);

impl<T: Pod + Send + Sync> Column<T> {
    /// The numbers at some bytes of a buffer; `None` when they do not lie there as such numbers do.
    pub(crate) fn view(buffer: &Arc<Buffer>, from: usize, length: usize) -> Option<Column<T>> {
        let view = Yoke::try_attach_to_cart(Arc::clone(buffer), |buffer| {
            let bytes = buffer.bytes().get(from..from.checked_add(length).ok_or(())?).ok_or(())?;
            bytemuck::try_cast_slice(bytes).map_err(|_| ())
        });
        Some(Column(view.ok()?.erase_arc_cart()))
    }
}

impl<T: Send + Sync + 'static> From<Vec<T>> for Column<T> {
    fn from(mut numbers: Vec<T>) -> Column<T> {
        numbers.shrink_to_fit();
        Column(Yoke::attach_to_cart(Arc::new(numbers), |numbers: &Vec<T>| numbers.as_slice()).erase_arc_cart())
    }
}

impl<T: Send + Sync + 'static> Default for Column<T> {
    fn default() -> Column<T> {
        Column::from(Vec::new())
    }
}

impl<T> Deref for Column<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.0.get()
    }
}

impl<T> std::fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} x {} bytes", self.len(), size_of::<T>())
    }
}

/// Texts or other small things by number, their bytes one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    /// Where each begins, and the end.
    starts: Column<u32>,
    bytes: Column<u8>,
}

impl Pieces {
    pub(crate) fn new<P: AsRef<[u8]>>(pieces: impl IntoIterator<Item = P>) -> Pieces {
        let (mut starts, mut bytes) = (vec![0], Vec::new());
        for piece in pieces {
            bytes.extend_from_slice(piece.as_ref());
            starts.push(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        }
        Pieces { starts: starts.into(), bytes: bytes.into() }
    }

    pub(crate) fn of(starts: Column<u32>, bytes: Column<u8>) -> Pieces {
        Pieces { starts, bytes }
    }

    pub(crate) fn columns(&self) -> (&Column<u32>, &Column<u8>) {
        (&self.starts, &self.bytes)
    }

    /// One of them; nothing when there is none.
    pub(crate) fn get(&self, at: usize) -> &[u8] {
        let Some([from, to]) = self.starts.get(at..at.saturating_add(2)) else { return &[] };
        self.bytes.get(*from as usize..*to as usize).unwrap_or_default()
    }

    pub(crate) fn text(&self, at: usize) -> &str {
        std::str::from_utf8(self.get(at)).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub(crate) fn size(&self) -> usize {
        self.starts.len() * 4 + self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_lie_inside_and_on_whole_numbers() {
        let mut buffer = Buffer::zeroed(17);
        buffer.bytes_mut().copy_from_slice(&std::array::from_fn::<u8, 17, _>(|n| n as u8));
        let buffer = Arc::new(buffer);
        assert_eq!(&*Column::<u32>::view(&buffer, 4, 8).unwrap(), [u32::from_le_bytes([4, 5, 6, 7]), u32::from_le_bytes([8, 9, 10, 11])]);
        assert_eq!(&*Column::<u8>::view(&buffer, 16, 1).unwrap(), [16]);
        for (from, length) in [(0, 18), (18, 0), (usize::MAX, 2), (0, 3), (1, 4)] {
            assert!(Column::<u32>::view(&buffer, from, length).is_none(), "{from} {length}");
        }
        assert!(Column::<u64>::view(&buffer, 8, 8).is_some() && Column::<u64>::view(&buffer, 4, 8).is_none());
    }

    #[test]
    fn pieces_by_number() {
        let pieces = Pieces::new(["", "glock", "é"]);
        assert_eq!((pieces.len(), pieces.text(0), pieces.text(1), pieces.text(2), pieces.text(3)), (3, "", "glock", "é", ""));
        let broken = Pieces::of(vec![9, 3, 400].into(), vec![0xff; 4].into());
        assert_eq!((broken.text(0), broken.text(1), broken.text(usize::MAX)), ("", "", ""));
    }
}

//! A compiled policy as a file.
//!
//! A header, then tables of little-endian numbers, packed, then a BLAKE3 over everything before it. Loading checks the hash, unpacks
//! the tables into one buffer on whole words, and looks at them there; what is small or cannot be kept as numbers (fields, markets,
//! effects; regular expressions, from their texts) is made anew. What only explaining needs is not decoded: the file
//! holds the policy's own files, and they are read when somebody asks.
//!
//! The hash guards against damage. Somebody who makes a file on purpose can make it say anything, but numbers that lead nowhere
//! lead to nothing: everything that reads a table asks with `get`.

pub(crate) mod column;
mod file;
mod parts;
mod source;

pub use file::{LoadError, Part};

pub(crate) use file::{MAGIC, Reader, Writer};
pub(crate) use source::policy;

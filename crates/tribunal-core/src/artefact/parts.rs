//! What of an engine is saved, and in which order.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::OnceLock;

use tribunal_policy::AxisId;
use tribunal_text::Ordinary;

use super::column::Column;
use super::{LoadError, Part, Reader, Writer, source};
use crate::compile::columns::Columns;
use crate::compile::patterns::{PatternInfo, Patterns};
use crate::compile::program::Program;
use crate::compile::variants::{Slots, Variants};
use crate::compile::wake::Wake;
use crate::compile::{self, Options, parallel};
use crate::engine::{EffectCode, Engine, Exact, ExactEntry, FieldBits, TextField};
use crate::facts::Facts;
use crate::kernel::Kernel;
use crate::profile::Profile;
use crate::scan::tier::Tier;

/// Chains of references that a file may ask to be followed: the memory of a thread is finite.
const DEEPEST_REFERENCES: usize = 512;
/// Bytes that a file may ask for each of its expressions.
const LARGEST_EXPRESSION: usize = 64 << 20;

/// The small parts of the rules.
type Small = (Vec<Vec<u32>>, Vec<(AxisId, String)>, EffectCode, EffectCode);
/// How lists and fields are used.
type Uses = (Vec<TextField>, Vec<bool>, Vec<bool>, Option<Vec<String>>);

impl Engine {
    /// The compiled policy as the bytes of a file. The same policy gives the same bytes.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits, LoadError};
    ///
    /// let text = "policy: {id: demo, version: '1'}\nterms: {firearms: [glock]}\nrules:\n  - {id: gun, when: any text has firearms, effect: {routing: review}}";
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
    /// let mut bytes = Engine::new(policy, Limits::default())?.to_bytes();
    /// let again = Engine::from_bytes(&bytes)?;
    /// assert_eq!((again.facts().id.as_str(), again.to_bytes() == bytes), ("demo", true));
    /// bytes[100] ^= 1;
    /// assert_eq!(Engine::from_bytes(&bytes).err(), Some(LoadError::Damaged));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        self.facts.save(&mut out);
        out.value(Part::Facts, &(&self.options, &self.profile));
        self.patterns.save(&mut out);
        let uses: Uses = (self.text_fields.clone(), self.first_tier.clone(), self.has_allow.clone(), self.ordinary.own().map(<[String]>::to_vec));
        out.value(Part::Patterns, &uses);
        let exact = self.exact.iter().enumerate().filter_map(|(list, exact)| Some((u32::try_from(list).ok()?, exact.as_ref()?.entries.as_slice())));
        let exact: Vec<(u32, &[ExactEntry])> = exact.collect();
        out.value(Part::Exact, &exact);
        self.program.save(&mut out);
        self.variants.save(&mut out);
        self.slots.save(&mut out);
        let small: Small = (self.scores.clone(), self.labels.clone(), self.on_incomplete.clone(), self.review.clone());
        out.value(Part::Rules, &small);
        self.wake.save(&mut out);
        self.columns.save(&mut out);
        for tier in &self.tiers {
            tier.save(&mut out);
        }
        if self.source.is_empty() {
            out.column(Part::Source, &source::pack(self.policy()))
        } else {
            out.column(Part::Source, &self.source)
        }
        out.finish(&self.facts.digest)
    }

    /// The engine of a compiled policy.
    ///
    /// ```
    /// use tribunal_core::{Engine, LoadError};
    ///
    /// assert_eq!(Engine::from_bytes(&[]).err(), Some(LoadError::NotCompiled));
    /// ```
    ///
    /// # Errors
    ///
    /// [`LoadError`] when the bytes are not those that [`Engine::to_bytes`] gave, or gave in a program of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Engine, LoadError> {
        Engine::load(Reader::new(bytes)?)
    }

    /// The same, read from a file of so many bytes.
    ///
    /// ```
    /// use tribunal_core::{Engine, LoadError};
    ///
    /// assert_eq!(Engine::from_reader(&mut &b"policy: {}"[..], 10).err(), Some(LoadError::NotCompiled));
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Engine::from_bytes`]; a reader that fails or ends early gives [`LoadError::Damaged`].
    pub fn from_reader(reader: &mut dyn Read, length: usize) -> Result<Engine, LoadError> {
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes).map_err(|_| LoadError::Damaged)?;
        Engine::load(Reader::new(&bytes)?)
    }

    /// Whether a file that begins with these bytes is a compiled policy, of whatever version.
    ///
    /// ```
    /// assert!(!tribunal_core::Engine::is_compiled(b"policy: {id: demo}"));
    /// ```
    #[must_use]
    pub fn is_compiled(bytes: &[u8]) -> bool {
        bytes.starts_with(&super::MAGIC)
    }

    /// The policy's own files in a compiled policy, by path.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tribunal_core::{Engine, Limits};
    ///
    /// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?);
    /// let files = Engine::files_in(&Engine::new(policy, Limits::default())?.to_bytes())?;
    /// assert_eq!(files["demo.yaml"], b"policy: {id: demo, version: '1'}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Engine::from_bytes`].
    pub fn files_in(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, LoadError> {
        let packed: Column<u8> = Reader::new(bytes)?.last(Part::Source)?;
        source::unpack(&packed).ok_or(LoadError::Malformed("the policy's files cannot be unpacked"))
    }

    fn load(mut from: Reader) -> Result<Engine, LoadError> {
        let facts = Facts::load(&mut from)?;
        let (mut options, profile): (Options, Option<Profile>) = from.value(Part::Facts)?;
        options.limits.reference_depth = options.limits.reference_depth.min(DEEPEST_REFERENCES);
        options.limits.regex_bytes = options.limits.regex_bytes.min(LARGEST_EXPRESSION);
        let threads = if options.parallel { parallel::available() } else { 1 };
        let patterns = Patterns::load(&mut from, options.limits.regex_bytes, threads)?;
        let (text_fields, first_tier, has_allow, own): Uses = from.value(Part::Patterns)?;
        let kept: Vec<(u32, Vec<ExactEntry>)> = from.value(Part::Exact)?;
        let mut exact: Vec<Option<Box<Exact>>> = (0..first_tier.len()).map(|_| None).collect();
        for (list, entries) in kept {
            if let Some(place) = exact.get_mut(list as usize) {
                *place = Some(Box::new(Exact::new(entries)));
            }
        }
        let program = Program::load(&mut from)?;
        let variants = Variants::load(&mut from)?;
        let slots = Slots::load(&mut from)?;
        let (scores, labels, on_incomplete, review): Small = from.value(Part::Rules)?;
        let wake = Wake::load(&mut from)?;
        let columns = Columns::load(&mut from)?;
        let in_first = |info: &PatternInfo<'_>| !options.two_tiers || (!info.allow && first_tier.get(info.list.index()) == Some(&true));
        let first = Tier::load(&mut from, &patterns, &in_first, options.screen)?;
        let second = Tier::load(&mut from, &patterns, &|info| !in_first(info), options.screen)?;
        let source: Column<u8> = from.column(Part::Source)?;
        Ok(Engine {
            kernel: Kernel::new(options.simd),
            absent_wakes: compile::absent_wakes(&facts.fields, &wake),
            text_bits: FieldBits::texts(&facts.fields),
            facts,
            policy: OnceLock::new(),
            source,
            options,
            profile,
            patterns,
            has_allow,
            exact,
            text_fields,
            first_tier,
            tiers: [first, second],
            program,
            wake,
            columns,
            variants,
            slots,
            scores,
            labels,
            on_incomplete,
            review,
            ordinary: own.map_or_else(Ordinary::shipped, |words| Ordinary::with_words(words.iter().map(String::as_str))),
        })
    }
}

//! The policy's own files inside a compiled one: compressed, and read when somebody asks what only they say.

use std::collections::BTreeMap;

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use tribunal_policy::Policy;

/// No policy is larger; a file that unpacks to more was made to.
const MOST: usize = 1 << 30;

/// Half the time of the default for a tenth more bytes.
const LEVEL: u8 = 4;

/// The files of a policy: paths and bytes, in the order of their paths.
pub(crate) fn pack(policy: &Policy) -> Vec<u8> {
    let mut files: Vec<(&str, &[u8])> = policy.sources.files().map(|(_, file)| (file.path.as_str(), file.bytes())).collect();
    files.sort_unstable();
    compress_to_vec(&postcard::to_stdvec(&files).unwrap_or_default(), LEVEL)
}

/// The files.
pub(crate) fn unpack(packed: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let bytes = decompress_to_vec_with_limit(packed, MOST).ok()?;
    let files: Vec<(String, Vec<u8>)> = postcard::from_bytes(&bytes).ok()?;
    Some(files.into_iter().collect())
}

/// The policy that was compiled; `None` when the files do not say the same policy, or need a reader that this program lacks
/// (workbooks).
pub(crate) fn policy(packed: &[u8], digest: &str) -> Option<Policy> {
    let files = unpack(packed)?;
    let loaded = tribunal_policy::load_again(files);
    loaded.policy.filter(|policy| policy.digest == digest)
}

//! Objects of S3-compatible stores: listed, pinned to the version that was listed, and read in pieces.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::ops::Range;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey as Setting};
use object_store::path::Path;
use object_store::{ClientConfigKey, GetOptions, ObjectMeta, ObjectStore as _, ObjectStoreExt as _, RetryConfig};
use tokio::runtime::{Builder, Runtime};

use super::{NO_ITEMS, is_glob, is_items};
use crate::error::Error;

/// Bytes asked for at once.
const PIECE: u64 = 8 << 20;
/// How often a piece is asked for when the connection breaks within it; requests that fail are tried again below this.
const TRIES: usize = 3;
const SETTINGS: &str = "the store is told by AWS_ENDPOINT_URL, AWS_REGION and AWS_ALLOW_HTTP, its keys by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; AWS_SKIP_SIGNATURE=true reads a public one";

/// A bucket and the one thread's worth of machinery that talks to it.
struct Bucket {
    runtime: Runtime,
    client: AmazonS3,
}

/// An object as it was when it was listed.
pub(super) struct Object {
    /// Its address.
    pub(super) url: Arc<str>,
    /// Its size in bytes.
    pub(super) size: u64,
    /// What the store calls this version of it: `etag:…`.
    pub(super) version: String,
    meta: ObjectMeta,
    bucket: Arc<Bucket>,
}

/// The objects behind an address: one of that name, or those of known endings below it, or what a glob matches.
pub(super) fn find(url: &str) -> Result<Vec<Object>, Error> {
    let wrong = |why: String| Error::Input(format!("{url}: {why}"));
    let Some(rest) = url.strip_prefix("s3://") else {
        return Err(wrong("of addresses only s3://BUCKET/KEY can be read".to_owned()));
    };
    let (name, key) = rest.split_once('/').unwrap_or((rest, ""));
    if name.is_empty() {
        return Err(wrong("no bucket is named: write s3://BUCKET/KEY".to_owned()));
    }
    let bucket = Arc::new(open(name).map_err(|why| wrong(format!("{why}; {SETTINGS}")))?);
    let failed = |error: object_store::Error| wrong(format!("{}; {SETTINGS}", said(&error, name)));
    let parsed = |text: &str| Path::parse(text.trim_end_matches('/')).map_err(|error| wrong(error.to_string()));
    let mut found = if is_glob(key) {
        let pattern = glob::Pattern::new(key).map_err(|error| wrong(error.to_string()))?;
        let fixed = key.split(['*', '?', '[']).next().unwrap_or_default();
        let folder = fixed.rsplit_once('/').map_or("", |(folder, _)| folder);
        let exact = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::default() };
        let mut all = bucket.list(&parsed(folder)?).map_err(failed)?;
        all.retain(|meta| pattern.matches_with(meta.location.as_ref(), exact));
        all
    } else {
        let path = parsed(key)?;
        // Asked for one object a store refuses without a word: of a listing it says why.
        let reason = |error| bucket.list(&path).err().unwrap_or(error);
        let one = if key.is_empty() || key.ends_with('/') { None } else { bucket.head(&path).map_err(reason).map_err(failed)? };
        match one {
            Some(meta) => vec![meta],
            None => {
                let mut all = bucket.list(&path).map_err(failed)?;
                all.retain(|meta| meta.location.filename().is_some_and(is_items));
                all
            }
        }
    };
    if found.is_empty() {
        // A name that ends as those of items do was meant as one object.
        return Err(wrong(if is_glob(key) || !is_items(key) { NO_ITEMS.to_owned() } else { "the bucket has no object of that name".to_owned() }));
    }
    found.sort_by(|a, b| a.location.cmp(&b.location));
    let object = |meta: ObjectMeta| Object {
        url: format!("s3://{name}/{}", meta.location).into(),
        size: meta.size,
        version: format!("etag:{}", meta.e_tag.as_deref().unwrap_or("none").trim_matches('"')),
        meta,
        bucket: Arc::clone(&bucket),
    };
    Ok(found.into_iter().map(object).collect())
}

/// What a store answered, in the words of who asked for items.
fn said(error: &object_store::Error, bucket: &str) -> String {
    let text = error.to_string();
    if text.contains("<Code>NoSuchBucket</Code>") {
        return format!("the store has no bucket `{bucket}`");
    }
    // Where no key is set the machine itself is asked for one, which only machines of that cloud have.
    if text.contains("169.254.169.254") && std::env::var_os("AWS_ACCESS_KEY_ID").is_none() {
        return "no key is set, and this machine hands out none".to_owned();
    }
    // Refused listings come as errors of no kind.
    let is_refused = matches!(error, object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. })
        || ["403 Forbidden", "401 Unauthorized"].iter().any(|status| text.contains(status));
    if is_refused { refused(&text, bucket) } else { text }
}

/// Why a store lets nobody in, as far as its answer has a reason.
fn refused(answer: &str, bucket: &str) -> String {
    let because = |code: &str| answer.contains(&format!("<Code>{code}</Code>"));
    if because("InvalidAccessKeyId") {
        "the store does not know this access key".to_owned()
    } else if because("SignatureDoesNotMatch") {
        "the secret key is not the one of this access key".to_owned()
    } else if std::env::var("AWS_SKIP_SIGNATURE").is_ok_and(|set| is_yes(&set)) {
        format!("the store does not let everyone read the bucket `{bucket}`, and AWS_SKIP_SIGNATURE asks without a key")
    } else {
        format!("the store does not let these keys read the bucket `{bucket}`")
    }
}

fn open(name: &str) -> Result<Bucket, String> {
    let retry = RetryConfig { max_retries: 4, retry_timeout: std::time::Duration::from_secs(60), ..RetryConfig::default() };
    let store = AmazonS3Builder::from_env().with_bucket_name(name).with_retry(retry);
    // What would end as "builder error".
    let endpoint = store.get_config_value(&Setting::S3Endpoint).or_else(|| store.get_config_value(&Setting::Endpoint)).unwrap_or_default();
    if endpoint.to_ascii_lowercase().starts_with("http://")
        && !store.get_config_value(&Setting::Client(ClientConfigKey::AllowHttp)).is_some_and(|set| is_yes(&set))
    {
        return Err(format!("{endpoint} is an address without encryption; AWS_ALLOW_HTTP=true allows that"));
    }
    // Whoever was there first has chosen; the answer only says so.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let client = store.build().map_err(|error| error.to_string())?;
    Ok(Bucket { runtime, client })
}

/// Whether a setting says yes, in the words that the client of the store takes.
fn is_yes(set: &str) -> bool {
    ["1", "true", "on", "yes", "y"].iter().any(|yes| set.eq_ignore_ascii_case(yes))
}

impl Bucket {
    fn list(&self, below: &Path) -> object_store::Result<Vec<ObjectMeta>> {
        self.runtime.block_on(self.client.list(Some(below)).try_collect())
    }

    fn head(&self, path: &Path) -> object_store::Result<Option<ObjectMeta>> {
        match self.runtime.block_on(self.client.head(path)) {
            Ok(meta) => Ok(Some(meta)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Object {
    /// Its bytes, one piece in memory at a time.
    pub(super) fn reader(self) -> Pieces {
        Pieces { object: self, at: 0, piece: Cursor::default() }
    }

    /// Its bytes in a file without a name, for formats that are read from their end.
    pub(super) fn put_down(self, counted: impl FnOnce(Pieces) -> Box<dyn Read + Send>) -> io::Result<File> {
        let mut file = tempfile::tempfile()?;
        io::copy(&mut counted(self.reader()), &mut file)?;
        file.rewind()?;
        Ok(file)
    }

    fn piece(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let wanted = range.end - range.start;
        let mut tried = 0;
        loop {
            tried += 1;
            let options = GetOptions { range: Some(range.clone().into()), if_match: self.meta.e_tag.clone(), ..GetOptions::default() };
            let got = self.bucket.runtime.block_on(async { self.bucket.client.get_opts(&self.meta.location, options).await?.bytes().await });
            match got {
                Ok(bytes) if bytes.len() as u64 == wanted => return Ok(bytes.into()),
                Ok(bytes) if tried >= TRIES => return Err(io::Error::other(format!("{} bytes came where {wanted} were asked for", bytes.len()))),
                Err(object_store::Error::Precondition { .. }) => return Err(io::Error::other("the object changed while it was read: start again")),
                Err(error @ object_store::Error::NotFound { .. }) => return Err(io::Error::other(error.to_string())),
                Err(error) if tried >= TRIES => return Err(io::Error::other(error.to_string())),
                _ => {}
            }
        }
    }
}

/// An object read from its beginning.
pub(super) struct Pieces {
    object: Object,
    at: u64,
    piece: Cursor<Vec<u8>>,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.piece.read(buffer)?;
        if count > 0 || buffer.is_empty() || self.at >= self.object.size {
            return Ok(count);
        }
        let end = (self.at + PIECE).min(self.object.size);
        self.piece = Cursor::new(self.object.piece(self.at..end)?);
        self.at = end;
        self.piece.read(buffer)
    }
}

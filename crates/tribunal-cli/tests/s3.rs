//! Items in a store: a server that speaks as much of S3 as is asked of it, and the same figures as from files.
#![cfg(feature = "s3")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// Keys of the bucket `items`, and what was asked.
#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Vec<u8>>,
    /// Keys whose version is another one by the time they are read.
    moving: Vec<String>,
    /// Keys of which the next answer breaks off half way.
    breaking: Vec<String>,
    /// Whoever asks without a key is answered too.
    is_public: bool,
    asked: Vec<String>,
}

struct Store {
    address: String,
    bucket: Arc<Mutex<Bucket>>,
}

impl Store {
    fn new() -> Store {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let bucket = Arc::new(Mutex::new(Bucket::default()));
        let served = Arc::clone(&bucket);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &served);
            }
        });
        Store { address, bucket }
    }

    fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        self.bucket.lock().unwrap().objects.insert(key.to_owned(), bytes.into());
    }

    fn run(&self, folder: &Path, args: &[&str]) -> Output {
        self.run_as(folder, args, &[("AWS_ALLOW_HTTP", "true"), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
    }

    /// With these settings and no others of the machine's own.
    fn run_as(&self, folder: &Path, args: &[&str], settings: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tribunal"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        command.args(args).current_dir(folder).env("AWS_REGION", "eu-central-1").env("NO_PROXY", "*");
        if !settings.iter().any(|(name, _)| name.starts_with("AWS_ENDPOINT")) {
            command.env("AWS_ENDPOINT", &self.address);
        }
        command.envs(settings.iter().copied()).output().unwrap()
    }
}

/// One request, one answer.
fn answer(mut stream: TcpStream, bucket: &Mutex<Bucket>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    let headers: BTreeMap<String, String> = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())))
        .collect();
    let mut parts = request.split(' ');
    let (method, target) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut bucket = bucket.lock().unwrap();
    bucket.asked.push(format!("{method} {path}"));
    let reply = |stream: &mut TcpStream, status: &str, more: &str, length: usize, body: &[u8]| {
        // Whoever hangs up is asked no further.
        let _ = write!(stream, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{more}\r\n").and_then(|()| stream.write_all(body));
    };
    let error = |code: &str| format!("<Error><Code>{code}</Code></Error>");
    let refused = match headers.get("authorization") {
        None if bucket.is_public => None,
        None => Some("AccessDenied"),
        Some(signed) if signed.contains("Credential=test/") && signed.contains("Signature=") => None,
        Some(signed) if signed.contains("Credential=stale/") => Some("SignatureDoesNotMatch"),
        Some(signed) if signed.contains("Credential=narrow/") => Some("AccessDenied"),
        Some(_) => Some("InvalidAccessKeyId"),
    };
    if let Some(code) = refused {
        let body = if method == "HEAD" { String::new() } else { error(code) };
        return reply(&mut stream, "403 Forbidden", "", body.len(), body.as_bytes());
    }
    let Some(key) = path.strip_prefix("/items/").filter(|key| !key.is_empty()) else {
        if !matches!(path, "/items" | "/items/") {
            let body = error("NoSuchBucket");
            return reply(&mut stream, "404 Not Found", "", body.len(), body.as_bytes());
        }
        let of = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default().replace("%2F", "/");
        let (prefix, after) = (of("prefix"), of("continuation-token"));
        let mut found = bucket.objects.iter().filter(|(key, _)| key.starts_with(&prefix) && **key > after);
        // Two a page.
        let page: Vec<_> = found.by_ref().take(2).collect();
        let entry = |(key, bytes): &(&String, &Vec<u8>)| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>\"{}\"</ETag><Size>{}</Size></Contents>",
                etag(bytes),
                bytes.len()
            )
        };
        let next = if found.next().is_some() { format!("<NextContinuationToken>{}</NextContinuationToken>", page[1].0) } else { String::new() };
        let body = format!("<ListBucketResult>{next}{}</ListBucketResult>", page.iter().map(entry).collect::<String>());
        return reply(&mut stream, "200 OK", "", body.len(), body.as_bytes());
    };
    let Some(bytes) = bucket.objects.get(key).cloned() else {
        let body = error("NoSuchKey");
        return reply(&mut stream, "404 Not Found", "", if method == "HEAD" { 0 } else { body.len() }, if method == "HEAD" { b"" } else { body.as_bytes() });
    };
    let wanted = headers.get("if-match").map(|tag| tag.trim_matches('"').to_owned());
    if bucket.moving.iter().any(|moving| moving == key) && wanted.is_some() {
        let body = error("PreconditionFailed");
        return reply(&mut stream, "412 Precondition Failed", "", body.len(), body.as_bytes());
    }
    let facts = format!("etag: \"{}\"\r\nlast-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n", etag(&bytes));
    if method == "HEAD" {
        return reply(&mut stream, "200 OK", &facts, bytes.len(), b"");
    }
    assert_eq!(wanted, Some(etag(&bytes)), "every piece is of the version that was listed");
    let (from, to) = headers["range"].strip_prefix("bytes=").and_then(|range| range.split_once('-')).unwrap();
    let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse::<usize>().unwrap().min(bytes.len() - 1));
    let part = &bytes[from..=to];
    let sent = if let Some(at) = bucket.breaking.iter().position(|breaking| breaking == key) {
        bucket.breaking.remove(at);
        &part[..part.len() / 2]
    } else {
        part
    };
    reply(&mut stream, "206 Partial Content", &format!("{facts}content-range: bytes {from}-{to}/{}\r\n", bytes.len()), part.len(), sent);
}

fn etag(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| unreachable!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn fails(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Policies and items, in files and in the store: plain, gzip, Zstandard and CSV.
fn both() -> (tempfile::TempDir, Store) {
    let (folder, store) = (tempfile::tempdir().unwrap(), Store::new());
    for name in ["old.yaml", "new.yaml"] {
        std::fs::copy(Path::new("tests/cmd/replay").join(name), folder.path().join(name)).unwrap();
    }
    let items = std::fs::read("tests/cmd/replay/items.jsonl").unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&String::from_utf8(items.clone()).unwrap().replace("\"id\":\"", "\"id\":\"g").into_bytes()).unwrap();
    let zst = zstd::encode_all(&*String::from_utf8(items.clone()).unwrap().replace("\"id\":\"", "\"id\":\"z").into_bytes(), 3).unwrap();
    let csv = b"id,caption\nc1,\"a handgun, cheap\"\nc2,good morning\n".to_vec();
    let all = [
        ("day/a.jsonl", items),
        ("day/b.jsonl.gz", gzip.finish().unwrap()),
        ("day/c.jsonl.zst", zst),
        ("day/d.csv", csv),
        ("day/notes.txt", b"no items".to_vec()),
    ];
    std::fs::create_dir(folder.path().join("day")).unwrap();
    for (key, bytes) in all {
        std::fs::write(folder.path().join(key), &bytes).unwrap();
        store.put(key, bytes);
    }
    (folder, store)
}

#[test]
fn the_same_as_from_files() {
    let (folder, store) = both();
    let run = |items: &str, out: &str| {
        let made =
            store.run(folder.path(), &["replay", "--old", "old.yaml", "--new", "new.yaml", items, "--design", "census", "--report", out, "--format", "json"]);
        let mut report = json(&made);
        report["manifest"]["data"] = Value::Null;
        serde_json::from_str::<Value>(&report.to_string().replace("s3://items/", "")).unwrap()
    };
    store.bucket.lock().unwrap().breaking.push("day/a.jsonl".to_owned());
    let (files, objects) = (run("day", "files"), run("s3://items/day", "objects"));
    assert_eq!(files, objects);
    assert!(files["sample"]["items"].as_u64() >= Some(20) && files["sample"]["broken"].as_u64() >= Some(3), "{}", files["sample"]);
    assert!(store.bucket.lock().unwrap().breaking.is_empty());
    for same in ["s3://items/day/", "s3://items/day/[abcd].*", "s3://items/*/[!n]*"] {
        assert_eq!(run(same, "objects"), files, "{same}");
    }
    assert!(store.bucket.lock().unwrap().asked.iter().all(|line| line != "GET /items/day/notes.txt"));
    // Broken rows have a place.
    let report = std::fs::read_to_string(folder.path().join("objects/report.json")).unwrap();
    assert!(report.contains("s3://items/day/a.jsonl"), "{report}");
    // Rows in columns, and more than one piece.
    store.put("flips.parquet", std::fs::read(folder.path().join("files/flips.parquet")).unwrap());
    let flips = json(&store.run(folder.path(), &["replay", "--new", "new.yaml", "s3://items/flips.parquet", "--format", "json"]));
    assert_eq!(flips["sample"]["items"], files["changes"]["changed"]["k"]);
    let line = format!("{{\"caption\":\"{}\"}}\n", "good morning ".repeat(1000));
    store.put("long.jsonl", line.repeat(1400));
    let long = json(&store.run(folder.path(), &["replay", "--new", "new.yaml", "s3://items/long.jsonl", "--format", "json"]));
    assert_eq!(long["sample"]["items"].as_u64(), Some(1400));
    let trends = json(&store.run(folder.path(), &["trends", "s3://items/day", "--policy", "new.yaml", "--format", "json"]));
    assert_eq!(trends["items"][0], files["sample"]["items"]);
    let bench = json(&store.run(folder.path(), &["bench", "s3://items/day", "--new", "new.yaml", "--rounds", "3", "--format", "json"]));
    assert_eq!(bench["items"], files["sample"]["items"]);
}

#[test]
fn again_and_sampled() {
    let (folder, store) = both();
    let run = |args: &[&str]| store.run(folder.path(), args);
    assert!(run(&["replay", "--old", "old.yaml", "--new", "new.yaml", "s3://items/day/a.jsonl", "--design", "census", "--report", "out"]).status.success());
    let again = run(&["replay", "--manifest", "out"]);
    assert!(String::from_utf8_lossy(&again.stdout).starts_with("same bytes"), "{}", String::from_utf8_lossy(&again.stdout));
    let sample = ["replay", "sample", "out", "--per-change", "9", "--per-same", "9", "--values", "bad,ok", "-o", "labels.xlsx"];
    assert!(run(&sample).status.success());
    store.put("day/a.jsonl", b"{\"id\":\"other\"}\n".to_vec());
    let other = run(&["replay", "--manifest", "out"]);
    assert!(other.status.code() == Some(1) && String::from_utf8_lossy(&other.stdout).contains("s3://items/day/a.jsonl"));
    assert!(fails(&run(&sample)).contains("is not the file"));
}

#[test]
fn what_goes_wrong_is_told() {
    let (folder, store) = both();
    let replay = |items: &str| fails(&store.run(folder.path(), &["replay", "--new", "new.yaml", items]));
    store.bucket.lock().unwrap().moving.push("day/d.csv".to_owned());
    assert!(replay("s3://items/day").contains("s3://items/day/d.csv:0: cannot be read further: the object changed while it was read"));
    assert!(replay("s3://items/night").contains("s3://items/night: no files of items there"));
    assert!(replay("s3://others/day").contains("AWS_ENDPOINT"));
    assert!(replay("gs://items/day").contains("only s3://BUCKET/KEY"));
    store.put("false.jsonl.gz", b"{}\n".to_vec());
    assert!(replay("s3://items/false.jsonl.gz").contains("is named .gz and is not gzip"));
}

#[test]
fn who_may_read() {
    let (folder, store) = both();
    let key = |id: &'static str| [("AWS_ALLOW_HTTP", "true"), ("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", "wrong")];
    let nobody = [("AWS_ALLOW_HTTP", "yes"), ("AWS_SKIP_SIGNATURE", "true")];
    let run = |items: &str, settings: &[(&str, &str)]| {
        store.run_as(folder.path(), &["replay", "--new", "new.yaml", items, "--report", "out", "--format", "json"], settings)
    };
    for (items, settings, why) in [
        ("s3://items/day", &key("unknown")[..], "the store does not know this access key; the store is told by AWS_ENDPOINT_URL"),
        ("s3://items/day", &key("stale"), "the secret key is not the one of this access key"),
        ("s3://items/day/a.jsonl", &key("unknown"), "the store does not know this access key"),
        ("s3://items/*.jsonl", &key("narrow"), "the store does not let these keys read the bucket `items`"),
        ("s3://items/day", &nobody, "AWS_SKIP_SIGNATURE asks without a key"),
        ("s3://items/day/a.jsonl", &nobody, "AWS_SKIP_SIGNATURE asks without a key"),
    ] {
        let told = fails(&run(items, settings));
        assert!(told.contains(why), "{told}");
        assert!(!folder.path().join("out").exists());
    }
    store.bucket.lock().unwrap().is_public = true;
    let signed = json(&run("s3://items/day", &key("test")));
    let open = json(&run("s3://items/day", &nobody));
    assert_eq!((&open["sample"], open["sample"]["items"].as_u64() >= Some(20)), (&signed["sample"], true));
    // The names by which other tools are told.
    let address = |name: &'static str| [&[(name, &*store.address), ("AWS_ALLOW_HTTP", "On")][..], &nobody[1..]].concat();
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"] {
        assert_eq!(json(&run("s3://items/day", &address(name)))["sample"], open["sample"], "{name}");
        let plain = fails(&run("s3://items/day", &[(name, &store.address), nobody[1]]));
        assert!(plain.contains("is an address without encryption; AWS_ALLOW_HTTP=true allows that"), "{plain}");
    }
}

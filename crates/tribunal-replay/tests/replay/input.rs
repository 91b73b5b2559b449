//! What items come from: files, folders, tables, columns of decisions and labels.

use std::io::Write as _;

use super::*;

#[test]
fn a_folder_of_two_thousand_files() {
    let rules = "  - {id: a, when: any text has w, effect: {distribution: removed}}\n";
    let (folder, plan) = small(rules, None, Options::default());
    let inside = folder.path().join("many");
    std::fs::create_dir(&inside).unwrap();
    for at in 0..2_000 {
        std::fs::write(inside.join(format!("{at:04}.jsonl")), format!("{{\"id\":\"{at}\",\"caption\":\"heck\"}}\n")).unwrap();
    }
    let inputs = Inputs::open_all(std::slice::from_ref(&inside), Columns::new([plan.new.policy().as_ref()], &[]).unwrap()).unwrap();
    assert_eq!(inputs.data().unwrap().len(), 2_000);
    #[cfg(target_os = "linux")]
    {
        let open = std::fs::read_dir("/proc/self/fd").unwrap().count();
        assert!(open < 200, "{open} files are open before their turn");
    }
    let cube = run(&plan, &[inside], 2);
    assert_eq!((cube.items.n, cube.keys.doubled(), cube.broken), (2_000, (0, true), 0));
}

/// A program without stores says how to have them.
#[cfg(not(feature = "s3"))]
#[test]
fn a_store_that_cannot_be_read() {
    let said = |address: &str| Inputs::open_all(&[PathBuf::from(address)], Columns::default()).unwrap_err().to_string();
    assert!(said("s3://bucket/items/").contains("--features s3"), "{}", said("s3://bucket/items/"));
    assert!(said("gs://bucket/items/").contains("only s3://"), "{}", said("gs://bucket/items/"));
}

#[test]
fn only_some_items_and_logged_decisions() {
    let rules = "  - {id: a, when: any text has w, effect: {distribution: removed}}\n";
    let (folder, _) = small(rules, None, Options::default());
    let new = folder.path().join("new.yaml");
    let options = Options { only: Some("author.followers >= 10 and lang = \"en\"".to_owned()), ..Options::default() };
    let plan = Plan::new(Some("logged:was"), &new, options).unwrap();
    let cube = cube_of(
        &plan,
        &[
            r#"{"id":"1","caption":"heck","lang":"en-US","author":{"followers":20},"was":{"distribution":"normal","routing":"none"}}"#,
            r#"{"id":"2","caption":"heck","lang":"en","author":{"followers":20},"was":"removed"}"#,
            r#"{"id":"3","caption":"heck","lang":"en","author":{"followers":20},"was":"gone"}"#,
            r#"{"id":"4","caption":"heck","lang":"en","was":"removed"}"#,
            r#"{"id":"5","caption":"heck","lang":"de","author":{"followers":20},"was":"removed"}"#,
        ],
    );
    assert_eq!((cube.items.n, cube.left_out, cube.left_out_unjudged, cube.bad_logged), (3, 2, 1, 1));
    let changes = report(&plan, &cube, Design::None, &[]).changes.unwrap();
    assert_eq!((changes.changed.k, changes.changed.n), (1, 2));
    assert!(Plan::new(None, &new, Options { only: Some("author.followers >>= 10".to_owned()), ..Options::default() }).is_err());
}

#[test]
fn nothing_is_lost() {
    let rules = "  - {id: a, when: any text has w, effect: {distribution: removed}}\n";
    let (folder, plan) = small(rules, None, Options::default());
    let path = folder.path().join("items.jsonl");
    let text =
        "{\"id\":\"1\"}\n{\"id\":9007199254740992}\nnot json\n\n{\"id\":\"1\",\"caption\":\"heck\"}\n{\"id\":4,\"weight\":-1}\n{\"caption\":\"\\ud800\"}\n";
    std::fs::write(&path, text).unwrap();
    let mut aside = Vec::new();
    let inputs = Inputs::open_all(&[path], Columns::new([plan.new.policy().as_ref()], &[]).unwrap()).unwrap();
    let cube = tribunal_replay::run(&plan, inputs, 3, &|_| {}, Some(&mut aside)).unwrap();
    assert_eq!((cube.items.n, cube.broken, cube.keys.doubled(), cube.bad_weight), (3, 3, (1, true), 1));
    assert_eq!(cube.broken_at.keys().map(|(_, line)| *line).collect::<Vec<_>>(), [2, 3, 7]);
    assert_eq!(String::from_utf8(aside).unwrap(), "{\"id\":9007199254740992}\nnot json\n{\"caption\":\"\\ud800\"}\n");
}

#[test]
fn every_format_gives_the_same_counts() {
    let rules = "  - {id: a, when: any text has w, effect: {distribution: removed}}\n  - {id: b, when: author.age < 13, effect: {routing: review}}\n";
    let (folder, plan) = small(rules, None, Options::default());
    let rows = [("1", "oh heck", 12), ("2", "hello, you", 40), ("10", "say \"heck\"", 12)];
    let lines: String =
        rows.iter().map(|(id, caption, age)| serde_json::json!({"id": id, "caption": caption, "author": {"age": age}}).to_string() + "\n").collect();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("a.jsonl"), &lines).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(std::fs::File::create(at("b.jsonl.gz")).unwrap(), flate2::Compression::fast());
    gzip.write_all(lines.as_bytes()).unwrap();
    gzip.finish().unwrap();
    std::fs::write(at("c.jsonl.zst"), zstd::encode_all(lines.as_bytes(), 1).unwrap()).unwrap();
    std::fs::write(at("d.csv"), "\u{FEFF}id;author.age;caption\r\n1;12;oh heck\r\n2;40;hello, you\r\n10;12;\"say \"\"heck\"\"\"\r\n").unwrap();
    parquet(&at("e.parquet"), &rows);
    let count = |name: &str| {
        let cube = run(&plan, &[at(name)], 2);
        (cube.items, cube.groups, cube.rules, cube.keys, cube.broken)
    };
    let first = count("a.jsonl");
    assert_eq!(first.0.n, 3);
    for name in ["b.jsonl.gz", "c.jsonl.zst", "d.csv", "e.parquet"] {
        assert_eq!(count(name), first, "{name}");
    }
    // A folder and a glob are the files in them.
    std::fs::create_dir(at("all")).unwrap();
    std::fs::rename(at("d.csv"), at("all/d.csv")).unwrap();
    std::fs::rename(at("e.parquet"), at("all/e.parquet")).unwrap();
    assert_eq!((run(&plan, &[at("all")], 2).items.n, run(&plan, &[at("*.jsonl*")], 2).items.n), (6, 9));
}

fn parquet(path: &Path, rows: &[(&str, &str, i64)]) {
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    let schema = "message item { required int64 id; required binary caption (UTF8); required int64 author.age; }";
    let schema = schema.replace("author.age", "age");
    let schema = parquet::schema::parser::parse_message_type(&schema).unwrap();
    // The parser of schemas knows no dots in names.
    let fields: Vec<_> = schema
        .get_fields()
        .iter()
        .map(|field| {
            if field.name() == "age" {
                Arc::new(
                    parquet::schema::types::Type::primitive_type_builder("author.age", parquet::basic::Type::INT64)
                        .with_repetition(parquet::basic::Repetition::REQUIRED)
                        .build()
                        .unwrap(),
                )
            } else {
                Arc::clone(field)
            }
        })
        .collect();
    let schema = parquet::schema::types::Type::group_type_builder("item").with_fields(fields).build().unwrap();
    let mut writer = parquet::file::writer::SerializedFileWriter::new(std::fs::File::create(path).unwrap(), Arc::new(schema), Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = 0;
    while let Some(mut out) = group.next_column().unwrap() {
        match column {
            0 => out.typed::<Int64Type>().write_batch(&rows.iter().map(|row| row.0.parse().unwrap()).collect::<Vec<i64>>(), None, None).unwrap(),
            1 => out.typed::<ByteArrayType>().write_batch(&rows.iter().map(|row| ByteArray::from(row.1)).collect::<Vec<_>>(), None, None).unwrap(),
            _ => out.typed::<Int64Type>().write_batch(&rows.iter().map(|row| row.2).collect::<Vec<_>>(), None, None).unwrap(),
        };
        out.close().unwrap();
        column += 1;
    }
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn labels_as_items_write_them() {
    let rules = "  - {id: a, when: any text has w, effect: {distribution: removed}}\n";
    let (folder, plan) = small(rules, None, Options { positive: vec!["1".to_owned(), "true".to_owned()], ..Options::default() });
    let lines = [r#"{"id":"1","caption":"heck","label":1}"#, r#"{"id":"2","label":true}"#, r#"{"id":"3","label":"0"}"#, r#"{"id":"4","label":null}"#];
    let quality = report(&plan, &cube_of(&plan, &lines), Design::None, &[]).quality.unwrap();
    assert_eq!((quality.labelled, quality.positive), (3, 2));
    let why = plan.part().add("items", 1, r#"{"id":"5","label":["bad","worse"]}"#).unwrap_err();
    assert!(why.contains("`label` is a list"), "{why}");
    // A file of labels stands in the place of the items' own.
    let path = folder.path().join("labels.csv");
    std::fs::write(&path, "id,label\n3,1\n").unwrap();
    let plan = plan.with_labels(tribunal_replay::labels::Labels::read(&path).unwrap());
    let quality = report(&plan, &cube_of(&plan, &lines), Design::None, &[]).quality.unwrap();
    assert_eq!((quality.labelled, quality.positive), (1, 1));
}

#[test]
fn a_column_of_decisions_that_nothing_has() {
    let (folder, _) = small(NONE, None, Options::default());
    let plan = Plan::new(Some("logged:was"), &folder.path().join("new.yaml"), Options::default()).unwrap();
    let items = folder.path().join("items.jsonl");
    let run = |text: &str| {
        std::fs::write(&items, text).unwrap();
        tribunal_replay::run(&plan, Inputs::open_all(std::slice::from_ref(&items), Columns::default()).unwrap(), 1, &|_| {}, None)
    };
    let why = run("{\"id\":\"1\",\"before\":\"removed\"}\n").unwrap_err().to_string();
    assert!(why.contains("--old logged:was: none of 1 items"), "{why}");
    assert_eq!(run("{\"id\":\"1\"}\n{\"id\":\"2\",\"was\":\"removed\"}\n").unwrap().bad_logged, 1);
}

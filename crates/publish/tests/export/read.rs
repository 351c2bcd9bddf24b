//! Reads exports back, each format by a reader of its own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::{Map, Value, json};

/// All files below a directory, by their paths, without what an export remembers of itself.
pub(crate) fn files(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![out.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(out).expect("below").to_str().expect("text").to_owned();
            if !name.starts_with(".export") {
                files.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

/// The rows of a file as NDJSON has them.
pub(crate) fn rows(path: &Path) -> Vec<Value> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("ndjson") => {
            let text = fs::read_to_string(path).expect("text");
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
        }
        Some("parquet") => {
            let reader = SerializedFileReader::new(File::open(path).expect("a file")).expect("Parquet");
            reader.get_row_iter(None).expect("rows").map(|row| object(&row.expect("a row"))).collect()
        }
        _ => panic!("{} is of no known format", path.display()),
    }
}

fn object(row: &Row) -> Value {
    let members = row.get_column_iter().map(|(name, field)| (name.clone(), value(field)));
    Value::Object(members.collect::<Map<_, _>>())
}

fn value(field: &Field) -> Value {
    let instant = |milliseconds: i64| openslots_model::UnixSeconds(milliseconds / 1_000).to_string();
    match field {
        Field::Null => Value::Null,
        Field::Bool(flag) => json!(flag),
        Field::Long(number) => json!(number),
        Field::Double(number) => json!(number),
        Field::Str(text) => json!(text),
        Field::Date(day) => json!(openslots_model::LocalDate(*day).to_string()),
        Field::TimestampMillis(milliseconds) => json!(instant(*milliseconds)),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        Field::Group(row) => object(row),
        other => panic!("{other:?} is of a type that is not written"),
    }
}

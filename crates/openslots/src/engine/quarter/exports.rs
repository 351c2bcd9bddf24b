//! Exports as whoever studies them reads them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use openslots_model::{LocalDate, UnixSeconds};
use openslots_publish::export::{Choice, Format, export};
use openslots_store::Store;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::{Map, Value};

use crate::exports::SnapshotSource;

/// What answers and rows alike tell of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    publisher: String,
    schedule: String,
    status: String,
    start: jiff::Timestamp,
    end: jiff::Timestamp,
    local_start: String,
    state: String,
}

/// Slots by id.
pub(super) type State = BTreeMap<String, Told>;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn instant(value: &Value) -> jiff::Timestamp {
    text(value).parse().expect("an instant")
}

impl Told {
    /// Of a slot as it is served.
    pub(super) fn of_answer(slot: &Value) -> Self {
        // With the offset, which rows leave out.
        let local_start = text(&slot["localStart"]);
        Self {
            publisher: text(&slot["publisher"]),
            schedule: text(&slot["scheduleId"]),
            status: text(&slot["status"]),
            start: instant(&slot["start"]),
            end: instant(&slot["end"]),
            local_start: local_start.chars().take("2099-10-01T00:00:00".len()).collect(),
            state: text(&slot["location"]["state"]),
        }
    }

    fn of_row(row: &Value) -> Self {
        Self {
            publisher: text(&row["publisher"]),
            schedule: text(&row["schedule_id"]),
            status: text(&row["status"]),
            start: instant(&row["start"]),
            end: instant(&row["end"]),
            local_start: text(&row["local_start"]),
            state: text(&row["location_state"]),
        }
    }
}

fn write(store: &Store, out: &Path, format: Format, choice: Choice) {
    let source = SnapshotSource::open(store).expect("a source");
    export(&source, out, format, choice).expect("an export");
}

/// The rows of a table, each with the day that its part is of.
fn rows(out: &Path, table: &str) -> Vec<(Option<String>, Value)> {
    let index: Value = serde_json::from_slice(&fs::read(out.join("index.json")).expect("an index")).expect("JSON");
    let mut rows = Vec::new();
    for entry in index["files"].as_array().expect("files").iter().filter(|entry| entry["table"] == table) {
        let path = out.join(text(&entry["path"]));
        let date = entry["date"].as_str().map(str::to_owned);
        let of_part = if index["format"] == "parquet" { parquet_rows(&path) } else { ndjson_rows(&path) };
        assert_eq!(entry["rows"], of_part.len(), "{}", path.display());
        rows.extend(of_part.into_iter().map(|row| (date.clone(), row)));
    }
    rows
}

fn ndjson_rows(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("a part");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn parquet_rows(path: &Path) -> Vec<Value> {
    let reader = SerializedFileReader::new(File::open(path).expect("a part")).expect("Parquet");
    let columns = ["id", "publisher", "schedule_id", "status", "start", "end", "local_start", "location_state"];
    let read = |row: parquet::record::Row| {
        let of_columns = row.get_column_iter().filter(|(name, _)| columns.contains(&name.as_str()));
        Value::Object(of_columns.map(|(name, field)| (name.clone(), shown(name, field))).collect::<Map<_, _>>())
    };
    reader.get_row_iter(None).expect("rows").map(|row| read(row.expect("a row"))).collect()
}

/// A field as NDJSON has it.
fn shown(column: &str, field: &parquet::record::Field) -> Value {
    use parquet::record::Field;
    match field {
        Field::Str(text) => text.clone().into(),
        Field::TimestampMillis(millis) => {
            let at = UnixSeconds(millis / 1_000).to_string();
            // On the clock of a place, without an offset.
            if column.starts_with("local_") { at.trim_end_matches('Z').into() } else { at.into() }
        }
        other => panic!("{column} is {other:?}"),
    }
}

/// The state of a past instant, by an export of it.
pub(super) fn past_state(store: &Store, folder: &Path, format: Format, at: UnixSeconds) -> State {
    let out = folder.join("past");
    write(store, &out, format, Choice { as_of: Some(at), ..Choice::default() });
    let rows = rows(&out, "past_slots");
    let state: State = rows.iter().map(|(_, row)| (text(&row["id"]), Told::of_row(row))).collect();
    assert_eq!(state.len(), rows.len(), "each slot comes once");
    state
}

/// Events as they were exported while history had them.
#[derive(Default)]
pub(super) struct Archive {
    by_day: BTreeMap<String, Vec<Value>>,
}

impl Archive {
    /// Adds the days from this one on.
    pub(super) fn add(&mut self, store: &Store, folder: &Path, from: LocalDate) {
        store.count_events().expect("counts");
        let out = folder.join("history");
        write(store, &out, Format::Ndjson, Choice { from: Some(from), with_history: true, ..Choice::default() });
        for (date, row) in rows(&out, "slot_events") {
            self.by_day.entry(date.expect("parts are of days")).or_default().push(row);
        }
    }

    pub(super) fn events(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.by_day.iter().flat_map(|(date, events)| events.iter().map(|event| (date.as_str(), event)))
    }

    /// Carries a state through a day.
    pub(super) fn replay(&self, state: &mut State, date: &str) {
        for event in self.by_day.get(date).into_iter().flatten() {
            let id = text(&event["id"]);
            let before = state.remove(&id);
            assert_eq!(before.is_some(), event["status_before"].is_string(), "{event}");
            if event["is_there"] == true {
                state.insert(id, Told::of_row(event));
            }
        }
    }
}

/// The daily counts of an export by day, dimension and value. Each place is of one publisher and the other way round, so
/// those by provider location must be those by publisher.
pub(super) fn daily_counts(out: &Path) -> BTreeMap<(String, String, String), [u64; 6]> {
    let (mut counts, mut of_publishers, mut of_places) = (BTreeMap::new(), Vec::new(), Vec::new());
    for (_, row) in rows(out, "daily_counts") {
        let [day, dimension, value] = ["day", "dimension", "value"].map(|column| text(&row[column]));
        let columns = ["n_appeared", "n_reappeared", "n_changed", "n_vanished", "n_freed", "n_taken"];
        let numbers = columns.map(|column| row[column].as_u64().expect("a count"));
        if dimension == "provider-location" {
            of_places.push((day, numbers));
            continue;
        }
        if dimension == "publisher" {
            of_publishers.push((day.clone(), numbers));
        }
        assert_eq!(counts.insert((day, dimension, value), numbers), None);
    }
    of_publishers.sort();
    of_places.sort();
    assert_eq!(of_places, of_publishers);
    counts
}

/// What matters of an event.
pub(super) fn essence((date, row): (&str, &Value)) -> Value {
    let mut essence: Map<String, Value> = ["publisher", "event", "id", "status_before", "start_before", "status"]
        .into_iter()
        .chain(["start", "is_there", "location_state"])
        .map(|column| (column.to_owned(), row[column].clone()))
        .collect();
    essence.insert("date".to_owned(), date.into());
    Value::Object(essence)
}

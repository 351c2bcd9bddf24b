//! Parquet: typed columns in row groups, dictionary-encoded, compressed with zstd.
//!
//! A row group is held in memory until it is full: numbers as they are, of texts each different one once. So memory
//! hangs on the size of a row group, never on the number of rows.

use std::io::Write;
use std::sync::Arc;

use openslots_model::Coding;
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use rustc_hash::FxHashMap;

use super::column::{Column, Kind, Value};
use super::part::Hashed;
use crate::Error;

/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 16;
/// Compresses about as tightly as the levels above it, at a fraction of their time.
const ZSTD_LEVEL: i32 = 3;

pub(crate) struct ParquetPart {
    writer: SerializedFileWriter<Hashed>,
    /// In the order of the leaves of the schema.
    leaves: Vec<Leaf>,
    n_rows: usize,
}

impl ParquetPart {
    pub(crate) fn begin<R>(columns: &[Column<R>], notes: &[(&str, String)], output: Hashed) -> Result<Self, Error> {
        let fields =
            columns.iter().map(|column| Ok(Arc::new(field(column)?))).collect::<Result<Vec<_>, ParquetError>>();
        let schema = Type::group_type_builder("row").with_fields(fields.map_err(failed)?).build().map_err(failed)?;
        let notes = notes.iter().map(|(name, value)| KeyValue::new((*name).to_owned(), value.clone())).collect();
        let properties = WriterProperties::builder()
            .set_created_by(format!("openslots version {}", env!("CARGO_PKG_VERSION")))
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).map_err(failed)?))
            .set_dictionary_enabled(true)
            .set_key_value_metadata(Some(notes))
            .build();
        let writer = SerializedFileWriter::new(output, Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        let leaves = columns.iter().flat_map(|column| leaves(column.kind, column.is_always)).collect();
        Ok(Self { writer, leaves, n_rows: 0 })
    }

    pub(crate) fn push<R>(&mut self, columns: &[Column<R>], row: &R) -> Result<(), Error> {
        let mut leaves = self.leaves.iter_mut();
        for column in columns {
            let value = (column.of)(row);
            let mismatch = || Error::Column { column: column.name };
            let mut next = || leaves.next().ok_or_else(mismatch);
            match (column.kind, value) {
                (Kind::Codings, Value::Codings(codings)) => {
                    for member in MEMBERS {
                        next()?.push_list(codings, |coding| member(coding));
                    }
                }
                (Kind::Texts, Value::Texts(texts)) => next()?.push_list(&texts, |text| Some(text.as_ref())),
                (Kind::Codings | Kind::Texts, _) => return Err(mismatch()),
                (_, Value::Missing) if !column.is_always => next()?.push_missing(),
                (_, value) => {
                    if !next()?.push(&value) {
                        return Err(mismatch());
                    }
                }
            }
        }
        self.n_rows += 1;
        if self.n_rows == GROUP_ROWS { self.write_group() } else { Ok(()) }
    }

    pub(crate) fn finish(mut self) -> Result<(), Error> {
        if self.n_rows > 0 {
            self.write_group()?;
        }
        // Also writes the footer.
        let mut output = self.writer.into_inner().map_err(failed)?;
        output.flush().map_err(Error::Export)
    }

    fn write_group(&mut self) -> Result<(), Error> {
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for leaf in &mut self.leaves {
            let Some(column) = group.next_column().map_err(failed)? else { break };
            leaf.write(column).map_err(failed)?;
        }
        group.close().map_err(failed)?;
        self.n_rows = 0;
        Ok(())
    }
}

fn failed(error: ParquetError) -> Error {
    Error::Parquet(error)
}

/// The members of a coding, in the order of the schema.
const MEMBERS: [for<'r> fn(&'r Coding) -> Option<&'r str>; 3] =
    [|coding| coding.system.as_deref(), |coding| coding.code.as_deref(), |coding| coding.display.as_deref()];
const MEMBER_NAMES: [&str; 3] = ["system", "code", "display"];

fn field<R>(column: &Column<R>) -> Result<Type, ParquetError> {
    let repetition = if column.is_always { Repetition::REQUIRED } else { Repetition::OPTIONAL };
    let timestamp = |is_adjusted_to_utc| Some(LogicalType::timestamp(is_adjusted_to_utc, TimeUnit::MILLIS));
    let (physical, logical) = match column.kind {
        Kind::Texts => return list(column.name, text("element", Repetition::REQUIRED)?),
        Kind::Codings => {
            let members = MEMBER_NAMES.map(|name| text(name, Repetition::OPTIONAL).map(Arc::new));
            let members: Vec<TypePtr> = members.into_iter().collect::<Result<_, _>>()?;
            let element = Type::group_type_builder("element").with_repetition(Repetition::REQUIRED);
            return list(column.name, element.with_fields(members).build()?);
        }
        Kind::Text => return text(column.name, repetition),
        Kind::Integer => (Physical::INT64, None),
        Kind::Number => (Physical::DOUBLE, None),
        Kind::Flag => (Physical::BOOLEAN, None),
        Kind::Instant => (Physical::INT64, timestamp(true)),
        Kind::LocalTime => (Physical::INT64, timestamp(false)),
        Kind::Day => (Physical::INT32, Some(LogicalType::Date)),
    };
    Type::primitive_type_builder(column.name, physical).with_repetition(repetition).with_logical_type(logical).build()
}

fn text(name: &str, repetition: Repetition) -> Result<Type, ParquetError> {
    Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
        .with_repetition(repetition)
        .with_logical_type(Some(LogicalType::String))
        .build()
}

/// A list as the format's own page on logical types lays it out: three levels, the middle one repeated.
fn list(name: &str, element: Type) -> Result<Type, ParquetError> {
    let repeated = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element)])
        .build()?;
    Type::group_type_builder(name)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::List))
        .with_converted_type(ConvertedType::LIST)
        .with_fields(vec![Arc::new(repeated)])
        .build()
}

fn leaves(kind: Kind, is_always: bool) -> Vec<Leaf> {
    let leaf = |cells| Leaf { cells, max_definition: i16::from(!is_always), is_list: false, ..Leaf::default() };
    let of_list = |max_definition| Leaf { max_definition, is_list: true, ..Leaf::default() };
    match kind {
        Kind::Codings => MEMBER_NAMES.map(|_| of_list(2)).into(),
        Kind::Texts => vec![of_list(1)],
        Kind::Text => vec![leaf(Cells::Texts(TextCells::default()))],
        Kind::Integer | Kind::Instant | Kind::LocalTime => vec![leaf(Cells::Longs(Vec::new()))],
        Kind::Number => vec![leaf(Cells::Doubles(Vec::new()))],
        Kind::Flag => vec![leaf(Cells::Flags(Vec::new()))],
        Kind::Day => vec![leaf(Cells::Days(Vec::new()))],
    }
}

/// What one leaf of the schema has in the row group that is being filled.
#[derive(Default)]
struct Leaf {
    cells: Cells,
    /// How far a cell that is there is defined; 0: there is always one, and no levels are written.
    max_definition: i16,
    is_list: bool,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

enum Cells {
    Texts(TextCells),
    Longs(Vec<i64>),
    Doubles(Vec<f64>),
    Flags(Vec<bool>),
    Days(Vec<i32>),
}

impl Default for Cells {
    fn default() -> Self {
        Self::Texts(TextCells::default())
    }
}

/// Texts, each different one held once.
#[derive(Default)]
struct TextCells {
    numbers: FxHashMap<Box<str>, u32>,
    distinct: Vec<ByteArray>,
    cells: Vec<u32>,
}

impl TextCells {
    fn push(&mut self, text: &str) {
        let number = match self.numbers.get(text) {
            Some(number) => *number,
            None => {
                let number = self.distinct.len() as u32;
                self.numbers.insert(text.into(), number);
                self.distinct.push(ByteArray::from(text));
                number
            }
        };
        self.cells.push(number);
    }
}

impl Leaf {
    fn push_missing(&mut self) {
        self.definitions.push(0);
    }

    /// Adds a cell; whether it is of the leaf's type.
    fn push(&mut self, value: &Value<'_>) -> bool {
        const MILLIS: i64 = 1_000;
        match (&mut self.cells, value) {
            (Cells::Texts(cells), Value::Text(text)) => cells.push(text),
            (Cells::Longs(cells), Value::Integer(number)) => cells.push(*number),
            (Cells::Longs(cells), Value::Instant(instant)) => cells.push(instant.0.saturating_mul(MILLIS)),
            (Cells::Longs(cells), Value::LocalTime(seconds)) => cells.push(seconds.saturating_mul(MILLIS)),
            (Cells::Doubles(cells), Value::Number(number)) => cells.push(*number),
            (Cells::Flags(cells), Value::Flag(flag)) => cells.push(*flag),
            (Cells::Days(cells), Value::Day(day)) => cells.push(day.0),
            _ => return false,
        }
        if self.max_definition > 0 {
            self.definitions.push(self.max_definition);
        }
        true
    }

    /// Adds a list; an element may lack this leaf.
    fn push_list<'r, T>(&mut self, elements: &'r [T], of: impl Fn(&'r T) -> Option<&'r str>) {
        if elements.is_empty() {
            self.definitions.push(0);
            self.repetitions.push(0);
        }
        for (place, element) in elements.iter().enumerate() {
            self.repetitions.push(i16::from(place > 0));
            match (of(element), &mut self.cells) {
                (Some(text), Cells::Texts(cells)) => {
                    cells.push(text);
                    self.definitions.push(self.max_definition);
                }
                _ => self.definitions.push(self.max_definition - 1),
            }
        }
    }

    /// Writes what was gathered, and is empty again.
    fn write(&mut self, mut column: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let definitions = (self.max_definition > 0).then_some(self.definitions.as_slice());
        let repetitions = self.is_list.then_some(self.repetitions.as_slice());
        match &mut self.cells {
            Cells::Texts(TextCells { numbers, distinct, cells }) => {
                let texts: Vec<ByteArray> = cells.iter().map(|number| distinct[*number as usize].clone()).collect();
                column.typed::<ByteArrayType>().write_batch(&texts, definitions, repetitions)?;
                numbers.clear();
                distinct.clear();
                cells.clear();
            }
            Cells::Longs(cells) => {
                column.typed::<Int64Type>().write_batch(cells, definitions, repetitions)?;
                cells.clear();
            }
            Cells::Doubles(cells) => {
                column.typed::<DoubleType>().write_batch(cells, definitions, repetitions)?;
                cells.clear();
            }
            Cells::Flags(cells) => {
                column.typed::<BoolType>().write_batch(cells, definitions, repetitions)?;
                cells.clear();
            }
            Cells::Days(cells) => {
                column.typed::<Int32Type>().write_batch(cells, definitions, repetitions)?;
                cells.clear();
            }
        }
        self.definitions.clear();
        self.repetitions.clear();
        column.close()
    }
}

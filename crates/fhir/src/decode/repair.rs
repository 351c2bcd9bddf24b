//! Lines that could not be read as they are: mending their bytes, cutting out elements of an unreadable shape.

use openslots_model::IssueCode;
use serde::Deserialize;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::{LineFault, Repairs, Unread, quoted};

/// How many unreadable elements a line may have before it is rejected; each costs one more reading.
const MAX_CUTS: usize = 16;

/// What was read of a line, and what it took.
pub(crate) struct Lenient<R> {
    /// What was read.
    pub(crate) found: R,
    /// What was mended, cut out or left unused.
    pub(crate) repairs: Repairs,
    /// The line with its bytes mended and nothing cut out, if they had to be.
    pub(crate) mended: Option<String>,
}

/// Tries whether a JSON value has the shape of a type; says where not.
pub(crate) type Probe = fn(&Value) -> Result<(), serde_path_to_error::Error<serde_json::Error>>;

/// A [`Probe`] of a type.
pub(crate) fn try_shape<'a, T: Deserialize<'a>>(
    value: &'a Value,
) -> Result<(), serde_path_to_error::Error<serde_json::Error>> {
    serde_path_to_error::deserialize::<_, T>(value).map(drop)
}

/// Reads a line as it is; if that fails with its bytes mended; if that fails without the elements that cannot be read.
pub(crate) fn read_leniently<R>(
    text: &str,
    probe: Probe,
    read: impl Fn(&str, &mut Repairs) -> Result<R, Unread>,
) -> Result<Lenient<R>, LineFault> {
    let mut repairs = Repairs::new();
    let mut error = match read(text, &mut repairs) {
        Ok(found) => return Ok(Lenient { found, repairs, mended: None }),
        Err(Unread::Fault(fault)) => return Err(fault),
        Err(Unread::Json(error)) => error,
    };
    repairs.clear();
    let mended = mend_bytes(text, &mut repairs);
    let n_mended = repairs.len();
    if let Some(json) = mended.as_deref() {
        error = match read(json, &mut repairs) {
            Ok(found) => return Ok(Lenient { found, repairs, mended }),
            Err(Unread::Fault(fault)) => return Err(fault),
            Err(Unread::Json(error)) => error,
        };
        repairs.truncate(n_mended);
    }
    if error.to_string().starts_with("duplicate field") {
        repairs.push((IssueCode::IgnoredElement, format!("{}; the last one counts", reason(&error))));
    }
    let json = without_unreadable(mended.as_deref().unwrap_or(text), probe, &mut repairs)?;
    let n_cut = repairs.len();
    match read(&json, &mut repairs) {
        Ok(found) => Ok(Lenient { found, repairs, mended }),
        Err(Unread::Fault(fault)) => Err(with_cut_elements(fault, &repairs[n_mended..n_cut])),
        Err(Unread::Json(error)) => Err(shape_error(&error)),
    }
}

/// The JSON without the elements of a shape that cannot be read; they are cut out one after another.
fn without_unreadable(json: &str, probe: Probe, repairs: &mut Repairs) -> Result<String, LineFault> {
    let mut value: Value = serde_json::from_str(json).map_err(|error| syntax_error(json, &error))?;
    if !value.is_object() {
        let detail = format!("the line is {}, not a JSON object", name_of(&value));
        return Err(LineFault::new(IssueCode::InvalidShape, detail));
    }
    for _ in 0..=MAX_CUTS {
        let Err(error) = probe(&value) else { return Ok(value.to_string()) };
        if !cut(&mut value, error.path()) {
            return Err(shape_error(error.inner()));
        }
        repairs.push((IssueCode::IgnoredElement, format!("`{}` is left out: {}", error.path(), reason(error.inner()))));
    }
    Err(LineFault::new(IssueCode::InvalidShape, format!("more than {MAX_CUTS} elements cannot be read")))
}

/// Says in a fault what was cut out before, as it may be the very element that is missing now.
fn with_cut_elements(mut fault: LineFault, cut: &[(IssueCode, String)]) -> LineFault {
    for (_, detail) in cut.iter().take(3) {
        fault.detail.push_str("; ");
        fault.detail.push_str(detail);
    }
    fault
}

/// The fault of a line whose shape no repair helps.
fn shape_error(error: &serde_json::Error) -> LineFault {
    LineFault::new(IssueCode::InvalidShape, reason(error))
}

/// Takes off what stands around the object (a byte order mark, the brackets and commas of a list) and escapes raw
/// tabs in texts. `None` if there is nothing to mend.
fn mend_bytes(text: &str, repairs: &mut Repairs) -> Option<String> {
    let is_stray = |c: char| matches!(c, '\u{feff}' | '[' | ']' | ',') || c.is_whitespace();
    let object = text.trim_matches(is_stray);
    let is_bare = object.starts_with('{') && object.ends_with('}') && object.len() < text.trim().len();
    if is_bare {
        let detail = "a byte order mark, brackets or commas around the object were passed over";
        repairs.push((IssueCode::StrayCharacters, detail.to_owned()));
    }
    let object = if is_bare { object } else { text };
    match escape_tabs(object) {
        Some(escaped) => {
            repairs.push((IssueCode::RepairedTab, "a raw tab inside a text was escaped".to_owned()));
            Some(escaped)
        }
        None => is_bare.then(|| object.to_owned()),
    }
}

/// The JSON with raw tabs inside texts written as `\t`; `None` if there are none.
fn escape_tabs(json: &str) -> Option<String> {
    let mut escaped: Option<String> = None;
    let (mut in_text, mut after_backslash) = (false, false);
    let mut copied_to = 0;
    for (at, byte) in json.bytes().enumerate() {
        if !in_text {
            in_text = byte == b'"';
        } else if after_backslash {
            after_backslash = false;
        } else if byte == b'\t' {
            let escaped = escaped.get_or_insert_default();
            escaped.push_str(&json[copied_to..at]);
            escaped.push_str("\\t");
            copied_to = at + 1;
        } else {
            after_backslash = byte == b'\\';
            in_text = byte != b'"';
        }
    }
    escaped.map(|mut escaped| {
        escaped.push_str(&json[copied_to..]);
        escaped
    })
}

fn syntax_error(json: &str, error: &serde_json::Error) -> LineFault {
    let json = json.trim();
    let hint = if json.starts_with('<') {
        "; this is HTML or XML"
    } else if matches!(json, "{" | "}" | "}," | "],") || json.starts_with('"') {
        "; is the file pretty-printed? write one resource on one line"
    } else if json.starts_with('{') && json.contains("},{") && !error.is_eof() {
        "; write one resource on one line"
    } else {
        ""
    };
    LineFault::new(IssueCode::InvalidJson, format!("the line is not JSON: {}{hint}", without_line_number(error)))
}

/// The parser's words; its line number is always 1.
fn without_line_number(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}

fn reason(error: &serde_json::Error) -> String {
    let reason = error.to_string();
    match reason.char_indices().nth(200) {
        Some((end, _)) => format!("{}...", &reason[..end]),
        None => reason,
    }
}

/// Removes the element that a path leads to; as much of the path as exists counts. Says whether something was removed.
fn cut(value: &mut Value, path: &Path) -> bool {
    let segments: Vec<&Segment> = path.iter().filter(|segment| is_step(segment)).collect();
    let Some((last, way)) = segments.split_last() else { return false };
    let mut parent = value;
    for segment in way {
        let child = match (segment, parent) {
            (Segment::Map { key }, Value::Object(map)) => map.get_mut(key),
            (Segment::Seq { index }, Value::Array(list)) => list.get_mut(*index),
            _ => None,
        };
        match child {
            Some(child) => parent = child,
            None => return false,
        }
    }
    match (last, parent) {
        (Segment::Map { key }, Value::Object(map)) => map.remove(key).is_some(),
        (Segment::Seq { index }, Value::Array(list)) if *index < list.len() => {
            list.remove(*index);
            true
        }
        _ => false,
    }
}

fn is_step(segment: &Segment) -> bool {
    matches!(segment, Segment::Map { .. } | Segment::Seq { .. })
}

fn name_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a truth value".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(text) => format!("the text {}", quoted(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

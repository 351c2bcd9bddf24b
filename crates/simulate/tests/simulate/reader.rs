//! An independent lenient reader, to see with other eyes what was written.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use openslots_model::{IssueCode, OffsetInstant, Position, ResourceKind, SlotStatus};
use openslots_simulate::{SimulatedPublisher, Simulation, SimulationPlan};
use serde_json::Value;

/// Lines longer than this are refused.
const LONGEST_LINE_BYTES: usize = 1024 * 1024;

/// A world of a few thousand slots from a Monday on.
pub(crate) fn small_plan() -> SimulationPlan {
    SimulationPlan::small(7, jiff::civil::date(2026, 10, 5))
}

pub(crate) fn simulate(plan: SimulationPlan) -> Simulation {
    Simulation::new(plan).expect("a plan that can be simulated")
}

/// The bytes of a file.
pub(crate) fn bytes_of(publisher: &SimulatedPublisher, path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    publisher.write_file(path, &mut bytes).expect("a file that is there");
    bytes
}

/// The lines of a sound file.
pub(crate) fn json_lines(publisher: &SimulatedPublisher, path: &str) -> Vec<Value> {
    let bytes = bytes_of(publisher, path);
    assert_eq!(bytes.last(), Some(&b'\n'), "{path}");
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).expect(path)).collect()
}

/// What a file held.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) n_accepted: u64,
    pub(crate) n_rejected: u64,
    pub(crate) n_held: u64,
    pub(crate) issues: BTreeMap<IssueCode, u64>,
}

/// Reads a file, counting what is wrong with it; fails if it is no file of lines, or not the whole file.
pub(crate) fn read_leniently(kind: ResourceKind, bytes: &[u8]) -> Result<Seen, IssueCode> {
    let mut unpacked = Vec::new();
    let mut bytes = match bytes {
        [0x1f, 0x8b, ..] => {
            flate2::read::GzDecoder::new(bytes).read_to_end(&mut unpacked).expect("a whole gzip file");
            unpacked.as_slice()
        }
        _ => bytes,
    };
    let mut seen = Seen::default();
    if let [0xef, 0xbb, 0xbf, rest @ ..] = bytes {
        bytes = rest;
        seen.issues.insert(IssueCode::StrayCharacters, 1);
    }
    if bytes.starts_with(b"<") {
        return Err(IssueCode::FileFailed);
    }
    let mut ids = BTreeSet::new();
    let n_all = bytes.split(|byte| *byte == b'\n').count();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let mut issue = |code| *seen.issues.entry(code).or_default() += 1;
        match read_line(kind, line, index + 1 == n_all) {
            Ok((id, repairs)) => {
                seen.n_accepted += 1;
                repairs.into_iter().for_each(&mut issue);
                if !ids.insert(id) {
                    issue(IssueCode::DuplicateId);
                }
            }
            Err(IssueCode::TruncatedLine) => return Err(IssueCode::TruncatedLine),
            Err(code) => {
                seen.n_rejected += 1;
                issue(code);
            }
        }
    }
    seen.n_held = ids.len() as u64;
    Ok(seen)
}

type Read = (String, Vec<IssueCode>);

fn read_line(kind: ResourceKind, line: &[u8], is_unended: bool) -> Result<Read, IssueCode> {
    if line.len() > LONGEST_LINE_BYTES {
        return Err(IssueCode::LineTooLong);
    }
    let text = std::str::from_utf8(line).map_err(|_| IssueCode::InvalidEncoding)?;
    let mut repairs = Vec::new();
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) if text.contains('\t') => {
            repairs.push(IssueCode::RepairedTab);
            serde_json::from_str(&text.replace('\t', "\\t")).map_err(|_| IssueCode::InvalidJson)?
        }
        Err(_) if is_unended => return Err(IssueCode::TruncatedLine),
        Err(_) => return Err(IssueCode::InvalidJson),
    };
    if !value.is_object() {
        return Err(IssueCode::InvalidShape);
    }
    match value["resourceType"].as_str() {
        None => return Err(IssueCode::MissingType),
        Some(name) if name != kind.as_str() => return Err(IssueCode::UnexpectedType),
        Some(_) => {}
    }
    let id = match &value["id"] {
        Value::Number(number) => {
            repairs.push(IssueCode::NumericId);
            number.to_string()
        }
        Value::String(id) => id.clone(),
        _ => return Err(IssueCode::MissingId),
    };
    if !is_legal_id(&id) {
        repairs.push(IssueCode::IllegalId);
    }
    match kind {
        ResourceKind::Slot => read_slot(&value, &mut repairs)?,
        ResourceKind::Location if value["position"].is_object() => {
            let degrees = |name: &str| value["position"][name].as_f64().expect("degrees");
            if Position::published(degrees("latitude"), degrees("longitude")).is_err() {
                repairs.push(IssueCode::UnusablePosition);
            }
        }
        _ => {}
    }
    Ok((id, repairs))
}

fn read_slot(slot: &Value, repairs: &mut Vec<IssueCode>) -> Result<(), IssueCode> {
    if !slot["schedule"]["reference"].is_string() {
        return Err(IssueCode::MissingSchedule);
    }
    let status = slot["status"].as_str().and_then(|status| status.parse::<SlotStatus>().ok());
    status.ok_or(IssueCode::InvalidStatus)?;
    let mut is_repaired = false;
    let mut instant = |name: &str| {
        let text = slot[name].as_str().ok_or(IssueCode::InvalidTime)?;
        let (instant, repair) = OffsetInstant::parse_lenient(text).map_err(|_| IssueCode::InvalidTime)?;
        is_repaired |= repair.is_some();
        Ok(instant.instant)
    };
    let (start, end) = (instant("start")?, instant("end")?);
    if end < start {
        return Err(IssueCode::EndBeforeStart);
    }
    if is_repaired {
        repairs.push(IssueCode::RepairedTime);
    }
    if links_of(slot).any(|link| !link.starts_with("https://")) {
        repairs.push(IssueCode::UnusableLink);
    }
    Ok(())
}

/// The booking links of a slot.
pub(crate) fn links_of(slot: &Value) -> impl Iterator<Item = &str> {
    slot["extension"].as_array().into_iter().flatten().filter_map(|extension| extension["valueUrl"].as_str())
}

/// FHIR's rule for ids.
pub(crate) fn is_legal_id(id: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (1..=64).contains(&id.len()) && id.bytes().all(legal)
}

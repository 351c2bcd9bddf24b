//! Putting a fault into the bytes of one output file.
//!
//! The sound lines pass through a writer that changes some of them. It knows how this crate lays lines out and edits
//! their text, so what it makes may be as broken as it likes.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Fault, Target};
use crate::codes::BASE_STU1;
use crate::files::FilePlan;

/// Length of the line of [`Fault::HugeLine`], in bytes: longer than any reader should take.
pub const HUGE_LINE_BYTES: usize = 4 * 1024 * 1024;

/// What is served in the place of a file or a manifest by the faults that say so.
pub(crate) const HTML_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n\
    <body><h1>Sign in</h1><p>Your session has ended.</p></body></html>\n";

/// How many lines of a file with `n_lines` a fault touches.
pub(crate) fn n_touched(fault: Fault, n_lines: u64) -> u64 {
    match (fault.target(), fault) {
        (_, Fault::HugeLine | Fault::TruncatedLine) => n_lines.min(1),
        (Target::SlotLines | Target::LocationLines | Target::ScheduleLines, _) => (n_lines / 50).max(1).min(n_lines),
        _ => 0,
    }
}

/// Changes some of the lines that are written to it.
pub(crate) struct FaultyWriter<'a> {
    fault: Fault,
    out: Output<'a>,
    /// The sound lines of the file, and how many are touched: evenly spread, the last one among them.
    n_lines: u64,
    n_touched: u64,
    /// The number of the line that comes next.
    line: u64,
    /// A line that has not ended yet.
    begun: Vec<u8>,
    /// The id of the line before.
    last_id: String,
}

enum Output<'a> {
    Plain(&'a mut dyn Write),
    Gzip(Box<GzEncoder<&'a mut dyn Write>>),
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Gzip(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Gzip(out) => out.flush(),
        }
    }
}

impl<'a> FaultyWriter<'a> {
    pub(crate) fn new(fault: Fault, file: &FilePlan, out: &'a mut dyn Write) -> Self {
        let out = match fault {
            Fault::GzipWithoutHeader => Output::Gzip(Box::new(GzEncoder::new(out, Compression::fast()))),
            _ => Output::Plain(out),
        };
        let n_touched = n_touched(fault, file.n_lines);
        Self { fault, out, n_lines: file.n_lines, n_touched, line: 0, begun: Vec::new(), last_id: String::new() }
    }

    /// Whether anything of the sound file is left to see.
    pub(crate) fn needs_content(&self) -> bool {
        !matches!(self.fault, Fault::HtmlPage | Fault::EmptyFile)
    }

    /// Ends the file.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if self.fault == Fault::HtmlPage {
            self.out.write_all(HTML_PAGE.as_bytes())?;
        }
        match self.out {
            Output::Plain(_) => Ok(()),
            Output::Gzip(encoder) => encoder.finish().map(drop),
        }
    }

    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        let (number, n, k) = (self.line, self.n_lines, self.n_touched);
        self.line += 1;
        let is_touched = k > 0 && (number + 1) * k / n > number * k / n;
        let is_last = number + 1 == n;
        if number == 0 && self.fault == Fault::Bom {
            self.out.write_all(b"\xef\xbb\xbf")?;
        }
        if is_touched {
            let spoilt = self.spoil(line);
            self.out.write_all(&spoilt)?;
        } else {
            self.out.write_all(line)?;
        }
        if self.fault == Fault::DuplicateIds {
            self.last_id = value_of(line, "\"id\":\"").to_owned();
        }
        match self.fault {
            Fault::NoFinalNewline if is_last => Ok(()),
            Fault::TruncatedLine if is_touched => Ok(()),
            Fault::BlankLines if is_touched => self.out.write_all(b"\n\n  \n"),
            Fault::Crlf => self.out.write_all(b"\r\n"),
            _ => self.out.write_all(b"\n"),
        }
    }

    /// The line with the fault in it.
    fn spoil(&self, line: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(line);
        let member = |members: &str| with_members(&text, members);
        let id = value_of(line, "\"id\":\"");
        let with_id = |new: &str| text.replacen(&format!("\"id\":\"{id}\""), &format!("\"id\":{new}"), 1);
        let spoilt = match self.fault {
            Fault::BadLine => text.replacen("\":\"", "\":", 1),
            Fault::NotAnObject => format!("\"{id}\""),
            Fault::HugeLine => {
                let filler = "x".repeat(HUGE_LINE_BYTES.saturating_sub(line.len()));
                member(&format!("\"comment\":\"{filler}\""))
            }
            Fault::TruncatedLine => text[..floor_char_boundary(&text, line.len() * 2 / 3)].to_owned(),
            Fault::InvalidEncoding => {
                // The e acute of Latin-1, in the place of a byte that no line has.
                let spoilt = member("\"comment\":\"caf\u{1}\"");
                return spoilt.into_bytes().into_iter().map(|byte| if byte == 1 { 0xe9 } else { byte }).collect();
            }
            Fault::MissingType => text.replacen("\"resourceType\":\"Slot\",", "", 1),
            Fault::WrongType => text.replacen("\"resourceType\":\"Slot\"", "\"resourceType\":\"Appointment\"", 1),
            Fault::MissingId => text.replacen(&format!("\"id\":\"{id}\","), "", 1),
            Fault::MissingSchedule => {
                let schedule = value_of(line, "\"schedule\":{\"reference\":\"");
                text.replacen(&format!("\"schedule\":{{\"reference\":\"{schedule}\"}},"), "", 1)
            }
            Fault::InvalidStatus => replace_value(&text, "\"status\":\"", |_| "open".to_owned()),
            Fault::InvalidTimes => replace_value(&text, "\"start\":\"", |_| "tomorrow at nine".to_owned()),
            Fault::EndBeforeStart => replace_value(&text, "\"end\":\"", |end| format!("2000{}", &end[4..])),
            Fault::ShortOffset => replace_value(&text, "\"start\":\"", short_offset),
            Fault::TabInString => member("\"comment\":\"Please\tarrive early\""),
            Fault::NumericIds => with_id(&numeric_id(id)),
            Fault::IllegalIds => with_id(&format!("\"slot_{id} !\"")),
            Fault::DuplicateIds => with_id(&format!("\"{}\"", self.last_id)),
            Fault::UnusableLink => replace_extension_link(&text),
            Fault::Nulls => member("\"comment\":null,\"serviceType\":null,\"identifier\":null"),
            Fault::DanglingReferences => {
                replace_value(&text, "\"schedule\":{\"reference\":\"", |_| "Schedule/never-published".to_owned())
            }
            Fault::DanglingActors => {
                replace_value(&text, "\"actor\":[{\"reference\":\"", |_| "PractitionerRole/never-published".to_owned())
            }
            Fault::NullIsland => replace_position(&text, |_| "0".to_owned()),
            Fault::WholeDegrees => replace_position(&text, |degrees| {
                let whole = degrees.split('.').next().unwrap_or_default();
                // A whole degree of zero would be null island.
                if whole.trim_start_matches('-') == "0" { "1".to_owned() } else { whole.to_owned() }
            }),
            _ => return line.to_vec(),
        };
        spoilt.into_bytes()
    }
}

impl Write for FaultyWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
            let (end, after) = (&rest[..at], &rest[at + 1..]);
            if self.begun.is_empty() {
                self.write_line(end)?;
            } else {
                self.begun.extend_from_slice(end);
                let line = std::mem::take(&mut self.begun);
                self.write_line(&line)?;
            }
            rest = after;
        }
        self.begun.extend_from_slice(rest);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The text from after `opening` to the next quotation mark; empty if there is none.
fn value_of<'a>(line: &'a [u8], opening: &str) -> &'a str {
    let text = std::str::from_utf8(line).unwrap_or_default();
    text.split_once(opening).and_then(|(_, rest)| rest.split_once('"')).map_or("", |(value, _)| value)
}

/// The line with the string after `opening` replaced.
fn replace_value(text: &str, opening: &str, new: impl Fn(&str) -> String) -> String {
    let Some((before, rest)) = text.split_once(opening) else { return text.to_owned() };
    let Some((old, after)) = rest.split_once('"') else { return text.to_owned() };
    format!("{before}{opening}{}\"{after}", new(old))
}

/// The same instant, its offset without minutes.
fn short_offset(time: &str) -> String {
    let (civil, offset) = time.split_at(19);
    match offset.strip_suffix(":00") {
        Some(hours) => format!("{civil}{hours}"),
        // UTC, with or without a fraction.
        None => format!("{civil}+00"),
    }
}

/// The slot with more members.
fn with_members(slot: &str, members: &str) -> String {
    slot.replacen("\"status\":\"", &format!("{members},\"status\":\""), 1)
}

/// A number that no other slot of the publisher has for an id.
fn numeric_id(id: &str) -> String {
    match id.parse::<u64>() {
        Ok(number) => number.to_string(),
        // A UUID: its first 32 bits, beyond all small numbers.
        Err(_) => {
            let head = id.get(..8).and_then(|head| u64::from_str_radix(head, 16).ok());
            (7_000_000_000 + head.unwrap_or_default()).to_string()
        }
    }
}

/// The slot with its booking link, or one put in, replaced by something that no patient should follow.
fn replace_extension_link(text: &str) -> String {
    const LINK: &str = "javascript:alert(document.title)";
    if text.contains("\"valueUrl\":\"") {
        return replace_value(text, "\"valueUrl\":\"", |_| LINK.to_owned());
    }
    let item = format!("{{\"url\":\"{BASE_STU1}/booking-deep-link\",\"valueUrl\":\"{LINK}\"}}");
    if text.contains(",\"extension\":[") {
        text.replacen(",\"extension\":[", &format!(",\"extension\":[{item},"), 1)
    } else {
        with_members(text, &format!("\"extension\":[{item}]"))
    }
}

/// The location with its position, or one put in, replaced.
fn replace_position(text: &str, new: impl Fn(&str) -> String) -> String {
    let Some((before, rest)) = text.split_once("\"latitude\":") else {
        let position = format!("\"position\":{{\"latitude\":{},\"longitude\":{}}},", new("42.3"), new("-71.1"));
        return text.replacen("\"managingOrganization\":", &format!("{position}\"managingOrganization\":"), 1);
    };
    let parts = rest.split_once(",\"longitude\":").and_then(|(lat, rest)| Some((lat, rest.split_once('}')?)));
    let Some((latitude, (longitude, after))) = parts else { return text.to_owned() };
    format!("{before}\"latitude\":{},\"longitude\":{}}}{after}", new(latitude), new(longitude))
}

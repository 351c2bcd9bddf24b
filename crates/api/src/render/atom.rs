//! The feed of a watch, as Atom (RFC 4287).

use std::io;

use openslots_care::resource::CareId;
use openslots_care::watches::Watch;
use openslots_model::UnixSeconds;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::calls::FeedEntry;

/// Media type of the feed.
pub(crate) const ATOM: &str = "application/atom+xml";

/// The feed of a watch, the newest entry first.
///
/// # Errors
/// Never: it is written to memory.
pub(crate) fn feed(service: &str, key: CareId, watch: &Watch, entries: &[FeedEntry]) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let asked = if watch.query.is_empty() { "anything" } else { &watch.query };
    let url = format!("{service}/v1/scheduling/watches/{key}/feed");
    let updated = entries.iter().map(|entry| entry.told.told_at).max().unwrap_or(watch.created_at);
    let ends = format!("Each new slot once. The watch ends at {}; make it anew then.", watch.expires_at);
    let too_wide = "More slots match than a watch looks at: it sees the earliest only. Narrow the search.";
    let subtitle = if watch.is_too_wide { format!("{ends} {too_wide}") } else { ends };
    writer.create_element("feed").with_attribute(("xmlns", "http://www.w3.org/2005/Atom")).write_inner_content(
        |writer| {
            text(writer, "id", &urn(&format!("{key}")))?;
            text(writer, "title", &format!("New appointments: {asked}"))?;
            text(writer, "subtitle", &subtitle)?;
            text(writer, "updated", &updated.to_string())?;
            link(writer, "self", &url)?;
            link(writer, "alternate", &format!("{service}/"))?;
            writer.create_element("author").write_inner_content(|writer| text(writer, "name", "openslots"))?;
            entries.iter().try_for_each(|entry| write_entry(writer, service, key, entry))
        },
    )?;
    Ok(writer.into_inner())
}

fn write_entry(writer: &mut Writer<Vec<u8>>, service: &str, key: CareId, entry: &FeedEntry) -> io::Result<()> {
    let told = &entry.told;
    // Written by us; what could not be read would still be an entry, with nothing but its time of telling.
    let body: Value = serde_json::from_str(&told.body).unwrap_or_default();
    let title = title_of(&body, told.told_at);
    let title = if entry.is_bookable { title } else { format!("No longer available: {title}") };
    writer
        .create_element("entry")
        .write_inner_content(|writer| {
            text(writer, "id", &urn(&format!("{key} {}", told.seq)))?;
            text(writer, "title", &title)?;
            text(writer, "updated", &told.told_at.to_string())?;
            link(writer, "alternate", &format!("{service}/slots/{}/book", told.slot))?;
            text(writer, "summary", &summary_of(&body))
        })
        .map(drop)
}

/// When, who and where, in the time of the place.
fn title_of(body: &Value, told_at: UnixSeconds) -> String {
    let at = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    let start = at("/localStart").or_else(|| at("/start"));
    let when = start.and_then(|start| Some(format!("{} {}", start.get(..10)?, start.get(11..16)?)));
    let parts = [when.as_deref(), at("/provider/name"), at("/location/name"), at("/location/city")];
    let known: Vec<&str> = parts.into_iter().flatten().collect();
    if known.is_empty() { format!("told at {told_at}") } else { known.join(" · ") }
}

fn summary_of(body: &Value) -> String {
    let at = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let zone = at("/timeZone").map(|zone| format!("time of {zone}"));
    let miles = body.pointer("/distanceMiles").map(|miles| format!("{miles} miles away"));
    let phone = at("/bookingPhone").map(|phone| format!("telephone {phone}"));
    let publisher = at("/publisher").map(|publisher| format!("published by {publisher}"));
    let service = at("/serviceTypeText");
    let address = at("/location/addressLine/0");
    let parts = [zone, service, address, at("/location/city"), at("/location/state"), miles, phone, publisher];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn text(writer: &mut Writer<Vec<u8>>, name: &str, content: &str) -> io::Result<()> {
    // Characters that XML has no place for, not even escaped.
    let is_legal =
        |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let content: String = content.chars().filter(is_legal).collect();
    writer.create_element(name).write_text_content(BytesText::new(&content)).map(drop)
}

fn link(writer: &mut Writer<Vec<u8>>, relation: &str, href: &str) -> io::Result<()> {
    writer.create_element("link").with_attributes([("rel", relation), ("href", href)]).write_empty().map(drop)
}

/// A name that stays the same and says nothing of what it is made from (RFC 9562, version 8).
fn urn(of: &str) -> String {
    let digest = Sha256::digest(of);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_form_of_a_uuid_and_differ() {
        let name = urn("a 1");
        assert_eq!(name, urn("a 1"));
        assert_ne!(name, urn("a 2"));
        let parts: Vec<usize> = name["urn:uuid:".len()..].split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
    }

    #[test]
    fn what_publishers_write_cannot_break_the_feed() {
        let mut writer = Writer::new(Vec::new());
        text(&mut writer, "title", "</title><x a=\"&\">\u{0}\u{b}é\u{ffff}").expect("written");
        let written = String::from_utf8(writer.into_inner()).expect("text");
        assert_eq!(written, "<title>&lt;/title&gt;&lt;x a=&quot;&amp;&quot;&gt;é</title>");
    }
}

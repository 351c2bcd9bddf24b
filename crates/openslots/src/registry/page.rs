//! JSON-LD in an HTML page.

use html5gum::{DefaultEmitter, Token, Tokenizer};

/// What old pages wrap a script in, so that older browsers pass over it.
const WRAPPINGS: [(&str, &str); 4] =
    [("/*<![CDATA[*/", "/*]]>*/"), ("//<![CDATA[", "//]]>"), ("<![CDATA[", "]]>"), ("<!--", "-->")];

/// The texts of all `<script type="application/ld+json">` of a page.
///
/// The text of a script is raw: HTML knows no entities in it, so `&amp;` stands for itself.
pub(super) fn json_ld(page: &str) -> Vec<String> {
    let mut emitter = DefaultEmitter::default();
    // So that the text of scripts, styles and titles is not taken for tags.
    emitter.naively_switch_states(true);
    let mut blocks = Vec::new();
    let mut open: Option<Vec<u8>> = None;
    for Ok(token) in Tokenizer::new_with_emitter(page, emitter) {
        match token {
            Token::StartTag(tag) if **tag.name == *b"script" => {
                let kind = tag.attributes.get(b"type".as_slice());
                open = kind.filter(|kind| is_json_ld(kind)).map(|_| Vec::new());
            }
            Token::String(text) => {
                if let Some(block) = &mut open {
                    block.extend_from_slice(&text);
                }
            }
            Token::EndTag(tag) if **tag.name == *b"script" => blocks.extend(open.take()),
            _ => {}
        }
    }
    // A page that breaks off inside a script.
    blocks.extend(open);
    blocks.iter().map(|block| unwrapped(&String::from_utf8_lossy(block)).to_owned()).collect()
}

/// Whether a `type` is that of JSON-LD; case, blanks around it and parameters do not matter.
fn is_json_ld(kind: &[u8]) -> bool {
    let essence = kind.split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/ld+json")
}

fn unwrapped(block: &str) -> &str {
    let mut text = block.trim();
    for (before, after) in WRAPPINGS {
        if let Some(inner) = text.strip_prefix(before) {
            text = inner.trim();
            // `//-->` is usual in the line of the end.
            text = text.strip_suffix(after).unwrap_or(text).trim_end().trim_end_matches("//").trim_end();
        }
    }
    text
}

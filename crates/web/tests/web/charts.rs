//! Charts as parts of a page: their markup is sound, also on a page that is a file of its own.

use openslots_model::{LocalDate, UnixSeconds};
use openslots_web::chart::{Bar, Bars, Caption, Lines, Notation, Outcome, Strip, Tone};
use openslots_web::{Language, STYLE};

use crate::markup;

#[test]
fn a_page_of_charts_is_sound() {
    let caption = |id, title| Caption {
        title,
        measure: "free slots",
        note: "Counted at midnight.",
        csv: Some("/free.csv"),
        ..Caption::new(id, Language::English)
    };
    let first = LocalDate::parse("2026-11-23").unwrap();
    let series = vec![("MA", vec![Some(3.0), None, Some(5.0)]), ("NH", vec![Some(1.0), Some(2.0), Some(2.0)])];
    let span = [UnixSeconds(0), UnixSeconds(86_400)];
    let kinds = vec![Outcome { name: "complete", tone: Tone::Good }, Outcome { name: "failed", tone: Tone::Bad }];
    let outcomes = vec![(UnixSeconds(60), 0), (UnixSeconds(50_000), 1)];
    let bars = vec![Bar::new("MA", Some(0.25)), Bar::new("NH", None)];
    let charts = [
        Lines::daily(caption("lines", "By day"), Notation::Whole, first, series).filled().show(),
        Bars { caption: caption("bars", "By state"), notation: Notation::Share, bars }.show(),
        Strip { caption: caption("strip", "Outcomes"), span, kinds, outcomes }.show(),
    ];
    let charts: String = charts.into_iter().map(|chart| chart.into_string()).collect();
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Charts</title></head><body><header></header><main><h1>Charts</h1>{charts}</main><footer></footer></body></html>"
    );
    markup::check("charts", &page);
    assert!(
        !STYLE.contains('<') && !STYLE.contains("url(") && !STYLE.contains("@import"),
        "it can stand in an element"
    );
}

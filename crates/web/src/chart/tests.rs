//! Charts say the same as their figures, to whoever sees them and to whoever does not.

use openslots_model::{LocalDate, UnixSeconds};

use super::*;

const HOSTILE: &str = "</title><script>alert(1)</script>\" onload=\"x";
const START: UnixSeconds = UnixSeconds(1_795_392_000);

fn caption(language: Language) -> Caption<'static> {
    Caption { title: "Free slots", measure: "free slots", csv: Some("/free.csv"), ..Caption::new("free", language) }
}

fn daily(series: Vec<(&'static str, Vec<Option<f64>>)>) -> String {
    let first = LocalDate::parse("2026-11-23").expect("a day");
    Lines::daily(caption(Language::English), Notation::Whole, first, series).show().into_string()
}

fn count(html: &str, part: &str) -> usize {
    html.matches(part).count()
}

#[test]
fn what_is_not_known_is_a_gap_and_no_zero() {
    let html = daily(vec![("", vec![Some(4.0), Some(2.0), None, Some(1.0), None, Some(f64::NAN), Some(-1.0)])]);
    assert!(html.contains("d=\"M0.0 0.0L166.7 500.0M500.0 750.0\""), "{html}");
    assert_eq!(count(&html, "<svg class=\"mark\""), 1, "a day between gaps has a mark: {html}");
    assert_eq!(count(&html, ">not known<"), 4, "{html}");
    assert!(html.contains("free slots: 4 at first, 1 at last, 1 at least, 4 at most, 4 not known."), "{html}");
    for nothing in [vec![], vec![("a", vec![])], vec![("a", vec![None, Some(f64::INFINITY)])]] {
        let html = daily(nothing);
        assert!(html.contains("There are no figures yet.") && !html.contains("<svg"), "{html}");
    }
}

#[test]
fn areas_end_where_their_lines_end() {
    let first = LocalDate::parse("2026-11-23").expect("a day");
    let values = vec![Some(4.0), Some(2.0), None, Some(1.0), Some(3.0)];
    let lines = Lines::daily(caption(Language::English), Notation::Whole, first, vec![("", values)]).filled();
    let html = lines.show().into_string();
    assert!(
        html.contains("M0.0 0.0L250.0 500.0L250.0 1000L0.0 1000ZM750.0 750.0L1000.0 250.0L1000.0 1000L750.0 1000Z")
    );
}

#[test]
fn series_differ_by_more_than_colour() {
    let names = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
    let html = daily(names.iter().map(|name| (*name, vec![Some(1.0), Some(2.0)])).collect());
    for n in 0..MAX_SERIES {
        // In the legend and in the drawing.
        assert_eq!(count(&html, &format!("class=\"line c{n}\"")), 2, "{html}");
        assert!(count(&html, &format!("class=\"mark c{n}\"")) >= 2, "{html}");
    }
    assert!(!html.contains("class=\"line c6\"") && html.contains("2 more are in the table alone."), "{html}");
    for name in names {
        assert!(html.contains(&format!("<th class=\"count\" scope=\"col\">{name}</th>")), "{html}");
        assert!(html.contains(&format!("{name}: 1 at first, 2 at last")), "{html}");
    }
    let one = daily(vec![("", vec![Some(1.0), Some(2.0)])]);
    assert!(!one.contains("legend") && one.contains("<th class=\"count\" scope=\"col\">free slots</th>"), "{one}");
}

#[test]
fn instants_are_drawn_over_the_whole_span() {
    let at = |hours: i64| START.plus_seconds(hours * 3_600);
    let points = vec![(at(6), Some(10.0)), (at(12), Some(20.0)), (at(15), None)];
    let lines =
        Lines::over_time(caption(Language::Spanish), Notation::Decimal, [at(0), at(24)], vec![("duración", points)]);
    let html = lines.show().into_string();
    assert!(html.contains("d=\"M250.0 500.0L500.0 0.0\""), "{html}");
    assert!(html.contains("free slots, del 2026-11-23 00:00 al 2026-11-24 00:00."), "{html}");
    assert!(html.contains("<th scope=\"row\">2026-11-23 12:00</th><td class=\"count\">20</td>"), "{html}");
    assert!(html.contains("free slots, UTC") && html.contains("En una tabla"), "{html}");
}

#[test]
fn bars_are_as_long_as_their_figures() {
    let bars = vec![
        Bar { href: Some("/?state=MA&x".to_owned()), ..Bar::new("MA", Some(1_000.0)) },
        Bar::new("NH", Some(250.0)),
        Bar::new("VT", Some(0.0)),
        Bar::new("ME", Some(0.5)),
        Bar::new("RI", None),
    ];
    let chart = Bars { caption: caption(Language::English), notation: Notation::Whole, bars };
    let html = chart.show().into_string();
    let widths: Vec<&str> =
        html.split("<rect width=\"").skip(1).map(|part| part.split('"').next().unwrap_or_default()).collect();
    assert_eq!(widths, ["100%", "25%", "0%", "0.4%"]);
    assert!(html.contains("<a href=\"/?state=MA&amp;x\">MA</a>") && html.contains("1,000"), "{html}");
    assert!(html.contains("not known") && html.contains("href=\"/free.csv\""), "{html}");
    let none = Bars { bars: vec![], ..chart };
    assert!(none.show().into_string().contains("There are no figures yet."));
}

fn strip(outcomes: Vec<(UnixSeconds, usize)>) -> String {
    let kinds = vec![
        Outcome { name: "complete", tone: Tone::Good },
        Outcome { name: "partial", tone: Tone::Mixed },
        Outcome { name: "failed", tone: Tone::Bad },
    ];
    let span = [START, START.plus_seconds(60 * 60)];
    Strip { caption: caption(Language::English), span, kinds, outcomes }.show().into_string()
}

#[test]
fn a_strip_shows_the_worst_of_each_part_of_the_time() {
    let at = |seconds: i64| START.plus_seconds(seconds);
    let html =
        strip(vec![(at(0), 0), (at(59), 2), (at(60), 1), (at(180), 0), (at(3_600), 0), (at(3_601), 2), (at(5), 9)]);
    let columns: Vec<&str> =
        html.split("<title>").skip(1).map(|part| part.split('<').next().unwrap_or_default()).collect();
    let want = ["00:00: 1 complete, 1 failed", "00:01: 1 partial", "00:03: 1 complete", "00:59: 1 complete"];
    assert_eq!(columns, want.map(|text| format!("2026-11-23 {text}")), "{html}");
    assert!(html.contains("<rect class=\"bad\" x=\"0%\" width=\"1.33%\" y=\"0%\" height=\"100%\">"), "{html}");
    assert!(html.contains("<rect class=\"mixed\" x=\"1.67%\" width=\"1.33%\" y=\"30%\" height=\"70%\">"), "{html}");
    assert!(html.contains("3 complete, 1 partial, 1 failed."), "{html}");
    assert_eq!(count(&html, "<tr>"), 5, "a head, and a row for each part in which something was done");
    assert!(strip(vec![(at(-1), 0)]).contains("There are no figures yet."));
}

#[test]
fn words_of_others_are_text() {
    let caption =
        Caption { title: HOSTILE, measure: HOSTILE, note: HOSTILE, csv: Some(HOSTILE), ..caption(Language::English) };
    let first = LocalDate::parse("2026-11-23").expect("a day");
    let series = vec![(HOSTILE, vec![Some(1.0)]), (HOSTILE, vec![None])];
    let kinds = vec![Outcome { name: HOSTILE, tone: Tone::Bad }];
    let bars = vec![Bar { href: Some(HOSTILE.to_owned()), ..Bar::new(HOSTILE, Some(1.0)) }];
    for html in [
        Lines::daily(caption, Notation::Share, first, series).show(),
        Bars { caption, notation: Notation::Decimal, bars }.show(),
        Strip { caption, span: [START, START], kinds, outcomes: vec![(START, 0)] }.show(),
    ] {
        let html = html.into_string();
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script") && !html.contains("\" onload"), "{html}");
        assert!(!html.contains("style="), "the policy of the pages forbids it: {html}");
    }
}

#[test]
fn figures_are_written_as_exactly_as_they_are_read() {
    use Notation::{Decimal, Share, Whole};
    for (notation, value, want) in [
        (Whole, 0.0, "0"),
        (Whole, 1_234_567.0, "1,234,567"),
        (Decimal, 0.0, "0"),
        (Decimal, 0.042, "0.042"),
        (Decimal, 3.1, "3.1"),
        (Decimal, 12.54, "12.5"),
        (Decimal, 1_234.4, "1,234"),
        (Share, 0.25, "25%"),
        (Share, 0.9999, "100%"),
        (Share, 0.0015, "0.15%"),
        (Share, 1.0, "100%"),
    ] {
        assert_eq!(notation.text(value), want);
    }
}

/// Colours that a block of the style sheet declares, by name.
fn colours(block: &str) -> Vec<(&str, [f64; 3])> {
    let colour = |declaration| {
        let (name, value) = str::trim(declaration).split_once(": #")?;
        let part = |at: usize| u8::from_str_radix(value.get(at..at + 2)?, 16).ok().map(f64::from);
        Some((name, [part(0)?, part(2)?, part(4)?]))
    };
    block.split(['{', ';']).filter_map(colour).collect()
}

/// Contrast as WCAG 2.2 defines it.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let light = |part: f64| {
        let part = part / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = |[red, green, blue]: [f64; 3]| 0.2126 * light(red) + 0.7152 * light(green) + 0.0722 * light(blue);
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn colours_stand_out_in_light_dark_and_on_paper() {
    let blocks: Vec<_> = crate::STYLE.match_indices(":root {").collect();
    let block = |at: usize| &crate::STYLE[at..at + crate::STYLE[at..].find('}').expect("an end")];
    let all: Vec<_> = blocks.into_iter().map(|(at, _)| colours(block(at))).collect();
    let [light, dark, paper, charts_light, charts_dark, charts_paper] = all.as_slice() else {
        panic!("the style sheet has six sets of colours, not {}", all.len())
    };
    let of = |set: &[(&str, [f64; 3])], name: &str| {
        set.iter().find(|(known, _)| *known == name).map(|(_, colour)| *colour).expect("a colour")
    };
    for (base, charts) in [(light, charts_light), (dark, charts_dark), (paper, charts_paper)] {
        let ground = of(base, "--paper");
        for text in ["--ink", "--quiet", "--accent"] {
            assert!(contrast(of(base, text), ground) >= 4.5, "{text} is read");
        }
        assert_eq!(charts.len(), 9);
        for (name, colour) in charts {
            assert!(contrast(*colour, ground) >= 4.5, "{name}: {}", contrast(*colour, ground));
        }
    }
}

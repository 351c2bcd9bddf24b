//! Free slots by day: two weeks as a grid of links, each of which leads to that day.

use jiff::civil::Date;
use maud::{Markup, html};
use openslots_api::calls::DaysAnswer;
use openslots_model::LocalDate;

use crate::clock::civil;
use crate::figures::grouped;
use crate::language::Language;
use crate::messages::Say;

/// Days that are shown at once.
const N_DAYS: i32 = 14;
/// Days before the chosen one, where it is far ahead.
const N_BEFORE: i32 = 6;
/// Shades of a day by how many slots are free, beside the one for none.
const N_SHADES: u64 = 4;

/// The days of a calendar with free slots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FreeDays {
    /// Ascending, only days with free slots.
    days: Vec<(LocalDate, u64)>,
    /// At places whose clock is not known.
    n_without_day: u64,
}

impl From<&DaysAnswer> for FreeDays {
    fn from(answer: &DaysAnswer) -> Self {
        let days = answer.calendar.days.iter().map(|(day, counts)| (*day, counts.n_free));
        Self {
            days: days.filter(|(_, n_free)| *n_free > 0).collect(),
            n_without_day: answer.calendar.without_day.n_free,
        }
    }
}

/// A day of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    day: LocalDate,
    n_free: u64,
}

impl FreeDays {
    /// The days to show: from the first with free slots, or around the chosen one where that is farther ahead.
    fn cells(&self, chosen: Option<LocalDate>) -> Vec<Cell> {
        let Some(&(LocalDate(first), _)) = self.days.first() else { return Vec::new() };
        let from = match chosen {
            Some(LocalDate(day)) if day >= first.saturating_add(N_DAYS) => day - N_BEFORE,
            _ => first,
        };
        let cell = |day| {
            let counted = self.days.binary_search_by_key(&day, |(day, _)| *day);
            Cell { day, n_free: counted.map_or(0, |place| self.days[place].1) }
        };
        (from..from.saturating_add(N_DAYS)).map(|day| cell(LocalDate(day))).collect()
    }

    /// The calendar; `address` gives that of a day's page, and that of all days for `""`. Empty where nothing is free.
    pub(crate) fn show(
        &self,
        chosen: Option<LocalDate>,
        language: Language,
        address: impl Fn(&str) -> String,
    ) -> Markup {
        let cells = self.cells(chosen);
        let Some(last) = cells.last() else { return html! {} };
        let most = cells.iter().map(|cell| cell.n_free).max().unwrap_or_default();
        let n_later: u64 = self.days.iter().filter(|(day, _)| *day > last.day).map(|(_, n_free)| n_free).sum();
        html! {
            nav.calendar aria-label=(language.say(Say::Calendar)) {
                ol.days { @for cell in &cells { li { (show_cell(*cell, most, chosen, language, &address)) } } }
                p.quiet {
                    @if chosen.is_some() { a href=(address("")) { (language.say(Say::AllDays)) } " " }
                    @if n_later > 0 { (language.fill(Say::Later, &[&grouped(n_later)])) }
                    @if n_later > 0 && self.n_without_day > 0 { "; " }
                    @if self.n_without_day > 0 { (language.fill(Say::WithoutDay, &[&grouped(self.n_without_day)])) }
                }
            }
        }
    }
}

fn show_cell(
    cell: Cell,
    most: u64,
    chosen: Option<LocalDate>,
    language: Language,
    address: impl Fn(&str) -> String,
) -> Markup {
    let date = civil(cell.day);
    let is_chosen = chosen == Some(cell.day);
    html! {
        @if cell.n_free > 0 || is_chosen {
            a.day.(shade(cell.n_free, most)) href=(address(&cell.day.to_string())) aria-current=[is_chosen.then_some("date")] {
                (inside(date, cell.n_free, language))
            }
        } @else {
            span.day.s0 { (inside(date, 0, language)) }
        }
    }
}

fn inside(date: Date, n_free: u64, language: Language) -> Markup {
    html! {
        span.weekday { (language.short_weekday(date)) } " "
        strong { (language.short_day(date)) } " "
        span.free {
            @match n_free {
                0 => (language.say(Say::NoneFree)),
                _ => (language.count(n_free, Say::OneFree, Say::NFree)),
            }
        }
    }
}

/// The class of a day, by its share of the fullest.
fn shade(n_free: u64, most: u64) -> String {
    format!("s{}", (n_free * N_SHADES).div_ceil(most.max(1)).min(N_SHADES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> LocalDate {
        LocalDate::parse(text).expect("a day")
    }

    fn free_days() -> FreeDays {
        let days = [("2026-11-30", 1), ("2026-12-02", 8), ("2026-12-13", 1_200), ("2026-12-14", 3), ("2027-02-01", 5)];
        FreeDays { days: days.map(|(text, n_free)| (day(text), n_free)).to_vec(), n_without_day: 2 }
    }

    #[test]
    fn two_weeks_begin_with_the_first_free_day_or_lie_round_the_chosen_one() {
        for (chosen, first, last) in [
            (None, "2026-11-30", "2026-12-13"),
            (Some("2026-12-13"), "2026-11-30", "2026-12-13"),
            (Some("2026-12-14"), "2026-12-08", "2026-12-21"),
            (Some("2020-01-01"), "2026-11-30", "2026-12-13"),
        ] {
            let cells = free_days().cells(chosen.map(day));
            assert_eq!(cells.len(), 14, "{chosen:?}");
            assert_eq!((cells[0].day, cells[13].day), (day(first), day(last)), "{chosen:?}");
        }
        assert_eq!(free_days().cells(None).iter().map(|cell| cell.n_free).sum::<u64>(), 1_209);
        assert!(FreeDays { days: vec![], n_without_day: 0 }.cells(None).is_empty());
        assert_eq!(free_days().cells(Some(LocalDate(i32::MAX))).len(), 6, "the end of all days");
    }

    #[test]
    fn days_are_links_where_something_is_free() {
        let html =
            free_days().show(Some(day("2026-12-02")), Language::English, |day| format!("/?day={day}")).into_string();
        assert_eq!(html.matches("href=\"/?day=2026").count(), 3, "{html}");
        for told in [
            r#"<a class="day s1" href="/?day=2026-11-30"><span class="weekday">Mon</span> <strong>Nov 30</strong> <span class="free">1 free</span></a>"#,
            r#"href="/?day=2026-12-02" aria-current="date""#,
            "s4\" href=\"/?day=2026-12-13\"",
            "1,200 free",
            "<a href=\"/?day=\">All days</a>",
            "8 later; 2 at places whose time zone is not known",
        ] {
            assert!(html.contains(told), "{told}\n{html}");
        }
        let spanish = free_days().show(None, Language::Spanish, str::to_owned).into_string();
        assert!(spanish.contains("<span class=\"weekday\">mié</span> <strong>2 dic</strong>"), "{spanish}");
        assert!(!spanish.contains("Todos los días"), "{spanish}");
    }
}

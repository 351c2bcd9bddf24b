//! A rule is held against loops over every day and every time, which ask of each whether the rule includes it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::expand::{Budget, Stretch, occurrences};
use super::super::rule::{Frequency, Rule};
use super::super::wall::{DAY_SECONDS, wall_of};

const WEEKDAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn midnight(date: Date) -> i64 {
    wall_of(date.at(0, 0, 0, 0)).expect("a wall")
}

/// First day of the week of a day, found by going back.
fn week_begin(mut day: Date, rule: &Rule) -> Date {
    while day.weekday() != WEEKDAYS[rule.week_start as usize] {
        day = day.yesterday().expect("a day");
    }
    day
}

/// The year that most days of a week lie in.
fn year_of_week(begin: Date) -> i64 {
    begin.checked_add(3.days()).expect("a day").year().into()
}

/// The week's number in its year, counted up one by one, and how many there are.
fn week_number(day: Date, rule: &Rule) -> (i64, i64) {
    let begin = week_begin(day, rule);
    let count = |step: i64| {
        let (mut week, mut n) = (begin, 0);
        while year_of_week(week) == year_of_week(begin) {
            n += 1;
            week = week.checked_add((step * 7).days()).expect("a day");
        }
        n
    };
    (count(-1), count(-1) + count(1) - 1)
}

/// Whether `n` (from 1) of `all`, or its negative from the end, is in a list; of an empty list, yes.
fn is_in(list: &[i64], n: i64, all: i64) -> bool {
    list.is_empty() || list.contains(&n) || list.contains(&(n - all - 1))
}

/// Which unit of the frequency a time belongs to, and how far the unit is from another's, in units.
fn unit(rule: &Rule, day: Date, wall: i64) -> i64 {
    match rule.frequency {
        Frequency::Yearly if !rule.weeks.is_empty() => year_of_week(week_begin(day, rule)),
        Frequency::Yearly => day.year().into(),
        Frequency::Monthly => i64::from(day.year()) * 12 + i64::from(day.month()),
        Frequency::Weekly => midnight(week_begin(day, rule)) / DAY_SECONDS / 7,
        Frequency::Daily => midnight(day) / DAY_SECONDS,
        Frequency::Hourly => wall.div_euclid(3_600),
        Frequency::Minutely => wall.div_euclid(60),
        Frequency::Secondly => wall,
    }
}

/// Whether the parts for days include a day.
fn includes_day(rule: &Rule, start: Date, day: Date) -> bool {
    let (is_yearly, is_monthly) = (rule.frequency == Frequency::Yearly, rule.frequency == Frequency::Monthly);
    let nth_of_year = |nth: i64| {
        let mut same: Vec<Date> = (1..=day.days_in_year())
            .map(|n| day.first_of_year().checked_add(i64::from(n - 1).days()).expect("a day"))
            .filter(|other| other.weekday() == day.weekday())
            .collect();
        if nth < 0 {
            same.reverse();
        }
        same.get(nth.unsigned_abs() as usize - 1) == Some(&day)
    };
    let nth_of_month = |nth: i64| day.nth_weekday_of_month(nth as i8, day.weekday()).is_ok_and(|other| other == day);
    let is_named = rule.days.iter().any(|by_day| {
        WEEKDAYS[by_day.weekday as usize] == day.weekday()
            && match by_day.nth {
                Some(nth) if is_monthly || is_yearly && !rule.months.is_empty() => nth.abs() <= 5 && nth_of_month(nth),
                Some(nth) if is_yearly => nth_of_year(nth),
                _ => true,
            }
    });
    let says_no_day = rule.days.is_empty() && rule.month_days.is_empty() && rule.year_days.is_empty();
    let is_like_start = match rule.frequency {
        _ if !says_no_day => true,
        Frequency::Yearly if !rule.weeks.is_empty() => day.weekday() == start.weekday(),
        Frequency::Yearly => day.day() == start.day() && (!rule.months.is_empty() || day.month() == start.month()),
        Frequency::Monthly => day.day() == start.day(),
        Frequency::Weekly => day.weekday() == start.weekday(),
        _ => true,
    };
    is_in(&rule.months, day.month().into(), 1_000)
        && (rule.weeks.is_empty() || {
            let (week, n_weeks) = week_number(day, rule);
            is_in(&rule.weeks, week, n_weeks)
        })
        && is_in(&rule.year_days, day.day_of_year().into(), day.days_in_year().into())
        && is_in(&rule.month_days, day.day().into(), day.days_in_month().into())
        && (rule.days.is_empty() || is_named)
        && is_like_start
}

/// The occurrences after the start in a stretch, from loops over `days` days around the start.
fn by_loops(rule: &Rule, start: i64, stretch: Stretch, first_day: Date, n_days: i64) -> Vec<i64> {
    let start_day = date(1970, 1, 1).checked_add(start.div_euclid(DAY_SECONDS).days()).expect("a day");
    let seconds: BTreeSet<i64> = match rule.frequency {
        Frequency::Secondly => (0..60).collect(),
        _ => rule.seconds.iter().copied().chain([start.rem_euclid(60)]).collect(),
    };
    let minutes: BTreeSet<i64> = match rule.frequency {
        Frequency::Secondly | Frequency::Minutely => (0..1_440).collect(),
        _ => {
            let of_hour: Vec<i64> = rule.minutes.iter().copied().chain([start.rem_euclid(3_600) / 60]).collect();
            (0..24).flat_map(|hour| of_hour.iter().map(move |minute| hour * 60 + minute)).collect()
        }
    };
    let mut units: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for n in 0..n_days {
        let day = first_day.checked_add(n.days()).expect("a day");
        if !includes_day(rule, start_day, day) {
            continue;
        }
        for minute in minutes.iter().copied() {
            for second in seconds.iter().copied() {
                let fits = |list: &[i64], n: i64, at_start: i64, is_walked: bool| {
                    if list.is_empty() { is_walked || n == at_start } else { list.contains(&n) }
                };
                let (hour, minute_of_hour) = (start.rem_euclid(DAY_SECONDS) / 3_600, start.rem_euclid(3_600) / 60);
                let fits_time = fits(&rule.hours, minute / 60, hour, rule.frequency <= Frequency::Hourly)
                    && fits(&rule.minutes, minute % 60, minute_of_hour, rule.frequency <= Frequency::Minutely)
                    && fits(&rule.seconds, second, start.rem_euclid(60), rule.frequency == Frequency::Secondly);
                if !fits_time {
                    continue;
                }
                let wall = midnight(day) + minute * 60 + second;
                let distance = unit(rule, day, wall) - unit(rule, start_day, start);
                if distance >= 0 && distance % rule.interval == 0 {
                    units.entry(distance).or_default().push(wall);
                }
            }
        }
    }
    let chosen = units.values().flat_map(|walls| {
        let n_walls = walls.len() as i64;
        let numbered = walls.iter().copied().zip(1..);
        numbered.filter(move |(_, n)| is_in(&rule.positions, *n, n_walls)).map(|(wall, _)| wall)
    });
    let n_after_start = rule.count.map_or(usize::MAX, |count| count as usize - 1);
    let after_start = chosen.filter(|wall| *wall > start).take(n_after_start);
    after_start.filter(|wall| (stretch.from..=stretch.last).contains(wall)).collect()
}

/// A list of a part, or none of it in most cases.
fn part(name: &'static str, values: Vec<i64>, most: usize) -> impl Strategy<Value = String> {
    let most = most.min(values.len());
    let list = subsequence(values, 1..=most).prop_map(move |list| {
        let list: Vec<String> = list.iter().map(i64::to_string).collect();
        format!(";{name}={}", list.join(","))
    });
    prop_oneof![2 => Just(String::new()), 1 => list]
}

fn days_part(with_numbers: bool) -> impl Strategy<Value = String> {
    let numbers = if with_numbers { vec!["", "", "1", "2", "-1", "5", "-3"] } else { vec![""] };
    let day = (select(numbers), select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]));
    let list = proptest::collection::vec(day.prop_map(|(number, day)| format!("{number}{day}")), 1..4)
        .prop_map(|days| format!(";BYDAY={}", days.join(",")));
    prop_oneof![1 => Just(String::new()), 1 => list]
}

/// A rule of days and more, whose text the standard allows.
fn long_rule() -> impl Strategy<Value = String> {
    let from_both = |most: i64| (1..=most).chain((1..=most).map(|n| -n)).collect::<Vec<_>>();
    let frequency = select(vec!["YEARLY", "YEARLY", "MONTHLY", "MONTHLY", "WEEKLY", "DAILY"]);
    frequency.prop_flat_map(move |frequency| {
        let (is_yearly, is_weekly) = (frequency == "YEARLY", frequency == "WEEKLY");
        let weeks = part("BYWEEKNO", if is_yearly { from_both(53) } else { vec![1] }, 4);
        let year_days = part("BYYEARDAY", if is_yearly { from_both(366) } else { vec![1] }, 40);
        let month_days = part("BYMONTHDAY", from_both(31), 10);
        let positions = part("BYSETPOS", vec![1, 2, 3, 7, -1, -2, -5], 2);
        let days = (days_part(true), days_part(false));
        let week_start = select(vec!["", ";WKST=MO", ";WKST=SU", ";WKST=WE"]);
        let times = (part("BYHOUR", vec![0, 8, 9, 17, 23], 3), part("BYMINUTE", vec![0, 15, 59], 2));
        let rest = (1..4_i64, part("BYMONTH", (1..=12).collect(), 4), proptest::option::of(1..40_u64), week_start);
        (weeks, year_days, month_days, positions, days, times, rest).prop_map(
            move |(weeks, year_days, month_days, positions, (numbered, plain), (hours, minutes), rest)| {
                let (interval, months, count, week_start) = rest;
                let weeks = if is_yearly { weeks } else { String::new() };
                let year_days = if is_yearly { year_days } else { String::new() };
                let month_days = if is_weekly { String::new() } else { month_days };
                let days = if weeks.is_empty() { numbered } else { plain };
                let count = count.map_or(String::new(), |count| format!(";COUNT={count}"));
                format!(
                    "FREQ={frequency};INTERVAL={interval}{months}{weeks}{year_days}{month_days}{days}{hours}{minutes}\
                     {positions}{count}{week_start}"
                )
            },
        )
    })
}

/// A rule of hours and less.
fn short_rule() -> impl Strategy<Value = String> {
    let frequency = select(vec![("HOURLY", 30_i64), ("MINUTELY", 200), ("SECONDLY", 5_000)]);
    frequency.prop_flat_map(|(frequency, most)| {
        let parts = (
            part("BYMONTH", vec![1, 2, 3], 2),
            part("BYMONTHDAY", vec![1, 2, 28, -1, -2], 3),
            part("BYYEARDAY", vec![1, 59, 60, 61, -1], 3),
            days_part(false),
            part("BYHOUR", vec![0, 1, 2, 12, 23], 3),
            part("BYMINUTE", vec![0, 1, 30, 59], 3),
            part("BYSECOND", vec![0, 1, 30], 2),
            part("BYSETPOS", vec![1, 2, -1], 2),
        );
        let rest = (prop_oneof![1..4_i64, 1..most], proptest::option::of(1..100_u64));
        (parts, rest).prop_map(
            move |((months, month_days, year_days, days, hours, minutes, seconds, positions), rest)| {
                let (interval, count) = rest;
                let count = count.map_or(String::new(), |count| format!(";COUNT={count}"));
                format!(
                    "FREQ={frequency};INTERVAL={interval}{months}{month_days}{year_days}{days}{hours}{minutes}{seconds}\
                 {positions}{count}"
                )
            },
        )
    })
}

fn by_expansion(rule: &Rule, start: i64, stretch: Stretch) -> Vec<i64> {
    let mut walls = Vec::new();
    let mut budget = Budget::new(50_000_000);
    occurrences(rule, start, false, stretch, &mut budget, &mut |wall| walls.push(wall)).expect("few steps");
    walls
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn rules_of_days_agree_with_loops(
        text in long_rule(), day in 0..900_i64, minute in select(vec![0_i64, 540, 735]), skipped in 0..900_i64,
    ) {
        let rule = Rule::parse(&text).expect(&text);
        let first_day = date(2023, 1, 1);
        let start_day = first_day.checked_add((400 + day).days()).expect("a day");
        let start = midnight(start_day) + minute * 60;
        // As long as the loops know all of the last unit.
        let last = midnight(first_day.checked_add((400 + 900 + 700).days()).expect("a day"));
        let stretch = Stretch { from: start + skipped * DAY_SECONDS, last };
        let want = by_loops(&rule, start, stretch, first_day, 400 + 900 + 700 + 400);
        prop_assert_eq!(by_expansion(&rule, start, stretch), want, "{}", text);
    }

    #[test]
    fn rules_of_hours_and_less_agree_with_loops(
        text in short_rule(), minute in 0..1_440_i64, second in select(vec![0_i64, 1, 30]), skipped in 0..100_000_i64,
    ) {
        let rule = Rule::parse(&text).expect(&text);
        let start_day = date(2026, 2, 27);
        let start = midnight(start_day) + minute * 60 + second;
        let stretch = Stretch { from: start + skipped, last: midnight(date(2026, 3, 3)) };
        let want = by_loops(&rule, start, stretch, start_day.yesterday().expect("a day"), 6);
        prop_assert_eq!(by_expansion(&rule, start, stretch), want, "{}", text);
    }
}

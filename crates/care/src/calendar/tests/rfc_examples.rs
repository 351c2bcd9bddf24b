//! The examples of RFC 5545, 3.8.5.3, by their errata.

use super::super::expand::{Budget, Stretch, occurrences};
use super::super::rule::Rule;
use super::super::values::{Form, Written};
use super::super::wall::{DAY_SECONDS, civil, instant_at};
use super::zone;

/// What the clock of New York shows at the start and the occurrences, to a last day.
fn walls(rule: &str, start: &str, last: &str) -> Vec<i64> {
    let rule = Rule::parse(rule).expect(rule);
    let wall = |text: &str| Written::parse(text).expect(text).wall;
    let start = wall(start);
    let new_york = zone("America/New_York");
    let is_over = |wall: i64| {
        rule.until.is_some_and(|until| {
            assert_eq!(until.form, Form::Utc);
            instant_at(wall, &new_york).expect("an instant") > until.wall
        })
    };
    let mut walls = vec![start];
    let stretch = Stretch { from: start, last: wall(last) + DAY_SECONDS - 1 };
    let mut budget = Budget::new(100_000);
    occurrences(&rule, start, false, stretch, &mut budget, &mut |wall| walls.push(wall)).expect("few steps");
    walls.retain(|wall| !is_over(*wall));
    walls
}

/// Days in short: `1997 9/2 9/4-6 1998 1/1`.
fn days(text: &str) -> Vec<String> {
    let mut days = Vec::new();
    let mut year = "";
    for word in text.split_whitespace() {
        let Some((month, of_month)) = word.split_once('/') else {
            year = word;
            continue;
        };
        for part in of_month.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let day = |text: &str| text.parse::<u8>().expect(text);
            days.extend((day(first)..=day(last)).map(|day| format!("{year} {month}/{day}")));
        }
    }
    days
}

#[test]
fn examples_by_day() {
    for (rule, start, last, want) in [
        ("FREQ=DAILY;COUNT=10", "19970902", "19971231", "1997 9/2-11"),
        ("FREQ=DAILY;UNTIL=19971224T000000Z", "19970902", "19980131", "1997 9/2-30 10/1-31 11/1-30 12/1-23"),
        ("FREQ=DAILY;INTERVAL=2", "19970902", "19971004", "1997 9/2,4,6,8,10,12,14,16,18,20,22,24,26,28,30 10/2,4"),
        ("FREQ=DAILY;INTERVAL=10;COUNT=5", "19970902", "19981231", "1997 9/2,12,22 10/2,12"),
        (
            "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
            "19980101",
            "20011231",
            "1998 1/1-31 1999 1/1-31 2000 1/1-31",
        ),
        ("FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", "19980101", "20011231", "1998 1/1-31 1999 1/1-31 2000 1/1-31"),
        ("FREQ=WEEKLY;COUNT=10", "19970902", "19981231", "1997 9/2,9,16,23,30 10/7,14,21,28 11/4"),
        (
            "FREQ=WEEKLY;UNTIL=19971224T000000Z",
            "19970902",
            "19981231",
            "1997 9/2,9,16,23,30 10/7,14,21,28 11/4,11,18,25 12/2,9,16,23",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
            "19970902",
            "19980217",
            "1997 9/2,16,30 10/14,28 11/11,25 12/9,23 1998 1/6,20 2/3,17",
        ),
        (
            "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
            "19970902",
            "19981231",
            "1997 9/2,4,9,11,16,18,23,25,30 10/2",
        ),
        ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "19970902", "19981231", "1997 9/2,4,9,11,16,18,23,25,30 10/2"),
        (
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
            "19970901",
            "19981231",
            "1997 9/1,3,5,15,17,19,29 10/1,3,13,15,17,27,29,31 11/10,12,14,24,26,28 12/8,10,12,22",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
            "19970902",
            "19981231",
            "1997 9/2,4,16,18,30 10/2,14,16",
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
            "19970905",
            "19991231",
            "1997 9/5 10/3 11/7 12/5 1998 1/2 2/6 3/6 4/3 5/1 6/5",
        ),
        ("FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "19970905", "19991231", "1997 9/5 10/3 11/7 12/5"),
        (
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            "19970907",
            "19991231",
            "1997 9/7,28 11/2,30 1998 1/4,25 3/1,29 5/3,31",
        ),
        ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "19970922", "19991231", "1997 9/22 10/20 11/17 12/22 1998 1/19 2/16"),
        ("FREQ=MONTHLY;BYMONTHDAY=-3", "19970928", "19980301", "1997 9/28 10/29 11/28 12/29 1998 1/29 2/26"),
        (
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
            "19970902",
            "19991231",
            "1997 9/2,15 10/2,15 11/2,15 12/2,15 1998 1/2,15",
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
            "19970930",
            "19991231",
            "1997 9/30 10/1,31 11/1,30 12/1,31 1998 1/1,31 2/1",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
            "19970910",
            "20021231",
            "1997 9/10-15 1999 3/10-13",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
            "19970902",
            "19980331",
            "1997 9/2,9,16,23,30 11/4,11,18,25 1998 1/6,13,20,27 3/3,10,17,24,31",
        ),
        (
            "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
            "19970610",
            "20051231",
            "1997 6/10 7/10 1998 6/10 7/10 1999 6/10 7/10 2000 6/10 7/10 2001 6/10 7/10",
        ),
        (
            "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
            "19970310",
            "20051231",
            "1997 3/10 1999 1/10 2/10 3/10 2001 1/10 2/10 3/10 2003 1/10 2/10 3/10",
        ),
        (
            "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
            "19970101",
            "20101231",
            "1997 1/1 4/10 7/19 2000 1/1 4/9 7/18 2003 1/1 4/10 7/19 2006 1/1",
        ),
        ("FREQ=YEARLY;BYDAY=20MO", "19970519", "19991231", "1997 5/19 1998 5/18 1999 5/17"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "19970512", "19991231", "1997 5/12 1998 5/11 1999 5/17"),
        (
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
            "19970313",
            "19991231",
            "1997 3/13,20,27 1998 3/5,12,19,26 1999 3/4,11,18,25",
        ),
        (
            "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
            "19970605",
            "19981231",
            "1997 6/5,12,19,26 7/3,10,17,24,31 8/7,14,21,28 1998 6/4,11,18,25 7/2,9,16,23,30 8/6,13,20,27",
        ),
        // The start does not fit the rule and is an occurrence; the example excludes it with an EXDATE.
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            "19970902",
            "20001031",
            "1997 9/2 1998 2/13 3/13 11/13 1999 8/13 2000 10/13",
        ),
        (
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
            "19970913",
            "19980613",
            "1997 9/13 10/11 11/8 12/13 1998 1/10 2/7 3/7 4/11 5/9 6/13",
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "19961105",
            "20041231",
            "1996 11/5 2000 11/7 2004 11/2",
        ),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "19970904", "19981231", "1997 9/4 10/7 11/6"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "19970929",
            "19980331",
            "1997 9/29 10/30 11/27 12/30 1998 1/29 2/26 3/30",
        ),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "19970805", "19981231", "1997 8/5,10,19,24"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "19970805", "19981231", "1997 8/5,17,19,31"),
        ("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "20070115", "20081231", "2007 1/15,30 2/15 3/15,30"),
        // Not of the RFC: what a rule leaves to its start, leap days, weeks over the end of a year.
        ("FREQ=YEARLY", "19960229", "20091231", "1996 2/29 2000 2/29 2004 2/29 2008 2/29"),
        ("FREQ=MONTHLY;COUNT=4", "19970131", "19981231", "1997 1/31 3/31 5/31 7/31"),
        (
            "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,SU",
            "20241230",
            "20270131",
            "2024 12/30 2025 1/5 12/29 2026 1/4 2027 1/4,10",
        ),
        ("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=FR,SA,SU;COUNT=4", "20270101", "20301231", "2027 1/1-3 12/31"),
        ("FREQ=YEARLY;INTERVAL=2;BYWEEKNO=25", "20251229", "20281231", "2025 12/29 2026 6/15 2028 6/19"),
        ("FREQ=YEARLY;BYWEEKNO=-1;COUNT=3", "20261231", "20301231", "2026 12/31 2027 12/30 2028 12/28"),
        ("FREQ=YEARLY;BYYEARDAY=-1;COUNT=3", "20241231", "20301231", "2024 12/31 2025 12/31 2026 12/31"),
        ("FREQ=YEARLY;BYDAY=-1FR;COUNT=3", "20241227", "20301231", "2024 12/27 2025 12/26 2026 12/25"),
    ] {
        let walls = walls(rule, &format!("{start}T090000"), last);
        let got: Vec<String> = walls
            .iter()
            .map(|wall| civil(*wall).expect("a time"))
            .map(|shown| format!("{} {}/{}", shown.year(), shown.month(), shown.day()))
            .collect();
        assert_eq!(got, days(want), "{rule}");
        assert!(walls.iter().all(|wall| wall.rem_euclid(DAY_SECONDS) == 9 * 3_600), "{rule} at nine");
    }
}

#[test]
fn examples_by_time() {
    let all_day: Vec<String> =
        (9..17).flat_map(|hour| [0, 20, 40].map(|minute| format!("{hour:02}:{minute:02}"))).collect();
    let all_day = all_day.join(" ");
    for (rule, want) in [
        ("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", "09:00 12:00 15:00"),
        ("FREQ=MINUTELY;INTERVAL=15;COUNT=6", "09:00 09:15 09:30 09:45 10:00 10:15"),
        ("FREQ=MINUTELY;INTERVAL=90;COUNT=4", "09:00 10:30 12:00 13:30"),
        ("FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", &*all_day),
        ("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", &*all_day),
        ("FREQ=SECONDLY;INTERVAL=1800;COUNT=3", "09:00 09:30 10:00"),
        ("FREQ=HOURLY;BYMINUTE=0,45;BYSETPOS=-1;COUNT=3", "09:00 09:45 10:45"),
    ] {
        let walls = walls(rule, "19970902T090000", "19970902");
        let shown = |wall: &i64| civil(*wall).expect("a time").strftime("%H:%M").to_string();
        assert_eq!(walls.iter().map(shown).collect::<Vec<_>>().join(" "), want, "{rule}");
    }
}

#[test]
fn rules_that_mean_nothing_are_refused() {
    for rule in [
        "",
        "COUNT=3",
        "FREQ=FORTNIGHTLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;UNTIL=soon",
        "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;BYMONTH=13",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=-32",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=MONTHLY;BYDAY=é",
        "FREQ=MONTHLY;BYWEEKNO=3",
        "FREQ=WEEKLY;BYMONTHDAY=3",
        "FREQ=DAILY;BYYEARDAY=3",
        "FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO",
        "FREQ=YEARLY;BYSETPOS=367;BYDAY=MO",
        "FREQ=YEARLY;RSCALE=CHINESE",
        "FREQ=DAILY;COUNT",
    ] {
        assert_eq!(Rule::parse(rule), None, "{rule}");
    }
    for rule in ["freq=daily", "FREQ=DAILY;", "FREQ=WEEKLY;BYDAY= mo , tu ;WKST=su", "FREQ=DAILY;X-NOTE=1"] {
        assert!(Rule::parse(rule).is_some(), "{rule}");
    }
}

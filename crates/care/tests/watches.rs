//! Watches over a real database file: what is told, and how often.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;

use openslots_care::watches::{MadeWatch, NewMatch, SeenAppointment, WatchLimits, Watches, WebhookState};
use openslots_model::{PublicId, UnixSeconds};
use proptest::prelude::*;
use tempfile::TempDir;

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const LIMITS: WatchLimits = WatchLimits { max_watches: 3, keep_seconds: 90 * 86_400 };

fn opened() -> (TempDir, Watches) {
    let folder = tempfile::tempdir().expect("a folder");
    let watches = Watches::open(&folder.path().join("watches.db"), LIMITS).expect("a database");
    (folder, watches)
}

fn appointment(number: u8) -> SeenAppointment {
    let start = NOW.plus_seconds(i64::from(number / 4) * 3_600 + 3_600);
    SeenAppointment { start, schedule: PublicId::from_bytes([number % 4; 10]) }
}

fn new_match(number: u8) -> NewMatch {
    NewMatch {
        seen: appointment(number),
        slot: PublicId::from_bytes([number; 10]),
        body: format!("{{\"n\":{number}}}"),
    }
}

fn made(watches: &Watches, webhook: Option<&str>, seen: &[SeenAppointment]) -> MadeWatch {
    watches.make("zip=02139", webhook, seen, NOW).expect("made").expect("room")
}

#[test]
fn the_file_is_the_services_own_and_knows_no_key() {
    let (folder, watches) = opened();
    let made = made(&watches, None, &[]);
    let file = folder.path().join("watches.db");
    assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    drop(watches);
    let key = made.key.to_string();
    let bytes = std::fs::read(&file).expect("readable");
    assert!(!bytes.windows(key.len()).any(|window| window == key.as_bytes()));
}

#[test]
fn a_watch_ends_at_its_time_or_when_it_is_deleted_and_makes_room() {
    let (_folder, watches) = opened();
    let first = made(&watches, None, &[appointment(1)]);
    let others = [made(&watches, None, &[]), made(&watches, None, &[])];
    assert_eq!(watches.make("", None, &[], NOW), Ok(None), "no room for a fourth");
    assert_eq!(watches.delete(others[0].key), Ok(true));
    assert_eq!(watches.delete(others[0].key), Ok(false));
    assert_eq!(watches.find(others[0].key, NOW), Ok(None));
    made(&watches, None, &[]);
    let end = NOW.plus_seconds(LIMITS.keep_seconds);
    assert_eq!(first.watch.expires_at, end);
    assert!(watches.find(first.key, end.plus_seconds(-1)).expect("read").is_some());
    assert_eq!(watches.find(first.key, end), Ok(None));
    watches.forget(end).expect("forgotten");
    assert_eq!(watches.all(NOW), Ok(Vec::new()));
    assert_eq!(watches.tell(first.watch.number, &[new_match(2)], false, end), Ok(0), "nobody is there to be told");
}

#[test]
fn a_webhook_is_told_nothing_before_it_wants_to_hear() {
    let (_folder, watches) = opened();
    let made = made(&watches, Some("https://site.example.org/hook"), &[]);
    let number = made.watch.number;
    assert_eq!(made.watch.webhook, Some(WebhookState::Pending));
    watches.tell(number, &[new_match(1)], false, NOW).expect("told");
    let asked = watches.due(NOW, 10).expect("due").remove(0);
    assert_eq!((asked.watch, asked.told.len(), Some(asked.secret.as_str())), (number, 0, made.secret.as_deref()));
    watches.note_taken(&asked, NOW).expect("noted");
    let due = watches.due(NOW, 10).expect("due").remove(0);
    assert_eq!(due.told.iter().map(|told| told.body.as_str()).collect::<Vec<_>>(), [r#"{"n":1}"#]);
    watches.note_not_taken(&due, NOW).expect("noted");
    assert_eq!(watches.due(NOW, 10), Ok(Vec::new()), "it is left alone for a while");
    let next = watches.next_due().expect("read").expect("one");
    assert!(next > NOW);
    let again = watches.due(next, 10).expect("due").remove(0);
    assert_eq!((again.n_tries, &again.told), (1, &due.told));
    watches.note_taken(&again, next).expect("noted");
    assert_eq!((watches.due(next, 10), watches.next_due()), (Ok(Vec::new()), Ok(None)));
}

#[test]
fn a_webhook_that_never_answers_is_given_up_and_the_feed_goes_on() {
    let (_folder, watches) = opened();
    let made = made(&watches, Some("https://site.example.org/hook"), &[]);
    let mut now = NOW;
    let mut n_tries = 0;
    while let Some(next) = watches.next_due().expect("read") {
        now = next;
        let due = watches.due(now, 10).expect("due").remove(0);
        watches.note_not_taken(&due, now).expect("noted");
        n_tries += 1;
    }
    let days = (now.0 - NOW.0) as f64 / 86_400.0;
    assert!(n_tries > 10 && (1.0..5.0).contains(&days), "{n_tries} tries in {days} days");
    let watch = watches.find(made.key, now).expect("read").expect("a watch");
    assert_eq!(watch.webhook, Some(WebhookState::Failed));
    watches.tell(watch.number, &[new_match(3)], false, now).expect("told");
    assert_eq!(watches.due(now, 10), Ok(Vec::new()));
    assert_eq!(watches.told(watch.number).expect("told").len(), 1);
}

#[test]
fn the_feed_keeps_the_newest_and_a_webhook_misses_none() {
    let (_folder, watches) = opened();
    let quiet = made(&watches, None, &[]).watch.number;
    let hooked = made(&watches, Some("https://site.example.org/hook"), &[]).watch.number;
    watches.note_taken(&watches.due(NOW, 1).expect("due")[0], NOW).expect("wants to hear");
    for number in 0..=250 {
        for watch in [quiet, hooked] {
            assert_eq!(watches.tell(watch, &[new_match(number)], false, NOW), Ok(1));
        }
    }
    let bodies = |watch| watches.told(watch).expect("told").into_iter().map(|told| told.body).collect::<Vec<_>>();
    let newest: Vec<_> = (51..=250).rev().map(|number| format!("{{\"n\":{number}}}")).collect();
    assert_eq!((bodies(quiet), bodies(hooked)), (newest.clone(), newest));
    let mut sent = Vec::new();
    while let Some(due) = watches.due(NOW, 1).expect("due").pop() {
        sent.extend(due.told.iter().map(|told| told.body.clone()));
        watches.note_taken(&due, NOW).expect("noted");
    }
    assert_eq!(sent, (0..=250).map(|number| format!("{{\"n\":{number}}}")).collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Against plain sets: whatever matches when, each appointment is told once, and none that was there at the making.
    #[test]
    fn each_appointment_is_told_once(
        there in prop::collection::btree_set(0u8..24, 0..8),
        looks in prop::collection::vec(prop::collection::vec(0u8..24, 0..12), 1..12),
    ) {
        let (_folder, watches) = opened();
        let seen: Vec<_> = there.iter().map(|number| appointment(*number)).collect();
        let watch = made(&watches, None, &seen).watch.number;
        let mut known: BTreeSet<u8> = there;
        let mut told: BTreeMap<u8, usize> = BTreeMap::new();
        for matching in looks {
            let appointments: Vec<_> = matching.iter().map(|number| appointment(*number)).collect();
            let unseen: BTreeSet<_> = watches.unseen(watch, &appointments).unwrap().into_iter().collect();
            let want: BTreeSet<_> =
                matching.iter().filter(|number| !known.contains(number)).map(|number| appointment(*number)).collect();
            prop_assert_eq!(unseen, want);
            let new: Vec<_> = matching.iter().map(|number| new_match(*number)).collect();
            watches.tell(watch, &new, false, NOW).unwrap();
            for number in matching {
                if known.insert(number) {
                    *told.entry(number).or_default() += 1;
                }
            }
        }
        let mut found: BTreeMap<u8, usize> = BTreeMap::new();
        for slot in watches.told(watch).unwrap() {
            *found.entry(slot.slot.as_bytes()[0]).or_default() += 1;
        }
        prop_assert_eq!(found, told);
    }
}

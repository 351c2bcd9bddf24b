//! `q`: what its words ask for, and what is left of them to be looked for.

use openslots_directory::text::fold;
use openslots_directory::understanding::{Meaning, Soon, Understanding, Understood as Piece, understand};
use openslots_model::{
    AcceptingPatients, AvailabilityQuery, CodeFilter, DaySpan, LocalTimes, TextQuery, TimeOfDay, UnixSeconds, Weekdays,
};
use openslots_search::{MAX_WORDS, count_words};

use super::Understood;
use super::filters::parse_words;
use super::given::Given;
use super::local_times::name_of_days;
use super::specialties::understood as understood_specialties;

/// What the words ask for beside filters.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Near this place, and how far in miles, if that is said.
    pub(super) near: Option<(String, Option<f64>)>,
    /// As soon as possible.
    pub(super) is_soon: bool,
    /// What the words were understood as.
    pub(super) understood: Vec<Understood>,
}

/// Reads `q` and adds what it asks for to the filters. A parameter that is given wins over words that say something
/// else: they are left out. A text in double quotes is looked for as it stands.
pub(super) fn read_words(given: &mut Given<'_>, query: &mut AvailabilityQuery, now: UnixSeconds) -> Asked {
    let mut asked = Asked::default();
    let Some(understanding) = given.parse("q", parse_free_text) else { return asked };
    let mut words = vec![understanding.rest];
    let is_specialty = |it: &&Piece| matches!(it.meaning, Meaning::Specialty(_));
    let n_specialties = understanding.understood.iter().filter(is_specialty).count();
    for piece in &understanding.understood {
        match &piece.meaning {
            // Several mean any of them, which words cannot say.
            Meaning::Specialty(specialties) if n_specialties > 1 && !given.has("specialty") => {
                let keys = specialties.iter().map(|specialty| CodeFilter::Meaning(specialty.key.to_owned()));
                query.specialties.extend(keys);
                asked.understood.push(understood_specialties(&piece.words, specialties));
            }
            // The words are looked for as well: some places say only in their name what they are.
            Meaning::Specialty(specialties) => {
                words.push(piece.words.clone());
                if !given.has("specialty") {
                    let keys = specialties.iter().map(|specialty| specialty.key.to_owned());
                    query.meant_specialties.extend(keys);
                    let corrected = piece.corrected.map(str::to_owned);
                    let told = understood_specialties(&piece.words, specialties);
                    asked.understood.push(Understood { corrected, ..told });
                }
            }
            // A second language is spoken beside the first, which the filter cannot say: it stays a word.
            Meaning::Language(_) if !query.languages.is_empty() && !given.has("language") => {
                words.push(piece.words.clone());
            }
            _ => {
                let told = read_meaning(given, query, &mut asked, now, piece);
                asked.understood.extend(told);
            }
        }
    }
    let text = words.join(" ").trim().to_owned();
    query.text = Some(text).filter(|text| !fold(text).is_empty()).map(TextQuery);
    asked
}

/// Words, and not more of them than a search takes.
fn parse_free_text(text: &str) -> Result<Understanding, String> {
    let text = parse_words(text)?;
    let quoted = text.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let understanding = match quoted {
        Some(quoted) => Understanding { rest: quoted.to_owned(), understood: Vec::new() },
        None => understand(&text),
    };
    let n_words = count_words(&understanding.rest);
    if n_words > MAX_WORDS {
        return Err(format!("has {n_words} words, at most {MAX_WORDS} are searched for at once; leave some out"));
    }
    Ok(understanding)
}

/// Adds one meaning to the filters and says so; nothing where a parameter says it already.
fn read_meaning(
    given: &Given<'_>,
    query: &mut AvailabilityQuery,
    asked: &mut Asked,
    now: UnixSeconds,
    piece: &Piece,
) -> Option<Understood> {
    let meaning = &piece.meaning;
    let is_given = match meaning {
        Meaning::Near { .. } | Meaning::NearMe { .. } => given.has("near") || given.has("zip"),
        Meaning::Soon(Soon::Earliest) => given.has("sort"),
        Meaning::Soon(_) => given.has("date"),
        other => given.has(other.parameter()),
    };
    if is_given {
        return None;
    }
    let mut told = Understood::new(meaning.parameter(), &piece.words, meaning.value());
    told.label = match meaning {
        Meaning::Specialty(_) => None,
        Meaning::Near { place, radius_miles } => {
            asked.near = Some((place.clone(), *radius_miles));
            None
        }
        Meaning::NearMe { .. } => {
            told.value.clear();
            Some("near you: give `near` or `zip` to say where that is".to_owned())
        }
        Meaning::Language(language) => {
            query.languages = vec![language.tag().to_owned()];
            Some(language.name.to_owned())
        }
        Meaning::AcceptsNewPatients => {
            query.accepting_patients = Some(AcceptingPatients::New);
            Some("taking new patients".to_owned())
        }
        Meaning::Weekdays(days) => {
            // Several pieces must all hold.
            let wanted = local_times(query).weekdays.intersection(*days);
            local_times(query).weekdays = wanted;
            Some(label_of_weekdays(wanted))
        }
        Meaning::TimeOfDay { from_minute, to_minute } => {
            let times = &mut local_times(query).times_of_day;
            let before = times.pop().unwrap_or(TimeOfDay { from_minute: 0, to_minute: u16::MAX });
            let (from_minute, to_minute) = (before.from_minute.max(*from_minute), before.to_minute.min(*to_minute));
            times.push(TimeOfDay { from_minute, to_minute });
            None
        }
        Meaning::Virtual(is_virtual) => {
            query.is_virtual = Some(*is_virtual);
            Some(if *is_virtual { "virtual care" } else { "in person" }.to_owned())
        }
        Meaning::Gender(gender) => {
            query.gender = Some(*gender);
            None
        }
        Meaning::WalkIn => {
            query.is_walk_in = Some(true);
            Some("without an appointment".to_owned())
        }
        Meaning::Soon(soon) => match span_of(*soon) {
            Some(span) => {
                local_times(query).relative = Some((span, now));
                (told.parameter, told.value) = ("date", name_of_days(span));
                None
            }
            None => {
                asked.is_soon = true;
                (told.parameter, told.value) = ("sort", "start".to_owned());
                Some("the earliest first".to_owned())
            }
        },
    };
    Some(told)
}

/// The days that are meant; none by `as soon as possible`.
fn span_of(soon: Soon) -> Option<DaySpan> {
    match soon {
        Soon::Today => Some(DaySpan::Ahead(0, 0)),
        Soon::Tomorrow => Some(DaySpan::Ahead(1, 1)),
        Soon::ThisWeek => Some(DaySpan::ThisWeek),
        Soon::NextWeek => Some(DaySpan::NextWeek),
        Soon::WithinDays(days) => Some(DaySpan::Ahead(0, i32::from(days))),
        Soon::Earliest => None,
    }
}

fn local_times(query: &mut AvailabilityQuery) -> &mut LocalTimes {
    query.local_times.get_or_insert(LocalTimes::ANY)
}

fn label_of_weekdays(days: Weekdays) -> String {
    match days {
        Weekdays::WORKDAYS => "Monday to Friday".to_owned(),
        Weekdays::WEEKEND => "weekends".to_owned(),
        days => days.days().map(|day| format!("{day:?}")).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::Gender;

    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_790_856_000);
    const KNOWN: &[&str] = &["q", "language", "near", "zip", "weekday", "timeOfDay", "date", "sort", "specialty"];

    fn read(raw_query: &str) -> (AvailabilityQuery, Asked) {
        let mut query = AvailabilityQuery::free_from(NOW);
        let mut given = Given::read(Some(raw_query), KNOWN);
        let asked = read_words(&mut given, &mut query, NOW);
        given.finish().expect(raw_query);
        (query, asked)
    }

    #[test]
    fn words_become_filters_and_say_so() {
        let (query, asked) = read(
            "q=female+skin+doctor+near+02139+on+weekday+mornings+who+speaks+Spanish+and+takes+new+patients+next+week",
        );
        assert_eq!(query.text, Some(TextQuery("skin doctor".to_owned())));
        assert_eq!(query.meant_specialties, ["dermatology"]);
        assert_eq!((query.languages, query.gender), (vec!["es".to_owned()], Some(Gender::Female)));
        assert_eq!(query.accepting_patients, Some(AcceptingPatients::New));
        assert_eq!(asked.near, Some(("02139".to_owned(), None)));
        let times = query.local_times.expect("times");
        assert_eq!(times.relative, Some((DaySpan::NextWeek, NOW)));
        let told = asked.understood.iter().map(|it| format!("{}={}", it.parameter, it.value)).collect::<Vec<_>>();
        let want = [
            "gender=female",
            "specialty=dermatology",
            "near=02139",
            "weekday=mon,tue,wed,thu,fri",
            "timeOfDay=06:00-12:00",
            "language=es",
            "acceptingPatients=newpt",
            "date=next-week",
        ];
        assert_eq!(told, want);
    }

    #[test]
    fn parameters_win_over_words() {
        let (query, asked) = read("q=dentist+near+02139+who+speaks+Spanish&language=vi&zip=33125");
        assert!(query.languages.is_empty() && asked.near.is_none());
        assert_eq!(query.text, Some(TextQuery("dentist".to_owned())));
        assert_eq!(asked.understood.len(), 1, "{:?}", asked.understood);
        assert!(read("q=near+02139").0.text.is_none());
        assert!(read("q=dentist+as+soon+as+possible").1.is_soon);
        assert_eq!(read("q=dentist+near+me").1.understood[1].value, "");
        let (query, _) = read("q=dermatologist+or+cardiologist");
        assert_eq!((query.text, query.specialties.len()), (None, 2), "any of several");
        let (query, _) = read("q=dentist+not+on+mondays");
        assert!(query.local_times.is_none(), "what is not wanted is no filter");
    }
}

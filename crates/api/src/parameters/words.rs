//! `q`: what its words ask for, and what is left of them to be looked for.

use openslots_directory::text::fold;
use openslots_directory::understanding::{self, Meaning};
use openslots_model::{
    AcceptingPatients, AvailabilityQuery, LocalTimes, TextQuery, TimeOfDay, UnixSeconds, Weekday, Weekdays,
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
    pub(super) near: Option<(String, Option<u32>)>,
    /// As soon as possible.
    pub(super) is_soon: bool,
    /// What the words were understood as.
    pub(super) understood: Vec<Understood>,
}

/// Reads `q` and adds what it asks for to the filters. A parameter that is given wins over words that say something
/// else: they are left out.
pub(super) fn read_words(given: &mut Given<'_>, query: &mut AvailabilityQuery, now: UnixSeconds) -> Asked {
    let mut asked = Asked::default();
    let Some(understanding) = given.parse("q", parse_free_text) else { return asked };
    query.text = Some(understanding.rest).filter(|rest| !fold(rest).is_empty()).map(TextQuery);
    for understanding::Understood { words, meaning } in understanding.understood {
        let told = read_meaning(given, query, &mut asked, now, (&words, &meaning));
        asked.understood.extend(told);
    }
    asked
}

/// Words, and not more of them than a search takes.
fn parse_free_text(text: &str) -> Result<understanding::Understanding, String> {
    let understanding = understanding::understand(&parse_words(text)?);
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
    (words, meaning): (&str, &Meaning),
) -> Option<Understood> {
    let free = |parameter: &'static str| (!given.has(parameter)).then_some(parameter);
    let told = |parameter, value: &str| Some(Understood::new(parameter, words, value));
    match meaning {
        Meaning::Specialty { specialties, corrected } => {
            free("specialty")?;
            query.meant_specialties.extend(specialties.iter().map(|specialty| specialty.key.to_owned()));
            let understood = understood_specialties(words, specialties);
            Some(Understood { corrected: corrected.map(str::to_owned), ..understood })
        }
        Meaning::Near { place, radius_miles } => {
            free("near").and(free("zip"))?;
            asked.near = Some((place.clone(), *radius_miles));
            told("near", place)
        }
        Meaning::NearMe => {
            free("near").and(free("zip"))?;
            let label = Some("near you: give `near` or `zip` to say where that is".to_owned());
            Some(Understood { label, ..Understood::new("near", words, "") })
        }
        Meaning::Language(language) => {
            free("language")?;
            query.languages = language.tags.iter().map(|tag| (*tag).to_owned()).collect();
            let label = Some(language.name.to_owned());
            Some(Understood { label, ..Understood::new("language", words, language.tags.join(",")) })
        }
        Meaning::NewPatients => {
            free("acceptingPatients")?;
            query.accepting_patients = Some(AcceptingPatients::New);
            let label = Some("taking new patients".to_owned());
            Some(Understood { label, ..Understood::new("acceptingPatients", words, AcceptingPatients::New.as_str()) })
        }
        Meaning::Weekdays(days) => {
            free("weekday")?;
            local_times(query).weekdays = *days;
            let label = Some(label_of_weekdays(*days));
            Some(Understood { label, ..Understood::new("weekday", words, name_of_weekdays(*days)) })
        }
        Meaning::TimeOfDay(hours) => {
            free("timeOfDay")?;
            local_times(query).times_of_day.push(*hours);
            told("timeOfDay", &name_of_hours(*hours))
        }
        Meaning::Days(span) => {
            free("date")?;
            local_times(query).relative = Some((*span, now));
            told("date", name_of_days(*span))
        }
        Meaning::Virtual(is_virtual) => {
            free("isVirtual")?;
            query.is_virtual = Some(*is_virtual);
            let (value, label) = if *is_virtual { ("true", "virtual care") } else { ("false", "in person") };
            Some(Understood { label: Some(label.to_owned()), ..Understood::new("isVirtual", words, value) })
        }
        Meaning::Gender(gender) => {
            free("gender")?;
            query.gender = Some(*gender);
            told("gender", gender.as_str())
        }
        Meaning::WalkIn => {
            free("walkIn")?;
            query.is_walk_in = Some(true);
            let label = Some("without an appointment".to_owned());
            Some(Understood { label, ..Understood::new("walkIn", words, "true") })
        }
        Meaning::Soon => {
            free("sort")?;
            asked.is_soon = true;
            let label = Some("the earliest first".to_owned());
            Some(Understood { label, ..Understood::new("sort", words, "start") })
        }
    }
}

fn local_times(query: &mut AvailabilityQuery) -> &mut LocalTimes {
    query.local_times.get_or_insert(LocalTimes::ANY)
}

fn name_of_weekdays(days: Weekdays) -> String {
    let named = Weekday::ALL.into_iter().filter(|day| days.contains(*day)).map(Weekday::as_str);
    named.collect::<Vec<_>>().join(",")
}

fn label_of_weekdays(days: Weekdays) -> String {
    let (working, weekend) = Weekday::ALL.split_at(5);
    let is_exactly = |wanted: &[Weekday]| Weekday::ALL.iter().all(|day| days.contains(*day) == wanted.contains(day));
    if is_exactly(working) {
        return "Monday to Friday".to_owned();
    } else if is_exactly(weekend) {
        return "weekends".to_owned();
    }
    let named = Weekday::ALL.into_iter().filter(|day| days.contains(*day)).map(|day| format!("{day:?}"));
    named.collect::<Vec<_>>().join(", ")
}

fn name_of_hours(hours: TimeOfDay) -> String {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{}-{}", clock(hours.from_minute), clock(hours.to_minute))
}

#[cfg(test)]
mod tests {
    use openslots_model::{DaySpan, Gender};

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
    }
}

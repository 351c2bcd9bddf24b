//! What a search asks, parameter by parameter.

use openslots_fhir::search::{ParameterType, SearchParameter, Target, find_parameter, parameters_of};
use openslots_model::{Near, ResourceKind, SlotStatus};
use openslots_search::resources::{Comparator, Criterion, DateTest, Test, TextMode, TokenTest};
use openslots_search::{SlotCodeTest, SlotCodes};

use super::KINDS;
use super::parse;

/// How many references a chain may follow.
const MAX_CHAIN: usize = 3;

/// What is asked by one parameter.
#[derive(Debug, Clone)]
pub(super) enum Clause {
    /// Of the resource itself.
    Own(Criterion),
    /// Of what it refers to by a parameter: resources of this type that meet the clause.
    Chain { parameter: u16, kind: ResourceKind, clause: Box<Clause> },
    /// Of a slot.
    Slot(SlotClause),
}

/// What is asked of a slot.
#[derive(Debug, Clone)]
pub(super) enum SlotClause {
    /// It belongs to any of these schedules.
    Schedules(Vec<Target>),
    /// It belongs to a schedule that meets this.
    Chain(Box<Clause>),
    Statuses(Vec<SlotStatus>),
    NotStatuses(Vec<SlotStatus>),
    Start(DateTest),
    Codes(SlotCodeTest),
    /// It is any of these.
    Ids(Vec<Target>),
    /// Its publisher (by slug) calls it so.
    Sources(Vec<(String, String)>),
    /// Every slot has that, or none.
    Everywhere(bool),
}

/// Why a parameter cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not known, or not this way: leniency leaves it out.
    Unsupported(String),
    /// Its value is bad: that is refused in any case.
    Value(String),
}

impl From<String> for Fault {
    fn from(detail: String) -> Self {
        Self::Value(detail)
    }
}

/// Reads `name[:modifier][.chain]=value` for a type.
pub(super) fn read(kind: ResourceKind, name: &str, value: &str) -> Result<Clause, Fault> {
    read_chained(kind, name, value, MAX_CHAIN)
}

fn read_chained(kind: ResourceKind, name: &str, value: &str, n_left: usize) -> Result<Clause, Fault> {
    let (head, rest) = name.split_once('.').map_or((name, None), |(head, rest)| (head, Some(rest)));
    let (head, modifier) = head.split_once(':').map_or((head, None), |(head, modifier)| (head, Some(modifier)));
    if head == "_id" && rest.is_none() && modifier.is_none() {
        return ids(kind, value);
    }
    if head == "_lastUpdated" && rest.is_none() && modifier.is_none() && kind != ResourceKind::Slot {
        let tests = each(value, parse::date)?;
        return Ok(Clause::Own(Criterion { parameter: None, test: Test::Updated(tests) }));
    }
    let parameter = find_parameter(kind, head).ok_or_else(|| unknown(kind, head))?;
    if let Some(rest) = rest {
        return chain(parameter, modifier, rest, value, n_left);
    }
    if kind == ResourceKind::Slot { slot(parameter, modifier, value) } else { own(parameter, modifier, value) }
}

fn unknown(kind: ResourceKind, name: &str) -> Fault {
    let known: Vec<&str> = parameters_of(kind).map(|parameter| parameter.name).collect();
    Fault::Unsupported(format!(
        "`{}` is not a search parameter of {kind} here; known are {}",
        parse::short(name),
        known.join(", ")
    ))
}

fn each<T>(text: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    parse::values(text)?.iter().map(|value| read(value)).collect()
}

fn tokens(text: &str) -> Result<Vec<TokenTest>, String> {
    let tests: Result<Vec<_>, _> = parse::escaped_values(text)?.iter().map(|value| parse::token(value)).collect();
    Ok(tests?.into_iter().flatten().collect())
}

fn ids(kind: ResourceKind, value: &str) -> Result<Clause, Fault> {
    let found: Vec<Target> = each(value, |id| parse::reference(id, &[kind]))?.into_iter().flatten().collect();
    Ok(match kind {
        ResourceKind::Slot => Clause::Slot(SlotClause::Ids(found)),
        _ => Clause::Own(Criterion { parameter: None, test: Test::Ids(found.into_iter().collect()) }),
    })
}

/// The types that a reference may lead to: all of its own, or the one of its modifier.
fn kinds_of(parameter: &SearchParameter, modifier: Option<&str>) -> Result<Vec<ResourceKind>, Fault> {
    let of_modifier = |name: &str| {
        let kind = name.parse().ok().filter(|kind| parameter.targets.contains(kind));
        kind.map(|kind| vec![kind]).ok_or_else(|| unsupported(parameter, Some(name)))
    };
    modifier.map_or_else(|| Ok(parameter.targets.to_vec()), of_modifier)
}

fn unsupported(parameter: &SearchParameter, modifier: Option<&str>) -> Fault {
    let modifiers = parameter.parameter_type.modifiers();
    Fault::Unsupported(format!(
        "`{}` takes no modifier `:{}`; it takes {}",
        parameter.name,
        parse::short(modifier.unwrap_or_default()),
        if modifiers.is_empty() { "none".to_owned() } else { format!(":{}", modifiers.join(", :")) }
    ))
}

fn chain(
    parameter: &SearchParameter,
    modifier: Option<&str>,
    rest: &str,
    value: &str,
    n_left: usize,
) -> Result<Clause, Fault> {
    if parameter.parameter_type != ParameterType::Reference {
        return Err(Fault::Unsupported(format!("`{}` is no reference, so nothing follows it", parameter.name)));
    }
    if n_left == 0 {
        return Err(Fault::Unsupported(format!("follows more than {MAX_CHAIN} references")));
    }
    let kinds = kinds_of(parameter, modifier)?;
    // Without a type those are meant that have such a parameter; a bad value is bad for each.
    let mut found = Vec::new();
    let mut fault = None;
    for kind in kinds.into_iter().filter(|kind| KINDS.contains(kind)) {
        match read_chained(kind, rest, value, n_left - 1) {
            Ok(clause) => found.push((kind, clause)),
            Err(bad @ Fault::Value(_)) => return Err(bad),
            Err(bad) => fault = Some(bad),
        }
    }
    let Some((kind, clause)) = found.pop() else {
        return Err(fault.unwrap_or_else(|| Fault::Unsupported("leads to nothing that is held here".to_owned())));
    };
    if !found.is_empty() {
        let mut named: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
        named.push(kind.as_str());
        return Err(Fault::Value(format!(
            "may mean several types: write `{}:{}.{}`, where the type is one of {}",
            parameter.name,
            named[0],
            parse::short(rest),
            named.join(", ")
        )));
    }
    Ok(if parameter.kind == ResourceKind::Slot {
        Clause::Slot(SlotClause::Chain(Box::new(clause)))
    } else {
        Clause::Chain { parameter: parameter.number(), kind, clause: Box::new(clause) }
    })
}

fn own(parameter: &SearchParameter, modifier: Option<&str>, value: &str) -> Result<Clause, Fault> {
    let test = match (parameter.parameter_type, modifier) {
        (ParameterType::Special, None) => Test::Near(parse::near(value)?),
        (ParameterType::Special, _) => return Err(unsupported(parameter, modifier)),
        (_, Some("missing")) => Test::Missing(parse::boolean(value)?),
        (ParameterType::Token, None) => Test::Tokens(tokens(value)?),
        (ParameterType::Token, Some("not")) => Test::NotTokens(tokens(value)?),
        (ParameterType::String, None) => Test::Texts(TextMode::StartsWith, each(value, parse::text)?),
        (ParameterType::String, Some("contains")) => Test::Texts(TextMode::Contains, each(value, parse::text)?),
        (ParameterType::String, Some("exact")) => Test::Texts(TextMode::Exact, parse::values(value)?),
        (ParameterType::Date, None) => Test::Dates(each(value, parse::date)?),
        (ParameterType::Reference, modifier) => {
            let kinds = kinds_of(parameter, modifier)?;
            Test::References(each(value, |text| parse::reference(text, &kinds))?.into_iter().flatten().collect())
        }
        _ => return Err(unsupported(parameter, modifier)),
    };
    Ok(Clause::Own(Criterion { parameter: Some(parameter.number()), test }))
}

fn slot(parameter: &SearchParameter, modifier: Option<&str>, value: &str) -> Result<Clause, Fault> {
    let codes = match parameter.name {
        "service-type" => Some(SlotCodes::ServiceTypes),
        "specialty" => Some(SlotCodes::Specialties),
        "appointment-type" => Some(SlotCodes::AppointmentTypes),
        _ => None,
    };
    let clause = match (parameter.name, modifier, codes) {
        (_, Some("missing"), Some(codes)) => SlotClause::Codes(SlotCodeTest::new(codes, None, parse::boolean(value)?)),
        (_, None | Some("not"), Some(codes)) => {
            SlotClause::Codes(SlotCodeTest::new(codes, Some(tokens(value)?), modifier.is_some()))
        }
        // Every slot has what is left: schedule, status, start and an id at its publisher.
        (_, Some("missing"), None) => SlotClause::Everywhere(!parse::boolean(value)?),
        ("status", None, _) => SlotClause::Statuses(each(value, status)?),
        ("status", Some("not"), _) => SlotClause::NotStatuses(each(value, status)?),
        ("start", None, _) => {
            let dates = each(value, parse::date)?;
            let [date] = dates[..] else {
                return Err(Fault::Value("takes one date; repeat the parameter for a range".to_owned()));
            };
            SlotClause::Start(date)
        }
        ("schedule", modifier, _) => {
            let kinds = kinds_of(parameter, modifier)?;
            let schedules = each(value, |text| parse::reference(text, &kinds))?;
            SlotClause::Schedules(schedules.into_iter().flatten().collect())
        }
        ("identifier", None, _) => {
            let sources = each(value, |text| {
                let ours = parse::token(text)?.into_iter().find_map(|token| {
                    let slug = token.system.flatten()?.strip_prefix("/publishers/")?.to_owned();
                    Some((slug, token.code?.strip_prefix("Slot/")?.to_owned()))
                });
                ours.ok_or_else(|| {
                    "is found by the publisher's own id only: (base URL)/publishers/(slug)|Slot/(id)".to_owned()
                })
            })?;
            SlotClause::Sources(sources)
        }
        _ => return Err(unsupported(parameter, modifier)),
    };
    Ok(Clause::Slot(clause))
}

fn status(text: &str) -> Result<SlotStatus, String> {
    let code = text.rsplit('|').next().unwrap_or(text);
    code.parse().map_err(|_| format!("`{}` is not free, busy, busy-unavailable or busy-tentative", parse::short(text)))
}

impl Clause {
    /// The point that distances are measured from, if this asks for one of the resource itself.
    pub(super) fn near(&self) -> Option<Near> {
        match self {
            Self::Own(Criterion { test: Test::Near(near), .. }) => Some(*near),
            _ => None,
        }
    }
}

impl SlotClause {
    /// From when and to before when slots start that match a date; `None`: it is not one stretch of time.
    pub(super) fn window(date: DateTest) -> Option<(Option<i64>, Option<i64>)> {
        Some(match date.comparator {
            Comparator::Equal => (Some(date.from), Some(date.to)),
            Comparator::Greater | Comparator::StartsAfter => (Some(date.to), None),
            Comparator::GreaterOrEqual => (Some(date.from), None),
            Comparator::Less | Comparator::EndsBefore => (None, Some(date.from)),
            Comparator::LessOrEqual => (None, Some(date.to)),
            Comparator::NotEqual => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_lead_to_the_type_that_has_the_parameter() {
        use ResourceKind::{Schedule, Slot};
        for (kind, name, value, is_good) in [
            (Slot, "schedule.actor:Location.near", "42.36|-71.06|10", true),
            (Slot, "schedule.actor:Location.address-state", "MA", true),
            (Slot, "schedule.actor:PractitionerRole.practitioner.name", "ruiz", true),
            (Slot, "schedule.actor.near", "42.36|-71.06|10", true),
            (Slot, "schedule.service-type", "57", true),
            (Schedule, "actor:Location.name:contains", "skin", true),
            (Schedule, "actor.name", "skin", false),
            (Schedule, "actor:Slot.status", "free", false),
            (Schedule, "active.name", "x", false),
            (Slot, "schedule.actor:Location.partof.partof.partof.name", "x", false),
            (Slot, "schedule.actor:Location.near", "here", false),
        ] {
            assert_eq!(read(kind, name, value).is_ok(), is_good, "{name}={value}");
        }
    }

    #[test]
    fn what_is_not_understood_is_told_from_what_is_bad() {
        let fault = |name: &str, value: &str| read(ResourceKind::Location, name, value).expect_err(name);
        assert!(matches!(fault("colour", "red"), Fault::Unsupported(detail) if detail.contains("address-city")));
        assert!(matches!(fault("name:sounds-like", "x"), Fault::Unsupported(detail) if detail.contains(":exact")));
        assert!(matches!(fault("near", "here"), Fault::Value(_)));
        assert!(matches!(fault("name:missing", "perhaps"), Fault::Value(_)));
    }
}

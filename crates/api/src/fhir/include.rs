//! `_include` and `_revinclude`: what comes along with the answers.

use std::collections::BTreeSet;

use openslots_fhir::search::{ParameterType, Target, find_parameter, parameters_of};
use openslots_model::ResourceKind;

use super::KINDS;
use super::clauses::Fault;
use super::parse;
use super::slots::slots_of;
use crate::{ApiState, Error};
use openslots_model::PublisherNumber;
use openslots_search::resources::{Criterion, Resources, Test};

/// How many resources come along with a page at most.
pub(super) const MAX_INCLUDED: usize = 1_000;
/// How often `:iterate` goes on.
const MAX_ROUNDS: usize = 3;

/// What comes along: along which references, and in which direction.
#[derive(Debug, Clone)]
pub(super) struct Include {
    /// The type whose references are followed.
    source: ResourceKind,
    parameter: &'static str,
    number: u16,
    /// Only to or from this type.
    target: Option<ResourceKind>,
    is_reverse: bool,
    iterates: bool,
}

impl Include {
    /// Reads `Type:parameter[:Type]`, or `Type:*` for all references of the type.
    pub(super) fn read(name: &str, value: &str, searched: ResourceKind) -> Result<Vec<Self>, Fault> {
        let kind = value.strip_suffix(":*").and_then(|kind| kind.parse::<ResourceKind>().ok());
        let Some(kind) = kind else { return Ok(vec![Self::read_one(name, value, searched)?]) };
        let references = parameters_of(kind).filter(|it| it.parameter_type == ParameterType::Reference);
        let mut includes = Vec::new();
        let mut fault = None;
        for parameter in references {
            match Self::read_one(name, &format!("{kind}:{}", parameter.name), searched) {
                Ok(include) => includes.push(include),
                // Of what refers here some references lead elsewhere.
                Err(bad) => fault = Some(bad),
            }
        }
        match fault {
            Some(fault) if includes.is_empty() => Err(fault),
            _ if includes.is_empty() => {
                Err(Fault::Unsupported(format!("`{kind}` refers to nothing that is held here")))
            }
            _ => Ok(includes),
        }
    }

    fn read_one(name: &str, value: &str, searched: ResourceKind) -> Result<Self, Fault> {
        let (is_reverse, iterates) = (name.starts_with("_revinclude"), name.ends_with(":iterate"));
        let bad = |why: &str| Fault::Unsupported(format!("`{}` {why}", parse::short(value)));
        let mut parts = value.split(':');
        let source: ResourceKind = parts
            .next()
            .and_then(|kind| kind.parse().ok())
            .ok_or_else(|| bad("does not begin with a type that is held here"))?;
        let parameter = parts.next().and_then(|name| find_parameter(source, name));
        let parameter = parameter
            .filter(|parameter| parameter.parameter_type == ParameterType::Reference)
            .ok_or_else(|| bad("names no reference of that type"))?;
        let target = match parts.next() {
            None => None,
            Some(kind) => {
                let kind = kind.parse().ok().filter(|kind| parameter.targets.contains(kind));
                Some(kind.ok_or_else(|| bad("names a type that the reference does not lead to"))?)
            }
        };
        let begins_here = if is_reverse { parameter.targets.contains(&searched) } else { source == searched };
        if parts.next().is_some() || (!begins_here && !iterates) {
            return Err(bad("does not begin at what is searched for; `:iterate` goes on from what comes along"));
        }
        let (number, parameter) = (parameter.number(), parameter.name);
        Ok(Self { source, parameter, number, target, is_reverse, iterates })
    }
}

/// What comes along with some answers; also whether there would be more.
pub(super) fn included(
    state: &ApiState,
    resources: &Resources,
    excluded: &[PublisherNumber],
    found: &[Target],
    schedules_of_slots: &[(Target, Target)],
    includes: &[Include],
) -> Result<(Vec<Target>, bool), Error> {
    let mut known: BTreeSet<Target> = found.iter().copied().collect();
    let mut along: Vec<Target> = Vec::new();
    let mut last: Vec<Target> = found.to_vec();
    for round in 0..=MAX_ROUNDS {
        let mut next = Vec::new();
        for include in includes.iter().filter(|include| round == 0 || include.iterates) {
            let led = if include.is_reverse {
                reverse(state, resources, excluded, include, &last)?
            } else {
                forward(resources, include, &last, schedules_of_slots)
            };
            next.extend(led.into_iter().filter(|target| known.insert(*target)));
        }
        next.retain(|target| {
            let is_held = target.kind == ResourceKind::Slot || resources.find(*target).is_some();
            is_held && KINDS.contains(&target.kind)
        });
        if along.len() + next.len() > MAX_INCLUDED {
            next.truncate(MAX_INCLUDED - along.len());
            along.extend(next);
            return Ok((along, true));
        }
        along.extend(&next);
        if next.is_empty() {
            break;
        }
        last = next;
    }
    Ok((along, false))
}

fn forward(
    resources: &Resources,
    include: &Include,
    from: &[Target],
    schedules_of_slots: &[(Target, Target)],
) -> Vec<Target> {
    let mut led = Vec::new();
    for target in from.iter().filter(|target| target.kind == include.source) {
        if target.kind == ResourceKind::Slot {
            let of_slot = schedules_of_slots.iter().filter(|(slot, _)| slot == target);
            led.extend(of_slot.map(|(_, schedule)| *schedule));
        } else {
            led.extend(resources.references(*target, include.number));
        }
    }
    led.retain(|target| include.target.is_none_or(|kind| target.kind == kind));
    led
}

fn reverse(
    state: &ApiState,
    resources: &Resources,
    excluded: &[PublisherNumber],
    include: &Include,
    to: &[Target],
) -> Result<Vec<Target>, Error> {
    let wanted: Vec<Target> =
        to.iter().copied().filter(|target| include.target.is_none_or(|kind| target.kind == kind)).collect();
    if include.source == ResourceKind::Slot && include.parameter == "schedule" {
        return slots_of(state, resources, excluded, &wanted, MAX_INCLUDED + 1);
    }
    let test = Test::References(wanted.into_iter().collect());
    let criterion = [Criterion { parameter: Some(include.number), test }];
    let tables = resources.tables_without(excluded);
    let found = tables.flat_map(|(_, table)| table.find(include.source, &criterion)).map(|entry| entry.target());
    Ok(found.collect())
}

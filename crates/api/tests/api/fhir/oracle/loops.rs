//! What a search asks, and whether a resource meets it, by the plainest means.

use openslots_model::ResourceKind;
use serde_json::Value;

use super::world::{CODES, Dice, Held, SYSTEMS, World, public_id};

/// How the values of a parameter are compared.
#[derive(Clone, Copy, PartialEq)]
enum Type {
    Token,
    Text,
    Reference,
    Date,
}

/// The parameters of each type, with where their values are.
const PARAMETERS: &[(&str, &str, Type, &str)] = &[
    ("Location", "address", Type::Text, "address"),
    ("Location", "address-city", Type::Text, "address.city"),
    ("Location", "address-state", Type::Text, "address.state"),
    ("Location", "address-postalcode", Type::Text, "address.postalCode"),
    ("Location", "identifier", Type::Token, "identifier"),
    ("Location", "name", Type::Text, "name"),
    ("Location", "organization", Type::Reference, "managingOrganization"),
    ("Location", "partof", Type::Reference, "partOf"),
    ("Location", "status", Type::Token, "status"),
    ("Location", "type", Type::Token, "type"),
    ("Organization", "active", Type::Token, "active"),
    ("Organization", "address", Type::Text, "address"),
    ("Organization", "address-postalcode", Type::Text, "address.postalCode"),
    ("Organization", "name", Type::Text, "name"),
    ("Organization", "partof", Type::Reference, "partOf"),
    ("Organization", "type", Type::Token, "type"),
    ("Practitioner", "active", Type::Token, "active"),
    ("Practitioner", "communication", Type::Token, "communication"),
    ("Practitioner", "family", Type::Text, "name.family"),
    ("Practitioner", "gender", Type::Token, "gender"),
    ("Practitioner", "given", Type::Text, "name.given"),
    ("Practitioner", "identifier", Type::Token, "identifier"),
    ("Practitioner", "name", Type::Text, "name"),
    ("PractitionerRole", "active", Type::Token, "active"),
    ("PractitionerRole", "location", Type::Reference, "location"),
    ("PractitionerRole", "organization", Type::Reference, "organization"),
    ("PractitionerRole", "practitioner", Type::Reference, "practitioner"),
    ("PractitionerRole", "role", Type::Token, "code"),
    ("PractitionerRole", "service", Type::Reference, "healthcareService"),
    ("PractitionerRole", "specialty", Type::Token, "specialty"),
    ("HealthcareService", "location", Type::Reference, "location"),
    ("HealthcareService", "name", Type::Text, "name"),
    ("HealthcareService", "organization", Type::Reference, "providedBy"),
    ("HealthcareService", "service-category", Type::Token, "category"),
    ("HealthcareService", "service-type", Type::Token, "type"),
    ("HealthcareService", "specialty", Type::Token, "specialty"),
    ("Schedule", "active", Type::Token, "active"),
    ("Schedule", "actor", Type::Reference, "actor"),
    ("Schedule", "date", Type::Date, "planningHorizon"),
    ("Schedule", "identifier", Type::Token, "identifier"),
    ("Schedule", "service-type", Type::Token, "serviceType"),
    ("Slot", "appointment-type", Type::Token, "appointmentType"),
    ("Slot", "schedule", Type::Reference, "schedule"),
    ("Slot", "service-type", Type::Token, "serviceType"),
    ("Slot", "start", Type::Date, "start"),
    ("Slot", "status", Type::Token, "status"),
];

const PREFIXES: [&str; 8] = ["", "ne", "gt", "lt", "ge", "le", "sa", "eb"];

/// One parameter of a search.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) value: String,
    /// The references that are followed first: where they are, and the type at their end.
    links: Vec<(&'static str, ResourceKind)>,
    modifier: &'static str,
    value_type: Type,
    path: &'static str,
    /// The value in its parts: system and code, text, reference, prefix and date.
    parts: (String, String),
}

impl Asked {
    /// A parameter with a value that something may have.
    pub(super) fn random(world: &World, kind: ResourceKind, dice: &mut Dice) -> Self {
        let of_kind: Vec<_> = PARAMETERS.iter().filter(|(of, ..)| *of == kind.as_str()).collect();
        let (_, name, value_type, path) = **dice.pick(&of_kind);
        if value_type == Type::Reference && dice.is_one_of(2) {
            let targets: Vec<ResourceKind> = world
                .of(kind)
                .flat_map(|held| at(&held.json, path))
                .filter_map(|value| value["reference"].as_str()?.split_once('/')?.0.parse().ok())
                .collect();
            if !targets.is_empty() {
                let to = *dice.pick(&targets);
                let mut inner = Self::random(world, to, dice);
                // Two references at most.
                if inner.links.len() < 2 {
                    inner.name = format!("{name}:{to}.{}", inner.name);
                    inner.links.insert(0, (path, to));
                    return inner;
                }
            }
        }
        Self::of(world, kind, (name, value_type, path), dice)
    }

    fn of(
        world: &World,
        kind: ResourceKind,
        (name, value_type, path): (&str, Type, &'static str),
        dice: &mut Dice,
    ) -> Self {
        let modifier = match value_type {
            _ if dice.is_one_of(8) => "missing",
            Type::Token => *dice.pick(&["", "", "not"]),
            Type::Text => *dice.pick(&["", "exact", "contains"]),
            Type::Reference | Type::Date => "",
        };
        // A value that some resource has; of what nobody has, any.
        let known: Vec<(&Held, &Value)> = world
            .of(kind)
            .flat_map(|held| leaves(held, path, value_type).into_iter().map(move |leaf| (held, leaf)))
            .collect();
        let some = (!known.is_empty()).then(|| *dice.pick(&known));
        let escaped = |text: &str| text.replace('|', r"\|").replace(',', r"\,");
        let (parts, value) = match (modifier, value_type) {
            ("missing", _) => {
                let flag = dice.is_one_of(2).to_string();
                ((String::new(), flag.clone()), flag)
            }
            (_, Type::Token) => {
                let (system, code) = some.map_or_else(
                    || ((*dice.pick(&SYSTEMS)).to_owned(), (*dice.pick(&CODES)).to_owned()),
                    |(_, leaf)| token(leaf),
                );
                // Statuses and flags are asked for by their code alone.
                match if system.is_empty() { 0 } else { dice.below(4) } {
                    0 => (("*".to_owned(), code.clone()), escaped(&code)),
                    1 => ((String::new(), code.clone()), format!("|{}", escaped(&code))),
                    2 => ((system.clone(), "*".to_owned()), format!("{}|", escaped(&system))),
                    _ => ((system.clone(), code.clone()), format!("{}|{}", escaped(&system), escaped(&code))),
                }
            }
            (_, Type::Text) => {
                let whole = some.map_or("none", |(_, leaf)| leaf.as_str().unwrap());
                let part = &whole[..=dice.below(whole.len())];
                let text = if modifier == "exact" && !dice.is_one_of(3) { whole } else { part };
                ((String::new(), text.to_owned()), escaped(text))
            }
            (_, Type::Reference) => {
                let found = some.and_then(|(held, leaf)| world.target(held.slug, leaf["reference"].as_str().unwrap()));
                let text = found.map_or_else(
                    || format!("{}/{}", ResourceKind::Location, public_id("none", kind, "0")),
                    |target| format!("{}/{}", target.kind, target.public_id()),
                );
                // A type that the parameter does not lead to is refused.
                let text = if found.is_none() { text.rsplit('/').next().unwrap().to_owned() } else { text };
                ((String::new(), text.clone()), text)
            }
            (_, Type::Date) => {
                let prefix = *dice.pick(&PREFIXES);
                let day = format!("2026-10-{:02}", 1 + dice.below(20));
                ((prefix.to_owned(), day.clone()), format!("{prefix}{day}"))
            }
        };
        let full = if modifier.is_empty() { name.to_owned() } else { format!("{name}:{modifier}") };
        Self { name: full, value, links: Vec::new(), modifier, value_type, path, parts }
    }

    /// Whether a resource meets it.
    pub(super) fn is_met(&self, world: &World, held: &Held) -> bool {
        let mut ends = vec![held];
        for (path, to) in &self.links {
            let references =
                ends.iter().flat_map(|held| at(&held.json, path).into_iter().map(|value| (held.slug, value)));
            let targets =
                references.filter_map(|(slug, value)| world.target(slug, value["reference"].as_str().unwrap()));
            ends = targets.filter(|target| target.kind == *to).collect();
        }
        ends.into_iter().any(|end| self.is_met_alone(world, end))
    }

    fn is_met_alone(&self, world: &World, held: &Held) -> bool {
        let mut values = leaves(held, self.path, self.value_type);
        if held.kind == ResourceKind::Slot && self.path == "serviceType" && values.is_empty() {
            // Where a slot says nothing, its schedule does.
            let schedule = world.target(held.slug, held.json["schedule"]["reference"].as_str().unwrap()).unwrap();
            values = leaves(schedule, self.path, self.value_type);
        }
        match self.modifier {
            // Everything that is given out has the identifier that an aggregator adds.
            "missing" if self.path == "identifier" => self.parts.1 == "false",
            "missing" => values.is_empty() == (self.parts.1 == "true"),
            "not" => !values.iter().any(|value| self.holds(held, value)),
            _ => values.iter().any(|value| self.holds(held, value)),
        }
    }

    fn holds(&self, held: &Held, value: &Value) -> bool {
        let (first, second) = (self.parts.0.as_str(), self.parts.1.as_str());
        match self.value_type {
            Type::Token => {
                let (system, code) = token(value);
                (first == "*" || first == system) && (second == "*" || second == code)
            }
            Type::Text => {
                let text = value.as_str().unwrap();
                let (folded, wanted) = (text.to_lowercase(), second.trim().to_lowercase());
                match self.modifier {
                    "exact" => text == second,
                    "contains" => folded.contains(&wanted),
                    _ => folded.starts_with(&wanted) || folded.contains(&format!(" {wanted}")),
                }
            }
            Type::Reference => {
                let (kind, id) = value["reference"].as_str().unwrap().split_once('/').unwrap();
                second == format!("{kind}/{}", public_id(held.slug, kind.parse().unwrap(), id))
            }
            Type::Date => {
                // Days as numbers; a time of a day lies within it.
                let day = |text: &str| text[8..10].parse::<f64>().unwrap();
                let (from, to) = match value.as_str() {
                    Some(text) => {
                        let from = day(text) + text[11..13].parse::<f64>().unwrap() / 24.0;
                        (from, from + 0.000_001)
                    }
                    None => (day(value["start"].as_str().unwrap()), day(value["end"].as_str().unwrap()) + 1.0),
                };
                let (start, end) = (day(second), day(second) + 1.0);
                let is_within = start <= from && to <= end;
                match first {
                    "ne" => !is_within,
                    "gt" => to > end,
                    "lt" => from < start,
                    "ge" => is_within || to > end,
                    "le" => is_within || from < start,
                    "sa" => from >= end,
                    "eb" => to <= start,
                    _ => is_within,
                }
            }
        }
    }
}

/// What is at a path.
fn at<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = vec![value];
    for name in path.split('.') {
        let members = found.into_iter().filter_map(|value| value.get(name));
        found = members
            .flat_map(|member| match member {
                Value::Array(list) => list.iter().collect(),
                lone => vec![lone],
            })
            .collect();
    }
    found
}

/// What is compared: codings of concepts, texts of names and addresses.
fn leaves<'h>(held: &'h Held, path: &str, value_type: Type) -> Vec<&'h Value> {
    let found = at(&held.json, path);
    let below = |value: &'h Value| match value_type {
        Type::Token if value.get("coding").is_some() => at(value, "coding"),
        Type::Text if value.is_object() => {
            ["line", "city", "state", "postalCode", "family", "given"].iter().flat_map(|part| at(value, part)).collect()
        }
        _ => vec![value],
    };
    found.into_iter().flat_map(below).collect()
}

/// System and code.
fn token(value: &Value) -> (String, String) {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    match value {
        Value::Object(_) if value.get("value").is_some() => (text("system"), text("value")),
        Value::Object(_) => (text("system"), text("code")),
        Value::Bool(flag) => (String::new(), flag.to_string()),
        code => (String::new(), code.as_str().unwrap().to_owned()),
    }
}

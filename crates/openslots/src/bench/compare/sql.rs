//! The SQL of the databases that are compared, one text for all where they understand the same.

/// A database's dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgresql,
    DuckDb,
}

const TABLES: &str = include_str!("sql/tables.sql");
const PROVIDER_SIDE: &str = include_str!("sql/provider_side.sql");

/// The rows of a page.
pub(super) const PAGE: usize = 50;
/// How a question for a page ends.
const LIMIT: &str = "LIMIT 50";

impl Dialect {
    /// Makes the tables.
    pub(super) fn tables(self) -> Vec<String> {
        let (json, key) = match self {
            Self::Sqlite => ("TEXT", ", UNIQUE (publisher, reference)"),
            Self::Postgresql => ("JSONB", ", UNIQUE (publisher, reference)"),
            // Its hash joins need no keys, and to keep them would only slow the load down.
            Self::DuckDb => ("JSON", ""),
        };
        let mut statements = self.statements(&TABLES.replace("$json", json).replace("$key", key));
        if self == Self::Sqlite {
            // It has no hash joins: what others look for in a table of their own making it would look for in all rows.
            statements.push("CREATE INDEX actor_by_schedule ON actor (publisher, schedule)".to_owned());
        }
        statements
    }

    /// Works out who, where and what from the resources.
    pub(super) fn provider_side(self) -> Vec<String> {
        let statements = self.statements(PROVIDER_SIDE).into_iter();
        match self {
            // Each join needs to know how large the tables have become.
            Self::Postgresql | Self::Sqlite => {
                statements.flat_map(|statement| [statement, "ANALYZE".to_owned()]).collect()
            }
            Self::DuckDb => statements.collect(),
        }
    }

    /// Indexes and statistics for the questions.
    pub(super) fn indexes(self) -> Vec<String> {
        self.statements(match self {
            Self::Sqlite => include_str!("sql/sqlite_indexes.sql"),
            Self::Postgresql => include_str!("sql/postgresql_indexes.sql"),
            Self::DuckDb => include_str!("sql/duckdb_indexes.sql"),
        })
    }

    /// A question for a page in this dialect.
    pub(super) fn question(self, template: &str) -> String {
        let text = expand(template, "MILES", |arguments| self.miles(arguments));
        let text = expand(&text, "NAMED", |arguments| self.named(arguments));
        let text = without_comments(&text);
        // `$1` is a name to SQLite, numbered as it comes; `?1` is a number.
        if self == Self::Sqlite { text.replace('$', "?") } else { text }
    }

    /// The same question for all that it finds.
    pub(super) fn whole(self, template: &str) -> String {
        self.question(template).replace(LIMIT, "")
    }

    /// The statements of a text, each ended by a semicolon at the end of its line.
    fn statements(self, text: &str) -> Vec<String> {
        let text = expand(&without_comments(text), "EACH", |arguments| self.each(arguments));
        text.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
    }

    /// The items of a JSON list as rows.
    fn each(self, arguments: &[&str]) -> String {
        let [json, name] = arguments else { return String::new() };
        match self {
            Self::Sqlite => format!("json_each({json}, '$.{name}')"),
            Self::Postgresql => format!("jsonb_array_elements({json} -> '{name}')"),
            Self::DuckDb => format!("(SELECT unnest(json_extract({json}, '$.{name}[*]')) AS value)"),
        }
    }

    /// The great circle between two points, as [`openslots_model::Position::distance_miles`] has it.
    fn miles(self, arguments: &[&str]) -> String {
        let [latitude, longitude, to_latitude, to_longitude] = arguments else { return String::new() };
        if self == Self::Sqlite {
            return format!("miles_between({latitude}, {longitude}, {to_latitude}, {to_longitude})");
        }
        let radius = openslots_model::EARTH_RADIUS_MILES;
        format!(
            "{:?} * asin(sqrt(least(1.0, power(sin(radians({to_latitude} - {latitude}) / 2), 2) \
             + cos(radians({latitude})) * cos(radians({to_latitude})) \
             * power(sin(radians({to_longitude} - {longitude}) / 2), 2))))",
            2.0 * radius
        )
    }

    /// Whether two words of a provider's name begin so, by the database's own index of words.
    fn named(self, arguments: &[&str]) -> String {
        let [first, second] = arguments else { return String::new() };
        match self {
            Self::Sqlite => format!(
                "d.number IN (SELECT rowid FROM provider_name WHERE provider_name MATCH {first} || '* ' || {second} || '*')"
            ),
            Self::Postgresql => format!(
                "to_tsvector('simple', d.provider) @@ to_tsquery('simple', {first} || ':* & ' || {second} || ':*')"
            ),
            Self::DuckDb => {
                let word = |word: &str| {
                    format!("d.number IN (SELECT schedule FROM provider_word WHERE starts_with(word, {word}))")
                };
                format!("{} AND {}", word(first), word(second))
            }
        }
    }
}

/// Replaces every `NAME(a, b)`; arguments are without brackets.
fn expand(text: &str, name: &str, to: impl Fn(&[&str]) -> String) -> String {
    let opening = format!("{name}(");
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, call)) = rest.split_once(&opening) {
        let (arguments, after) = call.split_once(')').unwrap_or((call, ""));
        let arguments: Vec<&str> = arguments.split(',').map(str::trim).collect();
        expanded.push_str(before);
        expanded.push_str(&to(&arguments));
        rest = after;
    }
    expanded.push_str(rest);
    expanded
}

fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("--")).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_replaced_and_the_rest_stays() {
        let expanded = expand("a F(x, y.z) b F(1, 2)", "F", |arguments| format!("<{}>", arguments.join("|")));
        assert_eq!(expanded, "a <x|y.z> b <1|2>");
    }

    #[test]
    fn every_dialect_says_all_of_it() {
        for dialect in [Dialect::Sqlite, Dialect::Postgresql, Dialect::DuckDb] {
            let all = [dialect.tables(), dialect.provider_side(), dialect.indexes()].concat().join("\n");
            for left in ["EACH(", "$json", "$key", "--"] {
                assert!(!all.contains(left), "{dialect:?}: {left}");
            }
            assert!(all.contains("CREATE TABLE slot"));
        }
    }

    #[test]
    fn a_whole_answer_has_no_limit() {
        let template = "-- said\nSELECT $1 FROM a ORDER BY b\nLIMIT 50\n";
        assert_eq!(Dialect::Sqlite.question(template), "SELECT ?1 FROM a ORDER BY b\nLIMIT 50\n");
        assert_eq!(Dialect::DuckDb.whole(template), "SELECT $1 FROM a ORDER BY b\n\n");
    }
}

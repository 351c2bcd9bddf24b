//! What is left of answers when only some fields are asked for: the same objects, of which only the id or key is always
//! there, and of whose parts none is.

use serde_json::{Map, Value, json};

/// What the names of such shapes begin with.
const PREFIX: &str = "Chosen";

/// Adds the shapes of what is left, to the document and to the answer of an operation that takes `fields`.
pub(super) fn add_chosen(schemas: &mut Map<String, Value>, operation: &mut Value) {
    let takes_fields = |parameters: &Vec<Value>| parameters.iter().any(|parameter| parameter["name"] == "fields");
    if !operation["parameters"].as_array().is_some_and(takes_fields) {
        return;
    }
    let schema = &mut operation["responses"]["200"]["content"]["application/json"]["schema"];
    let Some(whole) = schema["$ref"].as_str().and_then(name_of).map(str::to_owned) else { return };
    let chosen = match list_of(schemas, &whole) {
        // A page of answers stays whole; the answers are cut.
        Some((field, answer)) => {
            let answer = add_cut(schemas, &answer);
            let mut page = schemas[&whole].clone();
            page["properties"][&field]["items"] = reference(&answer);
            let name = format!("{PREFIX}{whole}");
            schemas.insert(name.clone(), page);
            name
        }
        None => add_cut(schemas, &whole),
    };
    let description = format!("`{whole}`, or with `fields` what is left of it.");
    *schema = json!({"description": description, "anyOf": [schema.clone(), reference(&chosen)]});
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn name_of(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}

/// The list of answers that a page has: its name and what is in it.
fn list_of(schemas: &Map<String, Value>, page: &str) -> Option<(String, String)> {
    let field =
        ["slots", "providerLocations"].into_iter().find(|field| schemas[page]["properties"].get(field).is_some())?;
    let items = schemas[page]["properties"][field]["items"]["$ref"].as_str().and_then(name_of)?;
    Some((field.to_owned(), items.to_owned()))
}

/// Adds what is left of an answer; its name.
fn add_cut(schemas: &mut Map<String, Value>, answer: &str) -> String {
    let mut cut = schemas[answer].clone();
    let is_key = |name: &Value| name == "id" || name == "key";
    if let Some(required) = cut["required"].as_array_mut() {
        required.retain(is_key);
    }
    for property in cut["properties"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        let part = if property["type"] == "array" { &mut property["items"] } else { property };
        let Some(name) = part["$ref"].as_str().and_then(name_of).map(str::to_owned) else { continue };
        if PARTED.contains(&name.as_str()) {
            let mut chosen = schemas[&name].clone();
            chosen.as_object_mut().and_then(|members| members.remove("required"));
            let chosen_name = format!("{PREFIX}{name}");
            part["$ref"] = reference(&chosen_name)["$ref"].clone();
            schemas.insert(chosen_name, chosen);
        }
    }
    let name = format!("{PREFIX}{answer}");
    schemas.insert(name.clone(), cut);
    name
}

/// The shapes whose parts can be asked for.
const PARTED: [&str; 5] = ["Location", "Provider", "Source", "NextSlot", "AlsoPublished"];

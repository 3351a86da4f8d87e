//! Placeholders in inline session policies.
//!
//! They stand in Resource and NotResource after an ARN's fifth colon, and in the values of string and ARN conditions: the
//! places where AWS reads policy variables (IAM User Guide, “IAM policy elements: Variables and tags”), so that `*`, `?` and
//! `$` of a value can be written as `${*}`, `${?}` and `${$}` and mean themselves. These need Version 2012-10-17.
//!
//! Values are put into the strings of the parsed policy, which is then written anew: no value can add to its structure.

use serde_json::Value;

use super::{Cause, PARTING, Part, Placeholder, Unfilled, Values, is_in, parts};

/// The version of the policy language that knows variables.
const VERSION: &str = "2012-10-17";

/// Checks where the placeholders of a policy stand, and gives them. Text that is no JSON has none here: what is wrong with
/// it, the policy's own check says.
///
/// # Errors
/// A sentence that names the place.
pub fn check(policy: &str) -> Result<Vec<Placeholder>, String> {
    let mut found = Vec::new();
    // A brace may be written as \u007b.
    if let Ok(mut value) = serde_json::from_str(policy)
        && holds(&value)
    {
        let noted = walk(&mut value, &mut |text, placeholders| {
            found.extend(placeholders.iter().filter_map(|part| match part {
                Part::Placeholder(placeholder) => Some(placeholder.clone()),
                Part::Text(_) => None,
            }));
            Ok(text.to_owned())
        });
        noted.map_err(|error| error.to_string())?;
        if !found.is_empty() && value.get("Version").and_then(Value::as_str) != Some(VERSION) {
            return Err(format!(
                "A policy with placeholders needs \"Version\": \"{VERSION}\"; with another one AWS does not understand what is filled in."
            ));
        }
    }
    Ok(found)
}

/// The policy, minified, with its placeholders filled in; the same statements in the same order.
///
/// # Errors
/// Which placeholder has no value that may stand there.
pub fn fill(policy: &str, values: &Values<'_>) -> Result<String, Unfilled> {
    check(policy).map_err(Unfilled::Rule)?;
    let mut value: Value = serde_json::from_str(policy).map_err(|error| Unfilled::Rule(error.to_string()))?;
    walk(&mut value, &mut |_, parts| {
        let mut filled = String::new();
        for part in parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Placeholder(placeholder) => filled.push_str(&escaped(placeholder, values)?),
            }
        }
        Ok(filled)
    })?;
    Ok(value.to_string())
}

/// A value as it stands in a policy.
fn escaped(placeholder: &Placeholder, values: &Values<'_>) -> Result<String, Unfilled> {
    let value = placeholder.value(values)?;
    let is_refused = |c: &char| {
        // STS's pattern for Policy ends at U+00FF.
        c.is_control() || *c > '\u{FF}' || (PARTING.contains(c) && !placeholder.allowed.contains(c))
    };
    if let Some(wrong) = value.chars().find(is_refused) {
        return Err(placeholder.without(Cause::Character(wrong)));
    }
    Ok(escape(value))
}

/// `value` with what means more than itself in a policy written as AWS's policy variables for it.
#[must_use]
pub fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '*' | '?' | '$' => escaped.extend(['$', '{', character, '}']),
            other => escaped.push(other),
        }
    }
    escaped
}

/// How many characters of a policy `value` takes once it is escaped, for AWS and as JSON.
#[must_use]
pub fn room(value: &str) -> usize {
    Value::from(escape(value)).to_string().chars().count().saturating_sub(2)
}

/// What is put in the place of a text with placeholders.
type Put<'a> = dyn FnMut(&str, &[Part]) -> Result<String, Unfilled> + 'a;

/// Goes through a policy, and puts something in the place of each string with placeholders.
fn walk(policy: &mut Value, put: &mut Put<'_>) -> Result<(), Unfilled> {
    let Value::Object(policy) = policy else { return Ok(()) };
    for (key, value) in policy.iter_mut() {
        match (key.as_str(), value) {
            ("Statement", Value::Array(statements)) => {
                statements.iter_mut().try_for_each(|statement| walk_statement(statement, put))?;
            }
            ("Statement", statement) => walk_statement(statement, put)?,
            (key, value) => none_in(key, value)?,
        }
        no_key(key)?;
    }
    Ok(())
}

fn walk_statement(statement: &mut Value, put: &mut Put<'_>) -> Result<(), Unfilled> {
    let Value::Object(statement) = statement else { return none_in("Statement", statement) };
    for (key, value) in statement.iter_mut() {
        no_key(key)?;
        match (key.as_str(), value) {
            ("Resource" | "NotResource", value) => {
                each_text(key, value, &mut |text| replace(text, Place::Resource, put))?;
            }
            ("Condition", Value::Object(operators)) => {
                for (operator, keys) in operators.iter_mut() {
                    no_key(operator)?;
                    walk_condition(operator, keys, put)?;
                }
            }
            (key, value) => none_in(key, value)?,
        }
    }
    Ok(())
}

fn walk_condition(operator: &str, keys: &mut Value, put: &mut Put<'_>) -> Result<(), Unfilled> {
    let name = operator.strip_prefix("ForAllValues:").or_else(|| operator.strip_prefix("ForAnyValue:"));
    let name = name.unwrap_or(operator).to_ascii_lowercase();
    match keys {
        Value::Object(keys) if name.starts_with("string") || name.starts_with("arn") => {
            for (key, value) in keys.iter_mut() {
                no_key(key)?;
                each_text(key, value, &mut |text| replace(text, Place::Condition, put))?;
            }
            Ok(())
        }
        other => none_in(operator, other),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Resource,
    Condition,
}

/// The strings of a value that is one, or a list of them.
fn each_text(
    key: &str,
    value: &mut Value,
    work: &mut dyn FnMut(&mut String) -> Result<(), Unfilled>,
) -> Result<(), Unfilled> {
    match value {
        Value::String(text) => work(text),
        Value::Array(values) => values.iter_mut().try_for_each(|value| match value {
            Value::String(text) => work(text),
            other => none_in(key, other),
        }),
        other => none_in(key, other),
    }
}

fn replace(text: &mut String, place: Place, put: &mut Put<'_>) -> Result<(), Unfilled> {
    if !is_in(text) {
        return Ok(());
    }
    let rule = |sentence: String| Unfilled::Rule(sentence);
    let parts = parts(text).map_err(rule)?;
    // Of what stands before a placeholder: whether a variable of AWS's is open, whether one could begin.
    let (mut colons, mut open, mut last) = (0, false, ' ');
    for part in &parts {
        match part {
            Part::Text(before) => {
                for character in before.chars() {
                    colons += usize::from(character == ':');
                    open = if open { character != '}' } else { last == '$' && character == '{' };
                    last = character;
                }
            }
            Part::Placeholder(placeholder) if open || last == '$' => {
                return Err(rule(format!(
                    "“{text}”: {placeholder} may not stand inside of a policy variable of AWS's, ${{…}}, nor right after a $."
                )));
            }
            Part::Placeholder(placeholder) if place == Place::Resource && (colons < 5 || !text.starts_with("arn:")) => {
                return Err(rule(format!(
                    "“{text}”: {placeholder} goes after the fifth colon of an ARN, as in arn:aws:s3:::home/{placeholder}/*; AWS reads variables there only."
                )));
            }
            Part::Placeholder(_) => last = ' ',
        }
    }
    *text = put(text, &parts)?;
    Ok(())
}

fn no_key(key: &str) -> Result<(), Unfilled> {
    if !is_in(key) {
        return Ok(());
    }
    Err(Unfilled::Rule(format!("“{key}”: placeholders go into values, not into names.")))
}

/// Refuses placeholders anywhere in `value`.
fn none_in(key: &str, value: &Value) -> Result<(), Unfilled> {
    if !holds(value) {
        return Ok(());
    }
    Err(Unfilled::Rule(format!(
        "“{key}” takes no placeholders. They go into Resource, NotResource and the values of String… and Arn… conditions."
    )))
}

fn holds(value: &Value) -> bool {
    match value {
        Value::String(text) => is_in(text),
        Value::Array(values) => values.iter().any(holds),
        Value::Object(values) => values.iter().any(|(key, value)| is_in(key) || holds(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;

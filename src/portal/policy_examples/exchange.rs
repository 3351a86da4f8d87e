//! Examples as a file: out of one Daypass, into another. A file is taken whole or not at all.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{created, insert, save, ships, updated};
use crate::app::App;
use crate::model::connector::folded;
use crate::model::event::{Event, Kind};
use crate::model::policy_example::{self, MOST, PolicyExample};
use crate::portal::{PortalError, Who};
use crate::random;
use crate::store::policy_examples::{self, Kept};
use crate::store::{DbConnection, StoreError};

/// What a file says it is. The number grows with a change that an older Daypass would not understand.
pub const FORMAT: &str = "daypass/policy-examples/1";
/// The longest file, in bytes.
pub const LONGEST: usize = 1024 * 1024;

#[derive(Serialize)]
struct File<'a> {
    format: &'static str,
    examples: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    kind: &'static str,
    name: &'a str,
    description: &'a str,
    text: &'a str,
}

impl<'a> From<&'a Kept> for Entry<'a> {
    fn from(kept: &'a Kept) -> Self {
        let PolicyExample { kind, name, description, text } = &kept.example;
        Self { kind: kind.word(), name, description, text }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    kind: String,
    name: String,
    description: String,
    text: String,
}

/// The examples that administrators wrote, as a file. What ships is left out: it is there already wherever this is taken.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn export(app: &App, who: &Who) -> Result<String, PortalError> {
    who.administrator()?;
    let kept = app.database.read(policy_examples::all).await?;
    let file = File { format: FORMAT, examples: kept.iter().map(Entry::from).collect() };
    let text = serde_json::to_string_pretty(&file).map_err(|error| PortalError::Internal(error.to_string()))?;
    Ok(text + "\n")
}

/// What importing an example does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// There is none of this kind and name.
    New,
    /// There is one, and it says something else.
    Changed,
    /// There is one, and it says the same.
    Same,
}

/// One example of a file, and what importing it does.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What it says.
    pub example: PolicyExample,
    /// What happens.
    pub effect: Effect,
    /// The one of the same kind and name that is there.
    pub before: Option<Kept>,
}

/// What importing a file does.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What is wrong with it; while there is anything, nothing is imported.
    pub problems: Vec<String>,
    /// Its examples, in its order.
    pub planned: Vec<Planned>,
    /// Changes with what would happen, so that nothing else happens than what was shown.
    pub mark: String,
}

impl Plan {
    /// How many examples have this effect.
    #[must_use]
    pub fn count(&self, effect: Effect) -> usize {
        self.planned.iter().filter(|planned| planned.effect == effect).count()
    }
}

/// Says what importing `text` would do, and does nothing.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn plan(app: &App, who: &Who, text: &str) -> Result<Plan, PortalError> {
    who.administrator()?;
    let examples = match read(text) {
        Ok(examples) => examples,
        Err(problems) => return Ok(Plan { problems, ..Plan::default() }),
    };
    Ok(app.database.read(move |connection| against(connection, examples)).await?)
}

/// Imports `text` in one transaction, if that does what was shown with `mark`; gives what was done.
///
/// # Errors
/// [`PortalError::Stale`] where it would do something else by now; [`PortalError::Invalid`] where something is wrong with it.
pub async fn import(app: &App, who: &Who, text: &str, mark: &str) -> Result<Plan, PortalError> {
    who.administrator()?;
    let invalid = |problems: Vec<String>| PortalError::Invalid(("text", problems.join(" ")).into());
    let examples = read(text).map_err(invalid)?;
    let (now, mark) = (app.clock.now(), mark.to_owned());
    let base = Event::new(now, Kind::PolicyExampleCreate, &who.origin).by(&who.actor()).with("imported", true);
    let write = app.database.write(move |connection| {
        let plan = against(connection, examples)?;
        if plan.mark != mark || !plan.problems.is_empty() {
            return Err(StoreError::Stale);
        }
        let mut events = Vec::new();
        for planned in &plan.planned {
            events.extend(carry_out(connection, planned, now, base.clone())?);
        }
        Ok((plan, events))
    });
    Ok(write.await?)
}

fn carry_out(
    connection: &mut DbConnection,
    planned: &Planned,
    now: DateTime<Utc>,
    base: Event,
) -> Result<Option<Event>, StoreError> {
    let kept = |id: String, version: i32| Kept { id, example: planned.example.clone(), version, updated_at: now };
    match (planned.effect, &planned.before) {
        (Effect::Same, _) => Ok(None),
        (_, Some(before)) => {
            let kept = kept(before.id.clone(), before.version);
            save(connection, &kept)?;
            let base = Event { kind: Kind::PolicyExampleUpdate.word().to_owned(), ..base };
            Ok(Some(updated(base, &before.example, &kept)))
        }
        (_, None) => {
            let kept = kept(random::id(), 1);
            insert(connection, &kept)?;
            Ok(Some(created(base, &kept)))
        }
    }
}

/// The examples of a file, or every mistake in it. What is wrong with one example names it by number and name.
fn read(text: &str) -> Result<Vec<PolicyExample>, Vec<String>> {
    let one = |problem: String| vec![problem];
    if text.trim().is_empty() {
        return Err(one("Choose a file, or paste one.".to_owned()));
    }
    if text.len() > LONGEST {
        return Err(one("The file is longer than 1 MiB. Part it, and import the parts one by one.".to_owned()));
    }
    let file: Value = serde_json::from_str(text).map_err(|error| {
        one(format!("This is not JSON: line {}, column {}. Export a file to see one.", error.line(), error.column()))
    })?;
    if file.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(one(format!("The file does not say “format”: “{FORMAT}”, so it is none of policy examples.")));
    }
    let Some(entries) = file.get("examples").and_then(Value::as_array) else {
        return Err(one("The file has no list “examples”.".to_owned()));
    };
    if entries.is_empty() {
        return Err(one("The file has no example in it.".to_owned()));
    }
    if entries.len() > MOST {
        return Err(one(format!("The file has {} examples; {MOST} are the most.", entries.len())));
    }
    let (mut examples, mut problems, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (number, entry) in (1..).zip(entries) {
        match example(entry) {
            Ok(example) if !seen.insert((example.kind, folded(&example.name))) => {
                problems.push(format!("Example {number} “{}”: another one of the file has this name.", example.name));
            }
            Ok(example) => examples.push(example),
            Err(sentence) => problems.push(format!("Example {number}{}{sentence}", named(entry))),
        }
    }
    if problems.is_empty() { Ok(examples) } else { Err(problems) }
}

/// The name of an entry, for a sentence, where it has one.
fn named(entry: &Value) -> String {
    let name = entry.get("name").and_then(Value::as_str).unwrap_or_default().trim();
    let short: String = name.chars().take(policy_example::LONGEST_NAME).collect();
    if short.is_empty() { String::new() } else { format!(" “{short}”") }
}

/// The example of an entry, or how a sentence goes on that begins with its number and name.
fn example(entry: &Value) -> Result<PolicyExample, String> {
    let Read { kind, name, description, text } = Read::deserialize(entry).map_err(|error| format!(": {error}."))?;
    let checked = policy_example::check(&kind, &name, &description, &text).map_err(|errors| {
        let said: Vec<String> = errors.iter().map(|(field, sentence)| format!("{field}: {sentence}")).collect();
        format!(", {}", said.join(" "))
    })?;
    if ships(checked.kind, &checked.name) {
        return Err(": A shipped example has this name. Choose another name.".to_owned());
    }
    Ok(checked)
}

/// What the examples of a file would do to those that are there.
fn against(connection: &mut DbConnection, examples: Vec<PolicyExample>) -> Result<Plan, StoreError> {
    let kept = policy_examples::all(connection)?;
    let there = kept.len();
    let key = |example: &PolicyExample| (example.kind, folded(&example.name));
    let mut kept: HashMap<_, Kept> = kept.into_iter().map(|kept| (key(&kept.example), kept)).collect();
    let mut hash = Sha256::new();
    let mut planned = Vec::with_capacity(examples.len());
    for example in examples {
        let before = kept.remove(&key(&example));
        let effect = match &before {
            None => Effect::New,
            Some(before) if before.example == example => Effect::Same,
            Some(_) => Effect::Changed,
        };
        let was = before.as_ref().map(|kept| (&kept.id, kept.version));
        hash.update(format!("{example:?}{effect:?}{was:?}\n"));
        planned.push(Planned { example, effect, before });
    }
    let mut plan = Plan { problems: Vec::new(), planned, mark: HEXLOWER.encode(&hash.finalize()) };
    let after = there + plan.count(Effect::New);
    if after > MOST {
        plan.problems.push(format!("There would be {after} examples; {MOST} are the most. Delete some first."));
    }
    Ok(plan)
}

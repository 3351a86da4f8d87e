//! One statement of a session policy.

use std::collections::HashSet;
use std::ops::Range;

use super::check::Checking;
use super::condition;
use super::finding::quoted;
use super::json::{Member, Node, Value};
use super::names::{self, Wrong};
use super::nearest::{nearest, or_meant};

const PARTS: [&str; 7] = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// What a statement says, as far as it is right.
pub(super) struct Statement<'n> {
    /// Where its effect stands.
    pub(super) at: Range<usize>,
    /// Whether it allows; `None` where that is not said.
    pub(super) allows: Option<bool>,
    /// Its actions; `None` where it names others, or wrong ones.
    pub(super) actions: Option<Vec<&'n str>>,
    /// Its resources, in the same way.
    pub(super) resources: Option<Vec<&'n str>>,
    pub(super) is_conditional: bool,
}

/// Checks a statement; `sids` are those of the statements before it.
pub(super) fn read<'n>(
    node: &'n Node,
    sids: &mut HashSet<&'n str>,
    checking: &mut Checking<'_>,
) -> Option<Statement<'n>> {
    let Value::Object(members) = &node.value else {
        checking.found.error(&node.at, "A statement is an object, { \"Effect\": …, \"Action\": …, \"Resource\": … }.");
        return None;
    };
    // What is missing is said at the brace that opens the statement.
    let open = node.at.start..node.at.start + 1;
    let mut statement =
        Statement { at: open.clone(), allows: None, actions: None, resources: None, is_conditional: false };
    for member in members {
        match member.name.as_str() {
            "Sid" => sid(&member.value, sids, checking),
            "Effect" => {
                statement.at = member.value.at.clone();
                statement.allows = effect(&member.value, checking);
            }
            "Action" => statement.actions = names(member, "action", checking),
            "Resource" => statement.resources = names(member, "resource", checking),
            "NotAction" => drop(names(member, "action", checking)),
            "NotResource" => drop(names(member, "resource", checking)),
            "Condition" => {
                statement.is_conditional = true;
                condition::check(&member.value, checking.text, &mut checking.found);
            }
            name => unknown(name, member, checking),
        }
    }
    let has = |name: &str| members.iter().find(|member| member.name == name);
    // What is nearly there was told above.
    let lacks = |name: &str| members.iter().all(|member| nearest(&member.name, &PARTS) != Some(name));
    if lacks("Effect") {
        checking.found.error(&open, "The statement needs an “Effect”: “Allow” or “Deny”.");
    }
    for (name, negated) in [("Action", "NotAction"), ("Resource", "NotResource")] {
        match (has(name), has(negated)) {
            (None, None) if lacks(name) && lacks(negated) => {
                checking.found.error(&open, format!("The statement needs “{name}” or “{negated}”."));
            }
            (Some(one), Some(other)) => {
                let later = if one.at.start > other.at.start { one } else { other };
                checking.found.error(&later.at, format!("A statement has “{name}” or “{negated}”, not both."));
            }
            _ => {}
        }
    }
    Some(statement)
}

fn unknown(name: &str, member: &Member, checking: &mut Checking<'_>) {
    let sentence = if matches!(name, "Principal" | "NotPrincipal") {
        format!("A session policy has no “{name}”: it counts for whoever holds the session. Take it away.")
    } else {
        let otherwise = ". A statement has Sid, Effect, Action or NotAction, Resource or NotResource, and Condition.";
        format!("{} is no part of a statement{}", quoted(name), or_meant(name, &PARTS, otherwise))
    };
    checking.found.error(&member.at, sentence);
}

/// IAM: “Statement IDs (SID) must be alpha-numeric”, “… in a single policy must be unique”.
fn sid<'n>(node: &'n Node, sids: &mut HashSet<&'n str>, checking: &mut Checking<'_>) {
    match &node.value {
        Value::Text(sid) if !sid.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            checking.found.error(&node.at, format!("The Sid {} may have only letters A–Z and digits.", quoted(sid)));
        }
        Value::Text(sid) if !sid.is_empty() && !sids.insert(sid) => {
            checking
                .found
                .error(&node.at, format!("The Sid {} stands in a statement before; each is used once.", quoted(sid)));
        }
        Value::Text(_) => {}
        _ => checking.found.error(&node.at, "A Sid is a text of letters and digits."),
    }
}

fn effect(node: &Node, checking: &mut Checking<'_>) -> Option<bool> {
    match &node.value {
        Value::Text(effect) if effect == "Allow" => return Some(true),
        Value::Text(effect) if effect == "Deny" => return Some(false),
        Value::Text(effect) => match nearest(effect, &["Allow", "Deny"]) {
            Some(meant) => checking.found.error(&node.at, format!("{} is no effect; write “{meant}”.", quoted(effect))),
            None => {
                checking.found.error(&node.at, format!("{} is no effect; it is “Allow” or “Deny”.", quoted(effect)));
            }
        },
        _ => checking.found.error(&node.at, "The effect is “Allow” or “Deny”."),
    }
    None
}

/// A name or a list of names; `None` where one of them is wrong.
fn names<'n>(member: &'n Member, what: &str, checking: &mut Checking<'_>) -> Option<Vec<&'n str>> {
    let node = &member.value;
    let nodes = match &node.value {
        Value::List(nodes) if nodes.is_empty() => {
            checking.found.error(&node.at, format!("The list is empty; AWS wants at least one {what}."));
            return None;
        }
        Value::List(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut names = Vec::new();
    for node in nodes {
        let Value::Text(name) = &node.value else {
            checking.found.error(&node.at, format!("“{}” is a text or a list of texts.", member.name));
            continue;
        };
        let checked = if what == "action" { names::action(name) } else { names::resource(name, checking.partition) };
        match checked {
            Err(Wrong::Refused(sentence)) => checking.found.error(&node.at, sentence),
            Err(Wrong::Odd(sentence)) => {
                checking.found.warning(&node.at, sentence);
                names.push(name.as_str());
            }
            Ok(()) => names.push(name.as_str()),
        }
    }
    (names.len() == nodes.len()).then_some(names)
}

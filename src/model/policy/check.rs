//! A session policy checked as a whole: everything that is wrong with it at once.
//!
//! The rules are those of the IAM User Guide's “Grammar of the IAM JSON policy language”, less principals, and of STS's
//! parameter `Policy`. Each error is something that AWS answers with `MalformedPolicyDocument` or a validation error.

use std::collections::HashSet;

use super::finding::{Finding, Findings, Severity, is_seen, quoted};
use super::json::{self, Node, Value};
use super::minify::{minified_length, place_of};
use super::nearest::{nearest, or_meant};
use super::{LONGEST, LONGEST_TYPED, sense, statement};
use crate::model::partition::Partition;

/// How many findings are told.
pub const MOST_FINDINGS: usize = 20;

const PARTS: [&str; 3] = ["Version", "Id", "Statement"];
const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// In the order of the text, at most [`MOST_FINDINGS`].
    pub findings: Vec<Finding>,
    /// How many errors there are, told or not.
    pub errors: usize,
    /// The length as AWS gets it, in characters: without white space between the values. STS takes [`LONGEST`].
    pub size: usize,
}

impl Checked {
    /// The first error that is told.
    #[must_use]
    pub fn first_error(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Error)
    }
}

/// What the rules are checked against, and what they find.
pub(super) struct Checking<'t> {
    pub(super) text: &'t str,
    pub(super) partition: Option<Partition>,
    pub(super) found: Findings,
}

/// Checks a session policy: everything that AWS would refuse, and what it takes although it is hardly meant. ARNs of another
/// partition than `partition` are among the latter. Never fails, whatever the text.
#[must_use]
pub fn check(text: &str, partition: Option<Partition>) -> Checked {
    let size = minified_length(text);
    let mut checking = Checking { text, partition, found: Findings::default() };
    if text.len() > LONGEST_TYPED {
        // Nobody reads that many findings, and each version of a connector keeps its text for ever.
        let sentence = format!(
            "The policy has {size} characters after minifying; STS takes at most {LONGEST}. With its white space it has more than {LONGEST_TYPED} bytes, which is not kept."
        );
        checking.found.error(&(0..0), sentence);
        return Checked { findings: checking.found.placed(text, MOST_FINDINGS), errors: 1, size };
    }
    if size > LONGEST {
        let at = place_of(text, LONGEST);
        let sentence =
            format!("The policy has {size} characters after minifying; STS takes at most {LONGEST}, which end here.");
        checking.found.error(&at, sentence);
    }
    match json::read(text) {
        Ok(root) => {
            characters(text, None, &mut checking.found);
            duplicates(&root, &mut checking.found);
            document(&root, &mut checking);
        }
        Err(broken) => {
            characters(text, Some(broken.at.start), &mut checking.found);
            checking.found.error(&broken.at, format!("This is not valid JSON: {}.", broken.why));
        }
    }
    let errors = checking.found.count_errors();
    Checked { findings: checking.found.placed(text, MOST_FINDINGS), errors, size }
}

/// STS's pattern for `Policy`: tab, line feed, carriage return and U+0020 to U+00FF.
pub(super) const fn is_allowed(character: char) -> bool {
    matches!(character, '\u{9}' | '\u{A}' | '\u{D}' | '\u{20}'..='\u{FF}')
}

/// Each run of characters that STS does not take, but not at `told`, where something is said already.
fn characters(text: &str, told: Option<usize>, found: &mut Findings) {
    let (mut rest, mut count) = (0, 0);
    while let Some((from, wrong)) = text.get(rest..).and_then(|rest| rest.char_indices().find(|(_, c)| !is_allowed(*c)))
    {
        let start = rest + from;
        let run = text.get(start..).unwrap_or_default();
        let length = run.find(is_allowed).unwrap_or(run.len());
        rest = start + length.max(1);
        if told == Some(start) {
            continue;
        }
        count += 1;
        if count > MOST_FINDINGS {
            return;
        }
        let shown = if is_seen(wrong) { format!(" “{wrong}”") } else { String::new() };
        let sentence = format!(
            "STS does not take the character{shown} (U+{:04X}) in a policy. Use plain characters, for example - in place of a dash.",
            u32::from(wrong)
        );
        found.error(&(start..start + length), sentence);
    }
}

/// Names that stand twice in one object: which of both counts is anybody's guess.
fn duplicates(node: &Node, found: &mut Findings) {
    match &node.value {
        Value::List(nodes) => nodes.iter().for_each(|node| duplicates(node, found)),
        Value::Object(members) => {
            let mut names = HashSet::new();
            for member in members {
                if !names.insert(member.name.as_str()) {
                    let sentence = format!("{} stands here a second time; keep one of both.", quoted(&member.name));
                    found.error(&member.at, sentence);
                }
                duplicates(&member.value, found);
            }
        }
        _ => {}
    }
}

fn document(root: &Node, checking: &mut Checking<'_>) {
    let Value::Object(members) = &root.value else {
        checking.found.error(&root.at, "A policy is a JSON object, { \"Version\": …, \"Statement\": … }.");
        return;
    };
    let mut version = None;
    for member in members {
        match member.name.as_str() {
            "Version" => version = Some(self::version(&member.value, checking)),
            "Id" if matches!(member.value.value, Value::Text(_)) => {}
            "Id" => checking.found.error(&member.value.at, "The Id of a policy is a text."),
            "Statement" => statements(&member.value, checking),
            name => {
                let otherwise = ". A policy has Version, Id and Statement.";
                let sentence = format!("{} is no part of a policy{}", quoted(name), or_meant(name, &PARTS, otherwise));
                checking.found.error(&member.at, sentence);
            }
        }
    }
    // One that is nearly there was told above.
    if !members.iter().any(|member| nearest(&member.name, &PARTS) == Some("Statement")) {
        checking.found.error(&(root.at.start..root.at.start + 1), "The policy needs a “Statement” list.");
    }
    // A version that is wrong is an error of its own.
    if version.is_none_or(|version| version == Some("2008-10-17")) {
        variables(root, version.is_none(), checking);
    }
}

fn version(node: &Node, checking: &mut Checking<'_>) -> Option<&'static str> {
    let typed = if let Value::Text(typed) = &node.value { typed.as_str() } else { "" };
    let known = VERSIONS.into_iter().find(|known| *known == typed);
    if known.is_none() {
        let sentence = "The version of the policy language is “2012-10-17” (or “2008-10-17”); it is no date of yours.";
        checking.found.error(&node.at, sentence);
    }
    known
}

fn statements(node: &Node, checking: &mut Checking<'_>) {
    let nodes = match &node.value {
        Value::Object(_) => std::slice::from_ref(node),
        Value::List(nodes) if nodes.is_empty() => {
            return checking.found.error(&node.at, "The policy has no statement.");
        }
        Value::List(nodes) => nodes.as_slice(),
        _ => return checking.found.error(&node.at, "“Statement” is a list of objects, [ { … } ]."),
    };
    let mut sids = HashSet::new();
    let read: Vec<_> = nodes.iter().filter_map(|node| statement::read(node, &mut sids, checking)).collect();
    // Statements are compared with each other: not in a text that is far too long anyway.
    if minified_length(checking.text) <= LONGEST {
        sense::check(&read, read.len() == nodes.len(), &mut checking.found);
    }
}

/// Policy variables in a version of the language that takes them literally.
fn variables(node: &Node, is_missing: bool, checking: &mut Checking<'_>) {
    match &node.value {
        Value::List(nodes) => nodes.iter().for_each(|node| variables(node, is_missing, checking)),
        Value::Object(members) => members.iter().for_each(|member| variables(&member.value, is_missing, checking)),
        Value::Text(text) => {
            if let Some((_, rest)) = text.split_once("${") {
                let variable = rest.split('}').next().unwrap_or_default();
                let why = if is_missing { "Without a “Version”" } else { "In version 2008-10-17" };
                let sentence = format!(
                    "{why} AWS takes {} as these very characters. Write \"Version\": \"2012-10-17\".",
                    quoted(&format!("${{{variable}}}"))
                );
                checking.found.warning(&node.at, sentence);
            }
        }
        _ => {}
    }
}

//! What a policy that AWS takes can come to: nothing, or everything.

use super::finding::Findings;
use super::names::covers;
use super::statement::Statement;

/// Warns where a policy narrows nothing, or allows nothing. `is_whole` says that `statements` are all that the policy has.
pub(super) fn check(statements: &[Statement<'_>], is_whole: bool, found: &mut Findings) {
    let denies: Vec<&Statement<'_>> = statements.iter().filter(|statement| statement.allows == Some(false)).collect();
    if let Some(first) = denies.first().filter(|_| is_whole && denies.len() == statements.len()) {
        let sentence = "The policy only denies. Without an “Allow” the session may do nothing at all.";
        found.warning(&first.at, sentence);
    }
    for statement in statements.iter().filter(|statement| statement.allows == Some(true)) {
        if denies.iter().any(|deny| denies_all_of(deny, statement)) {
            let sentence = "This allows nothing: a “Deny” of the same policy covers all of it.";
            found.warning(&statement.at, sentence);
        } else if denies.is_empty() && !statement.is_conditional && is_everything(statement) {
            let sentence = "This allows every action on every resource, so the policy narrows nothing.";
            found.warning(&statement.at, sentence);
        }
    }
}

fn is_everything(statement: &Statement<'_>) -> bool {
    let all = |names: Option<&Vec<&str>>, is_all: fn(&str) -> bool| {
        names.is_some_and(|names| names.iter().any(|name| is_all(name)))
    };
    all(statement.actions.as_ref(), |action| matches!(action, "*" | "*:*"))
        && all(statement.resources.as_ref(), |resource| resource == "*")
}

fn denies_all_of(deny: &Statement<'_>, allow: &Statement<'_>) -> bool {
    if deny.is_conditional {
        return false;
    }
    if is_everything(deny) {
        return true;
    }
    let covered = |by: Option<&Vec<&str>>, what: Option<&Vec<&str>>, same: fn(&str) -> String| {
        let (Some(by), Some(what)) = (by, what) else { return false };
        what.iter().all(|narrow| by.iter().any(|wide| covers(&same(wide), &same(narrow))))
    };
    // Actions are compared without regard to case, and *:* means the same as *.
    let action = |name: &str| if name == "*:*" { "*".to_owned() } else { name.to_ascii_lowercase() };
    covered(deny.actions.as_ref(), allow.actions.as_ref(), action)
        && covered(deny.resources.as_ref(), allow.resources.as_ref(), str::to_owned)
}

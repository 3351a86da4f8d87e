//! Lists of groups, page by page.

use std::collections::{BTreeMap, HashSet};

use super::answers::{GroupList, GroupName};
use super::client::Question;
use super::errors::{Failure, Refusal};
use super::{Crowd, is_name};
use crate::model::identity::{Group, GroupRef};

/// The most pages that one list has.
const MOST_PAGES: usize = 1000;

/// A list that is asked for.
pub struct List<'a> {
    /// What it is, for causes of failures.
    pub what: &'static str,
    /// The resource.
    pub path: &'static str,
    /// What is asked beside the page.
    pub parameters: Vec<(&'static str, &'a str)>,
    /// How many make a page.
    pub page: usize,
    /// How many are enough.
    pub enough: usize,
    /// Which of them count, by their name in small letters.
    pub counts: &'a (dyn Fn(&str) -> bool + Sync),
}

impl Crowd {
    /// All pages of a list, by name, each group once. A list that would come to no end is no answer: with some left out a
    /// person would silently lose rights.
    pub(super) async fn list(&self, list: List<'_>) -> Result<Result<Vec<Group>, Refusal>, Failure> {
        let page = list.page.to_string();
        let (mut found, mut seen) = (BTreeMap::new(), HashSet::new());
        let mut start: usize = 0;
        for _ in 0..MOST_PAGES {
            let from = start.to_string();
            let mut parameters = list.parameters.clone();
            // Expanded, so that each says whether it is active.
            parameters.extend([("expand", "group"), ("start-index", &from), ("max-results", &page)]);
            let question =
                Question { what: list.what, path: list.path, parameters: &parameters, secret: None, body: None };
            let groups = match self.client.ask::<GroupList>(question).await? {
                Ok(answer) => answer.groups,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let (came, known) = (groups.len(), seen.len());
            for group in groups {
                let id = group.name.to_lowercase();
                if seen.insert(id.clone())
                    && (list.counts)(&id)
                    && let Some(group) = self.group_of(group)
                {
                    found.insert(id, group);
                }
            }
            let is_last = came < list.page || found.len() >= list.enough;
            // More than were asked for, and the same again: it knows no pages and has given everything.
            if is_last || (came > list.page && seen.len() == known) {
                return Ok(Ok(found.into_values().collect()));
            }
            if seen.len() == known {
                return Err(Failure(format!("{}: its pages repeat themselves", list.what)));
            }
            start += came;
        }
        Err(Failure(format!("{}: its list has no end", list.what)))
    }

    /// `None` where the group does not count: it is closed, or has a name that cannot be. Nothing is tidied up, since the
    /// name is what grants go by: a name without its NUL would be another group's.
    pub(super) fn group_of(&self, group: GroupName) -> Option<Group> {
        if group.active == Some(false) {
            return None;
        }
        if !is_name(&group.name) {
            tracing::warn!(directory = self.name(), "a group has a name that cannot be, and is left out");
            return None;
        }
        let id = group.name.to_lowercase();
        let group_ref = GroupRef { directory: self.name().to_owned(), id };
        Some(Group { group: group_ref, name: group.name, detail: "group of Crowd".to_owned() })
    }
}

//! How many people are in groups, by Crowd's own lists of them.

use std::collections::HashSet;

use super::Crowd;
use super::answers::UserList;
use super::client::Question;
use super::errors::{Failure, Refusal};
use crate::directory::Headcount;
use crate::directory::headcount::Heads;

const MEMBERS: &str = "a group's people";
/// The most pages of one group.
const MOST_PAGES: usize = 1000;

impl Crowd {
    /// The people of any of these groups whose account is open.
    pub(super) async fn members_of(&self, groups: &[String]) -> Result<Headcount, Failure> {
        let mut heads = Heads::default();
        for group in groups {
            // One that is closed, or that is taken for this one, is nobody's.
            let known = self.group_called(group).await?;
            if known.is_some_and(|known| known.group.id == *group) && !heads.is_enough() {
                self.members(group, &mut heads).await?;
            }
        }
        Ok(heads.count())
    }

    async fn members(&self, group: &str, heads: &mut Heads) -> Result<(), Failure> {
        let path = if self.settings.nested_groups { "group/user/nested" } else { "group/user/direct" };
        let page = usize::try_from(self.settings.page_size).unwrap_or(usize::MAX);
        let most = page.to_string();
        let (mut start, mut seen) = (0, HashSet::new());
        for _ in 0..MOST_PAGES {
            let from = start.to_string();
            // Expanded, so that each says whether the account is open.
            let parameters =
                [("groupname", group), ("expand", "user"), ("start-index", from.as_str()), ("max-results", &most)];
            let question = Question { what: MEMBERS, path, parameters: &parameters, secret: None, body: None };
            let people = match self.client.ask::<UserList>(question).await? {
                Ok(answer) => answer.users,
                // Deleted a moment ago.
                Err(Refusal::NoGroup) => return Ok(()),
                Err(refusal) => return Err(refusal.out_of_place(MEMBERS)),
            };
            let (came, known) = (people.len(), seen.len());
            for person in people {
                let name = person.name.to_lowercase();
                if seen.insert(name.clone()) && person.active {
                    heads.note(name);
                }
            }
            // The same again: it knows no pages and has given everything.
            if came < page || heads.is_enough() || (came > page && seen.len() == known) {
                return Ok(());
            }
            if seen.len() == known {
                return Err(Failure(format!("{MEMBERS}: its pages repeat themselves")));
            }
            start += came;
        }
        Err(Failure(format!("{MEMBERS}: its list has no end")))
    }
}

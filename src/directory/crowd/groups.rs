//! Groups. Crowd pays no regard to case in their names, and a name is all that stays of them: the id is the name in small
//! letters.

use super::answers::GroupName;
use super::client::Question;
use super::errors::{Failure, Refusal};
use super::pages::List;
use super::{Crowd, cql, is_same};
use crate::directory::{Groups, MOST_GROUPS};
use crate::model::identity::Group;

const SEARCH: &str = "search of groups";

impl Crowd {
    /// The groups that a person of this name is in, all of them; `None` where Crowd knows the name no more.
    pub(super) async fn groups_of(&self, user_name: &str) -> Result<Option<Vec<Group>>, Failure> {
        let what = "a person's groups";
        let path = if self.settings.nested_groups { "user/group/nested" } else { "user/group/direct" };
        let parameters = vec![("username", user_name)];
        let list = List { what, path, parameters, page: self.page(), enough: usize::MAX, counts: &|_| true };
        match self.list(list).await? {
            Ok(groups) => Ok(Some(groups)),
            Err(Refusal::NoUser) => Ok(None),
            Err(refusal) => Err(refusal.out_of_place(what)),
        }
    }

    /// Groups whose name holds `part`, without regard to case.
    pub(super) async fn groups_like(&self, part: &str) -> Result<Groups, Failure> {
        let folded = part.to_lowercase();
        let holds = |id: &str| id.contains(&folded);
        let restriction = cql::holds(part);
        let page = if restriction.is_some() || part.is_empty() { MOST_GROUPS + 1 } else { self.page() };
        let mut groups = self.search(restriction.as_deref(), page, &holds, MOST_GROUPS + 1).await?;
        let more = groups.len() > MOST_GROUPS;
        groups.truncate(MOST_GROUPS);
        Ok(Groups { groups, more })
    }

    /// All groups.
    pub(super) async fn every_group(&self) -> Result<Vec<Group>, Failure> {
        self.search(None, self.page(), &|_| true, usize::MAX).await
    }

    /// The group of this name, without regard to case.
    pub(super) async fn group_called(&self, name: &str) -> Result<Option<Group>, Failure> {
        let what = "a group";
        let question = Question { what, path: "group", parameters: &[("groupname", name)], secret: None, body: None };
        match self.client.ask::<GroupName>(question).await? {
            Ok(found) if is_same(&found.name, name) => Ok(self.group_of(found)),
            // A database that takes letters with and without accents for the same answers with another group.
            Ok(_) | Err(Refusal::NoGroup) => Ok(None),
            Err(refusal) => Err(refusal.out_of_place(what)),
        }
    }

    async fn search(
        &self,
        restriction: Option<&str>,
        page: usize,
        counts: &(dyn Fn(&str) -> bool + Sync),
        enough: usize,
    ) -> Result<Vec<Group>, Failure> {
        let mut parameters = vec![("entity-type", "group")];
        parameters.extend(restriction.map(|restriction| ("restriction", restriction)));
        let list = List { what: SEARCH, path: "search", parameters, page, enough, counts };
        self.list(list).await?.map_err(|refusal| refusal.out_of_place(SEARCH))
    }

    fn page(&self) -> usize {
        usize::try_from(self.settings.page_size).unwrap_or(usize::MAX)
    }
}

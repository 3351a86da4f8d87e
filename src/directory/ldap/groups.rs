//! Groups.

use ldap3::Scope;

use super::escape::in_filter;
use super::failure::Failure;
use super::record::{Record, printable};
use super::search::{Search, both};
use super::{LONGEST_NAME, Ldap};
use crate::config::GroupLookup;
use crate::directory::{Groups, MOST_GROUPS};
use crate::model::identity::{Group, GroupRef};

impl Ldap {
    /// Groups whose name holds `part`; whether capitals matter is said by the server's schema, which ignores them for `cn`.
    pub(super) async fn groups_like(&self, part: &str) -> Result<Groups, Failure> {
        let value = if part.is_empty() { "*".to_owned() } else { format!("*{}*", in_filter(part)) };
        let filter = both(&self.settings.group_filter, &self.settings.group_name_attribute, &value);
        let limit = i32::try_from(MOST_GROUPS + 1).unwrap_or(i32::MAX);
        let found = self.pool.search(&self.groups(filter, Some(limit))).await?;
        let mut groups = self.sorted(&found.records);
        let more = found.more || groups.len() > MOST_GROUPS;
        groups.truncate(MOST_GROUPS);
        Ok(Groups { groups, more })
    }

    /// All groups, as they come. With some left out, others would be taken for deleted ones.
    pub(super) async fn every_group(&self, take: &mut (dyn FnMut(Group) + Send)) -> Result<(), Failure> {
        let search = self.groups(self.settings.group_filter.clone(), None);
        let page = |page: Vec<Record>| page.iter().filter_map(|record| self.group_of(record)).for_each(&mut *take);
        if self.pool.each(&search, page).await? {
            return Err(Failure::Refused(format!(
                "{}: its limit keeps back some of the groups; raise it for {}",
                search.what(),
                self.settings.bind_dn
            )));
        }
        Ok(())
    }

    /// Groups of exactly this name.
    pub(super) async fn groups_called(&self, name: &str) -> Result<Vec<Group>, Failure> {
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Ok(Vec::new());
        }
        let filter = both(&self.settings.group_filter, &self.settings.group_name_attribute, &in_filter(name));
        let limit = i32::try_from(MOST_GROUPS).unwrap_or(i32::MAX);
        let found = self.pool.search(&self.groups(filter, Some(limit))).await?;
        Ok(self.sorted(&found.records))
    }

    /// The group with this id.
    pub(super) async fn group_by_id(&self, id: &str) -> Result<Option<Group>, Failure> {
        let search = self.groups(self.settings.group_filter.clone(), Some(2));
        Ok(self.by_id(search, id).await?.and_then(|record| self.group_of(&record)))
    }

    /// A search below `group_base`.
    pub(super) fn groups(&self, filter: String, limit: Option<i32>) -> Search {
        let settings = &self.settings;
        let mut attributes = vec![settings.group_name_attribute.clone(), settings.stable_id_attribute.clone()];
        if settings.group_lookup == GroupLookup::MemberOf && settings.nested_groups {
            attributes.push(settings.member_of_attribute.clone());
        }
        Search { base: settings.group_base.clone(), scope: Scope::Subtree, filter, attributes, limit }
    }

    pub(super) fn sorted(&self, records: &[Record]) -> Vec<Group> {
        let mut groups: Vec<_> = records.iter().filter_map(|record| self.group_of(record)).collect();
        sort(&mut groups);
        groups
    }

    /// `None` where the entry's DN is none: there is no such group then.
    pub(super) fn group_of(&self, record: &Record) -> Option<Group> {
        let id = record.id(&self.settings.stable_id_attribute)?;
        let name = record.name(&self.settings.group_name_attribute).unwrap_or_else(|| printable(&record.dn));
        let group = GroupRef { directory: self.settings.name.clone(), id };
        Some(Group { group, name, detail: printable(&record.dn) })
    }
}

pub(super) fn sort(groups: &mut [Group]) {
    groups.sort_by_cached_key(|group| (group.name.to_lowercase(), group.detail.clone()));
}

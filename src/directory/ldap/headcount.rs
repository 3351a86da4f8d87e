//! How many people are in groups: from the groups inwards, by the same rules by which sign-in goes from a person outwards
//! ([`super::membership`]). A connection of its own, so that nobody waits who signs in.

use std::collections::{HashMap, HashSet};

use ldap3::Scope;

use super::connection::Connection;
use super::escape::in_filter;
use super::failure::Failure;
use super::membership::{BATCH, IN_CHAIN, MOST_LEVELS, OBJECT_SID, PRIMARY_GROUP_ID};
use super::record::{CLOSED_MARKS, Record};
use super::search::{Search, one_of};
use super::{Ldap, dn, sid};
use crate::config::GroupLookup;
use crate::directory::Headcount;
use crate::directory::headcount::Heads;

/// Up to so many entries are read one by one; for more all there are is looked through.
const ONE_BY_ONE: usize = 100;
/// The most groups that lie within one another.
const MOST_GROUPS: usize = 5000;

/// Whom the groups name.
#[derive(Default)]
struct Named {
    /// Normalised DNs, each with the server's own writing.
    dns: HashMap<String, String>,
    /// User names, as they are written.
    names: HashSet<String>,
    /// Filters of people: by their first group, or by their own list of groups.
    terms: Vec<String>,
}

struct Count<'a> {
    ldap: &'a Ldap,
    connection: Connection,
    heads: Heads,
}

impl Ldap {
    /// The people of any of the groups with these ids who may sign in.
    pub(super) async fn count(&self, ids: &[String]) -> Result<Headcount, Failure> {
        let mut roots = Vec::new();
        for id in ids {
            let search = self.groups(self.settings.group_filter.clone(), Some(2));
            roots.extend(self.by_id(search, id).await?.map(|record| record.dn));
        }
        if roots.is_empty() {
            return Ok(Headcount::default());
        }
        let mut count = Count { ldap: self, connection: self.pool.for_members().await?, heads: Heads::default() };
        let named = match self.settings.group_lookup {
            GroupLookup::Members => count.by_members(roots).await?,
            GroupLookup::MemberOf => count.by_own_lists(roots).await?,
            GroupLookup::TokenGroups | GroupLookup::InChain => count.in_chain(roots).await?,
        };
        count.people(named).await?;
        Ok(count.heads.count())
    }
}

impl Count<'_> {
    /// What the groups say of their members, and the groups among these in turn.
    async fn by_members(&mut self, roots: Vec<String>) -> Result<Named, Failure> {
        let settings = &self.ldap.settings;
        let (mut named, mut seen, mut level) = (Named::default(), HashSet::new(), roots);
        for _ in 0..=MOST_LEVELS {
            let mut new = Vec::new();
            for group in std::mem::take(&mut level) {
                if !seen.insert(dn::normalise(&group).unwrap_or_default()) {
                    continue;
                }
                let wanted = settings.member_attributes.iter().chain(&settings.member_name_attributes);
                let Some(record) = self.group(&group, wanted.cloned().collect()).await? else { continue };
                for attribute in &settings.member_attributes {
                    new.extend(whole(&record, attribute)?.map(str::to_owned));
                }
                let names = settings.member_name_attributes.iter().flat_map(|attribute| record.texts(attribute));
                named.names.extend(names.map(str::to_owned));
                named.terms.extend(self.first_group(&record));
            }
            new.retain(|member| match dn::normalise(member) {
                Some(normal) => named.dns.insert(normal, member.clone()).is_none(),
                None => false,
            });
            if !settings.nested_groups || new.is_empty() {
                return Ok(named);
            }
            level = self.groups_among(new).await?;
            check(seen.len() + level.len())?;
        }
        if level.is_empty() { Ok(named) } else { Err(too_deep()) }
    }

    /// The groups that may be among these DNs.
    async fn groups_among(&mut self, members: Vec<String>) -> Result<Vec<String>, Failure> {
        let base = dn::normalise(&self.ldap.settings.group_base).unwrap_or_default();
        let within = |member: &String| dn::normalise(member).filter(|normal| dn::is_within(normal, &base));
        let within: HashMap<String, String> =
            members.iter().filter_map(|member| Some((within(member)?, member.clone()))).collect();
        if within.len() <= ONE_BY_ONE {
            return Ok(within.into_values().collect());
        }
        let filter = self.ldap.settings.group_filter.clone();
        let search = Search { attributes: vec!["1.1".to_owned()], ..self.ldap.groups(filter, None) };
        let mut found = Vec::new();
        let take = |page: Vec<Record>| {
            let known = page.iter().filter_map(|record| within.get(&dn::normalise(&record.dn)?));
            found.extend(known.cloned());
            true
        };
        let more = self.connection.until(&search, take).await?;
        self.all(&search, more)?;
        Ok(found)
    }

    /// People who have one of the groups, or of those within, on their own list.
    async fn by_own_lists(&mut self, roots: Vec<String>) -> Result<Named, Failure> {
        let settings = &self.ldap.settings;
        let attribute = &settings.member_of_attribute;
        let (mut named, mut seen, mut level) = (Named::default(), HashSet::new(), roots);
        for _ in 0..=MOST_LEVELS {
            level.retain(|group| dn::normalise(group).is_some_and(|normal| seen.insert(normal)));
            check(seen.len())?;
            let terms: Vec<String> = level.iter().map(|group| format!("({attribute}={})", in_filter(group))).collect();
            for group in &level {
                let record = self.group(group, Vec::new()).await?;
                named.terms.extend(record.and_then(|record| self.first_group(&record)));
            }
            named.terms.extend(terms.iter().cloned());
            if !settings.nested_groups || level.is_empty() {
                return Ok(named);
            }
            level = self.groups_with(&terms).await?;
        }
        if level.is_empty() { Ok(named) } else { Err(too_deep()) }
    }

    /// By Active Directory's own rule for both.
    async fn in_chain(&mut self, roots: Vec<String>) -> Result<Named, Failure> {
        let attribute = &self.ldap.settings.member_of_attribute;
        let terms: Vec<String> =
            roots.iter().map(|group| format!("({attribute}:{IN_CHAIN}:={})", in_filter(group))).collect();
        let mut groups = roots;
        groups.extend(self.groups_with(&terms).await?);
        check(groups.len())?;
        let mut named = Named { terms, ..Named::default() };
        for group in &groups {
            let record = self.group(group, Vec::new()).await?;
            named.terms.extend(record.and_then(|record| self.first_group(&record)));
        }
        Ok(named)
    }

    /// The DNs of all groups that fit one of the terms.
    async fn groups_with(&mut self, terms: &[String]) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        for terms in terms.chunks(BATCH) {
            let filter = one_of(&self.ldap.settings.group_filter, terms);
            let search = Search { attributes: vec!["1.1".to_owned()], ..self.ldap.groups(filter, None) };
            let take = |page: Vec<Record>| {
                found.extend(page.into_iter().map(|record| record.dn));
                true
            };
            let more = self.connection.until(&search, take).await?;
            self.all(&search, more)?;
        }
        Ok(found)
    }

    /// The entry of this DN where it is a group of ours.
    async fn group(&mut self, group: &str, mut attributes: Vec<String>) -> Result<Option<Record>, Failure> {
        let settings = &self.ldap.settings;
        let first = &settings.primary_group_attribute;
        attributes.extend([OBJECT_SID.to_owned(), first.clone()].into_iter().filter(|_| !first.is_empty()));
        let attributes = if attributes.is_empty() { vec!["1.1".to_owned()] } else { attributes };
        let all = self.ldap.groups(settings.group_filter.clone(), None);
        let search = Search { base: group.to_owned(), scope: Scope::Base, attributes, ..all };
        Ok(self.connection.search(&search).await?.records.pop())
    }

    /// What the people are found by whose first group this is.
    fn first_group(&self, group: &Record) -> Option<String> {
        let attribute = &self.ldap.settings.primary_group_attribute;
        if attribute.eq_ignore_ascii_case(PRIMARY_GROUP_ID) {
            let relative = sid::relative_id(group.bytes(OBJECT_SID).next()?)?;
            return Some(format!("({attribute}={relative})"));
        }
        let number: u32 = group.text(attribute)?.parse().ok()?;
        Some(format!("({attribute}={number})"))
    }

    /// Notes the people who are named.
    async fn people(&mut self, named: Named) -> Result<(), Failure> {
        for terms in named.terms.chunks(BATCH) {
            self.note(&one_of(&self.ldap.settings.user_filter, terms), None, |_| true).await?;
        }
        let base = dn::normalise(&self.ldap.settings.user_base).unwrap_or_default();
        let mut dns = named.dns;
        dns.retain(|normal, _| dn::is_within(normal, &base));
        let filter = self.ldap.settings.user_filter.clone();
        if named.names.is_empty() && dns.len() <= ONE_BY_ONE {
            for written in dns.values() {
                self.note(&filter, Some(written), |_| true).await?;
            }
            return Ok(());
        }
        let name = &self.ldap.settings.user_name_attribute;
        let is_named = |record: &Record| {
            dn::normalise(&record.dn).is_some_and(|normal| dns.contains_key(&normal))
                || record.text(name).is_some_and(|name| named.names.contains(name))
        };
        self.note(&filter, None, is_named).await
    }

    /// Notes the people who fit, all or the one with this DN, and may sign in.
    async fn note(
        &mut self,
        filter: &str,
        only: Option<&str>,
        counts: impl Fn(&Record) -> bool,
    ) -> Result<(), Failure> {
        if self.heads.is_enough() {
            return Ok(());
        }
        let settings = &self.ldap.settings;
        let mut attributes = vec![settings.stable_id_attribute.clone(), settings.user_name_attribute.clone()];
        attributes.extend(CLOSED_MARKS.map(str::to_owned));
        attributes.sort_unstable_by_key(|attribute| attribute.to_lowercase());
        attributes.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
        let (base, scope) = match only {
            Some(dn) => (dn.to_owned(), Scope::Base),
            None => (settings.user_base.clone(), Scope::Subtree),
        };
        let search = Search { base, scope, filter: filter.to_owned(), attributes, limit: None };
        let (heads, now) = (&mut self.heads, self.ldap.clock.now());
        let take = |page: Vec<Record>| {
            for record in page.iter().filter(|record| counts(record) && record.is_active(now)) {
                record.id(&settings.stable_id_attribute).into_iter().for_each(|id| heads.note(id));
            }
            !heads.is_enough()
        };
        let more = self.connection.until(&search, take).await?;
        self.all(&search, more)
    }

    /// A count of some of them would be a wrong one.
    fn all(&self, search: &Search, more: bool) -> Result<(), Failure> {
        if !more {
            return Ok(());
        }
        Err(Failure::Refused(format!(
            "{}: its limit keeps back some of the entries; raise it for {}",
            search.what(),
            self.ldap.settings.bind_dn
        )))
    }
}

/// The values of an attribute, where the server gives all of them: Active Directory gives them in parts (MS-ADTS,
/// 3.1.1.3.1.3.3).
fn whole<'a>(record: &'a Record, attribute: &str) -> Result<impl Iterator<Item = &'a str>, Failure> {
    if record.has_part_of(attribute) {
        return Err(Failure::Refused(format!(
            "it gives the {attribute} of a big group in parts; with group_lookup = \"token_groups\" or \"in_chain\" its \
             people can be counted"
        )));
    }
    Ok(record.texts(attribute))
}

fn check(groups: usize) -> Result<(), Failure> {
    if groups > MOST_GROUPS {
        return Err(Failure::Refused(format!("more than {MOST_GROUPS} groups lie within these")));
    }
    Ok(())
}

fn too_deep() -> Failure {
    Failure::Refused(format!("groups are nested more than {MOST_LEVELS} levels deep"))
}

//! Which groups a person is in: by search level by level, or as the server itself tells.

use std::collections::HashSet;

use ldap3::Scope;

use super::escape::{bytes_in_filter, in_filter};
use super::failure::Failure;
use super::record::Record;
use super::search::{Search, equal_to, one_of};
use super::{Ldap, dn, sid};
use crate::config::GroupLookup;
use crate::directory::Membership;
use crate::model::identity::Group;

/// The deepest nesting of groups that is followed.
pub(super) const MOST_LEVELS: usize = 32;
/// The most groups that one person may be in.
const MOST_MEMBERSHIPS: usize = 5000;
/// How many groups are asked about in one search: a filter of some kilobytes.
pub(super) const BATCH: usize = 25;

/// "A member of it, or of a group within it, at any depth" (MS-ADTS, 3.1.1.3.4.4.3).
pub(super) const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";
/// All groups of a person as SIDs; given only to a search for the person alone (MS-ADTS, 3.1.1.4.5.19).
const TOKEN_GROUPS: &str = "tokenGroups";
/// The SID of a person or a group in Active Directory.
pub(super) const OBJECT_SID: &str = "objectSid";
/// Active Directory's attribute of a person with the relative id of their first group.
pub(super) const PRIMARY_GROUP_ID: &str = "primaryGroupID";

/// A group that was reached, and the names of those through which.
struct Reached {
    record: Record,
    via: Vec<String>,
}

impl Ldap {
    /// The groups of the person with this entry, all of them: with some left out they would silently lose rights.
    pub(super) async fn groups_of(&self, person: &Record) -> Result<Vec<Group>, Failure> {
        let records = match self.settings.group_lookup {
            GroupLookup::Members | GroupLookup::MemberOf => {
                self.walk(person, BATCH).await?.into_iter().map(|reached| reached.record).collect()
            }
            GroupLookup::TokenGroups => self.by_token(person).await?,
            GroupLookup::InChain => self.in_chain(person).await?,
        };
        Ok(self.sorted(&records))
    }

    /// The same, each with the groups through which it is reached. What only the server's own list has comes last and
    /// without them.
    pub(super) async fn paths_of(&self, person: &Record) -> Result<Vec<Membership>, Failure> {
        let membership =
            |reached: Reached| Some(Membership { group: self.group_of(&reached.record)?, via: reached.via });
        // One group at a time, so that it is known which one led on.
        let mut paths: Vec<_> = self.walk(person, 1).await?.into_iter().filter_map(membership).collect();
        let known: HashSet<String> = paths.iter().map(|path| path.group.group.id.clone()).collect();
        let all = self.groups_of(person).await?;
        // The rules of access follow this list and no other.
        paths.retain(|path| all.iter().any(|group| group.group == path.group.group));
        let rest = all.into_iter().filter(|group| !known.contains(&group.group.id));
        paths.extend(rest.map(|group| Membership { group, via: Vec::new() }));
        Ok(paths)
    }

    /// What is to be read of a person so that their groups can be found.
    pub(super) fn membership_attributes(&self) -> Vec<String> {
        let settings = &self.settings;
        let mut wanted = Vec::new();
        if !settings.primary_group_attribute.is_empty() {
            wanted.extend([settings.primary_group_attribute.clone(), OBJECT_SID.to_owned()]);
        }
        if settings.group_lookup == GroupLookup::MemberOf {
            wanted.push(settings.member_of_attribute.clone());
        }
        wanted
    }

    /// Level by level from the person outwards, each group once however it is nested; `batch` groups in one search. Without
    /// `nested_groups` the first level alone.
    async fn walk(&self, person: &Record, batch: usize) -> Result<Vec<Reached>, Failure> {
        let mut seen = HashSet::new();
        let mut reached: Vec<Reached> = Vec::new();
        let direct = self.direct(person).await?;
        add(&mut reached, &mut seen, direct, &[])?;
        let mut from = 0;
        for _ in 0..MOST_LEVELS {
            if !self.settings.nested_groups || from == reached.len() {
                return Ok(reached);
            }
            let level: Vec<Reached> = reached.split_off(from);
            let mut outer = Vec::new();
            for inner in level.chunks(batch) {
                let through = self.through(inner);
                outer.push((self.around(inner).await?, through));
            }
            reached.extend(level);
            from = reached.len();
            for (records, through) in outer {
                add(&mut reached, &mut seen, records, &through)?;
            }
        }
        Err(Failure::Refused(format!("groups are nested more than {MOST_LEVELS} levels deep")))
    }

    /// The path to what lies around the one group; of several it is not known.
    fn through(&self, inner: &[Reached]) -> Vec<String> {
        let [one] = inner else { return Vec::new() };
        let own = self.group_of(&one.record).map(|group| group.name);
        one.via.iter().cloned().chain(own).collect()
    }

    /// The groups that a person is in without any between.
    async fn direct(&self, person: &Record) -> Result<Vec<Record>, Failure> {
        let settings = &self.settings;
        let mut terms: Vec<String> = self.primary_group(person).into_iter().collect();
        let mut records = Vec::new();
        if settings.group_lookup == GroupLookup::MemberOf {
            records = self.listed(person, &mut HashSet::new()).await?;
        } else {
            terms.extend(equal_to(&settings.member_attributes, &person.dn));
            if let Some(name) = person.text(&settings.user_name_attribute) {
                terms.extend(equal_to(&settings.member_name_attributes, name));
            }
        }
        records.extend(self.groups_that(&terms).await?);
        Ok(records)
    }

    /// The groups that have one of these groups as a member.
    async fn around(&self, inner: &[Reached]) -> Result<Vec<Record>, Failure> {
        if self.settings.group_lookup == GroupLookup::MemberOf {
            let mut records = Vec::new();
            let mut asked = HashSet::new();
            for reached in inner {
                records.extend(self.listed(&reached.record, &mut asked).await?);
            }
            return Ok(records);
        }
        let terms = inner.iter().flat_map(|reached| equal_to(&self.settings.member_attributes, &reached.record.dn));
        self.groups_that(&terms.collect::<Vec<_>>()).await
    }

    /// The groups whose DNs the entry itself holds, without those that `asked` has.
    async fn listed(&self, entry: &Record, asked: &mut HashSet<String>) -> Result<Vec<Record>, Failure> {
        let base = dn::normalise(&self.settings.group_base).unwrap_or_default();
        let mut records = Vec::new();
        for group in entry.texts(&self.settings.member_of_attribute) {
            let Some(normal) = dn::normalise(group).filter(|group| dn::is_within(group, &base)) else { continue };
            if !asked.insert(normal) {
                continue;
            }
            if asked.len() > MOST_MEMBERSHIPS {
                return Err(too_many());
            }
            let all = self.groups(self.settings.group_filter.clone(), None);
            let search = Search { base: group.to_owned(), scope: Scope::Base, ..all };
            records.extend(self.pool.search(&search).await?.records);
        }
        Ok(records)
    }

    /// By the person's own list of SIDs.
    async fn by_token(&self, person: &Record) -> Result<Vec<Record>, Failure> {
        let search = Search {
            base: person.dn.clone(),
            scope: Scope::Base,
            filter: "(objectClass=*)".to_owned(),
            attributes: vec![TOKEN_GROUPS.to_owned()],
            limit: None,
        };
        let found = self.pool.search(&search).await?.records;
        let sids: Vec<&[u8]> = found.iter().flat_map(|record| record.bytes(TOKEN_GROUPS)).collect();
        if sids.is_empty() {
            // Everybody is in their primary group at least, so it may not be read.
            return Err(Failure::Refused(format!(
                "it does not give {TOKEN_GROUPS} of a person to {}; allow it to read them, or set group_lookup = \
                 \"in_chain\"",
                self.settings.bind_dn
            )));
        }
        if sids.len() > MOST_MEMBERSHIPS {
            return Err(too_many());
        }
        let terms: Vec<_> = sids.into_iter().filter(|sid| sid::is_sid(sid)).map(of_sid).collect();
        let mut records = Vec::new();
        for terms in terms.chunks(BATCH * 4) {
            records.extend(self.groups_that(terms).await?);
        }
        Ok(records)
    }

    /// By the server's rule; the primary group, which it leaves out, beside it.
    async fn in_chain(&self, person: &Record) -> Result<Vec<Record>, Failure> {
        let primary: Vec<_> = self.primary_group(person).into_iter().collect();
        let mut records = self.groups_that(&primary).await?;
        let members = std::iter::once(person).chain(&records).map(|record| in_filter(&record.dn).into_owned());
        let terms: Vec<_> = members
            .flat_map(|member| {
                let attributes = self.settings.member_attributes.iter();
                attributes.map(move |attribute| format!("({attribute}:{IN_CHAIN}:={member})")).collect::<Vec<_>>()
            })
            .collect();
        let around = self.groups_that(&terms).await?;
        let mut seen: HashSet<_> = records.iter().map(|record| record.dn.clone()).collect();
        records.extend(around.into_iter().filter(|record| seen.insert(record.dn.clone())));
        Ok(records)
    }

    /// What the person's first group is found by.
    fn primary_group(&self, person: &Record) -> Option<String> {
        let attribute = &self.settings.primary_group_attribute;
        let number: u32 = person.text(attribute)?.parse().ok()?;
        if attribute.eq_ignore_ascii_case(PRIMARY_GROUP_ID) {
            return sid::of_primary_group(person.bytes(OBJECT_SID).next()?, number).map(|sid| of_sid(&sid));
        }
        Some(format!("({attribute}={number})"))
    }

    /// All groups that fit one of the terms.
    async fn groups_that(&self, terms: &[String]) -> Result<Vec<Record>, Failure> {
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        let search = self.groups(one_of(&self.settings.group_filter, terms), None);
        let found = self.pool.search(&search).await?;
        if found.more {
            return Err(Failure::Refused(format!("{}: its limit keeps back some of a person's groups", search.what())));
        }
        Ok(found.records)
    }
}

/// Adds those that are new.
fn add(
    reached: &mut Vec<Reached>,
    seen: &mut HashSet<String>,
    records: Vec<Record>,
    via: &[String],
) -> Result<(), Failure> {
    for record in records {
        // Without a DN it is no group of ours either.
        if dn::normalise(&record.dn).is_some_and(|dn| seen.insert(dn)) {
            reached.push(Reached { record, via: via.to_vec() });
        }
    }
    if reached.len() > MOST_MEMBERSHIPS { Err(too_many()) } else { Ok(()) }
}

fn of_sid(sid: &[u8]) -> String {
    format!("({OBJECT_SID}={})", bytes_in_filter(sid))
}

fn too_many() -> Failure {
    Failure::Refused(format!("a person is in more than {MOST_MEMBERSHIPS} groups"))
}

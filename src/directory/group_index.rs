//! The names of all groups of a directory, held ready to be searched: a picker must answer at every letter.
//!
//! One text has all names in lower case, in order, another what is shown of each, as it came; together they take little more
//! room than the words themselves. Nothing here decides who is in a group.

use std::collections::HashMap;
use std::sync::Arc;

use super::{MOST_GROUPS, Ranked};
use crate::model::identity::{Group, GroupRef};

/// Ends each name in the text of all names.
const END: char = '\n';

/// All groups of one directory at one moment.
#[derive(Debug, Default)]
pub struct GroupIndex {
    directory: String,
    /// The names in lower case, in order, each with [`END`] behind it.
    names: String,
    /// Where each name begins, and the end of all.
    starts: Vec<u32>,
    /// Which group has each name, as they came.
    order: Vec<u32>,
    /// Name as it is written (nothing, where that is its lower case), beginning of the detail, id, of one group after another.
    words: String,
    /// Where those three end.
    ends: Vec<[u32; 3]>,
    /// The detail's end, by its place in `tails`: of DNs that is the branch, which many share.
    tail: Vec<u32>,
    tails: Vec<Box<str>>,
    /// The places of the names, in the order of their groups' ids.
    by_id: Vec<u32>,
}

/// Groups on their way to being an index, which they become in place: beside it there is little that is held for a while.
pub struct Gathered {
    /// The names as they came.
    index: GroupIndex,
    /// The places of the tails.
    tails: HashMap<Box<str>, u32>,
}

/// How well a group fits a search; the lower the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// It is the whole name.
    Whole,
    /// The name begins so.
    Beginning,
    /// It is somewhere in the name.
    Inside,
}

impl Rank {
    /// Of a name for a part of one, both in lower case.
    #[must_use]
    pub fn of(name: &str, part: &str) -> Self {
        if name == part {
            Self::Whole
        } else if name.starts_with(part) {
            Self::Beginning
        } else {
            Self::Inside
        }
    }
}

/// As names are compared.
#[must_use]
pub fn folded(name: &str) -> String {
    name.trim().to_lowercase().replace(END, " ")
}

/// A newer list on its way, beside the index of the last one: what did not change since is not held twice, and where nothing
/// did the index stays as it is.
pub struct Renewed {
    known: Arc<GroupIndex>,
    /// Which of the known groups came again, by their places.
    again: Vec<bool>,
    /// The others.
    others: Gathered,
}

impl Renewed {
    /// Nothing came yet; `known` is the last list.
    #[must_use]
    pub fn of(directory: &str, known: Option<Arc<GroupIndex>>) -> Self {
        let known = known.unwrap_or_default();
        Self { again: vec![false; known.len()], known, others: Gathered::new(directory) }
    }

    /// Takes a group, unless it would not fit into 4 GiB any more.
    pub fn add(&mut self, group: &Group) {
        let place = self.known.place_of(group);
        match place.and_then(|place| self.again.get_mut(place)) {
            Some(again) if !*again => *again = true,
            _ => self.others.add(group),
        }
    }

    /// The index of all that came.
    #[must_use]
    pub fn in_order(self) -> Arc<GroupIndex> {
        let Self { known, again, mut others } = self;
        if others.index.is_empty() && again.iter().all(|again| *again) {
            return known;
        }
        others.reserve(&known);
        let kept = again.iter().enumerate().filter(|(_, again)| **again);
        kept.for_each(|(place, _)| others.add(&known.group(place)));
        drop(known);
        Arc::new(others.in_order())
    }
}

impl Gathered {
    /// None yet, of the directory of this name.
    #[must_use]
    pub fn new(directory: &str) -> Self {
        let index = GroupIndex { directory: directory.to_owned(), starts: vec![0], ..GroupIndex::default() };
        Self { index, tails: HashMap::new() }
    }

    /// Makes room for what `index` has, at once: growing by and by leaves holes in the process's memory.
    fn reserve(&mut self, index: &GroupIndex) {
        let (own, count) = (&mut self.index, index.len());
        own.names.reserve(index.names.len());
        own.words.reserve(index.words.len());
        own.starts.reserve(count);
        own.ends.reserve(count);
        own.tail.reserve(count);
    }

    /// Takes a group, unless it would not fit into 4 GiB any more.
    pub fn add(&mut self, group: &Group) {
        self.fitted(group).unwrap_or_default();
    }

    /// `None`, and nothing taken, where it does not fit.
    fn fitted(&mut self, group: &Group) -> Option<()> {
        let (index, name) = (&mut self.index, folded(&group.name));
        let (head, tail) = group.detail.split_at(group.detail.find(',').unwrap_or(group.detail.len()));
        let written = if group.name == name { "" } else { &group.name };
        let mut ends = [0; 3];
        let mut length = index.words.len();
        for (end, word) in ends.iter_mut().zip([written, head, &group.group.id]) {
            length += word.len();
            *end = u32::try_from(length).ok()?;
        }
        let end = u32::try_from(index.names.len() + name.len() + END.len_utf8()).ok()?;
        let known = match self.tails.get(tail) {
            Some(known) => *known,
            None => {
                let new = u32::try_from(index.tails.len()).ok()?;
                index.tails.push(tail.into());
                self.tails.insert(tail.into(), new);
                new
            }
        };
        [written, head, &group.group.id].into_iter().for_each(|word| index.words.push_str(word));
        index.names.push_str(&name);
        index.names.push(END);
        index.starts.push(end);
        index.ends.push(ends);
        index.tail.push(known);
        Some(())
    }

    /// The index of all that were taken. With a hundred thousand groups this takes a fraction of a second.
    #[must_use]
    pub fn in_order(self) -> GroupIndex {
        let mut index = self.index;
        let count = u32::try_from(index.tail.len()).unwrap_or(u32::MAX);
        let mut order: Vec<u32> = (0..count).collect();
        let key = |at: &u32| (index.name(*at as usize), index.word(*at as usize, 1), index.tail_of(*at as usize));
        order.sort_unstable_by(|one, other| key(one).cmp(&key(other)));
        let (mut names, mut starts) = (String::with_capacity(index.names.len()), Vec::with_capacity(order.len() + 1));
        starts.push(0);
        for at in &order {
            names.push_str(index.name(*at as usize));
            names.push(END);
            // It fitted before.
            starts.push(u32::try_from(names.len()).unwrap_or(u32::MAX));
        }
        (index.names, index.starts, index.order) = (names, starts, order);
        let mut by_id: Vec<u32> = (0..count).collect();
        by_id.sort_unstable_by(|one, other| index.id(*one as usize).cmp(index.id(*other as usize)));
        index.by_id = by_id;
        index.words.shrink_to_fit();
        index.ends.shrink_to_fit();
        index.tail.shrink_to_fit();
        index.tails.shrink_to_fit();
        index
    }
}

impl GroupIndex {
    /// Of these groups, all of the directory of this name. What would not fit into 4 GiB is left out.
    #[must_use]
    pub fn new(directory: &str, groups: Vec<Group>) -> Self {
        let mut gathered = Gathered::new(directory);
        groups.iter().for_each(|group| gathered.add(group));
        gathered.in_order()
    }

    /// How many groups there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.tail.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.tail.is_empty()
    }

    /// What it takes of memory, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        let places = self.starts.capacity() + self.order.capacity() + self.by_id.capacity();
        let numbers = places + self.tail.capacity() + 3 * self.ends.capacity();
        let tails: usize = self.tails.iter().map(|tail| tail.len() + size_of::<Box<str>>()).sum();
        self.names.capacity() + self.words.capacity() + 4 * numbers + tails
    }

    /// Whether it has the group with this id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.by_id.binary_search_by(|at| self.id(*at as usize).cmp(id)).is_ok()
    }

    /// The group with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Group> {
        let place = self.by_id.binary_search_by(|at| self.id(*at as usize).cmp(id)).ok()?;
        self.by_id.get(place).map(|at| self.group(*at as usize))
    }

    /// Groups whose name holds `part`, without regard to case: first the whole name, then what begins so, then the rest, each
    /// by name. One more than [`MOST_GROUPS`] where there are more.
    #[must_use]
    pub fn find(&self, part: &str) -> Vec<Ranked> {
        let part = folded(part);
        let from = self.first(|name| name < part.as_str());
        let mut found: Vec<usize> =
            (from..self.len()).take_while(|at| self.name(*at).starts_with(&part)).take(MOST_GROUPS + 1).collect();
        let mut at = 0;
        while found.len() <= MOST_GROUPS && !part.is_empty() {
            let Some(hit) = self.names.get(at..).and_then(|rest| rest.find(&part)) else { break };
            let place = self.starts.partition_point(|start| *start as usize <= at + hit).saturating_sub(1);
            if !self.name(place).starts_with(&part) {
                found.push(place);
            }
            at = self.starts.get(place + 1).map_or(self.names.len(), |end| *end as usize);
        }
        let ranked = |place| Ranked {
            rank: Rank::of(self.name(place), &part),
            folded: self.name(place).to_owned(),
            group: self.group(place),
        };
        found.into_iter().map(ranked).collect()
    }

    /// The place of a group that is the very same, name and detail too.
    fn place_of(&self, group: &Group) -> Option<usize> {
        let found = self.by_id.binary_search_by(|at| self.id(*at as usize).cmp(&group.group.id)).ok()?;
        let place = *self.by_id.get(found)? as usize;
        let row = self.row(place);
        let written = self.word(row, 0);
        let name = if written.is_empty() { self.name(place) } else { written };
        let is_same = group.name == name && group.detail.strip_prefix(self.word(row, 1)) == Some(self.tail_of(row));
        is_same.then_some(place)
    }

    /// The first group whose name is not `before`.
    fn first(&self, before: impl Fn(&str) -> bool) -> usize {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from + (to - from) / 2;
            if before(self.name(middle)) { from = middle + 1 } else { to = middle }
        }
        from
    }

    fn name(&self, at: usize) -> &str {
        let end = self.starts.get(at + 1).map_or(0, |end| *end as usize).saturating_sub(END.len_utf8());
        self.starts.get(at).and_then(|start| self.names.get(*start as usize..end)).unwrap_or_default()
    }

    /// The id of the group with the name at this place.
    fn id(&self, at: usize) -> &str {
        self.word(self.row(at), 2)
    }

    /// As which group the one with the name at this place came.
    fn row(&self, at: usize) -> usize {
        self.order.get(at).map_or(usize::MAX, |row| *row as usize)
    }

    fn word(&self, group: usize, which: usize) -> &str {
        let before = group.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |ends| ends[2]);
        let ends = self.ends.get(group).copied().unwrap_or_default();
        let start = which.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(before);
        self.words.get(start as usize..ends.get(which).map_or(0, |end| *end as usize)).unwrap_or_default()
    }

    fn tail_of(&self, group: usize) -> &str {
        self.tail.get(group).and_then(|tail| self.tails.get(*tail as usize)).map_or("", |tail| tail)
    }

    /// The group with the name at this place.
    fn group(&self, at: usize) -> Group {
        let group = self.row(at);
        let written = self.word(group, 0);
        Group {
            group: GroupRef { directory: self.directory.clone(), id: self.id(at).to_owned() },
            name: if written.is_empty() { self.name(at) } else { written }.to_owned(),
            detail: format!("{}{}", self.word(group, 1), self.tail_of(group)),
        }
    }
}

#[cfg(test)]
mod tests;

//! How many people are in some groups: to be shown, never to decide by.

use std::collections::HashSet;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Directory, DirectoryError};

/// The most people that are counted; where there are more, that is said and counting ends.
pub const MOST_PEOPLE: usize = 10_000;
/// How long counting in one directory may take, waiting for others who count included.
pub const LONGEST_COUNT: Duration = Duration::from_secs(20);

/// People of one directory, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Headcount {
    /// How many, [`MOST_PEOPLE`] at most.
    pub people: usize,
    /// Whether there are more.
    pub more: bool,
}

/// People seen while counting, each once.
#[derive(Debug, Default)]
pub struct Heads(HashSet<String>);

impl Heads {
    /// Notes a person by something that nobody shares with them.
    pub fn note(&mut self, person: String) {
        if !self.is_enough() {
            self.0.insert(person);
        }
    }

    /// Whether more need not be looked for.
    pub fn is_enough(&self) -> bool {
        self.0.len() > MOST_PEOPLE
    }

    /// The count.
    pub fn count(&self) -> Headcount {
        Headcount::of(self.0.len())
    }
}

impl Headcount {
    /// Of this many people.
    #[must_use]
    pub fn of(people: usize) -> Self {
        Self { people: people.min(MOST_PEOPLE), more: people > MOST_PEOPLE }
    }
}

/// The counts of one directory: one after another, since each is much work for it, and kept for a while.
pub struct Counts {
    kept: Cache<Vec<String>, Headcount>,
    remembers: bool,
    turn: Mutex<()>,
}

impl Counts {
    /// Counts that are kept for `age`.
    pub fn new(age: Duration, remembers: bool) -> Self {
        let kept = Cache::builder().max_capacity(1000).time_to_live(age.max(Duration::from_millis(1))).build();
        Self { kept, remembers, turn: Mutex::new(()) }
    }

    /// The count of these groups of `directory`, at most as old as is kept.
    pub async fn of(&self, directory: &Directory, mut groups: Vec<String>) -> Result<Headcount, DirectoryError> {
        groups.sort_unstable();
        groups.dedup();
        let counted = timeout(LONGEST_COUNT, async {
            if let Some(kept) = self.kept.get(&groups) {
                return Ok(kept);
            }
            let _turn = self.turn.lock().await;
            // Somebody else may have asked the same meanwhile.
            if let Some(kept) = self.kept.get(&groups) {
                return Ok(kept);
            }
            let count = directory.people_in(&groups).await?;
            if self.remembers {
                self.kept.insert(groups, count);
            }
            Ok(count)
        });
        counted.await.unwrap_or_else(|_| {
            let cause = format!("the people were not counted within {LONGEST_COUNT:?}");
            Err(DirectoryError { directory: directory.name().to_owned(), cause })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_counts_once_and_too_many_are_not_counted_out() {
        let mut heads = Heads::default();
        for round in 0..2 {
            (0..MOST_PEOPLE).for_each(|number| heads.note(number.to_string()));
            assert_eq!(heads.count(), Headcount { people: MOST_PEOPLE, more: false }, "{round}");
            assert!(!heads.is_enough());
        }
        for one in ["one more", "and another"] {
            heads.note(one.to_owned());
            assert_eq!(heads.count(), Headcount { people: MOST_PEOPLE, more: true });
            assert!(heads.is_enough());
        }
        assert_eq!(heads.0.len(), MOST_PEOPLE + 1);
    }
}

//! Lists that are searched, sorted and turned over in their address.

use serde::{Deserialize, Serialize};

use crate::portal::paging::Page;

/// `?q=&state=&sort=&from=`; a hyphen before the order turns it round, `from` is the id that the page begins with.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    /// The search as typed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// How they stand, of a list that is narrowed down by that.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// The order.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sort: String,
    /// Where the page begins; empty: at the first row.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
}

impl Asked {
    /// The order's word, and whether it is the other way round.
    #[must_use]
    pub fn order(&self) -> (&str, bool) {
        self.sort.strip_prefix('-').map_or((self.sort.as_str(), false), |word| (word, true))
    }

    /// Where the page begins.
    #[must_use]
    pub fn begin(&self) -> Option<String> {
        Some(self.from.clone()).filter(|from| !from.is_empty())
    }

    /// The address of the page that begins with `id`.
    #[must_use]
    pub fn page(&self, path: &str, id: Option<String>) -> Option<String> {
        id.map(|id| address(path, &Self { from: id, ..self.clone() }))
    }
}

/// The address of a list as it was asked for.
#[must_use]
pub fn address(path: &str, asked: &Asked) -> String {
    format!("{path}?{}", serde_urlencoded::to_string(asked).unwrap_or_default())
}

/// The heading of a column, which sorts by it.
pub struct Column {
    /// What it says.
    pub label: &'static str,
    /// Its class; may be empty.
    pub class: &'static str,
    /// Where a click leads; empty where the list cannot be sorted by it.
    pub href: String,
    /// What a click does.
    pub title: String,
    /// `ascending` or `descending` where the list is sorted by it, else empty.
    pub sorted: &'static str,
}

impl Column {
    /// The heading of a column that the list can be sorted by with `word`; `current` is the word in force.
    #[must_use]
    pub fn new(path: &str, asked: &Asked, label: &'static str, word: &str, current: &str) -> Self {
        let (is_sorted, descending) = (word == current, asked.order().1);
        let turn = is_sorted && !descending;
        let sort = if turn { format!("-{word}") } else { word.to_owned() };
        Self {
            label,
            class: "",
            href: address(path, &Asked { sort, from: String::new(), ..asked.clone() }),
            title: format!("Sort by {}{}", label.to_lowercase(), if turn { ", the other way round" } else { "" }),
            sorted: match (is_sorted, descending) {
                (false, _) => "",
                (true, false) => "ascending",
                (true, true) => "descending",
            },
        }
    }

    /// The heading of a column that nothing can be sorted by.
    #[must_use]
    pub const fn plain(label: &'static str) -> Self {
        Self { label, class: "", href: String::new(), title: String::new(), sorted: "" }
    }

    /// With a class.
    #[must_use]
    pub const fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }
}

/// Which part of a list is shown, in words: `7 connectors`, `3 of 7`, `101–200 of 10000 connectors`. `one` and `many` name
/// the things.
#[must_use]
pub fn words<T>(page: &Page<T>, searched: bool, one: &str, many: &str) -> String {
    let things = if page.total == 1 { one } else { many };
    let found = if searched { format!("{} of {}", page.found, page.total) } else { format!("{} {things}", page.total) };
    if page.rows.len() == page.found {
        return found;
    }
    format!("{}–{} of {found}", page.before + 1, page.before + page.rows.len())
}

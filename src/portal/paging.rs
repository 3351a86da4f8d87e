//! Lists that are read as ids first and shown a page at a time.

/// The most rows of a page.
pub const ROWS: usize = 100;

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Its rows, at most [`ROWS`].
    pub rows: Vec<T>,
    /// How many things there are, whether they fit or not.
    pub total: i64,
    /// How many fit.
    pub found: usize,
    /// How many of those stand before this page.
    pub before: usize,
    /// The id that the page before begins with.
    pub previous: Option<String>,
    /// The id that the next page begins with.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The page that begins with the id `from`, else with the first, still without rows; and the ids that it shows.
    pub(super) fn cut(total: i64, ids: &[String], from: Option<&str>) -> (Self, Vec<String>) {
        let before = from.and_then(|from| ids.iter().position(|id| id == from)).unwrap_or(0);
        let page = Self {
            rows: Vec::new(),
            total,
            found: ids.len(),
            before,
            previous: (before > 0).then(|| ids.get(before.saturating_sub(ROWS)).cloned()).flatten(),
            next: ids.get(before + ROWS).cloned(),
        };
        (page, ids.iter().skip(before).take(ROWS).cloned().collect())
    }
}

//! Lists a page at a time: `limit`, and an opaque `cursor` that says after what the page begins.
//!
//! The cursor holds the last thing of the page before, not its number: what is added or removed meanwhile moves nothing
//! else to another page.

use data_encoding::BASE64URL_NOPAD;

use super::fields::Fields;
use crate::model::connector::folded;

/// Rows of a page where nobody says how many.
pub const ROWS: usize = 100;
/// The most rows of a page.
pub const MOST: usize = 1_000;

/// Which page of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    limit: usize,
    after: Option<(String, String)>,
    list: &'static str,
    /// What else was asked for, which the next page is asked for too.
    rest: Vec<(String, String)>,
}

impl Wanted {
    /// Reads `limit` and `cursor`; `list` is the path of the list, so that no cursor is taken for another's.
    pub fn read(fields: &mut Fields, list: &'static str) -> Self {
        let limit = limit(fields, ROWS, MOST);
        let after = fields.text("cursor").and_then(|cursor| {
            let after = open(&cursor, list);
            if after.is_none() {
                fields.wrong("cursor", "This is no cursor of this list. Follow “next” of the page before, as it is.");
            }
            after
        });
        let is_rest = |(name, _): &&(String, String)| name != "limit" && name != "cursor";
        let rest = fields.pairs().iter().filter(is_rest).cloned().collect();
        Self { limit, after, list, rest }
    }

    /// The most rows of the page.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// The id of the last thing of the page before; `None` for the first page.
    #[must_use]
    pub fn after(&self) -> Option<&str> {
        self.after.as_ref().map(|(_, id)| id.as_str())
    }

    /// The address of the page after the one that ends with the thing of this name and id; the name is empty where the list is in
    /// another order.
    #[must_use]
    pub fn next(&self, name: &str, id: &str) -> String {
        let (limit, cursor) = (self.limit.to_string(), close(self.list, name, id));
        let rest = self.rest.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs: Vec<(&str, &str)> = rest.chain([("limit", limit.as_str()), ("cursor", &cursor)]).collect();
        format!("{}?{}", self.list, serde_urlencoded::to_string(pairs).unwrap_or_default())
    }

    /// The page of `all`, which stand in any order, by name and id; and the address of the next one, where there is one.
    pub fn cut<'a, T>(&self, all: &'a [T], key: impl Fn(&T) -> (&str, &str)) -> (Vec<&'a T>, Option<String>) {
        let mut rows: Vec<((String, &str), &T)> = Vec::with_capacity(all.len());
        rows.extend(all.iter().map(|row| {
            let (name, id) = key(row);
            ((folded(name), id), row)
        }));
        // The database's order depends on its collation; a cursor needs one that we know.
        let after = self.after.as_ref().map(|(name, id)| (name.clone(), id.as_str()));
        rows.retain(|(key, _)| after.as_ref().is_none_or(|after| key > after));
        rows.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next = rows.last().filter(|_| more).map(|((name, id), _)| self.next(name, id));
        (rows.into_iter().map(|(_, row)| row).collect(), next)
    }
}

/// Reads `limit`: from 1 to `most`, `usual` where it is left out.
fn limit(fields: &mut Fields, usual: usize, most: usize) -> usize {
    match fields.number::<usize>("limit") {
        None => usual,
        Some(limit) if (1..=most).contains(&limit) => limit,
        Some(_) => {
            fields.wrong("limit", format!("limit has to be from 1 to {most}."));
            usual
        }
    }
}

fn close(list: &str, name: &str, id: &str) -> String {
    BASE64URL_NOPAD.encode(serde_json::json!([list, name, id]).to_string().as_bytes())
}

fn open(cursor: &str, list: &str) -> Option<(String, String)> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
    let [of, name, id] = serde_json::from_slice::<[String; 3]>(&bytes).ok()?;
    (of == list).then_some((name, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "/api/v1/things";

    fn wanted(query: &str) -> (Wanted, bool) {
        let mut fields = Fields::of_query(query);
        let wanted = Wanted::read(&mut fields, LIST);
        let _ = fields.any_text("q");
        (wanted, fields.end().is_ok())
    }

    #[test]
    fn every_row_is_on_one_page_whatever_order_they_come_in() {
        let names = ["b", "A", "a", "é", "Z", "c", "d"];
        let all: Vec<(String, String)> =
            names.iter().enumerate().map(|(id, name)| ((*name).to_owned(), id.to_string())).collect();
        for limit in 1..=8 {
            let (mut seen, mut query) = (Vec::new(), format!("limit={limit}"));
            loop {
                let (wanted, ok) = wanted(&query);
                assert!(ok);
                let (rows, next) = wanted.cut(&all, |(name, id)| (name, id));
                assert!(rows.len() <= limit && !rows.is_empty());
                seen.extend(rows.iter().map(|(name, _)| name.as_str()));
                let Some(next) = next else { break };
                query = next.strip_prefix("/api/v1/things?").unwrap().to_owned();
            }
            assert_eq!(seen, ["A", "a", "b", "c", "d", "Z", "é"], "{limit}");
        }
    }

    #[test]
    fn limits_are_tried_on_both_sides() {
        for (limit, ok) in [("0", false), ("1", true), ("1000", true), ("1001", false), ("-1", false), ("", false)] {
            assert_eq!(wanted(&format!("limit={limit}")).1, ok, "{limit}");
        }
    }

    #[test]
    fn the_next_page_is_asked_for_the_same() {
        let (first, ok) = wanted("q=a%26b+%C3%A9&limit=7");
        assert!(ok && first.after().is_none() && first.limit() == 7);
        let next = first.next("", "42");
        let query = next.strip_prefix("/api/v1/things?").unwrap();
        assert!(query.starts_with("q=a%26b+%C3%A9&limit=7&cursor="), "{query}");
        let (second, ok) = wanted(query);
        assert_eq!((ok, second.after(), second.limit()), (true, Some("42"), 7));
        assert_eq!(second.next("", "43").matches("cursor=").count(), 1);
    }

    #[test]
    fn a_cursor_is_of_its_list_and_whole() {
        let own = close(LIST, "name", "id");
        assert!(wanted(&format!("cursor={own}")).1);
        let other = close("/api/v1/others", "name", "id");
        for wrong in [other.as_str(), &own[1..], &own[..own.len() - 1], "x", "WyJhIl0", "%20"] {
            assert!(!wanted(&format!("cursor={wrong}")).1, "{wrong}");
        }
    }
}

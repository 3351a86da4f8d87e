//! How many people may use a connector through its groups.

use actix_web::{HttpResponse, web};

use super::{Asked, Input, PermissionsPage, RAIL, page};
use crate::app::App;
use crate::directory::{DirectoryError, Headcount, MOST_PEOPLE};
use crate::portal::Who;
use crate::portal::permissions::people::{self, People};
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::ok;
use crate::web::session::Session;

/// How many people, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleView {
    /// The whole, as "1,204 people".
    pub sum: String,
    /// What each directory says, where there are several with groups of the connector.
    pub lines: Vec<String>,
    /// What was not counted, and why.
    pub unknown: Vec<String>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

impl PeopleView {
    fn of(people: &People, who: &Who) -> Self {
        let (mut known, mut unknown, mut lines) = (Headcount::default(), Vec::new(), Vec::new());
        for (directory, counted) in &people.counted {
            match counted {
                Ok(count) => {
                    known.people += count.people;
                    known.more |= count.more;
                    lines.push(format!("{directory}: {}", in_words(*count)));
                }
                Err(error) => unknown.push(silence(directory, error, who)),
            }
        }
        if people.counted.len() < 2 {
            lines.clear();
        }
        let sum = match (unknown.is_empty(), people.counted.len() == unknown.len()) {
            (true, _) => in_words(known),
            (false, true) => "Not known".to_owned(),
            (false, false) => format!("At least {}", in_words(known)),
        };
        Self { sum, lines, unknown, notes: notes(people) }
    }
}

fn notes(people: &People) -> Vec<String> {
    let mut notes = Vec::new();
    if people.groups == 0 {
        notes.push("No group may use it.".to_owned());
    }
    if people.adrift > 0 {
        notes.push("Groups of directories that are not configured any more count nobody.".to_owned());
    }
    if people.administrators {
        notes.push("Administrators may use it too; those who are in none of its groups are not counted.".to_owned());
    }
    if !people.connector.enabled {
        notes.push("It is switched off, so nobody can use it now.".to_owned());
    }
    notes
}

fn silence(directory: &str, error: &DirectoryError, who: &Who) -> String {
    let sentence = format!("“{directory}” was not counted, since it gave no answer.");
    // What is wrong with it is for those who can mend it.
    if who.administrator().is_ok() { format!("{sentence} {}.", error.cause) } else { sentence }
}

/// `1 person`, `1,204 people`, `more than 10,000 people`.
fn in_words(count: Headcount) -> String {
    let number = if count.more { MOST_PEOPLE.max(count.people) } else { count.people };
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match (count.more, count.people) {
        (true, _) => format!("more than {grouped} people"),
        (false, 1) => "1 person".to_owned(),
        _ => format!("{grouped} people"),
    }
}

/// `GET /admin/permissions/people?connector={id}`: the count, as a part of the page where the page asks for it, else with the
/// page around it. It waits for the directories.
///
/// # Errors
/// 404 where the connector is unknown.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    asked: web::Query<Asked>,
    request: actix_web::HttpRequest,
) -> Result<HttpResponse, WebError> {
    let counted = people::count(&app, &who.0, &asked.connector).await?;
    let view = Some(PeopleView::of(&counted, &who.0));
    let is_part = request.headers().get("hx-request-type").is_some_and(|value| value == "partial");
    if is_part {
        let frame = Frame::administration(&app, &who.0, &session, RAIL, "Permissions");
        return Ok(ok(&PermissionsPage { people: view, ..PermissionsPage::part(frame) }.as_people()));
    }
    let whole = page(&app, &who.0, &session, &asked, Input::default()).await?;
    Ok(ok(&PermissionsPage { people: view, ..whole }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_easily() {
        let words = |people: usize, more: bool| in_words(Headcount { people, more });
        assert_eq!(words(0, false), "0 people");
        assert_eq!(words(1, false), "1 person");
        assert_eq!(words(999, false), "999 people");
        assert_eq!(words(1204, false), "1,204 people");
        assert_eq!(words(10_000, false), "10,000 people");
        assert_eq!(words(10_000, true), "more than 10,000 people");
        assert_eq!(words(1_010_004, true), "more than 1,010,004 people");
    }
}

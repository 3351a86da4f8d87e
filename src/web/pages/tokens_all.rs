//! The list of all API tokens, for administrators.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::tokens::row::{TokenRow, row};
use crate::app::App;
use crate::portal::tokens;
use crate::store::token_list::{Sort, State, Wanted};
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Choice, ok};
use crate::web::listing::{Asked, Column, address, words};
use crate::web::session::Session;

/// `GET /admin/tokens?q=&state=&sort=&from=`
#[derive(Template)]
#[template(path = "pages/tokens_all.html")]
pub struct TokensAllPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The search as typed.
    pub query: String,
    /// The order, as in the address.
    pub sort: String,
    /// The state, as in the address.
    pub state: String,
    /// The states to choose from; the value is an address.
    pub states: Vec<Choice>,
    /// The columns' headings.
    pub columns: Vec<Column>,
    /// The tokens of this page.
    pub rows: Vec<TokenRow>,
    /// How many are shown, in words.
    pub count: String,
    /// Whether the list is narrowed down.
    pub is_narrowed: bool,
    /// How many live ones nobody answers for any more.
    pub orphans: i64,
    /// Address of the page before.
    pub previous: Option<String>,
    /// Address of the next page.
    pub next: Option<String>,
}

/// Where it is.
pub const RAIL: &str = "/admin/tokens";

/// `GET /admin/tokens`
///
/// # Errors
/// Where the database does not answer.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let asked = asked.into_inner();
    let (word, descending) = asked.order();
    let (sort, state) = (Sort::parse(word), State::parse(&asked.state).unwrap_or_default());
    let wanted = Wanted { search: asked.q.clone(), state, sort, descending };
    let page = tokens::list_all(&app, &who.0, wanted, asked.begin()).await?;
    let is_searched = !asked.q.trim().is_empty();
    Ok(ok(&TokensAllPage {
        frame: Frame::administration(&app, &who.0, &session, RAIL, "API tokens"),
        columns: columns(&asked, sort),
        states: states(&asked, state),
        count: words(&page, is_searched, "token", "tokens"),
        is_narrowed: is_searched || state != State::default(),
        orphans: tokens::count_orphans(&app, &who.0).await?,
        previous: asked.page(RAIL, page.previous),
        next: asked.page(RAIL, page.next),
        rows: page.rows.into_iter().map(|status| row(&who.0, status)).collect(),
        query: asked.q,
        sort: asked.sort,
        state: asked.state,
    }))
}

fn columns(asked: &Asked, sort: Sort) -> Vec<Column> {
    let column = |label, by: Sort| Column::new(RAIL, asked, label, by.word(), sort.word());
    vec![
        column("Name", Sort::Name),
        Column::plain("Answers for it"),
        Column::plain("For"),
        column("Ends", Sort::Expires),
        column("Last used", Sort::LastUse),
        Column::plain("State"),
    ]
}

fn states(asked: &Asked, current: State) -> Vec<Choice> {
    let choice = |(state, word, label): (State, &str, &str)| {
        let word = if state == State::default() { "" } else { word };
        let asked = Asked { state: word.to_owned(), from: String::new(), ..asked.clone() };
        Choice {
            value: address(RAIL, &asked),
            label: label.to_owned(),
            detail: String::new(),
            selected: state == current,
        }
    };
    State::ALL.into_iter().map(choice).collect()
}

//! The list of access keys.

pub mod state;

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::app::App;
use crate::model::access_key::{KeyKind, Validated};
use crate::model::account::grouped;
use crate::portal::access_keys::{self, KeyStatus};
use crate::store::key_list::{Sort, Wanted};
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Badge, Moment, ok};
use crate::web::listing::{Asked, Column, words};
use crate::web::session::Session;
use state::{age_of, state_of};

/// `GET /admin/access-keys?q=&sort=&from=`
#[derive(Template)]
#[template(path = "pages/access_keys.html")]
pub struct AccessKeysPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The search as typed.
    pub query: String,
    /// The order, as in the address.
    pub sort: String,
    /// The columns' headings.
    pub columns: Vec<Column>,
    /// The keys of this page.
    pub rows: Vec<AccessKeyRow>,
    /// How many keys there are, whether they match or not.
    pub total: i64,
    /// How many are shown, in words.
    pub count: String,
    /// Address of the page before.
    pub previous: Option<String>,
    /// Address of the next page.
    pub next: Option<String>,
}

/// One access key.
pub struct AccessKeyRow {
    /// Its id, for addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// AWS's id of the key; empty where the surroundings have it.
    pub key_id: String,
    /// The surroundings; else empty.
    pub source: String,
    /// The partition, as `aws`.
    pub partition: String,
    /// The account in its shown form; empty when never validated.
    pub account: String,
    /// Whom the key belongs to; empty when never validated.
    pub arn: String,
    /// user, role or root; empty when never validated.
    pub kind: String,
    /// How it stands.
    pub state: Badge,
    /// Why, in one sentence; may be empty.
    pub state_detail: String,
    /// How old the key pair is.
    pub age: Badge,
    /// When it was used last.
    pub last_used: Option<Moment>,
    /// How many connectors use it.
    pub used_by: i64,
}

const PATH: &str = "/admin/access-keys";

fn wanted(asked: &Asked) -> Wanted {
    let (word, descending) = asked.order();
    Wanted { search: asked.q.clone(), sort: Sort::parse(word), descending, ..Wanted::default() }
}

/// `GET /admin/access-keys`
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
    let wanted = wanted(&asked);
    let sort = wanted.sort;
    let page = access_keys::list(&app, &who.0, wanted, asked.begin()).await?;
    Ok(ok(&AccessKeysPage {
        frame: Frame::administration(&app, &who.0, &session, PATH, "Access keys"),
        columns: columns(&asked, sort),
        count: words(&page, !asked.q.trim().is_empty(), "access key", "access keys"),
        total: page.total,
        previous: asked.page(PATH, page.previous),
        next: asked.page(PATH, page.next),
        rows: page.rows.into_iter().map(|status| row(&app, status)).collect(),
        query: asked.q,
        sort: asked.sort,
    }))
}

fn columns(asked: &Asked, sort: Sort) -> Vec<Column> {
    let column = |label, by: Sort| Column::new(PATH, asked, label, by.word(), sort.word());
    vec![
        column("Name", Sort::Name),
        column("Belongs to", Sort::Owner),
        column("State", Sort::State),
        column("Age", Sort::Age),
        column("Last used", Sort::LastUse),
        column("Used by", Sort::UsedBy).class("number"),
    ]
}

fn row(app: &App, status: KeyStatus) -> AccessKeyRow {
    let (state, state_detail) = state_of(&status);
    let age = age_of(app, &status);
    let (key, validated) = (status.key, |part: fn(&Validated) -> String, of: &Option<Validated>| {
        of.as_ref().map(part).unwrap_or_default()
    });
    AccessKeyRow {
        account: validated(|v| grouped(&v.account_id), &key.validated),
        arn: validated(|v| v.arn.clone(), &key.validated),
        kind: validated(|v| KeyKind::of(&v.arn).word().to_owned(), &key.validated),
        id: key.id,
        name: key.name,
        key_id: key.key_id,
        source: key.source.surroundings().map(|surroundings| surroundings.label().to_owned()).unwrap_or_default(),
        partition: key.partition.id().to_owned(),
        state,
        state_detail,
        age,
        last_used: key.last_used_at.map(Moment),
        used_by: status.used_by,
    }
}

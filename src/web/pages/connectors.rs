//! The list of connectors.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::app::App;
use crate::model::principal::PrincipalType;
use crate::portal::connectors::list::ConnectorStatus;
use crate::portal::connectors::{self, list};
use crate::store::connector_list::{Sort, Wanted};
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{AccountTag, Moment, ok, see_other};
use crate::web::listing::{Asked, Column, words};
use crate::web::session::Session;

/// `GET /admin/connectors?q=&sort=&from=`
#[derive(Template)]
#[template(path = "pages/connectors.html")]
pub struct ConnectorsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The search as typed.
    pub query: String,
    /// The order, as in the address.
    pub sort: String,
    /// The columns' headings.
    pub columns: Vec<Column>,
    /// The connectors of this page.
    pub rows: Vec<ConnectorRow>,
    /// How many connectors there are, whether they match or not.
    pub total: i64,
    /// How many are shown, in words.
    pub count: String,
    /// Address of the page before.
    pub previous: Option<String>,
    /// Address of the next page.
    pub next: Option<String>,
    /// Whether there is an access key to make a connector with.
    pub has_access_keys: bool,
}

/// One connector.
pub struct ConnectorRow {
    /// Its id, for addresses.
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The principal type in words.
    pub principal: String,
    /// The account that it leads to.
    pub account: AccountTag,
    /// The access key's name.
    pub source: String,
    /// How many groups may use it.
    pub groups: usize,
    /// Whether programs may use it without a person.
    pub system_scope: bool,
    /// Whether it may be used at all.
    pub enabled: bool,
    /// What is wrong with its row of the database, so that nobody can use it; empty when it is whole.
    pub problem: String,
    /// Whether the reader may look at it and not change it.
    pub fixed: bool,
    /// When it was changed last.
    pub updated: Moment,
}

const PATH: &str = "/admin/connectors";

/// `GET /admin`: the administration begins with the connectors.
pub async fn home() -> HttpResponse {
    see_other("/admin/connectors")
}

/// `GET /admin/connectors`
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
    let sort = Sort::parse(word);
    let wanted = Wanted { search: asked.q.clone(), sort, descending };
    let page = list::list(&app, &who.0, wanted, asked.begin()).await?;
    let has_access_keys = page.total > 0 || !connectors::sources(&app, &who.0).await?.is_empty();
    Ok(ok(&ConnectorsPage {
        frame: Frame::administration(&app, &who.0, &session, PATH, "Connectors"),
        columns: columns(&asked, sort),
        count: words(&page, !asked.q.trim().is_empty(), "connector", "connectors"),
        total: page.total,
        previous: asked.page(PATH, page.previous),
        next: asked.page(PATH, page.next),
        rows: page.rows.into_iter().map(row).collect(),
        query: asked.q,
        sort: asked.sort,
        has_access_keys,
    }))
}

fn columns(asked: &Asked, sort: Sort) -> Vec<Column> {
    let column = |label, by: Sort| Column::new(PATH, asked, label, by.word(), sort.word());
    vec![
        column("Name", Sort::Name),
        column("Account", Sort::Account),
        column("Principal", Sort::Principal),
        column("Access key", Sort::Source).class("wide-only"),
        Column::plain("Groups").class("number"),
        Column::plain("State"),
        column("Changed", Sort::Changed).class("wide-only"),
    ]
}

fn row(status: ConnectorStatus) -> ConnectorRow {
    let connector = status.head;
    ConnectorRow {
        account: AccountTag::of(status.account.as_ref()),
        source: status.source,
        groups: usize::try_from(status.groups).unwrap_or(0),
        principal: PrincipalType::parse(&connector.principal_type)
            .map_or_else(|_| connector.principal_type.clone(), |kind| kind.label().to_owned()),
        system_scope: connector.system_scope,
        enabled: connector.enabled,
        fixed: status.fixed,
        problem: status.problem.unwrap_or_default(),
        updated: Moment(connector.updated_at()),
        id: connector.id,
        slug: connector.slug,
        name: connector.name,
    }
}

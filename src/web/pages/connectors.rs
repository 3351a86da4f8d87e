//! The list of connectors.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::model::principal::PrincipalType;
use crate::portal::connectors::{self, ConnectorStatus};
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{AccountTag, Moment, ok, see_other};
use crate::web::session::Session;

/// `GET /admin/connectors?q=`
#[derive(Template)]
#[template(path = "pages/connectors.html")]
pub struct ConnectorsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The search as typed.
    pub query: String,
    /// The connectors that match.
    pub rows: Vec<ConnectorRow>,
    /// How many connectors there are, whether they match or not.
    pub total: usize,
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
    /// When it was changed last.
    pub updated: Moment,
}

/// `?q=`
#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

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
    query: web::Query<Search>,
) -> Result<HttpResponse, WebError> {
    let all = connectors::list(&app, &who.0).await?;
    let has_access_keys = !all.is_empty() || !connectors::sources(&app, &who.0).await?.is_empty();
    let query = query.into_inner().q;
    let wanted = query.trim().to_lowercase();
    let total = all.len();
    // A search takes an id too, as it stands in a log line or a refusal.
    let fits = |row: &ConnectorRow| {
        let text = format!("{} {} {} {} {}", row.id, row.slug, row.name, row.source, row.account.words());
        text.to_lowercase().contains(&wanted)
    };
    let rows = all.into_iter().map(row).filter(fits).collect();
    let frame = Frame::administration(&app, &who.0, &session, "/admin/connectors", "Connectors");
    Ok(ok(&ConnectorsPage { frame, query, rows, total, has_access_keys }))
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
        problem: status.problem.unwrap_or_default(),
        updated: Moment(connector.updated_at()),
        id: connector.id,
        slug: connector.slug,
        name: connector.name,
    }
}

//! The list of policy examples, and all of the administrators' own as a file.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, ContentType};
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::model::policy_example::ExampleKind;
use crate::portal::policy_examples::{self, Example, exchange};
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Badge, Moment, Tone, ok};
use crate::web::session::Session;

/// `GET /admin/policy-examples?q=&kind=`
#[derive(Template)]
#[template(path = "pages/policy_examples.html")]
pub struct PolicyExamplesPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The search as typed.
    pub query: String,
    /// The kind that is shown alone; empty: all.
    pub kind: String,
    /// The kinds to choose from.
    pub kinds: Vec<KindLink>,
    /// The examples that match, in the order in which they are shown.
    pub rows: Vec<ExampleRow>,
    /// How many there are, whether they match or not.
    pub total: usize,
    /// Whether an administrator wrote any.
    pub has_own: bool,
}

/// A kind to filter by.
pub struct KindLink {
    /// What it says.
    pub label: &'static str,
    /// Where a click leads.
    pub href: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// One example.
pub struct ExampleRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it allows, in one or two sentences.
    pub description: String,
    /// Its kind in words.
    pub kind: &'static str,
    /// Whether it ships, is hidden, or is the administrators' own.
    pub source: Badge,
    /// When it was changed last; never for a shipped one.
    pub updated: Option<Moment>,
}

/// `?q=&kind=`
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Asked {
    #[serde(skip_serializing_if = "String::is_empty")]
    q: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    kind: String,
}

/// `GET /admin/policy-examples`
///
/// # Errors
/// Where the database does not answer.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let Asked { q: query, kind } = asked.into_inner();
    let kind = ExampleKind::parse(&kind).ok();
    let all = policy_examples::list(&app, &who.0).await?;
    let total = all.len();
    let has_own = all.iter().any(|example| example.kept.is_some());
    let fits = |example: &Example| example.fits(kind, &query);
    Ok(ok(&PolicyExamplesPage {
        frame: Frame::administration(&app, &who.0, &session, "/admin/policy-examples", "Policy examples"),
        kinds: kinds(&query, kind),
        kind: kind.map_or("", ExampleKind::word).to_owned(),
        rows: all.into_iter().filter(fits).map(row).collect(),
        query,
        total,
        has_own,
    }))
}

fn kinds(query: &str, chosen: Option<ExampleKind>) -> Vec<KindLink> {
    let link = |kind: Option<ExampleKind>, label: &'static str| {
        let asked = Asked { q: query.to_owned(), kind: kind.map_or("", ExampleKind::word).to_owned() };
        let asked = serde_urlencoded::to_string(asked).unwrap_or_default();
        KindLink { label, href: format!("/admin/policy-examples?{asked}"), chosen: kind == chosen }
    };
    vec![
        link(None, "All"),
        link(Some(ExampleKind::Policy), "Session policies"),
        link(Some(ExampleKind::PolicyArn), "Managed policies"),
    ]
}

fn row(example: Example) -> ExampleRow {
    let source = match (&example.kept, example.hidden) {
        (Some(_), _) => Badge::new(Tone::Info, "Yours"),
        (None, false) => Badge::new(Tone::Neutral, "Shipped"),
        (None, true) => Badge::new(Tone::Warning, "Shipped, hidden"),
    };
    ExampleRow {
        id: example.id,
        name: example.example.name,
        description: example.example.description,
        kind: example.example.kind.label(),
        source,
        updated: example.kept.map(|kept| Moment(kept.updated_at)),
    }
}

/// `GET /admin/policy-examples/export`
///
/// # Errors
/// Where the database does not answer.
pub async fn export(app: web::Data<App>, who: SignedIn) -> Result<HttpResponse, WebError> {
    let text = exchange::export(&app, &who.0).await?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header(ContentType::json())
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"policy-examples.json\""));
    Ok(response.body(text))
}

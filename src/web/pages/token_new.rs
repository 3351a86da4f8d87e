//! Making an API token, and showing it this once.

mod made;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use secrecy::SecretString;

use super::tokens_all::RAIL;
use crate::app::App;
use crate::model::api_token::Part;
use crate::model::api_token::life::{self, DAY, OF_ADMINISTRATION};
use crate::model::summary::Summary;
use crate::portal::prove::Proof;
use crate::portal::tokens::{self, TokenForm};
use crate::portal::{PortalError, Who};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::{Frame, Section};
use crate::web::guard::SignedIn;
use crate::web::html::{FieldErrors, ok, respond};
use crate::web::session::{Session, marks};

/// The most connectors that are offered to tick; others are typed.
const OFFERED: usize = 50;

/// `GET` and `POST` of `/tokens/new` and `/admin/tokens/new`, with the fields of `typed`.
///
/// No `Debug`, and no password: it never comes back.
#[derive(Template)]
#[template(path = "pages/token_new.html")]
pub struct TokenNewPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Whether the token is a program's.
    pub is_program: bool,
    /// The form as typed.
    pub f: TokenForm,
    /// The parts that may be chosen: without and with administration.
    pub parts: [Vec<PartChoice>; 2],
    /// The connectors that are offered to tick.
    pub connectors: Vec<ConnectorChoice>,
    /// Whether there are more than those.
    pub more: bool,
    /// The longest life, in words.
    pub longest: String,
    /// The longest life of a person's own that administers, in words.
    pub longest_administration: String,
    /// Who makes it.
    pub user_name: String,
    /// What is wrong, by field.
    pub errors: FieldErrors,
}

impl TokenNewPage {
    /// Whether parts that administer may be chosen.
    #[must_use]
    pub const fn offers_administration(&self) -> bool {
        !self.parts[1].is_empty()
    }

    /// Where the list is.
    #[must_use]
    pub const fn back(&self) -> &'static str {
        if self.is_program { RAIL } else { "/tokens" }
    }
}

/// A part of the API to tick.
pub struct PartChoice {
    /// Its word.
    pub word: &'static str,
    /// What it lets a program do.
    pub sentence: &'static str,
    /// Whether it is ticked.
    pub ticked: bool,
}

/// A connector to tick.
pub struct ConnectorChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Whether it is ticked.
    pub ticked: bool,
}

/// What a form sends: `name`, `slug`, `life`, `part` and `connector` as often as ticked, `connectors` (`all`, else those),
/// `more`, `networks`, `responsible`, `group`, `password`. What it does not know is passed over.
fn typed(fields: Vec<(String, String)>) -> (TokenForm, SecretString) {
    let (mut form, mut password) = (TokenForm::default(), SecretString::default());
    for (field, value) in fields {
        match field.as_str() {
            "name" => form.name = value,
            "slug" => form.slug = value,
            "life" => form.life = value,
            "part" => form.parts.push(value),
            "connectors" => form.all_connectors = value == "all",
            "connector" => form.connectors.push(value),
            "more" => form.more = value,
            "networks" => form.networks = value,
            "responsible" => form.responsible = value,
            "group" => form.group = value,
            "password" => password = value.into(),
            _ => {}
        }
    }
    (form, password)
}

fn fresh() -> TokenForm {
    TokenForm {
        life: "30d".to_owned(),
        parts: vec![Part::Use.word().to_owned(), Part::Console.word().to_owned()],
        ..TokenForm::default()
    }
}

fn frame(app: &App, who: &Who, session: &Session, is_program: bool) -> Frame {
    if is_program {
        let frame = Frame::administration(app, who, session, RAIL, "New program token");
        return frame.below("Administration", "/admin").below("API tokens", RAIL);
    }
    Frame::new(app, who, session, Section::None, "New API token").below("API tokens", "/tokens")
}

async fn page(
    app: &App,
    (who, frame): (&Who, Frame),
    is_program: bool,
    f: TokenForm,
    errors: FieldErrors,
) -> Result<TokenNewPage, WebError> {
    let all = tokens::choices(app, who, is_program).await?;
    let connector = |connector: &Summary| ConnectorChoice {
        ticked: f.connectors.contains(&connector.id),
        id: connector.id.clone(),
        name: connector.name.clone(),
        slug: connector.slug.clone(),
    };
    let offered = |administers: bool| {
        let parts = Part::ALL.into_iter().filter(move |(part, ..)| {
            part.is_administration() == administers && (is_program || (part.is_for_people() && who.actor.may(*part)))
        });
        let ticked = |word: &str| f.parts.iter().any(|part| part == word);
        parts.map(|(_, word, sentence)| PartChoice { word, sentence, ticked: ticked(word) }).collect()
    };
    let api = &app.config.api;
    let days = if is_program { api.program_token_days } else { api.personal_token_days };
    Ok(TokenNewPage {
        frame,
        is_program,
        parts: [offered(false), offered(true)],
        connectors: all.iter().take(OFFERED).map(connector).collect(),
        more: all.len() > OFFERED,
        longest: life::show(days.saturating_mul(DAY)),
        longest_administration: life::show(OF_ADMINISTRATION),
        user_name: who.name().to_owned(),
        f,
        errors,
    })
}

/// `GET /tokens/new`
///
/// # Errors
/// Where the database does not answer.
pub async fn personal(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    let frame = frame(&app, &who.0, &session, false);
    Ok(ok(&page(&app, (&who.0, frame), false, fresh(), FieldErrors::default()).await?))
}

/// `GET /admin/tokens/new`
///
/// # Errors
/// Where the database does not answer.
pub async fn program(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    let frame = frame(&app, &who.0, &session, true);
    Ok(ok(&page(&app, (&who.0, frame), true, fresh(), FieldErrors::default()).await?))
}

/// `POST /tokens/new`: the token's text stands in this answer and nowhere else.
///
/// # Errors
/// What the form cannot come back for.
pub async fn create_personal(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    request: HttpRequest,
    fields: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    let (app, who) = (app.into_inner(), who.0);
    let (form, password) = typed(fields.0);
    let proof = Proof { password, marks: marks(&app, &request) };
    let made = tokens::create_personal(&app, &who, &form, proof).await;
    answer(&app, (&who, frame(&app, &who, &session, false)), form, made).await
}

/// `POST /admin/tokens/new`: the token's text stands in this answer and nowhere else.
///
/// # Errors
/// What the form cannot come back for.
pub async fn create_program(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    request: HttpRequest,
    fields: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    let (app, who) = (app.into_inner(), who.0);
    let (form, password) = typed(fields.0);
    let proof = Proof { password, marks: marks(&app, &request) };
    let made = tokens::create_program(&app, &who, &form, proof).await;
    answer(&app, (&who, frame(&app, &who, &session, true)), form, made).await
}

async fn answer(
    app: &App,
    (who, frame): (&Who, Frame),
    form: TokenForm,
    made: Result<tokens::Made, PortalError>,
) -> Result<HttpResponse, WebError> {
    match made {
        Ok(made) => Ok(ok(&made::page(app, who, frame, made).await?)),
        Err(error) => {
            let (mut response, errors) = again(error, &who.origin)?;
            let is_program = frame.rail == RAIL;
            Ok(respond(&mut response, &page(app, (who, frame), is_program, form, errors).await?))
        }
    }
}

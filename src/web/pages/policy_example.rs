//! One policy example: written, looked at, changed, copied, hidden, deleted.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::delete::{DeletePage, Looked, page as delete_page};
use crate::app::App;
use crate::model::event::Kind;
use crate::model::policy_example::{ExampleKind, LONGEST_NAME};
use crate::portal::policy_examples::{self, Example, ExampleForm};
use crate::portal::{PortalError, Who};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::gone::Gone;
use crate::web::guard::SignedIn;
use crate::web::html::{FieldErrors, Tone, ok, respond, see_other};
use crate::web::policy_field::PolicyField;
use crate::web::session::Session;

/// `GET` and `POST /admin/policy-examples/new` and `/{id}`: the fields are those of [`ExampleForm`], with the ARN in a field
/// of its own. One that ships has no form: it is copied or hidden.
#[derive(Template)]
#[template(path = "pages/policy_example.html")]
pub struct PolicyExamplePage {
    /// What surrounds it.
    pub frame: Frame,
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// Where the form is sent; empty: to its own address.
    pub action: String,
    /// Whether it ships.
    pub shipped: bool,
    /// Shipped, and not offered.
    pub hidden: bool,
    /// The form as typed.
    pub f: ExampleForm,
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// What stands around the text of a policy.
    pub policy_field: PolicyField,
}

impl PolicyExamplePage {
    /// Whether this kind is the chosen one.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.f.kind == kind
    }

    /// What the field for a policy shows.
    #[must_use]
    pub fn policy(&self) -> &str {
        if self.is("policy_arn") { "" } else { &self.f.text }
    }

    /// What the field for an ARN shows.
    #[must_use]
    pub fn arn(&self) -> &str {
        if self.is("policy_arn") { &self.f.text } else { "" }
    }

    /// The kind in words.
    #[must_use]
    pub fn kind_label(&self) -> &'static str {
        ExampleKind::parse(&self.f.kind).map_or("", ExampleKind::label)
    }
}

/// The form as it arrives.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    kind: String,
    name: String,
    description: String,
    text: String,
    arn: String,
    version: i32,
}

impl Typed {
    /// The form of an example of `kind`: without JavaScript both fields may have something in them.
    fn form(self, kind: String) -> ExampleForm {
        let text = if kind == ExampleKind::PolicyArn.word() { self.arn } else { self.text };
        ExampleForm { kind, name: self.name, description: self.description, text, version: self.version }
    }
}

/// `?copy=`: the id of the example to begin with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Beginning {
    copy: String,
}

/// `hidden=true` or `false`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Hide {
    hidden: bool,
}

const RAIL: &str = "/admin/policy-examples";

fn frame(app: &App, who: &Who, session: &Session, title: &str) -> Frame {
    let frame = Frame::administration(app, who, session, RAIL, title);
    frame.below("Administration", "/admin").below("Policy examples", RAIL)
}

fn form_of(example: &Example) -> ExampleForm {
    let said = &example.example;
    ExampleForm {
        kind: said.kind.word().to_owned(),
        name: said.name.clone(),
        description: said.description.clone(),
        text: said.text.clone(),
        version: example.kept.as_ref().map_or(0, |kept| kept.version),
    }
}

/// A page for a new example; what is wrong with the text stands at the field that it was typed into.
fn page(frame: Frame, f: ExampleForm, errors: &FieldErrors) -> PolicyExamplePage {
    let is_arn = f.kind == ExampleKind::PolicyArn.word();
    let mut placed = FieldErrors::default();
    for (field, sentence) in errors.iter() {
        placed.add(if field == "text" && is_arn { "arn" } else { field }, sentence);
    }
    let (id, shipped, hidden) = (None, false, false);
    let text = if f.kind == ExampleKind::PolicyArn.word() { "" } else { f.text.as_str() };
    let policy_field = PolicyField::of(text, None);
    PolicyExamplePage { frame, id, action: String::new(), shipped, hidden, f, errors: placed, policy_field }
}

/// A name for a copy that nobody has to shorten.
fn copy_of(name: &str) -> String {
    let room = LONGEST_NAME - "Copy of ".len();
    format!("Copy of {}", name.chars().take(room).collect::<String>().trim_end())
}

/// `GET /admin/policy-examples/new?copy=`
///
/// # Errors
/// 404 where there is nothing of the id to copy.
pub async fn new(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    beginning: web::Query<Beginning>,
) -> Result<HttpResponse, WebError> {
    let form = if beginning.copy.is_empty() {
        ExampleForm { kind: ExampleKind::Policy.word().to_owned(), ..ExampleForm::default() }
    } else {
        let example = policy_examples::find(&app, &who.0, &beginning.copy).await?;
        ExampleForm { name: copy_of(&example.example.name), version: 0, ..form_of(&example) }
    };
    let frame = frame(&app, &who.0, &session, "New policy example");
    Ok(ok(&page(frame, form, &FieldErrors::default())))
}

/// `POST /admin/policy-examples/new`
///
/// # Errors
/// Where the database does not answer.
pub async fn create(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let (who, kind) = (who.0, typed.0.kind.clone());
    let form = typed.0.form(kind);
    match policy_examples::create(&app, &who, &form).await {
        Ok(_) => {
            session.say(Tone::Good, format!("“{}” is there; the form of a connector offers it now.", form.name.trim()));
            Ok(see_other(RAIL))
        }
        Err(error) => {
            let (mut response, errors) = again(error, &who.origin)?;
            let frame = frame(&app, &who, &session, "New policy example");
            Ok(respond(&mut response, &page(frame, form, &errors)))
        }
    }
}

/// `GET /admin/policy-examples/{id}`
///
/// # Errors
/// 404 where there is none.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let example = policy_examples::find(&app, &who.0, &id).await?;
    let frame = frame(&app, &who.0, &session, &example.example.name);
    let page = page(frame, form_of(&example), &FieldErrors::default());
    let (shipped, hidden) = (example.kept.is_none(), example.hidden);
    Ok(ok(&PolicyExamplePage { id: Some(example.id), shipped, hidden, ..page }))
}

/// `POST /admin/policy-examples/{id}`
///
/// # Errors
/// 404 where there is none, with the form of a new one; 404 where it ships.
pub async fn update(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let who = who.0;
    let before = match policy_examples::find(&app, &who, &id).await {
        Err(PortalError::NotFound(_)) => return deleted(&app, &who, &session, &id, typed.0).await,
        found => found?,
    };
    let mut form = typed.0.form(before.example.kind.word().to_owned());
    match policy_examples::update(&app, &who, &id, &form).await {
        Ok(()) => {
            session.say(Tone::Good, "Saved. Connectors that it was inserted into stay as they are.");
            Ok(see_other(&format!("{RAIL}/{id}")))
        }
        Err(error) => {
            let is_stale = matches!(error, PortalError::Stale);
            let (mut response, errors) = again(error, &who.origin)?;
            let now = policy_examples::find(&app, &who, &id).await?;
            if is_stale {
                form.version = now.kept.map_or(0, |kept| kept.version);
            }
            let frame = frame(&app, &who, &session, &now.example.name);
            let page = page(frame, form, &errors);
            Ok(respond(&mut response, &PolicyExamplePage { id: Some(now.id), ..page }))
        }
    }
}

/// The form of an example that somebody deleted while it was open, as that of a new one.
async fn deleted(app: &App, who: &Who, session: &Session, id: &str, typed: Typed) -> Result<HttpResponse, WebError> {
    let way = "What you typed stands below: “Add example” makes a new one of it.";
    let Gone { errors, .. } = Gone::of(app, who, "policy example", way, (Kind::PolicyExampleDelete, id)).await?;
    // The form of one that is there does not send its kind: it has the field of that kind alone.
    let kind =
        if typed.text.is_empty() && !typed.arn.is_empty() { ExampleKind::PolicyArn } else { ExampleKind::Policy };
    let form = ExampleForm { version: 0, ..typed.form(kind.word().to_owned()) };
    let mut page = page(frame(app, who, session, "New policy example"), form, &errors);
    page.action = format!("{RAIL}/new");
    Ok(respond(&mut HttpResponse::NotFound(), &page))
}

/// `POST /admin/policy-examples/{id}/hide`
///
/// # Errors
/// 404 where none of this id ships.
pub async fn hide(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    typed: Form<Hide>,
) -> Result<HttpResponse, WebError> {
    policy_examples::hide(&app, &who.0, &id, typed.0.hidden).await?;
    let said = if typed.0.hidden {
        "Hidden: the form of a connector no longer offers it."
    } else {
        "Shown: the form of a connector offers it again."
    };
    session.say(Tone::Good, said);
    Ok(see_other(&format!("{RAIL}/{id}")))
}

async fn removal(app: &App, who: &Who, session: &Session, id: &str) -> Result<DeletePage, WebError> {
    let example = policy_examples::find(app, who, id).await?;
    let Some(kept) = &example.kept else { return Err(PortalError::NotFound("policy example").into()) };
    let frame = frame(app, who, session, "Delete policy example");
    let address = format!("{RAIL}/{id}");
    let mut page = delete_page(frame, "policy example", address, &example.example.name, kept.version);
    page.consequences.push("Connectors that it was inserted into stay as they are.".to_owned());
    Ok(page)
}

/// `GET /admin/policy-examples/{id}/delete`
///
/// # Errors
/// 404 where there is none, or it ships.
pub async fn ask(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    Ok(ok(&removal(&app, &who.0, &session, &id).await?))
}

/// `POST /admin/policy-examples/{id}/delete`
///
/// # Errors
/// 404 where there is none, or it ships; 409 where somebody else saved it since.
pub async fn delete(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    looked: Form<Looked>,
) -> Result<HttpResponse, WebError> {
    policy_examples::delete(&app, &who.0, &id, looked.0.version).await?;
    session.say(Tone::Good, "The policy example is deleted.");
    Ok(see_other(RAIL))
}

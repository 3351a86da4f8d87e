//! Policy examples out of a file: what would happen is shown first, then it happens whole or not at all.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::portal::policy_examples::exchange::{self, Effect, LONGEST, Plan, Planned};
use crate::portal::{PortalError, Who};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Badge, FieldErrors, Tone, ok, respond, see_other, unprocessable};
use crate::web::session::Session;

/// `GET` and `POST /admin/policy-examples/import`: `text` is the file; with `mark` it is imported, if that does what was
/// shown with this mark.
#[derive(Template)]
#[template(path = "pages/policy_examples_import.html")]
pub struct ImportPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The file as pasted.
    pub text: String,
    /// What is wrong with the request as a whole.
    pub errors: FieldErrors,
    /// What would happen; nothing is asked yet.
    pub plan: Option<Plan>,
    /// How long a file may be, in bytes.
    pub longest: usize,
}

impl ImportPage {
    /// How many examples have to be written.
    #[must_use]
    pub fn to_write(&self) -> usize {
        self.plan.as_ref().map_or(0, |plan| plan.count(Effect::New) + plan.count(Effect::Changed))
    }

    /// What happens, in a word.
    #[must_use]
    pub fn badge(&self, planned: &Planned) -> Badge {
        match planned.effect {
            Effect::New => Badge::new(Tone::Good, "New"),
            Effect::Changed => Badge::new(Tone::Warning, "Changed"),
            Effect::Same => Badge::new(Tone::Neutral, "Same"),
        }
    }

    /// What happens, in a sentence.
    #[must_use]
    pub fn sentence(&self, planned: &Planned) -> String {
        let Some(before) = &planned.before else { return "Is added.".to_owned() };
        if planned.effect == Effect::Same {
            return "Stays as it is.".to_owned();
        }
        let (was, is) = (&before.example, &planned.example);
        let differs = [
            ("name", was.name != is.name),
            ("description", was.description != is.description),
            ("text", was.text != is.text),
        ];
        let named: Vec<&str> = differs.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect();
        format!("Replaces the {} that is kept.", named.join(" and "))
    }
}

/// The form as it arrives.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    text: String,
    mark: String,
}

const RAIL: &str = "/admin/policy-examples";

fn page(app: &App, who: &Who, session: &Session, text: String) -> ImportPage {
    let frame = Frame::administration(app, who, session, RAIL, "Import policy examples");
    let frame = frame.below("Administration", "/admin").below("Policy examples", RAIL);
    ImportPage { frame, text, errors: FieldErrors::default(), plan: None, longest: LONGEST }
}

/// `GET /admin/policy-examples/import`
///
/// # Errors
/// None of its own.
pub async fn show(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    Ok(ok(&page(&app, &who.0, &session, String::new())))
}

/// `POST /admin/policy-examples/import`
///
/// # Errors
/// Where the caller does not administer.
pub async fn import(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let (who, Typed { text, mark }) = (who.0, typed.0);
    // A form sends each line end as two characters; the file has them as one.
    let text = text.replace("\r\n", "\n");
    let done = if mark.is_empty() { None } else { Some(exchange::import(&app, &who, &text, &mark).await) };
    match done {
        Some(Ok(plan)) => {
            session.say(Tone::Good, said(&plan));
            return Ok(see_other(RAIL));
        }
        Some(Err(PortalError::Stale)) => {
            let plan = exchange::plan(&app, &who, &text).await?;
            let changed = "The file, or what is kept, has changed since you looked, so nothing was imported. This is what would happen now.";
            let errors = FieldErrors::from(("", changed.to_owned()));
            let page = ImportPage { plan: Some(plan), errors, ..page(&app, &who, &session, text) };
            return Ok(respond(&mut HttpResponse::Conflict(), &page));
        }
        // What is wrong with the file is said below, one line for each example.
        Some(Err(PortalError::Invalid(_))) | None => {}
        Some(Err(error)) => {
            let (mut response, errors) = again(error, &who.origin)?;
            return Ok(respond(&mut response, &ImportPage { errors, ..page(&app, &who, &session, text) }));
        }
    }
    let plan = exchange::plan(&app, &who, &text).await?;
    let is_good = plan.problems.is_empty();
    let page = ImportPage { plan: Some(plan), ..page(&app, &who, &session, text) };
    Ok(if is_good { ok(&page) } else { unprocessable(&page) })
}

fn said(plan: &Plan) -> String {
    let part = |effect: Effect, word: &str| match plan.count(effect) {
        0 => None,
        count => Some(format!("{count} {word}")),
    };
    let parts = [part(Effect::New, "added"), part(Effect::Changed, "changed"), part(Effect::Same, "as they were")];
    format!("Imported: {}.", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

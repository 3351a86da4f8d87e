//! One connector: create, look at, change.

mod cap;
mod hops;
mod snippets;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::model::access_key::AccessKey;
use crate::model::hop::MOST_THROUGH;
use crate::model::policy;
use crate::model::principal::PrincipalType;
pub use crate::portal::connectors::ConnectorForm;
use crate::portal::{PortalError, Who, connectors, policy_examples};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Choice, FieldErrors, Tone, ok, respond, see_other};
use crate::web::session::Session;
pub use cap::CapView;
pub use hops::HopRow;
use hops::TypedHops;

/// `GET` and `POST /admin/connectors/new` and `/{id}`; the fields are those of [`ConnectorForm`].
///
/// Without JavaScript all fields of all types are shown, each group labelled with the types it is for, and the buttons
/// `insert` with an example's id and `generate` send the form back with the text put in.
#[derive(Template)]
#[template(path = "pages/connector.html")]
pub struct ConnectorPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// The form as typed.
    pub f: ConnectorForm,
    /// The access keys to choose from.
    pub access_keys: Vec<Choice>,
    /// Policies and policy ARNs to insert.
    pub examples: Vec<ExampleChoice>,
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// How many groups may use it.
    pub groups: usize,
    /// Path of its deep link, `/console/{slug}`; empty for a new one and where there is no console.
    pub slug_path: String,
    /// What has to stand at AWS, for the side panel.
    pub snippets: Vec<Snippet>,
    /// The roles on the way.
    pub hops: Vec<HopRow>,
    /// How many of them there may be.
    pub most_hops: usize,
    /// How long sessions may last at most, and why.
    pub cap: CapView,
    /// Longest inline policy in characters.
    pub policy_limit: usize,
}

impl ConnectorPage {
    /// Whether there is an example of `kind` to insert.
    #[must_use]
    pub fn has_examples(&self, kind: &str) -> bool {
        self.examples.iter().any(|example| example.kind == kind)
    }

    /// How many characters the inline policy has now.
    #[must_use]
    pub fn policy_size(&self) -> usize {
        self.f.policy.chars().count()
    }
}

/// An example to insert.
pub struct ExampleChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `policy` or `policy_arn`.
    pub kind: String,
    /// What is inserted.
    pub text: String,
}

/// Something to paste at AWS.
pub struct Snippet {
    /// What it is.
    pub title: String,
    /// Where it goes.
    pub help: String,
    /// The text.
    pub text: String,
}

/// The form as it arrives; `insert` is the id of an example whose button was pressed, `generate` says that the button for
/// a new external id was.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    slug: String,
    description: String,
    principal_type: String,
    access_key: String,
    #[serde(flatten)]
    hops: TypedHops,
    /// The button of the roles on the way that was pressed.
    hop: String,
    role_arn: String,
    external_id: String,
    source_identity: String,
    tags: String,
    transitive_tags: String,
    policy: String,
    policy_arns: String,
    omit_policy: bool,
    duration: String,
    region: String,
    console_start: String,
    system_scope: bool,
    enabled: bool,
    open_without_asking: bool,
    version: i32,
    insert: String,
    generate: bool,
}

impl Typed {
    fn form(self) -> ConnectorForm {
        ConnectorForm {
            name: self.name,
            slug: self.slug,
            description: self.description,
            principal_type: self.principal_type,
            access_key: self.access_key,
            through: self.hops.text(),
            role_arn: self.role_arn,
            external_id: self.external_id,
            source_identity: self.source_identity,
            tags: self.tags,
            transitive_tags: self.transitive_tags,
            policy: self.policy,
            policy_arns: self.policy_arns,
            omit_policy: self.omit_policy,
            duration: self.duration,
            region: self.region,
            console_start: self.console_start,
            system_scope: self.system_scope,
            enabled: self.enabled,
            open_without_asking: self.open_without_asking,
            version: self.version,
        }
    }
}

const RAIL: &str = "/admin/connectors";

/// Puts the page together: what was typed, and what there is to choose from.
async fn page(
    app: &App,
    who: &Who,
    frame: Frame,
    form: ConnectorForm,
    shown: Shown,
) -> Result<ConnectorPage, WebError> {
    let keys = connectors::sources(app, who).await?;
    let examples = policy_examples::list(app, who).await?;
    let key = keys.iter().find(|key| key.id == form.access_key);
    let snippets = snippets::of(&form, key);
    let choice = |key: &AccessKey| Choice {
        value: key.id.clone(),
        label: key.name.clone(),
        detail: match key.source.surroundings() {
            Some(surroundings) => format!("{} · {}", surroundings.label(), key.partition),
            None => format!("{} · {}", key.key_id, key.partition),
        },
        selected: key.id == form.access_key,
    };
    let opens = PrincipalType::parse(&form.principal_type).is_ok_and(PrincipalType::opens_console);
    Ok(ConnectorPage {
        access_keys: keys.iter().map(choice).collect(),
        examples: examples
            .into_iter()
            .map(|e| ExampleChoice { id: e.id, name: e.name, kind: e.kind, text: e.text })
            .collect(),
        slug_path: if shown.id.is_some() && opens {
            app.address(&format!("/console/{}", form.slug))
        } else {
            String::new()
        },
        frame,
        id: shown.id,
        hops: hops::rows(&form.through),
        most_hops: MOST_THROUGH,
        cap: cap::of(&form, &keys),
        f: form,
        errors: shown.errors,
        groups: shown.groups,
        snippets,
        policy_limit: policy::LONGEST,
    })
}

/// What the page shows beside the form.
#[derive(Default)]
struct Shown {
    id: Option<String>,
    groups: usize,
    errors: FieldErrors,
}

fn frame(app: &App, who: &Who, session: &Session, title: &str) -> Frame {
    Frame::administration(app, who, session, RAIL, title).below("Administration", "/admin").below("Connectors", RAIL)
}

/// The buttons of a form that save nothing.
struct Pressed {
    example: String,
    generate: bool,
    hop: String,
}

impl Pressed {
    fn of(typed: &Typed) -> Self {
        Self { example: typed.insert.clone(), generate: typed.generate, hop: typed.hop.clone() }
    }
}

/// The form with an example or a new external id put in, or with other rows, where such a button was pressed: then nothing
/// is saved.
async fn fill_in(app: &App, who: &Who, form: &mut ConnectorForm, pressed: &Pressed) -> Result<bool, WebError> {
    let Pressed { example, generate, hop } = pressed;
    if !hop.is_empty() {
        form.through = hops::press(&form.through, hop);
        return Ok(true);
    }
    if *generate {
        form.external_id = connectors::new_external_id();
        return Ok(true);
    }
    if example.is_empty() {
        return Ok(false);
    }
    if let Some(example) = policy_examples::list(app, who).await?.into_iter().find(|known| known.id == *example) {
        if example.kind == "policy" {
            form.policy = example.text;
        } else {
            let arns = form.policy_arns.trim_end();
            form.policy_arns = if arns.is_empty() { example.text } else { format!("{arns}\n{}", example.text) };
        }
    }
    Ok(true)
}

/// `GET /admin/connectors/new`
///
/// # Errors
/// Where the database does not answer.
pub async fn new(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    let keys = connectors::sources(&app, &who.0).await?;
    let form = ConnectorForm {
        principal_type: PrincipalType::AssumeRole.word().to_owned(),
        // With one access key there is nothing to choose.
        access_key: if let [only] = keys.as_slice() { only.id.clone() } else { String::new() },
        enabled: true,
        ..ConnectorForm::default()
    };
    let frame = frame(&app, &who.0, &session, "New connector");
    Ok(ok(&page(&app, &who.0, frame, form, Shown::default()).await?))
}

/// `POST /admin/connectors/new`
///
/// # Errors
/// Where the database does not answer.
pub async fn create(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let (who, pressed) = (who.0, Pressed::of(&typed.0));
    let mut form = typed.0.form();
    if fill_in(&app, &who, &mut form, &pressed).await? {
        let frame = frame(&app, &who, &session, "New connector");
        return Ok(ok(&page(&app, &who, frame, form, Shown::default()).await?));
    }
    match connectors::create(&app, &who, &form).await {
        Ok(id) => {
            session.say(
                Tone::Good,
                format!("The connector “{}” is there. Choose the groups that may use it.", form.name.trim()),
            );
            Ok(see_other(&format!("/admin/permissions?connector={id}")))
        }
        Err(error) => {
            let (mut response, errors) = again(error, &who.origin)?;
            let frame = frame(&app, &who, &session, "New connector");
            Ok(respond(&mut response, &page(&app, &who, frame, form, Shown { errors, ..Shown::default() }).await?))
        }
    }
}

/// `GET /admin/connectors/{id}`
///
/// # Errors
/// 404 where there is none.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let (connector, groups) = connectors::show(&app, &who.0, &id).await?;
    let frame = frame(&app, &who.0, &session, &connector.name);
    let shown = Shown { id: Some(connector.id.clone()), groups, errors: FieldErrors::default() };
    Ok(ok(&page(&app, &who.0, frame, ConnectorForm::from(&connector), shown).await?))
}

/// `POST /admin/connectors/{id}`
///
/// # Errors
/// 404 where there is none; 409 where somebody else saved it since.
pub async fn update(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let (who, pressed) = (who.0, Pressed::of(&typed.0));
    let mut form = typed.0.form();
    let (connector, groups) = connectors::show(&app, &who, &id).await?;
    let shown = Shown { id: Some(connector.id.clone()), groups, errors: FieldErrors::default() };
    if fill_in(&app, &who, &mut form, &pressed).await? {
        let frame = frame(&app, &who, &session, &connector.name);
        return Ok(ok(&page(&app, &who, frame, form, shown).await?));
    }
    match connectors::update(&app, &who, &id, &form).await {
        Ok(()) => {
            session.say(Tone::Good, "Saved. It counts from the next use on.");
            Ok(see_other(&format!("{RAIL}/{id}")))
        }
        Err(error) => {
            let is_stale = matches!(error, PortalError::Stale);
            let (mut response, errors) = again(error, &who.origin)?;
            let (connector, groups) = connectors::show(&app, &who, &id).await?;
            if is_stale {
                form.version = connector.version;
            }
            let frame = frame(&app, &who, &session, &connector.name);
            let page = page(&app, &who, frame, form, Shown { groups, errors, ..shown }).await?;
            Ok(respond(&mut response, &page))
        }
    }
}

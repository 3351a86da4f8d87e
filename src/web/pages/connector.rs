//! One connector: create, look at, change.

mod buttons;
mod cap;
pub mod draft;
mod gone;
mod hops;
mod limits;
mod programs;
mod snippets;
pub mod switch;
mod typed;
mod uses;
pub mod version;
pub mod versions;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::model::access_key::AccessKey;
use crate::model::connector::Connector;
use crate::model::grant::Grant;
use crate::model::hop::MOST_THROUGH;
use crate::model::policy_example::text_in;
use crate::model::principal::PrincipalType;
pub use crate::portal::connectors::ConnectorForm;
use crate::portal::connectors::shortcuts::Shortcut;
use crate::portal::policy_examples::Example;
use crate::portal::{PortalError, Who, accounts, connectors, policy_examples, reach};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Choice, FieldErrors, Tone, ok, respond, see_other};
use crate::web::policy_field::PolicyField;
use crate::web::session::Session;
use buttons::Pressed;
pub use cap::CapView;
pub use hops::HopRow;
pub use typed::Typed;
pub use uses::UseRow;
use versions::Compared;

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
    /// Where the form is sent; empty: to its own address.
    pub action: String,
    /// The form as typed.
    pub f: ConnectorForm,
    /// The access keys to choose from.
    pub access_keys: Vec<Choice>,
    /// Policies and policy ARNs to insert.
    pub examples: Vec<ExampleChoice>,
    /// The partition of each access key, by its id.
    pub key_partitions: BTreeMap<String, &'static str>,
    /// The account that it leads into as (address, name), where it is known.
    pub account: Option<(String, String)>,
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// The names of the groups that may use it.
    pub groups: Vec<String>,
    /// Whether it is switched on as it stands; for the button that turns that round.
    pub is_on: bool,
    /// What the reader may make of which access key; for restricted administrators alone.
    pub envelopes: Vec<(String, String)>,
    /// The principal types that the reader may choose.
    pub kinds: Vec<&'static str>,
    /// Why the reader may look at it and not change it.
    pub fixed: Option<String>,
    /// What somebody else changed since the form was opened, where that is why it was not saved.
    pub meanwhile: Option<Compared>,
    /// Who used it lately; none for a new one.
    pub uses: Vec<UseRow>,
    /// Path of its deep link, `/console/{slug}`; empty for a new one and where there is no console.
    pub slug_path: String,
    /// Ways past its roles, or past another's, with what one of the two hands out.
    pub shortcuts: Vec<Shortcut>,
    /// What has to stand at AWS, for the side panel.
    pub snippets: Vec<Snippet>,
    /// The roles on the way.
    pub hops: Vec<HopRow>,
    /// How many of them there may be.
    pub most_hops: usize,
    /// How long sessions may last at most, and why.
    pub cap: CapView,
    /// That they are too short for SDKs.
    pub short: Option<String>,
    /// What stands around the inline policy.
    pub policy: PolicyField,
}

impl ConnectorPage {
    /// Whether there is an example of `kind` to insert.
    #[must_use]
    pub fn has_examples(&self, kind: &str) -> bool {
        self.examples.iter().any(|example| example.kind == kind)
    }

    /// Whether the reader may choose this principal type.
    #[must_use]
    pub fn offers(&self, kind: &str) -> bool {
        self.kinds.contains(&kind)
    }

    /// The partition of each access key, as JSON, for the examples.
    #[must_use]
    pub fn partitions(&self) -> String {
        serde_json::to_string(&self.key_partitions).unwrap_or_default()
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

impl ExampleChoice {
    /// An example as it is inserted for an access key: managed policies of AWS lie in the key's partition.
    fn of(Example { id, example, .. }: Example, key: Option<&AccessKey>) -> Self {
        Self {
            id,
            name: example.name,
            kind: example.kind.word().to_owned(),
            text: key.map_or(example.text.clone(), |key| text_in(&example.text, key.partition)),
        }
    }
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
    let examples = policy_examples::offered(app, who).await?;
    let key = keys.iter().find(|key| key.id == form.access_key);
    let mut snippets = snippets::of(&form, key);
    snippets.extend(programs::setup(app, &form));
    let fixed = match &shown.id {
        Some(id) => reach::fixed(app, who, id).await?,
        None => None,
    };
    let administers = who.administrator().is_ok();
    let uses = match &shown.id {
        // Who used what is for those who read the log.
        Some(id) if administers => connectors::recent_uses(app, who, id).await?.into_iter().map(UseRow::from).collect(),
        _ => Vec::new(),
    };
    let shortcuts = connectors::shortcuts::of(app, who, shown.id.as_deref(), &form).await?;
    let opens = PrincipalType::parse(&form.principal_type).is_ok_and(PrincipalType::opens_console);
    let policy = PolicyField::of(&form.policy, key.map(|key| key.partition));
    Ok(ConnectorPage {
        policy,
        access_keys: limits::choices(&keys, &form.access_key, fixed.as_ref()),
        kinds: limits::kinds(who, &keys, fixed.is_some()),
        envelopes: limits::envelopes(who, &keys),
        fixed: fixed.map(|fixed| fixed.why),
        key_partitions: keys.iter().map(|key| (key.id.clone(), key.partition.id())).collect(),
        account: match &shown.id {
            Some(id) if administers => accounts::of_connector(app, who, id).await?,
            _ => None,
        }
        .map(|account| (format!("/admin/accounts/{}", account.id), account.name())),
        examples: examples.into_iter().map(|example| ExampleChoice::of(example, key)).collect(),
        slug_path: if shown.id.is_some() && opens {
            app.address(&format!("/console/{}", form.slug))
        } else {
            String::new()
        },
        frame,
        action: String::new(),
        id: shown.id,
        hops: hops::rows(&form.through),
        most_hops: MOST_THROUGH,
        cap: cap::of(&form, &keys),
        short: programs::note(app, &form),
        f: form,
        errors: shown.errors,
        groups: shown.groups,
        is_on: shown.is_on,
        meanwhile: shown.meanwhile,
        uses,
        shortcuts,
        snippets,
    })
}

/// What the page shows beside the form.
#[derive(Default)]
struct Shown {
    id: Option<String>,
    groups: Vec<String>,
    is_on: bool,
    meanwhile: Option<Compared>,
    errors: FieldErrors,
}

impl Shown {
    fn of(connector: &Connector, grants: &[Grant]) -> Self {
        let groups = grants.iter().map(|grant| grant.group_name.clone()).collect();
        Self { id: Some(connector.id.clone()), groups, is_on: connector.enabled, ..Self::default() }
    }
}

fn frame(app: &App, who: &Who, session: &Session, title: &str) -> Frame {
    Frame::administration(app, who, session, RAIL, title).below("Administration", "/admin").below("Connectors", RAIL)
}

/// `GET /admin/connectors/new`
///
/// # Errors
/// Where the database does not answer.
pub async fn new(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let kept = draft::kept(&app, &who.0, &asked).await?;
    let form = match (kept, &asked.copy) {
        (Some(form), _) => form,
        (None, Some(id)) => ConnectorForm::copy_of(&connectors::show(&app, &who.0, id).await?.0),
        (None, None) => {
            let keys = connectors::sources(&app, &who.0).await?;
            ConnectorForm {
                principal_type: limits::kinds(&who.0, &keys, false).first().copied().unwrap_or_default().to_owned(),
                // With one access key there is nothing to choose.
                access_key: if let [only] = keys.as_slice() { only.id.clone() } else { String::new() },
                enabled: true,
                ..ConnectorForm::default()
            }
        }
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
    if let Some(away) = draft::leave(&app, &who, None, &form, &pressed.go).await? {
        return Ok(away);
    }
    if pressed.fill_in(&app, &who, &mut form).await? {
        let frame = frame(&app, &who, &session, "New connector");
        return Ok(ok(&page(&app, &who, frame, form, Shown::default()).await?));
    }
    match connectors::create(&app, &who, &form).await {
        Ok(id) => {
            let name = form.name.trim();
            if form.groups.trim().is_empty() {
                session.say(Tone::Good, format!("The connector “{name}” is there. Choose the groups that may use it."));
                return Ok(see_other(&format!("/admin/permissions?connector={id}")));
            }
            session.say(Tone::Good, format!("The connector “{name}” is there, and its groups may use it."));
            Ok(see_other(&format!("{RAIL}/{id}")))
        }
        Err(error) => {
            let (mut response, errors) = again(error, &who.origin)?;
            let frame = frame(&app, &who, &session, "New connector");
            Ok(respond(&mut response, &page(&app, &who, frame, form, Shown { errors, ..Shown::default() }).await?))
        }
    }
}

/// `?restore=` with an earlier version's number, `?copy=` with another connector's id; `?draft=` with what was typed before,
/// and `key=` with the access key to choose in it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    restore: Option<i32>,
    copy: Option<String>,
    draft: Option<String>,
    key: Option<String>,
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
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let (connector, grants) = connectors::show(&app, &who.0, &id).await?;
    let frame = frame(&app, &who.0, &session, &connector.name);
    let kept = draft::kept(&app, &who.0, &asked).await?;
    let form = match (kept, asked.restore) {
        (Some(form), _) => form,
        (None, Some(version)) => {
            connectors::versions::form_of(&app, &who.0, &connector.id, version, connector.version).await?
        }
        (None, None) => ConnectorForm::from(&connector),
    };
    Ok(ok(&page(&app, &who.0, frame, form, Shown::of(&connector, &grants)).await?))
}

/// `POST /admin/connectors/{id}`
///
/// # Errors
/// 404 where there is none, with the form of a new one; 409 where somebody else saved it since.
pub async fn update(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    typed: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let (who, pressed) = (who.0, Pressed::of(&typed.0));
    let mut form = typed.0.form();
    let (connector, grants) = match connectors::show(&app, &who, &id).await {
        Err(PortalError::NotFound(_)) => return gone::again(&app, &who, &session, &id, form).await,
        found => found?,
    };
    if let Some(away) = draft::leave(&app, &who, Some(&connector.id), &form, &pressed.go).await? {
        return Ok(away);
    }
    let shown = Shown::of(&connector, &grants);
    if pressed.fill_in(&app, &who, &mut form).await? {
        let frame = frame(&app, &who, &session, &connector.name);
        return Ok(ok(&page(&app, &who, frame, form, shown).await?));
    }
    match connectors::update(&app, &who, &id, &form).await {
        Ok(()) => {
            session.say(Tone::Good, "Saved. It counts from the next use on.");
            Ok(see_other(&format!("{RAIL}/{id}")))
        }
        Err(PortalError::NotFound(_)) => gone::again(&app, &who, &session, &id, form).await,
        Err(error) => {
            let is_stale = matches!(error, PortalError::Stale);
            let (mut response, errors) = again(error, &who.origin)?;
            let (connector, grants) = connectors::show(&app, &who, &id).await?;
            let mut shown = Shown { errors, ..Shown::of(&connector, &grants) };
            if is_stale {
                shown.meanwhile = versions::between(&app, &who, &id, (form.version, connector.version)).await.ok();
                form.version = connector.version;
            }
            let frame = frame(&app, &who, &session, &connector.name);
            let page = page(&app, &who, frame, form, shown).await?;
            Ok(respond(&mut response, &page))
        }
    }
}

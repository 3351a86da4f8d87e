//! Which groups may use which connector; by group in [`by_group`] and [`group`].

pub mod by_group;
pub mod group;
pub mod people;
pub mod picker;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::portal::connectors::list;
use crate::portal::permissions::{self, GrantStatus};
use crate::portal::{Who, reach};
use crate::store::connector_list::Wanted;
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{AccountTag, FieldErrors, Moment, Tone, ok, respond, see_other};
use crate::web::session::Session;
use people::PeopleView;
use picker::{GroupPicker, picker};

/// `GET /admin/permissions?connector={id}&q=`.
///
/// Its block `options` is the answer of `GET /admin/permissions/groups?connector={id}&q=` ([`as_options`](Self::as_options)),
/// `people` that of [`people::show`].
/// `POST /admin/permissions/grant` gets `connector` and `group` (the `value` of an option), or
/// `q` (a typed group name) where no option was clicked. `POST /admin/permissions/revoke` gets `connector` and `grant`.
#[derive(Template)]
#[template(path = "pages/permissions.html", blocks = ["options", "people"])]
pub struct PermissionsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The search over connectors, as typed.
    pub query: String,
    /// The connectors that match, the first of them.
    pub connectors: Vec<PermissionConnector>,
    /// How many more match.
    pub more: usize,
    /// The one whose groups are shown.
    pub chosen: Option<ChosenConnector>,
    /// Where a group is looked for.
    pub picker: GroupPicker,
    /// How many people its groups have, once somebody asked.
    pub people: Option<PeopleView>,
    /// What is wrong; the picker's field is `group`.
    pub errors: FieldErrors,
}

impl PermissionsPage {
    /// A page that only one of its blocks is shown of.
    pub(super) fn part(frame: Frame) -> Self {
        Self {
            frame,
            query: String::new(),
            connectors: Vec::new(),
            more: 0,
            chosen: None,
            picker: GroupPicker::default(),
            people: None,
            errors: FieldErrors::default(),
        }
    }

    /// Whether a connector is chosen that the reader may grant.
    #[must_use]
    pub fn may_grant(&self) -> bool {
        self.chosen.as_ref().is_some_and(|chosen| chosen.fixed.is_none())
    }
}

/// A connector in the list.
pub struct PermissionConnector {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its account.
    pub account: AccountTag,
    /// How many groups may use it.
    pub groups: usize,
    /// Whether its groups are shown.
    pub chosen: bool,
}

/// The connector whose groups are shown.
pub struct ChosenConnector {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Why the reader may look at it and not change it.
    pub fixed: Option<String>,
    /// Who may use it.
    pub grants: Vec<GrantRow>,
}

/// One grant.
pub struct GrantRow {
    /// Its id.
    pub id: String,
    /// The group's name.
    pub group: String,
    /// The group's value, `directory:stable-id`.
    pub value: String,
    /// Its DN, or its directory.
    pub detail: String,
    /// Whether the directory no longer has the group.
    pub gone: bool,
    /// Who granted it.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// `?connector=&q=`; on the fragment, `q` is a part of a group's name.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Asked {
    connector: String,
    q: String,
}

/// The form of a grant: a group that was clicked, or a name that was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct GrantForm {
    connector: String,
    group: String,
    q: String,
}

/// The form of a revocation.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RevokeForm {
    connector: String,
    grant: String,
}

const RAIL: &str = "/admin/permissions";

fn address(connector: &str) -> String {
    let query = serde_urlencoded::to_string([("connector", connector)]).unwrap_or_default();
    format!("{RAIL}?{query}")
}

/// What was typed to find a group, and what is wrong with it.
#[derive(Default)]
struct Input<'a> {
    typed: &'a str,
    errors: FieldErrors,
}

async fn page(
    app: &App,
    who: &Who,
    session: &Session,
    asked: &Asked,
    input: Input<'_>,
) -> Result<PermissionsPage, WebError> {
    let wanted = Wanted { search: asked.q.clone(), ..Wanted::default() };
    let found = list::list(app, who, wanted, None).await?;
    let row = |status: list::ConnectorStatus| PermissionConnector {
        chosen: status.head.id == asked.connector,
        account: AccountTag::of(status.account.as_ref()),
        groups: usize::try_from(status.groups).unwrap_or(0),
        id: status.head.id,
        name: status.head.name,
    };
    let (chosen, granted) = match asked.connector.as_str() {
        "" => (None, Vec::new()),
        id => {
            let (connector, grants) = permissions::of_connector(app, who, id).await?;
            let rows = grants.iter().map(grant_row).collect();
            let granted = grants.into_iter().map(|status| status.grant.group).collect();
            let fixed = reach::fixed(app, who, &connector.id).await?.map(|fixed| fixed.why);
            let (id, name, slug) = (connector.id, connector.name, connector.slug);
            let chosen = ChosenConnector { id, name, slug, fixed, grants: rows };
            (Some(chosen), granted)
        }
    };
    let picker = if chosen.is_some() { picker(app, who, input.typed, &granted).await? } else { GroupPicker::default() };
    Ok(PermissionsPage {
        frame: Frame::administration(app, who, session, RAIL, "Permissions"),
        query: asked.q.clone(),
        more: found.found - found.rows.len(),
        connectors: found.rows.into_iter().map(row).collect(),
        chosen,
        picker,
        people: None,
        errors: input.errors,
    })
}

fn grant_row(status: &GrantStatus) -> GrantRow {
    GrantRow {
        id: status.grant.id.clone(),
        group: status.grant.group_name.clone(),
        value: status.grant.group.to_string(),
        detail: status.grant.group_detail.clone(),
        gone: status.gone,
        by: status.grant.created_by.clone(),
        at: Moment(status.grant.created_at),
    }
}

/// `GET /admin/permissions`
///
/// # Errors
/// 404 where the connector is unknown.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    Ok(ok(&page(&app, &who.0, &session, &asked, Input::default()).await?))
}

/// `GET /admin/permissions/groups`: the groups to choose from, as a part of the page.
///
/// # Errors
/// 404 where the connector is unknown.
pub async fn groups(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    // No more than the part needs: it is asked for at every letter.
    let granted = permissions::granted(&app, &who.0, &asked.connector).await?;
    let frame = Frame::administration(&app, &who.0, &session, RAIL, "Permissions");
    let picker = picker(&app, &who.0, &asked.q, &granted).await?;
    Ok(ok(&PermissionsPage { picker, ..PermissionsPage::part(frame) }.as_options()))
}

/// `GET /admin/permissions/grant`: a reload after a refused grant.
pub async fn back() -> HttpResponse {
    see_other(RAIL)
}

/// `POST /admin/permissions/grant`
///
/// # Errors
/// 404 where the connector is unknown; where the directory does not answer.
pub async fn grant(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    form: Form<GrantForm>,
) -> Result<HttpResponse, WebError> {
    let form = form.0;
    let typed = if form.group.is_empty() { &form.q } else { &form.group };
    match permissions::grant(&app, &who.0, &form.connector, typed).await {
        Ok(group) => {
            session.say(Tone::Good, format!("Members of “{}” may use it from now on.", group.name));
            Ok(see_other(&address(&form.connector)))
        }
        Err(error) => {
            let (mut response, errors) = again(error, &who.0.origin)?;
            let asked = Asked { connector: form.connector, q: String::new() };
            let page = page(&app, &who.0, &session, &asked, Input { typed: &form.q, errors }).await?;
            Ok(respond(&mut response, &page))
        }
    }
}

/// `POST /admin/permissions/revoke`
///
/// # Errors
/// 404 where there is no such grant.
pub async fn revoke(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    form: Form<RevokeForm>,
) -> Result<HttpResponse, WebError> {
    let grant = permissions::revoke(&app, &who.0, &form.0.grant).await?;
    let sentence =
        format!("Members of “{}” may no longer use it. Credentials already issued run to their end.", grant.group_name);
    session.say(Tone::Good, sentence);
    Ok(see_other(&address(&form.0.connector)))
}

#[cfg(test)]
mod tests {
    use super::picker::GroupOption;
    use super::*;

    #[test]
    fn the_options_come_alone_and_in_the_page() {
        let option = GroupOption {
            value: "corp:42".to_owned(),
            name: "payments <ops>".to_owned(),
            detail: "cn=payments-ops".to_owned(),
            granted: false,
        };
        let picker = GroupPicker { options: vec![option], more: true, ..GroupPicker::default() };
        let mut page = PermissionsPage { picker, ..PermissionsPage::part(Frame::default()) };
        let alone = page.as_options().render().unwrap();
        assert!(alone.trim_start().starts_with("<p"), "{alone}");
        assert!(
            alone.contains(r#"name="group" value="corp:42""#) && alone.contains("payments &#60;ops&#62;"),
            "{alone}"
        );
        assert!(alone.contains("1 group, and more"), "{alone}");

        page.chosen = Some(ChosenConnector {
            id: "7".to_owned(),
            name: "Payments".to_owned(),
            slug: "payments".to_owned(),
            fixed: None,
            grants: Vec::new(),
        });
        let whole = page.render().unwrap();
        assert!(whole.contains(alone.trim()), "{whole}");
        assert!(whole.contains(r#"data-hx-get="/admin/permissions/groups?connector=7""#), "{whole}");
    }
}

//! Which groups may use which connector.

use askama::Template;

use crate::web::frame::Frame;
use crate::web::html::{AccountTag, FieldErrors, Moment};

/// `GET /admin/permissions?connector={id}&q=`.
///
/// Its block `options` is the answer of `GET /admin/permissions/groups?connector={id}&q=` ([`as_options`](Self::as_options)).
/// `POST /admin/permissions/grant` gets `connector` and `group` (the [`value`](GroupOption::value) of an option), or
/// `q` (a typed group name) where no option was clicked. `POST /admin/permissions/revoke` gets `connector` and `grant`.
#[derive(Template)]
#[template(path = "pages/permissions.html", blocks = ["options"])]
pub struct PermissionsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The search over connectors, as typed.
    pub query: String,
    /// The connectors that match.
    pub connectors: Vec<PermissionConnector>,
    /// The one whose groups are shown.
    pub chosen: Option<ChosenConnector>,
    /// Where a group is looked for.
    pub picker: GroupPicker,
    /// What is wrong; the picker's field is `group`.
    pub errors: FieldErrors,
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
    /// Who may use it.
    pub grants: Vec<GrantRow>,
}

/// One grant.
pub struct GrantRow {
    /// Its id.
    pub id: String,
    /// The group's name.
    pub group: String,
    /// Its DN, or its directory.
    pub detail: String,
    /// Whether the directory no longer has the group.
    pub gone: bool,
    /// Who granted it.
    pub by: String,
    /// When.
    pub at: Moment,
}

/// Groups to choose from.
#[derive(Default)]
pub struct GroupPicker {
    /// The search as typed.
    pub typed: String,
    /// The groups that match, 100 at most.
    pub options: Vec<GroupOption>,
    /// Whether there are more than are shown.
    pub more: bool,
    /// Why there are none, as "The directory does not answer".
    pub problem: Option<String>,
}

/// A group to choose.
pub struct GroupOption {
    /// What the form sends, `directory:stable-id`.
    pub value: String,
    /// The group's name.
    pub name: String,
    /// Its DN, or its directory.
    pub detail: String,
    /// Whether it may use the connector already.
    pub granted: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_come_alone_and_in_the_page() {
        let option = GroupOption {
            value: "corp:42".to_owned(),
            name: "payments <ops>".to_owned(),
            detail: "cn=payments-ops".to_owned(),
            granted: false,
        };
        let mut page = PermissionsPage {
            frame: Frame::default(),
            query: String::new(),
            connectors: Vec::new(),
            chosen: None,
            picker: GroupPicker { options: vec![option], more: true, ..GroupPicker::default() },
            errors: FieldErrors::new(),
        };
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
            grants: Vec::new(),
        });
        let whole = page.render().unwrap();
        assert!(whole.contains(alone.trim()), "{whole}");
        assert!(whole.contains(r#"data-hx-get="/admin/permissions/groups?connector=7""#), "{whole}");
    }
}

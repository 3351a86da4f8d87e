//! `daypass user`

use clap::Subcommand;

use super::output;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::model::event::{Kind, Origin};
use crate::portal::PortalError;
use crate::portal::users::{self, NewUser};

/// What to do with local people.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Add a person; the password is asked for, or read from standard input
    Add {
        /// The name they sign in with
        name: String,
        /// A group they are in, made where it is missing; `administrators`, `restricted-administrators` and `auditors` have roles
        #[arg(long = "group", value_name = "GROUP")]
        groups: Vec<String>,
        /// Their name for people
        #[arg(long, default_value = "")]
        display_name: String,
        /// Their e-mail address
        #[arg(long, default_value = "")]
        mail: String,
        /// What else is known of them, as KEY=VALUE, for {{user.attribute.KEY}} in policies and session tags
        #[arg(long = "attribute", value_name = "KEY=VALUE", value_parser = attribute)]
        attributes: Vec<(String, String)>,
    },
    /// Set a person's password
    Passwd {
        /// The name they sign in with
        name: String,
    },
    /// Set what else is known of a person, for {{user.attribute.KEY}} in policies and session tags
    SetAttribute {
        /// The name they sign in with
        name: String,
        /// As KEY=VALUE; KEY= takes it away
        #[arg(value_name = "KEY=VALUE", value_parser = attribute)]
        attribute: (String, String),
    },
    /// List everybody
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Keep a person out from now on
    Disable {
        /// The name they sign in with
        name: String,
    },
    /// Let a person in again
    Enable {
        /// The name they sign in with
        name: String,
    },
}

/// Does it, beside a running server.
pub(super) async fn run(config: Config, action: Action) -> Result<(), String> {
    let app = App::build(config, Clock::system(), false).await?;
    if app.directories.local().is_none() {
        return Err("The configuration has no local directory; people come from those that it names.".to_owned());
    }
    let done = match action {
        Action::Add { name, groups, display_name, mail, attributes } => {
            let password = output::ask_password("Password: ")?;
            let attributes = attributes.into_iter().collect();
            let new = NewUser { user_name: name, display_name, mail, password, groups, attributes };
            users::add(&app, new, Kind::UserCreate, &Origin::default()).await.map(drop)
        }
        Action::Passwd { name } => {
            let password = output::ask_password("New password: ")?;
            users::set_password(&app, &name, password).await
        }
        Action::SetAttribute { name, attribute: (key, value) } => users::set_attribute(&app, &name, &key, &value).await,
        Action::List { json } => list(&app, json).await,
        Action::Disable { name } => users::set_active(&app, &name, false).await,
        Action::Enable { name } => users::set_active(&app, &name, true).await,
    };
    done.map_err(|error| explain(&error))
}

/// `KEY=VALUE`
fn attribute(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((parts.0.to_owned(), parts.1.to_owned()))
}

async fn list(app: &App, json: bool) -> Result<(), PortalError> {
    for users::Listed { user, groups, attributes } in users::list(app).await? {
        if json {
            let line = serde_json::json!({
                "userName": user.user_name, "displayName": user.display_name, "mail": user.mail, "active": user.active, "groups": groups,
                "attributes": attributes,
            });
            output::line(&line.to_string());
        } else {
            let state = if user.active { "" } else { " (disabled)" };
            output::line(&format!("{}{state}\t{}\t{}", user.user_name, user.display_name, groups.join(", ")));
        }
    }
    Ok(())
}

fn explain(error: &PortalError) -> String {
    match error {
        PortalError::Invalid(errors) => {
            errors.iter().map(|(field, sentence)| format!("{field}: {sentence}")).collect::<Vec<_>>().join(" ")
        }
        PortalError::NotFound(_) => "There is no such person. daypass user list shows everybody.".to_owned(),
        other => other.to_string(),
    }
}

//! `daypass token`

use std::time::Duration;

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;

use super::output;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::model::slug;
use crate::portal::{PortalError, tokens};

/// What to do with programs' tokens.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Make a token and print it, this once
    Create {
        #[command(flatten)]
        scope: Scope,
        /// Its readable name, part of the session name that AWS sees: small letters, digits and hyphens
        #[arg(long)]
        slug: String,
        /// For how many days it is good
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
}

/// The one thing that a token is for.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct Scope {
    /// Using this connector: id, slug or name
    #[arg(long, value_name = "CONNECTOR")]
    connector: Option<String>,
    /// Replacing the secret of this access key: id or name
    #[arg(long, value_name = "NAME")]
    access_key: Option<String>,
}

/// Does it, beside a running server.
pub(super) async fn run(config: Config, action: Action) -> Result<(), String> {
    let app = App::build(config, Clock::system(), false).await?;
    let Action::Create { scope, slug, days } = action;
    let slug = slug::parse(&slug).map_err(|sentence| format!("--slug: {sentence}"))?;
    let life = Duration::from_secs(u64::from(days) * 86_400);
    let made = match (&scope.connector, &scope.access_key) {
        (Some(connector), _) => tokens::create(&app, &slug, connector, life).await,
        (None, access_key) => {
            tokens::create_for_access_key(&app, &slug, access_key.as_deref().unwrap_or_default(), life).await
        }
    };
    match made {
        Ok(token) => {
            output::line(token.expose_secret());
            Ok(())
        }
        Err(PortalError::NotFound(_)) if scope.connector.is_some() => {
            Err("There is no such connector. The connectors page shows their slugs.".to_owned())
        }
        Err(PortalError::NotFound(_)) => {
            Err("There is no such access key. The access keys page shows their names.".to_owned())
        }
        Err(PortalError::Invalid(errors)) => {
            Err(errors.iter().map(|(field, sentence)| format!("--{field}: {sentence}")).collect::<Vec<_>>().join(" "))
        }
        Err(error) => Err(error.to_string()),
    }
}

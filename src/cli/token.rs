//! `daypass token`

use std::time::Duration;

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;

use super::output;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::model::api_token::{Holder, Part};
use crate::model::credentials::rfc3339;
use crate::model::slug;
use crate::portal::PortalError;
use crate::portal::tokens::{self, TokenForm, TokenStatus, system};

/// What to do with API tokens.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Make a program's token and print it, this once
    Create(Box<Create>),
    /// List the live tokens, one a line: slug, kind, who answers for it, end, last use, name
    List,
    /// Revoke a token: its next request is refused
    Revoke {
        /// Its slug, or its id
        token: String,
    },
}

/// A token to make.
#[derive(Args)]
pub(super) struct Create {
    #[command(flatten)]
    scope: Scope,
    /// Its readable name, part of the session name that AWS sees: small letters, digits and hyphens
    #[arg(long)]
    slug: String,
    /// What people call it; the slug where it is missing
    #[arg(long)]
    name: Option<String>,
    /// For how many days it is good, at most as many as the configuration allows
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// From where it is taken, as 192.0.2.0/24; may be given several times. Without: from everywhere
    #[arg(long, value_name = "NETWORK")]
    network: Vec<String>,
    /// Who answers for it: the name that somebody signs in with
    #[arg(long, value_name = "NAME")]
    responsible: Option<String>,
    /// The group whose members may revoke and adopt it
    #[arg(long)]
    group: Option<String>,
}

/// What a token is for.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub(super) struct Scope {
    /// Using this connector: id, slug or name; may be given several times
    #[arg(long, value_name = "CONNECTOR", conflicts_with_all = ["all_connectors", "access_key"])]
    connector: Vec<String>,
    /// Using all connectors of system scope, those too that come later
    #[arg(long, conflicts_with = "access_key")]
    all_connectors: bool,
    /// The parts of the API, with commas between them. Without: use,console
    #[arg(long, value_name = "PARTS", value_delimiter = ',', conflicts_with = "access_key", long_help = parts())]
    parts: Vec<String>,
    /// Replacing the secret of this access key, and nothing else: id or name
    #[arg(long, value_name = "NAME")]
    access_key: Option<String>,
}

fn parts() -> String {
    let lines = Part::ALL.into_iter().map(|(_, word, sentence)| format!("  {word:<23} {sentence}"));
    format!(
        "The parts of the API, with commas between them; without, use and console:\n{}",
        lines.collect::<Vec<_>>().join("\n")
    )
}

/// Does it, beside a running server.
pub(super) async fn run(config: Config, action: Action) -> Result<(), String> {
    let app = App::build(config, Clock::system(), false).await?;
    match action {
        Action::Create(create) => make(&app, *create).await,
        Action::List => list(&app).await,
        Action::Revoke { token } => revoke(&app, &token).await,
    }
}

async fn make(app: &App, create: Create) -> Result<(), String> {
    let slug = slug::parse(&create.slug).map_err(|sentence| format!("--slug: {sentence}"))?;
    if let Some(access_key) = &create.scope.access_key {
        if !create.network.is_empty() || create.responsible.is_some() || create.group.is_some() {
            let sentence = "--network, --responsible and --group are not for tokens of access keys.";
            return Err(sentence.to_owned());
        }
        let most = app.config.api.program_token_days;
        if create.days > most {
            return Err(format!("--days: Choose 1 to {most}."));
        }
        let life = Duration::from_secs(u64::from(create.days) * 86_400);
        return match tokens::create_for_access_key(app, &slug, access_key, life).await {
            Ok(token) => {
                output::line(token.expose_secret());
                Ok(())
            }
            Err(PortalError::NotFound(_)) => {
                Err("There is no such access key. The access keys page shows their names.".to_owned())
            }
            Err(error) => Err(sentence(&error)),
        };
    }
    let form = form(slug, create);
    let made = system::create_program(app, &form).await.map_err(|error| sentence(&error))?;
    for note in &made.notes {
        output::note(note);
    }
    output::line(made.text.expose_secret());
    Ok(())
}

fn form(slug: String, create: Create) -> TokenForm {
    let parts = if create.scope.parts.is_empty() {
        [Part::Use, Part::Console].map(|part| part.word().to_owned()).to_vec()
    } else {
        create.scope.parts
    };
    TokenForm {
        name: create.name.unwrap_or_else(|| slug.clone()),
        slug,
        life: format!("{}d", create.days),
        parts,
        all_connectors: create.scope.all_connectors,
        connectors: create.scope.connector,
        more: String::new(),
        networks: create.network.join("\n"),
        responsible: create.responsible.unwrap_or_default(),
        group: create.group.unwrap_or_default(),
    }
}

/// What is wrong, by option.
fn sentence(error: &PortalError) -> String {
    let PortalError::Invalid(errors) = error else { return error.to_string() };
    let option = |field: &str| match field {
        "connectors" => "connector".to_owned(),
        "networks" => "network".to_owned(),
        "life" => "days".to_owned(),
        field => field.to_owned(),
    };
    errors.iter().map(|(field, sentence)| format!("--{}: {sentence}", option(field))).collect::<Vec<_>>().join(" ")
}

async fn list(app: &App) -> Result<(), String> {
    for status in system::list(app).await.map_err(|error| error.to_string())? {
        output::line(&row(&status));
    }
    Ok(())
}

/// One token in a line, its columns with tabs between them.
fn row(status: &TokenStatus) -> String {
    let token = &status.token;
    let kind = match token.holder {
        Holder::Person(_) => "personal",
        Holder::Program(_) if token.is_orphan() => "program, orphaned",
        Holder::Program(_) => "program",
    };
    let person = if status.person.is_empty() { "nobody" } else { &status.person };
    let used = token.last_use.as_ref().map_or_else(|| "never".to_owned(), |last| rfc3339(last.at));
    [&token.slug, kind, person, &rfc3339(token.ends_at()), &used, &token.name].join("\t")
}

async fn revoke(app: &App, text: &str) -> Result<(), String> {
    match system::revoke(app, text).await {
        Ok((token, true)) => {
            output::line(&format!("{} is revoked.", token.slug));
            Ok(())
        }
        Ok((token, false)) => {
            output::line(&format!("{} was revoked before.", token.slug));
            Ok(())
        }
        Err(PortalError::NotFound(_)) => {
            Err("There is no such token. daypass token list shows their slugs.".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

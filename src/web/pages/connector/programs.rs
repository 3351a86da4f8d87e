//! What a program's AWS SDK has to be told, and what short sessions mean for it.

use super::{ConnectorForm, Snippet};
use crate::app::App;
use crate::model::principal::PrincipalType;
use crate::model::session::{SHORTEST_KEPT, parse_duration, show_duration};

/// The variables for a connector that programs may use, once its slug is known.
pub(super) fn setup(app: &App, form: &ConnectorForm) -> Option<Snippet> {
    let slug = form.slug.trim();
    if !form.system_scope || slug.is_empty() {
        return None;
    }
    let address = app.address(&format!("/api/v1/connectors/{slug}/container-credentials"));
    let mut help =
        "In the surroundings of a program that uses an AWS SDK or the AWS CLI, with the file that holds its token and no line end."
            .to_owned();
    if let Some(note) = note(app, form) {
        help = format!("{help} {note}");
    }
    Some(Snippet {
        title: "Variables for AWS SDKs".to_owned(),
        help,
        text: format!(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI={address}\nAWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/run/secrets/daypass-token\n"
        ),
    })
}

/// That sessions are too short to be handed out more than once.
pub(super) fn note(app: &App, form: &ConnectorForm) -> Option<String> {
    let kind = PrincipalType::parse(&form.principal_type).ok()?;
    // What the surroundings have lasts as it was given to them.
    let short = kind != PrincipalType::Provided && parse_duration(&form.duration).is_ok_and(|own| own < SHORTEST_KEPT);
    (short && app.config.api.cache).then(|| {
        format!(
            "With less than {}, AWS is asked at every request: most SDKs ask again before each of their calls.",
            show_duration(SHORTEST_KEPT)
        )
    })
}

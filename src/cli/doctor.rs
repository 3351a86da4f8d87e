//! `daypass doctor`

use super::output;
use crate::clock::Clock;
use crate::config::Config;
use crate::portal::doctor::{self, Finding};

/// Looks at everything and prints a line for each thing. Fails where something is wrong.
pub(super) async fn run(config: Config, json: bool) -> Result<(), String> {
    let findings = doctor::examine(&config, &Clock::system()).await?;
    for finding in &findings {
        output::line(&if json { as_json(finding) } else { as_text(finding) });
    }
    match findings.iter().filter(|finding| finding.trouble.is_some()).count() {
        0 => Ok(()),
        1 => Err("1 thing is wrong.".to_owned()),
        wrong => Err(format!("{wrong} things are wrong.")),
    }
}

fn as_text(finding: &Finding) -> String {
    match &finding.trouble {
        None if finding.remark.is_some() => {
            let remark = finding.remark.as_deref().unwrap_or_default();
            format!("look   {}: {}: {}.", finding.check, finding.what, remark.trim_end_matches('.'))
        }
        None => format!("ok     {}: {}", finding.check, finding.what),
        Some(trouble) => format!("wrong  {}: {}: {}.", finding.check, finding.what, trouble.trim_end_matches('.')),
    }
}

fn as_json(finding: &Finding) -> String {
    serde_json::json!({
        "check": finding.check, "what": finding.what, "ok": finding.trouble.is_none(), "trouble": finding.trouble,
        "remark": finding.remark,
    })
    .to_string()
}

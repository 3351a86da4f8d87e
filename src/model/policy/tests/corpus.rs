//! `tests/corpus/policies`: policies as people and attackers send them, with what has to be said of each.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::*;

#[test]
fn every_file_is_told_as_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/policies");
    let mut names: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".json"));
    names.sort();
    assert!(names.len() >= 30, "only {} files were read", names.len());
    let mut told = String::new();
    for name in names {
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        let checked = check(&text, Some(Partition::Aws));
        places_are_inside(&text, &checked);
        writeln!(told, "{name}: {} characters, {} errors", checked.size, checked.errors).unwrap();
        for finding in &checked.findings {
            writeln!(told, "  {} {finding}", finding.severity.word()).unwrap();
        }
    }
    let kept = fs::read_to_string(folder.join("findings.txt")).unwrap_or_default();
    assert!(told == kept, "findings.txt should be:\n{told}");
}

//! The check of session policies under changed inputs, for as long as one likes:
//! `cargo bench --bench fuzz_policy -- SECONDS [SEED]` (60 seconds and the time of day where none are given).
//!
//! It changes the policies in `tests/corpus/policies`, keeps what takes the check where nothing led before (another set of
//! findings, by their sentences' shapes), and changes that again. What panics, takes longer than 50 ms, or breaks a rule that
//! holds for every text is written to `tests/corpus/policies/found-*.json`; then it ends with status 1. The same seed goes the
//! same way. It needs no nightly compiler and no instrumented build.

#![allow(missing_docs, clippy::print_stdout, clippy::disallowed_methods, reason = "a program for developers")]

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use daypass::model::partition::Partition;
use daypass::model::placeholder;
use daypass::model::policy::{LONGEST_TYPED, MOST_FINDINGS, Policy, check};

/// How long one check may take; ten milliseconds is what is promised of a policy that fits, on a quiet machine.
const SLOW: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1_000 } else { 50 });
/// How many inputs are kept beside the corpus.
const MOST_KEPT: usize = 4_000;
/// The longest input that is kept, in bytes; longer ones are tried, and slow everything down where they stay.
const LONGEST_KEPT: usize = 16_384;

/// What is put in: pieces of the grammar and what trips readers of JSON.
const PIECES: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "\\",
    "\\u0000",
    "\\ud83d",
    "\\\"",
    "null",
    "true",
    "1e999",
    "-0",
    "*",
    "?",
    "${*}",
    "${aws:username}",
    "{{user.name}}",
    "{{",
    "}}",
    "\"Version\":\"2012-10-17\"",
    "\"Version\":\"2008-10-17\"",
    "\"Statement\":",
    "\"Effect\":\"Deny\"",
    "\"NotAction\":\"iam:*\"",
    "\"Action\":[\"s3:*\",\"s3:Get*\"]",
    "\"Resource\":\"arn:aws-cn:s3:::x\"",
    "\"NotResource\":[]",
    "\"Principal\":\"*\"",
    "\"Condition\":{\"StringLike\":{\"aws:PrincipalTag/x\":\"*\"}}",
    "\"Condition\":{\"ForAllValues:IpAddress\":{\"a\":[1]}}",
    "\"Sid\":\"ä\"",
    "\u{feff}",
    "\u{2013}",
    "\u{0}",
    "\r\n",
    "\u{10ffff}",
    "\u{1F511}",
];

/// A small generator of numbers (xorshift64*): the same seed, the same numbers.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Below `end`; 0 where that is 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 32).unwrap_or_default().checked_rem(end).unwrap_or_default()
    }
}

/// A place between two characters.
fn place(numbers: &mut Numbers, text: &str) -> usize {
    text.floor_char_boundary(numbers.below(text.len() + 1))
}

/// A part of a text.
fn part<'t>(numbers: &mut Numbers, text: &'t str) -> (usize, &'t str) {
    let from = place(numbers, text);
    let most = [4, 32, 256, text.len()][numbers.below(4)];
    let to = text.floor_char_boundary(from + numbers.below(most.min(text.len() - from) + 1));
    (from, text.get(from..to).unwrap_or_default())
}

/// `text` changed in one way, often in several.
fn changed(numbers: &mut Numbers, text: &str, other: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..=numbers.below(4) {
        let at = place(numbers, &text);
        match numbers.below(8) {
            0 | 1 => text.insert_str(at, PIECES[numbers.below(PIECES.len())]),
            2 => {
                let (from, gone) = part(numbers, &text);
                let to = from + gone.len();
                text.replace_range(from..to, "");
            }
            3 => {
                let (_, copy) = part(numbers, &text);
                let copy = copy.to_owned();
                text.insert_str(at, &copy);
            }
            4 => text.insert_str(at, part(numbers, other).1),
            5 => {
                // Many of the same, for what grows faster than the text.
                let (_, copy) = part(numbers, &text);
                let copy = copy.repeat(1 << numbers.below(8));
                if text.len() + copy.len() <= 2 * LONGEST_TYPED {
                    text.insert_str(at, &copy);
                }
            }
            6 => {
                let character = char::from_u32(u32::try_from(numbers.below(0x11_0000)).unwrap_or_default());
                text.insert(at, character.unwrap_or('\u{FFFD}'));
            }
            _ => {
                if let Some(character) = text[at..].chars().next() {
                    let with = PIECES[numbers.below(PIECES.len())];
                    text.replace_range(at..at + character.len_utf8(), with);
                }
            }
        }
    }
    text
}

/// What the check says of a text, without what differs from text to text; an error is a rule that does not hold.
fn look(text: &str) -> Result<u64, String> {
    let checked = check(text, Some(Partition::AwsCn));
    let (parsed, again) = (Policy::parse(text), check(text, Some(Partition::AwsCn)));
    if again != checked {
        return Err("two checks of one text differ".to_owned());
    }
    if checked.findings.len() > MOST_FINDINGS {
        return Err(format!("{} findings", checked.findings.len()));
    }
    if parsed.is_ok() != (check(text, None).errors == 0) {
        return Err("what is taken has errors, or what is refused has none".to_owned());
    }
    if let Ok(policy) = &parsed {
        if serde_json::from_str::<serde_json::Value>(policy.minified()).is_err() {
            return Err("what is taken is no JSON once it is minified".to_owned());
        }
        if policy.minified().chars().count() != checked.size {
            return Err("the size is not that of the minified text".to_owned());
        }
        if Policy::parse(policy.minified()).is_err() {
            return Err("what is taken is refused once it is minified".to_owned());
        }
    }
    // A line ends with CR LF, LF or CR.
    let lines: Vec<&str> =
        text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r')).collect();
    let mut shape = DefaultHasher::new();
    for finding in &checked.findings {
        let line = lines.get(finding.line.wrapping_sub(1)).map(|line| line.chars().count());
        if line.is_none_or(|characters| !(1..=characters + 1).contains(&finding.column)) {
            return Err(format!("a finding at line {}, column {}", finding.line, finding.column));
        }
        finding.sentence.split('“').next().unwrap_or_default().hash(&mut shape);
    }
    let _ = placeholder::policy::check(text);
    (checked.findings.len(), parsed.is_ok()).hash(&mut shape);
    Ok(shape.finish())
}

/// Why a text is one to keep, or the shape of what was said of it; with how long it took.
fn tried(text: &str) -> (Result<u64, String>, Duration) {
    let began = Instant::now();
    let looked = catch_unwind(AssertUnwindSafe(|| look(text)));
    // Four checks and one of placeholders.
    let took = began.elapsed() / 5;
    match looked {
        Err(_) => (Err("a panic".to_owned()), took),
        Ok(Ok(_)) if took > SLOW => (Err(format!("{} ms", took.as_millis())), took),
        Ok(looked) => (looked, took),
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/policies")
}

fn corpus() -> Vec<String> {
    let files = std::fs::read_dir(folder()).into_iter().flatten().flatten();
    let policies = files.filter(|file| file.path().extension().is_some_and(|ending| ending == "json"));
    let mut texts: Vec<(PathBuf, String)> =
        policies.filter_map(|file| Some((file.path(), std::fs::read_to_string(file.path()).ok()?))).collect();
    texts.sort();
    texts.into_iter().map(|(_, text)| text).collect()
}

/// Keeps what was found as a file of the corpus; its line in `findings.txt` is written by whoever mends it.
fn keep(text: &str, why: &str) {
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    let file = folder().join(format!("found-{:016x}.json", hash.finish()));
    match std::fs::write(&file, text) {
        Ok(()) => println!("found: {why}; kept as {}", file.display()),
        Err(error) => println!("found: {why}; {} cannot be written: {error}\n{text}", file.display()),
    }
}

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let seconds = numbers.next().unwrap_or(60);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = numbers.next().unwrap_or(u64::from(now.subsec_nanos()) << 20 | 1).max(1);
    let mut texts = corpus();
    let began_with = texts.len();
    println!("{began_with} policies, {seconds} s, seed {seed}");
    let (mut numbers, mut shapes) = (Numbers(seed), HashSet::new());
    for text in &texts {
        shapes.extend(tried(text).0.ok());
    }
    let (began, mut rounds, mut found, mut slowest) = (Instant::now(), 0_u64, 0_u32, (Duration::ZERO, 0));
    while began.elapsed() < Duration::from_secs(seconds) && found < 10 && !texts.is_empty() {
        let (one, other) = (numbers.below(texts.len()), numbers.below(texts.len()));
        let text = changed(&mut numbers, &texts[one], &texts[other]);
        let (looked, took) = tried(&text);
        rounds += 1;
        slowest = slowest.max((took, text.len()));
        match looked {
            Err(why) => {
                found += 1;
                keep(&text, &why);
            }
            Ok(shape) => {
                if text.len() <= LONGEST_KEPT && shapes.insert(shape) && texts.len() < MOST_KEPT {
                    texts.push(text);
                }
            }
        }
    }
    let per_second = rounds.checked_div(began.elapsed().as_secs().max(1)).unwrap_or_default();
    let new = texts.len() - began_with;
    println!(
        "{rounds} texts, {per_second} a second, {new} led to something new, slowest check {:?} (of {} bytes), {found} found",
        slowest.0, slowest.1
    );
    if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

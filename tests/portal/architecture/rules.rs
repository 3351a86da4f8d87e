//! The rules themselves: which module may import which, where each outside crate lives, how much fits into one place.

use super::tokens::{Token, tokens};

pub struct Source {
    /// From the project's root, for example `src/web/form.rs`.
    pub path: String,
    pub text: String,
}

/// From left to right; what stands at the same place does not import each other.
const ORDER: [&[&str]; 7] = [
    &["main"],
    &["cli"],
    &["web"],
    &["portal"],
    &["app"],
    &["directory", "keyring", "aws", "store", "throttle"],
    &["model"],
];
/// Anyone but `model` may read these, and they import nothing of ours.
const LEAVES: [&str; 3] = ["config", "clock", "random"];

/// Where each outside crate may stand: by the beginning of the file's path below `src`. A name that ends in `*` stands
/// for every crate that begins so.
const HOMES: &[(&str, &[&str])] = &[
    ("actix_web", &["web", "cli", "sandbox"]),
    ("actix_http", &["web"]),
    ("actix_service", &["web"]),
    ("actix_session", &["web"]),
    ("tracing_actix_web", &["web"]),
    ("askama", &["web"]),
    ("utoipa", &["web"]),
    ("diesel", &["store"]),
    ("diesel_migrations", &["store"]),
    ("aws_sdk_*", &["aws", "sandbox/tests"]),
    ("aws_smithy_*", &["aws"]),
    ("aws_config", &["aws"]),
    ("aws_runtime", &["aws"]),
    ("aws_types", &["aws"]),
    ("ldap3", &["directory"]),
    ("aes_gcm", &["keyring"]),
    ("reqwest", &["aws", "directory", "cli/client", "sandbox/tests"]),
];

const LINES_OF_A_FILE: usize = 400;
const LINES_OF_A_FUNCTION: usize = 60;
const PARAMETERS: usize = 5;
/// Handlers take each thing of a request as a parameter of its own, which is how actix-web hands them over.
const PARAMETERS_OF_A_HANDLER: usize = 6;

/// Every rule that a file breaks, one line each.
pub fn broken_rules(file: &Source) -> Vec<String> {
    let Some(inside) = file.path.strip_prefix("src/") else { return unescaped(file) };
    let tokens = tokens(&file.text);
    let mut broken = [
        arrows(inside, &tokens),
        crates(inside, &tokens),
        calls(inside, &tokens),
        functions(inside, &tokens),
        unescaped(file),
    ]
    .concat();
    let lines = file.text.lines().count();
    if lines > LINES_OF_A_FILE && inside != "store/schema.rs" {
        broken.push(format!("{lines} lines, {LINES_OF_A_FILE} are the most: split it"));
    }
    broken.iter().map(|line| format!("{}: {line}", file.path)).collect()
}

fn may_import(from: &str, to: &str) -> bool {
    let place = |part: &str| ORDER.iter().position(|parts| parts.contains(&part));
    match (from, to) {
        _ if from == to => true,
        ("main", _) => to == "cli",
        ("sandbox", _) => to == "clock" || to == "random",
        (_, "sandbox") => from == "cli",
        ("directory", "store") => true,
        ("model", _) => false,
        _ if LEAVES.contains(&from) => false,
        _ if LEAVES.contains(&to) => true,
        _ => matches!((place(from), place(to)), (Some(from), Some(to)) if from < to),
    }
}

fn arrows(inside: &str, tokens: &[Token]) -> Vec<String> {
    let mut module: Vec<&str> = inside.trim_end_matches(".rs").split('/').collect();
    if module.last() == Some(&"mod") {
        module.pop();
    }
    let from = module[0];
    if from == "lib" {
        return Vec::new();
    }
    let mut broken = Vec::new();
    // How many modules are open inside the file, by the depth of braces at which each began.
    let (mut depth, mut open) = (0, Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let word = |ahead: usize| tokens.get(at + ahead).map_or("", |token| token.text.as_str());
        match word(0) {
            "mod" if word(2) == "{" => open.push(depth),
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                open.pop_if(|began| *began == depth);
            }
            _ => {}
        }
        let (steps, supers) = match word(0) {
            "crate" if word(1) == "::" => (2, None),
            "daypass" if from == "main" && word(1) == "::" => (2, None),
            "super" if word(1) == "::" => {
                let supers = (0..).take_while(|step| word(2 * step) == "super" && word(2 * step + 1) == "::").count();
                (2 * supers, Some(supers))
            }
            _ => {
                at += 1;
                continue;
            }
        };
        let leaves_the_part = supers.is_none_or(|supers| supers >= module.len() + open.len());
        at += steps;
        if leaves_the_part {
            for (to, line) in firsts(&tokens[at..]) {
                if !may_import(from, &to) {
                    broken.push(format!("line {line}: {from} imports {to}, which does not stand to its right"));
                }
            }
        }
    }
    broken
}

/// The first names of a path, or of every path in braces.
fn firsts(tokens: &[Token]) -> Vec<(String, usize)> {
    let Some(first) = tokens.first() else { return Vec::new() };
    if first.text != "{" {
        return vec![(first.text.clone(), first.line)];
    }
    let (mut depth, mut names, mut is_first) = (0, Vec::new(), false);
    for token in tokens {
        match token.text.as_str() {
            "{" => {
                depth += 1;
                is_first = depth == 1;
            }
            "}" if depth == 1 => break,
            "}" => depth -= 1,
            "," if depth == 1 => is_first = true,
            _ if is_first => {
                names.push((token.text.clone(), token.line));
                is_first = false;
            }
            _ => {}
        }
    }
    names
}

fn crates(inside: &str, tokens: &[Token]) -> Vec<String> {
    let is = |name: &str, word: &str| match name.strip_suffix('*') {
        Some(beginning) => word.starts_with(beginning),
        None => word == name,
    };
    let at_home =
        |home: &&str| inside.strip_prefix(*home).is_some_and(|rest| rest.starts_with('/') || rest.starts_with(".rs"));
    let mut broken = Vec::new();
    for token in tokens {
        if let Some((_, homes)) = HOMES.iter().find(|(name, _)| is(name, &token.text))
            && !homes.iter().any(at_home)
        {
            broken.push(format!("line {}: {} lives in {}", token.line, token.text, homes.join(", ")));
        }
    }
    broken
}

fn calls(inside: &str, tokens: &[Token]) -> Vec<String> {
    let mut broken = Vec::new();
    for three in tokens.windows(3) {
        let words = [&three[0].text, &three[1].text, &three[2].text].map(String::as_str);
        if words == ["Command", "::", "new"] || words == ["process", "::", "Command"] {
            broken.push(format!("line {}: the server starts no subprocess", three[0].line));
        }
    }
    // Writes to connectors and grants go through somebody's reach.
    if inside.starts_with("portal/") && !inside.starts_with("portal/reach") {
        for three in tokens.windows(3) {
            let words = [&three[0].text, &three[1].text, &three[2].text].map(String::as_str);
            if let [noun @ ("connectors" | "grants"), "::", verb @ ("insert" | "update" | "delete")] = words {
                broken.push(format!("line {}: {noun}::{verb} past somebody's reach", three[0].line));
            }
        }
    }
    for token in tokens.iter().filter(|token| token.text == "sql_query" && !inside.starts_with("store/")) {
        broken.push(format!("line {}: sql_query outside of the store", token.line));
    }
    broken
}

/// askama's `safe` filter, in templates and in the templates that stand in an attribute.
fn unescaped(file: &Source) -> Vec<String> {
    let mut broken = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        let bare: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        let is_template = file.path.ends_with(".html") || bare.contains("template(");
        if is_template && bare.contains("|safe") {
            broken.push(format!("{}: line {}: |safe turns escaping off", file.path, number + 1));
        }
    }
    broken
}

fn functions(inside: &str, tokens: &[Token]) -> Vec<String> {
    let mut broken = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let named =
            tokens.get(at + 1).is_some_and(|name| name.text.starts_with(|c: char| c.is_alphabetic() || c == '_'));
        if token.text != "fn" || !named {
            continue;
        }
        let name = &tokens[at + 1].text;
        let (parameters, after) = parameters(tokens, at + 2);
        let is_handler = at >= 2
            && tokens[at - 1].text == "async"
            && tokens[at - 2].text == "pub"
            && (inside.starts_with("web/pages/") || inside.starts_with("web/api/"));
        let most = if is_handler { PARAMETERS_OF_A_HANDLER } else { PARAMETERS };
        if parameters > most {
            broken.push(format!("line {}: {name} has {parameters} parameters, {most} are the most", token.line));
        }
        let lines = last_line(tokens, after) + 1 - token.line;
        if lines > LINES_OF_A_FUNCTION {
            broken.push(format!("line {}: {name} has {lines} lines, {LINES_OF_A_FUNCTION} are the most", token.line));
        }
    }
    broken
}

/// How many parameters beside the receiver, and where the list ends.
fn parameters(tokens: &[Token], from: usize) -> (usize, usize) {
    // Brackets of all kinds; the function's own generics stand before the list.
    let (mut depth, mut count, mut is_empty) = (0_i32, 0, true);
    let (mut in_list, mut receiver) = (false, false);
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "(" if depth == 0 && !in_list => (in_list, is_empty) = (true, true),
            ")" if depth == 0 && in_list => return (count + usize::from(!is_empty) - usize::from(receiver), at),
            "(" | "[" | "{" | "<" => (depth, is_empty) = (depth + 1, false),
            ")" | "]" | "}" | ">" => depth -= 1,
            "," if depth == 0 && in_list => (count, is_empty) = (count + 1, true),
            word if in_list => {
                receiver |= word == "self" && count == 0 && depth == 0;
                is_empty = false;
            }
            _ => {}
        }
    }
    (count, tokens.len())
}

/// The line of the brace that closes the function's body, or of the end of a function without one.
fn last_line(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0;
    for token in &tokens[from + 1..] {
        match token.text.as_str() {
            ";" if depth == 0 => return token.line,
            "{" | "(" | "[" => depth += 1,
            "}" if depth == 1 => return token.line,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
    }
    tokens.last().map_or(0, |token| token.line)
}

//! Turns `static/` into a table of embedded, hashed and precompressed files (see `src/web/assets.rs`).
//!
//! A file is served under `/static/{hash}/{name}` and may be kept for ever. A module that imports `./other.js` gets the
//! import rewritten to `../{hash of other.js}/other.js`, so that its own hash changes with what it imports.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Hex characters of the SHA-256 in an address: enough that two versions of a file never meet.
const HASH_LENGTH: usize = 16;

#[allow(clippy::print_stdout, reason = "cargo reads a build script's standard output")]
fn main() -> Outcome<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=static");
    let mut files = BTreeMap::new();
    collect(Path::new("static"), &mut files)?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let mut done = BTreeMap::new();
    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    for name in files.keys() {
        finish(name, &files, &mut done, 0)?;
    }
    for (name, (hash, content)) in &done {
        let stem = format!("{hash}-{name}");
        fs::write(out.join(&stem), content)?;
        fs::write(out.join(format!("{stem}.br")), brotli(content)?)?;
        fs::write(out.join(format!("{stem}.gz")), gzip(content)?)?;
        let kind = content_type(name)?;
        let file = |ending: &str| format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{stem}{ending}\"))");
        writeln!(
            table,
            "    Asset {{ name: {name:?}, hash: {hash:?}, url: \"/static/{hash}/{name}\", content_type: {kind:?}, plain: {}, brotli: {}, gzip: {} }},",
            file(""),
            file(".br"),
            file(".gz")
        )?;
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

/// Reads every file that is served. Names are unique across folders, because the folder is not part of the address.
fn collect(folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> Outcome<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a file name that is not UTF-8")?;
        let for_readers =
            ["README", "LICENSE", "."].iter().any(|start| name.starts_with(start)) || name.ends_with(".scss");
        if !for_readers && files.insert(name.to_owned(), fs::read(&path)?).is_some() {
            return Err(format!("two files in static/ are named {name}").into());
        }
    }
    Ok(())
}

/// Rewrites the imports of a module, whose own imports are finished first, and hashes the result.
fn finish(
    name: &str,
    files: &BTreeMap<String, Vec<u8>>,
    done: &mut BTreeMap<String, (String, Vec<u8>)>,
    depth: usize,
) -> Outcome<String> {
    if let Some((hash, _)) = done.get(name) {
        return Ok(hash.clone());
    }
    if depth > files.len() {
        return Err(format!("{name} imports itself").into());
    }
    let mut content = files.get(name).ok_or_else(|| format!("static/ has no {name}"))?.clone();
    if name.ends_with(".js") && !name.ends_with(".min.js") {
        let mut text = String::from_utf8(content)?;
        for other in imports(&text) {
            let hash = finish(&other, files, done, depth + 1)?;
            text = text.replace(&format!("\"./{other}\""), &format!("\"../{hash}/{other}\""));
        }
        content = text.into_bytes();
    }
    let mut hash = HEXLOWER.encode(&Sha256::digest(&content));
    hash.truncate(HASH_LENGTH);
    done.insert(name.to_owned(), (hash.clone(), content));
    Ok(hash)
}

/// The names in `import … from "./name.js"` and `import "./name.js"`.
fn imports(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| line.starts_with("import "))
        .filter_map(|line| line.split_once("\"./")?.1.split_once('"'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn content_type(name: &str) -> Outcome<&'static str> {
    Ok(match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => return Err(format!("static/{name}: which content type is that?").into()),
    })
}

fn brotli(content: &[u8]) -> Outcome<Vec<u8>> {
    let mut packed = Vec::new();
    let settings = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut &*content, &mut packed, &settings)?;
    Ok(packed)
}

fn gzip(content: &[u8]) -> Outcome<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

//! The files of `static/`, embedded in the binary by `build.rs`.

use actix_web::http::header::{self, AcceptEncoding, Encoding, Header as _};
use actix_web::{HttpRequest, HttpResponse, web};

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// One embedded file.
pub struct Asset {
    /// Its name without a folder, as `daypass.css`.
    pub name: &'static str,
    /// The first 16 hex characters of the SHA-256 of its content.
    pub hash: &'static str,
    /// Its address, `/static/{hash}/{name}`.
    pub url: &'static str,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The content.
    pub plain: &'static [u8],
    /// The content, compressed with brotli.
    pub brotli: &'static [u8],
    /// The content, compressed with gzip.
    pub gzip: &'static [u8],
}

/// The address of the file called `name`, for templates. A test keeps the names in templates right.
#[must_use]
pub fn url(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("/static/none", |asset| asset.url)
}

/// The file called `name`, if `hash` is that of its present content.
#[must_use]
pub fn find(hash: &str, name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.hash == hash && asset.name == name)
}

/// `GET /static/{hash}/{name}`: the file, to be kept for ever, since another content has another address.
pub async fn serve(request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let (hash, name) = path.into_inner();
    let Some(asset) = find(&hash, &name) else {
        return HttpResponse::NotFound().insert_header((header::CACHE_CONTROL, "no-store")).finish();
    };
    let mut response = HttpResponse::Ok();
    response
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "Accept-Encoding"));
    match wanted_encoding(&request) {
        Encoding::Known(header::ContentEncoding::Brotli) => {
            response.insert_header((header::CONTENT_ENCODING, "br")).body(asset.brotli)
        }
        Encoding::Known(header::ContentEncoding::Gzip) => {
            response.insert_header((header::CONTENT_ENCODING, "gzip")).body(asset.gzip)
        }
        _ => response.body(asset.plain),
    }
}

fn wanted_encoding(request: &HttpRequest) -> Encoding {
    // Without the header any encoding would be allowed; a client that does not ask is given the plain file.
    if !request.headers().contains_key(header::ACCEPT_ENCODING) {
        return Encoding::identity();
    }
    let known = [Encoding::brotli(), Encoding::gzip(), Encoding::identity()];
    AcceptEncoding::parse(request)
        .ok()
        .and_then(|accepted| accepted.negotiate(known.iter()))
        .unwrap_or_else(Encoding::identity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;

    async fn get(accept: Option<&str>, hash: &str, name: &str) -> HttpResponse {
        let mut request = TestRequest::get();
        if let Some(accept) = accept {
            request = request.insert_header((header::ACCEPT_ENCODING, accept));
        }
        serve(request.to_http_request(), web::Path::from((hash.to_owned(), name.to_owned()))).await
    }

    fn encoding(response: &HttpResponse) -> Option<&str> {
        response.headers().get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok())
    }

    #[actix_web::test]
    async fn a_file_comes_in_the_encoding_that_the_client_accepts() {
        let asset = ASSETS.iter().find(|asset| asset.name == "daypass.css").unwrap();
        for (accept, expected) in [
            (Some("gzip, deflate, br, zstd"), Some("br")),
            (Some("gzip"), Some("gzip")),
            (Some("br;q=0, gzip;q=0"), None),
            (Some("identity"), None),
            (None, None),
        ] {
            let response = get(accept, asset.hash, asset.name).await;
            assert_eq!(encoding(&response), expected, "{accept:?}");
            assert_eq!(response.headers().get(header::VARY).unwrap(), "Accept-Encoding");
        }
        let plain = to_bytes(get(None, asset.hash, asset.name).await.into_body()).await.unwrap();
        assert_eq!(plain, asset.plain);
    }

    #[actix_web::test]
    async fn another_hash_or_name_is_not_found_and_not_kept() {
        let asset = &ASSETS[0];
        for (hash, name) in [("0000000000000000", asset.name), (asset.hash, "README.md"), ("", "")] {
            let response = get(None, hash, name).await;
            assert_eq!(response.status(), 404);
            assert_eq!(response.headers().get(header::CACHE_CONTROL).unwrap(), "no-store");
        }
    }

    #[test]
    fn imports_lead_to_files_that_are_there() {
        let mut checked = 0;
        for asset in ASSETS.iter().filter(|asset| asset.name.ends_with(".js") && !asset.name.ends_with(".min.js")) {
            let text = std::str::from_utf8(asset.plain).unwrap();
            assert!(!text.contains("\"./"), "{} has an import without a hash", asset.name);
            for import in text.split("\"../").skip(1) {
                let (hash, rest) = import.split_once('/').unwrap();
                let name = rest.split_once('"').unwrap().0;
                assert!(find(hash, name).is_some(), "{} imports {hash}/{name}", asset.name);
                checked += 1;
            }
        }
        assert!(checked > 0);
    }

    fn templates(folder: &std::path::Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                templates(&path, found);
            } else {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }

    #[test]
    fn templates_name_files_that_are_there_and_hold_nothing_inline() {
        let mut found = Vec::new();
        templates(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut found);
        let mut named = 0;
        for (path, text) in &found {
            for part in text.split("assets::url(\"").skip(1) {
                let name = part.split('"').next().unwrap();
                assert_ne!(url(name), "/static/none", "{path} names {name}");
                named += 1;
            }
            for forbidden in [
                " style=",
                "<style",
                " onclick=",
                " onload=",
                " onerror=",
                "hx-on",
                "javascript:",
                "js:",
                "|safe",
                " hx-",
            ] {
                assert!(!text.contains(forbidden), "{path} has {forbidden}");
            }
            for script in text.split("<script").skip(1) {
                assert!(script.starts_with(" src="), "{path} has a script without an address");
            }
        }
        assert!(found.len() > 15 && named > 5);
    }

    #[test]
    fn the_first_page_is_light() {
        // The editor of policies comes after the page, and only where there is one.
        let (editor, first): (Vec<&Asset>, Vec<&Asset>) =
            ASSETS.iter().partition(|asset| asset.name.starts_with("ace") || asset.name == "policy.css");
        let packed = |assets: &[&Asset]| assets.iter().map(|asset| asset.brotli.len()).sum::<usize>();
        assert!(packed(&first) < 60_000, "{} bytes", packed(&first));
        assert!(editor.len() == 4 && packed(&editor) < 130_000, "{} bytes", packed(&editor));
    }
}

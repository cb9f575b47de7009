//! The style sheet and the script. Their names contain a hash, so that a browser can keep them.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A file that pages refer to.
#[derive(Debug)]
pub struct Asset {
    /// Its path on the server.
    pub path: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub content: &'static str,
}

/// How pages look.
pub static STYLE: LazyLock<Asset> =
    LazyLock::new(|| asset("style", "css", "text/css; charset=utf-8", include_str!("style.css")));

/// Keeps a page up to date, and copies statements.
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    asset("script", "js", "text/javascript; charset=utf-8", include_str!("script.js"))
});

/// The icon: without it, each browser asks for one.
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| asset("icon", "svg", "image/svg+xml", include_str!("icon.svg")));

/// All files.
pub fn all() -> [&'static Asset; 3] {
    [&STYLE, &SCRIPT, &ICON]
}

fn asset(name: &str, end: &str, media_type: &'static str, content: &'static str) -> Asset {
    let hash = Sha256::digest(content);
    let hash = hash[..6].iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
    Asset { path: format!("/assets/{name}-{hash}.{end}"), media_type, content }
}

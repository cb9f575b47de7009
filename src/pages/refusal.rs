//! The page of a request that is refused.

use maud::{DOCTYPE, html};

use super::assets::{ICON, STYLE};
use super::parts::text;

/// The page. It shows nothing but the message: its reader may not have logged in.
pub fn refusal(status: u16, message: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Refused · posemo" }
                link rel="stylesheet" href=(STYLE.path);
                link rel="icon" href=(ICON.path);
            }
            body {
                main id="content" {
                    h1 { "The request was refused" }
                    @for line in message.trim().lines() { p { (text(line)) } }
                    p.soft { "Status " (status) ". " a href="/" { "Problems" } }
                }
            }
        }
    };
    page.into_string()
}

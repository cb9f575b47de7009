//! The page of a request that is refused.

use maud::{DOCTYPE, html};

use super::frame::head;
use super::parts::text;

/// The page. It shows nothing but the message: its reader may not have logged in.
pub fn refusal(status: u16, message: &str) -> String {
    let is_own = status >= 500;
    let heading = if is_own { "posemo cannot answer now" } else { "The request was refused" };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(heading, false))
            body {
                main id="content" {
                    h1 { (heading) }
                    @for line in message.trim().lines() { p { (text(line)) } }
                    p.soft { "Status " (status) ". " a href="/" { "Problems" } }
                }
            }
        }
    };
    page.into_string()
}

//! References to rules of security assessments: the key `references` of check.toml.
//!
//! A reference is the name of an authority and a number there. Texts of the authorities are licensed, so it has no more.

use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

/// An authority whose numbers have a known form.
struct Authority {
    name: &'static str,
    is_number: fn(&str) -> bool,
    example: &'static str,
}

const AUTHORITIES: [Authority; 7] = [
    Authority { name: "CIS", is_number: is_section, example: "CIS 4.3" },
    Authority { name: "STIG", is_number: is_vulnerability, example: "STIG V-233593" },
    Authority { name: "BSI", is_number: is_requirement, example: "BSI APP.4.3.A16" },
    Authority { name: "dev-sec", is_number: |number| digits(number, 2, 2), example: "dev-sec 08" },
    Authority { name: "pgdsat", is_number: is_section, example: "pgdsat 5.11" },
    Authority {
        name: "splinter",
        is_number: |number| digits(number, 1, 4),
        example: "splinter 11",
    },
    Authority { name: "CVE", is_number: is_cve, example: "CVE 2018-1058" },
];

/// The most references of a check.
const MOST: usize = 64;

/// Reads the list. Each item is the name of an authority and a number; those of other authorities have at most 60 bytes.
pub(super) fn read(document: TomlDocument<'_>, texts: &[String]) -> Result<Vec<String>, Mistake> {
    let mistake = |problem: String| Err(document.mistake(&["references"], problem));
    if texts.len() > MOST {
        return mistake(format!("has {} entries; a check has at most {MOST}", texts.len()));
    }
    for (index, text) in texts.iter().enumerate() {
        let (name, number) = text.split_once(' ').unwrap_or((text, ""));
        let known = AUTHORITIES.iter().find(|known| known.name.eq_ignore_ascii_case(name));
        let right = match known {
            Some(known) => known.name == name && (known.is_number)(number),
            None => is_other(name, number),
        };
        if !right {
            let example = known.map_or("CIS 4.3", |known| known.example);
            return mistake(format!(
                "\"{}\" is not the name of an authority and a number, such as \"{example}\"",
                text.escape_debug()
            ));
        }
        if texts[..index].contains(text) {
            return mistake(format!("contains \"{text}\" twice"));
        }
    }
    Ok(texts.to_vec())
}

/// Whether it is a number with this many digits.
fn digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Sections such as `4.3`, or the first and the last of several, `3.1.6 to 3.1.9`.
fn is_section(number: &str) -> bool {
    let is_one = |section: &str| section.split('.').all(|part| digits(part, 1, 2));
    let (first, last) = number.split_once(" to ").unwrap_or((number, number));
    is_one(first) && is_one(last)
}

fn is_vulnerability(number: &str) -> bool {
    number.strip_prefix("V-").is_some_and(|number| digits(number, 4, 6))
}

/// `APP.4.3.A16` of IT-Grundschutz, or `BER.3.6` of Grundschutz++.
fn is_requirement(number: &str) -> bool {
    let Some((layer, rest)) = number.split_once('.') else { return false };
    let (module, requirement) = rest.split_once(".A").unwrap_or((rest, "1"));
    (2..=4).contains(&layer.len())
        && layer.bytes().all(|byte| byte.is_ascii_uppercase())
        && module.split('.').all(|part| digits(part, 1, 2))
        && digits(requirement, 1, 2)
}

fn is_cve(number: &str) -> bool {
    number.split_once('-').is_some_and(|(year, number)| digits(year, 4, 4) && digits(number, 4, 7))
}

/// Whether it is a name and a number of an authority without a known form, such as rules of a company.
fn is_other(name: &str, number: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/".contains(&byte);
    name.len() + number.len() <= 60
        && name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && name.bytes().chain(number.bytes()).all(is_sign)
        && number.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_the_form_of_its_authority() {
        let document = TomlDocument { file: "check.toml", text: "references = []\n" };
        let read =
            |text: &str| read(document, &[text.to_owned()]).map_err(|error| error.to_string());
        for right in [
            "CIS 4.3",
            "CIS 3.1.6 to 3.1.9",
            "STIG V-233593",
            "BSI APP.4.3.A16",
            "BSI BER.3.6",
            "dev-sec 08",
            "CVE 2024-4317",
            "ACME rule-17",
        ] {
            read(right).expect(right);
        }
        for (wrong, example) in [
            ("CIS", "CIS 4.3"),
            ("CIS 4.3, 4.8", "CIS 4.3"),
            ("cis 4.3", "CIS 4.3"),
            ("CIS ensure superusers are few", "CIS 4.3"),
            ("STIG 233593", "STIG V-233593"),
            ("BSI A16", "BSI APP.4.3.A16"),
            ("ACME superusers", "CIS 4.3"),
            ("\u{1b} 1", "CIS 4.3"),
            ("", "CIS 4.3"),
        ] {
            let error = read(wrong).expect_err(wrong);
            assert!(
                error.contains("check.toml:1: references: ") && error.contains(example),
                "{error}"
            );
            assert!(!error.contains('\u{1b}'), "{error}");
        }
    }
}

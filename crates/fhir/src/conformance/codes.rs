//! What codes of the systems in use look like.

use super::Requirement;
use super::finding::Findings;
use super::json::{Json, Object};
use crate::systems::{CVX, NUCC, SERVICE_TYPE, SNOMED};

/// NPIs, as an identifier's system.
const NPI: &str = "http://hl7.org/fhir/sid/us-npi";
/// The codes of accepted patients.
pub(crate) const ACCEPTED_PATIENTS: [&str; 4] = ["newpt", "existptonly", "existptfam", "nopt"];

/// Postal abbreviations of the United States, their territories and military addresses (USPS Publication 28).
const STATES: &str = "AL AK AS AZ AR CA CO CT DE DC FM FL GA GU HI ID IL IN IA KS KY LA ME MH MD MA MI MN MS MO MT NE \
                      NV NH NJ NM NY NC ND MP OH OK OR PW PA PR RI SC SD TN TX UT VT VI VA WA WV WI WY AA AE AP";

/// Whether this is the two-letter abbreviation of a US state or territory.
pub(crate) fn is_state(text: &str) -> bool {
    text.len() == 2 && STATES.split(' ').any(|state| state == text)
}

/// A language as BCP 47 writes it, as far as its form tells.
pub(crate) fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Looks at every coding and identifier of a resource, at any depth.
pub(crate) fn check(value: &Json<'_>, findings: &mut Findings) {
    match value {
        Json::List(items) => items.iter().for_each(|item| check(item, findings)),
        Json::Object(object) => {
            for (name, value) in &object.0 {
                findings.within(name, None, |findings| {
                    let parts = || value.items().iter().filter_map(Json::as_object);
                    match &**name {
                        "coding" | "valueCoding" => parts().for_each(|coding| check_coding(coding, findings)),
                        "identifier" => parts().for_each(|identifier| check_identifier(identifier, findings)),
                        "telecom" => parts().for_each(|telecom| check_telecom(telecom, findings)),
                        _ => {}
                    }
                    check(value, findings);
                });
            }
        }
        _ => {}
    }
}

fn check_coding(coding: &Object<'_>, findings: &mut Findings) {
    let Some(code) = coding.text("code") else { return };
    let Some(system) = coding.text("system") else {
        return findings.add(Requirement::CodingSystem, format!("`{code}` has no system"));
    };
    let is_number = |length: std::ops::RangeInclusive<usize>| {
        length.contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_of_system = match system {
        SNOMED => is_number(6..=18) && has_verhoeff_digit(code),
        NUCC => code.len() == 10 && code.ends_with('X') && code.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        CVX => is_number(1..=3),
        SERVICE_TYPE => is_number(1..=4),
        _ => !system.is_empty() && system.contains(':'),
    };
    if !is_of_system {
        findings.add(Requirement::CodingCode, format!("`{code}` cannot be a code of `{system}`"));
    }
}

fn check_identifier(identifier: &Object<'_>, findings: &mut Findings) {
    let Some(value) = identifier.text("value") else { return };
    match identifier.text("system") {
        None => findings.add(Requirement::IdentifierSystem, format!("`{value}` has no system")),
        Some(NPI) if !is_npi(value) => {
            findings.add(Requirement::NpiChecksum, format!("`{value}` is no NPI: its check digit is wrong"));
        }
        Some(_) => {}
    }
}

fn check_telecom(telecom: &Object<'_>, findings: &mut Findings) {
    let Some(value) = telecom.text("value") else { return };
    let digits = || value.bytes().filter(u8::is_ascii_digit);
    let is_good = match telecom.text("system") {
        Some("phone" | "fax" | "sms" | "pager") => {
            if !value.is_empty() && digits().count() >= 7 && digits().all(|digit| digit == b'0') {
                findings.add(Requirement::TestData, format!("`{value}` is a placeholder"));
            }
            digits().count() >= 7
        }
        Some("url") => url::Url::parse(value).is_ok_and(|url| url.has_host()),
        Some("email") => value.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')),
        _ => true,
    };
    if !is_good {
        findings.add(Requirement::TelecomValue, format!("{} cannot be used", crate::decode::quoted(value)));
    }
}

/// The check digit of an NPI is Luhn's over `80840` and the number (45 CFR 162.406).
fn is_npi(text: &str) -> bool {
    if text.len() != 10 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let digits = b"80840".iter().chain(text.as_bytes()).map(|byte| u32::from(byte - b'0'));
    let digits = digits.collect::<Vec<_>>();
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(n, digit)| if n % 2 == 1 { doubled(*digit) } else { *digit }).sum();
    sum.is_multiple_of(10)
}

/// The last digit of a SNOMED CT identifier is Verhoeff's check digit (SNOMED CT release file specification, 6.3).
fn has_verhoeff_digit(code: &str) -> bool {
    /// Multiplication in the dihedral group of order 10.
    fn times(a: u8, b: u8) -> u8 {
        match (a < 5, b < 5) {
            (true, true) => (a + b) % 5,
            (true, false) => (a + b) % 5 + 5,
            (false, true) => (a + 5 - b) % 5 + 5,
            (false, false) => (a + 5 - b) % 5,
        }
    }
    const STEP: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let permuted = |digit: u8, n: usize| (0..n % 8).fold(digit, |digit, _| STEP[usize::from(digit)]);
    let digits = code.bytes().rev().map(|byte| byte - b'0');
    digits.enumerate().fold(0, |check, (n, digit)| times(check, permuted(digit, n))) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_real_codes() {
        for code in ["394582007", "394586005", "394802001", "394579002", "73211009"] {
            assert!(has_verhoeff_digit(code), "{code}");
            let wrong = format!("{}{}", &code[..code.len() - 1], (code.as_bytes()[code.len() - 1] - b'0' + 1) % 10);
            assert!(!has_verhoeff_digit(&wrong), "{wrong}");
        }
        assert!(is_npi("1234567893"));
        for wrong in ["1234567890", "123456789", "12345678931", "123456789X"] {
            assert!(!is_npi(wrong), "{wrong}");
        }
    }

    #[test]
    fn languages_and_states_are_told_by_their_form() {
        for (text, want) in
            [("es", true), ("zh-Hans", true), ("pt-BR", true), ("Spanish", false), ("ES", false), ("", false)]
        {
            assert_eq!(is_language(text), want, "{text}");
        }
        for (text, want) in [("MA", true), ("DC", true), ("PR", true), ("ma", false), ("XX", false), ("Mass", false)] {
            assert_eq!(is_state(text), want, "{text}");
        }
    }
}

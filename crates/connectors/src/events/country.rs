//! Countries by their English names, for vendors that write no letters (ISO 3166-1).

/// The longest name below, in bytes.
const NAME_BYTES_MAX: usize = 48;

/// The two letters of a country's name.
pub(super) fn letters(name: &str) -> Option<[u8; 2]> {
    let name = name.trim();
    if name.len() > NAME_BYTES_MAX {
        return None;
    }
    let lower = name.to_lowercase();
    let at = NAMES.binary_search_by(|(known, _)| known.as_bytes().cmp(lower.as_bytes())).ok()?;
    NAMES[at].1.as_bytes().try_into().ok()
}

/// In the order of their bytes.
#[rustfmt::skip]
const NAMES: &[(&str, &str)] = &[
    ("afghanistan", "AF"), ("aland islands", "AX"), ("albania", "AL"), ("algeria", "DZ"),
    ("american samoa", "AS"), ("andorra", "AD"), ("angola", "AO"), ("anguilla", "AI"),
    ("antarctica", "AQ"), ("antigua and barbuda", "AG"), ("argentina", "AR"), ("armenia", "AM"),
    ("aruba", "AW"), ("australia", "AU"), ("austria", "AT"), ("azerbaijan", "AZ"),
    ("bahamas", "BS"), ("bahrain", "BH"), ("bangladesh", "BD"), ("barbados", "BB"),
    ("belarus", "BY"), ("belgium", "BE"), ("belize", "BZ"), ("benin", "BJ"), ("bermuda", "BM"),
    ("bhutan", "BT"), ("bolivia", "BO"), ("bonaire, sint eustatius, and saba", "BQ"),
    ("bosnia and herzegovina", "BA"), ("botswana", "BW"), ("brazil", "BR"),
    ("british indian ocean territory", "IO"), ("british virgin islands", "VG"), ("brunei", "BN"),
    ("brunei darussalam", "BN"), ("bulgaria", "BG"), ("burkina faso", "BF"), ("burma", "MM"),
    ("burundi", "BI"), ("cabo verde", "CV"), ("cambodia", "KH"), ("cameroon", "CM"),
    ("canada", "CA"), ("cape verde", "CV"), ("caribbean netherlands", "BQ"),
    ("cayman islands", "KY"), ("central african republic", "CF"), ("chad", "TD"), ("chile", "CL"),
    ("china", "CN"), ("christmas island", "CX"), ("cocos (keeling) islands", "CC"),
    ("colombia", "CO"), ("comoros", "KM"), ("congo", "CG"), ("congo republic", "CG"),
    ("cook islands", "CK"), ("costa rica", "CR"), ("cote d'ivoire", "CI"), ("croatia", "HR"),
    ("cuba", "CU"), ("curacao", "CW"), ("curaçao", "CW"), ("cyprus", "CY"),
    ("czech republic", "CZ"), ("czechia", "CZ"), ("côte d'ivoire", "CI"),
    ("democratic republic of the congo", "CD"), ("denmark", "DK"), ("djibouti", "DJ"),
    ("dominica", "DM"), ("dominican republic", "DO"), ("dr congo", "CD"), ("east timor", "TL"),
    ("ecuador", "EC"), ("egypt", "EG"), ("el salvador", "SV"), ("equatorial guinea", "GQ"),
    ("eritrea", "ER"), ("estonia", "EE"), ("eswatini", "SZ"), ("ethiopia", "ET"),
    ("falkland islands", "FK"), ("faroe islands", "FO"), ("federated states of micronesia", "FM"),
    ("fiji", "FJ"), ("finland", "FI"), ("france", "FR"), ("french guiana", "GF"),
    ("french polynesia", "PF"), ("french southern territories", "TF"), ("gabon", "GA"),
    ("gambia", "GM"), ("georgia", "GE"), ("germany", "DE"), ("ghana", "GH"), ("gibraltar", "GI"),
    ("great britain", "GB"), ("greece", "GR"), ("greenland", "GL"), ("grenada", "GD"),
    ("guadeloupe", "GP"), ("guam", "GU"), ("guatemala", "GT"), ("guernsey", "GG"), ("guinea", "GN"),
    ("guinea-bissau", "GW"), ("guyana", "GY"), ("haiti", "HT"), ("holy see", "VA"),
    ("honduras", "HN"), ("hong kong", "HK"), ("hungary", "HU"), ("iceland", "IS"), ("india", "IN"),
    ("indonesia", "ID"), ("iran", "IR"), ("iraq", "IQ"), ("ireland", "IE"), ("isle of man", "IM"),
    ("israel", "IL"), ("italy", "IT"), ("ivory coast", "CI"), ("jamaica", "JM"), ("japan", "JP"),
    ("jersey", "JE"), ("jordan", "JO"), ("kazakhstan", "KZ"), ("kenya", "KE"), ("kiribati", "KI"),
    ("kosovo", "XK"), ("kuwait", "KW"), ("kyrgyzstan", "KG"), ("laos", "LA"), ("latvia", "LV"),
    ("lebanon", "LB"), ("lesotho", "LS"), ("liberia", "LR"), ("libya", "LY"),
    ("liechtenstein", "LI"), ("lithuania", "LT"), ("luxembourg", "LU"), ("macao", "MO"),
    ("macau", "MO"), ("macedonia", "MK"), ("madagascar", "MG"), ("malawi", "MW"),
    ("malaysia", "MY"), ("maldives", "MV"), ("mali", "ML"), ("malta", "MT"),
    ("marshall islands", "MH"), ("martinique", "MQ"), ("mauritania", "MR"), ("mauritius", "MU"),
    ("mayotte", "YT"), ("mexico", "MX"), ("micronesia", "FM"), ("moldova", "MD"), ("monaco", "MC"),
    ("mongolia", "MN"), ("montenegro", "ME"), ("montserrat", "MS"), ("morocco", "MA"),
    ("mozambique", "MZ"), ("myanmar", "MM"), ("namibia", "NA"), ("nauru", "NR"), ("nepal", "NP"),
    ("netherlands", "NL"), ("new caledonia", "NC"), ("new zealand", "NZ"), ("nicaragua", "NI"),
    ("niger", "NE"), ("nigeria", "NG"), ("niue", "NU"), ("norfolk island", "NF"),
    ("north korea", "KP"), ("north macedonia", "MK"), ("northern mariana islands", "MP"),
    ("norway", "NO"), ("oman", "OM"), ("pakistan", "PK"), ("palau", "PW"), ("palestine", "PS"),
    ("panama", "PA"), ("papua new guinea", "PG"), ("paraguay", "PY"), ("peru", "PE"),
    ("philippines", "PH"), ("pitcairn islands", "PN"), ("poland", "PL"), ("portugal", "PT"),
    ("puerto rico", "PR"), ("qatar", "QA"), ("republic of korea", "KR"),
    ("republic of the congo", "CG"), ("reunion", "RE"), ("romania", "RO"), ("russia", "RU"),
    ("russian federation", "RU"), ("rwanda", "RW"), ("réunion", "RE"), ("saint barthelemy", "BL"),
    ("saint barthélemy", "BL"), ("saint helena", "SH"), ("saint kitts and nevis", "KN"),
    ("saint lucia", "LC"), ("saint martin", "MF"), ("saint pierre and miquelon", "PM"),
    ("saint vincent and the grenadines", "VC"), ("samoa", "WS"), ("san marino", "SM"),
    ("sao tome and principe", "ST"), ("saudi arabia", "SA"), ("senegal", "SN"), ("serbia", "RS"),
    ("seychelles", "SC"), ("sierra leone", "SL"), ("singapore", "SG"), ("sint maarten", "SX"),
    ("slovakia", "SK"), ("slovenia", "SI"), ("solomon islands", "SB"), ("somalia", "SO"),
    ("south africa", "ZA"), ("south georgia and the south sandwich islands", "GS"),
    ("south korea", "KR"), ("south sudan", "SS"), ("spain", "ES"), ("sri lanka", "LK"),
    ("st kitts and nevis", "KN"), ("st vincent and grenadines", "VC"), ("sudan", "SD"),
    ("suriname", "SR"), ("svalbard and jan mayen", "SJ"), ("swaziland", "SZ"), ("sweden", "SE"),
    ("switzerland", "CH"), ("syria", "SY"), ("são tomé and príncipe", "ST"), ("taiwan", "TW"),
    ("tajikistan", "TJ"), ("tanzania", "TZ"), ("thailand", "TH"), ("the bahamas", "BS"),
    ("the gambia", "GM"), ("the netherlands", "NL"), ("timor-leste", "TL"), ("togo", "TG"),
    ("tokelau", "TK"), ("tonga", "TO"), ("trinidad and tobago", "TT"), ("tunisia", "TN"),
    ("turkey", "TR"), ("turkmenistan", "TM"), ("turks and caicos islands", "TC"), ("tuvalu", "TV"),
    ("türkiye", "TR"), ("u.s. outlying islands", "UM"), ("u.s. virgin islands", "VI"),
    ("uganda", "UG"), ("ukraine", "UA"), ("united arab emirates", "AE"), ("united kingdom", "GB"),
    ("united states", "US"), ("united states of america", "US"), ("uruguay", "UY"),
    ("uzbekistan", "UZ"), ("vanuatu", "VU"), ("vatican city", "VA"), ("venezuela", "VE"),
    ("viet nam", "VN"), ("vietnam", "VN"), ("wallis and futuna", "WF"), ("western sahara", "EH"),
    ("yemen", "YE"), ("zambia", "ZM"), ("zimbabwe", "ZW"), ("åland islands", "AX"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_found_by_its_english_names() {
        for (name, code) in [
            ("Norway", Some(*b"NO")),
            (" united states ", Some(*b"US")),
            ("Czech Republic", Some(*b"CZ")),
            ("Czechia", Some(*b"CZ")),
            ("C\u{d4}TE D'IVOIRE", Some(*b"CI")),
            ("T\u{fc}rkiye", Some(*b"TR")),
            ("Afghanistan", Some(*b"AF")),
            ("\u{c5}land Islands", Some(*b"AX")),
            ("Atlantis", None),
            ("", None),
        ] {
            assert_eq!(letters(name), code, "{name}");
        }
    }

    #[test]
    fn every_name_is_in_its_place_and_within_the_limit() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0.as_bytes() < pair[1].0.as_bytes()));
        for (name, code) in NAMES {
            assert!(name.len() <= NAME_BYTES_MAX && *name == name.to_lowercase(), "{name}");
            assert_eq!(letters(name).as_ref().map(|code| &code[..]), Some(code.as_bytes()));
        }
    }
}

//! Numbers as the page writes them.

/// What stands where there is no value yet.
pub const NONE: &str = "-";

/// With so many decimals: `0.9904`. What is not finite is no number to a reader.
pub fn fixed(value: f32, decimals: usize) -> String {
    if !value.is_finite() {
        return NONE.into();
    }
    format!("{value:.decimals$}")
}

/// As short as the number can be written without another one looking the same: `0.001`, `5e-7`.
pub fn precise(value: f32) -> String {
    match value {
        value if !value.is_finite() => NONE.into(),
        0.0 => "0".into(),
        value if (1e-4..1e6).contains(&value.abs()) => value.to_string(),
        value => format!("{value:e}"),
    }
}

/// Seconds as a clock shows them: `0:31`, `12:05`, `1:02:03`.
pub fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A share in percent, with two digits that count: `97 %`, `4.2 %`.
pub fn percent(share: impl Into<f64>) -> String {
    let percent = 100.0 * share.into();
    if !percent.is_finite() {
        return NONE.into();
    }
    // What is written as 10.0 with a decimal is written without one.
    let decimals = usize::from(percent < 9.95);
    format!("{percent:.decimals$} %")
}

/// Millions of bytes: `11.6`.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// Bytes with their unit: `11.6 MB`, `5.4 GB`.
pub fn file_size(bytes: u64) -> String {
    match bytes {
        ..1_000_000_000 => format!("{} MB", megabytes(bytes)),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// The digits in groups of three, first to last: `93322` gives `93` and `322`.
pub fn groups(value: usize) -> Vec<String> {
    let digits = value.to_string();
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let rest = tail
        .as_bytes()
        .chunks(3)
        .map(|group| String::from_utf8_lossy(group).into_owned());
    Some(head.to_string())
        .into_iter()
        .filter(|head| !head.is_empty())
        .chain(rest)
        .collect()
}

/// As [`groups`], joined by commas.
pub fn thousands(value: usize) -> String {
    groups(value).join(",")
}

/// A number with about three digits that count, for axes and ranges: `0.05`, `3.21`, `128`, `2e-5`.
pub fn short(value: f32) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".into();
    }
    if !size.is_finite() {
        return NONE.into();
    }
    if !(1e-3..1e5).contains(&size) {
        return format!("{value:.0e}");
    }
    let decimals = (2 - size.log10().floor() as i32).clamp(0, 4) as usize;
    let text = fixed(value, decimals);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_what_they_mean() {
        assert_eq!(fixed(0.990_399_98, 4), "0.9904");
        assert_eq!([clock(30.6), clock(725.0), clock(3723.0)], ["0:31", "12:05", "1:02:03"]);
        assert_eq!(
            [1.0, 0.999_6, 0.97, 0.1, 0.099_6, 0.042, 0.0].map(percent),
            ["100 %", "100 %", "97 %", "10 %", "10 %", "4.2 %", "0.0 %"]
        );
        assert_eq!(megabytes(11_594_722), "11.6");
        assert_eq!([11_594_722, 5_371_100_000].map(file_size), ["11.6 MB", "5.4 GB"]);
        assert_eq!(
            [thousands(7), thousands(650), thousands(93_322), thousands(1_000_000)],
            ["7", "650", "93,322", "1,000,000"]
        );
        assert_eq!(
            [0.0, 0.05, 3.214, 128.4, 0.000_02, -1.5, 0.1, 20.0].map(short),
            ["0", "0.05", "3.21", "128", "2e-5", "-1.5", "0.1", "20"]
        );
        assert_eq!(
            [0.001, 0.000_5, 5e-7, 10.0, 0.0].map(precise),
            ["0.001", "0.0005", "5e-7", "10", "0"]
        );
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(
                [fixed(value, 2), short(value), precise(value), percent(value)],
                [NONE; 4]
            );
        }
    }
}

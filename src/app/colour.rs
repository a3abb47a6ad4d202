//! Colours for numbers: lightness rises evenly with the value (in OKLab), so that equal steps look equal.

use std::sync::LazyLock;

/// Red, green and blue, 0 to 255.
pub type Rgb = [u8; 3];

/// Colours from the lowest value to the highest.
pub struct Ramp([Rgb; 256]);

impl Ramp {
    /// For values from 0 up. `dark`: for a dark page, where 0 is dark.
    pub fn magnitude(dark: bool) -> &'static Self {
        static RAMPS: LazyLock<[Ramp; 2]> =
            LazyLock::new(|| [false, true].map(|dark| Ramp::of(|t| magnitude(t, dark))));
        &RAMPS[usize::from(dark)]
    }

    /// For values below and above 0: orange below, blue above, neutral in the middle.
    pub fn signed(dark: bool) -> &'static Self {
        static RAMPS: LazyLock<[Ramp; 2]> = LazyLock::new(|| [false, true].map(|dark| Ramp::of(|t| signed(t, dark))));
        &RAMPS[usize::from(dark)]
    }

    fn of(colour: impl Fn(f32) -> [f32; 3]) -> Self {
        Self(std::array::from_fn(|i| rgb(colour(i as f32 / 255.0))))
    }

    /// A part of it from left to right, as a style sheet has it.
    pub fn css(&self, from: f32, to: f32) -> String {
        let stops = (0..=8).map(|i| self.at(from + (to - from) * i as f32 / 8.0));
        let stops: Vec<_> = stops
            .map(|[red, green, blue]| format!("rgb({red} {green} {blue})"))
            .collect();
        format!("linear-gradient(90deg, {})", stops.join(", "))
    }

    /// The colour at `t`, 0 to 1.
    pub fn at(&self, t: f32) -> Rgb {
        self.0[(t.clamp(0.0, 1.0) * 255.0).round() as usize]
    }
}

/// The numbers of one picture and how they become colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The smallest value.
    pub low: f32,
    /// The largest value.
    pub high: f32,
}

impl Range {
    /// Of these values; 0 to 0 when there are none.
    pub fn of(values: &[f32]) -> Self {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        Self {
            low: finite().reduce(f32::min).unwrap_or(0.0),
            high: finite().reduce(f32::max).unwrap_or(0.0),
        }
    }

    /// True when there are values below 0, which calls for the ramp with two sides.
    pub fn signed(&self) -> bool {
        self.low < 0.0
    }

    /// The ramp for this range.
    pub fn ramp(&self, dark: bool) -> &'static Ramp {
        match self.signed() {
            true => Ramp::signed(dark),
            false => Ramp::magnitude(dark),
        }
    }

    /// The colours from the lowest value to the highest, as a style sheet has it.
    pub fn css(&self, dark: bool) -> String {
        self.ramp(dark).css(self.place(self.low), self.place(self.high))
    }

    /// Where on [`Self::ramp`] a value is, 0 to 1; 0 always has the neutral colour.
    pub fn place(&self, value: f32) -> f32 {
        let most = self.high.max(-self.low);
        match (most > 0.0, self.signed()) {
            (false, _) => 0.0,
            (true, false) => value / most,
            (true, true) => 0.5 + 0.5 * value / most,
        }
    }
}

/// Lightness, chroma and hue (degrees) in OKLCH.
fn magnitude(t: f32, dark: bool) -> [f32; 3] {
    let bump = (t * std::f32::consts::PI).sin();
    match dark {
        true => [0.255 + 0.695 * t, 0.02 + 0.12 * bump, 275.0 - 165.0 * t],
        false => [0.965 - 0.69 * t, 0.012 + 0.11 * bump + 0.07 * t, 150.0 + 120.0 * t],
    }
}

fn signed(t: f32, dark: bool) -> [f32; 3] {
    let size = (2.0 * t - 1.0).abs();
    let hue = if t < 0.5 { 52.0 } else { 258.0 };
    match dark {
        true => [0.24 + 0.56 * size, 0.15 * size, hue],
        false => [0.965 - 0.45 * size, 0.16 * size, hue],
    }
}

/// From OKLCH to sRGB, cut to what a screen has (Ottosson, "A perceptual color space for image processing", 2020).
fn rgb([lightness, chroma, hue]: [f32; 3]) -> Rgb {
    let (a, b) = (chroma * hue.to_radians().cos(), chroma * hue.to_radians().sin());
    let l = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let m = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
        -0.004_196_086 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ]
    .map(|linear| (gamma(linear.clamp(0.0, 1.0)) * 255.0).round() as u8)
}

fn gamma(linear: f32) -> f32 {
    if linear <= 0.003_130_8 {
        return 12.92 * linear;
    }
    1.055 * linear.powf(1.0 / 2.4) - 0.055
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance after WCAG.
    fn luminance(colour: Rgb) -> f32 {
        let linear = linear(colour);
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    /// As light, 0 to 1.
    fn linear(colour: Rgb) -> [f32; 3] {
        colour.map(|c| {
            let c = f32::from(c) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        })
    }

    #[test]
    fn white_and_black_are_white_and_black() {
        assert_eq!(rgb([1.0, 0.0, 0.0]), [255; 3]);
        assert_eq!(rgb([0.0, 0.0, 0.0]), [0; 3]);
    }

    #[test]
    fn larger_is_lighter_on_a_dark_page_and_darker_on_a_light_one() {
        for (dark, sign) in [(true, 1.0), (false, -1.0)] {
            let lights: Vec<f32> = (0..=16)
                .map(|i| luminance(Ramp::magnitude(dark).at(i as f32 / 16.0)))
                .collect();
            assert!(lights.windows(2).all(|w| (w[1] - w[0]) * sign > 0.0), "{lights:?}");
        }
    }

    /// What red, green and blue are, as light, to who has no cones for green or for red: Machado, Oliveira and
    /// Fernandes, 2009, doi:10.1109/TVCG.2009.113, severity 1.
    const COLOUR_BLIND: [[[f32; 3]; 3]; 2] = [
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_82, 0.042_94, 0.968_881],
        ],
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ];

    /// In CIE 1976 L*a*b*, as such an eye sees it.
    fn lab(colour: Rgb, eye: &[[f32; 3]; 3]) -> [f32; 3] {
        let product =
            |matrix: &[[f32; 3]; 3], x: [f32; 3]| matrix.map(|row| (0..3).map(|i| row[i] * x[i]).sum::<f32>());
        let seen = product(eye, linear(colour)).map(|light| light.clamp(0.0, 1.0));
        let [x, y, z] = product(
            &[
                [0.412_456_4, 0.357_576_1, 0.180_437_5],
                [0.212_672_9, 0.715_152_2, 0.072_175],
                [0.019_333_9, 0.119_192, 0.950_304_1],
            ],
            seen,
        );
        let f = |t: f32| {
            if t > 0.008_856 {
                t.cbrt()
            } else {
                (903.3 * t + 16.0) / 116.0
            }
        };
        let [x, y, z] = [f(x / 0.950_47), f(y), f(z / 1.088_83)];
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// CIE's difference of 1976; 2.3 is just seen.
    fn difference(a: Rgb, b: Rgb, eye: &[[f32; 3]; 3]) -> f32 {
        let (a, b) = (lab(a, eye), lab(b, eye));
        (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f32>().sqrt()
    }

    /// The ten classes', of the style sheet: on a light page, on a dark one.
    fn classes() -> [Vec<Rgb>; 2] {
        let sheet = include_str!("../../style/study.css");
        let lines = sheet.lines().filter(|line| line.trim().starts_with("--class-"));
        let of = |line: &str, theme: usize| {
            let digits = line.split('#').nth(1 + theme).expect("two colours");
            [0, 2, 4].map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("a colour"))
        };
        [0, 1].map(|theme| lines.clone().map(|line| of(line, theme)).collect())
    }

    #[test]
    fn who_sees_no_red_or_no_green_tells_classes_apart() {
        for (theme, paper) in [[255; 3], [0x16, 0x1a, 0x21]].into_iter().enumerate() {
            let colours = &classes()[theme];
            assert_eq!(colours.len(), 10);
            for (a, b) in (0..10).flat_map(|a| (0..a).map(move |b| (a, b))) {
                for eye in &COLOUR_BLIND {
                    let apart = difference(colours[a], colours[b], eye);
                    assert!(apart >= 15.0, "{a} and {b}: {apart}");
                }
            }
            for &colour in colours {
                let [low, high] = [luminance(colour), luminance(paper)].map(|light| light + 0.05);
                assert!((high / low).max(low / high) >= 3.0, "{colour:?} on paper");
            }
        }
    }

    #[test]
    fn who_sees_no_red_or_no_green_tells_above_from_below() {
        for (ramp, eye) in [false, true]
            .iter()
            .flat_map(|&dark| COLOUR_BLIND.map(|eye| (Ramp::signed(dark), eye)))
        {
            let apart = |a: f32, b: f32| difference(ramp.at(a), ramp.at(b), &eye);
            for step in 1..=8 {
                let size = step as f32 / 16.0;
                let sides = apart(0.5 - size, 0.5 + size);
                assert!(sides >= 10.0 * step as f32, "{size}: {sides}");
                assert!(
                    [-size, size]
                        .iter()
                        .all(|side| apart(0.5, 0.5 + side) >= 8.0 * step as f32),
                    "{size} and 0"
                );
            }
        }
    }

    #[test]
    fn zero_is_neutral_and_the_sides_mirror() {
        let range = Range::of(&[-2.0, 0.0, 4.0, f32::NAN]);
        assert_eq!(range, Range { low: -2.0, high: 4.0 });
        assert!(range.signed());
        assert_eq!([range.place(0.0), range.place(4.0), range.place(-4.0)], [0.5, 1.0, 0.0]);
        assert_eq!(Range::of(&[0.0, 2.0]).place(1.0), 0.5);
        assert_eq!(Range::of(&[]).place(0.0), 0.0);
    }
}

//! Several digits drawn side by side: which strokes belong to which.
//!
//! The strokes of a digit lie above each other; those of two digits lie beside each other. Strokes whose extents across
//! overlap by a good part of the narrower one are one figure, and so are strokes that touch: the stem of an open four
//! may stand at the very end of its bar. What is much lower than the rest is no digit of its own: a bar of a five that
//! stands apart goes to its nearest neighbour.

use super::strokes::{Drawing, Stroke, squared_distance};

/// Strokes are one figure when they overlap by at least this share of the narrower one.
const OVERLAP: f32 = 0.3;

/// A stroke that is narrower counts as this wide, in units of the highest figure: a bar has no width to share.
const NARROWEST: f32 = 0.12;

/// Strokes this near each other touch, in units of the highest figure: the pen is an eighth wide (`strokes.rs`).
const TOUCH: f32 = 0.08;

/// A figure lower than this share of the highest is a part of its neighbour.
const LOWEST: f32 = 0.45;

/// The figures of a drawing, from left to right; all of its strokes are in one of them, in the order of drawing.
pub fn figures(drawing: &Drawing) -> Vec<Drawing> {
    let strokes = drawing.strokes.iter().enumerate();
    let figures: Vec<_> = strokes
        .filter_map(|(index, stroke)| Figure::around(index, stroke))
        .collect();
    let height = highest(&figures);
    let mut figures = joined(figures, &drawing.strokes, height);
    while let Some(low) = figures.iter().position(|figure| figure.height() < LOWEST * height) {
        if figures.len() == 1 {
            break;
        }
        let low = figures.remove(low);
        let nearest = figures
            .iter_mut()
            .min_by(|a, b| a.gap(&low).total_cmp(&b.gap(&low)))
            .expect("there is another figure");
        nearest.take(low);
    }
    figures.sort_by(|a, b| a.middle().total_cmp(&b.middle()));
    let drawn = |figure: Figure| Drawing {
        strokes: figure.strokes().map(|index| drawing.strokes[index].clone()).collect(),
    };
    figures.into_iter().map(drawn).collect()
}

/// Strokes and the box around them.
#[derive(Debug)]
struct Figure {
    strokes: Vec<usize>,
    /// Left and right, top and bottom.
    sides: [[f32; 2]; 2],
}

impl Figure {
    /// None for a stroke without finite points.
    fn around(index: usize, stroke: &Stroke) -> Option<Self> {
        let points = stroke.iter().filter(|point| point.iter().all(|at| at.is_finite()));
        let [across, down] = [0, 1].map(|axis| {
            let at = points.clone().map(|point| point[axis]);
            [
                at.clone().fold(f32::INFINITY, f32::min),
                at.fold(f32::NEG_INFINITY, f32::max),
            ]
        });
        (across[0] <= across[1]).then(|| Self {
            strokes: vec![index],
            sides: [across, down],
        })
    }

    fn height(&self) -> f32 {
        self.sides[1][1] - self.sides[1][0]
    }

    fn middle(&self) -> f32 {
        (self.sides[0][0] + self.sides[0][1]) / 2.0
    }

    /// Left and right, at least so wide.
    fn extent(&self, least: f32) -> [f32; 2] {
        let [left, right] = self.sides[0];
        let more = (least - (right - left)).max(0.0) / 2.0;
        [left - more, right + more]
    }

    /// What is between two figures across; less than 0 where they overlap.
    fn gap(&self, other: &Self) -> f32 {
        let [a, b] = [self.sides[0], other.sides[0]];
        a[0].max(b[0]) - a[1].min(b[1])
    }

    fn is_one_with(&self, other: &Self, least: f32) -> bool {
        let [a, b] = [self.extent(least), other.extent(least)];
        let shared = a[1].min(b[1]) - a[0].max(b[0]);
        shared > OVERLAP * (a[1] - a[0]).min(b[1] - b[0])
    }

    fn touches(&self, other: &Self, strokes: &[Stroke], reach: f32) -> bool {
        let near = |a: &usize, b: &usize| {
            passes(&strokes[*a], &strokes[*b], reach) || passes(&strokes[*b], &strokes[*a], reach)
        };
        self.gap(other) <= reach && self.strokes.iter().any(|a| other.strokes.iter().any(|b| near(a, b)))
    }

    fn take(&mut self, other: Self) {
        self.strokes.extend(other.strokes);
        for (own, others) in self.sides.iter_mut().zip(other.sides) {
            *own = [own[0].min(others[0]), own[1].max(others[1])];
        }
    }

    fn strokes(&self) -> impl Iterator<Item = usize> {
        let mut strokes = self.strokes.clone();
        strokes.sort_unstable();
        strokes.into_iter()
    }
}

fn highest(figures: &[Figure]) -> f32 {
    figures.iter().map(Figure::height).fold(0.0, f32::max)
}

/// Whether a stroke's points come that near to another one's way.
fn passes(stroke: &Stroke, other: &Stroke, reach: f32) -> bool {
    let last = other.len() - 1;
    let pieces = other
        .iter()
        .enumerate()
        .map(|(index, from)| (*from, other[last.min(index + 1)]));
    let mut pairs = pieces.flat_map(|piece| stroke.iter().map(move |&point| (point, piece)));
    pairs.any(|(point, (from, to))| squared_distance(point, from, to) <= reach * reach)
}

/// Those that overlap or touch as one, until none do: a joined figure may reach others.
fn joined(figures: Vec<Figure>, strokes: &[Stroke], height: f32) -> Vec<Figure> {
    let are_one =
        |a: &Figure, b: &Figure| a.is_one_with(b, NARROWEST * height) || a.touches(b, strokes, TOUCH * height);
    let mut joined: Vec<Figure> = vec![];
    for mut figure in figures {
        while let Some(other) = joined.iter().position(|other| are_one(other, &figure)) {
            figure.take(joined.remove(other));
        }
        joined.push(figure);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures_of(strokes: &[&[[f32; 2]]]) -> Vec<usize> {
        let strokes = strokes.iter().map(|stroke| stroke.to_vec()).collect();
        let figures = figures(&Drawing { strokes });
        figures.iter().map(|figure| figure.strokes.len()).collect()
    }

    #[test]
    fn nothing_has_no_figures() {
        assert!(figures_of(&[]).is_empty());
        assert!(figures_of(&[&[], &[[f32::NAN, 0.2]]]).is_empty());
    }

    #[test]
    fn a_four_of_two_strokes_is_one_figure() {
        let four: [&[[f32; 2]]; 2] = [&[[0.4, 0.1], [0.3, 0.5], [0.7, 0.5]], &[[0.6, 0.2], [0.6, 0.9]]];
        assert_eq!(figures_of(&four), [2]);
    }

    #[test]
    fn a_stem_at_the_end_of_a_four_s_bar_belongs_to_it() {
        let bar: &[[f32; 2]] = &[[0.4, 0.1], [0.3, 0.5], [0.6, 0.5]];
        assert_eq!(figures_of(&[bar, &[[0.62, 0.3], [0.62, 0.9]]]), [2]);
        assert_eq!(figures_of(&[bar, &[[0.72, 0.3], [0.72, 0.9]]]), [1, 1]);
    }

    #[test]
    fn a_bar_beside_a_five_belongs_to_it() {
        let five: [&[[f32; 2]]; 2] = [
            &[[0.4, 0.2], [0.4, 0.5], [0.5, 0.7], [0.3, 0.9]],
            &[[0.52, 0.2], [0.7, 0.2]],
        ];
        assert_eq!(figures_of(&five), [2]);
    }

    #[test]
    fn figures_are_read_from_left_to_right_in_whatever_order_they_were_drawn() {
        let strokes = vec![
            vec![[0.8, 0.2], [0.8, 0.8]],
            vec![[0.1, 0.2], [0.3, 0.2], [0.2, 0.8]],
            vec![[0.5, 0.2], [0.5, 0.8]],
            vec![[0.12, 0.5], [0.3, 0.5]],
        ];
        let found = figures(&Drawing {
            strokes: strokes.clone(),
        });
        let first_points: Vec<_> = found.iter().map(|figure| figure.strokes[0][0][0]).collect();
        assert_eq!(first_points, [0.1, 0.5, 0.8]);
        assert_eq!(found[0].strokes, [strokes[1].clone(), strokes[3].clone()]);
    }
}

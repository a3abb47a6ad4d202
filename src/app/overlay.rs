//! Numbers laid over the image that they speak of: the image in greys, a number's colour the stronger the larger it is.

use super::{
    colour::{Ramp, Range, Rgb},
    maps::Picture,
};
use crate::protocol::Tensor;

/// The image's brightness under the colours: white ink must not drown them.
const PAPER: f32 = 0.72;

/// How much of the image the strongest colour covers.
const COVER: f32 = 0.88;

/// Where a map of numbers lies on an image, in the image's pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layout {
    /// Before its first row and column.
    pub first: f32,
    /// From one of its rows to the next, and from one column to the next; none: it covers the image.
    pub cell: Option<f32>,
}

impl Layout {
    /// Over all of the image.
    pub const WHOLE: Self = Self { first: 0.0, cell: None };
}

/// The picture, `scale` pixels to a pixel of the image.
///
/// # Shapes
/// `image`: `[height, width, 1]`, 0 to 1; `numbers`: `[rows, columns, 1]`.
pub fn over(image: &Tensor, numbers: &Tensor, layout: Layout, scale: usize) -> Option<Picture> {
    let ([height, width, 1], [rows, columns, 1]) = (&image.shape[..], &numbers.shape[..]) else {
        return None;
    };
    let range = Range::of(&numbers.data);
    let most = range.high.max(-range.low).max(f32::MIN_POSITIVE);
    let cell = |at: usize, cells: usize, side: usize| {
        let step = layout.cell.unwrap_or(side as f32 / cells.max(1) as f32);
        let place = ((at as f32 + 0.5) / scale as f32 - layout.first) / step;
        (place >= 0.0 && (place as usize) < cells).then_some(place as usize)
    };
    let (tall, wide) = (height * scale, width * scale);
    let mut rgba = Vec::with_capacity(tall * wide * 4);
    for y in 0..tall {
        let row = cell(y, *rows, *height);
        for x in 0..wide {
            let ink = image.data[y / scale * width + x / scale];
            let at = row.zip(cell(x, *columns, *width));
            let value = at.map_or(0.0, |(row, column)| numbers.data[row * columns + column]);
            rgba.extend(mixed(ink, value / most));
            rgba.push(255);
        }
    }
    Some(Picture {
        width: wide,
        height: tall,
        rgba,
    })
}

/// The colours that stand for these numbers, from the lowest to the highest, as a style sheet has it.
pub fn scale_of(range: Range) -> String {
    let most = range.high.max(-range.low).max(f32::MIN_POSITIVE);
    let place = |value: f32| 0.5 + 0.5 * value / most;
    Ramp::signed(true).css(place(range.low), place(range.high))
}

/// The image's grey with so much of the colour as the number is strong, -1 to 1.
fn mixed(ink: f32, strength: f32) -> Rgb {
    let grey = PAPER * 255.0 * ink.clamp(0.0, 1.0);
    let colour = Ramp::signed(true).at(0.5 + strength.signum() * 0.5);
    let share = COVER * strength.abs().min(1.0);
    colour.map(|part| (grey + share * (f32::from(part) - grey)).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(side: usize, data: &[f32]) -> Tensor {
        Tensor {
            shape: vec![side, side, 1],
            data: data.to_vec(),
        }
    }

    fn pixel(picture: &Picture, [y, x]: [usize; 2]) -> &[u8] {
        &picture.rgba[(y * picture.width + x) * 4..][..3]
    }

    #[test]
    fn a_number_colours_its_part_of_the_image_and_leaves_the_rest() {
        let image = tensor(4, &[0.5; 16]);
        let picture = over(&image, &tensor(2, &[0.0, 2.0, -2.0, 0.0]), Layout::WHOLE, 2).unwrap();
        assert_eq!((picture.width, picture.height), (8, 8));
        let plain = [(PAPER * 127.5).round() as u8; 3];
        assert_eq!(pixel(&picture, [0, 0]), plain);
        assert_eq!(pixel(&picture, [7, 7]), plain);
        let [red, _, blue] = *pixel(&picture, [0, 7]) else {
            panic!()
        };
        assert!(blue > red, "above 0 is blue");
        let [red, _, blue] = *pixel(&picture, [7, 0]) else {
            panic!()
        };
        assert!(red > blue, "below 0 is orange");
    }

    #[test]
    fn a_map_of_places_lies_around_their_middles() {
        let image = tensor(6, &[0.0; 36]);
        let layout = Layout {
            first: 1.0,
            cell: Some(2.0),
        };
        let picture = over(&image, &tensor(2, &[1.0, 0.0, 0.0, 0.0]), layout, 1).unwrap();
        let coloured = |at| pixel(&picture, at) != [0; 3];
        assert!(!coloured([0, 0]) && coloured([1, 1]) && coloured([2, 2]) && !coloured([3, 3]));
        assert!(!coloured([5, 5]), "beyond the last place");
    }

    #[test]
    fn numbers_that_are_all_nothing_colour_nothing() {
        let picture = over(&tensor(2, &[1.0; 4]), &tensor(2, &[0.0; 4]), Layout::WHOLE, 1).unwrap();
        assert_eq!(pixel(&picture, [1, 1]), [(PAPER * 255.0).round() as u8; 3]);
    }
}

//! A layer's output as a picture: one tile a channel, or one cell a feature.

use std::borrow::Cow;

use super::colour::{Range, Rgb};
use crate::protocol::Tensor;

/// A narrower map in a row of the network is a speck, where there is room for larger ones: so wide a row.
const SMALLEST_TILE: f32 = 16.0;
const ROOM: f32 = 400.0;

/// So many of its own columns a map in a row of the network is wide at least, where there is room and where there is not.
const TRUE_TO_SIZE: [f32; 2] = [0.85, 0.6];

/// Where the tiles of a picture go. Lengths are CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Rows and columns of numbers in one tile.
    pub map: [usize; 2],
    /// How many tiles.
    pub count: usize,
    /// Tiles a row.
    pub columns: usize,
    /// Height and width of a tile.
    pub tile: [f32; 2],
    /// Between tiles.
    pub gap: f32,
}

impl Grid {
    /// The tiles of an output of this shape, in as few rows as keep every tile at least `smallest` wide, and none
    /// wider than `largest`; cells of features are no taller than `tallest`.
    ///
    /// # Shapes
    /// `[height, width, channels]` or `[features]`.
    pub fn new(shape: &[usize], width: f32, [smallest, largest, tallest]: [f32; 3]) -> Self {
        let (map, count, gap) = match *shape {
            [height, width, channels] => ([height, width], channels, 2.0),
            _ => ([1, 1], shape.iter().product(), 1.0),
        };
        let fitting = ((width + gap) / (smallest + gap)).floor().max(1.0) as usize;
        let rows = count.div_ceil(fitting).max(1);
        let columns = count.div_ceil(rows).max(1);
        let side = ((width + gap) / columns as f32 - gap).clamp(1.0, largest);
        let height = match shape.len() {
            3 => side * map[0] as f32 / map[1].max(1) as f32,
            _ => side.min(tallest),
        };
        Self {
            map,
            count,
            columns,
            tile: [height, side],
            gap,
        }
    }

    /// For the rows of the network: maps about as large as themselves, so that hardly a number is lost, small ones enlarged
    /// so that they can be told apart, and features in at most two rows as long as each is seen.
    pub fn strip(shape: &[usize], width: f32) -> Self {
        let [roomy, tight] = TRUE_TO_SIZE;
        let (smallest, share) = match width < ROOM {
            true => (11.0, tight),
            false => (SMALLEST_TILE, roomy),
        };
        let sides = match *shape {
            [_, map, 1] => [map as f32, 32.0, 32.0],
            [_, map, _] => [(share * map as f32).max(smallest), 32.0, 32.0],
            _ => [1.0, f32::INFINITY, 14.0],
        };
        Self::new(shape, width, sides)
    }

    /// For a tensor of weights, in the order of [`in_order`]. A kernel `[height, width, in, out]` has a tile for every
    /// pair of channels: a row an input, a column an output; where there is one input, its tiles fill the rows. A weight
    /// `[in, out]` is one map with a row an output; a bias one row.
    pub fn weights(shape: &[usize], width: f32) -> Self {
        let (map, count, columns, cell) = match *shape {
            [height, width, 1, outputs] => ([height, width], outputs, outputs.min(16), 12.0),
            [height, width, inputs, outputs] => ([height, width], inputs * outputs, outputs, 12.0),
            [inputs, outputs] => ([outputs, inputs], 1, 1, 12.0),
            _ => ([1, shape.iter().product()], 1, 1, 12.0),
        };
        let across = width / columns.max(1) as f32;
        // Many tiles leave no room between them.
        let gap = match across {
            _ if count == 1 => 0.0,
            across if across < 3.0 => 0.0,
            across => (across * 0.1).clamp(1.0, 4.0),
        };
        let side = (across - gap).min(cell * map[1] as f32);
        let height = match count {
            1 => (side / map[1].max(1) as f32).clamp(4.0, cell) * map[0] as f32,
            _ => side * map[0] as f32 / map[1].max(1) as f32,
        };
        Self {
            map,
            count,
            columns: columns.max(1),
            tile: [height, side],
            gap,
        }
    }

    /// Where a number's cell lies: top, left, height and width.
    pub fn cell(&self, [row, column, channel]: [usize; 3]) -> [f32; 4] {
        let [height, width] = [0, 1].map(|i| self.tile[i] / self.map[i].max(1) as f32);
        let (tile_row, tile_column) = (channel / self.columns, channel % self.columns);
        let start = |tile: usize, side: f32| tile as f32 * (side + self.gap);
        [
            start(tile_row, self.tile[0]) + row as f32 * height,
            start(tile_column, self.tile[1]) + column as f32 * width,
            height,
            width,
        ]
    }

    /// For one layer by itself.
    pub fn large(shape: &[usize], width: f32) -> Self {
        let smallest = if shape.len() == 3 { 72.0 } else { 18.0 };
        Self::new(shape, width, [smallest, 320.0, 40.0])
    }

    /// Of the whole picture.
    pub fn size(&self) -> [f32; 2] {
        let rows = self.count.div_ceil(self.columns) as f32;
        let across = |n: f32, side: f32| n * (side + self.gap) - self.gap;
        [across(rows, self.tile[0]), across(self.columns as f32, self.tile[1])]
    }

    /// The number under a point `[y, x]`: its row, column and channel.
    pub fn locate(&self, [y, x]: [f32; 2]) -> Option<[usize; 3]> {
        let (row, inner_y) = place(y, self.tile[0], self.gap, self.map[0])?;
        let (column, inner_x) = place(x, self.tile[1], self.gap, self.map[1])?;
        let channel = row * self.columns + column;
        (column < self.columns && channel < self.count).then_some([inner_y, inner_x, channel])
    }

    /// The index of a number, by row, column and channel, in a row-major output.
    pub fn index(&self, [row, column, channel]: [usize; 3]) -> usize {
        (row * self.map[1] + column) * self.count + channel
    }

    /// The picture in device pixels, `scale` to a CSS pixel; between the tiles it is transparent. Values that are
    /// missing are drawn as 0.
    pub fn paint(&self, values: &[f32], range: Range, dark: bool, scale: f32) -> Picture {
        let ramp = range.ramp(dark);
        self.paint_with(values, scale, |value| ramp.at(range.place(value)))
    }

    /// As [`Self::paint`], in greys from black (0) to white (1), a pixel a CSS pixel: as MNIST's images are shown.
    pub fn paint_grey(&self, values: &[f32]) -> Picture {
        self.paint_with(values, 1.0, |value| [(value.clamp(0.0, 1.0) * 255.0).round() as u8; 3])
    }

    fn paint_with(&self, values: &[f32], scale: f32, colour: impl Fn(f32) -> Rgb) -> Picture {
        let [height, width] = self.size().map(|side| (side * scale).round().max(1.0) as usize);
        let rows: Vec<_> = (0..height)
            .map(|y| self.locate([(y as f32 + 0.5) / scale, 0.0]))
            .collect();
        let columns: Vec<_> = (0..width)
            .map(|x| self.locate([0.0, (x as f32 + 0.5) / scale]))
            .collect();
        let colours: Vec<_> = values.iter().map(|&value| colour(value)).collect();
        let zero = colour(0.0);
        let mut rgba = vec![0; height * width * 4];
        for (line, row) in rgba.chunks_exact_mut(width * 4).zip(rows) {
            let Some([inner_y, _, first]) = row else { continue };
            for (pixel, column) in line.chunks_exact_mut(4).zip(&columns) {
                let Some([_, inner_x, offset]) = *column else { continue };
                if first + offset < self.count {
                    let index = self.index([inner_y, inner_x, first + offset]);
                    pixel[..3].copy_from_slice(colours.get(index).unwrap_or(&zero));
                    pixel[3] = 255;
                }
            }
        }
        Picture { width, height, rgba }
    }
}

/// A tensor's numbers in the order in which [`Grid::weights`] shows them: a weight `[in, out]` a row an output.
pub fn in_order(tensor: &Tensor) -> Cow<'_, [f32]> {
    let [inputs, outputs] = tensor.shape[..] else {
        return Cow::Borrowed(&tensor.data);
    };
    let at = |i: usize| tensor.data[i % inputs * outputs + i / inputs];
    Cow::Owned((0..inputs * outputs).map(at).collect())
}

/// Which tile a coordinate is in, and which of the tile's `cells`; none in a gap.
fn place(at: f32, side: f32, gap: f32, cells: usize) -> Option<(usize, usize)> {
    let tile = (at / (side + gap)).floor();
    let inner = at - tile * (side + gap);
    (tile >= 0.0 && inner < side).then(|| (tile as usize, ((inner / side * cells as f32) as usize).min(cells - 1)))
}

/// Pixels, four bytes each.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// Row-major red, green, blue, opacity.
    pub rgba: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipes_layers_fill_a_column_with_few_rows() {
        let rows_in = |shape: &[usize], width: f32| {
            let grid = Grid::strip(shape, width);
            assert!(grid.size()[1] <= width + 0.5, "{grid:?}");
            grid.count.div_ceil(grid.columns)
        };
        let rows = |shape: &[usize]| rows_in(shape, 456.0);
        assert_eq!(rows(&[26, 26, 32]), 2);
        assert_eq!(rows_in(&[26, 26, 32], 296.0), 2, "a narrow window's");
        assert_eq!(rows(&[13, 13, 32]), 2);
        assert_eq!(rows(&[11, 11, 64]), 3);
        assert_eq!(rows(&[5, 5, 64]), 3);
        assert_eq!(rows(&[3, 3, 64]), 3);
        assert!(rows(&[576]) <= 3);
        assert_eq!(rows(&[64]), 1);
        assert_eq!(rows(&[10]), 1);
    }

    #[test]
    fn a_pixel_shows_the_number_it_lies_on() {
        let values: Vec<f32> = (0..2 * 2 * 3).map(|i| i as f32).collect();
        let grid = Grid {
            map: [2, 2],
            count: 3,
            columns: 2,
            tile: [4.0, 4.0],
            gap: 2.0,
        };
        assert_eq!(grid.size(), [10.0, 10.0]);
        assert_eq!(grid.locate([1.0, 9.0]), Some([0, 1, 1]));
        assert_eq!(grid.locate([1.0, 5.0]), None, "the gap");
        assert_eq!(grid.locate([8.0, 8.0]), None, "no fourth channel");
        let range = Range::of(&values);
        let picture = grid.paint(&values, range, false, 1.0);
        let pixel = |y: usize, x: usize| &picture.rgba[(y * 10 + x) * 4..][..4];
        let colour = range.ramp(false).at(range.place(values[grid.index([0, 1, 1])]));
        assert_eq!(pixel(1, 9), [colour[0], colour[1], colour[2], 255]);
        assert_eq!(pixel(1, 5), [0; 4]);
        assert_eq!(pixel(8, 8), [0; 4]);
    }

    #[test]
    fn weights_have_a_row_an_input_and_a_column_an_output() {
        let kernel = Grid::weights(&[3, 3, 32, 64], 640.0);
        assert_eq!((kernel.map, kernel.count, kernel.columns), ([3, 3], 2048, 64));
        assert!(kernel.size()[1] <= 640.5, "{kernel:?}");
        for shape in [&[3, 3, 64, 512][..], &[784, 10], &[5, 5, 1, 6], &[512]] {
            assert!(Grid::weights(shape, 340.0).size()[1] <= 340.5, "{shape:?} fits a phone");
        }
        let first = Grid::weights(&[3, 3, 1, 32], 640.0);
        assert_eq!((first.count, first.columns), (32, 16));
        let dense = Tensor {
            shape: vec![2, 3],
            data: vec![0.0, 1.0, 2.0, 10.0, 11.0, 12.0],
        };
        assert_eq!(Grid::weights(&dense.shape, 640.0).map, [3, 2]);
        assert_eq!(*in_order(&dense), [0.0, 10.0, 1.0, 11.0, 2.0, 12.0]);
    }

    #[test]
    fn a_cell_lies_where_it_is_located() {
        for shape in [&[5, 4, 7][..], &[30]] {
            let grid = Grid::large(shape, 300.0);
            let at = if shape.len() == 3 { [3, 2, 6] } else { [0, 0, 17] };
            let [top, left, height, width] = grid.cell(at);
            assert_eq!(grid.locate([top + height / 2.0, left + width / 2.0]), Some(at));
        }
    }

    #[test]
    fn degenerate_sizes_do_not_panic() {
        for shape in [&[1, 1, 1][..], &[576], &[3, 3, 64]] {
            for width in [0.0, 3.0, 5000.0] {
                Grid::strip(shape, width).paint(&[], Range::of(&[]), true, 1.5);
            }
        }
    }
}

//! Training images, each bent in a way of its own.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::{
    random::{Stream, generator},
    spec::Augmentation,
};

/// Points of the elastic grid, down and across: the first on the first pixel, the last on the last one.
const GRID: usize = 5;

/// Where each pixel of a bent image comes from: an affine map about the centre, and a grid of small moves.
///
/// Pixel `p` comes from `centre + shift + matrix (p - centre) + move(p)`; the matrix scales, slants, then turns. The
/// idea of the grid is that of Simard, Steinkraus and Platt, 2003, doi:10.1109/ICDAR.2003.1227801; theirs is a moving
/// average of one draw a pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Warp {
    /// Down and across, each from down and across.
    matrix: [[f32; 2]; 2],
    /// Down and across, in pixels.
    shift: [f32; 2],
    /// Moves of the grid's points, down and across in pixels.
    grid: Option<[[[f32; GRID]; GRID]; 2]>,
    noise: Option<Noise>,
}

/// What is added to the pixels, one after the other.
#[derive(Debug, Clone, PartialEq)]
struct Noise {
    deviation: f32,
    rng: ChaCha8Rng,
}

impl Noise {
    /// The next pixel's: the sum of four even draws, which is nearly normal, and the same on every machine.
    fn draw(&mut self) -> f32 {
        let draws = [self.rng.next_u32(), self.rng.next_u32()];
        let sum: u32 = draws.iter().map(|draw| (draw & 0xffff) + (draw >> 16)).sum();
        // Each is from 0 to 2^16, of variance 2^32 / 12; four of them have a third of 2^32.
        (sum as f32 / 65_536.0 - 2.0) * 3f32.sqrt() * self.deviation
    }
}

impl Warp {
    /// The way in which an image of a run is bent in an epoch: the same whoever asks, and when.
    pub fn draw(amount: &Augmentation, seed: u64, epoch: usize, image: u32) -> Self {
        let mut rng = generator(seed, Stream::Augmentation { epoch, image });
        let mut within = |most: f32| most * even(&mut rng);
        let shift = [within(amount.shift), within(amount.shift)];
        let (sin, cos) = within(amount.rotation).to_radians().sin_cos();
        let [tall, wide] = [1.0 / (1.0 + within(amount.zoom)), 1.0 / (1.0 + within(amount.zoom))];
        let slant = tall * within(amount.shear);
        let matrix = [
            [cos * tall + sin * slant, sin * wide],
            [cos * slant - sin * tall, cos * wide],
        ];
        let grid = (amount.elastic > 0.0)
            .then(|| [(); 2].map(|()| [(); GRID].map(|()| [(); GRID].map(|()| within(amount.elastic)))));
        let noise = (amount.noise > 0.0).then_some(Noise {
            deviation: amount.noise,
            rng,
        });
        Self {
            matrix,
            shift,
            grid,
            noise,
        }
    }

    /// Leaves an image as it is.
    const NONE: Self = Self {
        matrix: [[1.0, 0.0], [0.0, 1.0]],
        shift: [0.0; 2],
        grid: None,
        noise: None,
    };

    /// Moves the ink up and to the left by so many pixels.
    pub fn shift(shift: [f32; 2]) -> Self {
        Self { shift, ..Self::NONE }
    }

    /// Turns the ink about the centre.
    pub fn turn(degrees: f32) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self {
            matrix: [[cos, sin], [-sin, cos]],
            ..Self::NONE
        }
    }

    /// Adds noise of that standard deviation, the same for the same image.
    pub fn noise(deviation: f32, image: u32) -> Self {
        let rng = generator(0, Stream::Augmentation { epoch: 0, image });
        Self {
            noise: (deviation > 0.0).then_some(Noise { deviation, rng }),
            ..Self::NONE
        }
    }

    /// Adds the bent image to `out`, pixels from 0 to 1, each between the four nearest of the source; outside is paper.
    ///
    /// # Shapes
    /// `image`: `shape`, `[height, width]`; it adds as many numbers.
    pub fn apply(&self, image: &[u8], shape: [usize; 2], out: &mut Vec<f32>) {
        let [height, width] = shape;
        let centre = [middle(height), middle(width)];
        let mut noise = self.noise.clone();
        for y in 0..height {
            for x in 0..width {
                let [dy, dx] = [y as f32 - centre[0], x as f32 - centre[1]];
                let [mut sy, mut sx] =
                    [0, 1].map(|i| centre[i] + self.shift[i] + self.matrix[i][0] * dy + self.matrix[i][1] * dx);
                if let Some(grid) = &self.grid {
                    let at = [along(y, height), along(x, width)];
                    sy += bend(&grid[0], at);
                    sx += bend(&grid[1], at);
                }
                let pixel = ink(image, shape, sy, sx) / 255.0;
                out.push(match &mut noise {
                    Some(noise) => (pixel + noise.draw()).clamp(0.0, 1.0),
                    None => pixel,
                });
            }
        }
    }
}

/// An even draw from -1 to 1.
fn even(rng: &mut impl Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / (1 << 23) as f32 - 1.0
}

fn middle(size: usize) -> f32 {
    (size as f32 - 1.0) / 2.0
}

/// Where a pixel is in the grid.
fn along(index: usize, size: usize) -> f32 {
    index as f32 * (GRID - 1) as f32 / (size.max(2) - 1) as f32
}

/// Between the four nearest points of the grid.
fn bend(grid: &[[f32; GRID]; GRID], [y, x]: [f32; 2]) -> f32 {
    let [row, column] = [y, x].map(|at| (at as usize).min(GRID - 2));
    let [fy, fx] = [y - row as f32, x - column as f32];
    let line = |row: usize| mix(grid[row][column], grid[row][column + 1], fx);
    mix(line(row), line(row + 1), fy)
}

/// Between the four nearest pixels, 0 to 255.
fn ink(image: &[u8], [height, width]: [usize; 2], y: f32, x: f32) -> f32 {
    let [top, left] = [y.floor(), x.floor()];
    let pixel = |row: i32, column: i32| {
        let inside = (0..height as i32).contains(&row) && (0..width as i32).contains(&column);
        if inside {
            f32::from(image[row as usize * width + column as usize])
        } else {
            0.0
        }
    };
    let line = |row: i32| mix(pixel(row, left as i32), pixel(row, left as i32 + 1), x - left);
    mix(line(top as i32), line(top as i32 + 1), y - top)
}

fn mix(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}

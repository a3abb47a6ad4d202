//! Principal components: the directions in which points vary most (Pearson, 1901, doi:10.1080/14786440109462720).

use rand::Rng;

use crate::random::{Stream, generator};

/// Directions that are followed at once. More than are wanted: what is found of the first two nears them by the ratio of the
/// ninth variance to theirs at every pass.
const BLOCK: usize = 8;

/// How far a direction of length 1 may still move from one pass to the next.
const PRECISION: f64 = 1e-5;

/// A direction that still moves after so many passes lies in a plane in which all directions vary nearly alike.
const MOST_PASSES: usize = 60;

/// A number by each direction that is followed.
type Row = [f64; BLOCK];

/// Finds the directions by subspace iteration with Rayleigh and Ritz's projection (Saad, Numerical Methods for Large
/// Eigenvalue Problems, 2011, doi:10.1137/1.9781611970739, chapter 5). It is shown all points again and again, pass by pass, in
/// parts, and keeps no matrix that grows with the square of their numbers.
#[derive(Debug, Clone)]
pub struct Components {
    /// Passes that have ended; the first one finds the mean.
    passes: usize,
    /// Points of this pass.
    count: usize,
    mean: Vec<f64>,
    /// Of all numbers together.
    variance: f64,
    /// The directions under way, `[len, BLOCK]`, each of length 1 and square to the others, or 0.
    block: Vec<Row>,
    /// Of this pass: the sum of the points, each times its places. In the first one its first column is the mere sum.
    sums: Vec<Row>,
    /// Where the points of this pass are along the directions under way.
    places: Vec<Row>,
    found: [Component; 2],
}

/// A direction and the variance along it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Component {
    /// Of length 1; its largest number is above 0. All 0 where there is no such direction.
    pub axis: Vec<f64>,
    /// The variance along it.
    pub variance: f64,
}

impl Components {
    /// Of points of so many numbers each.
    pub fn new(len: usize) -> Self {
        let mut rng = generator(0, Stream::Order(0));
        let mut draw = || f64::from(rng.next_u32()) / f64::from(1u32 << 31) - 1.0;
        let mut block: Vec<Row> = (0..len).map(|_| [(); BLOCK].map(|()| draw())).collect();
        orthonormalize(&mut block);
        Self {
            passes: 0,
            count: 0,
            mean: vec![0.0; len],
            variance: 0.0,
            block,
            sums: vec![[0.0; BLOCK]; len],
            places: vec![],
            found: Default::default(),
        }
    }

    /// Sees some points of a pass, `[points, len]`.
    pub fn see(&mut self, points: &[f32]) {
        for point in points.chunks_exact(self.mean.len()) {
            self.count += 1;
            match self.passes {
                0 => self.sum(point),
                _ => self.follow(point),
            }
        }
    }

    fn sum(&mut self, point: &[f32]) {
        for (sum, &x) in self.sums.iter_mut().zip(point) {
            sum[0] += f64::from(x);
            self.variance += f64::from(x) * f64::from(x);
        }
    }

    fn follow(&mut self, point: &[f32]) {
        let mut place = [0.0; BLOCK];
        for ((&x, mean), along) in point.iter().zip(&self.mean).zip(&self.block) {
            let x = f64::from(x) - mean;
            place
                .iter_mut()
                .zip(along)
                .for_each(|(place, along)| *place += x * along);
        }
        for ((&x, mean), sum) in point.iter().zip(&self.mean).zip(&mut self.sums) {
            let x = f64::from(x) - mean;
            sum.iter_mut().zip(&place).for_each(|(sum, place)| *sum += x * place);
        }
        self.places.push(place);
    }

    /// Ends a pass over all points; whether both directions are found.
    pub fn end_pass(&mut self) -> bool {
        let count = std::mem::take(&mut self.count).max(1) as f64;
        let sums = std::mem::replace(&mut self.sums, vec![[0.0; BLOCK]; self.mean.len()]);
        self.passes += 1;
        if self.passes == 1 {
            self.mean = sums.iter().map(|sum| sum[0] / count).collect();
            self.variance = self.variance / count - self.mean.iter().map(|mean| mean * mean).sum::<f64>();
            return false;
        }
        let images: Vec<Row> = sums.iter().map(|sum| sum.map(|sum| sum / count)).collect();
        let (variances, turn) = eigen(products(&self.block, &images));
        let axes = turned(&self.block, &turn);
        let found = [0, 1].map(|which| component(&axes, which, variances[which]));
        let moved = found
            .iter()
            .zip(&self.found)
            .map(|(new, old)| distance(&new.axis, &old.axis));
        let still = self.passes > 2 && moved.fold(0.0, f64::max) < PRECISION;
        self.found = found;
        if still || self.passes == MOST_PASSES {
            self.turn_places(&axes, &turn);
            return true;
        }
        self.block = turned(&images, &turn);
        orthonormalize(&mut self.block);
        self.places.clear();
        false
    }

    /// The places along what was found, in the first two of each.
    fn turn_places(&mut self, axes: &[Row], turn: &[Row; BLOCK]) {
        let signs = [0, 1].map(|which| sign(axes, which));
        self.places = turned(&self.places, turn);
        for place in &mut self.places {
            place.iter_mut().zip(signs).for_each(|(at, sign)| *at *= sign);
        }
    }

    /// How many passes have ended.
    pub fn passes(&self) -> usize {
        self.passes
    }

    /// What was found, the widest first.
    pub fn found(&self) -> &[Component; 2] {
        &self.found
    }

    /// The share of the whole variance that lies along each.
    pub fn shares(&self) -> [f32; 2] {
        [0, 1].map(|which| (self.found[which].variance / self.variance.max(1e-30)) as f32)
    }

    /// Where every point is along them, once they are found.
    pub fn places(&self) -> impl Iterator<Item = [f32; 2]> {
        self.places.iter().map(|place| [place[0] as f32, place[1] as f32])
    }
}

fn component(axes: &[Row], which: usize, variance: f64) -> Component {
    let sign = sign(axes, which);
    Component {
        axis: axes.iter().map(|row| sign * row[which]).collect(),
        variance,
    }
}

/// Of the largest number of a column.
fn sign(axes: &[Row], which: usize) -> f64 {
    let column = axes.iter().map(|row| row[which]);
    let largest = column.fold(0.0, |l: f64, x| if x.abs() > l.abs() { x } else { l });
    largest.signum()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// The columns' products with other columns, `[BLOCK, BLOCK]`.
fn products(a: &[Row], b: &[Row]) -> [Row; BLOCK] {
    let mut products = [[0.0; BLOCK]; BLOCK];
    for (a, b) in a.iter().zip(b) {
        for (row, a) in products.iter_mut().zip(a) {
            row.iter_mut().zip(b).for_each(|(sum, b)| *sum += a * b);
        }
    }
    products
}

/// Rows times a matrix.
fn turned(rows: &[Row], turn: &[Row; BLOCK]) -> Vec<Row> {
    let turned = |row: &Row| std::array::from_fn(|k| row.iter().zip(turn).map(|(x, turn)| x * turn[k]).sum());
    rows.iter().map(turned).collect()
}

/// Makes the columns square to each other and of length 1, by Gram and Schmidt, twice for the sake of rounding; what
/// depends on those before it becomes 0.
fn orthonormalize(block: &mut [Row]) {
    for column in 0..BLOCK {
        let length = |block: &[Row]| block.iter().map(|row| row[column].powi(2)).sum::<f64>().sqrt();
        let before = length(block);
        for _ in 0..2 {
            for other in 0..column {
                let along: f64 = block.iter().map(|row| row[column] * row[other]).sum();
                block.iter_mut().for_each(|row| row[column] -= along * row[other]);
            }
        }
        let after = length(block);
        let scale = if after > 1e-12 * before { 1.0 / after } else { 0.0 };
        block.iter_mut().for_each(|row| row[column] *= scale);
    }
}

/// Eigenvalues, the largest first, and eigenvectors, as columns, of a symmetric matrix: Jacobi's rotations, 1846.
fn eigen(mut a: [Row; BLOCK]) -> (Row, [Row; BLOCK]) {
    let mut vectors: [Row; BLOCK] = std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
    for _ in 0..30 {
        for (p, q) in (0..BLOCK).flat_map(|p| (p + 1..BLOCK).map(move |q| (p, q))) {
            let (sin, cos) = (0.5 * (2.0 * a[p][q]).atan2(a[q][q] - a[p][p])).sin_cos();
            for row in a.iter_mut().chain(&mut vectors) {
                (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
            }
            let (above, below) = (a[p], a[q]);
            a[p] = std::array::from_fn(|i| cos * above[i] - sin * below[i]);
            a[q] = std::array::from_fn(|i| sin * above[i] + cos * below[i]);
        }
    }
    let mut order: [usize; BLOCK] = std::array::from_fn(|i| i);
    order.sort_by(|&i, &j| a[j][j].total_cmp(&a[i][i]));
    (order.map(|i| a[i][i]), vectors.map(|row| order.map(|i| row[i])))
}

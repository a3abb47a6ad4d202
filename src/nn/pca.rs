//! Principal components: the directions in which points vary most (Pearson, 1901, doi:10.1080/14786440109462720).

/// Sums over points, from which their mean and covariance follow. Points can come in parts.
#[derive(Debug, Clone)]
pub struct Moments {
    count: usize,
    sums: Vec<f64>,
    /// Of the products of every two numbers of a point, `[len, len]`; below the diagonal nothing is summed.
    products: Vec<f64>,
}

impl Moments {
    /// Of no points yet, of so many numbers each.
    pub fn new(len: usize) -> Self {
        Self {
            count: 0,
            sums: vec![0.0; len],
            products: vec![0.0; len * len],
        }
    }

    /// Adds points, `[points, len]`.
    pub fn add(&mut self, points: &[f32]) {
        let len = self.sums.len();
        for point in points.chunks_exact(len) {
            self.count += 1;
            for (i, &x) in point.iter().enumerate() {
                let x = f64::from(x);
                self.sums[i] += x;
                if x != 0.0 {
                    let row = &mut self.products[i * len..][i..len];
                    row.iter_mut()
                        .zip(&point[i..])
                        .for_each(|(sum, &y)| *sum += x * f64::from(y));
                }
            }
        }
    }

    /// The mean of the points.
    pub fn mean(&self) -> Vec<f64> {
        let count = self.count.max(1) as f64;
        self.sums.iter().map(|sum| sum / count).collect()
    }

    /// `1 / n sum (x - mean)(x - mean)'`, `[len, len]`.
    pub fn covariance(&self) -> Vec<f64> {
        let (len, mean, count) = (self.sums.len(), self.mean(), self.count.max(1) as f64);
        let entry = |i: usize, j: usize| self.products[i.min(j) * len + i.max(j)] / count - mean[i] * mean[j];
        (0..len * len).map(|at| entry(at / len, at % len)).collect()
    }
}

/// Finds the directions one after the other, by power iteration with deflation (Hotelling, 1933, doi:10.1037/h0071325),
/// in bounded pieces.
#[derive(Debug, Clone)]
pub struct Components {
    /// Of what the found directions leave.
    covariance: Vec<f64>,
    wanted: usize,
    found: Vec<Component>,
    /// The direction under way.
    axis: Vec<f64>,
    iterations: usize,
}

/// A direction and the variance along it.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Of length 1; its largest number is above 0.
    pub axis: Vec<f64>,
    /// The variance along it.
    pub variance: f64,
}

/// A direction that still moves after so many iterations lies in a plane in which all directions vary alike.
const MOST_ITERATIONS: usize = 5_000;

/// How much a direction of length 1 may still move.
const PRECISION: f64 = 1e-10;

impl Components {
    /// The first so many, of a covariance `[len, len]`.
    pub fn new(covariance: Vec<f64>, len: usize, wanted: usize) -> Self {
        let mut components = Self {
            covariance,
            wanted: wanted.min(len),
            found: vec![],
            axis: vec![0.0; len],
            iterations: 0,
        };
        components.begin();
        components
    }

    /// What was found, the widest first.
    pub fn found(&self) -> &[Component] {
        &self.found
    }

    /// So many iterations more; whether all directions are found.
    pub fn go_on(&mut self, iterations: usize) -> bool {
        for _ in 0..iterations {
            if self.found.len() == self.wanted {
                return true;
            }
            let (next, length) = self.iterate();
            let moved = next.iter().zip(&self.axis).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
            self.axis = next;
            self.iterations += 1;
            if moved.sqrt() < PRECISION || self.iterations == MOST_ITERATIONS {
                self.take(length);
            }
        }
        self.found.len() == self.wanted
    }

    /// Where the iteration starts: the row of the number that varies most.
    fn begin(&mut self) {
        let len = self.axis.len();
        let variance = |i: usize| self.covariance[i * len + i];
        let widest = (0..len).max_by(|&a, &b| variance(a).total_cmp(&variance(b)));
        if let Some(row) = widest {
            self.axis = unit(self.covariance[row * len..][..len].to_vec(), row).0;
        }
        self.iterations = 0;
    }

    /// The covariance times the direction, and how long that is.
    fn iterate(&self) -> (Vec<f64>, f64) {
        let rows = self.covariance.chunks_exact(self.axis.len());
        let product = |row: &[f64]| row.iter().zip(&self.axis).map(|(c, x)| c * x).sum::<f64>();
        unit(rows.map(product).collect(), 0)
    }

    /// Takes the direction, and takes what it explains away.
    fn take(&mut self, variance: f64) {
        let len = self.axis.len();
        let mut axis = std::mem::take(&mut self.axis);
        for (row, a) in self.covariance.chunks_exact_mut(len).zip(&axis) {
            row.iter_mut().zip(&axis).for_each(|(c, b)| *c -= variance * a * b);
        }
        let largest = axis
            .iter()
            .copied()
            .fold(0.0, |l: f64, x| if x.abs() > l.abs() { x } else { l });
        axis.iter_mut().for_each(|x| *x *= largest.signum());
        self.axis = vec![0.0; len];
        self.found.push(Component { axis, variance });
        self.begin();
    }
}

/// Of length 1, and the length that it had; of nothing, one of the axes.
fn unit(mut vector: Vec<f64>, fallback: usize) -> (Vec<f64>, f64) {
    let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    match length > 0.0 {
        true => vector.iter_mut().for_each(|x| *x /= length),
        false => vector[fallback] = 1.0,
    }
    (vector, length)
}

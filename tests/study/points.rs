//! The test images along two principal components.

use digit_lab::{
    nn::pca::Components,
    protocol::{Command, Measurement, Projection, StudyEvent},
};

use super::{
    assert_near,
    common::{random, sessions::run},
    data, hidden_of, network, predict, ready, told, wide_session,
};

/// Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations, the largest first.
fn jacobi(mut a: Vec<Vec<f64>>) -> Vec<(f64, Vec<f64>)> {
    let n = a.len();
    let mut v: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect())
        .collect();
    for _ in 0..60 {
        for (p, q) in (0..n).flat_map(|p| (p + 1..n).map(move |q| (p, q))) {
            if a[p][q].abs() < 1e-300 {
                continue;
            }
            let angle = 0.5 * (2.0 * a[p][q]).atan2(a[q][q] - a[p][p]);
            let (sin, cos) = angle.sin_cos();
            for row in a.iter_mut().chain(&mut v) {
                (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
            }
            let (above, below) = a.split_at_mut(q);
            for (x, y) in above[p].iter_mut().zip(&mut below[0]) {
                (*x, *y) = (cos * *x - sin * *y, sin * *x + cos * *y);
            }
        }
    }
    let mut found: Vec<_> = (0..n)
        .map(|i| (a[i][i], v.iter().map(|row| row[i]).collect()))
        .collect();
    found.sort_by(|x: &(f64, Vec<f64>), y| y.0.total_cmp(&x.0));
    found
}

/// Rows without their mean.
fn centred(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mean_of = |i: usize| rows.iter().map(|row| row[i]).sum::<f64>() / rows.len() as f64;
    let mean: Vec<f64> = (0..rows[0].len()).map(mean_of).collect();
    let without_mean = |row: &Vec<f64>| row.iter().zip(&mean).map(|(x, m)| x - m).collect();
    rows.iter().map(without_mean).collect()
}

/// Of the columns of rows without their mean.
fn covariance(centred: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let columns = 0..centred[0].len();
    let product = |i: usize, j: usize| centred.iter().map(|row| row[i] * row[j]).sum::<f64>() / centred.len() as f64;
    let row = |i| columns.clone().map(|j| product(i, j)).collect();
    columns.clone().map(row).collect()
}

#[test]
fn components_are_the_eigenvectors_of_the_covariance() {
    let (count, len) = (400, 7);
    let noise: Vec<f32> = random(count * len, 4);
    let points: Vec<f32> = noise
        .iter()
        .enumerate()
        .map(|(at, x)| x * (1 + at % len) as f32 + noise[at / len * len])
        .collect();
    let rows: Vec<Vec<f64>> = points
        .chunks(len)
        .map(|row| row.iter().map(|&x| x.into()).collect())
        .collect();
    let mut components = Components::new(len);
    let pass = |components: &mut Components| {
        points.chunks(len * 33).for_each(|part| components.see(part));
        components.end_pass()
    };
    while !pass(&mut components) {}
    for (component, (value, vector)) in components.found().iter().zip(jacobi(covariance(&centred(&rows)))) {
        assert_near("variance", component.variance, value, 1e-6);
        let along: f64 = component.axis.iter().zip(&vector).map(|(a, b)| a * b).sum();
        assert_near("direction", along.abs(), 1.0, 1e-6);
    }
}

#[test]
fn what_does_not_vary_has_no_directions_but_places() {
    let mut components = Components::new(3);
    while {
        components.see(&[0.5; 12]);
        !components.end_pass()
    } {}
    assert!(components.found().iter().all(|component| component.variance == 0.0));
    assert_eq!(components.shares(), [0.0; 2]);
    assert_eq!(components.places().collect::<Vec<_>>(), [[0.0; 2]; 4]);
}

#[test]
fn a_wide_layer_has_its_directions_too() {
    let (mut session, mut hidden) = wide_session(data());
    let told = told(run(&mut session, Command::Measure(Measurement::Points)));
    let [StudyEvent::Projected(projection)] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!((projection.points.len(), projection.features), (300, 5_408));
    let rows: Vec<Vec<f64>> = (0..150).map(|at| hidden(&data().test, at)).collect();
    let centred = centred(&rows);
    // The products of every two images have the covariance's eigenvalues, and the places as eigenvectors.
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / 150.0;
    let gram: Vec<Vec<f64>> = centred
        .iter()
        .map(|a| centred.iter().map(|b| product(a, b)).collect())
        .collect();
    let all: f64 = (0..150).map(|at| gram[at][at]).sum();
    let found = jacobi(gram);
    for (axis, (variance, vector)) in found.iter().enumerate().take(2) {
        assert_near("share", projection.shares[axis].into(), variance / all, 1e-4);
        let length = (150.0 * variance).sqrt();
        let sign = (vector[0] * f64::from(projection.points[axis])).signum();
        for (at, along) in vector.iter().enumerate() {
            let place = sign * length * along;
            assert_near("place", projection.points[2 * at + axis].into(), place, 1e-3);
        }
    }
}

#[test]
fn every_test_image_becomes_a_point_along_the_widest_directions() {
    let mut session = ready();
    let told = told(run(&mut session, Command::Measure(Measurement::Points)));
    let [StudyEvent::Projected(projection)] = &told[..] else {
        panic!("{told:?}");
    };
    let Projection {
        points,
        predicted,
        labels,
        shares,
        features,
        ..
    } = &**projection;
    assert_eq!((points.len(), labels, *features), (300, &data().test.labels, 12));
    let mut hidden = hidden_of(&network());
    let rows: Vec<Vec<f64>> = (0..150).map(|at| hidden(&data().test, at)).collect();
    let centred = centred(&rows);
    let covariance = covariance(&centred);
    let all: f64 = (0..12).map(|i| covariance[i][i]).sum();
    let found = jacobi(covariance);
    for axis in 0..2 {
        assert_near("share", shares[axis].into(), found[axis].0 / all, 1e-4);
        let along = |row: &[f64]| (0..12).map(|i| row[i] * found[axis].1[i]).sum::<f64>();
        let sign = (along(&centred[0]) * f64::from(points[axis])).signum();
        for (at, row) in centred.iter().enumerate() {
            assert_near("place", points[2 * at + axis].into(), sign * along(row), 1e-3);
        }
    }
    assert_eq!(usize::from(predicted[17]), predict(&mut session, 17).digit().unwrap());
}

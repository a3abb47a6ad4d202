//! The training images that are nearest to what is seen.

use digit_lab::{
    data::{DataSet, ImageSet},
    protocol::{Command, Measurement, StudyEvent},
    session::Session,
};

use super::{
    assert_near, common::sessions::run, data, explain, hidden_of, network, predict, ready, told, wide_session,
};

/// Looks through the training images; so many of them.
fn look_through(session: &mut Session) -> usize {
    match told(run(session, Command::Measure(Measurement::Neighbours)))[..] {
        [StudyEvent::Indexed { images, .. }] => images,
        ref other => panic!("{other:?}"),
    }
}

/// The distances of all training images to a test image, the shortest first, and which are so far.
fn by_distance(mut hidden: impl FnMut(&ImageSet, usize) -> Vec<f64>, test: usize) -> Vec<(f64, usize)> {
    let (data, mut all) = (data(), vec![]);
    let own = hidden(&data.test, test);
    for at in 0..data.train.labels.len() {
        let squares = own.iter().zip(hidden(&data.train, at)).map(|(a, b)| (a - b).powi(2));
        all.push((squares.sum::<f64>().sqrt(), at));
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}

#[test]
fn the_nearest_training_images_are_those_of_a_plain_search() {
    let mut session = ready();
    predict(&mut session, 3);
    assert!(
        explain(&mut session, None).nearest[0].is_empty(),
        "not before they are looked through"
    );
    assert_eq!(look_through(&mut session), 120);
    let explanation = explain(&mut session, Some(4));
    let train = data().train;
    let all = by_distance(hidden_of(&network()), 3);
    let of_class = all.iter().filter(|(_, at)| train.labels[*at] == 4).copied().collect();
    for (found, expected) in explanation.nearest.iter().zip([all, of_class]) {
        assert_eq!(found.len(), 8);
        for (neighbour, (distance, _)) in found.iter().zip(expected) {
            assert_near("distance", neighbour.distance.into(), distance, 1e-4);
            assert_eq!(neighbour.pixels, train.image(neighbour.place as usize));
            assert_eq!(neighbour.label, train.labels[neighbour.place as usize]);
        }
    }
}

#[test]
fn a_wide_layer_has_its_neighbours_too() {
    let (mut session, hidden) = wide_session(data());
    assert_eq!(look_through(&mut session), 120);
    predict(&mut session, 3);
    let explanation = explain(&mut session, Some(4));
    let distances = by_distance(hidden, 3);
    assert_eq!(explanation.nearest[0].len(), 8);
    for (neighbour, (distance, place)) in explanation.nearest[0].iter().zip(&distances) {
        assert_near("distance", neighbour.distance.into(), *distance, 1e-4);
        assert_eq!(neighbour.place as usize, *place);
    }
}

#[test]
fn as_many_training_images_are_looked_through_as_can_be_kept() {
    let few = data();
    let many = ImageSet {
        images: few.train.images.repeat(26),
        labels: few.train.labels.repeat(26),
        image_shape: [28, 28],
    };
    let (mut session, _) = wide_session(DataSet {
        train: many,
        test: few.test,
    });
    assert_eq!(look_through(&mut session), 16_000_000 / 5_408);
}

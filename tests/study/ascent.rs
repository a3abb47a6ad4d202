//! What would make a unit give more.

use digit_lab::{
    protocol::{Ascended, Command, Goal, Measurement, Start, StudyEvent},
    session::Session,
};

use super::{assert_near, common::sessions::run, network, predict, ready, told};

fn ascend(session: &mut Session, goal: Goal) -> Vec<Ascended> {
    told(run(session, Command::Measure(Measurement::Ascent(goal))))
        .into_iter()
        .map(|event| match event {
            StudyEvent::Ascended(ascended) => *ascended,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn an_ascent_makes_the_unit_give_more() {
    let mut session = ready();
    predict(&mut session, 2);
    for goal in [
        Goal {
            from: Start::Seen,
            layer: 4,
            unit: 7,
        },
        Goal {
            from: Start::Noise(1),
            layer: 4,
            unit: 0,
        },
        Goal {
            from: Start::Noise(2),
            layer: 0,
            unit: 1,
        },
    ] {
        let steps = ascend(&mut session, goal);
        let (first, last) = (&steps[0], &steps[steps.len() - 1]);
        assert_eq!((first.step, last.step), (0, 500));
        assert!(
            last.value > first.value + 0.2 || last.value > 10.0 * first.value,
            "{goal:?}: from {} to {}",
            first.value,
            last.value
        );
        assert!(last.image.data.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
        let logits = network().forward_all(&last.image.data).remove(goal.layer);
        if goal.layer == 4 {
            assert_near(
                "probability",
                last.probabilities[goal.unit].into(),
                logits[[0, goal.unit]].into(),
                1e-3,
            );
        }
    }
    assert_eq!(
        ascend(
            &mut session,
            Goal {
                from: Start::Seen,
                layer: 4,
                unit: 7
            }
        )[0]
        .image
        .data,
        predict(&mut session, 2).image.data
    );
}

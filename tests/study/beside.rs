//! Views that are computed while the run goes on: stopped when asked to, of one moment, and no bit of the run is another.

use digit_lab::protocol::{
    Answering, Answers, Command, Event, Goal, Measurement, PredictInput, RunState, Start, StudyCommand, StudyEvent,
};

use super::{common::sessions::run, new_run, predict, ready, told};

/// What looks at a copy of the weights.
const BESIDE: [Measurement; 5] = [
    Measurement::Answers,
    Measurement::Robustness,
    Measurement::Points,
    Measurement::Neighbours,
    Measurement::Ascent(Goal {
        from: Start::Noise(1),
        layer: 4,
        unit: 7,
    }),
];

#[test]
fn what_is_under_way_is_stopped_by_stop_and_by_another_run() {
    let mut session = ready();
    for what in BESIDE {
        for end in [Command::StopMeasuring, new_run(2)] {
            session.handle(Command::Measure(what));
            session.tick();
            let events = session.handle(end.clone());
            assert_eq!(events[0], Event::MeasurementEnded, "{what:?}");
        }
    }
}

/// What a view of a moment tells: which model, and all numbers.
fn found(events: Vec<Event>) -> Vec<StudyEvent> {
    let view = |event: &StudyEvent| !matches!(event, StudyEvent::Answers(answers) if !is_of_step(answers, 2));
    told(events).into_iter().filter(view).collect()
}

fn is_of_step(answers: &Answers, step: usize) -> bool {
    matches!(answers.model, Answering::Run { global_step, .. } if global_step == step)
}

/// The fingerprint after the last epoch.
fn last_hash(events: &[Event]) -> String {
    let hash = events.iter().rev().find_map(|event| match event {
        Event::Epoch { weights_hash, .. } => Some(weights_hash.clone()),
        _ => None,
    });
    hash.expect("an epoch was trained")
}

#[test]
fn a_view_of_a_moment_is_the_same_while_the_run_goes_on_which_it_does_not_change() {
    for what in BESIDE {
        let [at_rest, in_training] = [false, true].map(|trains| {
            let mut session = ready();
            run(&mut session, Command::Step);
            run(&mut session, Command::Step);
            let mut events = session.handle(Command::Measure(what));
            if trains {
                events.extend(session.handle(Command::Train));
                let stopped = |event: &Event| matches!(event, Event::MeasurementEnded | Event::Failed(_));
                assert!(!events.iter().any(stopped), "{what:?}: {events:?}");
                // A step and a piece: both go on, and an answer waits for neither.
                let (mut steps, mut pieces) = (0, 0);
                for _ in 0..4 {
                    let tick = session.tick();
                    steps += tick.iter().filter(|event| matches!(event, Event::Batch { .. })).count();
                    pieces += tick
                        .iter()
                        .filter(|event| matches!(event, Event::Measuring { .. }))
                        .count();
                    events.extend(tick);
                }
                assert!(steps >= 2 && pieces > 0, "{what:?}: {steps} steps, {pieces} pieces");
                assert_eq!(predict(&mut session, 3).probabilities.len(), 10);
            }
            while session.is_busy() {
                events.extend(session.tick());
            }
            if !trains {
                events.extend(run(&mut session, Command::Train));
            }
            let hash = last_hash(&events);
            // The clock tells an ascent's course in more or fewer steps: its end counts.
            let last = found(events).pop();
            (hash, last)
        });
        assert!(at_rest.1.is_some(), "{what:?}");
        assert_eq!(at_rest, in_training, "{what:?}");
    }
}

#[test]
fn explaining_changes_no_bit_of_a_run() {
    let hash = |explains: bool| {
        let mut session = ready();
        session.handle(Command::Train);
        let mut events = vec![];
        while session.is_busy() {
            if explains {
                session.handle(Command::Predict {
                    request: 1,
                    input: PredictInput::TestImage(1),
                });
                session.handle(Command::Study(StudyCommand::Explain {
                    request: 1,
                    class: None,
                }));
            }
            events.extend(session.tick());
            let finished = |event: &Event| matches!(event, Event::State { state, .. } if *state == RunState::Finished);
            if events.iter().any(finished) {
                break;
            }
        }
        last_hash(&events)
    };
    assert_eq!(hash(true), hash(false));
}

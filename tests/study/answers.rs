//! Every answer to the test images, counted.

use digit_lab::{
    protocol::{Answering, Answers, Command, Event, Measurement, StudyCommand, StudyEvent},
    report::{Calibration, Confusion},
    spec::DataSource,
};

use super::{assert_near, common::sessions::run, data, new_run, predict, ready, told};

#[test]
fn every_answer_is_told_and_counts_are_those_of_a_plain_recount() {
    let mut session = ready();
    let mut events = run(&mut session, Command::Train);
    let accuracy = events.iter().find_map(|event| match event {
        Event::Evaluated { metrics, .. } => Some(metrics.accuracy),
        _ => None,
    });
    events.retain(|event| matches!(event, Event::Study(_)));
    let told = told(events);
    let Some(StudyEvent::Answers(answers)) = told.last() else {
        panic!("no answers");
    };
    assert_eq!(told.len(), 2, "after each epoch");
    let Answers {
        predicted,
        confidence,
        labels,
        loss,
        ..
    } = &**answers;
    let predictions: Vec<_> = (0..150).map(|index| predict(&mut session, index)).collect();
    let losses = predictions
        .iter()
        .map(|it| -f64::from(it.probabilities[it.label.map_or(0, usize::from)]).ln());
    assert_near("loss", (*loss).into(), losses.sum::<f64>() / 150.0, 1e-5);
    let (mut counts, mut bins) = ([[0; 10]; 10], [(0, 0, 0.0); 15]);
    for (index, prediction) in predictions.iter().enumerate() {
        let best = (0..10)
            .rev()
            .max_by(|&a, &b| prediction.probabilities[a].total_cmp(&prediction.probabilities[b]));
        let best = best.unwrap();
        assert_eq!(usize::from(predicted[index]), best);
        assert_near(
            "confidence",
            confidence[index].into(),
            prediction.probabilities[best].into(),
            1e-5,
        );
        let label = usize::from(prediction.label.unwrap());
        assert_eq!(usize::from(labels[index]), label);
        counts[label][best] += 1;
        let bin = (1..=15)
            .find(|&bin| f64::from(confidence[index]) <= bin as f64 / 15.0)
            .unwrap()
            - 1;
        bins[bin].0 += 1;
        bins[bin].1 += usize::from(label == best);
        bins[bin].2 += f64::from(confidence[index]);
    }
    let confusion = Confusion::of(labels, predicted, 10);
    for label in 0..10 {
        assert_eq!(
            (0..10).map(|to| confusion.count(label, to)).collect::<Vec<_>>(),
            counts[label]
        );
        let column: usize = counts.iter().map(|row| row[label]).sum();
        let (hits, row) = (counts[label][label] as f64, counts[label].iter().sum::<usize>());
        let scores = confusion.scores(label);
        assert_eq!(scores.recall, Some(hits / row as f64));
        assert_eq!(scores.precision, (column > 0).then(|| hits / column as f64));
        assert_eq!(scores.f1, Some(2.0 * hits / (row + column) as f64));
    }
    assert_eq!(Some(confusion.right() as f32 / 150.0), accuracy);
    let right = labels.iter().zip(predicted).map(|(a, b)| a == b);
    let calibration = Calibration::of(confidence.iter().copied().zip(right), 15);
    let gaps = bins.iter().map(|&(count, right, sum)| {
        let count = count as f64;
        if count > 0.0 {
            count / 150.0 * (right as f64 / count - sum / count).abs()
        } else {
            0.0
        }
    });
    assert_near("ECE", calibration.error().unwrap(), gaps.sum(), 1e-12);
}

#[test]
fn answers_of_the_shipped_model_are_counted_before_any_training() {
    let mut session = ready();
    let told = told(run(&mut session, Command::Measure(Measurement::Answers)));
    let [StudyEvent::Answers(answers)] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!((answers.model, answers.classes), (Answering::Pretrained, 10));
    for index in [0, 31, 32, 149] {
        let digit = predict(&mut session, index).digit();
        assert_eq!(Some(usize::from(answers.predicted[index])), digit);
    }
    assert_eq!(answers.labels, data().test.labels);
}

#[test]
fn the_shipped_model_is_not_measured_on_what_are_no_digits() {
    let mut session = ready();
    session.provide_data(DataSource::Fashion, data());
    let Command::Reset { model, mut config, .. } = new_run(2) else {
        unreachable!("it is one");
    };
    config.data.source = DataSource::Fashion;
    session.handle(Command::Reset { run: 2, model, config });
    for what in [Measurement::Answers, Measurement::Robustness] {
        let events = session.handle(Command::Measure(what));
        let [Event::MeasurementEnded, Event::Failed(failure)] = &events[..] else {
            panic!("{events:?}");
        };
        assert!(failure.message.contains("reads digits"), "{}", failure.message);
    }
}

#[test]
fn test_images_are_given_by_place() {
    let mut session = ready();
    let command = Command::Study(StudyCommand::Images {
        request: 8,
        places: vec![149, 3, 150],
    });
    let told = told(run(&mut session, command));
    let test = data().test;
    let expected = StudyEvent::Images {
        request: 8,
        places: vec![149, 3],
        pixels: [test.image(149), test.image(3)].concat(),
    };
    assert_eq!(told, [expected]);
}

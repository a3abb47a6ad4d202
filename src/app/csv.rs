//! A run's course as a table for other programs.

use super::{
    history::History,
    quantity::{Along, Quantity},
};
use crate::protocol::EpochReport;

/// A column's name and value.
type Column = (&'static str, fn(&EpochReport) -> Option<f32>);

/// The columns that only the last step of an epoch fills.
const OF_EPOCHS: [Column; 5] = [
    ("epoch_loss", |epoch| Some(epoch.train.loss)),
    ("epoch_accuracy", |epoch| Some(epoch.train.accuracy)),
    ("val_loss", |epoch| Some(epoch.validation.loss)),
    ("val_accuracy", |epoch| Some(epoch.validation.accuracy)),
    ("dead_units", |epoch| epoch.dead_units),
];

/// One line a measured step, with names above; a field is empty where there is no value.
pub fn csv(history: &History) -> String {
    let quantities = || Quantity::ALL.into_iter().filter(|quantity| quantity.has_steps());
    let names = ["step", "epoch", "seconds"].into_iter();
    let names = names
        .chain(quantities().map(Quantity::id))
        .chain(OF_EPOCHS.map(|column| column.0));
    let mut text = names.collect::<Vec<_>>().join(",") + "\n";
    let mut epochs = history.epochs.iter().peekable();
    for at in 0..history.len() {
        let places = Along::ALL.map(|along| history.places(along)[at]);
        let values = quantities().filter_map(|quantity| history.series(quantity).raw().get(at).copied());
        let ended = epochs.next_if(|epoch| epoch.global_step as f32 <= places[0]);
        let of_epoch = OF_EPOCHS.map(|(_, value)| ended.and_then(value));
        let fields = places.into_iter().chain(values).map(Some).chain(of_epoch);
        text += &(fields.map(field).collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

fn field(value: Option<f32>) -> String {
    let value = value.filter(|value| value.is_finite());
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{BatchReport, Metrics};

    #[test]
    fn every_step_is_a_line_and_an_epoch_is_told_at_its_last() {
        let mut history = History::default();
        let metrics = |loss| Metrics { loss, accuracy: 0.5 };
        for step in 1..=4 {
            let report = BatchReport {
                epoch: (step - 1) / 2,
                step: (step - 1) % 2 + 1,
                steps_per_epoch: 2,
                global_step: step,
                batch: metrics(1.0 / step as f32),
                learning_rate: 0.001,
                gradient_norm: if step == 3 { f32::INFINITY } else { 2.5 },
                weight_norm: 7.0,
                ..BatchReport::default()
            };
            history.push(&report, step as f64 / 4.0, 0.0);
        }
        history.epochs.push(EpochReport {
            epoch: 0,
            global_step: 2,
            train: metrics(0.75),
            validation: metrics(0.625),
            dead_units: None,
        });
        assert_eq!(
            csv(&history).lines().collect::<Vec<_>>(),
            [
                "step,epoch,seconds,loss,accuracy,learning_rate,gradient_norm,weight_norm,epoch_loss,epoch_accuracy,val_loss,val_accuracy,dead_units",
                "1,0.5,0.25,1,0.5,0.001,2.5,7,,,,,",
                "2,1,0.5,0.5,0.5,0.001,2.5,7,0.75,0.5,0.625,0.5,",
                "3,1.5,0.75,0.33333334,0.5,0.001,,7,,,,,",
                "4,2,1,0.25,0.5,0.001,2.5,7,,,,,",
            ]
        );
    }
}

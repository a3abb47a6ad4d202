//! What the answers to the test images say, as lists and as tables for other programs.

use crate::{
    protocol::{Answers, RobustnessPoint},
    report::{Calibration, Confusion},
};

/// The test images of one class that were taken for another, or for what they are, the most confident answer first.
pub fn of_cell(answers: &Answers, label: usize, predicted: usize) -> Vec<u32> {
    let is_in = |&place: &usize| {
        usize::from(answers.labels[place]) == label && usize::from(answers.predicted[place]) == predicted
    };
    let mut places: Vec<usize> = (0..answers.labels.len()).filter(is_in).collect();
    places.sort_by(|&a, &b| answers.confidence[b].total_cmp(&answers.confidence[a]));
    places.into_iter().map(|place| place as u32).collect()
}

/// How often images of each class were taken for each other.
pub fn confusion(answers: &Answers) -> Confusion {
    let labels = answers.labels.iter().max().map_or(0, |&label| usize::from(label) + 1);
    Confusion::of(&answers.labels, &answers.predicted, answers.classes.max(labels))
}

/// Whether the network is right as often as it says.
pub fn calibration(answers: &Answers, bins: usize) -> Calibration {
    let right = answers
        .labels
        .iter()
        .zip(&answers.predicted)
        .map(|(label, predicted)| label == predicted);
    Calibration::of(answers.confidence.iter().copied().zip(right), bins)
}

/// A line a class: its images, by what they were taken for, then its precision, recall and F1.
pub fn confusion_csv(confusion: &Confusion) -> String {
    let classes = 0..confusion.classes();
    let heads = classes.clone().map(|class| format!("predicted_{class}"));
    let heads: Vec<_> = ["label".to_string()].into_iter().chain(heads).collect();
    let mut text = heads.join(",") + ",support,precision,recall,f1\n";
    for label in classes.clone() {
        let counts: Vec<_> = classes
            .clone()
            .map(|to| confusion.count(label, to).to_string())
            .collect();
        let scores = confusion.scores(label);
        let shares = [scores.precision, scores.recall, scores.f1].map(field);
        text += &format!("{label},{},{},{}\n", counts.join(","), scores.support, shares.join(","));
    }
    text
}

/// A line a bin: its ends, its answers, how many were right, and the shares.
pub fn calibration_csv(calibration: &Calibration) -> String {
    let count = calibration.bins.len();
    let mut text = String::from("above,up_to,answers,right,accuracy,confidence\n");
    for (place, bin) in calibration.bins.iter().enumerate() {
        let end = |place: usize| place as f64 / count as f64;
        let shares = [bin.accuracy(), bin.confidence()].map(field).join(",");
        let (low, high) = (end(place), end(place + 1));
        text += &format!("{low},{high},{},{},{shares}\n", bin.count, bin.right);
    }
    text
}

/// A line a measured point.
pub fn robustness_csv(points: &[RobustnessPoint]) -> String {
    let mut text = String::from("perturbation,strength,images,right,accuracy\n");
    for point in points {
        let RobustnessPoint {
            perturbation,
            strength,
            right,
            images,
            ..
        } = point;
        text += &format!(
            "{},{strength},{images},{right},{}\n",
            perturbation.id(),
            point.accuracy()
        );
    }
    text
}

fn field(share: Option<f64>) -> String {
    share.map(|share| share.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Answering, Perturbation};

    fn answers() -> Answers {
        Answers {
            model: Answering::Pretrained,
            classes: 2,
            predicted: vec![1, 1, 0, 1],
            confidence: vec![0.5, 0.75, 1.0, 0.25],
            labels: vec![0, 0, 0, 1],
            loss: 0.5,
        }
    }

    #[test]
    fn a_cell_lists_its_images_by_confidence() {
        assert_eq!(of_cell(&answers(), 0, 1), [1, 0]);
        assert_eq!(of_cell(&answers(), 0, 0), [2]);
        assert!(of_cell(&answers(), 1, 0).is_empty());
    }

    #[test]
    fn tables_have_every_class_bin_and_point() {
        assert_eq!(
            confusion_csv(&confusion(&answers())),
            "label,predicted_0,predicted_1,support,precision,recall,f1\n0,1,2,3,1,0.3333333333333333,0.5\n1,0,1,1,0.3333333333333333,1,0.5\n"
        );
        assert_eq!(
            calibration_csv(&calibration(&answers(), 2)),
            "above,up_to,answers,right,accuracy,confidence\n0,0.5,2,1,0.5,0.375\n0.5,1,2,1,0.5,0.875\n"
        );
        let point = RobustnessPoint {
            model: Answering::Pretrained,
            perturbation: Perturbation::Shift,
            strength: 2.0,
            right: 3,
            images: 4,
        };
        assert_eq!(
            robustness_csv(&[point]),
            "perturbation,strength,images,right,accuracy\nshift,2,4,3,0.75\n"
        );
    }
}

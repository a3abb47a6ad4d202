//! The words of the engine at work and of what is measured of it.

use crate::app::format::megabytes;

words! {
    /// The words of the engine at work and of what is measured of it.
    EngineText {
        title: "Engine",
        workers: "Workers",
        simd: "SIMD",
        weights: "Weights",
        measurements: "Measurements",
        images_a_second: "Images/s",
        dense_speed: "Speed",
        gflops: "GFLOP/s",
        core_peak: "Peak of a core",
        peak_share: "Share of peak",
        waiting: "Waiting",
        memory: "Memory",
        measuring: "Measuring; Train goes first and stops it.",
        measure_pauses: "Pause first: training needs the whole machine.",
        measures_beside: "Training goes on meanwhile; the weights of this moment are used.",
        measure_machine: "Measure this machine",
        measure_machine_about: "A core's peak and the time of every layer, on your network. About 4 seconds.",
        layer: "Layer",
        forward_ms: "Forward, ms",
        backward_ms: "Backward, ms",
        of_peak: "Of peak",
        packing: "Packing of the weights",
        loss_and_sum: "Loss, sum of the shares",
        optimizer_step: "Optimizer",
        whole_step: "Whole step",
        one_prediction: "One prediction with all activations:",
        measure_workers: "Measure 1 to all workers",
        measure_workers_about: "A copy of your run is trained by 1, 2, 4 \u{2026} workers, up to one a core. About 3 seconds each.",
        scaling_caption: "Speed by workers",
        speed_up: "Speed-up",
        check_gradients: "Check gradients",
        check_gradients_about: "Every layer's gradient against central differences, on your network. A few seconds.",
        gradients_caption: "Largest error, as a share of the layer's largest gradient. f64 must stay below 1e-5; f32, which trains, below 1e-3: rounding can tip a ReLU or a pool.",
        against_differences: "f64, differences",
        against_double: "f32, f64",
        verdict: "Verdict",
        fine: "fine",
        too_large: "too large",
    }
}

impl EngineText {
    /// Whose the memory is.
    pub fn memory_parts(&self, workers: &[u64], page: u64) -> String {
        let workers: Vec<_> = workers.iter().map(|&bytes| megabytes(bytes)).collect();
        format!("workers {}, page {}", workers.join(" + "), megabytes(page))
    }

    /// What the table of layers shows.
    pub fn profile_caption(&self, batch: usize) -> String {
        format!(
            "A step of {batch} images on one core. GFLOP/s count plain dense arithmetic: kernels that leave work out can pass the peak."
        )
    }
}

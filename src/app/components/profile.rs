//! This machine, and where the time of a step goes.

use leptos::prelude::*;

use super::measuring::Measuring;
use crate::{
    app::{
        format::{NONE, fixed},
        state::Lab,
        text::t,
    },
    protocol::{Measurement, Part, Profile, ProfileRow},
};

/// The button, and the table of layers.
#[component]
pub fn MachineProfile() -> impl IntoView {
    let lab = Lab::get();
    view! {
        <Measuring
            what=Measurement::Profile
            name=t().engine.measure_machine
            about=t().engine.measure_machine_about
            testid="measure-engine"
        >
            {move || lab.engine.profile.get().map(|profile| view! { <Table profile /> })}
        </Measuring>
    }
}

#[component]
fn Table(
    /// As measured.
    profile: Profile,
) -> impl IntoView {
    let peak = profile.peak_gflops;
    let total = profile
        .rows
        .iter()
        .fold((0.0, 0.0, 0), |(forward, backward, flops), row| {
            (forward + row.ms[0], backward + row.ms[1], flops + row.flops)
        });
    let heads = [
        t().engine.layer,
        t().engine.forward_ms,
        t().engine.backward_ms,
        t().engine.gflops,
        t().engine.of_peak,
    ];
    let rows = profile.rows.iter().map(|row| view_row(row, peak)).collect_view();
    let all = total.0 + total.1;
    view! {
        <table data-testid="profile">
            <caption>{t().engine.profile_caption(profile.batch)}</caption>
            <thead>
                <tr>{heads.map(|head| view! { <th scope="col">{head}</th> }).into_iter().collect_view()}</tr>
            </thead>
            <tbody>{rows}</tbody>
            <tfoot>
                <tr>
                    <th scope="row">{t().engine.whole_step}</th>
                    <td colspan="2">{ms(all)}</td>
                    {speed(total.2, all, peak)}
                </tr>
            </tfoot>
        </table>
        <p class="finding">
            {t().engine.one_prediction} " " <span data-testid="predict-ms">{ms(profile.predict_ms)}</span> " ms"
        </p>
    }
}

fn view_row(row: &ProfileRow, peak: f64) -> impl IntoView + use<> {
    let [forward, backward] = row.ms;
    let times = match row.part {
        Part::Layers(_) => view! {
            <td>{ms(forward)}</td>
            <td>{ms(backward)}</td>
        }
        .into_any(),
        _ => view! { <td colspan="2">{ms(forward)}</td> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{name(&row.part)}</th>
            {times}
            {speed(row.flops, forward + backward, peak)}
        </tr>
    }
}

/// Speed, and share of the peak.
fn speed(flops: u64, ms: f64, peak: f64) -> impl IntoView + use<> {
    let gflops = (flops > 0 && ms > 0.0).then(|| flops as f64 / ms / 1e6);
    let share = gflops.filter(|_| peak > 0.0).map(|gflops| 100.0 * gflops / peak);
    view! {
        <td>{gflops.map_or(NONE.into(), |gflops| fixed(gflops as f32, 1))}</td>
        <td>{share.map_or(NONE.into(), |share| format!("{share:.0} %"))}</td>
    }
}

fn name(part: &Part) -> String {
    match part {
        Part::Layers(names) => names.join(" + "),
        Part::Packing => t().engine.packing.into(),
        Part::Loss => t().engine.loss_and_sum.into(),
        Part::Optimizer => t().engine.optimizer_step.into(),
    }
}

fn ms(value: f64) -> String {
    fixed(value as f32, 2)
}

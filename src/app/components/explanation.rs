//! How one number of the opened layer comes about, in figures that add up.

use leptos::prelude::*;

use crate::{
    app::{
        colour::{Ramp, Range},
        format::fixed,
        state::Lab,
        text::t,
    },
    protocol::{Account, Ending, Explanation, Term, Window},
    spec::Shape,
};

/// The most rows or columns of a window whose numbers are written out.
const READABLE: usize = 7;

/// The most parts of a sum that are written out.
const PARTS: usize = 6;

/// The chosen number and what it is made of.
#[component]
pub fn ExplanationView(
    /// Keras's class of the layer.
    kind: String,
    /// Of its output.
    shape: Shape,
    /// Input channels between which the user can choose.
    channels: usize,
) -> impl IntoView {
    let lab = Lab::get();
    let place = move || {
        // That of the figures below it, which come a moment later than the choice.
        let told = lab
            .inside
            .explanation
            .with(|explanation| explanation.as_ref().map(|told| told.at));
        let at = told.unwrap_or_else(|| lab.inside.at.get());
        match shape.len() {
            3 => t().inside.place(at),
            _ => t().inside.feature(at[2]),
        }
    };
    let account = move || match (lab.inside.explanation.get(), lab.prediction.read().is_some()) {
        (Some(explanation), true) => account_view(&kind, &explanation, lab.dark.get()),
        _ => view! { <p class="quiet">{t().inside.explained_empty}</p> }.into_any(),
    };
    view! {
        <section class="taken-apart" aria-label=t().inside.explained data-testid="explanation">
            <h3>{t().inside.explained}</h3>
            <p class="quiet" data-testid="explained-place">
                {place}
            </p>
            {(channels > 1).then(|| view! { <ChannelChoice channels /> })}
            {account}
        </section>
    }
}

#[component]
fn ChannelChoice(channels: usize) -> impl IntoView {
    let channel = Lab::get().inside.channel;
    let options = (0..channels).map(|i| view! { <option value=i.to_string()>{t().inside.channel(i)}</option> });
    view! {
        <label class="channel-choice">
            {t().inside.input_channel}
            <select
                data-testid="explained-channel"
                prop:value=move || channel.get().map_or(String::new(), |channel| channel.to_string())
                on:change=move |event| channel.set(event_target_value(&event).parse().ok())
            >
                <option value="">{t().inside.strongest}</option>
                {options.collect_view()}
            </select>
        </label>
    }
}

fn account_view(kind: &str, explanation: &Explanation, dark: bool) -> AnyView {
    let output = explanation.output.into();
    match &explanation.account {
        Account::Convolution {
            channels,
            window,
            kernel,
            ending,
        } => view! {
            <Parts channels=channels.clone() />
            {window_view(window, Some(kernel), dark)}
            <Ends ending=*ending output />
        }
        .into_any(),
        Account::Pool { mean, window, result } => {
            let name = if *mean { t().inside.mean } else { t().inside.largest };
            view! {
                {window_view(window, None, dark)}
                <dl class="sum">
                    <Figure name testid="explained-result" value=*result />
                    <Figure name=t().inside.engine_gave testid="explained-output" value=output />
                </dl>
            }
            .into_any()
        }
        Account::Dense {
            terms,
            count,
            others,
            ending,
        } => view! {
            <Terms terms=terms.clone() rest=(count - terms.len(), *others) />
            <Ends ending=*ending output />
        }
        .into_any(),
        Account::Function {
            input,
            function,
            result,
        } => view! {
            <dl class="sum">
                <Figure name=t().inside.input_head testid="explained-sum" value=(*input).into() />
                <Figure name=function.id() testid="explained-result" value=*result />
                <Figure name=t().inside.engine_gave testid="explained-output" value=output />
            </dl>
        }
        .into_any(),
        Account::Same { from } => {
            let place = match from {
                [0, 0, feature] => t().inside.feature(*feature),
                _ => t().inside.place(*from),
            };
            view! { <p>{t().inside.same(&place)}</p> }.into_any()
        }
        Account::Border => view! { <p>{t().inside.border}</p> }.into_any(),
        Account::Whole => view! { <p>{t().inside.whole(kind)}</p> }.into_any(),
    }
}

/// What every input channel adds to a sum, the largest first.
#[component]
fn Parts(channels: Vec<(usize, f64)>) -> impl IntoView {
    let rest = channels.get(PARTS..).unwrap_or_default();
    let others = (!rest.is_empty()).then(|| (t().inside.others(rest.len()), rest.iter().map(|(_, sum)| sum).sum()));
    let told = channels
        .iter()
        .take(PARTS)
        .map(|&(channel, sum)| (t().inside.channel(channel), sum));
    let rows = told.chain(others).map(|(name, sum)| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td data-testid="contribution">{exact(sum)}</td>
            </tr>
        }
    });
    view! {
        <table class="addends">
            <thead>
                <tr>
                    <th scope="col">{t().inside.input_channel}</th>
                    <th scope="col">{t().inside.sum}</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

/// The products of a dense layer, the largest first, and the sum of the rest.
#[component]
fn Terms(terms: Vec<Term>, rest: (usize, f64)) -> impl IntoView {
    let rows = terms.iter().map(|term| {
        view! {
            <tr>
                <th scope="row">{term.index}</th>
                <td>{exact(term.input.into())}</td>
                <td>{exact(term.weight.into())}</td>
                <td data-testid="contribution">{exact(term.product())}</td>
            </tr>
        }
    });
    let others = (rest.0 > 0).then(|| {
        view! {
            <tr>
                <th scope="row" colspan="3">
                    {t().inside.others(rest.0)}
                </th>
                <td data-testid="contribution">{exact(rest.1)}</td>
            </tr>
        }
    });
    let heads = [
        t().inside.input_head,
        t().inside.value_head,
        t().inside.weight_head,
        t().inside.product_head,
    ];
    view! {
        <table class="addends">
            <thead>
                <tr>{heads.map(|head| view! { <th scope="col">{head}</th> }).into_iter().collect_view()}</tr>
            </thead>
            <tbody>{rows.collect_view()} {others}</tbody>
        </table>
    }
}

/// The sum, the bias, the function, and what the engine gave.
#[component]
fn Ends(ending: Ending, output: f64) -> impl IntoView {
    view! {
        <dl class="sum">
            <Figure name=t().inside.sum testid="explained-sum" value=ending.sum />
            <Figure name=t().inside.bias testid="explained-bias" value=ending.bias.into() />
            <Figure name=ending.activation.id() testid="explained-result" value=ending.result />
            <Figure name=t().inside.engine_gave testid="explained-output" value=output />
        </dl>
    }
}

#[component]
fn Figure(name: &'static str, testid: &'static str, value: f64) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd data-testid=testid>{exact(value)}</dd>
        </div>
    }
}

/// The numbers under a window and, where there is one, its kernel and the products.
fn window_view(window: &Window, kernel: Option<&Vec<f32>>, dark: bool) -> AnyView {
    let about = t().inside.window_at(window.channel, window.first, window.size);
    if window.size.iter().any(|&size| size > READABLE) {
        return view! { <p class="quiet">{about}</p> }.into_any();
    }
    let columns = window.size[1];
    let taps = |name, testid, values: Vec<Option<f32>>| taps_view(name, testid, &values, columns, dark);
    let products = kernel.map(|kernel| {
        let pairs = window.values.iter().zip(kernel);
        // Padding adds nothing.
        pairs
            .map(|(value, weight)| Some(value.unwrap_or(0.0) * weight))
            .collect()
    });
    view! {
        <p class="quiet">{about}</p>
        <div class="windows">
            {taps(t().inside.window, "window", window.values.clone())}
            {kernel.map(|kernel| taps(t().inside.kernel, "kernel", kernel.iter().copied().map(Some).collect()))}
            {products.map(|products| taps(t().inside.products, "product", products))}
        </div>
    }
    .into_any()
}

/// Numbers in their places, each underlined in its colour.
fn taps_view(
    name: &'static str,
    testid: &'static str,
    values: &[Option<f32>],
    columns: usize,
    dark: bool,
) -> impl IntoView + use<> {
    let known: Vec<f32> = values.iter().flatten().copied().collect();
    let (range, ramp): (Range, &Ramp) = {
        let range = Range::of(&known);
        (range, range.ramp(dark))
    };
    let cell = |value: &Option<f32>| {
        let text = value.map_or("\u{b7}".to_string(), |value| short(value.into(), 3));
        let [red, green, blue] = ramp.at(range.place(value.unwrap_or(0.0)));
        let title = value.is_none().then_some(t().inside.padding);
        view! {
            <td data-testid=testid title=title style:border-bottom-color=format!("rgb({red} {green} {blue})")>
                {text}
            </td>
        }
    };
    let rows = values
        .chunks(columns)
        .map(|row| view! { <tr>{row.iter().map(cell).collect_view()}</tr> });
    view! {
        <table class="taps">
            <caption>{name}</caption>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

/// As many decimals as show that the figures add up.
fn exact(value: f64) -> String {
    short(value, 4)
}

fn short(value: f64, decimals: usize) -> String {
    let text = fixed(value as f32, decimals);
    match text
        .trim_start_matches('-')
        .bytes()
        .all(|byte| matches!(byte, b'0' | b'.'))
    {
        true => text.trim_start_matches('-').into(),
        false => text,
    }
}

//! Where the tour's card lies on the page.

/// The side of what is pointed at where the card would rather be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// At the window's left edge.
    Left,
    /// Right beside it.
    Right,
    /// Below it.
    Below,
    /// Above it.
    Above,
}

/// A part of the window, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Left and top edge.
    pub start: [f64; 2],
    /// Width and height.
    pub size: [f64; 2],
}

/// Between the card and what it points at, and between it and the window's edge, in CSS pixels.
const GAP: f64 = 8.0;

/// Where a card of that size does not cover the target: at its left, right, below or above it, whichever has room first;
/// at the window's lower left corner if none has.
pub fn beside(target: Area, card: [f64; 2], window: [f64; 2]) -> [f64; 2] {
    let end = [0, 1].map(|axis| target.start[axis] + target.size[axis]);
    let room = |side: Side| match side {
        Side::Left => target.start[0] - card[0],
        Side::Right => window[0] - end[0] - card[0],
        Side::Above => target.start[1] - card[1],
        Side::Below => window[1] - end[1] - card[1],
    };
    let within = |axis: usize, at: f64| at.clamp(GAP, (window[axis] - card[axis] - GAP).max(GAP));
    // What is in the bar on top is pointed at from below: nothing else is there.
    let sides = match end[1] < window[1] / 8.0 {
        true => [Side::Below, Side::Right, Side::Left, Side::Above],
        false => [Side::Left, Side::Right, Side::Below, Side::Above],
    };
    let side = sides.into_iter().find(|&side| room(side) >= 2.0 * GAP);
    match side {
        Some(Side::Left) => [GAP, within(1, target.start[1])],
        Some(Side::Right) => [end[0] + GAP, within(1, target.start[1])],
        Some(Side::Below) => [within(0, target.start[0]), end[1] + GAP],
        Some(Side::Above) => [within(0, target.start[0]), target.start[1] - card[1] - GAP],
        None => [GAP, within(1, window[1])],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_never_covers_what_it_points_at_where_there_is_room() {
        let area = |start, size| Area { start, size };
        let window = [1440.0, 900.0];
        for (target, card) in [
            (area([16.0, 96.0], [288.0, 180.0]), [288.0, 420.0]),
            (area([320.0, 12.0], [96.0, 40.0]), [288.0, 420.0]),
            (area([320.0, 90.0], [792.0, 506.0]), [288.0, 420.0]),
            (area([336.0, 640.0], [380.0, 200.0]), [288.0, 420.0]),
            (area([0.0, 400.0], [1440.0, 500.0]), [288.0, 300.0]),
        ] {
            let at = beside(target, card, window);
            let apart = |axis: usize| {
                at[axis] + card[axis] <= target.start[axis] || at[axis] >= target.start[axis] + target.size[axis]
            };
            assert!(apart(0) || apart(1), "{target:?}: {at:?}");
            assert!(
                [0, 1]
                    .iter()
                    .all(|&axis| at[axis] >= 0.0 && at[axis] + card[axis] <= window[axis]),
                "{at:?}"
            );
        }
        assert_eq!(beside(area([0.0; 2], window), [288.0, 420.0], window), [8.0, 472.0]);
    }
}

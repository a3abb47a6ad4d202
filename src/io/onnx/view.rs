//! How a graph looks at what is kept as height, width, channels.

use super::tensor::places;

/// For every axis of the graph but the batch: the axes of ours that it runs through, the slowest first. Axes of one place
/// are left out: where they are makes no difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View(Vec<Vec<usize>>);

impl View {
    /// One axis of the graph for one of ours, in that order.
    pub fn of(shape: &[usize], order: &[usize]) -> Self {
        let axis = |&axis: &usize| if shape[axis] > 1 { vec![axis] } else { vec![] };
        Self(order.iter().map(axis).collect())
    }

    /// An image's channels, then its rows and columns.
    pub fn channels_first(shape: &[usize; 3]) -> Self {
        Self::of(shape, &[2, 0, 1])
    }

    /// How many axes the graph sees.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The sizes that the graph sees.
    pub fn sizes(&self, shape: &[usize]) -> Vec<usize> {
        let size = |axes: &Vec<usize>| axes.iter().map(|&axis| shape[axis]).product();
        self.0.iter().map(size).collect()
    }

    /// The graph's axis that runs through one of ours alone.
    pub fn axis_of(&self, axis: usize) -> Option<usize> {
        self.0.iter().position(|axes| *axes == [axis])
    }

    /// The axes of ours behind some of the graph's, in order.
    pub fn behind(&self, axes: &[usize]) -> Vec<usize> {
        let mut ours: Vec<usize> = axes.iter().flat_map(|&axis| self.0[axis].clone()).collect();
        ours.sort_unstable();
        ours
    }

    /// The graph's axes in another order.
    pub fn permuted(&self, order: &[usize]) -> Self {
        Self(order.iter().map(|&axis| self.0[axis].clone()).collect())
    }

    /// Without some axes of the graph; they stay as axes of one place where `keep` says so.
    pub fn without(&self, axes: &[usize], keep: bool) -> Self {
        let all = self.0.iter().enumerate();
        let left = all.filter_map(|(i, ours)| match axes.contains(&i) {
            true => keep.then(Vec::new),
            false => Some(ours.clone()),
        });
        Self(left.collect())
    }

    /// The same numbers in the same order in axes of those sizes, if each of them is made of whole axes of ours.
    pub fn reshaped(&self, shape: &[usize], sizes: &[usize]) -> Option<Self> {
        let mut axes = self.0.iter().flatten().copied();
        let mut next = |size: usize| {
            let (mut own, mut product) = (vec![], 1);
            while product < size {
                let axis = axes.next()?;
                product *= shape[axis];
                own.push(axis);
            }
            (product == size).then_some(own)
        };
        let groups = sizes.iter().map(|&size| next(size)).collect::<Option<_>>()?;
        axes.next().is_none().then_some(Self(groups))
    }

    /// For every number in the graph's order its place in ours; none where that is the same.
    pub fn order(&self, shape: &[usize]) -> Option<Vec<usize>> {
        let axes: Vec<usize> = self.0.iter().flatten().copied().collect();
        (!axes.is_sorted()).then(|| places(shape, &axes).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flattened_image_of_channels_first_has_another_order() {
        let shape = [2, 2, 3];
        let flat = View::channels_first(&shape).reshaped(&shape, &[12]).unwrap();
        let order = flat.order(&shape).unwrap();
        assert_eq!(order, [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
        let last = View::channels_first(&shape).permuted(&[1, 2, 0]);
        assert_eq!(last.sizes(&shape), shape);
        assert_eq!(last.reshaped(&shape, &[12]).unwrap().order(&shape), None);
    }

    #[test]
    fn one_channel_is_where_the_graph_wants_it() {
        let shape = [28, 28, 1];
        let flat = View::of(&shape, &[0, 1, 2]).reshaped(&shape, &[784]).unwrap();
        assert_eq!(flat.reshaped(&shape, &[1, 28, 28]), Some(View::channels_first(&shape)));
        assert_eq!(flat.reshaped(&shape, &[14, 56]), None);
        assert_eq!(flat.reshaped(&shape, &[28]), None);
    }
}

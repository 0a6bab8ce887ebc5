//! Charts, drawn here as shapes of a fixed canvas. Whoever shows one has a table of the same.

/// The width of the canvas.
pub(crate) const WIDTH: u64 = 600;

/// A part of a bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The class that colours it.
    pub(crate) tone: &'static str,
    /// Where it begins.
    pub(crate) x: u64,
    /// How wide it is.
    pub(crate) width: u64,
}

/// A bar of several parts, one behind the other, as wide as the canvas for `whole`.
pub(crate) fn stacked(counts: &[(&'static str, u64)], whole: u64) -> Vec<Part> {
    let whole = u128::from(whole.max(1));
    let at = |sum: u64| {
        let x = u128::from(sum) * u128::from(WIDTH) / whole;
        u64::try_from(x).unwrap_or(WIDTH).min(WIDTH)
    };
    let (mut sum, mut parts) = (0_u64, Vec::new());
    for (tone, count) in counts.iter().filter(|(_, count)| *count > 0) {
        let x = at(sum);
        sum = sum.saturating_add(*count);
        // What is there at all is seen.
        let width = at(sum).saturating_sub(x).max(1);
        parts.push(Part { tone, x, width });
    }
    parts
}

/// The height of the canvas of [`columns`].
pub(crate) const HEIGHT: u64 = 120;
/// Of a column's room so much stays free, in hundredths.
const GAP_PERCENT: u64 = 20;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    /// Where it begins.
    pub(crate) x: u64,
    /// Its upper end.
    pub(crate) y: u64,
    /// How wide it is.
    pub(crate) width: u64,
    /// How high it is.
    pub(crate) height: u64,
}

/// Columns beside each other, the highest as high as the canvas.
pub(crate) fn columns(counts: &[u64]) -> Vec<Column> {
    let highest = u128::from(counts.iter().copied().max().unwrap_or(0).max(1));
    let room = WIDTH / u64::try_from(counts.len()).unwrap_or(1).max(1);
    let width = (room * (100 - GAP_PERCENT) / 100).max(1);
    let column = |(count, at): (&u64, u64)| {
        let height = u128::from(*count) * u128::from(HEIGHT) / highest;
        let height = u64::try_from(height).unwrap_or(HEIGHT);
        Column { x: at * room, y: HEIGHT - height, width, height }
    };
    counts.iter().zip(0..).map(column).collect()
}

/// A part of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    /// The class that colours it.
    pub(crate) tone: &'static str,
    /// Its place.
    pub(crate) at: Column,
}

/// Columns of several parts, the first on the ground: each at its place among so many, the highest
/// as high as the canvas. A place that none has stays free.
pub(crate) fn stacks(columns: &[(u64, Vec<(&'static str, u64)>)], places: u64) -> Vec<Block> {
    let whole = |parts: &[(&str, u64)]| parts.iter().map(|part| u128::from(part.1)).sum::<u128>();
    let highest = columns.iter().map(|(_, parts)| whole(parts)).max().unwrap_or(0).max(1);
    let room = WIDTH / places.max(1);
    let width = (room * (100 - GAP_PERCENT) / 100).max(1);
    let mut blocks = Vec::new();
    for (place, parts) in columns {
        let (mut sum, mut ground) = (0_u128, HEIGHT);
        for (tone, count) in parts.iter().filter(|(_, count)| *count > 0) {
            sum += u128::from(*count);
            let top = u64::try_from(sum * u128::from(HEIGHT) / highest).unwrap_or(HEIGHT);
            // What is there at all is seen, as far as there is room.
            let y = (HEIGHT - top.min(HEIGHT)).min(ground.saturating_sub(1));
            let at = Column { x: place * room, y, width, height: ground - y };
            ground = y;
            blocks.push(Block { tone, at });
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_canvas_without_leaving_it_whatever_the_numbers() {
        let parts = stacked(&[("a", 1), ("b", 0), ("c", 2), ("d", 1)], 4);
        let shapes: Vec<_> = parts.iter().map(|part| (part.tone, part.x, part.width)).collect();
        assert_eq!(shapes, [("a", 0, 150), ("c", 150, 300), ("d", 450, 150)]);
        for counts in [[u64::MAX, u64::MAX], [1, u64::MAX], [0, 0], [5, 5]] {
            for part in stacked(&[("a", counts[0]), ("b", counts[1])], counts[0]) {
                assert!(part.x + part.width <= WIDTH + 1 && part.width > 0, "{part:?}");
            }
        }
    }

    #[test]
    fn columns_stand_on_the_ground_and_the_highest_reaches_the_top() {
        let columns = columns(&[0, 1, 4, u64::MAX]);
        assert!(columns.iter().all(|it| it.y + it.height == HEIGHT));
        assert!(columns.iter().all(|it| it.x + it.width <= WIDTH));
        assert_eq!((columns[0].height, columns[3].height), (0, HEIGHT));
        assert_eq!(super::columns(&[]), []);
    }

    #[test]
    fn parts_of_a_column_stand_on_each_other_and_what_is_missing_leaves_room() {
        let columns = [(0, vec![("a", 1), ("b", 0), ("c", 3)]), (2, vec![("a", 2)])];
        let shapes: Vec<_> = stacks(&columns, 3)
            .iter()
            .map(|Block { tone, at }| (*tone, at.x, at.y, at.height))
            .collect();
        assert_eq!(shapes, [("a", 0, 90, 30), ("c", 0, 0, 90), ("a", 400, 60, 60)]);
        for counts in [[u64::MAX, u64::MAX], [1, u64::MAX], [u64::MAX, 1], [0, 1]] {
            let column = [(89, vec![("a", counts[0]), ("b", counts[1])])];
            for Block { at, .. } in stacks(&column, 90) {
                assert!(at.x + at.width <= WIDTH && at.y + at.height <= HEIGHT, "{at:?}");
            }
        }
        assert_eq!(stacks(&[], 0), []);
        assert_eq!(stacks(&[(0, vec![("a", 0)])], 1), []);
    }
}

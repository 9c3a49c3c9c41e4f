use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

type Lists = BTreeMap<Key, Vec<u64>>;

fn lists(blocks: &[Block], base: u64) -> Lists {
    let mut lists = Lists::new();
    for block in blocks {
        let mut is_first = true;
        for piece in Pieces::of(&block.bytes, base) {
            let piece = piece.unwrap();
            if std::mem::take(&mut is_first) {
                assert_eq!((block.key, block.record), (piece.key, piece.first));
            }
            let list = lists.entry(piece.key).or_default();
            let before = list.len();
            piece.append_to(list).unwrap();
            assert_eq!(list.last(), Some(&piece.last));
            assert_eq!((list.len() - before) as u64, piece.count);
        }
    }
    lists
}

fn naive(postings: &[(Key, u64)]) -> Lists {
    let mut lists = Lists::new();
    for (key, record) in postings {
        lists.entry(*key).or_default().push(*record);
    }
    lists
}

/// Records that ascend, each with some keys; far keys and far records among them.
fn postings() -> impl Strategy<Value = Vec<(Key, u64)>> {
    let key = prop_oneof![
        0..6_u64,
        1_000..1_400_u64,
        Just(1 << 40),
        Just(u64::MAX >> 1)
    ];
    let step = prop_oneof![1..3_u64, 200..70_000_u64, Just(1 << 33)];
    let line = (step, prop::collection::btree_set(key, 1..5));
    prop::collection::vec(line, 0..400).prop_map(|lines| {
        let mut record = 0;
        let mut postings = Vec::new();
        for (step, keys) in lines {
            record += step;
            postings.extend(keys.into_iter().map(|key| (key, record)));
        }
        postings
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever was put in comes out, cut into segments anywhere and joined again.
    #[test]
    fn segments_hold_what_was_put_in_and_joining_them_changes_nothing(
        mut postings in postings(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let expected = naive(&postings);
        let last = postings.last().map_or(0, |(_, record)| *record);
        let mut cuts: Vec<u64> = cuts.iter().filter(|_| last > 0).map(|cut| cut.index(last as usize) as u64).collect();
        cuts.extend([0, last + 1]);
        cuts.sort_unstable();
        let mut segments = Vec::new();
        for pair in cuts.windows(2) {
            let mut part: Vec<_> = postings.iter().copied().filter(|(_, at)| (pair[0]..pair[1]).contains(at)).collect();
            part.sort_unstable();
            let (blocks, count) = Blocks::of(pair[0], &part).finish();
            prop_assert_eq!(count, part.len() as u64);
            prop_assert_eq!(lists(&blocks, pair[0]), naive(&part));
            segments.push((pair[0], blocks.into_iter().map(|block| block.bytes).collect::<Vec<_>>()));
        }
        let (joined, count) = Blocks::joined(&segments).unwrap().finish();
        prop_assert_eq!(count, postings.len() as u64);
        prop_assert_eq!(lists(&joined, 0), expected);
        prop_assert!(joined.iter().all(|block| block.bytes.len() <= BLOCK_BYTES + 64));
        postings.sort_unstable();
        let (at_once, _) = Blocks::of(0, &postings).finish();
        prop_assert_eq!(lists(&at_once, 0), lists(&joined, 0));
    }

    #[test]
    fn bytes_that_are_no_block_are_refused_or_read_and_never_run_away(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut list = Vec::new();
        for piece in Pieces::of(&bytes, 5) {
            let Ok(piece) = piece else { break };
            if piece.append_to(&mut list).is_err() {
                break;
            }
        }
        prop_assert!(list.len() <= 2 * bytes.len());
    }

    #[test]
    fn what_is_in_both_lists_is_found(
        one in prop::collection::btree_set(0..300_u64, 0..80),
        other in prop::collection::btree_set(0..300_u64, 0..80),
    ) {
        let expected: Vec<u64> = one.intersection(&other).copied().collect();
        let [one, other] = [one, other].map(|set| set.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(both(&one, &other), expected);
    }
}

/// A window that names every event of a year does not make one huge block.
#[test]
fn a_long_list_is_cut_into_pieces() {
    let postings: Vec<_> = (0..200_000).map(|record| (7, record * 3)).collect();
    let (blocks, _) = Blocks::of(0, &postings).finish();
    assert!(blocks.len() > 50 && blocks.iter().all(|block| block.bytes.len() < 4_000));
    assert_eq!(lists(&blocks, 0), naive(&postings));
}

//! Tiles against the definitions of RFC 6962, and proofs against their checks.

use std::collections::BTreeMap;
use std::convert::Infallible;

use super::*;
use crate::proof::{verify_consistency, verify_inclusion};
use crate::tree::Frontier;

/// All tiles of a tree in memory, made from its leaves level by level.
struct Made(BTreeMap<TileId, Vec<u8>>);

impl Made {
    fn of(leaves: &[Hash]) -> Self {
        let mut made = BTreeMap::new();
        let mut row = leaves.to_vec();
        let size = leaves.len() as u64;
        for level in 0..8 {
            for (index, hashes) in row.chunks(TILE_WIDTH as usize).enumerate() {
                let tile = TileId::in_tree(level, index as u64, size).unwrap();
                made.insert(tile, hashes.iter().flat_map(|hash| hash.0).collect());
            }
            row = row
                .chunks_exact(TILE_WIDTH as usize)
                .map(root_by_definition)
                .collect();
        }
        Self(made)
    }
}

impl TileReader for Made {
    type Error = Infallible;

    fn read(&self, tile: TileId) -> Result<Vec<u8>, Infallible> {
        Ok(self.0[&tile].clone())
    }
}

fn root_by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of_nothing(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
            Hash::node(root_by_definition(left), root_by_definition(right))
        }
    }
}

fn leaves(count: u32) -> Vec<Hash> {
    (0..count).map(|n| Hash::leaf(&n.to_be_bytes())).collect()
}

#[test]
fn paths_are_written_and_read_back() {
    for (path, level, index, width) in [
        ("tile/0/000.p/3", 0, 0, 3),
        ("tile/0/x001/x234/067", 0, 1_234_067, 256),
        ("tile/2/005.p/255", 2, 5, 255),
    ] {
        let tile = TileId {
            level,
            index,
            width,
        };
        assert_eq!(tile.to_string(), path);
        assert_eq!(TileId::parse(path), Some(tile));
    }
    for path in [
        "tile/00/000",
        "tile/64/000",
        "tile/0/0",
        "tile/entries/000",
        "tile/-1/000",
        "tile/0",
        "0/000",
    ] {
        assert_eq!(TileId::parse(path), None, "{path}");
    }
}

/// The example of the specification: 70,000 entries.
#[test]
fn a_tree_has_these_tiles() {
    let mut counted: BTreeMap<u8, (u64, Vec<u16>)> = BTreeMap::new();
    for tile in tiles_of(70_000) {
        let (full, partial) = counted.entry(tile.level).or_default();
        if tile.is_full() {
            *full += 1;
        } else {
            partial.push(tile.width);
        }
    }
    let expected = [(0, (273, vec![112])), (1, (1, vec![17])), (2, (0, vec![1]))];
    assert_eq!(counted, expected.into());
    assert_eq!(tiles_of(0).count(), 0);
    assert_eq!(
        tiles_of(256)
            .map(|tile| tile.to_string())
            .collect::<Vec<_>>(),
        ["tile/0/000", "tile/1/000.p/1"]
    );
}

#[test]
fn roots_edges_and_proofs_hold_at_the_sizes_where_tiles_begin_and_end() {
    let all = leaves(66_000);
    for size in [
        1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 66_000_u64,
    ] {
        let made = Made::of(&all[..size as usize]);
        let tiles = Tiles::new(&made, size);
        let root = root_by_definition(&all[..size as usize]);
        assert_eq!(tiles.root().unwrap(), root, "size {size}");
        let edge = Frontier::from_roots(size, tiles.right_edge().unwrap()).unwrap();
        assert_eq!(edge.root(), root, "edge at {size}");
        for index in [0, 1, size / 3, size / 2, size - 1]
            .into_iter()
            .filter(|index| *index < size)
        {
            let path = tiles.inclusion(index, size).unwrap();
            let leaf = all[index as usize];
            verify_inclusion(leaf, index, size, root, &path).unwrap();
            assert!(verify_inclusion(Hash::leaf(b"other"), index, size, root, &path).is_err());
        }
        for old in [0, 1, 2, size / 3, 256, size / 2, size - 1, size]
            .into_iter()
            .filter(|old| *old <= size)
        {
            let proof = tiles.consistency(old, size).unwrap();
            let old_root = tiles.root_at(old).unwrap();
            verify_consistency((old, old_root), (size, root), &proof).unwrap();
        }
        assert!(tiles.inclusion(size, size).is_err());
        assert!(tiles.consistency(1, size + 1).is_err());
    }
}

/// Every pair of small sizes; every proof is minimal and every change of it is noticed.
#[test]
fn small_trees_prove_everything_and_nothing_else() {
    let all = leaves(40);
    for size in 1..=40_u64 {
        let made = Made::of(&all[..size as usize]);
        let tiles = Tiles::new(&made, size);
        let root = tiles.root().unwrap();
        for index in 0..size {
            let leaf = all[index as usize];
            let path = tiles.inclusion(index, size).unwrap();
            verify_inclusion(leaf, index, size, root, &path).unwrap();
            for place in 0..path.len() {
                let mut changed = path.clone();
                changed[place].0[7] ^= 1;
                assert!(verify_inclusion(leaf, index, size, root, &changed).is_err());
                changed.remove(place);
                assert!(verify_inclusion(leaf, index, size, root, &changed).is_err());
            }
            let longer: Vec<Hash> = path.iter().copied().chain([root]).collect();
            assert!(verify_inclusion(leaf, index, size, root, &longer).is_err());
            for other in (0..size).filter(|other| *other != index) {
                assert!(verify_inclusion(leaf, other, size, root, &path).is_err());
            }
        }
        for old in 0..=size {
            let proof = tiles.consistency(old, size).unwrap();
            let old_root = tiles.root_at(old).unwrap();
            verify_consistency((old, old_root), (size, root), &proof).unwrap();
            let forked = Hash::leaf(b"fork");
            assert!(verify_consistency((old, forked), (size, root), &proof).is_err());
            if old > 0 {
                assert!(verify_consistency((old, old_root), (size, forked), &proof).is_err());
            }
            for place in 0..proof.len() {
                let mut changed = proof.clone();
                changed[place].0[0] ^= 0x80;
                assert!(verify_consistency((old, old_root), (size, root), &changed).is_err());
            }
        }
    }
}

#[test]
fn a_short_tile_is_named() {
    let all = leaves(3);
    let mut made = Made::of(&all);
    for bytes in made.0.values_mut() {
        bytes.truncate(70);
    }
    let error = Tiles::new(&made, 3).root().unwrap_err().to_string();
    assert_eq!(error, "tile/0/000.p/3 has 70 bytes, its 3 hashes take 96");
}

// Checks a published log with Go's own implementation of transparency logs, which knows nothing of ironcage.
//
// Usage: outside FOLDER VKEY [PROOF ENTRY]
// FOLDER holds the checkpoint and tiles of one log; PROOF is a .tlog-proof file of the entry in file ENTRY.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 2 && len(arguments) != 4 {
		return fmt.Errorf("usage: outside FOLDER VKEY [PROOF ENTRY]")
	}
	folder := arguments[0]
	verifier, err := note.NewVerifier(arguments[1])
	if err != nil {
		return err
	}
	verifiers := note.VerifierList(verifier)
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := checkpoint(signed, verifiers, verifier.Name())
	if err != nil {
		return err
	}
	if err := entries(folder, tree); err != nil {
		return err
	}
	if len(arguments) == 4 {
		if err := proof(arguments[2], arguments[3], verifiers, verifier.Name()); err != nil {
			return err
		}
	}
	fmt.Printf("%s: %d entries verify\n", verifier.Name(), tree.N)
	return nil
}

func checkpoint(signed []byte, verifiers note.Verifiers, origin string) (tlog.Tree, error) {
	opened, err := note.Open(signed, verifiers)
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != origin {
		return tlog.Tree{}, fmt.Errorf("the checkpoint is not one of %s", origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// tiles reads tiles of height 8 at the paths of tlog-tiles.
type tiles struct{ folder string }

func (tiles) Height() int                         { return 8 }
func (tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

func (from tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		content, err := os.ReadFile(filepath.Join(from.folder, path))
		if err != nil {
			return nil, err
		}
		read = append(read, content)
	}
	return read, nil
}

// entries compares every entry of every bundle with the authenticated tiles.
func entries(folder string, tree tlog.Tree) error {
	reader := tlog.TileHashReader(tree, tiles{folder})
	for first := int64(0); first < tree.N; first += 256 {
		tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(min(256, tree.N-first))}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(folder, path))
		if err != nil {
			return err
		}
		var indexes []int64
		var hashes []tlog.Hash
		for index := first; index < first+int64(tile.W); index++ {
			if len(bundle) < 2 {
				return fmt.Errorf("%s ends before entry %d", path, index)
			}
			length := int(binary.BigEndian.Uint16(bundle))
			if len(bundle) < 2+length {
				return fmt.Errorf("%s ends within entry %d", path, index)
			}
			hashes = append(hashes, tlog.RecordHash(bundle[2:2+length]))
			indexes = append(indexes, tlog.StoredHashIndex(0, index))
			bundle = bundle[2+length:]
		}
		if len(bundle) != 0 {
			return fmt.Errorf("%s has more than its entries", path)
		}
		stored, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for place, hash := range stored {
			if hash != hashes[place] {
				return fmt.Errorf("entry %d is not the one of the tree", first+int64(place))
			}
		}
	}
	return nil
}

// proof checks a .tlog-proof file for an entry.
func proof(file, entry string, verifiers note.Verifiers, origin string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	record, err := os.ReadFile(entry)
	if err != nil {
		return err
	}
	head, signed, found := bytes.Cut(content, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("%s is no proof", file)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != 32 {
			return fmt.Errorf("%q is no hash", line)
		}
		path = append(path, tlog.Hash(hash))
	}
	tree, err := checkpoint(signed, verifiers, origin)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(record))
}

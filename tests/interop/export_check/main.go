// Checks an export with the packages note and tlog of golang.org/x/mod: signatures, every leaf, every tile, and proofs
// of inclusion and consistency for every entry and size. With -flip it then flips every bit of every file, one by one,
// in memory, and expects each of these exports to be refused.
//
// Usage: export_check [-flip] DIR VKEY..., or export_check -sign SEED MESSAGE
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

type export map[string][]byte

// witness verifies cosignatures (type 0x04), which the package note does not know.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }
func (w witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(w.key, []byte(signed), sig[8:])
}

// newVerifier reads a verifier key: of a log (0x01, 0x06) or of a witness (0x04).
func newVerifier(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("no verifier key")
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) < 33 {
		return nil, errors.New("no key")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, errors.New("the id is of another key")
	}
	switch raw[0] {
	case 1:
		return note.NewVerifier(vkey)
	case 4:
		return witness{parts[0], hash, raw[1:]}, nil
	case 6:
		return newPostQuantum(parts[0], hash, raw[1:])
	}
	return nil, errors.New("a key of another kind")
}

// tileReader hands out tiles by the paths of tlog-tiles, which name no height.
type tileReader struct{ files export }

func tilePath(t tlog.Tile) string { return strings.Replace(t.Path(), "tile/8/", "tile/", 1) }

func (r tileReader) Height() int                     { return height }
func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}
func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, t := range tiles {
		raw, ok := r.files[tilePath(t)]
		if !ok || len(raw) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is missing or of another length", tilePath(t))
		}
		found = append(found, raw)
	}
	return found, nil
}

func check(files export, verifiers []note.Verifier) (int64, error) {
	tree, err := open(files["checkpoint"], verifiers)
	if err != nil {
		return 0, err
	}
	leaves, stored, err := recompute(files, tree.N)
	if err != nil {
		return 0, err
	}
	own := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, i := range indexes {
			found = append(found, stored[i])
		}
		return found, nil
	})
	root, err := tlog.TreeHash(tree.N, own)
	if err != nil || root != tree.Hash {
		return 0, errors.New("the entries do not make the signed root")
	}
	for _, t := range tlog.NewTiles(height, 0, tree.N) {
		raw, err := tlog.ReadTileData(t, own)
		if err != nil || !bytes.Equal(raw, files[tilePath(t)]) {
			return 0, fmt.Errorf("%s is not what the entries make", tilePath(t))
		}
	}
	return tree.N, prove(tree, leaves, own, tlog.TileHashReader(tree, tileReader{files}))
}

// open returns the tree of a checkpoint that every verifier signed, and nobody else.
func open(raw []byte, verifiers []note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(raw, note.VerifierList(verifiers...))
	if err != nil {
		return tlog.Tree{}, err
	}
	if len(opened.Sigs) != len(verifiers) || len(opened.UnverifiedSigs) != 0 {
		return tlog.Tree{}, errors.New("not signed by all, or by others")
	}
	for _, sig := range opened.Sigs {
		// The package reads base64 with spare bits set; two files would be one note.
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return tlog.Tree{}, err
		}
	}
	_, rest, found := strings.Cut(opened.Text, "\n")
	if !found {
		return tlog.Tree{}, errors.New("no checkpoint")
	}
	// The package knows one log only, by this first line; all that follows has the same form.
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

func recompute(files export, size int64) (leaves, stored []tlog.Hash, err error) {
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, i := range indexes {
			found = append(found, stored[i])
		}
		return found, nil
	})
	for first := int64(0); first < size; first += width {
		count := min(size-first, width)
		path := tilePath(tlog.Tile{H: height, L: -1, N: first / width, W: int(count)})
		raw := files[strings.Replace(path, "/data/", "/entries/", 1)]
		for n := first; n < first+count; n++ {
			if len(raw) < 2 || len(raw) < 2+int(binary.BigEndian.Uint16(raw)) {
				return nil, nil, fmt.Errorf("entry %d is missing", n)
			}
			end := 2 + int(binary.BigEndian.Uint16(raw))
			leaf := tlog.RecordHash(raw[2:end])
			more, err := tlog.StoredHashesForRecordHash(n, leaf, reader)
			if err != nil {
				return nil, nil, err
			}
			leaves, stored, raw = append(leaves, leaf), append(stored, more...), raw[end:]
		}
		if len(raw) != 0 {
			return nil, nil, errors.New("a bundle goes on after its last entry")
		}
	}
	return leaves, stored, nil
}

// prove has every entry and every older tree proven from the tiles alone.
func prove(tree tlog.Tree, leaves []tlog.Hash, own, tiles tlog.HashReader) error {
	for n := int64(0); n < tree.N; n++ {
		record, err := tlog.ProveRecord(tree.N, n, tiles)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(record, tree.N, tree.Hash, n, leaves[n]); err != nil {
			return err
		}
		older, err := tlog.TreeHash(n+1, own)
		if err != nil {
			return err
		}
		extended, err := tlog.ProveTree(tree.N, n+1, tiles)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(extended, tree.N, tree.Hash, n+1, older); err != nil {
			return err
		}
	}
	return nil
}

func flipAll(files export, verifiers []note.Verifier) (int, error) {
	flipped := 0
	for path, raw := range files {
		for bit := 0; bit < len(raw)*8; bit++ {
			raw[bit/8] ^= 1 << (bit % 8)
			if _, err := check(files, verifiers); err == nil {
				return 0, fmt.Errorf("bit %d of %s was flipped and nobody noticed", bit, path)
			}
			raw[bit/8] ^= 1 << (bit % 8)
			flipped++
		}
	}
	return flipped, nil
}

func read(folder string) (export, error) {
	files := export{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	return files, err
}

func run() error {
	flip := flag.Bool("flip", false, "flip every bit, and expect each to be refused")
	seed := flag.String("sign", "", "sign a message with the ML-DSA-44 key of this seed")
	flag.Parse()
	if *seed != "" {
		return sign(*seed, flag.Arg(0))
	}
	if flag.NArg() < 2 {
		return errors.New("usage: export_check [-flip] DIR VKEY... | export_check -sign SEED MESSAGE")
	}
	var verifiers []note.Verifier
	for _, vkey := range flag.Args()[1:] {
		one, err := newVerifier(vkey)
		if err != nil {
			return err
		}
		verifiers = append(verifiers, one)
	}
	files, err := read(flag.Arg(0))
	if err != nil {
		return err
	}
	size, err := check(files, verifiers)
	if err != nil {
		return err
	}
	fmt.Printf("%d entries verified\n", size)
	if *flip {
		flipped, err := flipAll(files, verifiers)
		if err != nil {
			return err
		}
		fmt.Printf("%d bits flipped, each refused\n", flipped)
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}

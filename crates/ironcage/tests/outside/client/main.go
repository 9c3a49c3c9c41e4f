// Has a witness cosign a log that is kept by Go's own implementation of transparency logs: a client of C2SP
// tlog-witness that knows nothing of ironcage.
//
// Usage: client key ORIGIN            makes a key for a log, prints its secret and its public form
//
//	client submit URL WITNESS SECRET   lets the log grow, has each size cosigned, and tries what must be refused
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

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
	switch {
	case len(arguments) == 2 && arguments[0] == "key":
		secret, public, err := note.GenerateKey(rand.Reader, arguments[1])
		if err != nil {
			return err
		}
		fmt.Printf("%s\n%s\n", secret, public)
		return nil
	case len(arguments) == 4 && arguments[0] == "submit":
		return submit(arguments[1], arguments[2], arguments[3])
	}
	return fmt.Errorf("usage: client key ORIGIN | client submit URL WITNESS SECRET")
}

// cosigner verifies cosignatures (type 0x04): eight bytes of time, then Ed25519 over time and checkpoint.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
	last uint64
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	c.last = binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", c.last, text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}

func parseCosigner(vkey string) (*cosigner, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, encoded, _ := strings.Cut(rest, "+")
	material, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(material) != 33 || material[0] != 4 {
		return nil, fmt.Errorf("%q is no key of a witness", vkey)
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), material...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != id {
		return nil, fmt.Errorf("%q has another id than its name and key make", vkey)
	}
	return &cosigner{name: name, hash: hash, key: material[1:]}, nil
}

// hashes keeps the stored hashes of a tree, as package tlog numbers them.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	read := make([]tlog.Hash, len(indexes))
	for place, index := range indexes {
		read[place] = h[index]
	}
	return read, nil
}

type log struct {
	signer note.Signer
	stored hashes
	size   int64
}

func (l *log) growTo(size int64) error {
	for ; l.size < size; l.size++ {
		more, err := tlog.StoredHashes(l.size, []byte(fmt.Sprintf("entry %d", l.size)), l.stored)
		if err != nil {
			return err
		}
		l.stored = append(l.stored, more...)
	}
	return nil
}

// request is the body of an add-checkpoint request from one size to another; change alters root or text before it is signed.
func (l *log) request(old, size int64, change func(root *tlog.Hash)) (string, string, error) {
	root, err := tlog.TreeHash(size, l.stored)
	if err != nil {
		return "", "", err
	}
	var proof tlog.TreeProof
	if old > 0 && old < size {
		if proof, err = tlog.ProveTree(size, old, l.stored); err != nil {
			return "", "", err
		}
	}
	if change != nil {
		change(&root)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", l.signer.Name(), size, root)
	signed, err := note.Sign(&note.Note{Text: text}, l.signer)
	if err != nil {
		return "", "", err
	}
	body := fmt.Sprintf("old %d\n", old)
	for _, hash := range proof {
		body += hash.String() + "\n"
	}
	return body + "\n" + string(signed), string(signed), nil
}

func post(url, body string) (int, string, string, error) {
	answer, err := http.Post(url+"/add-checkpoint", "text/plain", strings.NewReader(body))
	if err != nil {
		return 0, "", "", err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(said), answer.Header.Get("Content-Type"), err
}

func submit(url, witness, secret string) error {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return err
	}
	cosigner, err := parseCosigner(witness)
	if err != nil {
		return err
	}
	l := &log{signer: signer}
	if err := l.growTo(2000); err != nil {
		return err
	}
	old := int64(0)
	for _, size := range []int64{1, 2, 3, 255, 256, 257, 1000, 1000, 1999} {
		body, signed, err := l.request(old, size, nil)
		if err != nil {
			return err
		}
		status, lines, _, err := post(url, body)
		if err != nil || status != 200 {
			return fmt.Errorf("%d to %d: status %d, %q, %v", old, size, status, lines, err)
		}
		opened, err := note.Open([]byte(signed+lines), note.VerifierList(cosigner))
		if err != nil || len(opened.Sigs) != 1 {
			return fmt.Errorf("the cosignature of %d does not hold: %v", size, err)
		}
		if age := time.Now().Unix() - int64(cosigner.last); age < -60 || age > 60 {
			return fmt.Errorf("the cosignature says another time: %d", cosigner.last)
		}
		old = size
	}
	if err := refusals(url, l, old); err != nil {
		return err
	}
	origin := sha256.Sum256([]byte(signer.Name()))
	answer, err := http.Get(fmt.Sprintf("%s/%x/checkpoint", url, origin))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	last, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if _, err := note.Open(last, note.VerifierList(cosigner)); err != nil || !bytes.Contains(last, []byte("\n1999\n")) {
		return fmt.Errorf("the last checkpoint is not the one that was cosigned: %s", last)
	}
	fmt.Printf("%s: cosigned up to %d\n", cosigner.name, old)
	return nil
}

// refusals are requests that a witness must refuse, each with its status; none changes what it holds.
func refusals(url string, l *log, held int64) error {
	flip := func(root *tlog.Hash) { root[0] ^= 1 }
	other, _, err := note.GenerateKey(rand.Reader, l.signer.Name())
	if err != nil {
		return err
	}
	forger, err := note.NewSigner(other)
	if err != nil {
		return err
	}
	elsewhere, _, _ := note.GenerateKey(rand.Reader, "unknown.example/log")
	stranger, err := note.NewSigner(elsewhere)
	if err != nil {
		return err
	}
	for _, one := range []struct {
		what   string
		log    *log
		old    int64
		size   int64
		change func(*tlog.Hash)
		cut    bool
		status int
	}{
		{"a proof from an older size", l, 1000, 2000, nil, false, 409},
		{"another root at the same size", l, held, held, flip, false, 422},
		{"another root at a larger size", l, held, 2000, flip, false, 422},
		{"a smaller size", l, held, 1000, nil, false, 400},
		{"half a request", l, held, 2000, nil, true, 400},
		{"another key of the same name", &log{forger, l.stored, l.size}, held, 2000, nil, false, 403},
		{"a log that is not watched", &log{stranger, l.stored, l.size}, held, 2000, nil, false, 404},
	} {
		body, _, err := one.log.request(one.old, one.size, one.change)
		if err != nil {
			return err
		}
		if one.cut {
			body = body[:len(body)/2]
		}
		status, said, kind, err := post(url, body)
		if err != nil || status != one.status {
			return fmt.Errorf("%s: status %d where %d is right: %q, %v", one.what, status, one.status, said, err)
		}
		if status == 409 && (said != strconv.FormatInt(held, 10)+"\n" || kind != "text/x.tlog.size") {
			return fmt.Errorf("%s: the answer is %q of type %q", one.what, said, kind)
		}
	}
	return nil
}

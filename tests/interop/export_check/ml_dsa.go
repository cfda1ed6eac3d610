package main

import (
	"bytes"
	"crypto/mldsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// postQuantum verifies what a log signs with ML-DSA-44 (type 0x06), which the package note does not know.
type postQuantum struct {
	name string
	hash uint32
	key  *mldsa.PublicKey
}

func (p postQuantum) Name() string    { return p.name }
func (p postQuantum) KeyHash() uint32 { return p.hash }
func (p postQuantum) Verify(msg, sig []byte) bool {
	if len(sig) != 8+p.key.Parameters().SignatureSize() {
		return false
	}
	signed, err := subtree(p.name, string(msg), sig[:8])
	return err == nil && mldsa.Verify(p.key, signed, sig[8:], nil) == nil
}

func subtree(cosigner, checkpoint string, stamp []byte) ([]byte, error) {
	lines := strings.SplitN(checkpoint, "\n", 4)
	if len(lines) < 4 {
		return nil, errors.New("no checkpoint")
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil {
		return nil, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != sha256.Size {
		return nil, errors.New("no root")
	}
	var b bytes.Buffer
	b.WriteString("subtree/v1\n\x00")
	b.WriteByte(byte(len(cosigner)))
	b.WriteString(cosigner)
	b.Write(stamp)
	b.WriteByte(byte(len(lines[0])))
	b.WriteString(lines[0])
	_ = binary.Write(&b, binary.BigEndian, [2]uint64{0, size})
	b.Write(root)
	return b.Bytes(), nil
}

func newPostQuantum(name string, hash uint32, public []byte) (postQuantum, error) {
	key, err := mldsa.NewPublicKey(mldsa.MLDSA44(), public)
	return postQuantum{name, hash, key}, err
}

// sign prints the public key of a seed, and its deterministic signature of a message: all of them in hex.
func sign(seed, message string) error {
	rawSeed, err := hex.DecodeString(seed)
	if err != nil {
		return err
	}
	rawMessage, err := hex.DecodeString(message)
	if err != nil {
		return err
	}
	key, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), rawSeed)
	if err != nil {
		return err
	}
	signature, err := key.SignDeterministic(rawMessage, &mldsa.Options{})
	if err != nil {
		return err
	}
	fmt.Printf("%x\n%x\n", key.PublicKey().Bytes(), signature)
	return nil
}

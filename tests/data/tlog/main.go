// A reader of our journal's evidence that shares no code with us: the libraries behind Go's checksum database.
// Reads JSON {key, note, older, leaf, index, inclusion, consistency} (hashes in hex), prints "holds", or says what not.
package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type evidence struct {
	Key, Note, Older, Leaf string
	Index                  int64
	Inclusion, Consistency []string
}

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func hash(text string) (h tlog.Hash) {
	raw, err := hex.DecodeString(text)
	must(err)
	copy(h[:], raw)
	return h
}

func hashes(texts []string) (found []tlog.Hash) {
	for _, text := range texts {
		found = append(found, hash(text))
	}
	return found
}

func checkpoint(text, key string) (int64, tlog.Hash) {
	verifier, err := note.NewVerifier(key)
	must(err)
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	must(err)
	return size, hash(hex.EncodeToString(raw))
}

func main() {
	var e evidence
	must(json.NewDecoder(os.Stdin).Decode(&e))
	size, root := checkpoint(e.Note, e.Key)
	before, former := checkpoint(e.Older, e.Key)
	must(tlog.CheckRecord(hashes(e.Inclusion), size, root, e.Index, hash(e.Leaf)))
	must(tlog.CheckTree(hashes(e.Consistency), size, root, before, former))
	fmt.Println("holds")
}

// Command reader says what Kubernetes and Kustomize read in a YAML text. Each line of stdin is a question as JSON, each
// line of stdout the answer to it, in the same order.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	k8s "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/yaml"
)

type question struct {
	Text string `json:"text"`
	// Unsafe keeps the text from Kustomize, which an alias inside its own anchor sends into endless recursion.
	Unsafe bool `json:"unsafe"`
}

// reading is one reader's answer: the documents as JSON, or why it refused.
type reading struct {
	Documents []json.RawMessage `json:"documents"`
	Error     string            `json:"error,omitempty"`
}

type answer struct {
	// Server is what kubectl sends: the reader of the API server, document by document.
	Server reading `json:"server"`
	// Strict is the same where a key may stand only once.
	Strict reading `json:"strict"`
	// Kustomize is what it makes of a resource or a patch before any transformation.
	Kustomize reading `json:"kustomize"`
	// Rendered is what it would then write, and Read what the server makes of that.
	Rendered string  `json:"rendered"`
	Read     reading `json:"read"`
}

// guarded turns a panic of the libraries into an error: for some texts they have one.
func guarded(read func() ([]json.RawMessage, error)) (result reading) {
	defer func() {
		if thrown := recover(); thrown != nil {
			result = reading{Error: fmt.Sprintf("panic: %v", thrown)}
		}
	}()
	documents, err := read()
	if err != nil {
		return reading{Error: err.Error()}
	}
	return reading{Documents: documents}
}

func server(text string) ([]json.RawMessage, error) {
	found := []json.RawMessage{}
	decoder := k8s.NewYAMLOrJSONDecoder(bytes.NewBufferString(text), 4096)
	for {
		var object json.RawMessage
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		if raw := bytes.TrimSpace(object); len(raw) > 0 && !bytes.Equal(raw, []byte("null")) {
			found = append(found, raw)
		}
	}
}

func strict(text string) ([]json.RawMessage, error) {
	found := []json.RawMessage{}
	reader := k8s.NewYAMLReader(bufio.NewReader(bytes.NewBufferString(text)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		raw, err := yaml.YAMLToJSONStrict(document)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(raw, []byte("null")) {
			found = append(found, json.RawMessage(raw))
		}
	}
}

func kustomize(text string, rendered *bytes.Buffer) ([]json.RawMessage, error) {
	nodes, err := kio.FromBytes([]byte(text))
	if err != nil {
		return nil, err
	}
	found := []json.RawMessage{}
	for _, node := range nodes {
		if node.IsNilOrEmpty() {
			continue
		}
		raw, err := node.MarshalJSON()
		if err != nil {
			return nil, err
		}
		written, err := yaml.JSONToYAML(raw)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			rendered.WriteString("---\n")
		}
		rendered.Write(written)
		found = append(found, json.RawMessage(raw))
	}
	return found, nil
}

func main() {
	questions := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := bufio.NewWriter(os.Stdout)
	answers := json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	for {
		var asked question
		if err := questions.Decode(&asked); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			fmt.Fprintln(os.Stderr, "stdin:", err)
			os.Exit(2)
		}
		var rendered bytes.Buffer
		var said answer
		said.Server = guarded(func() ([]json.RawMessage, error) { return server(asked.Text) })
		said.Strict = guarded(func() ([]json.RawMessage, error) { return strict(asked.Text) })
		if !asked.Unsafe {
			said.Kustomize = guarded(func() ([]json.RawMessage, error) { return kustomize(asked.Text, &rendered) })
		}
		said.Rendered = rendered.String()
		said.Read = guarded(func() ([]json.RawMessage, error) { return server(said.Rendered) })
		if err := answers.Encode(said); err != nil {
			fmt.Fprintln(os.Stderr, "stdout:", err)
			os.Exit(2)
		}
	}
	if err := out.Flush(); err != nil {
		os.Exit(2)
	}
}

// Builds folders with the Kustomize library of the pinned kubectl, as many of them in one process as are given.
//
//	renderer build FOLDER [FOLDER ...]
//
// One folder is answered as `kubectl kustomize` answers it. Of several each has its answer, in their order: a line, which
// is "text" or "error" and how many bytes follow, and these.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kustomize/v5/commands/build"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

func main() {
	if len(os.Args) < 3 || os.Args[1] != "build" {
		fmt.Fprintln(os.Stderr, "error: usage: renderer build FOLDER [FOLDER ...]")
		os.Exit(1)
	}
	folders := os.Args[2:]
	files := filesys.MakeFsOnDisk()
	// What the command makes of no flags at all: nothing but what lies below the folder, no plugins, no functions, no Helm.
	flags := build.NewCmdBuild(files, build.MakeHelp("renderer", "build"), io.Discard).Flags()
	options := build.HonorKustomizeFlags(krusty.MakeDefaultOptions(), flags)
	out := bufio.NewWriter(os.Stdout)
	failed := false
	for _, folder := range folders {
		kind, text := "text", rendered(files, options, folder)
		if text.err != nil {
			kind, text.yaml = "error", []byte(complaint(text.err))
		}
		if len(folders) > 1 {
			fmt.Fprintf(out, "%s %d\n", kind, len(text.yaml))
		} else if text.err != nil {
			fmt.Fprintln(os.Stderr, string(text.yaml))
			failed = true
			continue
		}
		if _, err := out.Write(text.yaml); err != nil {
			os.Exit(1)
		}
	}
	if out.Flush() != nil || failed {
		os.Exit(1)
	}
}

type answer struct {
	yaml []byte
	err  error
}

// rendered is what one folder builds to. A schema that its kustomization brings along must not stand beside what those
// before it have left in the process, nor stay for the next.
func rendered(files filesys.FileSystem, options *krusty.Options, folder string) answer {
	before := openapi.GetSchemaVersion()
	resources, err := krusty.MakeKustomizer(options).Run(files, folder)
	if openapi.GetSchemaVersion() != before {
		openapi.ResetOpenAPI()
		resources, err = krusty.MakeKustomizer(options).Run(files, folder)
		openapi.ResetOpenAPI()
	}
	if err != nil {
		return answer{nil, err}
	}
	yaml, err := resources.AsYaml()
	return answer{yaml, err}
}

// complaint is an error as kubectl words it.
func complaint(err error) string {
	if text := err.Error(); strings.HasPrefix(text, "error: ") {
		return text
	}
	return "error: " + err.Error()
}

"""What kube-apiserver checks in an object beyond its schema: names, ranges, combinations, references within.

Each module takes one subject and yields ``field.Complaint``s; nothing here knows of overlays, files or rules. Facts are
those of pkg/apis/*/validation at Kubernetes 1.36, with the differences of older versions as tables.
Source: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core/validation
"""

package symbolon

// The complaint about a field that does not exist, with a guess at what was meant.

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

func unknownField(key *yaml.Node, fields []configField) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
		if key.Kind == yaml.ScalarNode && similar(strings.ToLower(key.Value), f.name) {
			return fmt.Sprintf("is no field; did you mean %s?", f.name)
		}
	}
	return "is no field; here belong " + strings.Join(names, ", ")
}

// similar forgives one slip, and a second one in a name long enough for two.
func similar(written, name string) bool {
	d := editDistance(written, name)
	return d == 1 || d <= 2 && len(name) >= 6
}

// editDistance is the Levenshtein distance, or 3 if the lengths alone differ by more.
func editDistance(a, b string) int {
	if len(a) > len(b)+2 || len(b) > len(a)+2 {
		return 3
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

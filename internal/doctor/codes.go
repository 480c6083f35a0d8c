package doctor

// The registry of findings.

import (
	"fmt"
	"slices"
)

// Definitions are all findings, ordered by code.
func Definitions() []Definition {
	return slices.Concat(challengeCodes, resourceCodes, serverCodes, registrationCodes, endpointCodes, transportCodes, loginCodes, insideCodes)
}

var byCode = func() map[Code]Definition {
	all := map[Code]Definition{}
	for _, d := range Definitions() {
		if _, twice := all[d.Code]; twice {
			panic(fmt.Sprintf("doctor: %s is defined twice", d.Code))
		}
		all[d.Code] = d
	}
	return all
}()

// Lookup returns the definition of a code.
func Lookup(c Code) (Definition, bool) {
	d, ok := byCode[c]
	return d, ok
}

// Page is where a code is explained, from the root of the documentation.
func (c Code) Page() string { return "doctor/" + string(c) + ".md" }

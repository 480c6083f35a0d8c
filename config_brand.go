package symbolon

// The brand of an MCP server: its rules, and the logo that a file holds.

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/brand"
	"github.com/symbolon-auth/symbolon/internal/catalog"
)

func (k *configCheck) brand(field string, b Brand) {
	if b.Logo != "" && !strings.HasPrefix(b.Logo, filePrefix) {
		k.https(field+".logo", b.Logo, "; or write file:PATH")
	}
	if b.Accent != "" {
		if _, err := brand.ParseAccent(b.Accent); err != nil {
			k.refuse(field+".accent", "is %v", err)
		}
	}
	k.https(field+".policy_uri", b.PolicyURI, "")
	k.https(field+".tos_uri", b.TermsURI, "")
}

// https: a page that users trust links to nothing that somebody on the way can change.
func (k *configCheck) https(field, s, orElse string) {
	if s == "" {
		return
	}
	u, err := parseWebURL(s)
	switch {
	case err != nil:
		k.refuse(field, "%v%s", err, orElse)
	case u.Scheme != "https":
		k.refuse(field, "is not an https URL%s", orElse)
	}
}

// brand reads and draws a logo that is a file. One at a URL is fetched by the server:
// a host that does not answer must not keep a configuration from being applied.
func (b *objectBuilder) brand(field string, c Brand) catalog.Brand {
	spec := catalog.Brand{Accent: strings.ToLower(c.Accent), PolicyURI: c.PolicyURI, TermsURI: c.TermsURI}
	path, ok := strings.CutPrefix(c.Logo, filePrefix)
	if !ok {
		spec.LogoURL = c.Logo
		return spec
	}
	original, err := readLogo(path)
	if err == nil {
		spec.LogoPNG, err = brand.DrawLogo(original)
	}
	if err != nil {
		b.problems.refuse(field+".logo", "%v", err)
	}
	return spec
}

func readLogo(path string) ([]byte, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("does not exist: " + path)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var content bytes.Buffer
	_, err = io.Copy(&content, io.LimitReader(file, brand.MaxLogoBytes+1))
	return content.Bytes(), err
}

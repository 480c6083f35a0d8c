// A client of the table must say all that Play and Judge need, in known words.
package knownclients

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

func (c *Client) valid() error {
	switch {
	case c.Name == "" || c.Vendor == "":
		return errors.New("name and vendor are required")
	case len(c.Sources) == 0:
		return errors.New("sources: say where the facts were read")
	case c.RedirectURI == "":
		return errors.New("redirect_uri is required")
	}
	if _, err := time.Parse(time.DateOnly, c.Checked); err != nil {
		return fmt.Errorf("checked: %w", err)
	}
	for _, s := range c.Sources {
		if s.Where == "" || s.Version == "" {
			return errors.New("sources: where and version are required; a version may be unknown")
		}
	}
	return errors.Join(c.words(), c.ways())
}

// words checks that every word is in the vocabulary.
func (c *Client) words() error {
	var errs []error
	resources := []Resource{ResourceMetadata, ResourceTyped, ResourceSlash, ResourceNone}
	for _, s := range c.Sources {
		errs = append(errs, word("sources.kind", s.Kind, "code", "document", "issue", "secondary"))
	}
	for _, p := range c.Discovery.Resource {
		errs = append(errs, word("discovery.resource", p, PlaceChallenge, PlaceChallengeFirst, PlaceChallengeOwn, PlaceResourcePath, PlaceResourceRoot))
	}
	for _, p := range c.Discovery.Server {
		errs = append(errs, word("discovery.server", p, PlaceOAuthPath, PlaceOAuthRoot, PlaceOIDCPath, PlaceOIDCSuffix, PlaceOIDCRoot))
	}
	for _, s := range c.Authorize.Scope {
		errs = append(errs, word("authorize.scope", s, ScopeChallenge, ScopeResource, ScopeServer, ScopeOpenID))
	}
	for _, check := range c.Checks {
		errs = append(errs, word("checks", check, Checks()...))
	}
	errs = append(errs,
		word("authorize.offline_access", c.Authorize.OfflineAccess, "never", "if-listed", "always"),
		word("authorize.resource", c.Authorize.Resource, resources...),
		word("token.resource", c.Token.Resource, resources...),
	)
	if !c.Refresh.Never {
		errs = append(errs,
			word("refresh.resource", c.Refresh.Resource, resources...),
			word("refresh.scope", c.Refresh.Scope, "none", "requested", "granted"))
	}
	return errors.Join(errs...)
}

func (c *Client) ways() error {
	var errs []error
	if len(c.Registration.Ways) == 0 {
		errs = append(errs, errors.New("registration.ways: at least one"))
	}
	for _, way := range c.Registration.Ways {
		errs = append(errs, word("registration.ways", way, WayCIMD, WayDCR, WayPreregistered))
	}
	for _, d := range c.Registration.CIMD {
		errs = append(errs, word("registration.cimd.auth", d.Auth, AuthNone, AuthBasicEmptyFirst, AuthPrivateKeyJWT))
		for _, when := range d.When {
			errs = append(errs, word("registration.cimd.when", when, NoneListed, PrivateKeyJWTListed, IssPromised))
		}
	}
	if slices.Contains(c.Registration.Ways, WayCIMD) != (len(c.Registration.CIMD) > 0) {
		errs = append(errs, errors.New("registration: the way cimd and a document belong together"))
	}
	if slices.Contains(c.Registration.Ways, WayDCR) {
		errs = append(errs, word("registration.dcr.auth", c.Registration.DCR.Auth, AuthNone, AuthAsRegistered))
		if c.Registration.DCR.Body["redirect_uris"] == nil {
			errs = append(errs, errors.New("registration.dcr.body: redirect_uris is required"))
		}
	}
	return errors.Join(errs...)
}

func word[W ~string](member string, got W, known ...W) error {
	if slices.Contains(known, got) {
		return nil
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	return fmt.Errorf("%s: %q is none of %s", member, got, strings.Join(names, ", "))
}

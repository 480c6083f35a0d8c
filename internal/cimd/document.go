package cimd

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/jwks"
	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// Bounds of a document.
const (
	MaxDocument     = 10 << 10 // bytes; the draft recommends 5 KB
	maxDepth        = 16
	maxRedirectURIs = 20
)

// errNotObject: what was fetched is no JSON object at all. To a stranger that is
// the same as a host that does not answer (see errUnreachable).
var errNotObject = errors.New("the answer is not one strict JSON object")

// ParseDocument reads a client metadata document
// (draft-ietf-oauth-client-id-metadata-document §4) into the client that it
// describes, with the Digest of this version. Members that the server does not
// use are ignored: clients list what other servers need. What it must not contain
// refuses it, and so does a wrong type.
//
// The client's ID is what the document says; the caller compares it with the URL.
// The error is an [*oauth.Error] with reason client_document_invalid, which names
// a member and never quotes a value, or says only that there is no JSON object.
func ParseDocument(body []byte) (oauth.Client, error) {
	object, err := oauth.StrictObject(body, maxDepth)
	if err != nil || len(body) > MaxDocument {
		return oauth.Client{}, errNotObject
	}
	d := document{members{object: object}, oauth.Client{Kind: oauth.MetadataDocument}}
	for _, read := range []func(){
		d.readIdentity, d.readForbidden, d.readRedirectURIs, d.readGrants, d.readKeys, d.readMethods, d.readLinks,
	} {
		if read(); d.wrong != "" {
			return oauth.Client{}, errInvalid(d.wrong)
		}
	}
	d.client.Digest = digest(&d.client)
	return d.client, nil
}

// document is one being read.
type document struct {
	members
	client oauth.Client
}

func (d *document) readIdentity() {
	d.client.ID = d.required("client_id")
	d.client.Name = oauth.DisplayName(d.required("client_name"))
	d.client.SoftwareID = d.string("software_id")
	d.client.SoftwareVersion = d.string("software_version")
	switch kind := d.string("application_type"); kind {
	case "web", "native":
		d.client.ApplicationType = kind
	}
	if d.wrong == "" && d.client.Name == "" {
		d.refuse("client_name", "must contain something that can be shown")
	}
}

// readForbidden: whoever can read the document would know the secret.
func (d *document) readForbidden() {
	for _, name := range []string{"client_secret", "client_secret_expires_at"} {
		if d.has(name) {
			d.refuse(name, "must not be in a document that everybody can read")
		}
	}
}

func (d *document) readRedirectURIs() {
	uris := d.strings("redirect_uris")
	if d.wrong != "" {
		return
	}
	if len(uris) == 0 || len(uris) > maxRedirectURIs {
		d.refuse("redirect_uris", fmt.Sprintf("must list 1 to %d URIs", maxRedirectURIs))
		return
	}
	for i, uri := range uris {
		if oauth.ParseRegisteredRedirectURI(uri) != nil {
			d.refuse("redirect_uris", fmt.Sprintf("has at place %d an entry that is neither https, nor http on localhost, 127.0.0.1 or [::1],"+
				" nor a private-use scheme with a path, or that has a fragment, user name or character that does not belong there", i+1))
			return
		}
		if !slices.Contains(d.client.RedirectURIs, uri) {
			d.client.RedirectURIs = append(d.client.RedirectURIs, uri)
		}
	}
}

// readGrants keeps what such a client can have here. Claude lists
// urn:ietf:params:oauth:grant-type:jwt-bearer, VS Code the device code.
func (d *document) readGrants() {
	both := []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken}
	d.client.GrantTypes = both
	if asked := d.strings("grant_types"); len(asked) > 0 {
		d.client.GrantTypes = slices.DeleteFunc(both, func(g string) bool { return !slices.Contains(asked, g) })
	}
	if !d.client.Allows(oauth.GrantAuthorizationCode) {
		d.refuse("grant_types", "must include authorization_code")
	}
	if types := d.strings("response_types"); len(types) > 0 && !slices.Contains(types, oauth.ResponseTypeCode) {
		d.refuse("response_types", "must include code")
	}
}

// readKeys takes the key set or the address of one (RFC 7591 §2: not both). A set
// is kept in one spelling, with nothing but public signature keys.
func (d *document) readKeys() {
	d.client.JWKSURI = d.string("jwks_uri")
	if d.client.JWKSURI != "" {
		if _, err := oauth.ParseClientIDURL(d.client.JWKSURI); err != nil {
			d.refuse("jwks_uri", "must be an https URL with a path, without user name, fragment and dot segments")
		}
	}
	if !d.has("jwks") {
		return
	}
	if d.client.JWKSURI != "" {
		d.refuse("jwks", "must not stand beside jwks_uri")
		return
	}
	keys, err := readKeySet(d.object["jwks"])
	if err != nil {
		d.refuse("jwks", err.Error())
		return
	}
	d.client.JWKS = keys
}

// readKeySet returns a set as it is kept, nil if no key in it is of use.
func readKeySet(body []byte) (json.RawMessage, error) {
	set, err := jwks.Parse(body)
	if err != nil || len(set.Keys) == 0 {
		return nil, err
	}
	return json.Marshal(set)
}

// readLinks drops what is no https link: such members are decoration, and losing
// one costs a client nothing.
func (d *document) readLinks() {
	for name, target := range map[string]*string{
		"client_uri": &d.client.URI, "logo_uri": &d.client.LogoURI, "policy_uri": &d.client.PolicyURI, "tos_uri": &d.client.TosURI,
	} {
		link := d.string(name)
		if canonical, err := oauth.CanonicalResource(link); err == nil && strings.HasPrefix(canonical, "https://") {
			*target = link
		}
	}
}

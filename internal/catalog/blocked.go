package catalog

// Clients that the operator blocks. A client that registers itself cannot be taken
// out of a file, so it is written into one.

import (
	"errors"
	"strings"

	"github.com/symbolon-auth/symbolon/internal/oauth"
)

// BlockedClient refuses a client everywhere and ends its grants; see
// [Snapshot.Blocked]. Disabling or deleting it lifts the block, and brings no grant
// back.
type BlockedClient struct {
	// ID is a client id, or the host of metadata documents as [Policy.CIMDHosts] has
	// it, which blocks all that it publishes.
	ID       string `json:"-"`
	Disabled bool   `json:"-"`
}

// Blocked reports whether the operator has blocked the client with this id.
func (s *Snapshot) Blocked(clientID string) bool {
	if len(s.blocked) == 0 {
		return false
	}
	if b, ok := s.blocked[clientID]; ok && !b.Disabled {
		return true
	}
	if !strings.Contains(clientID, "://") {
		return false
	}
	b, ok := s.blocked[authority(clientID)]
	return ok && !b.Disabled
}

// DocumentPrefixes are the beginnings of all client ids of a host, nil if blocked is
// no host but a client id itself.
func DocumentPrefixes(blocked string) []string {
	if isClientID(blocked) {
		return nil
	}
	prefixes := []string{"https://" + blocked + "/", "http://" + blocked + "/"}
	if plain, ok := strings.CutSuffix(blocked, ":80"); ok {
		return append(prefixes, "http://"+plain+"/")
	}
	return append(prefixes, "https://"+blocked+":443/")
}

func isClientID(s string) bool {
	for _, prefix := range []string{"dyn_", "cli_", "https://", "http://"} {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}

// maxBlocked is the length of the longest client id there is.
const maxBlocked = 2048

// CheckBlocked says what is wrong with an entry: a misspelled one would block nobody.
func CheckBlocked(entry string) error {
	switch {
	case len(entry) > maxBlocked:
		return errors.New("is longer than any client id")
	case strings.Contains(entry, "://"):
		if _, err := oauth.ParseClientIDURL(entry); err != nil {
			return errors.New("is not the URL of a client metadata document; write the client_id as the client sends it, or the host alone")
		}
	case !isClientID(entry) && !canonicalHost(entry):
		return errors.New("is neither a client id nor a host; write dyn_…, cli_…, https://…, or a host in lower case as in agent.example, with :port if it is not 443")
	}
	return nil
}

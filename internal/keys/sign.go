package keys

import (
	"encoding/json"
	"fmt"
)

// Sign makes a JWT of claims, whatever encodes to a JSON object, with the active
// key of alg. typ must be one of this package's Type constants.
func (m *Manager) Sign(alg, typ string, claims any) (string, error) {
	k := m.keys().active[alg]
	if k == nil {
		return "", fmt.Errorf("keys: no active key for %q", alg)
	}
	signer := k.signers[typ]
	if signer == nil {
		return "", fmt.Errorf("keys: nothing of typ %q is signed here", typ)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("keys: claims: %w", err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("keys: %w", err)
	}
	return jws.CompactSerialize()
}

// CanSign reports whether there is an active key of alg.
func (m *Manager) CanSign(alg string) bool { return m.keys().active[alg] != nil }

// Package durability proves, on the real binary, that nothing which was acknowledged is
// lost or spent twice: under kill -9, contested by many, with nodes that come and go.
// Each proof has a short form, and a long one with SYMBOLON_SOAK=1 ("make soak").
package durability

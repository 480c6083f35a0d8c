// How a client chooses the way by which the server gets to know it.
package knownclients

import "slices"

// applicationDocument stands for a document that the application brings along.
const applicationDocument = "application"

// choice is what a client does about registration.
type choice struct {
	way      Way
	document *Document // with WayCIMD
}

// choose takes the first of the client's ways that the metadata offers.
func (v *view) choose() (choice, *Verdict) {
	for _, way := range v.client.Registration.Ways {
		switch way {
		case WayCIMD:
			if d := v.document(); d != nil {
				return choice{way: way, document: d}, nil
			}
		case WayDCR:
			if text(v.server, "registration_endpoint") != "" {
				return choice{way: way}, nil
			}
		case WayPreregistered:
			return choice{way: way}, nil
		}
	}
	return choice{}, &Verdict{
		Step: StepChoice, Why: "the server offers none of the ways in which this client becomes known to it: " + v.lacking(),
		Change: "Support client id metadata documents or dynamic registration, and say so in " + v.serverURL + ".",
	}
}

// document is the client's first document that the metadata suits.
func (v *view) document() *Document {
	if understood, _ := v.server["client_id_metadata_document_supported"].(bool); !understood {
		return nil
	}
	for i := range v.client.Registration.CIMD {
		d := &v.client.Registration.CIMD[i]
		if d.ClientID == applicationDocument && v.noDocument {
			continue
		}
		if !slices.ContainsFunc(d.When, func(c Condition) bool { return !v.holds(c) }) {
			return d
		}
	}
	return nil
}

func (v *view) holds(c Condition) bool {
	methods := list(v.server, "token_endpoint_auth_methods_supported")
	switch c {
	case NoneListed:
		return slices.Contains(methods, "none")
	case PrivateKeyJWTListed:
		return slices.Contains(methods, "private_key_jwt")
	default: // IssPromised; valid() lets no other word in
		return promised(v.server)
	}
}

// lacking says what the metadata would have to have.
func (v *view) lacking() string {
	words := map[Way]string{WayCIMD: "client_id_metadata_document_supported is not true", WayDCR: "there is no registration_endpoint"}
	reason := ""
	for _, way := range v.client.Registration.Ways {
		word := words[way]
		if understood, _ := v.server["client_id_metadata_document_supported"].(bool); way == WayCIMD && understood {
			word = "token_endpoint_auth_methods_supported lacks the method of its document"
		}
		if reason != "" {
			reason += ", and "
		}
		reason += word
	}
	return reason
}

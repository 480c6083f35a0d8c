package scalekit

// From the message on the wire to the request that a step understands.

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/symbolon-auth/symbolon/internal/compat/scalekit/compatv1"
	"github.com/symbolon-auth/symbolon/internal/httpx"
	"github.com/symbolon-auth/symbolon/internal/store"
)

// A Request is one user-details call, as sent: nothing in it is validated but its
// syntax.
type Request struct {
	Bearers        []string // the tokens of all authorization headers, in order: any one may be the valid one
	Connection     string
	LoginRequestID string
	// User is what the company says. A bool that is false is nil here, since the
	// wire does not tell false from unsaid.
	User        store.User
	LoginFailed bool
	Declared    bool     // the header Symbolon-Handoff: verifier was sent
	Source      string   // who called, for shares and limits: httpx.Source
	Unknown     []string // fields that the contract does not have, such as "user.19"
}

// maxDepth bounds nested messages; a value inside custom_attributes takes three.
const maxDepth = 100

// maxUnknown bounds how many unknown fields are named.
const maxUnknown = 16

// decode parses the message of a call.
func decode(data []byte, r *http.Request) (Request, error) {
	var msg compatv1.UpdateLoginUserDetailsRequest
	options := proto.UnmarshalOptions{RecursionLimit: maxDepth}
	if err := options.Unmarshal(data, &msg); err != nil {
		return Request{}, errNotProtobuf // the cause's wording differs from build to build
	}
	user, err := userOf(msg.GetUser())
	if err != nil {
		return Request{}, err
	}
	return Request{
		Bearers:        httpx.Bearers(r.Header),
		Connection:     msg.GetConnectionId(),
		LoginRequestID: msg.GetLoginRequestId(),
		User:           user,
		LoginFailed:    msg.GetUser().GetLoginFailed(),
		Declared:       httpx.Lists(r.Header, "Symbolon-Handoff", "verifier"),
		Source:         httpx.Source(r),
		Unknown:        append(unknownOf(&msg, ""), unknownOf(msg.GetUser(), "user.")...),
	}, nil
}

func userOf(u *compatv1.User) (store.User, error) {
	attributes, err := attributesOf(u.GetCustomAttributes())
	if err != nil {
		return store.User{}, err
	}
	return store.User{
		Sub:                 u.GetSub(),
		Email:               u.GetEmail(),
		EmailVerified:       said(u.GetEmailVerified()),
		Name:                u.GetName(),
		GivenName:           u.GetGivenName(),
		FamilyName:          u.GetFamilyName(),
		PreferredUsername:   u.GetPreferredUsername(),
		Picture:             u.GetPicture(),
		Gender:              u.GetGender(),
		Locale:              u.GetLocale(),
		PhoneNumber:         u.GetPhoneNumber(),
		PhoneNumberVerified: said(u.GetPhoneNumberVerified()),
		Groups:              u.GetGroups(),
		Roles:               u.GetRoles(),
		OrganizationID:      u.GetOrganizationExternalId(),
		OrganizationName:    u.GetOrganizationExternalName(),
		CustomAttributes:    attributes,
	}, nil
}

// said is a bool without presence as one with: only true was surely said.
func said(b bool) *bool {
	if !b {
		return nil
	}
	return &b
}

// attributesOf is the JSON of s with sorted members, nil for no struct at all.
// protojson is not used: its output differs on purpose from build to build. As
// there, NaN and the infinities become strings.
func attributesOf(s *structpb.Struct) (json.RawMessage, error) {
	if s == nil {
		return nil, nil
	}
	return json.Marshal(s.AsMap())
}

// unknownOf names the fields of m that the contract does not have, once each.
func unknownOf(m proto.Message, prefix string) []string {
	var names []string
	rest := []byte(m.ProtoReflect().GetUnknown())
	for len(rest) > 0 && len(names) < maxUnknown {
		number, _, n := protowire.ConsumeField(rest)
		if n < 0 {
			return names // cannot be: the parser accepted it
		}
		rest = rest[n:]
		if name := prefix + strconv.Itoa(int(number)); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// errNotProtobuf: the message cannot be parsed.
var errNotProtobuf = errors.New("the message is not protobuf of this call, is nested too deep, or has text that is not UTF-8")

// errNotOneMessage: the body is not one uncompressed, length-prefixed message.
var errNotOneMessage = errors.New("the body is not one length-prefixed message")

// unframe takes the message out of a unary call's body: one byte of flags, four of
// length, the message, and nothing after it.
func unframe(body []byte) ([]byte, error) {
	const prefix = 5
	if len(body) < prefix {
		return nil, errNotOneMessage
	}
	if body[0] != 0 {
		return nil, errors.New("compressed messages are not accepted")
	}
	length := uint64(body[1])<<24 | uint64(body[2])<<16 | uint64(body[3])<<8 | uint64(body[4])
	if length != uint64(len(body)-prefix) {
		return nil, fmt.Errorf("%w: its length says %d, it has %d bytes", errNotOneMessage, length, len(body)-prefix)
	}
	return body[prefix:], nil
}

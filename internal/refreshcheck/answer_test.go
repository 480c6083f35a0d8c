package refreshcheck

import (
	"strings"
	"testing"
)

func TestAnswers(t *testing.T) {
	for body, want := range map[string]bool{
		`{"active":true}`:             true,
		`{"active":false}`:            false,
		` {"active":true,"user":{}} `: true,
		`{"active":true,"user":null}`: true,
		`{"active":true,"user":{"organizations":[{"id":"org_7","roles":["viewer"]}]}}`:                            true,
		`{"active":true,"user":{"roles":["viewer"],"groups":[],"custom_attributes":{"plan":"free"},"name":null}}`: true,
	} {
		if a, err := parseAnswer([]byte(body)); err != nil || a.Active != want {
			t.Errorf("%s is %+v, %v", body, a, err)
		}
	}
	a, err := parseAnswer([]byte(`{"active":true,"user":{"roles":[],"name":"Al"}}`))
	if err != nil || a.Change.Roles == nil || len(*a.Change.Roles) != 0 || *a.Change.Name != "Al" || a.Change.Groups != nil {
		t.Errorf("%+v, %v", a.Change, err)
	}
}

// What is not understood is no answer, least of all a yes.
func TestAnswersThatAreNone(t *testing.T) {
	for body, want := range map[string]string{
		``:                                     "JSON",
		`true`:                                 "JSON",
		`[]`:                                   "JSON",
		`{}`:                                   "active",
		`{"active":null}`:                      "active",
		`{"active":"true"}`:                    "active",
		`{"active":1}`:                         "active",
		`{"Active":true}`:                      "active",
		`{"active":true,"active":false}`:       "JSON",
		`{"active":true}{"active":false}`:      "JSON",
		`{"active":true,"revoke":true}`:        "neither",
		`{"active":true,"user":"alice"}`:       "JSON",
		`{"active":true,"user":{"sub":"bob"}}`: "cannot be changed",
		`{"active":true,"user":{"disabled":true}}`:                                               "cannot be changed",
		`{"active":true,"user":{"roles":"admin"}}`:                                               "roles must be",
		`{"active":true,"user":{"roles":[null]}}`:                                                "roles must be",
		`{"active":true,"user":{"organizations":[{"id":"org_7","role":["viewer"]}]}}`:            "organizations[0]",
		`{"active":true,"user":{"email":""}}`:                                                    "email cannot be emptied",
		`{"active":true,"user":{"name":"` + strings.Repeat("x", 2000) + `"}}`:                    "name",
		`{"active":true,"user":{"custom_attributes":{"a":"` + strings.Repeat("x", 5000) + `"}}}`: "custom_attributes",
	} {
		if a, err := parseAnswer([]byte(body)); err == nil || !strings.Contains(err.Error(), want) || a.Active {
			t.Errorf("%.80s is %+v, %v; want an error about %s", body, a, err, want)
		}
	}
}

// Only a JSON object whose active is true lets anything go on.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"active":true,"user":{"roles":["a"],"custom_attributes":{"b":[1,{}]},"email":"a@b.example"}}`))
	f.Add([]byte(`{"active":false}`))
	f.Add([]byte(`{"ACTIVE":true}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := parseAnswer(body)
		if err != nil && (a.Active || !a.Change.Empty()) {
			t.Errorf("%s: an error and an answer", body)
		}
		if a.Active && !strings.Contains(string(body), "true") {
			t.Errorf("%s lets it go on", body)
		}
	})
}

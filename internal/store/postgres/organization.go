package postgres

import "strings"

// inOrganization repeats store.User.Organization for the claims of a row g. PostgreSQL
// cannot take a document apart that has an escaped NUL or half a surrogate anywhere, as
// custom attributes may; there it looks at the text, as json.Marshal writes it.
const inOrganization = `CASE WHEN g.claims::text ~ '\\u(0000|[dD][89abABcdefCDEF])'
	THEN strpos(g.claims::text, CASE WHEN strpos(g.claims::text, '"chosen":{"organization":{') > 0
		THEN '"chosen":{"organization":{"id":' ELSE '"organization_external_id":' END || @organization_json::text) > 0
	ELSE coalesce(g.claims #>> '{chosen,organization,id}', g.claims ->> 'organization_external_id') = @organization_id::text END`

func organizationArgs(id string) named {
	text, err := asJSON(id)
	if err != nil {
		text = "null" // which no text of an id is
	}
	return named{"organization_json": text, "organization_id": id}
}

// organization adds the condition, unless there is no value to compare with.
func (s selection) organization(id string) selection {
	if id == "" {
		return s
	}
	args := organizationArgs(id)
	return s.and(strings.NewReplacer("@organization_json", "?", "@organization_id", "?").Replace(inOrganization),
		args["organization_json"], args["organization_id"])
}

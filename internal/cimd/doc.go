// Package cimd knows clients whose client_id is the URL of a document that
// describes them: draft-ietf-oauth-client-id-metadata-document.
//
// A stranger names the URL, so looking at it is the dangerous part. One lookup
// goes like this:
//
//  1. [Source.Client] checks the URL as text: https, port 443, not this server.
//  2. The bounded cache answers, or one request at a time for each URL goes out.
//  3. The fetcher dials. Every address is checked on the socket that is about to
//     connect (guard.go), so no name, alias, rebinding or second answer gets
//     around it; the answer is bounded in time and size, and no redirect is
//     followed.
//  4. [ParseDocument] reads the document; its key set, if it has one, is fetched
//     by the same rules.
//  5. What was valid is cached within bounds of ours. Errors are never cached. An
//     outage of the host is bridged with the last valid document or a pinned
//     copy; a withdrawn or invalid document ends new logins at once.
//
// What a remote host sends appears in no error and no log.
package cimd

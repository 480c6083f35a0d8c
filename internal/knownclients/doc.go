// Package knownclients is what is known of the MCP clients that people use: one
// table, and two users of it.
//
//   - [Play] logs in at a real server as a client does, request by request, and
//     fails where the client would. The tests of this package play every client.
//   - [Judge] says from what a server was seen to answer whether a client connects
//     to it, and if not, what to change. It asks nobody; "symbolon doctor" does.
//
// The table is the files in clients/, one a client, each with its sources and with
// what is not known of it. What differs between clients is said in a small
// vocabulary: where they look ([Place]), how they become known to the server
// ([Way]), how they authenticate ([Auth]), and what they insist on ([Check]). A
// word of it means the same to both users, since both run the same code.
package knownclients

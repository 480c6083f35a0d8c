// Package admin lets the operator's commands look at a server and change it.
//
// The database belongs to one process. A command therefore asks that process,
// over a Unix socket beside the database; when there is none, the command opens
// the server itself, without listening, and calls the same handler directly. A
// [Client] is the one way through which commands speak, whichever of the two is
// behind it.
//
// The API asks for no password. Who may connect is decided by the file system:
// the socket has mode 0600 in the database's directory, and whoever can open it
// could read the database as well. So [NewHandler] must never be reachable over
// a network: it belongs to [Listen] alone. The API is private to one release of
// the program; commands of another release are told so.
package admin
